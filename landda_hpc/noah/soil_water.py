"""Soil water: conductivity and diffusivity, infiltration, the tendencies of a layer and its limits.

Scalar functions of one layer or one column (WDFCND, SRT, SSTEP). Depths are positive downwards.
"""

import numpy as np

from landda_hpc.jit import kernel
from landda_hpc.vmath import exp, power

LEAST_SOIL_WATER = 0.02  # m3 m-3
LEAST_CANOPY_WATER = 1.0e-20  # m
TWO_PASS_LIMITS = {(0.395,): 0.59, (0.434, 0.404): 0.85, (0.465, 0.406): 0.86, (0.476, 0.439): 0.74,
                   (0.200, 0.464): 0.80}  # porosities and their limits
OTHER_TWO_PASS_LIMIT = 0.90


@kernel
def hydraulic_conductivity(liquid, porosity, saturated_conductivity, b_exponent):
    """Return the hydraulic conductivity of a layer [m s-1] (Clapp and Hornberger 1978, doi:10.1029/WR014i004p00601)."""
    return saturated_conductivity * power(liquid / porosity, 2.0 * b_exponent + 3.0)


@kernel
def water_diffusivity(liquid, porosity, saturated_diffusivity, b_exponent):
    """Return the water diffusivity of an unfrozen layer [m2 s-1]."""
    return saturated_diffusivity * power(liquid / porosity, b_exponent + 2.0)


@kernel
def frozen_diffusivity(unfrozen_diffusivity, liquid, largest_ice, porosity, saturated_diffusivity, b_exponent, as_271):
    """Return the water diffusivity [m2 s-1] of a column whose largest ice content is ``largest_ice`` > 0."""
    residual = 0.2 / porosity if as_271.frozen_diffusivity else min(0.05 / porosity, liquid / porosity)
    dry = saturated_diffusivity * power(residual, b_exponent + 2.0)
    cubed = 500.0 * largest_ice
    weight = 1.0 / (1.0 + cubed * cubed * cubed)
    return weight * unfrozen_diffusivity + (1.0 - weight) * dry


def two_pass_limit(porosity):
    """Return the saturation above which soil water is solved in two passes [1], array like ``porosity`` (FAC2MIT).

    The porosities are compared exactly, as the scheme does, so they must be float64 numbers read from decimal text.
    """
    limit = np.full(np.shape(porosity), OTHER_TWO_PASS_LIMIT)
    for matching, value in TWO_PASS_LIMITS.items():
        limit[np.isin(porosity, matching)] = value
    return limit


@kernel
def infiltration_capacity(rain, time_step, deficit, ice_depth, runoff_parameter, frozen_parameter,
                          surface_conductivity, as_271):
    """Return the infiltration [m s-1] of ``rain`` [m s-1] (Schaake et al. 1996, Koren et al. 1999).

    Parameters
    ----------
    deficit : float
        Water that the column can still take [m].
    ice_depth : float
        Ice in the column, volume fraction times thickness [m].
    runoff_parameter, frozen_parameter : float
        ``kdt`` [1] and ``frzx`` [m].
    surface_conductivity : float
        Conductivity of the first layer [m s-1], the least capacity.
    """
    share = 1.0 - exp(-runoff_parameter * time_step / 86400.0)
    available = deficit * share
    depth = max(rain * time_step, 0.0)
    total = depth + available
    if as_271.infiltration:
        capacity = depth * (available / (total if total != 0.0 else 1.0)) / time_step
    else:
        capacity = depth * (available / total) / time_step
    a = 3.0 * frozen_parameter / (ice_depth if ice_depth > 0.01 else 1.0)
    permeable = 1.0 - exp(-a) * (1.0 + a * a / 2.0 + a)
    capacity = capacity * (permeable if ice_depth > 0.01 else 1.0)
    capacity = max(capacity, surface_conductivity)
    # Noah 2.7.1 takes the depth of the rain for its rate: the limit is the rain of a step of one second.
    return min(capacity, depth if as_271.infiltration else depth / time_step)


@kernel
def limit_layer(moisture, ice, porosity):
    """Return total and liquid water [m3 m-3] of a layer within its limits, the excess above porosity and the water made.

    Returns
    -------
    total, liquid : float
    excess : float
        Volume above the porosity [m3 m-3], which cascades to the layer below.
    created : float
        Water that the least content of 0.02 creates [m3 m-3].
    """
    total = moisture + ice
    excess = total - porosity if total > porosity else 0.0
    capped = min(total, porosity)
    limited = max(capped, LEAST_SOIL_WATER)
    return limited, max(limited - ice, 0.0), excess, limited - capped


@kernel
def fill_canopy(canopy_water, change, capacity):
    """Return the canopy water [m] after ``change`` [m], within its limits."""
    filled = canopy_water + change
    filled = 0.0 if filled < LEAST_CANOPY_WATER else filled
    return min(filled, capacity)
