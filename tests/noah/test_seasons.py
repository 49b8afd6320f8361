"""Monthly values at a date, local dates, and what follows the greenness."""

import numpy as np
import pytest

from landda_hpc.noah.parameters import Seasons, local_shift, monthly_value, static_parameters

MONTHS = np.arange(1.0, 13.0)


@pytest.mark.parametrize("date, expected", [
    ("2001-01-15", 1.0), ("2001-01-01", 12 * (1 - 17 / 31) + 1 * 17 / 31), ("2001-01-31", 1 * (1 - 16 / 31) + 2 * 16 / 31),
    ("2001-03-01", 2 * (1 - 14 / 28) + 3 * 14 / 28), ("2004-03-01", 2 * (1 - 15 / 29) + 3 * 15 / 29),
    ("1900-03-01", 2 * (1 - 14 / 28) + 3 * 14 / 28), ("2001-12-20", 12 * (1 - 5 / 31) + 1 * 5 / 31)])
def test_monthly_values(date, expected):
    assert monthly_value(MONTHS, np.datetime64(date, "D")) == pytest.approx(expected, rel=1e-15)


def literal_shift(longitude):
    """The rule as the driver's description puts it."""
    zone = next(i for i in range(1, 26) if longitude < -187.5 + 15 * i)
    return (1 if zone == 25 else zone) - 13


def test_local_hours():
    longitudes = np.concatenate([np.linspace(-180.0, 180.0, 1441), [-172.5, -7.5, 7.5, 172.4999]])
    assert local_shift(longitudes).tolist() == [literal_shift(longitude) for longitude in longitudes]


def test_longitudes_may_count_from_0_to_360():
    assert (local_shift([350.0, 200.0, 271.6, 360.0]) == local_shift([-10.0, -160.0, -88.4, 0.0])).all()


def seasons_of(cover, green, least=None, greatest=None):
    parameters = static_parameters([cover], [6], [1], (0.1, 0.3, 0.6, 1.0))
    seasons = Seasons(np.array([cover]), np.full((12, 1), green), np.zeros(1), least=least, greatest=greatest)
    seasons.update(parameters, np.datetime64("2001-06-15T12:00"))
    return parameters


def test_albedo_runs_against_the_greenness():
    half = seasons_of(10, 0.5, np.array([0.0]), np.array([1.0]))
    assert half["background_albedo"][0] == pytest.approx((0.19 + 0.23) / 2, abs=0.02)
    full = seasons_of(12, 1.0, np.array([0.0]), np.array([1.0]))
    none = seasons_of(12, 0.0, np.array([0.0]), np.array([1.0]))
    assert full["background_albedo"][0] < none["background_albedo"][0]
    assert full["leaf_area_index"][0] > none["leaf_area_index"][0]


def test_the_greatest_greenness_is_asked_first():
    """A bare column whose extremes are both zero gets the values of full greenness, one with a greater maximum not."""
    both_zero = seasons_of(16, 0.3, np.array([0.0]), np.array([0.0]))
    ordinary = seasons_of(16, 0.3, np.array([0.0]), np.array([0.5]))
    assert both_zero["green_vegetation_fraction"][0] == ordinary["green_vegetation_fraction"][0] == 0.0
    assert both_zero["leaf_area_index"][0] == 0.75 and ordinary["leaf_area_index"][0] == 0.1


def test_the_previous_roughness_is_that_of_the_step_before():
    parameters = static_parameters([12], [6], [1], (0.1, 0.3, 0.6, 1.0))
    months = np.linspace(0.1, 0.9, 12)[:, None]
    seasons = Seasons(np.array([12]), months, np.zeros(1))
    times = np.datetime64("2001-06-20T22:00") + np.arange(6) * np.timedelta64(1, "h")
    seen = []
    for time in times:
        seasons.update(parameters, time)
        seen.append((parameters["previous_background_roughness_length"][0], parameters["background_roughness_length"][0]))
    assert seen[1][0] == seen[1][1] == seen[0][1]
    assert seen[2][0] == seen[1][1] != seen[2][1]
    assert seen[3][0] == seen[3][1]


def test_reference_series(shared_data):
    """The daily parameters of the reference columns, to the last bit."""
    import h5py

    with h5py.File(shared_data / "data" / "golden" / "noah33_columns_year.h5", "r") as file:
        cover, soil = file["static/vegtype"][()], file["static/soiltype"][()]
        parameters = static_parameters(cover, soil, np.ones(len(cover), int), (0.1, 0.3, 0.6, 1.0))
        seasons = Seasons(cover, file["greenness_monthly"][()].T, np.zeros(len(cover)), "modis_igbp",
                          file["static/shdmin"][()], file["static/shdmax"][()])
        names = {"shdfac": "green_vegetation_fraction", "lai": "leaf_area_index", "alb": "background_albedo",
                 "embrd": "background_emissivity", "z0brd": "background_roughness_length"}
        stored = {name: file[f"daily_params/{name}"][()] for name in names}
    for day in range(365):
        seasons.update(parameters, np.datetime64("2001-01-01T12:00") + np.timedelta64(day, "D"))
        for name, own in names.items():
            np.testing.assert_allclose(parameters[own], stored[name][:, day], rtol=1e-15, atol=0.0, err_msg=name)
