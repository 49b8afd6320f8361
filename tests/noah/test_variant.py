"""Noah 2.7.1: the kernel against a plain evaluation of its description, budgets, single formulas, derived parameters."""

import numpy as np
import pytest

from landda_hpc.noah import snow, soil_heat, soil_water, surface_layer
from landda_hpc.noah.driver import Options
from landda_hpc.noah.parameters import Seasons, static_parameters
from landda_hpc.noah.parameters_271 import apply_variant, derived_soil_parameters, soil_classes
from landda_hpc.noah.processes import DESCRIPTIONS, KERNEL_PROCESSES, NOAH33, NOAH271, chosen
from landda_hpc.noah.saturation import saturation_humidity_271
from landda_hpc.noah.tiles import rows
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
