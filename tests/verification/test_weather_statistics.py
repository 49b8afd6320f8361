"""Statistics of weather that is known in closed form."""

import numpy as np
import pytest

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing.humidity import saturation_vapour_pressure, specific_humidity
from landda_hpc.noah.types import Forcing
from landda_hpc.verification import weather_statistics as rows
from landda_hpc.verification import weather_summary as summary
from landda_hpc.verification.weather_series import HourlySeries, generated_series, series_statistics
from landda_hpc.verification.weather_statistics import weather_statistics

LATITUDE, LONGITUDE = np.array([0.0, 45.0, -30.0]), np.array([0.0, 90.0, -150.0])
CLIMATE = np.full((12, 3), 283.0)
START = np.datetime64("2001-01-01T00", "h")


class MadeWeather:
    """A daily cycle of 10 K by solar time, 0.5 K warmer on even days, 12 mm in six hours of every third day, half-moist air."""

    def at(self, time):
        hours = (np.datetime64(time, "h") - START).astype(int)
        local = hours + np.rint(LONGITUDE / 15.0)
        day, hour = np.divmod(local, 24)
        temperature = 283.0 + 5.0 * np.cos(2.0 * np.pi * (hour + 0.5 - 14.0) / 24.0) + np.where(day % 2 == 0, 0.5, -0.5)
        rain = np.where((day % 3 == 0) & (hour < 6), 2.0 / 3600.0, 0.0)
        moist = 0.5 * np.ones(3)
        humidity = specific_humidity(moist * saturation_vapour_pressure(temperature), 1.0e5)
        return Forcing(temperature, humidity, np.ones(3), -np.ones(3), np.full(3, 1.0e5), np.zeros(3),
                       np.where(day % 3 == 0, 0.9, 0.7) * STEFAN_BOLTZMANN * temperature**4, rain)


@pytest.fixture(scope="module")
def found():
    return weather_statistics(MadeWeather(), LATITUDE, LONGITUDE, CLIMATE, 2001, 2, chosen=[0, 2])


def test_quantities_of_made_weather(found):
    quantities = summary.point_quantities(found)
    whole_days = 729.5  # the first and the last day of a place may be cut
    expected = {"precipitation": 4.0, "wet-day frequency": 100.0 / 3.0, "rain of wet days": 12.0, "dry spell": 2.0,
                "wet spell": 1.0, "longest dry spell": 2.0, "wet hours (0.1 mm)": 100.0 * 6.0 / 72.0,
                "diurnal range": 10.0 * np.cos(np.pi / 24.0), "daily temperature, std": 0.5,
                "autocorrelation of daily temperature": -1.0, "autocorrelation of wet days": -0.5,
                "relative humidity": 50.0, "shortwave": 0.0}
    for name, value in expected.items():
        np.testing.assert_allclose(quantities[name], value, rtol=0.02, atol=0.01, err_msg=name)
    assert found.sums[:, rows.DAYS].sum(axis=0) == pytest.approx(whole_days, abs=1.0)
    # 12 mm and 2 mm/h lie in classes a quarter of a doubling wide.
    assert (quantities["95 % quantile of wet days"] >= 12.0).all() and (quantities["95 % quantile of wet days"] < 14.3).all()
    np.testing.assert_allclose(quantities["rain of wet hours"], 2.0, rtol=0.1)


def test_means_of_months_are_in_universal_time(found):
    assert found.monthly.shape == (2, 2, 12, 3)
    leap_free = found.monthly[1, 0, 1] * 28 * 86400.0  # February: every third day, cut at the edges by longitude
    np.testing.assert_allclose(leap_free, 28 * 4.0, atol=12.0)
    np.testing.assert_allclose(found.monthly[0], 283.0, atol=0.1)


def test_bounds_and_extremes(found):
    assert found.not_finite == 0 and found.night_shortwave == 0.0
    assert found.greatest_humidity == pytest.approx(0.5, rel=1e-9)
    np.testing.assert_allclose(found.bounds[:, 2], 1.0)
    np.testing.assert_allclose(found.bounds[:, 7], [0.0, 2.0 / 3600.0])


def test_daily_series_of_the_chosen_points(found):
    rain = found.series[1]
    assert rain.shape == (730, 2)
    np.testing.assert_allclose(np.unique(np.round(rain[2:], 9)), [0.0, 12.0])
    assert np.nanmean(rain[2:]) == pytest.approx(4.0, rel=0.02)


def test_impossible_values_are_noticed():
    class Broken(MadeWeather):
        def at(self, time):
            air = super().at(time)
            air.shortwave_down[:] = 5.0
            air.precipitation[1] = np.nan
            return air

    found = weather_statistics(Broken(), LATITUDE, LONGITUDE, CLIMATE, 2001, 1)
    assert found.not_finite == 365 * 24
    assert found.night_shortwave == 5.0


def test_radiation_on_top_over_a_day_is_that_of_the_formula():
    latitude, declination = 40.0, 0.3
    hours = [rows.top_of_atmosphere(latitude, (hour + 0.5) / 24.0, np.sin(declination), 1.0) for hour in range(24)]
    sunset = np.arccos(-np.tan(np.deg2rad(latitude)) * np.tan(declination))
    expected = 1361.0 / np.pi * (sunset * np.sin(np.deg2rad(latitude)) * np.sin(declination)
                                 + np.cos(np.deg2rad(latitude)) * np.cos(declination) * np.sin(sunset))
    assert np.mean(hours) == pytest.approx(expected, rel=2e-3)
    assert np.argmax(hours) in (11, 12)


def test_errors_name_the_worst_month_and_point(found):
    climate = CLIMATE.copy()
    climate[4, 1] -= 0.6
    rain = found.monthly[1].mean(axis=0)
    errors = summary.climate_errors(found, climate, rain)
    assert not errors.passed
    text = summary.error_text(found, errors, rain, np.ones(3))
    assert "FAIL  temperature" in text and "45 N 90 E in month 5" in text and "PASS  precipitation" in text
    assert summary.climate_errors(found, CLIMATE, rain).passed
    assert not summary.climate_errors(found, CLIMATE, 1.06 * rain).passed


def test_errors_of_deserts_are_related_to_the_floor(found):
    made = found._replace(monthly=np.zeros_like(found.monthly))
    rain = np.full((12, 3), 0.0005 / 86400.0)
    np.testing.assert_allclose(summary.climate_errors(made, CLIMATE, rain).precipitation, -0.0005 / 0.02)


def test_e_folding_distance_of_an_exponential():
    distance = np.arange(100.0, 3000.0, 100.0)
    assert summary.e_folding_distance(distance, np.exp(-distance / 730.0)) == pytest.approx(730.0, rel=0.01)
    assert np.isnan(summary.e_folding_distance(distance, np.ones_like(distance)))


def test_correlation_with_distance_of_points_that_agree_in_pairs(found):
    random = np.random.default_rng(1).normal(size=(2, 400, 2))
    series = np.concatenate([random, random], axis=2)
    made = found._replace(chosen=np.arange(4), latitude=np.array([0.0, 0.0, 1.0, 1.0]),
                          longitude=np.array([0.0, 20.0, 0.0, 20.0]), series=series)
    distance, correlation = summary.correlation_with_distance(made)
    np.testing.assert_allclose(distance, [111.2, 2225.0], rtol=0.01)
    assert correlation[:, 0] == pytest.approx(1.0) and np.abs(correlation[:, 1]).max() < 0.15


def test_distances_are_great_circles():
    found = summary.distances(np.array([0.0, 0.0, 90.0]), np.array([0.0, 180.0, 33.0]))
    np.testing.assert_allclose(found[0], [0.0, np.pi * 6371.0, 0.5 * np.pi * 6371.0], rtol=1e-12)


def test_statistics_of_a_series():
    weather = MadeWeather()
    series = generated_series(weather, LATITUDE, LONGITUDE, START.astype("datetime64[s]"), 24 * 360)
    found = series_statistics(series[0])
    assert isinstance(series[0], HourlySeries)
    expected = {"diurnal range [K]": 10.0 * np.cos(np.pi / 24.0), "precipitation [mm/d]": 4.0,
                "wet days (1 mm) [%]": 100.0 / 3.0, "rain of wet days, mean [mm]": 12.0,
                "wet hours (0.1 mm) [%]": 100.0 * 6.0 / 72.0, "rain of wet hours, mean [mm]": 2.0,
                "relative humidity, mean [%]": 50.0,
                "autocorrelation of it, 1 day": -1.0,
                "autocorrelation of wet days": -0.5}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=0.02), name
