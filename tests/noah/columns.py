"""Columns for the tests of the land model: the two worked ones of its description, and random ones."""

import numpy as np

from landda_hpc import variables
from landda_hpc.noah.driver import LandModel
from landda_hpc.noah.parameters import Seasons, static_parameters
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.types import Beside, Forcing

LAYERS = (0.1, 0.3, 0.6, 1.0)


def random_columns(n_points, seed, n_members=1, layers=LAYERS, outputs=(), precision=np.float64, kind=None, **options):
    """Return a model with random states of many regimes and the forcing of its points."""
    random = np.random.default_rng(seed)
    cover = random.choice([1, 4, 7, 10, 12, 13, 14, 16], n_points)
    soil = random.choice([1, 3, 4, 6, 8, 12, 15], n_points)
    parameters = static_parameters(cover, soil, random.integers(1, 8, n_points), layers, surface_kind=kind)
    green = np.where(cover == 16, 0.0, random.uniform(0.0, 1.0, n_points))
    seasonal = {"green_vegetation_fraction": green, "leaf_area_index": random.uniform(0.5, 6.0, n_points),
                "background_albedo": random.uniform(0.1, 0.3, n_points),
                "background_emissivity": random.uniform(0.9, 0.98, n_points),
                "background_roughness_length": random.uniform(0.01, 0.5, n_points)}
    for name, values in seasonal.items():
        parameters[name][:] = values
    parameters["previous_background_roughness_length"][:] = seasonal["background_roughness_length"]
    parameters["deep_soil_temperature"][:] = random.uniform(268.0, 298.0, n_points)
    parameters["reference_height_temperature"][:], parameters["reference_height_wind"][:] = 2.0, 10.0
    model = LandModel(parameters, n_members, outputs, precision, **options)
    _random_state(model, random)
    temperature = np.asarray(model.state.skin_temperature[:, 0]) + random.uniform(-8.0, 8.0, n_points)
    rain = np.where(random.random(n_points) < 0.4, random.uniform(0.0, 3e-3, n_points), 0.0)
    forcing = Forcing(temperature, random.uniform(5e-4, 0.012, n_points), random.uniform(-8.0, 8.0, n_points),
                      random.uniform(-8.0, 8.0, n_points), random.uniform(7e4, 1.02e5, n_points),
                      random.uniform(0.0, 900.0, n_points), random.uniform(180.0, 420.0, n_points), rain)
    return model, forcing


def _random_state(model, random):
    shape = (model.n_points, model.n_members)
    n_layers = model.n_layers
    base = random.uniform(262.0, 300.0, (model.n_points, 1))
    porosity = np.where(model.parameters["urban"] > 0.5, 0.45, model.parameters["porosity"])[:, None]
    state = model.state
    state.soil_temperature[:] = base + random.normal(0.0, 2.0, (n_layers, *shape))
    state.soil_moisture[:] = random.uniform(0.1, 1.0, (n_layers, *shape)) * porosity
    frozen = state.soil_temperature < 273.0
    state.liquid_soil_moisture[:] = state.soil_moisture * np.where(frozen, random.uniform(0.1, 1.0, frozen.shape), 1.0)
    state.skin_temperature[:] = base + random.normal(0.0, 2.0, shape)
    snow = (base < 276.0) & (random.random(shape) < 0.7)
    state.snow_water_equivalent[:] = np.where(snow, random.choice([1e-5, 2e-3, 1.0, 10.0, 200.0], shape), 0.0)
    state.snow_depth[:] = state.snow_water_equivalent / 1000.0 / random.uniform(0.06, 0.4, shape)
    state.snow_cover_fraction[:] = snow
    state.snow_age[:] = random.uniform(0.0, 1e6, shape)
    state.canopy_water[:] = np.where(random.random(shape) < 0.5, random.uniform(0.0, 0.5, shape), 0.0)
    state.heat_exchange_coefficient[:] = random.uniform(1e-3, 0.03, shape)
    state.momentum_exchange_coefficient[:] = random.uniform(1e-3, 0.03, shape)
    state.roughness_length[:] = random.uniform(0.01, 0.5, shape)
    state.emissivity[:] = random.uniform(0.9, 0.98, shape)
    state.albedo[:] = random.uniform(0.1, 0.7, shape)
    state.surface_specific_humidity[:] = random.uniform(1e-3, 0.012, shape)


def advance(model, forcing, time_step=1800.0, beside=Beside()):
    """Advance with the points' own forcing for every member."""
    shape = (model.n_points, model.n_members)
    by_member = [np.broadcast_to(values[:, None], shape) for values in forcing[5:]]
    return model.advance(forcing, *by_member, time_step, beside)


def worked_column(land_cover, soil, green, maximum_snow_albedo, deep_temperature, state, weather):
    """Return a model with one column as in the worked examples, and its forcing."""
    parameters = static_parameters([land_cover], [soil], [1], LAYERS)
    months = np.full((12, 1), green)
    seasons = Seasons(np.array([land_cover]), months, np.zeros(1), least=np.array([0.1]), greatest=np.array([0.9]))
    seasons.update(parameters, np.datetime64("2001-06-15T12:00"))
    parameters["previous_background_roughness_length"][:] = state.pop("previous_background_roughness_length")
    parameters["maximum_snow_albedo"][:] = maximum_snow_albedo
    parameters["deep_soil_temperature"][:] = deep_temperature
    parameters["reference_height_temperature"][:], parameters["reference_height_wind"][:] = 2.0, 10.0
    model = LandModel(parameters, 1, [*rows.STEP, *rows.LAYERED_STEP])
    for name in variables.STATE:
        value = state.get(name, 0.0)
        getattr(model.state, name)[...] = np.reshape(value, (-1, 1, 1)) if np.ndim(value) else value
    return model, Forcing(*(np.array([value]) for value in weather))
