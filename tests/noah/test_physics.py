"""Limits, signs and identities of the processes, one law each."""

import numpy as np
import pytest
from hypothesis import given, strategies

from landda_hpc.noah import evaporation, snow, soil_heat, soil_water, surface_layer
from landda_hpc.noah.processes import NOAH33
from landda_hpc.noah.saturation import saturation_humidity
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.tiles.tridiagonal import solve_increments

FREEZING = 273.15


def test_saturated_soil_conducts_at_its_saturated_conductivity():
    assert soil_water.hydraulic_conductivity(0.45, 0.45, 3e-6, 5.0) == pytest.approx(3e-6, rel=1e-15)
    assert soil_water.hydraulic_conductivity(0.0, 0.45, 3e-6, 5.0) == 0.0


@given(strategies.floats(0.02, 0.45), strategies.floats(0.02, 0.45))
def test_conductivity_grows_with_water(first, second):
    low, high = sorted((first, second))
    assert (soil_water.hydraulic_conductivity(low, 0.45, 3e-6, 5.0)
            <= soil_water.hydraulic_conductivity(high, 0.45, 3e-6, 5.0))


def test_infiltration_never_exceeds_the_rain_and_frozen_ground_takes_less():
    for rain in (1e-8, 1e-6, 1e-4):
        thawed = soil_water.infiltration_capacity(rain, 1800.0, 0.3, 0.0, 3.0, 0.15, 1e-9, NOAH33)
        frozen = soil_water.infiltration_capacity(rain, 1800.0, 0.3, 0.2, 3.0, 0.15, 1e-9, NOAH33)
        assert 0.0 <= frozen <= thawed <= rain * (1 + 1e-15)


def test_layer_limits():
    assert soil_water.limit_layer(0.5, 0.0, 0.4) == (0.4, 0.4, pytest.approx(0.1), 0.0)
    total, liquid, excess, created = soil_water.limit_layer(0.005, 0.0, 0.4)
    assert (total, liquid, excess) == (0.02, 0.02, 0.0) and created == pytest.approx(0.015)


def test_two_pass_limits_compare_exactly():
    porosity = np.array([0.395, 0.434, 0.404, 0.465, 0.406, 0.476, 0.439, 0.200, 0.464, 0.45, np.nextafter(0.439, 1)])
    assert soil_water.two_pass_limit(porosity).tolist() == [0.59, 0.85, 0.85, 0.86, 0.86, 0.74, 0.74, 0.80, 0.80, 0.9, 0.9]


def piecewise_mean(top, middle, bottom):
    """Mean of the linear profile through three temperatures, both halves."""
    return (top + 2 * middle + bottom) / 4


def truncated_mean(top, middle, bottom, cold):
    """Mean of the profile cut at the freezing point from above (cold) or below, by fine sampling."""
    z = (np.arange(200000) + 0.5) / 200000
    profile = np.where(z < 0.5, top + (middle - top) * 2 * z, middle + (bottom - middle) * (2 * z - 1))
    return np.minimum(profile, FREEZING).mean() if cold else np.maximum(profile, FREEZING).mean()


@pytest.mark.parametrize("offsets", [(-2, -1, 3), (-2, 1, -3), (-2, 1, 2), (2, -1, -3), (2, -1, 3), (2, 1, -3)])
def test_mean_temperature_counts_warm_parts_at_the_freezing_point(offsets):
    top, middle, bottom = (FREEZING + offset for offset in offsets)
    found = soil_heat.layer_mean_temperature(top, middle, bottom, 0.3)
    assert found == pytest.approx(truncated_mean(top, middle, bottom, True), abs=2e-4)


@pytest.mark.parametrize("offsets", [(-3, -2, -1), (1, 2, 3)])
def test_mean_temperature_of_one_phase(offsets):
    temperatures = [FREEZING + offset for offset in offsets]
    assert soil_heat.layer_mean_temperature(*temperatures, 0.3) == pytest.approx(piecewise_mean(*temperatures))


def test_interface_temperature_is_linear():
    assert soil_heat.interface_temperature(280.0, 290.0, 0.1, 0.4, 1.0) == pytest.approx(280 + 10 * 0.3 / 0.9)


@given(strategies.floats(0.03, 0.4), strategies.floats(0.0, 1.0), strategies.floats(-500, 500), strategies.floats(0, 1))
def test_phase_change_conserves_energy_and_bounds(total, liquid_share, heat, free_share):
    liquid, free = total * liquid_share, total * free_share
    new, source = soil_heat.phase_change(liquid, total, free, heat, 0.3, 1800.0)
    assert 0.0 <= new <= total
    assert source == pytest.approx(-1000.0 * 3.335e5 * 0.3 * (new - liquid) / 1800.0, abs=1e-9)
    assert (new - liquid) * heat >= 0.0, "water freezes only where heat leaves and thaws only where it comes"


def test_dry_and_frozen_soil_conduct_differently():
    wet = soil_heat.thermal_conductivity(0.40, 0.40, 0.45, 0.4, NOAH33)
    dry = soil_heat.thermal_conductivity(0.03, 0.03, 0.45, 0.4, NOAH33)
    frozen = soil_heat.thermal_conductivity(0.40, 0.05, 0.45, 0.4, NOAH33)
    assert dry < wet < frozen


def test_fresh_snow_is_light_and_lies_on_top():
    depth, density = snow.add_fresh_snow(258.0, 0.01, 0.0, 0.0, NOAH33)
    assert density == pytest.approx(0.05) and depth == pytest.approx(0.2)
    depth, mixed = snow.add_fresh_snow(270.0, 0.01, 0.5, 0.3, NOAH33)
    assert 0.05 < mixed < 0.3 and depth > 0.5


def test_snow_covers_all_from_its_full_depth_on():
    assert snow.snow_cover(0.0, 0.04, 2.6) == 0.0
    assert snow.snow_cover(0.04, 0.04, 2.6) == 1.0
    assert 0.0 < snow.snow_cover(0.02, 0.04, 2.6) < 1.0


def test_snow_albedo_ages_and_a_snowfall_renews_it():
    fresh, age = snow.snow_albedo(0.98, 1e6, True, 1800.0, 0.2, 0.7, 0.5, NOAH33)
    old, older = snow.snow_albedo(0.98, 1e6, False, 1800.0, 0.2, 0.7, 0.5, NOAH33)
    assert age == 0.0 and older == 1e6 + 1800.0 and old < fresh


def test_melt_uses_what_there_is():
    left, rate, melt, used = snow.melt_pack(0.02, 100.0, 1800.0)
    assert left + melt == pytest.approx(0.02) and used == 100.0 and rate * 1800.0 == pytest.approx(melt)
    left, rate, melt, used = snow.melt_pack(1e-4, 500.0, 1800.0)
    assert left == 0.0 and melt == 1e-4 and used == pytest.approx(1e-4 / 1800.0 * 1000.0 * 3.335e5)


def test_snow_settles_towards_its_bounds():
    depth, density = snow.compact_snow(0.1, 0.1, 3600.0, 268.0, 272.0)
    assert 0.1 < density <= 0.40 and depth == pytest.approx(0.1 / density)
    assert snow.compact_snow(0.1, 0.9, 3600.0, 268.0, 272.0)[1] == 0.40


def test_stress_factors_stay_in_their_range():
    assert evaporation.temperature_stress(298.0, 298.0) == 1.0
    assert evaporation.temperature_stress(260.0, 298.0) == 0.0001
    assert evaporation.radiation_stress(0.0, 2.0, 100.0, 40.0, 5000.0) == pytest.approx(40 / 5000)
    assert evaporation.humidity_stress(0.01, 0.012, 40.0) > 1.0
    assert evaporation.wetness_between(0.5, 0.1, 0.3) == 1.0 and evaporation.wetness_between(0.05, 0.1, 0.3) == 0.0


def test_saturation_at_the_freezing_point():
    humidity, slope = saturation_humidity(273.15, 1e5)
    assert humidity == pytest.approx(0.622 * 611.0 / (1e5 - 0.378 * 611.0))
    warmer, _ = saturation_humidity(273.16, 1e5)
    assert (warmer - humidity) / 0.01 == pytest.approx(slope, rel=0.01)


def test_stability_tables():
    momentum, heat, largest = surface_layer.stability_tables()
    assert len(momentum) == 10001 and 0.99 < largest < 1.0
    neutral = np.abs(np.linspace(-5, 1, 10001)).argmin()
    assert abs(momentum[neutral]) < 2e-3 and abs(heat[neutral]) < 5e-3
    assert (np.diff(heat) > 0.0).all()


def test_stability_tables_of_the_reference(shared_data):
    import h5py

    momentum, heat, largest = surface_layer.stability_tables()
    with h5py.File(shared_data / "data" / "golden" / "noah33_single_step.h5", "r") as file:
        tables = file["tables/myj"]
        assert np.abs(momentum - tables["psim2"][()]).max() < 1e-15
        assert np.abs(heat - tables["psih2"][()]).max() < 1e-15
        assert largest == tables.attrs["ztmax2"]


@pytest.mark.parametrize("n_layers", [2, 4, 7])
def test_tridiagonal_solution(n_layers):
    random = np.random.default_rng(n_layers)
    S = np.zeros(rows.N_ROWS * rows.WIDTH)
    width, step = rows.WIDTH, 1800.0
    matrices, sides = np.zeros((width, n_layers, n_layers)), np.zeros((width, n_layers))
    for layer in range(n_layers):
        lower, upper = (-random.random(width) * 1e-4 for _ in range(2))
        lower, upper = lower * (layer > 0), upper * (layer < n_layers - 1)
        side = random.normal(size=width) * 1e-5
        for name, values in (("matrix_lower", lower), ("matrix_upper", upper),
                             ("matrix_diagonal", -(lower + upper)), ("right_hand_side", side)):
            start = rows.OFFSETS[name] + layer * width
            S[start:start + width] = values
        matrices[:, layer, layer] = 1.0 - step * (lower + upper)
        if layer > 0:
            matrices[:, layer, layer - 1] = step * lower
        if layer < n_layers - 1:
            matrices[:, layer, layer + 1] = step * upper
        sides[:, layer] = step * side
    solve_increments(S, tuple(range(n_layers)), step)
    start = rows.right_hand_side
    found = S[start:start + n_layers * width].reshape(n_layers, width).T
    np.testing.assert_allclose(found, np.linalg.solve(matrices, sides[:, :, None])[:, :, 0], rtol=1e-12)
