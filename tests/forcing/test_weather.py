"""Generated weather: the same for any band, step and restart; months' means exact; bounds; sun and clouds."""

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain
from landda_hpc.errors import ConfigError
from landda_hpc.forcing import longwave, weather_kernels
from landda_hpc.forcing.climate import MonthlyClimate
from landda_hpc.forcing.humidity import saturation_vapour_pressure, vapour_pressure
from landda_hpc.forcing.solar import shortwave_offset, solar_position
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.noah.types import Forcing
from landda_hpc.verification.weather_series import generated_series, series_statistics
from landda_hpc.verification.weather_statistics import weather_statistics

N_POINTS = 80  # more than a tile
TIMES = np.array(["2000-02-28T23:00", "2000-02-29T12:00", "2000-03-01T00:00", "2017-12-31T23:00", "1955-06-01T03:00"],
                 "datetime64[s]")


@pytest.fixture(scope="module")
def domain():
    whole = read_domain("5deg")
    return whole.take(np.linspace(0, whole.n_total - 1, N_POINTS).astype(int))


def weather_of(domain, chosen=slice(None), seed=1, time_step=3600):
    return WeatherForcing(*domain.grid.positions(domain.cell[chosen]), domain.fields["elevation"][chosen],
                          domain.fields["climate_air_temperature"][:, chosen],
                          domain.fields["climate_precipitation"][:, chosen], seed, time_step)


def month_of(weather, month):
    """Return the hours of a month ``(8, n_hours, n_points)``."""
    hours = np.arange(month, np.datetime64(month, "M") + 1, dtype="datetime64[h]")
    return np.stack([np.stack(weather.at(hour)) for hour in hours], axis=1)


@pytest.fixture(scope="module")
def hours(domain):
    """Two months of hours at all points."""
    weather = weather_of(domain)
    return {month: month_of(weather, month) for month in ("2000-02", "2001-07")}


@pytest.mark.parametrize("chosen", [slice(17, 18), slice(5, 75), slice(None, None, -1), [70, 3, 33]])
def test_a_point_has_the_same_weather_alone_in_a_band_and_in_another_order(domain, chosen):
    whole, part = weather_of(domain), weather_of(domain, chosen)
    for time in TIMES:
        for name, values, expected in zip(Forcing._fields, part.at(time), whole.at(time)):
            np.testing.assert_array_equal(values, expected[chosen], err_msg=name)


@pytest.mark.parametrize("time_step", [900, 1800])
def test_weather_does_not_depend_on_the_time_step(domain, time_step):
    hourly, stepped = weather_of(domain), weather_of(domain, time_step=time_step)
    start = np.datetime64("2001-01-31T22:00", "s")
    for step in range(4 * 3600 // time_step):
        time = start + np.timedelta64(step * time_step, "s")
        np.testing.assert_array_equal(np.stack(stepped.at(time)), np.stack(hourly.at(time.astype("datetime64[h]"))))


def test_a_restart_has_the_weather_of_the_run_that_went_on(domain):
    going = weather_of(domain)
    times = np.arange("2001-04-29", "2001-05-02", dtype="datetime64[h]")
    went = [np.stack(going.at(time)) for time in times]
    for chosen in (len(times) - 1, 30, 49, 0):  # backwards too
        np.testing.assert_array_equal(np.stack(weather_of(domain).at(times[chosen])), went[chosen])
    back = weather_of(domain)
    for number in range(len(times) - 1, -1, -7):
        np.testing.assert_array_equal(np.stack(back.at(times[number])), went[number])


def test_a_rank_without_points_has_no_weather(domain):
    assert all(values.shape == (0,) for values in weather_of(domain, slice(0, 0)).at(TIMES[0]))


def test_seeds_differ(domain):
    first, second = (weather_of(domain, seed=seed).at(TIMES[0]) for seed in (1, 2))
    assert (first.air_temperature != second.air_temperature).all()


def test_a_step_that_does_not_divide_the_hour_is_refused(domain):
    with pytest.raises(ConfigError, match="run.time_step is 2700 s"):
        weather_of(domain, time_step=2700)


@pytest.mark.parametrize("month", ["2000-02", "2001-07"])
def test_means_of_a_month_are_those_asked_for(domain, hours, month):
    index = int(np.datetime64(month, "M").astype(int))
    climate = MonthlyClimate(*domain.grid.positions(domain.cell), domain.fields["elevation"],
                             domain.fields["climate_air_temperature"], domain.fields["climate_precipitation"], 1)
    before, middle, after, precipitation = climate.year(index)
    np.testing.assert_allclose(hours[month][7].mean(axis=0), precipitation, rtol=1e-9)
    # The daily cycle is wider in clear hours, so its warmth and cold do not balance exactly.
    expected = 0.125 * before + 0.75 * middle + 0.125 * after
    np.testing.assert_allclose(hours[month][0].mean(axis=0), expected, atol=0.2)


@pytest.mark.parametrize("month", ["2000-02", "2001-07"])
def test_values_are_possible(hours, month):
    air = Forcing(*hours[month])
    assert all(np.isfinite(values).all() for values in air)
    assert (air.precipitation >= 0.0).all() and (air.shortwave_down >= 0.0).all()
    relative = vapour_pressure(air.specific_humidity, air.surface_pressure) / saturation_vapour_pressure(air.air_temperature)
    assert (relative > 0.02).all() and (relative <= 0.99 + 1e-9).all()
    assert (air.longwave_down > 40.0).all() and (air.longwave_down < 650.0).all()
    black_body = 5.67e-8 * air.air_temperature**4
    assert (air.longwave_down < black_body).all() and (air.longwave_down > 0.6 * black_body).all()
    assert (np.hypot(air.eastward_wind, air.northward_wind) < 40.0).all()


@pytest.mark.parametrize("month", ["2000-02", "2001-07"])
def test_shortwave_follows_the_sun(domain, hours, month):
    times = np.arange(month, np.datetime64(month, "M") + 1, dtype="datetime64[h]").astype("datetime64[s]")
    for point, (latitude, longitude) in enumerate(zip(*domain.grid.positions(domain.cell))):
        edges = np.stack([solar_position(times + offset, latitude, longitude).cos_zenith
                          for offset in np.arange(0, 3601, 300).astype("timedelta64[s]")])
        shortwave = hours[month][5][:, point]
        assert (shortwave[edges.max(axis=0) < -0.001] == 0.0).all()
        assert (shortwave[edges.min(axis=0) > 0.05] > 0.0).all()
        top = 1361.0 * 1.034 * np.maximum(edges, 0.0).mean(axis=0)
        assert (shortwave <= 0.9 * top + 1e-9).all()


@pytest.mark.parametrize("point", [10, 40, 60])
def test_the_day_is_that_of_the_place(domain, hours, point):
    latitude, longitude = (values[point] for values in domain.grid.positions(domain.cell))
    times = np.datetime64("2001-07-01T00:00", "s") + np.arange(31 * 24) * np.timedelta64(3600, "s")
    assert abs(shortwave_offset(times, 3600, hours["2001-07"][5][:, point], latitude, longitude)) < 0.35
    local = np.mod(np.arange(31 * 24) + 0.5 + longitude / 15.0, 24.0)
    warmest = local[np.argsort(hours["2001-07"][0][:24 * 31, point].reshape(31, 24).mean(axis=0))[-1]]
    assert 13.0 < warmest < 17.0


def test_clear_sky_is_that_of_the_tower_estimate():
    cosine, vapour, temperature = np.array([0.05, 0.5, 1.0]), np.array([20.0, 900.0, 3000.0]), np.array([250.0, 285.0, 303.0])
    expected = longwave.clear_sky_shortwave(1361.0 * cosine, cosine, vapour, temperature, 9.0e4)
    found = [weather_kernels.clear_sky_shortwave(1361.0 * c, c, e, t, 9.0e4) for c, e, t in zip(cosine, vapour, temperature)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # Prata's emissivity: 0.84 for 20 hPa at 298 K as Brutsaert's, and 1 - exp(-sqrt(1.2)) for dry air.
    assert weather_kernels.clear_sky_emissivity(2000.0, 298.0) == pytest.approx(
        longwave.clear_sky_emissivity(2000.0, 298.0), abs=0.01)
    assert weather_kernels.clear_sky_emissivity(0.0, 220.0) == pytest.approx(1.0 - np.exp(-np.sqrt(1.2)), rel=1e-12)


def test_weather_goes_on_across_days_months_and_years(domain):
    weather = weather_of(domain)
    for begin, end in (("2000-02-28T12", "2000-03-01T12"), ("2001-12-31T00", "2002-01-02T00")):
        values = np.array([weather.at(hour).air_temperature for hour in np.arange(begin, end, dtype="datetime64[h]")])
        assert np.abs(np.diff(values, axis=0)).max() < 6.0


def test_cloudy_skies_are_dark_warm_moist_and_wet(domain):
    latitude, longitude = domain.grid.positions(domain.cell)
    point = [int(np.argmin((latitude - 50.0) ** 2 + (longitude - 20.0) ** 2))]
    start = np.datetime64("2001-01-01")
    series = generated_series(weather_of(domain, point), latitude[point], longitude[point], start, 24 * 365)
    found = series_statistics(series[0])
    assert found["correlation of daily clearness and emissivity"] < -0.5
    assert found["correlation of daily clearness and humidity"] < -0.4
    assert found["correlation of daily clearness and wet days"] < -0.35
    assert 0.55 < found["autocorrelation of it, 1 day"] < 0.85
    assert 15.0 < found["wet days (1 mm) [%]"] < 50.0
    assert 4.0 < found["diurnal range [K]"] < 14.0


@pytest.mark.slow
@pytest.mark.parametrize("seed, first_year", [(1, 2001), (7, 1983)])
def test_twenty_years_keep_to_the_climate(seed, first_year):
    domain = read_domain("5deg")
    temperature, precipitation = domain.fields["climate_air_temperature"], domain.fields["climate_precipitation"]
    found = weather_statistics(weather_of(domain, seed=seed), *domain.grid.positions(domain.cell), temperature, first_year, 20)
    means = found.monthly.mean(axis=1)
    assert np.abs(means[0] - temperature).max() <= 0.5
    assert np.abs(means[1] / precipitation - 1.0).max() <= 0.05
    assert found.not_finite == 0 and found.night_shortwave == 0.0 and found.greatest_humidity <= 0.99 + 1e-9
