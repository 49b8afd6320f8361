"""SMAP level 2: every reason code once, and the real half orbit."""

import h5py
import numpy as np
import pytest

from landda_hpc.config.observations import Sensors, Smap
from landda_hpc.observations import smap
from landda_hpc.observations.batch import time_of
from landda_hpc.observations.codes import NUMBERS, named_counts
from landda_hpc.observations.ease2 import M36
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.refusal import ProductRefusal
from tests.observations.granules import START, write_smap

#: What makes a cell fail each test, and what nearly does.
FAILURES = [("S1", {"soil_moisture": 0.0199}, {"soil_moisture": 0.02}),
            ("S1", {"soil_moisture": 0.501}, {"soil_moisture": 0.5}),
            ("S2", {"retrieval_qual_flag": 1}, {"retrieval_qual_flag": 8}), ("S3", {"retrieval_qual_flag": 2}, {}),
            ("S3", {"retrieval_qual_flag": 4}, {}),
            ("S4", {"vegetation_water_content": 5.01}, {"vegetation_water_content": 5.0}),
            ("S5", {"surface_flag": 1}, {"surface_flag": 2048}), ("S5", {"surface_flag": 2}, {}),
            ("S5", {"surface_flag": 4}, {}),
            ("S6", {"surface_flag": 8}, {}), ("S7", {"surface_flag": 16}, {}), ("S8", {"surface_flag": 32}, {}),
            ("S8", {"surface_flag": 64}, {}), ("S9", {"surface_flag": 128}, {}), ("S9", {"surface_flag": 256}, {}),
            ("S10", {"surface_flag": 512}, {}), ("S11", {"surface_flag": 1024}, {}),
            ("S12", {"tb_qual_flag_h": 1}, {"tb_qual_flag_h": 6}), ("S12", {"tb_qual_flag_v": 1}, {}),
            ("S5", {"surface_flag": 65534}, {}), ("S2", {"retrieval_qual_flag": 65534}, {})]


def test_every_code_once_and_the_counts_add_up(tmp_path):
    cells = [{}] + [bad for _, bad, _ in FAILURES] + [good for _, _, good in FAILURES] + [{"soil_moisture": -9999.0}]
    product = read_product(write_smap(tmp_path / "s.h5", cells))
    expected = [0] + [NUMBERS[name] for name, _, _ in FAILURES] + [0] * len(FAILURES)
    assert product.batch.code.tolist() == expected
    assert product.report.counts.sum() == product.report.n_nodes == len(cells)
    counts = named_counts(product.report.counts)
    assert counts["S1"] == 3 and set(counts) == {"OK", *(f"S{number}" for number in range(1, 13))}
    product = read_product(tmp_path / "s.h5", Sensors(smap=Smap(passes=("pm",))))
    counts["S13"] = counts.pop("OK")
    assert named_counts(product.report.counts) == counts


def test_the_first_test_that_fails_gives_the_code(tmp_path):
    cell = {"soil_moisture": 0.6, "retrieval_qual_flag": 5, "vegetation_water_content": 9.0, "surface_flag": 0x7FF,
            "tb_qual_flag_h": 1}
    cells, expected = [dict(cell)], ["S1"]
    for name, change in (("S2", {"soil_moisture": 0.3}), ("S3", {"retrieval_qual_flag": 4}), ("S4", {"retrieval_qual_flag": 0}),
                         ("S5", {"vegetation_water_content": 1.0}), ("S6", {"surface_flag": 0x7F8}),
                         ("S7", {"surface_flag": 0x7F0}),
                         ("S8", {"surface_flag": 0x7E0}), ("S9", {"surface_flag": 0x780}), ("S10", {"surface_flag": 0x600}),
                         ("S11", {"surface_flag": 0x400}), ("S12", {"surface_flag": 0})):
        cells.append({**cells[-1], **change})
        expected.append(name)
    code = read_product(write_smap(tmp_path / "s.h5", cells)).batch.code
    assert code.tolist() == [NUMBERS[name] for name in expected]


def test_attempted_quality_keeps_the_conditions_that_forbid_a_retrieval(tmp_path):
    cells = [{"retrieval_qual_flag": 1}, {"retrieval_qual_flag": 5}, {"vegetation_water_content": 9.0}, {"surface_flag": 1},
             {"surface_flag": 8}, {"surface_flag": 16}, {"surface_flag": 32}, {"surface_flag": 128}, {"surface_flag": 512},
             {"surface_flag": 1024}, {"soil_moisture": 0.55}]
    code = read_product(write_smap(tmp_path / "s.h5", cells), Sensors(smap=Smap(quality="attempted"))).batch.code
    assert code.tolist() == [NUMBERS.get(name, 0) for name in ("", "S3", "", "", "", "S7", "S8", "S9", "", "", "S1")]


@pytest.mark.parametrize("suffix", ["_dca", "_option3", ""])
def test_the_dual_channel_retrieval_is_found_under_its_names(tmp_path, suffix):
    path = write_smap(tmp_path / "s.h5", [{"soil_moisture": 0.31}], suffix=suffix)
    if suffix:
        with h5py.File(path, "a") as file:  # the other algorithm under the plain name
            file[smap.GROUP]["soil_moisture"] = np.array([0.11], "<f4")
    assert read_product(path).batch.value[0] == pytest.approx(0.31, abs=1e-7)


def test_times_pass_and_cells(tmp_path):
    batch = read_product(write_smap(tmp_path / "s.h5", [{}, {"time": np.nan}, {}])).batch
    assert batch.time.tolist() == [START, START + 2.0]
    assert not batch.ascending.any() and batch.cell_row.tolist() == [200, 200] and batch.cell_column.tolist() == [400, 402]
    assert read_product(write_smap(tmp_path / "a.h5", [{}], direction="A")).batch.ascending.all()
    with h5py.File(write_smap(tmp_path / "n.h5", [{}], seconds=START + 8.0 * 3600.0), "a") as file:  # 30.4 W, 6 h local
        del file["Metadata"]
    assert not read_product(tmp_path / "n.h5").batch.ascending.any()
    with h5py.File(write_smap(tmp_path / "n.h5", [{}], seconds=START + 20.0 * 3600.0), "a") as file:  # 18 h
        del file["Metadata"]
    assert read_product(tmp_path / "n.h5").batch.ascending.all()


def test_of_a_cell_seen_twice_the_later_accepted_one_is_kept(tmp_path):
    cells = [{"soil_moisture": 0.1, "time": START + 9}, {"soil_moisture": 0.2, "time": START + 3},
             {"soil_moisture": 0.3, "time": START + 20, "surface_flag": 1}, {"soil_moisture": 0.4}]
    path = write_smap(tmp_path / "s.h5", cells, indices=[(9, 9), (9, 9), (9, 9), (9, 10)])
    product = read_product(path)
    assert product.batch.code.tolist() == [0, NUMBERS["D1"], NUMBERS["S5"], 0]
    assert product.report.counts.sum() == 4


def test_indices_that_are_not_those_of_the_coordinates_are_refused(tmp_path):
    path = write_smap(tmp_path / "s.h5", [{}] * 3)
    with h5py.File(path, "a") as file:
        file[smap.GROUP]["EASE_row_index"][1] += 1
    with pytest.raises(ProductRefusal, match="1 of 3 cells .*row 201, column 401, expected 200, 401") as refusal:
        read_product(path)
    assert refusal.value.reason == "inconsistent"


def _real(shared_data):
    return next((shared_data / "data/products/smap_l2_spl2smp").iterdir())


def test_real_half_orbit_cells_and_times(shared_data):
    path = _real(shared_data)
    granule = smap.decode(path)
    row, column = M36.cell(granule.latitude, granule.longitude)
    assert len(row) == 17251 and np.array_equal(row, granule.row) and np.array_equal(column, granule.column)
    latitude, longitude = M36.centre(granule.row, granule.column)
    assert np.abs(latitude - granule.latitude).max() < 4e-6 and np.abs(longitude - granule.longitude).max() < 8e-6
    with h5py.File(path) as file:
        texts = [text.decode() for text in file[smap.GROUP]["tb_time_utc"][...]]
    readable = np.array(["***" not in text and text[:4].isdigit() for text in texts])
    stated = np.array([text.rstrip("Z") for text in texts], "U23")[readable].astype("datetime64[ms]")
    known = np.isfinite(granule.time[readable])
    apart = np.abs((time_of(granule.time[readable]) - stated)[known].astype(np.int64))
    assert known.sum() > 17000 and apart.max() <= 2  # ms
    assert granule.ascending and granule.version.startswith("version 008")


def test_real_half_orbit_flags(shared_data):
    granule = smap.decode(_real(shared_data))
    valid = np.isfinite(granule.soil_moisture)
    recommended = valid & (granule.quality & 1 == 0)
    assert valid.sum() == 1333 and recommended.sum() == 592
    assert (granule.soil_moisture[valid] > 0.5).sum() == 181 and not (granule.soil_moisture[recommended] > 0.5).any()
    assert set(np.unique(granule.quality[valid])) == {0, 1, 5, 9, 13}
    surface = granule.surface & 0x7FF
    assert (surface[recommended] != 0).sum() == 3 and set(surface[recommended]) == {0, 128}
    assert (surface[valid & ~recommended] != 0).all()
    dense = valid & (granule.surface & 1024 != 0)
    assert np.array_equal(dense, valid & (granule.vegetation_water_content > 5.0))
    product = read_product(_real(shared_data))
    assert named_counts(product.report.counts) == {"OK": 576, "S1": 16099, "S2": 560, "S9": 3, "S12": 13}
    assert product.report.counts.sum() == 17251


def test_real_half_orbit_variables_under_two_names_are_one(shared_data):
    with h5py.File(_real(shared_data)) as file:
        group = file[smap.GROUP]
        assert np.array_equal(group["soil_moisture"][...], group["soil_moisture_option3"][...])
