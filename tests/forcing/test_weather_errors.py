"""Weather with errors: its climate but for the bias, factors of mean 1, totals kept, the same for any step and restart."""

import numpy as np
import pytest

from landda_hpc.forcing.noise import KILOMETRES_PER_DEGREE, NoiseField
from landda_hpc.forcing.weather_errors import BIAS, FIRST_FIELD, REGION, WeatherErrors, _lognormal, displaced
from landda_hpc.noah.types import Forcing

NONE = dict(seed=11, smoothing=3600, precipitation_bias=0.0, precipitation_std=0.0, shortwave_std=0.0, longwave_std=0.0,
            temperature_std=0.0)
ALL = dict(seed=11, smoothing=10800, precipitation_bias=0.2, precipitation_std=0.5, shortwave_std=0.15, longwave_std=15.0,
           temperature_std=1.0)
START = np.datetime64("2001-02-27T00:00", "s")
#: Places far from each other, more than the spacing of any field.
LATITUDE, LONGITUDE = (values.ravel() for values in np.meshgrid(np.arange(-50.0, 71.0, 20.0), np.arange(-180.0, 180.0, 30.0),
                                                                indexing="ij"))


class Showers:
    """Weather whose hours all differ, known at once: a shower every fifth hour."""

    def __init__(self, latitude):
        self.latitude = np.asarray(latitude)

    def at(self, time):
        hour = int(np.datetime64(time, "h").astype(np.int64))
        rain = np.where(hour % 5 == 0, 1.0e-4 * (1.0 + hour % 7), 0.0) * (1.0 + 0.001 * self.latitude)
        other = np.full(len(self.latitude), float(hour % 24))
        return Forcing(280.0 + other, 0.005 + 0.0 * other, other, -other, 9.0e4 + other, 300.0 + other, 310.0 + other, rain)


def errors_of(chosen=slice(None), **changes):
    return WeatherErrors(Showers(LATITUDE[chosen]), LATITUDE[chosen], LONGITUDE[chosen], **{**ALL, **changes})


def series(weather, n_hours, start=START):
    """Return the forcing of hours ``(n_fields, n_hours, n_points)``."""
    return np.stack([np.stack(weather.at(start + np.timedelta64(hour, "h"))) for hour in range(n_hours)], axis=1)


def bias(std):
    """Return the factor of each place that stays."""
    return _lognormal(NoiseField(*REGION, ALL["seed"], FIRST_FIELD + BIAS, LATITUDE, LONGITUDE).at(0.0), std)


def test_without_errors_it_is_the_weather_itself():
    np.testing.assert_array_equal(series(errors_of(**NONE), 48), series(Showers(LATITUDE), 48))


@pytest.mark.parametrize("smoothing", [7200, 10800, 21600])
def test_smoothing_keeps_the_total_of_every_block(smoothing):
    n = smoothing // 3600
    found = series(errors_of(**{**NONE, "smoothing": smoothing}), 48)[7].reshape(48 // n, n, -1)
    expected = series(Showers(LATITUDE), 48)[7].reshape(48 // n, n, -1)
    np.testing.assert_allclose(found.sum(axis=1), expected.sum(axis=1), rtol=1e-13)
    np.testing.assert_array_equal(found, np.repeat(found[:, :1], n, axis=1))


def test_precipitation_keeps_its_climate_but_for_the_bias():
    """The mean of 150 days over places; errors that come and go live for a day and a half."""
    n_hours = 24 * 150
    found, expected = (series(weather, n_hours)[7].mean(axis=0) for weather in (errors_of(), Showers(LATITUDE)))
    ratio = found / expected / bias(ALL["precipitation_bias"])
    assert ratio.mean() == pytest.approx(1.0, abs=0.02) and ratio.std() < 0.1
    biased, smoothed = (series(weather, 30)[7] for weather in (errors_of(precipitation_std=0.0),
                                                               errors_of(**{**NONE, "smoothing": 10800})))
    np.testing.assert_allclose(biased, smoothed * bias(ALL["precipitation_bias"]), rtol=1e-12)


@pytest.mark.parametrize("std", [0.1, 0.5])
def test_factors_have_mean_one_and_the_spread_asked_for(std):
    found = _lognormal(np.random.default_rng(0).normal(size=400000), std)
    assert found.mean() == pytest.approx(1.0, abs=0.003) and found.std() == pytest.approx(std, rel=0.02)


def test_radiation_and_temperature_have_the_errors_asked_for():
    found, true = series(errors_of(), 24 * 60)[:, ::12], series(Showers(LATITUDE), 24 * 60)[:, ::12]
    shortwave, longwave, temperature = found[5] / true[5], found[6] - true[6], found[0] - true[0]
    assert shortwave.mean() == pytest.approx(1.0, abs=0.02) and shortwave.std() == pytest.approx(0.15, rel=0.1)
    assert longwave.mean() == pytest.approx(0.0, abs=1.5) and longwave.std() == pytest.approx(15.0, rel=0.1)
    assert temperature.mean() == pytest.approx(0.0, abs=0.1) and temperature.std() == pytest.approx(1.0, rel=0.1)
    assert np.corrcoef(shortwave.ravel(), longwave.ravel())[0, 1] < -0.9  # cloudier: less sun, more sky
    np.testing.assert_array_equal(found[1:5], true[1:5])


@pytest.mark.parametrize("time_step", [900, 1800])
def test_it_does_not_depend_on_the_time_step(time_step):
    hourly, stepped = errors_of(), errors_of()
    for step in range(5 * 3600 // time_step):
        time = START + np.timedelta64(step * time_step, "s")
        np.testing.assert_array_equal(stepped.at(time), hourly.at(time.astype("datetime64[h]")))


@pytest.mark.parametrize("hour", [1, 5, 24, 50])
def test_a_restart_in_any_hour_goes_on_with_the_same_weather(hour):
    whole = series(errors_of(), 54)
    np.testing.assert_array_equal(series(errors_of(), 54 - hour, START + np.timedelta64(hour, "h")), whole[:, hour:])


@pytest.mark.parametrize("chosen", [slice(17, 18), slice(None, None, -1), [70, 3, 33]])
def test_a_point_has_the_same_errors_alone_and_in_another_order(chosen):
    np.testing.assert_array_equal(series(errors_of(chosen), 7), series(errors_of(), 7)[..., chosen])


def test_seeds_differ():
    assert (series(errors_of(), 1)[0] != series(errors_of(seed=12), 1)[0]).all()


def test_displacements_have_the_distance_asked_for_and_none_of_zero():
    latitude, longitude = displaced(LATITUDE, LONGITUDE, 250.0, 11)
    north = (latitude - LATITUDE) * KILOMETRES_PER_DEGREE
    east = (longitude - LONGITUDE) * KILOMETRES_PER_DEGREE * np.cos(np.deg2rad(LATITUDE))
    assert np.sqrt(np.mean(north**2 + east**2)) == pytest.approx(250.0, rel=0.2)
    for place, expected in zip(displaced(LATITUDE, LONGITUDE, 0.0, 11), (LATITUDE, LONGITUDE)):
        np.testing.assert_array_equal(place, expected)
    assert np.abs(displaced([89.9, -89.9], [0.0, 0.0], 1000.0, 11)[0]).max() <= 88.0
