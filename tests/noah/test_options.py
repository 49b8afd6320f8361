"""Options of the land model beside the defaults: texture, depths, lagged deep temperature."""

import numpy as np
import pytest
from hypothesis import given, strategies

from landda_hpc.errors import ConfigError
from landda_hpc.noah import texture
from landda_hpc.noah.deep_temperature import LaggedDeepTemperature
from landda_hpc.noah.parameters import apply_depths, apply_pedotransfer, static_parameters

#: sand, clay, class: one soil for each rule.
SOILS = [(0.90, 0.05, 1), (0.80, 0.08, 2), (0.50, 0.05, 3), (0.60, 0.15, 3), (0.40, 0.20, 6), (0.20, 0.20, 4),
         (0.30, 0.10, 4), (0.05, 0.05, 5), (0.60, 0.25, 7), (0.35, 0.35, 9), (0.10, 0.35, 8), (0.50, 0.40, 10),
         (0.20, 0.60, 12), (0.05, 0.45, 11)]
NONE = np.array([np.nan])


@pytest.mark.parametrize("sand, clay, expected", SOILS)
def test_texture_rules(sand, clay, expected):
    assert texture.statsgo_class(sand, clay, 1.0 - sand - clay) == expected


@given(strategies.floats(0, 1), strategies.floats(0, 1))
def test_every_soil_has_a_class(sand, share):
    clay = (1.0 - sand) * share
    assert 1 <= texture.statsgo_class(sand, clay, 1.0 - sand - clay) <= 15


def test_undefined_texture():
    assert texture.statsgo_class(-9999.0, -9999.0, -9999.0) == 0


def test_pedotransfer():
    """Cosby et al. (1984) for 40 % sand and 20 % clay."""
    parameters = static_parameters([10, 10], [6, 6], [1, 1], (0.1, 0.3, 0.6, 1.0))
    table = parameters["porosity"][1]
    apply_pedotransfer(parameters, np.array([0.4, np.nan]), np.array([0.2, np.nan]))
    assert parameters["porosity"].tolist() == pytest.approx([0.489 - 0.00126 * 40, table])
    assert parameters["saturated_potential"][0] == pytest.approx(10 ** (1.88 - 0.0131 * 40) / 100)
    assert parameters["saturated_conductivity"][0] == pytest.approx(0.0070556e-3 * 10 ** (-0.884 + 0.0153 * 40))
    assert parameters["b_exponent"][0] == pytest.approx(2.91 + 0.159 * 20)
    assert parameters["stress_threshold"][0] == parameters["stress_threshold"][1]
    assert parameters["two_pass_limit"].tolist() == [0.90, 0.74]


@pytest.mark.parametrize("root_depth, layers", [(0.05, 1), (0.1, 1), (0.11, 2), (0.9, 3), (1.4, 4)])
def test_depths(root_depth, layers):
    parameters = static_parameters([10], [6], [1], (0.1, 0.3, 0.6, 1.0))
    apply_depths(parameters, np.array([1.5]), np.array([root_depth]))
    assert parameters["layer_thickness"][:, 0].tolist() == pytest.approx([0.1, 0.3, 0.6, 0.5])
    assert parameters["n_root_layers"][0] == layers


def test_impossible_depths_are_refused():
    parameters = static_parameters([10], [6], [1], (0.1, 0.3, 0.6, 1.0))
    with pytest.raises(ConfigError, match="more than 1 m"):
        apply_depths(parameters, np.array([0.9]), NONE)
    with pytest.raises(ConfigError, match="below the soil"):
        apply_depths(parameters, np.array([1.5]), np.array([2.0]))


def test_water_and_missing_soils():
    parameters = static_parameters([10, 10, 10], [0, 14, -9999], [0, 1, 2], (0.1, 0.3, 0.6, 1.0))
    expected = static_parameters([10, 10, 10], [12, 7, 12], [3, 1, 2], (0.1, 0.3, 0.6, 1.0))
    assert (parameters.planes == expected.planes).all()


def test_the_deep_temperature_of_a_constant_surface_stays():
    lagged, deep = LaggedDeepTemperature(30, np.array([285.0])), np.array([285.0])
    time = np.datetime64("2001-01-01T00:00:00", "s")
    for _ in range(24 * 800):
        time += np.timedelta64(3600, "s")
        lagged.update(np.array([285.0]), time, 3600.0, deep)
    assert deep == pytest.approx(285.0, abs=1e-9)


def test_the_deep_temperature_follows_with_a_lag():
    """In a periodic year it swings with 0.4 of the amplitude about the mean, delayed by half the lag."""
    lagged, deep = LaggedDeepTemperature(60, np.array([280.0])), np.array([280.0])
    start = np.datetime64("2001-01-01T00:00:00", "s")
    series = []
    for day in range(3 * 365):
        for hour in range(0, 24, 6):
            time = start + np.timedelta64(day * 86400 + (hour + 6) * 3600, "s")
            surface = 280.0 + 10.0 * np.sin(2 * np.pi * (day + hour / 24) / 365.0)
            lagged.update(np.array([surface]), time, 21600.0, deep)
        series.append(deep[0])
    last = np.array(series[2 * 365:])
    assert last.mean() == pytest.approx(280.0, abs=0.2)
    assert (last.max() - last.min()) / 2 == pytest.approx(4.0, rel=0.06)
    assert (last.argmax() - 365 / 4) == pytest.approx(30, abs=4)
