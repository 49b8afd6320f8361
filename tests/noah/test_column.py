"""What must hold for any column: budgets, bounds, and that a column is alone in the world."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from landda_hpc.noah import ice
from landda_hpc.noah.types import Beside, Forcing
from tests.noah.columns import LAYERS, advance, random_columns

CLOSURES = ("water_closure", "energy_closure")


def planes_of(model):
    return model.planes.copy()


@given(strategies.integers(0, 10**6), strategies.sampled_from([900.0, 1800.0, 3600.0]))
@settings(max_examples=30, deadline=None)
def test_budgets_close_and_bounds_hold(seed, time_step):
    model, forcing = random_columns(64, seed, outputs=CLOSURES)
    assert advance(model, forcing, time_step), model.status[model.status > 0]
    state = model.state
    assert np.abs(model.outputs["water_closure"]).max() < 1e-12
    assert np.abs(model.outputs["energy_closure"]).max() < 1e-7
    porosity = model.parameters["porosity"][:, None]
    assert (state.liquid_soil_moisture <= state.soil_moisture + 1e-15).all()
    assert (state.soil_moisture <= porosity).all() and (state.soil_moisture >= 0.02).all()
    assert all(np.isfinite(field).all() for field in state)


@pytest.mark.parametrize("layers", [(0.2, 0.8), (0.1, 0.3, 0.6), (0.05, 0.1, 0.2, 0.3, 0.5, 0.85)])
def test_water_closes_for_other_layers(layers):
    model, forcing = random_columns(100, 3, layers=layers, outputs=CLOSURES)
    for _ in range(20):
        assert advance(model, forcing)
    assert np.abs(model.outputs["water_closure"]).max() < 1e-12


def test_storage_change_is_what_the_sums_say():
    model, forcing = random_columns(50, 11, n_members=3)
    def stored():
        soil = (model.state.soil_moisture * np.array(LAYERS)[:, None, None]).sum(axis=0)
        return (soil + (model.state.canopy_water + model.state.snow_water_equivalent) / 1000.0).sum(axis=1)
    before = stored()
    for _ in range(48):
        assert advance(model, forcing)
    sums = model.sums
    change = 1800.0 * (sums["precipitation"] / 1000.0 - sums["evaporation"] / 1000.0 - sums["surface_runoff"]
                       - sums["drainage"]) + sums["snow_leak"] + sums["soil_leak"] + sums["ice_leak"]
    np.testing.assert_allclose(stored() - before, change, atol=1e-12)


def test_a_column_is_the_same_wherever_its_tile_begins():
    """Alone, in other tiles and beside other columns the numbers agree to the last bit."""
    whole, forcing = random_columns(150, 5)
    starts = [0, 1, 63, 64, 77, 149]
    parts = []
    for start in starts:
        part, _ = random_columns(150 - start, 5)
        part.parameters.planes[:] = whole.parameters.planes[:, start:]
        part.planes[:] = whole.planes[:, start:]
        parts.append(part)
    advance(whole, forcing)
    for start, part in zip(starts, parts):
        advance(part, Forcing(*(values[start:] for values in forcing)))
        assert part.planes.tobytes() == np.ascontiguousarray(whole.planes[:, start:]).tobytes()


def test_members_of_an_ensemble_are_columns_of_their_own():
    one, forcing = random_columns(10, 6)
    many, _ = random_columns(10, 6, n_members=7)
    many.parameters.planes[:] = one.parameters.planes
    many.planes[:] = one.planes
    advance(one, forcing)
    advance(many, forcing)
    assert (many.planes == one.planes).all()


def test_threads_change_nothing():
    one, forcing = random_columns(200, 7, n_members=3)
    two, _ = random_columns(200, 7, n_members=3, n_threads=3)
    advance(one, forcing)
    advance(two, forcing)
    assert one.planes.tobytes() == two.planes.tobytes()
    assert all((one.sums[name] == two.sums[name]).all() for name in one.sums)


def test_a_column_that_goes_wrong_stays_alone_and_keeps_its_state():
    good, forcing = random_columns(130, 8)
    bad, _ = random_columns(130, 8)
    advance(good, forcing)
    before = planes_of(bad)
    temperature = forcing.air_temperature.copy()
    temperature[70] = np.nan
    assert not advance(bad, forcing._replace(air_temperature=temperature))
    assert bad.status[70, 0] == 1 and np.count_nonzero(bad.status) == 1
    assert (bad.planes[:, 70] == before[:, 70]).all()
    others = np.arange(130) != 70
    assert (bad.planes[:, others] == good.planes[:, others]).all()


def test_ice_columns_leave_their_neighbours_alone():
    land, forcing = random_columns(64, 9)
    kind = np.where(np.arange(64) % 3 == 0, ice.GLACIER, np.where(np.arange(64) % 7 == 0, ice.SEA_ICE, ice.LAND))
    mixed, _ = random_columns(64, 9, kind=kind)
    mixed.planes[:] = land.planes
    advance(land, forcing)
    assert advance(mixed, forcing)
    same = kind == ice.LAND
    assert (mixed.planes[:, same] == land.planes[:, same]).all()


@pytest.mark.parametrize("kind", [ice.GLACIER, ice.SEA_ICE, ice.LAND_ICE])
def test_ice_columns_book_their_water(kind):
    model, forcing = random_columns(100, 10, kind=np.full(100, kind), outputs=("water_closure",))
    for _ in range(10):
        assert advance(model, forcing)
        assert np.abs(model.outputs["water_closure"]).max() < 1e-12
    least = 10.0 if kind == ice.SEA_ICE else 100.0
    assert (model.state.snow_water_equivalent >= least - 1e-9).all()


def test_rain_at_the_freezing_point_is_rain():
    model, forcing = random_columns(4, 12, outputs=("frozen_fraction",))
    forcing = forcing._replace(air_temperature=np.array([273.15, np.nextafter(273.15, 0.0), 280.0, 260.0]),
                               precipitation=np.full(4, 1e-4))
    advance(model, forcing)
    assert model.outputs["frozen_fraction"][:, 0].tolist() == [0.0, 1.0, 0.0, 1.0]


def test_floors_of_wind_and_humidity_and_the_marked_surface_humidity():
    model, forcing = random_columns(2, 13, outputs=("wind_speed", "humidity", "frozen_infiltration_parameter"))
    model.state.surface_specific_humidity[:] = -0.5
    forcing = forcing._replace(eastward_wind=np.array([0.0, 3.0]), northward_wind=np.array([0.0, 4.0]),
                               specific_humidity=np.array([1e-9, 5e-3]))
    assert advance(model, forcing)
    assert model.outputs["wind_speed"][:, 0].tolist() == [0.01, 5.0]
    assert model.outputs["humidity"][:, 0].tolist() == [1e-6, 5e-3]
    assert (model.state.surface_specific_humidity > 0.0).all()


def test_urban_columns_use_the_table_in_the_first_step_only():
    model, forcing = random_columns(200, 14, outputs=("frozen_infiltration_parameter",))
    urban = model.parameters["urban"] > 0.5
    table = 0.15 * model.parameters["porosity"] / model.parameters["stress_threshold"] * (0.412 / 0.468)
    advance(model, forcing)
    np.testing.assert_allclose(model.outputs["frozen_infiltration_parameter"][:, 0], table, rtol=1e-14)
    advance(model, forcing)
    np.testing.assert_allclose(model.outputs["frozen_infiltration_parameter"][urban, 0],
                               0.15 * 0.45 / 0.42 * (0.412 / 0.468), rtol=1e-14)
    assert urban.any() and (model.parameters["porosity"][urban] == 0.45).all()


def test_several_records_count_in_the_net_longwave_alone():
    one, forcing = random_columns(20, 15, outputs=("net_longwave", "latent_heat_flux"))
    two, _ = random_columns(20, 15, outputs=("net_longwave", "latent_heat_flux"))
    advance(one, forcing)
    advance(two, forcing, beside=Beside(n_records=2))
    assert (one.planes == two.planes).all()
    more = two.outputs["net_longwave"] - one.outputs["net_longwave"]
    np.testing.assert_allclose(more[:, 0], one.state.emissivity[:, 0] * forcing.longwave_down, rtol=1e-12)


def test_dry_steady_column_loses_only_its_drainage():
    model, forcing = random_columns(30, 16)
    model.state.snow_water_equivalent[:] = model.state.snow_depth[:] = model.state.canopy_water[:] = 0.0
    model.state.soil_temperature[:] = model.state.skin_temperature[:] = 285.0
    model.state.liquid_soil_moisture[:] = model.state.soil_moisture[:] = 0.6 * model.parameters["porosity"][:, None]
    saturated = 0.622 * 611.0 * np.exp(2.501e6 / 461.0 * (1 / 273.15 - 1 / 280.0)) / 9e4
    forcing = Forcing(np.full(30, 280.0), np.full(30, 1.2 * saturated), np.full(30, 1.0), np.zeros(30),
                      np.full(30, 9e4), np.zeros(30), np.full(30, 200.0), np.zeros(30))
    before = model.state.soil_moisture.copy()
    advance(model, forcing)
    assert (model.sums["surface_runoff"] >= 0.0).all()
    lost = ((before - model.state.soil_moisture) * np.array(LAYERS)[:, None, None]).sum(axis=0)[:, 0]
    evaporated = 1800.0 * model.sums["evaporation"] / 1000.0
    stored = model.state.canopy_water[:, 0] / 1000.0 + model.state.snow_water_equivalent[:, 0] / 1000.0
    np.testing.assert_allclose(lost, 1800.0 * model.sums["drainage"] + evaporated + stored
                               + 1800.0 * model.sums["surface_runoff"], atol=1e-15)


def test_interpreted_kernels_agree():
    """The same sources without a compiler give the same numbers to the last bit."""
    code = ("from tests.noah.columns import *; import hashlib\n"
            "model, forcing = random_columns(3, 21)\nadvance(model, forcing)\n"
            "print(hashlib.sha256(model.planes.tobytes()).hexdigest())")
    digests = set()
    for disabled in ("0", "1"):
        environment = dict(os.environ, NUMBA_DISABLE_JIT=disabled, PYTHONPATH=os.pathsep.join(sys.path))
        process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True,
                                 check=True)
        digests.add(process.stdout.strip())
    assert len(digests) == 1
