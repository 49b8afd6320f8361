"""Readers of AMSR2 LPRM and SMOS-IC on files made here by hand, and the resampling to points."""

import netCDF4
import numpy as np
import pytest

from landda_hpc.domain.grid import Grid
from landda_hpc.domain.points import PointSet
from landda_hpc.observations.amsr2_lprm import read_amsr2
from landda_hpc.observations.batch import make_batch, seconds_of
from landda_hpc.observations.codes import NAMES
from landda_hpc.observations.ease2 import M25
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.resampling import nearest, resample
from landda_hpc.observations.smos_ic import read_smos_ic

CENTRES = {(100, 200): ("OK", 25, 50, 2900, 900), (101, 200): ("E1", 0, 50, 2900, 900), (102, 200): ("E1", 61, 50, 2900, 900),
           (103, 200): ("E2", 25, 80, 2900, 900), (104, 200): ("E3", 25, 50, 2730, 900), (105, 200): ("E4", 25, 50, 2900, 3500),
           (106, 200): ("OK", 60, 79, 2732, 3499)}


@pytest.fixture
def amsr2(tmp_path):
    """A file with one cell per outcome; cells are column and row from the north."""
    path = tmp_path / "LPRM-AMSR2_L3_D_SOILM3_V001_20220610000000.nc4"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("Longitude", 1440)
        file.createDimension("Latitude", 720)
        file.createVariable("Longitude", "f4", ("Longitude",))[:] = -179.875 + 0.25 * np.arange(1440)
        file.createVariable("Latitude", "f4", ("Latitude",))[:] = 89.875 - 0.25 * np.arange(720)
        names = ("soil_moisture_x", "opt_depth_x", "ts", "soil_moisture_x_error")
        variables = {name: file.createVariable(name, "i2", ("Longitude", "Latitude"), fill_value=-32767) for name in names}
        scan = file.createVariable("scantime", "f8", ("Longitude", "Latitude"), fill_value=0.0)
        variables["soil_moisture_x"][50, 50] = 30  # without a time
        for (column, row), (_, *numbers) in CENTRES.items():
            for name, number in zip(names, numbers):
                variables[name][column, row] = number
            # 11:30 UTC at 155 W is 01:10 local time.
            scan[column, row] = (np.datetime64("2022-06-10T11:30:00") - np.datetime64("1993-01-01T00:00:00")).astype(float)
    return path


def test_amsr2_is_decoded_and_each_test_rejects(amsr2):
    batch = read_amsr2(amsr2)
    assert batch.size == len(CENTRES) and batch.units == "m3 m-3" and batch.product == "amsr2_l3"
    np.testing.assert_allclose(batch.longitude, [-179.875 + 0.25 * column for column, _ in CENTRES])
    np.testing.assert_allclose(batch.latitude, 89.875 - 50.0)
    np.testing.assert_allclose(batch.time, seconds_of(np.datetime64("2022-06-10T11:30:00")))
    np.testing.assert_allclose(batch.value, [numbers[1] / 100.0 for numbers in CENTRES.values()])
    np.testing.assert_allclose(batch.error, [numbers[4] / 1.0e4 for numbers in CENTRES.values()])
    assert [NAMES[code] for code in batch.code] == [numbers[0] for numbers in CENTRES.values()]
    assert not batch.ascending.any()
    assert (read_amsr2(amsr2, largest=0.7, largest_depth=1.0, least_temperature=270.0, largest_error=1.0).code == 0).sum() == 6


def test_transposed_and_foreign_files_are_refused(amsr2, tmp_path):
    other = tmp_path / "other.nc"
    with netCDF4.Dataset(amsr2) as source, netCDF4.Dataset(other, "w") as file:
        file.createDimension("Longitude", 1440)
        file.createDimension("Latitude", 720)
        for name, variable in source.variables.items():
            file.createVariable(name, variable.dtype, variable.dimensions[::-1])[:] = np.asarray(variable[:]).T
    with pytest.raises(ProductRefusal, match="expected longitude, latitude"):
        read_amsr2(other)
    with pytest.raises(ProductRefusal, match="foreign"):
        read_smos_ic(amsr2)


@pytest.mark.parametrize("missing", [np.nan, -999.0])
@pytest.mark.parametrize("from_south", [True, False])
def test_smos_ic_is_decoded_and_each_test_rejects(tmp_path, missing, from_south):
    path = tmp_path / "SM_OPER_MIR_CDF3SA_20180101T000000_20180101T235959_105_001_8.DBL.nc"
    cases = {0: ("OK", 0.198517, 3.0, 0), 1: ("E1", -0.03, 3.0, 0), 2: ("E5", 0.2, 8.1, 0), 3: ("E6", 0.2, 3.0, 2),
             4: ("OK", 0.2, 8.0, 1)}
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("lat", 584)
        file.createDimension("lon", 1388)
        latitude, _ = M25.centre(np.arange(583, -1, -1) if from_south else np.arange(584), 0)
        file.createVariable("lat", "f4", ("lat",))[:] = latitude
        file.createVariable("lon", "f4", ("lon",))[:] = M25.centre(0, np.arange(1388))[1]
        row = np.abs(latitude + 12.55398).argmin()
        columns = 458 + np.arange(5)
        _, moisture, misfit, flags = zip(*cases.values())
        for name, values in (("Soil_Moisture", moisture), ("RMSE", misfit), ("Scene_Flags", flags),
                             ("Soil_Moisture_StdError", 0.02), ("Days", 6575.0), ("UTC_Seconds", 36000.0)):
            variable = file.createVariable(name, "f8", ("lat", "lon"), fill_value=missing)
            full = np.full((584, 1388), missing)
            full[row, columns] = values
            variable[:] = full
    batch = read_smos_ic(path)
    # A value of the real product of that day, by the layout's description.
    assert batch.longitude[0] == pytest.approx(-61.08069, abs=1e-4) and batch.latitude[0] == pytest.approx(-12.55398, abs=1e-4)
    assert batch.value[0] == pytest.approx(0.198517)
    np.testing.assert_allclose(batch.time, seconds_of(np.datetime64("2018-01-01T10:00:00")))
    assert [NAMES[code] for code in batch.code] == [case[0] for case in cases.values()]
    assert batch.ascending.all() and batch.product == "smos_ic"
    row, column = M25.cell(batch.latitude, batch.longitude)
    np.testing.assert_array_equal(batch.cell_row, row)
    np.testing.assert_array_equal(batch.cell_column, column)


def test_nearest_agrees_with_all_distances():
    rng = np.random.default_rng(8)
    latitude, longitude = rng.uniform(60.0, 64.0, 250), np.mod(rng.uniform(176.0, 184.0, 250) + 180.0, 360.0) - 180.0
    points = rng.uniform(60.5, 63.5, 300), np.mod(rng.uniform(177.0, 183.0, 300) + 180.0, 360.0) - 180.0
    found = nearest(latitude, longitude, *points, within=18.0)
    half = [np.deg2rad(a[:, None] - b[None, :]) / 2.0 for a, b in ((points[0], latitude), (points[1], longitude))]
    level = np.cos(np.deg2rad(points[0]))[:, None] * np.cos(np.deg2rad(latitude))
    haversine = np.sin(half[0]) ** 2 + level * np.sin(half[1]) ** 2
    distance = 2.0 * 6371.0 * np.arcsin(np.sqrt(haversine))
    expected = np.where(distance.min(axis=1) <= 18.0, distance.argmin(axis=1), -1)
    np.testing.assert_array_equal(found, expected)
    assert 0.05 < (found < 0).mean() < 0.95


def points_of(grid, cell):
    cell = np.asarray(cell)
    return PointSet(*grid.positions(cell), cell, grid.shape, None, grid)


def test_fine_points_take_the_nearest_and_coarse_ones_the_mean():
    fine = Grid.covering(0.25, -90.0, 90.0)
    latitude, longitude = np.array([10.1, 10.12, 10.4]), np.array([20.1, 20.13, 20.9])
    batch = make_batch(np.array([0.1, 0.2, 0.3]), latitude, longitude, np.array([5.0, 6.0, 7.0]), "gcom-w", "amsr2_l3",
                       units="m3 m-3", code=np.array([0, 0, 0]))
    cell = (400 * 1440 + 800, 401 * 1440 + 804, 450 * 1440)  # 10.125 N 20.125 E, 10.375 N 21.125 E, elsewhere
    found = resample(batch, points_of(fine, cell))
    assert found.point.tolist() == [0] and found.value.tolist() == [0.2] and found.n_footprints.tolist() == [1]
    rejected = batch._replace(code=np.array([0, 91, 0], np.int16))
    assert resample(rejected, points_of(fine, cell)).value.tolist() == [0.1]
    coarse = resample(batch, points_of(Grid.covering(5.0, -90.0, 90.0), (20 * 72 + 40,)))
    assert coarse.point.tolist() == [0] and coarse.n_footprints.tolist() == [3] and coarse.value[0] == pytest.approx(0.2)
