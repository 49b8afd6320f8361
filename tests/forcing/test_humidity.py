"""Humidity conversions against tabulated values and their inverses."""

import numpy as np
import pytest

from landda_hpc.forcing import humidity


@pytest.mark.parametrize("celsius, hectopascal", [(0.0, 6.112), (10.0, 12.27), (20.0, 23.37), (30.0, 42.43)])
def test_saturation_pressure_matches_tables(celsius, hectopascal):
    assert humidity.saturation_vapour_pressure(celsius + 273.15) == pytest.approx(hectopascal * 100, rel=2e-3)


def test_humidity_and_vapour_pressure_are_inverse():
    pressure = np.array([60000.0, 101325.0])
    vapour = np.array([150.0, 3000.0])
    back = humidity.vapour_pressure(humidity.specific_humidity(vapour, pressure), pressure)
    np.testing.assert_allclose(back, vapour, rtol=1e-14)


def test_dry_air_has_no_humidity_and_it_grows_with_relative_humidity():
    values = humidity.specific_from_relative_humidity(np.array([0.0, 50.0, 100.0]), 290.0, 1e5)
    assert values[0] == 0.0
    assert values[1] < values[2] == pytest.approx(0.0121, rel=0.01)
