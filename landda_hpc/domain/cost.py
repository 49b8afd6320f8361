"""What a point of the domain costs, from its climate or its state, so that all ranks get the same amount of work."""

import numpy as np

from landda_hpc.noah.ice import LAND

#: What each adds to a step, relative to thawed ground, perturbations and means counted; `landda bench model` measures them.
SNOW_COST, FROST_COST, WET_COST = 0.09, 0.08, 0.19
ICE_COST = 1.29  # of a step on ice
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
    return _cost(snow, frost).mean(axis=0)


def classes_of(state, parameters):
    """Return the shares of members with snow, with frozen ground and with wet ground of each point, ``(n_points,)`` each.

    Wet is ground with a layer above ``two_pass_limit``: its soil water is solved twice. ``parameters`` are
    :class:`~landda_hpc.noah.parameters.LandParameters` of the points of a :class:`~landda_hpc.noah.types.LandState`.
    """
    snow = state.snow_water_equivalent > 0.0
    frozen, wet = np.zeros(snow.shape, bool), np.zeros(snow.shape, bool)
    wet_from = (parameters["two_pass_limit"] * parameters["porosity"])[:, np.newaxis]
    for total, liquid in zip(state.soil_moisture, state.liquid_soil_moisture):
        frozen |= total - liquid > LEAST_ICE
        wet |= liquid > wet_from
    return snow.mean(axis=1), frozen.mean(axis=1), wet.mean(axis=1)


def cost_of_state(state, parameters, as_271=()):
    """Return the cost of a step of each point ``(n_points,)`` for the arguments of :func:`classes_of`.

    ``as_271`` : the processes that are those of Noah 2.7.1, where wet ground alone does not ask for a second solution.
    """
    snow, frozen, wet = classes_of(state, parameters)
    cost = _cost(snow, frozen, 0.0 if "water_passes" in as_271 else wet)
    return np.where(parameters["surface_kind"] == LAND, cost, ICE_COST)


def _cost(snow, frozen, wet=0.0):
    """Return the cost for shares of snow, of frozen and of wet ground."""
    return 1.0 + SNOW_COST * snow + FROST_COST * frozen + WET_COST * wet
