"""Decoded ASCAT samples against fields that public libraries decoded, at the tolerances of their README."""

import h5py
import numpy as np
import pytest

from landda_hpc.config.observations import Ascat, AscatQC
from landda_hpc.observations import ascat_bufr, ascat_native, ascat_netcdf
from landda_hpc.observations.ascat import ascat_codes, is_ascending
from landda_hpc.observations.batch import PLATFORMS
from landda_hpc.observations.codes import NUMBERS
from landda_hpc.observations.formats import identify, read_product

ALL = ("metop-a", "metop-b", "metop-c")
#: Golden name of each field and its tolerance.
NUMBERS_OF_NODES = {"soil_moisture": ("sm", 1e-6), "soil_moisture_error": ("sm_error", 1e-6),
                    "mean_soil_moisture": ("sm_mean", 1e-6),
                    "topography": ("topographic_complexity", 1e-6), "wetland": ("wetland_fraction", 1e-6),
                    "snow": ("snow_cover_probability", 1e-6), "frozen": ("frozen_soil_probability", 1e-6),
                    "aggregated_quality": ("aggregated_quality", 1e-6), "sensitivity": ("sm_sens", 1e-5),
                    "sigma40": ("sigma40", 1e-5), "sigma40_error": ("sigma40_err", 1e-5), "slope40": ("slope40", 1e-5),
                    "slope40_error": ("slope40_err", 1e-5), "dry": ("dry", 1e-5), "wet": ("wet", 1e-5)}


def _cases(shared_data, kind):
    golden = h5py.File(shared_data / "data/golden/ascat_decode.h5", "r")[kind]
    for name in golden:
        yield shared_data / "data" / golden[name].attrs["source_file"], golden[name]


def _assert_close(found, expected, tolerance, what):
    expected = np.asarray(expected).ravel()
    found = found.astype(expected.dtype)  # some golden fields are stored in single precision
    assert np.array_equal(np.isnan(found), np.isnan(expected)), f"{what}: other nodes are missing"
    assert np.nanmax(np.abs(found - expected), initial=0.0) <= tolerance, what


def _compare(fields, golden, place_tolerance, rows=slice(None)):
    for name, (golden_name, tolerance) in NUMBERS_OF_NODES.items():
        _assert_close(fields[name], golden[golden_name][rows], tolerance, name)
    for name, golden_name in (("latitude", "lat"), ("longitude", "lon")):
        _assert_close(fields[name], golden[golden_name][rows], place_tolerance, name)
    assert np.array_equal(fields["correction_flag"], golden["corr_flag"][rows].ravel())


def _without_own_limits(**changes):
    """The paper's three thresholds alone."""
    return Ascat(platforms=ALL, qc=AscatQC(snow_max=100, frozen_max=100, proc_reject_bits=(), rain_flag=False,
                                           sensitivity_min=0.0, **changes))


def _check_quality_control(granule, golden):
    code = ascat_codes(granule, _without_own_limits())
    assert np.array_equal(code == 0, golden["qc_mask_esme16_topo20_wet15"][...].ravel() == 1)
    counts, attributes = np.bincount(code, minlength=12), golden.attrs
    left = len(code)
    for name, key in (("A1", "n_sm_finite"), ("A3", "n_after_sm_error_lt_16"), ("A4", "n_after_topo_lt_20"),
                      ("A5", "n_after_wetland_lt_15")):
        left -= counts[NUMBERS[name]]
        assert left == attributes[key], key
    with_snow = Ascat(platforms=ALL, qc=AscatQC(proc_reject_bits=(), rain_flag=False, sensitivity_min=0.0))
    assert (ascat_codes(granule, with_snow) == 0).sum() == attributes["n_after_snow_gt_50_or_frozen_gt_50_removed"]


def test_bufr_files_equal_the_golden_decode(shared_data):
    cases = list(_cases(shared_data, "bufr"))
    assert len(cases) == 10
    for path, golden in cases:
        assert identify(path)[0] == "bufr"
        granule = ascat_bufr.decode(path, backscatter=True)
        fields = granule.fields
        _compare(fields, golden, 1e-9)
        _assert_close(fields["time"], golden["time"], 1e-3, "time")
        assert np.array_equal(fields["processing_flag"], golden["proc_flag"])
        assert np.array_equal(~is_ascending(fields["azimuth"]), golden["descending"][...] == 1)
        wmo = np.array([{"metop-a": 4, "metop-b": 3, "metop-c": 5}[PLATFORMS[index]] for index in fields["platform"]])
        assert np.array_equal(wmo, golden["satellite_id_bufr"])
        assert granule.sampling == {12500.0: "125", 25000.0: "250"}[golden.attrs["pixel_size_m"]]
        _check_quality_control(granule, golden)


def test_netcdf_files_equal_the_golden_decode(shared_data):
    cases = list(_cases(shared_data, "nc"))
    assert len(cases) == 2
    for path, golden in cases:
        assert identify(path)[0] == "netcdf"
        granule = ascat_netcdf.decode(path, backscatter=True)
        _compare(granule.fields, golden, 1e-7)
        n_nodes = golden["sm"].shape[1]
        _assert_close(granule.fields["time"][::n_nodes], golden["time_line"], 1e-3, "time")
        assert np.array_equal(~is_ascending(granule.fields["azimuth"][::n_nodes]), golden["descending_line"][...] == 1)
        assert np.array_equal(granule.fields["processing_flag"], golden["proc_flag_recovered"][...].ravel())
        assert PLATFORMS[granule.fields["platform"][0]] == "metop-a"
        _check_quality_control(granule, golden)


def test_native_file_equals_the_golden_decode_of_the_same_nodes(shared_data):
    path = next((shared_data / "data/golden/eps_native_synthetic").iterdir())
    golden = h5py.File(shared_data / "data/golden/ascat_decode.h5", "r")
    in_netcdf = next(golden["nc"][name] for name in golden["nc"] if "_125_" in name)
    in_bufr = next(golden["bufr"][name] for name in golden["bufr"] if "042100" in name)
    kind, content = identify(path)
    assert kind == "native"
    granule = ascat_native.decode(path, content(), backscatter=True)
    assert granule.sampling == "125"
    assert ascat_native.measurement_layout(82).itemsize == 11683
    assert ascat_native.measurement_layout(42).itemsize == 6003
    _compare(granule.fields, in_netcdf, 1e-7, rows=slice(192, 288))
    assert np.array_equal(granule.fields["processing_flag"], in_bufr["proc_flag"])
    _assert_close(granule.fields["time"][::82], in_netcdf["time_line"][192:288], 1e-3, "time")


def test_bufr_and_netcdf_of_one_orbit_agree(shared_data):
    products = shared_data / "data/products"
    bufr, netcdf = (read_product(next((products / folder).iterdir())) for folder in ("ascat_l2_250_bufr", "ascat_l2_250_nc"))
    assert bufr.batch.size == netcdf.batch.size == 15372
    assert np.abs(bufr.batch.value - netcdf.batch.value).max() <= 0.05 + 1e-9
    assert np.abs(bufr.batch.latitude - netcdf.batch.latitude).max() < 6e-6
    assert np.abs(bufr.batch.time - netcdf.batch.time).max() <= 2.0
    assert np.array_equal(bufr.batch.ascending, netcdf.batch.ascending)
    assert any("same bytes" in note for note in netcdf.report.notes)


def test_a_file_without_retrievals_gives_an_empty_batch_and_its_report(shared_data):
    product = read_product(next((shared_data / "data/products/ascat_hsaf_bufr").glob("h16_*")))
    assert product.batch.size == 0
    assert product.report.n_nodes == 2016 and product.report.n_valid == 0
    assert product.report.counts[NUMBERS["A1"]] == product.report.counts.sum() == 2016
    assert product.report.satellites == ("metop-b",)


@pytest.mark.parametrize(("pattern", "sampling"), [("h16_*", "250"), ("h101_*", "250"), ("h102_*", "125"),
                                                   ("h103_*", "125"), ("h07_*", "250")])
def test_sampling_is_that_of_the_content(shared_data, pattern, sampling):
    product = read_product(next((shared_data / "data/products/ascat_hsaf_bufr").glob(pattern)))
    assert product.report.product == f"ascat_l2_{sampling}"
