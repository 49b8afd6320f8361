"""Numbers of single products: what the files say, what a peer library reads, what was written by hand."""

import gzip

import netCDF4
import numpy as np
import pytest

from landda_hpc.observations.ascat_cdr import read_ascat_cdr
from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.ismn import read_ismn
from landda_hpc.observations.netcdf import open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references.grib import read_grib
from landda_hpc.references.readers import read_reference, reference_reader
from tests.references.samples import REAL, rain, write_cpc, write_cpc_binary, write_new_era5


def real(shared_data, name):
    return shared_data / "data/products" / REAL[name]


def test_cpc_binary_and_netcdf_agree_and_lie_where_they_should(tmp_path):
    yearly, = read_reference(write_cpc(tmp_path))
    daily, gauges = read_reference(write_cpc_binary(tmp_path))
    np.testing.assert_allclose(daily.values[0], yearly.values[0], rtol=1.0e-6)
    assert gauges.quantity == "gauges" and np.nanmax(gauges.values) == 2.0
    assert daily.time[0] == yearly.time[0] == seconds_of(np.datetime64("2022-01-01")) and len(yearly.time) == 3
    # 0.25 E at 89.75 N is the first number in NetCDF; 179.75 W is column 360 there and the first here.
    assert (yearly.latitude[0], yearly.longitude[0], yearly.longitude[360]) == (-89.75, -179.75, 0.25)
    np.testing.assert_allclose(yearly.values[0, 0, 0] * 86400.0, rain()[0, 359, 360], rtol=1.0e-6)
    assert np.isnan(yearly.values[0, 359 - 10, 360 + 20]) and np.isnan(yearly.values).sum() == 3
    packed = tmp_path / "packed.20220101.gz"
    packed.write_bytes(gzip.compress(write_cpc_binary(tmp_path).read_bytes()))
    np.testing.assert_array_equal(read_reference(packed)[0].values, daily.values)


def test_cpc_of_the_united_states_is_refused(tmp_path):
    with pytest.raises(ProductRefusal, match="unsupported"):
        read_reference(write_cpc(tmp_path, (120, 300)))


def test_new_era5_by_level(tmp_path):
    fields = read_reference(write_new_era5(tmp_path))
    assert [(field.quantity, field.vertical) for field in fields] == [
        ("air_temperature", "85000 Pa"), ("air_temperature", "50000 Pa"),
        ("relative_humidity", "85000 Pa"), ("relative_humidity", "50000 Pa")]
    written = 250.0 + np.arange(48).reshape(2, 2, 3, 4)
    np.testing.assert_array_equal(fields[1].values, written[:, 1, ::-1][:, :, [2, 3, 0, 1]])
    assert fields[1].longitude.tolist() == [-180.0, -90.0, 0.0, 90.0]
    np.testing.assert_allclose(fields[2].values.min(), 0.5)


def test_packed_era5_equals_the_peer_library(shared_data):
    field, = read_reference(real(shared_data, "era5 packed"))
    with netCDF4.Dataset(real(shared_data, "era5 packed")) as file:
        from_180_west = np.roll(file["t2m"][0][::-1], 9, axis=1)  # 0 to 340 E in the file
        np.testing.assert_allclose(field.values[0], from_180_west, rtol=1.0e-6)
        assert field.latitude[0] == file["latitude"][-1]


def test_grib_places_equal_those_of_the_library(shared_data):
    eccodes = pytest.importorskip("eccodes")
    for name in ("era5 grib", "gldas grib", "reduced grib"):
        field = read_grib(real(shared_data, name))[0]
        with open(real(shared_data, name), "rb") as file:
            handle = eccodes.codes_grib_new_from_file(file)
        latitude, longitude, value = (eccodes.codes_get_array(handle, key) for key in ("latitudes", "longitudes", "values"))
        pick = np.flatnonzero(value != 9999.0)[::997]
        east = np.mod(longitude[pick] + 180.0, 360.0) - 180.0
        row = np.abs(field.latitude[:, None] - latitude[pick]).argmin(axis=0)
        column = np.abs(field.longitude[:, None] - east).argmin(axis=0)
        found = field.values[0, row, column]
        if name == "reduced grib":  # a point of the regular grid takes the nearest of its row, so most are found again
            assert np.mean(np.isclose(found, value[pick], rtol=1.0e-5)) > 0.5
        else:
            np.testing.assert_allclose(found, value[pick], rtol=1.0e-6)


def test_forecast_steps_and_levels_are_apart(shared_data):
    pytest.importorskip("eccodes")
    fields = read_grib(real(shared_data, "ifs forecast"), {"air_temperature"})
    assert {(field.step, field.vertical) for field in fields} == {
        (step, f"{level}00 Pa") for step in (0.0, 6.0) for level in (1000, 850, 700, 500, 400, 300)}
    assert all(len(field.time) == 4 for field in fields)
    means = {field.vertical: field.values.mean() for field in fields}
    assert means["100000 Pa"] > means["70000 Pa"] > means["30000 Pa"]


def test_gldas_and_lis_layers(shared_data):
    upper, lower = read_reference(real(shared_data, "gldas"))
    with netCDF4.Dataset(real(shared_data, "gldas")) as file:
        np.testing.assert_allclose(lower.values[0], file["SoilMoi10_40cm_inst"][0].filled(np.nan) / 300.0, rtol=1.0e-6)
    assert (upper.latitude[0], upper.vertical, lower.vertical) == (-59.875, "0-0.1 m", "0.1-0.4 m")
    assert upper.time[0] == seconds_of(np.datetime64("2016-01-01T03:00"))
    fields = read_reference(real(shared_data, "lis"))
    assert [field.vertical for field in fields] == ["0-0.1 m", "0.1-0.4 m", "0.4-1 m", "1-2 m"]
    assert fields[0].time[0] == seconds_of(np.datetime64("2017-03-30"))
    assert np.allclose(np.diff(fields[0].latitude), 0.25) and np.allclose(np.diff(fields[0].longitude), 0.25)


def test_layouts_of_stations_agree_and_only_good_values_are_accepted(shared_data):
    one, two = (read_ismn(real(shared_data, name)) for name in ("ismn ceop_sep", "ismn header"))
    np.testing.assert_array_equal(one.value, two.value)
    np.testing.assert_array_equal(one.time, two.time)
    assert one.value[0] == 0.2140 and one.time[0] == seconds_of(np.datetime64("2007-01-01T01:00"))
    depths = read_ismn(real(shared_data, "ismn ceop"))
    assert len(depths.labels) == 4 and depths.at(1).value[0] == 0.2913
    path = next((shared_data / "data/products/ismn/SCAN").rglob("*.stm"))
    station = read_ismn(path)
    good = [line.split()[-2] == "G" for line in path.read_text().splitlines()]
    np.testing.assert_array_equal(station.code == 0, good)


def test_flags_of_climate_records_follow_the_text_of_the_file(shared_data):
    series = read_ascat_cdr(real(shared_data, "cdr H119"))
    np.testing.assert_array_equal(np.isnan(series.value), series.flag != 0)  # missing exactly where the flag is set
    old = read_ascat_cdr(real(shared_data, "cdr H110"))
    with open_netcdf(real(shared_data, "cdr H110")) as fields:
        unset = fields["corr_flag"].raw() & (4 | 8 | 32) > 0
    assert (old.code == 8).sum() == unset.sum() > 0


def test_foreign_files_have_no_reader(shared_data):
    for path in (shared_data / "data/products/ascat_l2_250_nc", shared_data / "data/products/smap_l2_spl2smp"):
        assert reference_reader(next(path.iterdir())) is None
