"""Outputs made of others: by hand from what else a run writes, corner cases, and a run that is cut and goes on."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray

from landda_hpc import variables
from landda_hpc.config import load_config
from landda_hpc.errors import RestartError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.write_csv import write_tower_csv
from landda_hpc.io.restart import Field
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.derived import FORMULAS, HUMIDITY, Interval, Memory
from landda_hpc.workflow.outputs import AVERAGED, KNOWN
from landda_hpc.workflow.run import run

# Class 10 (grassland) has 3 root layers; soil 6 (loam): porosity 0.439, wilting point 0.066.
SITE = """
run: {name: small, time_step: 1h, start: 2001-01-01T05:00, end: 2001-01-03T05:00}
sites:
  - forcing: {format: csv, file: tower.csv}
    land_cover_class: 10
    soil_class: 6
    initial: {snow_water_equivalent: 4.0, snow_depth: 0.03}
ensemble: {size: 1}
output: {interval: 1h}
restart: {interval: 1d}
"""
THICKNESS = np.array([0.1, 0.3, 0.6, 1.0])
HOUR = 3600.0


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Call ``start(*changes, **options)`` to run the site with every variable; gives its history at the point."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(SITE)
    _write_tower(tmp_path / "tower.csv")
    every = "output.variables=[" + ", ".join(KNOWN) + "]"

    def call(*changes, **options):
        config = load_config("site.yaml", [every, *changes])
        run(config, SerialCommunicator(), tmp_path, **options)
        return xarray.load_dataset(tmp_path / "runs" / config.run.name / "history.nc").isel(point=0)

    return call


def _write_tower(path):
    """Write three days of the sample, colder, so that half of its precipitation is snow."""
    sample = read_tower("sample")
    series = {name: getattr(sample, name)[:72] for name in variables.FORCING}
    excess = np.median(series["air_temperature"][:48][series["precipitation"][:48] > 0.0]) - 273.15
    series["air_temperature"] = series["air_temperature"] - excess
    write_tower_csv(path, replace(sample, times=sample.times[:72], **series))


def test_every_derived_variable_has_a_formula():
    assert FORMULAS.keys() == variables.DERIVED.keys()
    assert not variables.DERIVED.keys() & (variables.STATE | AVERAGED).keys()


@pytest.fixture
def data(start):
    """One model step per record, so that the driver's definitions hold as they stand."""
    found = start()
    assert (found["snow_water_equivalent"] > 0).any() and (found["precipitation"] > 0).any()
    return found


def close(found, expected, **options):
    np.testing.assert_allclose(found.values, np.asarray(expected), **({"rtol": 1e-11, "atol": 1e-13} | options))


def test_water_of_the_soil(data):
    moisture, liquid = data["soil_moisture"].values, data["liquid_soil_moisture"].values
    close(data["soil_water"], 1000.0 * moisture * THICKNESS)
    close(data["column_water"], 1000.0 * moisture @ THICKNESS)
    close(data["root_zone_water"], 1000.0 * moisture[:, :3] @ THICKNESS[:3])
    close(data["soil_water_index"], 100.0 * moisture[:, :3] @ THICKNESS[:3] / (0.439 * 1.0))
    close(data["liquid_soil_moisture_ratio"], liquid / (liquid + moisture))
    close(data["relative_soil_moisture"], (moisture - 0.066) / (0.439 - 0.066))
    close(data["soil_wetness"], ((moisture - 0.066) @ THICKNESS) / ((0.439 - 0.066) * 2.0))


def test_ratios_and_phases(data):
    latent, sensible = data["latent_heat_flux"].values, data["sensible_heat_flux"].values
    close(data["bowen_ratio"], [heat / cooling if cooling > 0 else 0.0 for heat, cooling in zip(sensible, latent)])
    close(data["evaporative_fraction"], np.abs(latent / (latent + sensible)))
    cold = data["air_temperature"].values < 273.15
    close(data["snowfall"], np.where(cold, data["precipitation"], 0.0))
    assert (data["snowfall"] > 0).any() and (data["rainfall"] > 0).any()
    close(data["rainfall"], np.where(cold, 0.0, data["precipitation"]))


def test_rates_of_evaporation(data):
    for name in ("canopy_evaporation", "transpiration", "direct_evaporation"):
        close(data[f"{name}_rate"], data[name] / 2.501e6, atol=1e-20)
    close(data["snow_sublimation_rate"], data["snow_sublimation"] / 2.83e6, atol=1e-20)
    cover = data["snow_cover_fraction"].values
    close(data["potential_evaporation_rate"], data["potential_evaporation"] / ((1 - cover) * 2.501e6 + cover * 2.83e6),
          atol=1e-20)
    close(data["transpiration_by_layer"].sum("layer"), data["transpiration"])
    assert (data["snow_sublimation"] > 0).any() and (data["direct_evaporation"] > 0).any()


def test_temperatures_of_the_surface(data):
    cover = data["snow_cover_fraction"].values
    mixed = data["bare_soil_temperature"] * (1 - cover) + data["skin_temperature"] * cover
    close(data["average_surface_temperature"], mixed)


def test_changes_of_the_stores_close_the_water_balance(data):
    soil = 1000.0 * data["soil_moisture"].values @ THICKNESS
    close(data["soil_water_change"][1:], np.diff(soil), atol=1e-10)
    close(data["snow_water_change"][1:], np.diff(data["snow_water_equivalent"]), atol=1e-12)
    close(data["canopy_water_change"][1:], np.diff(data["canopy_water"]), atol=1e-12)
    net = (data["precipitation"] - data["evaporation"] - data["surface_runoff"] - data["subsurface_runoff"]).values
    change = data["soil_water_change"] + data["snow_water_change"] + data["canopy_water_change"]
    close(change[:10], net[:10] * HOUR, atol=1e-9)
    close(data["surface_storage_change"][1:], -np.diff(net), atol=1e-15)
    assert data["surface_storage_change"].values[0] == pytest.approx(-net[0], rel=1e-12), "nothing was before the first step"
    close(data["cold_content_change"], (data["freezing_rain_heat"] - data["snow_sublimation"]) * HOUR)
    assert (data["surface_heat_change"] == 0).all()


def test_requirement_of_water(data):
    requirement, evaporation = data["potential_evaporation_rate"].values * HOUR, data["evaporation"].values * HOUR
    assert (requirement > 0).any() and (requirement < 0).any()
    close(data["water_requirement"], requirement)
    close(data["actual_evapotranspiration"], [a if r > 0 else r for r, a in zip(requirement, evaporation)])
    expected = [min(100.0 * a / r, 100.0) if r > 0 else 100.0 for r, a in zip(requirement, evaporation)]
    close(data["water_requirement_satisfaction"], expected, rtol=1e-10)
    close(data["surplus_water"], (data["surface_runoff"] + data["subsurface_runoff"]) * HOUR)


def test_humidity_in_the_coldest_step_so_far(data):
    names = ("air_temperature", "specific_humidity", "surface_pressure")
    temperature, humidity, pressure = (data[name].values for name in names)
    vapour = 611.0 * np.exp(2.501e6 / 461.0 * (1 / 273.15 - 1 / temperature))
    relative = humidity / (0.622 * vapour / (pressure - (1 - 0.622) * vapour))
    coldest = [int(np.argmin(temperature[:step + 1])) for step in range(len(temperature))]
    close(data[HUMIDITY], relative[coldest], rtol=1e-9)
    assert len(set(coldest)) > 3


def test_parameters_of_the_season(data):
    assert (data["deep_soil_temperature"].values == data["deep_soil_temperature"].values[0]).all()
    assert ((data["green_vegetation_fraction"] > 0) & (data["green_vegetation_fraction"] < 1)).all()
    assert ((data["leaf_area_index"] >= 0.52 - 1e-12) & (data["leaf_area_index"] <= 2.9 + 1e-12)).all(), "grassland"
    assert ((data["background_roughness_length"] >= 0.1 - 1e-12) & (data["background_roughness_length"] <= 0.12 + 1e-12)).all()


def test_long_intervals_add_up_the_short_ones(start, data):
    long = start("run.name=long", "output.interval=6h")
    for name in ("soil_water_change", "snow_water_change", "canopy_water_change", "surface_storage_change", "surplus_water",
                 "cold_content_change", "water_requirement"):
        assert long[name].attrs["cell_methods"].startswith("time: sum")
        close(long[name], data[name].values.reshape(8, 6).sum(axis=1), atol=1e-9)
    close(long["rainfall"], data["rainfall"].values.reshape(8, 6).mean(axis=1))
    for name in ("column_water", "soil_water", HUMIDITY):
        close(long[name], data[name].values[5::6])
        assert long[name].attrs["cell_methods"].startswith("time: point")


def test_a_cut_run_goes_on_as_if_it_had_not_been_cut(start):
    """Cut inside an interval, with an ensemble: what is remembered is part of the checkpoint."""
    changes = "ensemble.size=3", "output.interval=8h", "restart.interval=1h"
    whole = start(*changes)
    start(*changes, "run.name=cut", "run.end=2001-01-02T08:00")
    cut = start(*changes, "run.name=cut", resume=True)
    assert cut.equals(whole)


def test_what_a_checkpoint_does_not_hold_is_told():
    memory = Memory(["snow_water_change"], 2, 1)
    memory.restore({"output_snow_water_change": Field(np.ones((2, 1)), ("point", "member"))})
    assert (memory.values["snow_water_change"] == 1.0).all()
    with pytest.raises(RestartError, match="nothing for snow_water_change"):
        memory.restore({})


# ---- corner cases, on a model of plain arrays: points are grass, city, bare ground without roots, glacier

PARAMETERS = {"porosity": [0.4, 0.45, 0.4, 0.4], "wilting_point": [0.1, 0.4, 0.1, 0.1], "n_root_layers": [2.0, 1.0, 0.0, 1.0],
              "urban": [0.0, 1.0, 0.0, 0.0], "surface_kind": [0.0, 0.0, 0.0, 1.0]}


def derived(name, moisture=0.2, thickness=(0.1, 0.3), configured=(0.1, 0.3), duration=1.0, **means):
    """Return a derived variable of the four points."""
    parameters = {key: np.array(values) for key, values in PARAMETERS.items()}
    parameters["layer_thickness"] = np.repeat(np.array(thickness)[:, None], 4, axis=1)
    planes = np.broadcast_to(np.reshape(moisture, (-1, 1, 1)), (2, 4, 1))
    model = SimpleNamespace(state=SimpleNamespace(soil_moisture=planes), parameters=parameters)
    mean = {key: np.full((4, 1), value) for key, value in means.items()}
    return FORMULAS[name].compute(Interval(model, mean.__getitem__, duration, np.array(configured), None))[..., 0]


def test_availability_has_limits_and_cities_have_none():
    np.testing.assert_allclose(derived("relative_soil_moisture", (0.05, 0.5))[:, 0], [0.01, 1.0])
    assert np.isnan(derived("relative_soil_moisture")[:, 1]).all() and np.isnan(derived("soil_wetness")[1])
    assert derived("soil_wetness", 0.05)[0] == 0.01 and derived("soil_wetness", 0.4)[0] == 1.0


def test_wetness_counts_the_layers_as_configured():
    own = derived("soil_wetness", (0.1, 0.4), thickness=(0.1, 1.9))
    assert own[0] == pytest.approx(0.3 * 0.3 / (0.3 * 0.4))
    assert derived("column_water", (0.1, 0.4), thickness=(0.1, 1.9))[0] == pytest.approx(10.0 + 760.0)


def test_roots_decide_what_counts():
    np.testing.assert_allclose(derived("root_zone_water"), [80.0, 20.0, 0.0, 20.0])
    np.testing.assert_allclose(derived("soil_water_index"), [50.0, 100 * 0.2 / 0.45, np.nan, 50.0])
    np.testing.assert_allclose(derived("column_water"), [80.0, 80.0, 80.0, 0.0])


@pytest.mark.parametrize("potential, actual, moisture, expected, used", [
    (2.0, 1.0, 0.2, 50.0, 1.0), (2.0, 3.0, 0.2, 100.0, 3.0), (0.0, 1.0, 0.2, 0.0, 0.0), (-1.0, 1.0, 0.2, 100.0, -1.0),
    (20000.0, 1.0, 0.2, np.nan, 1.0), (2.0, 1.0, 0.0002, 1.0, 1.0)])
def test_satisfaction_of_the_requirement(potential, actual, moisture, expected, used):
    """The last case: a saturation of 0.05 % is below a wilting point of 0.1."""
    means = {"potential_evaporation_rate": potential, "evaporation": actual}
    assert derived("water_requirement_satisfaction", moisture, **means)[0] == pytest.approx(expected, nan_ok=True)
    assert derived("actual_evapotranspiration", moisture, **means)[0] == used


def test_ratios_without_evaporation():
    assert derived("bowen_ratio", sensible_heat_flux=10.0, latent_heat_flux=-5.0)[0] == 0.0
    assert derived("evaporative_fraction", sensible_heat_flux=5.0, latent_heat_flux=-5.0)[0] == 1.0
    assert derived("evaporative_fraction", sensible_heat_flux=15.0, latent_heat_flux=-5.0)[0] == 0.5
