"""The sun stands where almanacs say, and a shifted clock is noticed."""

import numpy as np
import pytest

from landda_hpc.forcing.solar import SOLAR_CONSTANT, mean_extraterrestrial, shortwave_offset, solar_position


def at(time):
    return np.array([time], dtype="datetime64[s]")


@pytest.mark.parametrize("time, latitude", [
    ("2001-06-21T12:00", 23.44), ("2001-12-21T12:00", -23.44), ("2001-03-20T12:07", 0.0)])
def test_sun_is_overhead_at_the_tropics_at_the_solstices(time, latitude):
    assert solar_position(at(time), latitude, 0.0).cos_zenith[0] == pytest.approx(1.0, abs=5e-4)


@pytest.mark.parametrize("date, minutes", [("2001-02-11", -14.2), ("2001-05-14", 3.7), ("2001-07-26", -6.5),
                                           ("2001-11-03", 16.4)])
def test_equation_of_time_matches_the_almanac(date, minutes):
    after_noon = solar_position(at(date + "T12:00"), 0.0, 0.0).hours_after_noon[0]
    assert after_noon * 60 == pytest.approx(minutes, abs=0.6)


def test_fifteen_degrees_of_longitude_are_one_hour():
    east, west = (solar_position(at("2001-04-15T12:00"), 45.0, lon).hours_after_noon[0] for lon in (15.0, 0.0))
    assert east - west == pytest.approx(1.0, abs=1e-12)


def test_radiation_on_top_is_larger_in_january_than_in_july_at_the_same_height_of_the_sun():
    january, july = (solar_position(at(time), 0.0, 0.0) for time in ("2001-01-03T12:00", "2001-07-04T12:00"))
    ratio = (january.extraterrestrial / january.cos_zenith) / (july.extraterrestrial / july.cos_zenith)
    assert ratio[0] == pytest.approx(1.069, abs=2e-3)
    assert solar_position(at("2001-01-03T00:00"), 0.0, 0.0).extraterrestrial[0] == 0.0


def test_daily_mean_on_top_at_the_equator_at_equinox():
    times = at("2001-03-20T00:00")[0] + np.arange(48) * np.timedelta64(1800, "s")
    radiation, _ = mean_extraterrestrial(times, 1800, 0.0, 0.0)
    assert radiation.mean() == pytest.approx(SOLAR_CONSTANT * 1.008 / np.pi, rel=3e-3)


@pytest.mark.parametrize("shift_hours", [-7.0, -0.5, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("longitude", [-110.0, 5.7, 150.0])
def test_clock_shift_is_measured(shift_hours, longitude):
    times = at("2001-01-01T00:00")[0] + np.arange(24 * 365) * np.timedelta64(3600, "s")
    radiation, _ = mean_extraterrestrial(times, 3600, 40.0, longitude)
    shifted = times + np.timedelta64(int(shift_hours * 3600), "s")
    assert shortwave_offset(shifted, 3600, radiation, 40.0, longitude) == pytest.approx(shift_hours, abs=0.06)
