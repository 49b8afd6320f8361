"""Runs against global reference maps: units, orientation, averages over cells, months, tables."""

import h5netcdf
import numpy as np
import pytest
import xarray

from landda_hpc.errors import InputError
from landda_hpc.verification.global_maps import band_table, compare, largest_misfits, read_reference

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def write_reference(path, name, units, values, north_first=False, times=None, cell_methods=None):
    """Write a reference of cells of two degrees, values ``(n_times, 90, 180)`` south first."""
    latitude, longitude = np.arange(-89.0, 90.0, 2.0), np.arange(-179.0, 180.0, 2.0)
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"time": len(values), "lat": 90, "lon": 180}
        days = np.cumsum(DAYS)[:len(values)] - 16 if times is None else times
        file.create_variable("time", ("time",), data=np.asarray(days, float)).attrs["units"] = "days since 2004-01-01"
        order = slice(None, None, -1 if north_first else 1)
        file.create_variable("lat", ("lat",), data=latitude[order])
        file.create_variable("lon", ("lon",), data=longitude)
        variable = file.create_variable(name, ("time", "lat", "lon"), data=np.nan_to_num(values, nan=-9999.0)[:, order])
        variable.attrs["units"], variable.attrs["_FillValue"] = units, -9999.0
        if cell_methods:
            variable.attrs["cell_methods"] = cell_methods


def history(values, name="latent_heat_flux", dims=("time", "latitude", "longitude")):
    """Return a daily history of 2005 on a grid of ten degrees, ``values`` of the months."""
    days = np.repeat(np.arange(12), DAYS)
    starts = np.datetime64("2005-01-01", "s") + np.arange(365) * np.timedelta64(86400, "s")
    bounds = np.stack([starts, starts + np.timedelta64(86400, "s")], axis=1)
    return xarray.Dataset({name: (dims, values[days]), "time_bnds": (("time", "bnds"), bounds.astype("datetime64[ns]"))},
                          {"time": bounds[:, 1].astype("datetime64[ns]"), "latitude": np.arange(-55.0, 90.0, 10.0),
                           "longitude": np.arange(-175.0, 180.0, 10.0)})


def by_latitude(scale=1.0):
    """Return months of a field that grows with latitude, on the cells of the reference and of the history."""
    fine, coarse = np.arange(-89.0, 90.0, 2.0), np.arange(-55.0, 90.0, 10.0)
    month = np.arange(12)[:, None, None]
    return (scale * (month + np.broadcast_to(fine[:, None], (90, 180))), month + np.broadcast_to(coarse[:, None], (15, 36)))


@pytest.mark.parametrize("north_first", [False, True])
def test_a_run_equal_to_its_reference_has_no_bias(tmp_path, north_first):
    """Cells of ten degrees hold five rows of two; weighting by area moves their mean a little from the middle."""
    fine, coarse = by_latitude()
    write_reference(tmp_path / "le.nc", "le", "watt/m2", fine, north_first)
    found = compare(history(coarse), read_reference(tmp_path / "le.nc"))
    assert found.known.product == "FLUXCOM" and len(found.months) == 12
    edges = np.arange(-60.0, 91.0, 2.0)
    weights = np.diff(np.sin(np.deg2rad(edges))).reshape(15, 5)
    middles = np.arange(-59.0, 90.0, 2.0).reshape(15, 5)
    expected = (weights * middles).sum(axis=1) / weights.sum(axis=1)
    np.testing.assert_allclose(found.reference[3, :, 0], 3 + expected, rtol=1e-12)
    rows = band_table(found)
    assert [row.band for row in rows] == ["60-90 N", "30-60 N", "0-30 N", "0-30 S", "30-60 S", "all"]
    assert all(abs(row.bias) < 1.0 and row.correlation > 0.999 for row in rows)


def test_amounts_of_a_month_become_rates(tmp_path):
    monthly = np.broadcast_to(np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[:, None, None], (12, 90, 180))
    write_reference(tmp_path / "e.nc", "E", "mm.month-1", 2.0 * monthly)
    run = history(np.full((12, 15, 36), 3.0 / 86400.0), "evaporation")
    row = band_table(compare(run, read_reference(tmp_path / "e.nc")))[-1]
    assert row.model == pytest.approx(3.0) and row.reference == pytest.approx(2.0) and row.monthly_rmse == pytest.approx(1.0)


def test_cells_that_the_reference_hardly_covers_are_left_out(tmp_path):
    fine, coarse = by_latitude()
    holes = fine.copy()
    holes[:, 15:18, :5] = np.nan  # three of five rows of the south-western cell
    write_reference(tmp_path / "le.nc", "le", "watt/m2", holes)
    found = compare(history(coarse), read_reference(tmp_path / "le.nc"))
    assert np.isnan(found.reference[:, 0, 0]).all() and np.isfinite(found.reference[:, 0, 1:]).all()


def test_an_instant_is_compared_with_that_day(tmp_path):
    write_reference(tmp_path / "s.nc", "SoilMoi0_10cm_inst", "kg m-2", np.full((1, 90, 180), 25.0), times=[0.6],
                    cell_methods="time: point")
    months = np.zeros((12, 4, 15, 36))
    months[0, 0] = 0.3
    run = history(months, "soil_moisture", ("time", "layer", "latitude", "longitude"))
    row = band_table(compare(run, read_reference(tmp_path / "s.nc")))[-1]
    assert row.model == pytest.approx(0.3) and row.reference == pytest.approx(0.25)


def test_largest_misfits(tmp_path):
    fine, coarse = by_latitude()
    coarse = coarse.astype(float).copy()
    coarse[:, 7, 12] += 100.0
    write_reference(tmp_path / "le.nc", "le", "watt/m2", fine)
    worst = largest_misfits(compare(history(coarse), read_reference(tmp_path / "le.nc")), 1)[0]
    assert worst[:2] == (15.0, -55.0) and worst[2] - worst[3] > 90.0


@pytest.mark.parametrize("name, units, part", [("moose", "1", "none of the known variables"),
                                               ("le", "MJ m-2", "none of the known variables")])
def test_a_file_that_is_no_known_reference(tmp_path, name, units, part):
    write_reference(tmp_path / "x.nc", name, units, np.zeros((12, 90, 180)))
    with pytest.raises(InputError, match=part):
        read_reference(tmp_path / "x.nc")


def test_a_run_without_the_variable(tmp_path):
    fine, coarse = by_latitude()
    write_reference(tmp_path / "le.nc", "le", "watt/m2", fine)
    with pytest.raises(InputError, match="output.variables"):
        compare(history(coarse, "evaporation"), read_reference(tmp_path / "le.nc"))


def test_the_real_references(shared_data):
    """Global land means of the literature: FLUXCOM, vegetated land alone, 40 to 60 W m-2, GLEAM about 1.4 mm a day."""
    folder = shared_data / "data" / "forcing" / "reference_global"
    run = history(np.full((12, 15, 36), 40.0))
    row = band_table(compare(run, read_reference(folder / "fluxcom" / "le.nc")))[-1]
    assert 40.0 < row.reference < 60.0
    run = history(np.full((12, 15, 36), 1.0 / 86400.0), "evaporation")
    row = band_table(compare(run, read_reference(folder / "gleam" / "E_2004_GLEAM_v4.2a_MO.nc")))[-1]
    assert 1.0 < row.reference < 1.8
