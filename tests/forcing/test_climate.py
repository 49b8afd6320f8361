"""The climate of points: months' means come back, anomalies balance over the years, parameters are plausible."""

import math

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain
from landda_hpc.forcing.climate import LEAST_TOTAL, MonthlyClimate, daily_insolation

FIRST = 12 * 30  # January 2000


@pytest.fixture(scope="module")
def domain():
    return read_domain("5deg")


def climate_of(domain, chosen=slice(None), seed=1):
    return MonthlyClimate(*domain.grid.positions(domain.cell[chosen]), domain.fields["elevation"][chosen],
                          domain.fields["climate_air_temperature"][:, chosen],
                          domain.fields["climate_precipitation"][:, chosen], seed)


@pytest.fixture(scope="module")
def years(domain):
    """Temperatures to interpolate ``(60 years, 12, n_points)`` and precipitation over its climate, likewise."""
    climate = climate_of(domain, slice(None, None, 4))
    months = [climate.year(FIRST + number) for number in range(60 * 12)]
    nodes, rain = (np.array([month[part] for month in months]).reshape(60, 12, -1) for part in (1, 3))
    return nodes, rain / domain.fields["climate_precipitation"][:, ::4]


def test_without_anomalies_the_interpolated_temperatures_have_the_means_of_the_months(domain):
    climate = climate_of(domain, seed=3)
    climate._warmth = lambda index: 0.0
    for month in range(12):
        before, middle, after, _ = climate.year(FIRST + month)
        np.testing.assert_allclose(0.125 * before + 0.75 * middle + 0.125 * after,
                                   domain.fields["climate_air_temperature"][month], atol=1e-9)


def test_precipitation_of_any_twenty_years_is_within_five_per_cent(years):
    _, rain = years
    for first in range(0, 41, 5):
        assert np.abs(rain[first:first + 20].mean(axis=0) - 1.0).max() <= 0.0475 + 1e-12


def test_temperature_of_any_twenty_years_is_within_half_a_degree(years):
    nodes, _ = years
    of_all = nodes.mean(axis=0)
    for first in range(0, 41, 5):
        assert np.abs(nodes[first:first + 20].mean(axis=0) - of_all).max() < 0.5


def test_years_differ_from_each_other(years):
    nodes, rain = years
    spread = rain.std(axis=0, ddof=1)
    assert 0.25 < np.median(spread) < 0.5 and spread.min() > 0.2
    assert rain.min() >= LEAST_TOTAL - 1e-12
    deviation = nodes.std(axis=0, ddof=1)
    assert 0.25 < deviation.min() and 0.7 < deviation.mean() < 2.0


def test_part_of_an_anomaly_outlasts_its_month(years):
    nodes, _ = years
    anomaly = (nodes - nodes.mean(axis=0)).reshape(60 * 12, -1)
    lagged = [np.mean([np.corrcoef(values[lag:], values[:-lag])[0, 1] for values in anomaly.T]) for lag in (1, 6)]
    assert 0.2 < lagged[0] < 0.8 and abs(lagged[1]) < 0.3


@pytest.mark.parametrize("latitude, month, expected, tolerance", [
    (0.0, 2, 1361.0 / math.pi, 0.02),  # equinox: the solar constant over pi
    (90.0, 5, 1361.0 * math.sin(math.radians(23.3)), 0.02),  # pole in June: that times the sine of the declination
])
def test_insolation(latitude, month, expected, tolerance):
    assert daily_insolation(np.array([math.sin(math.radians(latitude))]), month)[0] == pytest.approx(expected, rel=tolerance)


def test_insolation_is_zero_in_the_polar_night_and_mirrored_between_the_hemispheres():
    sine = np.sin(np.deg2rad([80.0, -80.0, 50.0, -50.0]))
    december, june = daily_insolation(sine, 11), daily_insolation(sine, 5)
    assert december[0] == pytest.approx(0.0, abs=1e-9)
    assert june[2] == pytest.approx(december[3], rel=0.03)


def test_dryness_is_one_in_deserts_and_zero_in_cold_and_wet_climates():
    temperature = np.tile([303.15, 263.15, 299.15], (12, 1))
    rain = np.tile([0.0, 1e-6, 10.0 / 86400.0], (12, 1))
    climate = MonthlyClimate(np.array([25.0, 65.0, 0.0]), np.zeros(3), np.zeros(3), temperature, rain, 1)
    np.testing.assert_allclose(climate.dryness(6), [1.0, 0.0, 0.0], atol=1e-12)


def test_parameters_follow_the_climate(domain):
    points = climate_of(domain).points(FIRST + 6)
    assert (points.warmth_std > 0.9).all() and (points.warmth_std < 9.0).all()
    assert (points.rain_threshold > 0.0).all() and (points.diurnal_range >= 0.0).all()
    assert (np.abs(points.rain_warmth) < 1.0).all()
    winter = climate_of(domain).points(FIRST)
    north = points.sine_latitude > 0.7
    assert (winter.warmth_std > points.warmth_std)[north].all()


def test_any_band_has_the_same_climate(domain):
    whole = climate_of(domain)
    for chosen in (slice(100, 101), slice(37, 300)):
        part = climate_of(domain, chosen)
        for index in (FIRST + 1, -500):
            for values, expected in zip((*part.year(index), *part.points(index)), (*whole.year(index), *whole.points(index))):
                np.testing.assert_array_equal(values, expected[chosen])
