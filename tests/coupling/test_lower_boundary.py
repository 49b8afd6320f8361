"""The land under an atmosphere: insertion of soil moisture, fluxes, exact restart, ranks."""

import numpy as np
import pytest

from landda_hpc import variables
from landda_hpc.coupling.insertion import insert_soil_moisture
from landda_hpc.coupling.lower_boundary import LandLowerBoundary
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.errors import ColumnError, ConfigError, RestartError
from landda_hpc.noah.driver import Options
from landda_hpc.noah.parameters import static_parameters
from landda_hpc.noah.processes import DESCRIPTIONS
from landda_hpc.noah.types import Forcing, LandState
from landda_hpc.parallel.in_process import run_in_process

NOAH271 = Options(as_271=tuple(DESCRIPTIONS))
LAYERS = (0.1, 0.3, 0.6, 1.0)
START = np.datetime64("2022-03-01T21:00:00")
MINUTE = np.timedelta64(60, "s")
#: cropland, evergreen forest, tundra, bare ground, town, and the water class of soils
COVER, SOIL = np.array([12, 2, 18, 16, 13, 10]), np.array([6, 11, 3, 1, 8, 14])
N = len(COVER)


def columns():
    """Nodes of a cubed sphere stand on no latitude-longitude grid."""
    return PointSet(np.array([45.0, -3.0, 68.0, 22.0, 50.5, 10.0]), np.array([10.0, -60.0, 100.0, 15.0, 14.0, 77.0]),
                    np.array([3, 77, 105, 200, 201, 340]), (6, 96))


def parameters(part=slice(None)):
    months = np.linspace(0.4, 1.0, 12)[:, None] * np.array([0.6, 0.9, 0.3, 0.0, 0.2, 0.5])
    return {"land_cover": COVER[part], "soil_class": SOIL[part], "green_vegetation_fraction": months[:, part],
            "deep_soil_temperature": np.array([283.0, 299.0, 268.0, 297.0, 282.0, 300.0])[part]}


def state(part=slice(None)):
    air = np.array([280.0, 298.0, 262.0, 295.0, 270.0, 299.0])[part]
    snow = np.array([0.0, 0.0, 40.0, 0.0, 0.0, 0.0])[part]
    return {"soil_temperature": np.repeat(air[None], 4, axis=0), "skin_temperature": air,
            "soil_moisture": np.full((4, len(air)), 0.25), "snow_water_equivalent": snow, "snow_depth": snow / 200.0}


def weather(sun=500.0, part=slice(None)):
    air = np.array([281.0, 299.0, 260.0, 297.0, 280.0, 300.0])[part]
    fill = np.ones_like(air)
    return Forcing(air, 0.7 * 0.622 * 611.0 * np.exp(5423.0 * (1.0 / 273.15 - 1.0 / air)) / 9e4, 4.0 * fill, -2.0 * fill,
                   9.5e4 * fill, sun * fill, 320.0 * fill, 1e-4 * fill)


def begun(options=NOAH271):
    land = LandLowerBoundary(options, LAYERS)
    land.start(columns(), parameters(), state(), START)
    return land


def states(land):
    return {name: np.array(values) for name, values in zip(variables.STATE, land.model.state)}


def test_insertion_limits_and_keeps_ice():
    """Section 7.2 of the coupling: limits 0.02 and porosity, ice = min(ice, water), by hand."""
    soil = static_parameters([12, 12, 12], [6, 6, 6], [1, 1, 1], (0.1, 0.3))
    porosity = soil["porosity"][0]
    target = LandState.empty(2, 3, 2)
    target.soil_moisture[...], target.liquid_soil_moisture[...] = 0.30, 0.10
    target.liquid_soil_moisture[1] = 0.30
    theta = np.array([[0.15, 0.60, np.nan], [0.25, 0.01, 0.20]])
    report = insert_soil_moisture(target, soil, theta, START)
    assert target.soil_moisture[..., 1].tolist() == [[0.15, porosity, 0.30], [0.25, 0.02, 0.20]]
    expected = [[0.0, porosity - 0.2, 0.10], [0.25, 0.02, 0.20]]
    assert target.liquid_soil_moisture[..., 0] == pytest.approx(np.array(expected), abs=1e-15)
    assert (report.inserted, report.without_value, report.raised, report.lowered, report.ice_limited) == (5, 1, 1, 1, 1)
    added = [100 * (0.15 - 0.3) + 300 * (0.25 - 0.3), 100 * (porosity - 0.3) + 300 * (0.02 - 0.3), 300 * (0.2 - 0.3)]
    assert report.water_added == pytest.approx(added)
    assert report.water_clipped == pytest.approx([0.0, 100 * (porosity - 0.60) + 300 * 0.01, 0.0])
    assert report.ice_removed == pytest.approx([100 * 0.05, 0.0, 0.0])
    assert "lowered to the porosity: 1" in report.text()
    with pytest.raises(ValueError, match=r"\(n_layers, n_columns\) = \(2, 3\)"):
        insert_soil_moisture(target, soil, theta.T, START)


def test_towns_take_the_porosity_that_the_kernel_gives_them():
    soil = static_parameters([13], [11], [1], (0.1, 0.3))
    target = LandState.empty(2, 1, 1)
    target.soil_moisture[...] = target.liquid_soil_moisture[...] = 0.3
    insert_soil_moisture(target, soil, np.array([[0.46], [0.3]]), START)
    assert target.soil_moisture[0, 0, 0] == 0.45


def test_water_and_energy_of_the_reported_fluxes():
    """What the atmosphere receives is what the land lost: store of water, and net radiation against its fluxes."""
    land = begun()
    before = _storage(land)
    fluxes = land.advance(weather(), START, START + 30 * MINUTE, height=85.0)
    air = weather()
    gone = 1800.0 * (air.precipitation - fluxes.evaporation - fluxes.surface_runoff - fluxes.subsurface_runoff)
    leaks = 1000.0 * (land.model.sums["snow_leak"] + land.model.sums["soil_leak"])
    assert _storage(land) - before == pytest.approx(gone + leaks, abs=1e-9)
    assert fluxes.upward_shortwave == pytest.approx(air.shortwave_down * fluxes.albedo)
    black = 5.67e-8 * fluxes.skin_temperature ** 4 * fluxes.emissivity
    assert fluxes.upward_longwave == pytest.approx(black)
    # Emission is linear in the difference to the air inside the step: the residual that the kernel reports.
    net = air.shortwave_down - fluxes.upward_shortwave + air.longwave_down - fluxes.upward_longwave
    used = fluxes.sensible_heat_flux + fluxes.latent_heat_flux + fluxes.ground_heat_flux + fluxes.melt_heat_flux
    bare = [0, 1, 3, 5]
    assert (net - used)[bare] == pytest.approx(land.model.sums["energy_residual"][bare], abs=1e-9)
    assert np.abs(net - used)[bare].max() < 12.0
    assert ((fluxes.screen_temperature - air.air_temperature - 0.833)
            * (fluxes.skin_temperature - air.air_temperature - 0.833) > 0.0).all()
    assert (fluxes.wind_10m < np.hypot(4.0, 2.0)).all()


def _storage(land):
    store = land.model.state
    soil = 1000.0 * (np.array(LAYERS)[:, None] * store.soil_moisture[..., 0]).sum(axis=0)
    return soil + store.canopy_water[:, 0] + store.snow_water_equivalent[:, 0]


@pytest.mark.parametrize("later", [False, True], ids=["same object", "new object"])
@pytest.mark.parametrize("options", [Options(), NOAH271], ids=["3.3", "2.7.1"])
def test_restart_is_exact(tmp_path, options, later):
    """Four steps with an insertion equal two, a file, and two: heights, the date and what a frozen town replaced survive."""
    path = tmp_path / "land.h5"
    land = begun(options)
    theta = np.full((4, N), 0.33)
    for step in range(4):
        if step == 2:
            land.save(path)
            land.insert_soil_moisture(theta, land.time)
        land.advance(weather(200.0 * step), land.time, land.time + 170 * MINUTE, height=70.0 if step == 0 else None)
    other = LandLowerBoundary(options, LAYERS) if later else land
    expected = states(land)
    other.load(path, *((columns(), parameters()) if later else ()))
    assert other.time == START + 340 * MINUTE
    other.insert_soil_moisture(theta, other.time)
    for step in (2, 3):
        other.advance(weather(200.0 * step), other.time, other.time + 170 * MINUTE, height=70.0 if step == 0 else None)
    for name, values in states(other).items():
        assert np.array_equal(values, expected[name], equal_nan=True), name


def test_restart_of_another_variant_is_refused(tmp_path):
    begun().save(tmp_path / "land.h5")
    with pytest.raises(RestartError, match="options"):
        LandLowerBoundary(Options(), LAYERS).load(tmp_path / "land.h5", columns(), parameters())
    changed = parameters() | {"deep_soil_temperature": np.full(N, 280.0)}
    with pytest.raises(RestartError, match="parameters"):
        LandLowerBoundary(NOAH271, LAYERS).load(tmp_path / "land.h5", columns(), changed)
    with pytest.raises(RestartError, match="columns"):
        LandLowerBoundary(NOAH271, LAYERS).load(tmp_path / "land.h5")


def test_ranks_are_identical():
    def rank(communicator):
        band = split_evenly(N, communicator.size)[communicator.rank]
        land = LandLowerBoundary(NOAH271, LAYERS, communicator=communicator)
        land.start(columns(), parameters(band.slice), state(band.slice), START, band)
        land.advance(weather(part=band.slice), START, START + 30 * MINUTE, 40.0)
        fluxes = land.advance(weather(part=band.slice), land.time, land.time + 30 * MINUTE, layer_mass=30.0)
        return np.array(fluxes[:-1]), fluxes.n_steps

    (alone, n_steps), = run_in_process(1, rank)
    parts, counts = zip(*run_in_process(3, rank))
    assert np.array_equal(np.concatenate(parts, axis=1), alone) and counts == (n_steps,) * 3 and n_steps > 1


def test_thin_layers_are_divided():
    """A thin layer exchanges more than it holds in a step: it is divided, and the air follows the fluxes."""
    land = begun()
    land.advance(weather(), START, START + 30 * MINUTE, height=20.0)
    fluxes = land.advance(weather(), land.time, land.time + 30 * MINUTE, layer_mass=20.0)
    assert fluxes.n_steps > 1 and np.isfinite(fluxes.screen_temperature).all()
    thick = begun()
    thick.advance(weather(), START, START + 30 * MINUTE, height=20.0)
    assert thick.advance(weather(), thick.time, thick.time + 30 * MINUTE, layer_mass=2000.0).n_steps == 1


def test_mistakes_are_named():
    land = LandLowerBoundary(NOAH271, LAYERS)
    with pytest.raises(ConfigError, match="call start or load"):
        land.advance(weather(), START, START + MINUTE)
    with pytest.raises(ConfigError, match="missing  land_cover"):
        land.start(columns(), {name: values for name, values in parameters().items() if name != "land_cover"}, {}, START)
    land = begun()
    with pytest.raises(ConfigError, match="height"):
        land.advance(weather(), START, START + MINUTE)
    with pytest.raises(ConfigError, match="cannot begin the step at 2022-03-01T21:01"):
        land.advance(weather(), START + MINUTE, START + 2 * MINUTE, height=85.0)
    with pytest.raises(ConfigError, match="cannot insert"):
        land.insert_soil_moisture(np.zeros((4, N)), START + MINUTE)
    air = weather()._replace(air_temperature=np.where(np.arange(N) == 2, np.nan, 280.0))
    with pytest.raises(ColumnError, match="68.00 N 100.00 E"):
        land.advance(air, START, START + MINUTE, height=85.0)
