"""Soil and vegetation parameters that differ from those of the tables, at random by cell: for a truth that the model is not.

Every factor is lognormal with mean 1, drawn for its cell from the counter-based generator, so it depends neither on ranks nor
on what else runs.
"""

import numpy as np

from landda_hpc.jit import driver_kernel
from landda_hpc.perturb.philox import split_seed, standard_normal

STREAM = 400
LARGEST_DEVIATE = 2.5
#: Parameters that each factor multiplies, with its power.
FACTORS = {"porosity": {"porosity": 1.0, "stress_threshold": 1.0, "wilting_point": 1.0, "air_dry_moisture": 1.0,
                        "saturated_diffusivity": -1.0},
           "conductivity": {"saturated_conductivity": 1.0, "saturated_diffusivity": 1.0},
           "b_exponent": {"b_exponent": 1.0, "saturated_diffusivity": 1.0},
           "stomatal_resistance": {"minimum_stomatal_resistance": 1.0},
           "greenness": {}}
MOST_POROUS = 0.6  # m3 m-3


@driver_kernel
def _fill(values, cells, seed_low, seed_high, variable):
    for point in range(len(cells)):
        values[point] = standard_normal(seed_low, seed_high, STREAM, cells[point], 0, 0, variable)


def factor(cells, seed, name, std):
    """Return the factor of each cell ``(n_points,)`` for a relative standard deviation."""
    deviates = np.empty(len(cells))
    _fill(deviates, np.ascontiguousarray(cells, np.int64), *split_seed(seed), list(FACTORS).index(name))
    spread = np.sqrt(np.log1p(std * std))
    return np.exp(spread * np.clip(deviates, -LARGEST_DEVIATE, LARGEST_DEVIATE) - 0.5 * spread * spread)


def vary_parameters(parameters, cells, seed, stds):
    """Multiply parameters of the points by their factors, in place.

    Parameters
    ----------
    parameters : LandParameters
    cells : ndarray of int64 (n_points,)
        Global cell ids.
    seed : int
    stds : dict of str to float
        Relative standard deviation of each of :data:`FACTORS`.
    """
    for name, powers in FACTORS.items():
        own = factor(cells, seed, name, stds[name])
        if name == "porosity":
            own = np.minimum(own, MOST_POROUS / parameters["porosity"])
        for parameter, power in powers.items():
            parameters[parameter][:] *= own**power
    parameters.set_two_pass_limit()


def varied(fractions, cells, seed, std):
    """Return green vegetation fractions ``(..., n_points)`` times the factor of each cell."""
    own = factor(cells, seed, "greenness", std)
    return tuple(np.clip(fraction * own, 0.0, 1.0) for fraction in fractions)
