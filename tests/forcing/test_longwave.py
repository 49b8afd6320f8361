"""The estimated longwave radiation: limits, and skill at towers that measure it."""

import numpy as np
import pytest

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing import humidity, longwave
from landda_hpc.forcing.solar import mean_extraterrestrial
from landda_hpc.verification.metrics import scores

START = np.datetime64("2001-06-01T00:00:00")
TIMES = START + np.arange(24 * 10) * np.timedelta64(3600, "s")


def estimate(cloudiness):
    """Longwave at 45 N for a sky that lets through one minus `cloudiness` of the clear-sky radiation."""
    vapour, temperature, pressure = (np.full(TIMES.size, value) for value in (1200.0, 288.0, 95000.0))
    top, cosine = mean_extraterrestrial(TIMES, 3600, 45.0, 0.0)
    clear = longwave.clear_sky_shortwave(top, cosine, vapour, temperature, pressure)
    return longwave.estimate_longwave(TIMES, 3600, temperature, vapour, pressure, clear * (1.0 - cloudiness), 45.0, 0.0)


def test_clear_sky_radiates_by_its_emissivity_also_at_night():
    expected = 1.24 * (12.0 / 288.0) ** (1.0 / 7.0) * STEFAN_BOLTZMANN * 288.0 ** 4
    np.testing.assert_allclose(estimate(0.0), expected, rtol=1e-12)


def test_overcast_sky_radiates_like_a_black_body():
    np.testing.assert_allclose(estimate(1.0), STEFAN_BOLTZMANN * 288.0 ** 4, rtol=1e-12)


def test_clear_sky_transmits_about_three_quarters_at_noon():
    clear = longwave.clear_sky_shortwave(1361.0, 1.0, 1500.0, 290.0, 101325.0)
    assert 0.70 < clear / 1361.0 < 0.82


def test_night_is_between_evening_and_morning():
    cosine = np.array([0.5, 0.5, 0.0, 0.0, 0.0, 0.5, 0.5])
    times = START + np.arange(7) * np.timedelta64(4 * 3600, "s")
    cloud = longwave.cloud_fraction(times, 4 * 3600, np.array([80.0, 80.0, 0, 0, 0, 40.0, 40.0]), np.full(7, 100.0),
                                    cosine)
    np.testing.assert_allclose(cloud, [0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6], atol=1e-12)


def test_polar_night_cannot_be_estimated():
    with pytest.raises(ValueError, match="sun"):
        longwave.cloud_fraction(TIMES, 3600, np.zeros(TIMES.size), np.zeros(TIMES.size), np.zeros(TIMES.size))


# Found, in this order: +4 20 0.95, +6 24 0.94, -14 26 0.88, -6 20 0.93, -3 25 0.81.
@pytest.mark.parametrize("name, bias, rmse, correlation", [
    ("bondville_1998", 8.0, 24.0, 0.92), ("bondville_2001", 11.0, 28.0, 0.91), ("loobos", 18.0, 30.0, 0.84),
    ("ameriflux_l2", 10.0, 24.0, 0.89), ("col_de_porte", 8.0, 29.0, 0.76)])
def test_skill_at_towers_that_measure_it(real_tower, name, bias, rmse, correlation):
    record = real_tower(name)
    vapour = humidity.vapour_pressure(record.specific_humidity, record.surface_pressure)
    estimated = longwave.estimate_longwave(record.times, record.interval, record.air_temperature, vapour,
                                           record.surface_pressure, record.shortwave_down, record.site.latitude,
                                           record.site.longitude)
    found = scores(estimated, record.longwave_down)
    emissivity = longwave.clear_sky_emissivity(vapour, record.air_temperature)
    clear = emissivity * STEFAN_BOLTZMANN * record.air_temperature ** 4
    assert abs(found.bias) < bias
    assert found.rmse < rmse
    assert found.correlation > correlation
    assert found.rmse < 0.75 * scores(clear, record.longwave_down).rmse  # clouds must help
