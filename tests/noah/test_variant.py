"""Noah 2.7.1: the kernel against a plain evaluation of its description, budgets, single formulas, derived parameters."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from landda_hpc.noah import snow, soil_heat, soil_water, surface_layer
from landda_hpc.noah.driver import LandModel, Options
from landda_hpc.noah.parameters import LandParameters, Seasons, static_parameters
from landda_hpc.noah.parameters_271 import apply_variant, derived_soil_parameters, soil_classes
from landda_hpc.noah.processes import DESCRIPTIONS, KERNEL_PROCESSES, NOAH33, NOAH271, chosen
from landda_hpc.noah.saturation import saturation_humidity_271
from tests.noah import naive_271
from tests.noah.columns import advance, random_columns

ALL = tuple(DESCRIPTIONS)
N = 640
COMPARED = ("latent_heat_flux", "sensible_heat_flux", "ground_heat_flux", "evaporation", "surface_runoff", "drainage",
            "melt_heat", "snow_melt", "precipitation_heat", "soil_top_temperature", "potential_evaporation",
            "root_zone_availability", "humidity", "wind_speed", "plant_coefficient")
STATE = {"ts": "skin_temperature", "t": "soil_temperature", "w": "soil_moisture", "u": "liquid_soil_moisture",
         "wc": "canopy_water", "swe": "snow_water_equivalent", "depth": "snow_depth", "cover": "snow_cover_fraction",
         "ch": "heat_exchange_coefficient", "cm": "momentum_exchange_coefficient", "alb": "albedo", "eps": "emissivity",
         "z0": "roughness_length", "qs": "surface_specific_humidity"}
IN_MASS = ("wc", "swe")
PARAMETERS = {"height": "reference_height_temperature", "height_wind": "reference_height_wind",
              "z0": "background_roughness_length", "czil": "zilitinkevich_coefficient", "fv": "green_vegetation_fraction",
              "rsmin": "minimum_stomatal_resistance", "ws": "porosity", "wref": "stress_threshold", "ww": "wilting_point",
              "wd": "air_dry_moisture", "urban": "urban", "snup": "full_cover_snow_water", "alb": "background_albedo",
              "amax": "maximum_snow_albedo", "qz": "quartz", "rgl": "radiation_stress_parameter", "lai": "leaf_area_index",
              "hs": "humidity_stress_parameter", "ds": "saturated_diffusivity", "ks": "saturated_conductivity",
              "b": "b_exponent", "psi": "saturated_potential", "tbot": "deep_soil_temperature"}


def variant_columns(n_points=N, seed=11, precision=np.float64, outputs=COMPARED, **more):
    """Return random columns with the parameters of Noah 2.7.1, some measured at one height and some with thin warm snow."""
    model, forcing = random_columns(n_points, seed, outputs=outputs, precision=precision, options=Options(as_271=ALL), **more)
    parameters, random = model.parameters, np.random.default_rng(seed)
    shifts = Seasons(np.full(n_points, 10), np.full((12, n_points), 0.5), np.zeros(n_points))
    apply_variant(parameters, shifts, ALL)
    parameters["background_emissivity"][:] = 1.0
    same = random.random(n_points) < 0.3
    parameters["reference_height_wind"][:] = np.where(same, 2.0, 10.0)
    moisture = np.minimum(model.state.soil_moisture, parameters["porosity"][:, None])
    model.state.liquid_soil_moisture[:] *= moisture / model.state.soil_moisture
    model.state.soil_moisture[:] = moisture
    return model, forcing


def naive_steps(model, forcing, time_step):
    """Return states and results of the plain evaluation, by name, for every column."""
    p = model.parameters
    states, results = [], []
    for point in range(model.n_points):
        given = {key: float(p[name][point]) for key, name in PARAMETERS.items()}
        given |= {"dz": p["layer_thickness"][:, point].tolist(), "nr": int(p["n_root_layers"][point]),
                  "kdt": 3.0 * given["ks"] / 2e-6}
        state = {key: getattr(model.state, name)[..., point, 0].tolist() for key, name in STATE.items()}
        state |= {key: state[key] / 1000.0 for key in IN_MASS}
        weather = dict(zip(("temperature", "humidity", "east", "north", "pressure", "sw", "lw", "rain"),
                           (float(values[point]) for values in forcing)))
        results.append(naive_271.step(given, state, weather, time_step))
        states.append(state)
    return states, results


@pytest.fixture(scope="module")
def one_step():
    model, forcing = variant_columns()
    expected = naive_steps(model, forcing, 1800.0)
    assert advance(model, forcing), np.unique(model.status)
    return model, forcing, *expected


@pytest.mark.parametrize("key", STATE)
def test_state_of_the_plain_evaluation(one_step, key):
    model, _, states, _ = one_step
    factor = 1000.0 if key in IN_MASS else 1.0
    expected = factor * np.array([state[key] for state in states])
    found = np.moveaxis(getattr(model.state, STATE[key])[..., 0], -1, 0)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", COMPARED)
def test_results_of_the_plain_evaluation(one_step, name):
    model, _, _, results = one_step
    expected = np.array([result[name] for result in results])
    absolute = 1e-17 if name in ("surface_runoff", "drainage") else 1e-8
    assert model.outputs[name][:, 0] == pytest.approx(expected, rel=1e-9, abs=absolute)


def test_columns_of_all_kinds_were_compared(one_step):
    """Snow, melt, frost, bare ground, towns, frozen soil, saturated air, snowfall at 273.16 K are among the columns."""
    model, forcing, _, results = one_step
    snow_left = model.state.snow_water_equivalent[:, 0] > 0.0
    assert snow_left.sum() > 50 and (~snow_left).sum() > 200
    assert (model.outputs["melt_heat"] > 0.0).sum() > 10
    assert (model.outputs["evaporation"] < 0.0).sum() > 10
    assert (model.parameters["urban"] > 0.5).sum() > 20
    assert (model.state.soil_moisture - model.state.liquid_soil_moisture > 1e-3).any(axis=0).sum() > 50
    assert (model.outputs["humidity"][:, 0] < forcing.specific_humidity).sum() > 20


def test_rare_columns(one_step_of_rare_columns):
    """Rain that fills the top layer in a step, packs without depth, thin snow on warm ground, snowfall at 273.16 K."""
    model, forcing, states, results = one_step_of_rare_columns
    assert (model.outputs["two_passes"][:20, 0] == 1.0).all() and (model.outputs["two_passes"][20:60, 0] == 0.0).all()
    assert (model.outputs["snowing"][20:40, 0] == 1.0).all()
    assert (model.outputs["snow_leak"][40:60, 0] < 0.0).all()
    for key, name in STATE.items():
        factor = 1000.0 if key in IN_MASS else 1.0
        expected = factor * np.array([state[key] for state in states])
        found = np.moveaxis(getattr(model.state, name)[..., 0], -1, 0)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), key


@pytest.fixture(scope="module")
def one_step_of_rare_columns():
    model, forcing = variant_columns(100, 3, outputs=("two_passes", "snowing", "snow_leak"))
    rain, air, skin = forcing.precipitation.copy(), forcing.air_temperature.copy(), model.state.skin_temperature
    model.state.snow_water_equivalent[:40], model.state.snow_depth[:40] = 0.0, 0.0
    air[:20], rain[:20], skin[:20] = 290.0, 0.04, 291.0
    air[20:40], rain[20:40] = 273.16, 1e-4
    air[40:60], rain[40:60], skin[40:60] = 290.0, 0.0, 285.0
    model.state.soil_temperature[:, 40:60] = 288.0
    model.state.snow_water_equivalent[40:60], model.state.snow_depth[40:60] = 0.8, 0.0
    forcing = forcing._replace(air_temperature=air, precipitation=rain)
    expected = naive_steps(model, forcing, 1800.0)
    assert advance(model, forcing), np.unique(model.status)
    return model, forcing, *expected


@pytest.mark.parametrize("time_step", [900.0, 3600.0])
def test_budgets_close_and_bounds_hold(time_step):
    """As for Noah 3.3: 40 steps of changing weather, land and ice; a column that fails has a status."""
    kind = np.random.default_rng(7).choice([0, 0, 0, 1, -1, -2], 500)
    names = ("water_closure", "energy_closure", "downward_radiation", "transfer", "penman_scale")
    model, forcing = variant_columns(500, 21, outputs=names, kind=kind)
    for step in range(40):
        weather = forcing._replace(shortwave_down=forcing.shortwave_down * (step % 4) / 3.0,
                                   precipitation=forcing.precipitation * (step % 3 == 0))
        assert advance(model, weather, time_step), np.unique(model.status)
        out = model.outputs
        scale = np.abs(out["downward_radiation"]) + np.abs(out["transfer"] * out["penman_scale"]) + 1.0
        assert np.abs(out["water_closure"]).max() < 1e-14
        assert (np.abs(out["energy_closure"]) / scale).max() < 1e-12


def test_a_column_is_the_same_wherever_its_tile_begins():
    whole, forcing = variant_columns(130, 5)
    part, _ = variant_columns(130, 5)
    advance(whole, forcing)
    part_of_it = slice(37, 101)
    parameters = LandParameters(4, 64)
    parameters.planes[:] = part.parameters.planes[:, part_of_it]
    alone = LandModel(parameters, 1, COMPARED, options=Options(as_271=ALL))
    alone.planes[:] = part.planes[:, part_of_it]
    advance(alone, type(forcing)(*(values[part_of_it] for values in forcing)))
    assert np.array_equal(alone.planes, whole.planes[:, part_of_it])


@pytest.mark.slow
def test_single_precision_follows():
    """Float32 stays near float64 over half a day; columns at a threshold may take its other side."""
    double, forcing = variant_columns(400, 9)
    single, _ = variant_columns(400, 9, precision=np.float32)
    for step in range(24):
        sunny = forcing._replace(shortwave_down=forcing.shortwave_down * (step % 12) / 12.0)
        assert advance(double, sunny) and advance(single, sunny)
    difference = np.abs(single.state.skin_temperature.astype(float) - double.state.skin_temperature)
    assert np.median(difference) < 2e-3 and np.quantile(difference, 0.95) < 0.05
    moisture = np.abs(single.state.soil_moisture.astype(float) - double.state.soil_moisture)
    assert np.quantile(moisture, 0.95) < 1e-4


# ---- single formulas, numbers worked out by hand


def test_saturation_and_its_limit():
    """At 293.16 K: L = 2.501e6 - 2317 * 20 = 2454660, es = 611.2 exp(L (1/273.16 - 1/293.16)/461.5) = 2307.3 Pa."""
    saturation, slope = saturation_humidity_271(293.16, 1.0e5)
    es = 611.2 * np.exp(2454660.0 * (1 / 273.16 - 1 / 293.16) / 461.5)
    assert es == pytest.approx(2307.3, abs=0.1)
    assert saturation == pytest.approx(0.622 * es / (1.0e5 - 0.378 * es), rel=1e-14)
    assert slope == pytest.approx(0.622 * 2454660.0 * es / (461.5 * 293.16 ** 2) / 1.0e5, rel=1e-14)
    assert saturation_humidity_271(172.0, 1.0e5)[1] == saturation_humidity_271(374.0, 2.0e5)[1] == 0.0


def test_snow_formulas():
    """CSNOW without its factor 2, the weighted density of a thin pack, the albedo without age."""
    assert snow.snow_conductivity(0.2, NOAH271) == pytest.approx(0.11631 * 0.328 * 10 ** 0.45)
    assert snow.snow_conductivity(0.2, NOAH33) == pytest.approx(2 * 0.11631 * 0.328 * 10 ** 0.45)
    # 0.0001 cm old at 0.3 and 0.0005 cm fresh (0.00005 cm of water at 0.1) make 0.0006 cm at (0.3 + 5 * 0.1)/6.
    air = 273.15 - 15.0 + (0.05 / 0.0017) ** (2 / 3)
    depth, density = snow.add_fresh_snow(air, 0.5e-6, 1e-6, 0.3, NOAH271)
    assert (depth, density) == pytest.approx((6e-6, 0.8 / 6.0))
    assert snow.add_fresh_snow(air, 0.5e-6, 1e-6, 0.3, NOAH33)[1] == pytest.approx(0.3)
    assert snow.snow_albedo(0.5, 1e6, False, 1800.0, 0.2, 0.7, 0.5, NOAH271) == pytest.approx((0.45, 1e6))


def test_soil_formulas():
    """Unfrozen share with 1e-9, residual moisture of frozen soil, infiltration limits."""
    both = soil_heat.thermal_conductivity(1e-9, 0.0, 0.45, 0.4, NOAH271), naive_271.conductivity(1e-9, 0.0, 0.45, 0.4)
    assert both[0] == pytest.approx(both[1], rel=1e-13)
    # Much ice: the weight of the unfrozen diffusivity vanishes and (0.2/0.4)^(b+2) of that at saturation is left.
    assert soil_water.frozen_diffusivity(1.0, 0.1, 1e3, 0.4, 8e-6, 4.0, NOAH271) == pytest.approx(8e-6 / 64.0)
    assert soil_water.frozen_diffusivity(1.0, 0.1, 1e3, 0.4, 8e-6, 4.0, NOAH33) == pytest.approx(8e-6 * 0.125 ** 6)
    # A conductivity above the rain: 3.3 limits the capacity to the rain, 2.7.1 to the rain of 1800 s.
    assert soil_water.infiltration_capacity(1e-8, 1800.0, 0.3, 0.0, 3.0, 0.15, 1e-6, NOAH33) == pytest.approx(1e-8)
    assert soil_water.infiltration_capacity(1e-8, 1800.0, 0.3, 0.0, 3.0, 0.15, 1e-6, NOAH271) == pytest.approx(1e-6)
    assert soil_water.infiltration_capacity(0.0, 1800.0, 0.0, 0.0, 3.0, 0.15, 1e-6, NOAH271) == 0.0


def test_surface_layer_formulas():
    """Wind brought down by the logarithm, roughness of heat next to nothing, a profile that vanishes."""
    assert surface_layer.lowered_wind(5.0, 2.0, 10.0, 0.1) == pytest.approx(5.0 * np.log(21.0) / np.log(101.0))
    assert surface_layer.lowered_wind(5.0, 10.0, 2.0, 0.1) == 5.0
    assert surface_layer.lowered_wind(0.001, 2.0, 10.0, 0.1) == 0.01
    assert surface_layer.older_roughness_heat(0.1, -400.0, 1.0, NOAH271) == 1.0e-6
    assert surface_layer.older_roughness_heat(0.1, -400.0, 1.0, NOAH33) < 1.0e-50
    assert surface_layer.older_coefficient(0.3, 0.0, 5e-4, NOAH271) == 5e-4
    assert surface_layer.older_coefficient(0.3, 6.0, 5e-4, NOAH271) == pytest.approx(0.02)


def test_derived_soil_parameters_of_loam():
    """Loam of the table: porosity 0.439, psi 0.355 m, K 3.38e-6 m s-1, b 5.25, by hand."""
    found = derived_soil_parameters(*(np.array([value, 0.0]) for value in (0.439, 0.355, 3.38e-6, 5.25)))
    assert found["saturated_diffusivity"][0] == pytest.approx(5.25 * 3.38e-6 * 0.355 / 0.439)
    reference = 0.439 * (5.79e-9 / 3.38e-6) ** (1 / 13.5)
    assert reference == pytest.approx(0.27386, abs=1e-4)
    assert found["stress_threshold"][0] == pytest.approx(reference + (0.439 - reference) / 6)
    assert found["wilting_point"][0] == pytest.approx(0.5 * 0.439 * (200 / 0.355) ** (-1 / 5.25))
    assert found["air_dry_moisture"][0] == found["wilting_point"][0]
    assert all(values[1] == 0.0 for values in found.values())


def test_parameters_of_the_variant():
    """Constants, leaf area and roughness in the middle of their range all year, black ground, sand where no class is."""
    assert soil_classes([0, 14, -9999, 6], ALL).tolist() == [1, 1, 1, 6]
    assert soil_classes([0, 14, -9999, 6], ()).tolist() == [0, 14, -9999, 6]
    months = np.linspace(0.1, 0.9, 12)[:, None]
    seasons = Seasons(np.array([12]), months, np.zeros(1), monthly={"background_emissivity": np.full((12, 1), 0.93)})
    parameters = static_parameters([12], [6], [3], (0.1, 0.3, 0.6, 1.0))
    apply_variant(parameters, seasons, ALL)
    found = []
    for month in (1, 7):
        seasons.update(parameters, np.datetime64(f"2001-{month:02d}-15T12:00"))
        found.append((parameters["leaf_area_index"][0], parameters["background_roughness_length"][0],
                      parameters["background_emissivity"][0]))
    low, high = 1.56, 5.68  # leaf area of croplands
    assert found[0] == pytest.approx(found[1]) and found[0] == pytest.approx((0.5 * (low + high), 0.10, 1.0), abs=0.06)
    constants = {"drainage_slope": 1.0, "direct_evaporation_exponent": 2.0, "ground_shading_exponent": -2.0,
                 "snow_cover_shape": 4.0, "canopy_capacity": 0.5e-3, "deep_soil_depth": 8.0}
    assert {name: parameters[name][0] for name in constants} == constants


# ---- choices


def test_names_of_choices():
    assert chosen(()) == NOAH33 and chosen(ALL) == NOAH271
    assert chosen(("snow_albedo",))._asdict() == {**NOAH33._asdict(), "snow_albedo": NOAH271.snow_albedo}
    with pytest.raises(ValueError, match="snow_colour"):
        chosen(("snow_colour",))


@pytest.mark.slow
def test_every_choice_changes_something_and_none_changes_nothing():
    """One step of interpreted kernels with each choice alone: it moves some result, and without any the default stays."""
    code = ("import sys; from tests.noah.columns import *; import hashlib, json\n"
            "from landda_hpc.noah.driver import Options; from landda_hpc.noah.processes import KERNEL_PROCESSES\n"
            "def digest(names):\n"
            "    kind = np.array([1, -1] + [0] * 62)\n"
            "    model, air = random_columns(64, 4, outputs=[*rows.STEP], kind=kind, options=Options(as_271=names))\n"
            "    air.precipitation[:3] = 1e-21, 0.03, 0.01; air.air_temperature[2] = 273.155\n"
            "    air.specific_humidity[5:15] = 0.03\n"
            "    model.state.snow_water_equivalent[40:45] = 0.05; model.state.snow_depth[40:45] = 0.0005\n"
            "    model.state.skin_temperature[45:50] = 290.0; model.state.soil_temperature[:, 45:50] = 290.0\n"
            "    model.state.snow_water_equivalent[45:50] = 0.5; model.state.snow_depth[45:50] = 0.005\n"
            "    air.air_temperature[45:50] = 295.0\n"
            "    model.state.canopy_water[:] = 0.1\n"
            "    model.state.snow_water_equivalent[50] = 2e-4; model.state.snow_depth[50] = 5e-7\n"
            "    air.precipitation[50] = 1e-8; air.air_temperature[50] = 265.0\n"
            "    advance(model, air)\n"
            "    return hashlib.sha256(model.planes.tobytes() + model.output_planes.tobytes()).hexdigest()\n"
            "print(json.dumps({name: digest((name,) if name else ()) for name in ['', *KERNEL_PROCESSES]}))")
    environment = dict(os.environ, NUMBA_DISABLE_JIT="1", PYTHONPATH=os.pathsep.join(sys.path))
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    digests = json.loads(process.stdout)
    default = digests.pop("")
    assert sorted(digests) == sorted(KERNEL_PROCESSES)
    # The limit of the infiltration differs where it never acts.
    assert [name for name, digest in digests.items() if digest == default] == ["infiltration"]
