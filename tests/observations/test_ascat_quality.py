"""Every reason code of ASCAT once, in files as the reader finds them."""

import h5py
import numpy as np
import pytest

from landda_hpc.config.observations import Ascat, AscatQC, Sensors
from landda_hpc.errors import ConfigError
from landda_hpc.observations import ascat_netcdf
from landda_hpc.observations.ascat import ascat_codes, ascat_product
from landda_hpc.observations.codes import NUMBERS, named_counts
from landda_hpc.observations.formats import read_product
from tests.observations.granules import GOOD_NODE, START, write_ascat

#: What makes a node fail each test, with the values at the limit that pass.
FAILURES = [("A1", {"soil_moisture": 10001}, {"soil_moisture": 10000}),
            ("A3", {"soil_moisture_error": 1600}, {"soil_moisture_error": 1599}),
            ("A3", {"soil_moisture_error": 65535}, {}), ("A4", {"topography_flag": 20}, {"topography_flag": 19}),
            ("A4", {"topography_flag": 255}, {}), ("A5", {"wetland_flag": 15}, {"wetland_flag": 14}),
            ("A5", {"wetland_flag": 255}, {}), ("A6", {"snow_cover_probability": 51}, {"snow_cover_probability": 50}),
            ("A7", {"frozen_soil_probability": 51}, {"frozen_soil_probability": 255}),
            ("A8", {"proc_flag1": 8}, {"proc_flag1": 48}),
            ("A9", {"rainfall_flag": 1}, {"rainfall_flag": 0}),
            ("A10", {"soil_moisture_sensitivity": 999_999}, {"soil_moisture_sensitivity": 1_000_000})]
TRUSTED = Sensors(ascat=Ascat(qc=AscatQC(proc_flag_sources=("netcdf",))))


def test_every_code_once_and_the_counts_add_up(tmp_path):
    nodes = [{}] + [bad for _, bad, _ in FAILURES] + [good for _, _, good in FAILURES]
    product = read_product(write_ascat(tmp_path / "a.nc", nodes), TRUSTED)
    expected = [0] + [NUMBERS[name] for name, _, _ in FAILURES] + [0] * len(FAILURES)
    assert product.batch.code.tolist() == expected
    counts = product.report.counts
    assert counts.sum() == product.report.n_nodes == 82
    assert counts[NUMBERS["A1"]] == 1 + 82 - len(nodes)
    assert {name: count for name, count in named_counts(counts).items() if name not in ("OK", "A1")} == {
        "A3": 2, "A4": 2, "A5": 2, "A6": 1, "A7": 1, "A8": 1, "A9": 1, "A10": 1}


def test_the_first_test_that_fails_gives_the_code(tmp_path):
    nodes = [{}]
    for _, bad, _ in reversed(FAILURES):
        nodes.append({**nodes[-1], **bad})
    product = read_product(write_ascat(tmp_path / "a.nc", nodes), TRUSTED)
    order = [NUMBERS[name] for name, _, _ in reversed(FAILURES)]
    assert product.batch.code.tolist() == [0, *order]


def test_satellites_that_are_not_listed_are_rejected(tmp_path):
    path = write_ascat(tmp_path / "a.nc", [{}, {"soil_moisture_error": 5000}], platform="M02")
    assert read_product(path).batch.code.tolist() == [NUMBERS["A2"]] * 2
    accepted = read_product(path, Sensors(ascat=Ascat(platforms=("metop-a",))))
    assert accepted.batch.code.tolist() == [0, NUMBERS["A3"]]
    assert accepted.report.satellites == ("metop-a",)


def test_the_processing_flag_of_netcdf_is_not_trusted_by_default(tmp_path):
    assert read_product(write_ascat(tmp_path / "a.nc", [{"proc_flag1": 15}])).batch.code.tolist() == [0]


def test_subsurface_scattering_needs_a_mask(tmp_path):
    path = write_ascat(tmp_path / "a.nc", [{}, {}])
    sensors = Sensors(ascat=Ascat(qc=AscatQC(subsurface=True)))
    with pytest.raises(ConfigError, match="mask"):
        read_product(path, sensors)
    product = read_product(path, sensors, lambda latitude, longitude: longitude < -89.95)
    assert product.batch.code.tolist() == [NUMBERS["A11"], 0]


def test_clamped_values_and_single_nodes_keep_their_numbers(tmp_path):
    nodes = [{"soil_moisture": 0, "corr_flags": 1}, {"soil_moisture": 1599, "soil_moisture_error": 1599}]
    batch = read_product(write_ascat(tmp_path / "a.nc", nodes, places=[(45.0, 180.0), (-5.0, -180.0)])).batch
    assert batch.value.tolist() == [0.0, 15.99] and batch.code.tolist() == [0, 0]
    assert batch.longitude.tolist() == [-180.0, -180.0]
    assert batch.time.tolist() == [START, START] and batch.units == "percent"


def test_damaged_processing_flags_are_put_together_again():
    words = (np.arange(8) + 300).astype(">u2").reshape(2, 4)
    stored = words.view("u1").reshape(2, 8)[:, :4]
    flag, notes = ascat_netcdf.processing_flag(stored, stored)
    assert flag.tolist() == [[300, 301, -1, -1], [304, 305, -1, -1]] and notes


def test_a_retrieval_without_a_place_counts_as_missing(tmp_path):
    path = write_ascat(tmp_path / "a.nc", [{}, {}])
    with h5py.File(path, "a") as file:
        file["latitude"][0, 0] = -2147483648
    granule = ascat_netcdf.decode(path)
    product = ascat_product(granule, Ascat())
    assert product.batch.size == 1 and "1 retrievals" in product.report.notes[-1]
    assert ascat_codes(granule, Ascat())[0] == 0  # the granule itself is not changed
    assert GOOD_NODE["soil_moisture"] == product.batch.value[0] * 100.0
