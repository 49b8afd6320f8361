"""What a point of the domain costs, from its climate or its state, so that all ranks get the same amount of work."""

import numpy as np

from landda_hpc.noah.ice import LAND

#: Of a step, relative to thawed ground without snow, perturbations and means counted; `landda bench model` measures them.
SNOW_COST, FROST_COST, ICE_COST = 1.16, 1.10, 1.29
LEAST_ICE = 1.0e-4  # m3 m-3, that makes a layer frozen
SNOW_AT, FROST_AT = 271.15, 276.15  # K of the month: snow or frost most of the time; three degrees up: never
WIDTH = 6.0  # K


def predicted_cost(domain, months):
    """Return the cost of each point ``(n_total,)`` relative to warm ground, mean over the months (0-11) of a run.

    Without a climate all points count the same.
    """
    climate = domain.fields.get("climate_air_temperature")
    if climate is None:
        return np.ones(domain.n_total)
    temperature = climate[list(months)]
    snow, frost = (np.clip((middle + 0.5 * WIDTH - temperature) / WIDTH, 0.0, 1.0) for middle in (SNOW_AT, FROST_AT))
    return _cost(snow, frost * (1.0 - snow)).mean(axis=0)


def classes_of(state):
    """Return the shares of members with snow and with frozen ground but no snow of each point, ``(n_points,)`` each."""
    snow = state.snow_water_equivalent > 0.0
    frozen = np.zeros(snow.shape, bool)
    for total, liquid in zip(state.soil_moisture, state.liquid_soil_moisture):
        frozen |= total - liquid > LEAST_ICE
    return snow.mean(axis=1), (frozen & ~snow).mean(axis=1)


def cost_of_state(state, surface_kind):
    """Return the cost of a step of each point ``(n_points,)`` in a :class:`~landda_hpc.noah.types.LandState`.

    ``surface_kind`` is one of :mod:`landda_hpc.noah.ice` for each point.
    """
    return np.where(np.asarray(surface_kind) == LAND, _cost(*classes_of(state)), ICE_COST)


def _cost(snow, frozen):
    """Return the cost for shares of snow and of frozen ground without snow."""
    return 1.0 + (SNOW_COST - 1.0) * snow + (FROST_COST - 1.0) * frozen
