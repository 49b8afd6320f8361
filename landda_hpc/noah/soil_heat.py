"""Soil heat: conductivity, heat capacity, interface temperatures and the phase change of soil water.

Scalar functions of one layer (TDFCND, HRT, TBND, TMPAVG, SNKSRC, FRH2O).
"""

from landda_hpc.constants import (
    FREEZING_POINT,
    GRAVITY,
    LATENT_HEAT_FUSION,
    VOLUMETRIC_HEAT_CAPACITY_AIR,
    VOLUMETRIC_HEAT_CAPACITY_ICE,
    VOLUMETRIC_HEAT_CAPACITY_WATER,
    WATER_DENSITY,
)
from landda_hpc.jit import kernel
from landda_hpc.vmath import log, log10, power

URBAN_CONDUCTIVITY = 3.24  # W m-1 K-1
MAXIMUM_PASSES = 10
STOP_MOVE = 0.005  # m3 m-3, coarse on purpose: the result depends on the number of passes
ICE_STRUCTURE = 8.0
LARGEST_B = 5.5
TOLERANCE = 0.001  # K, above the freezing point minus this all water is liquid


@kernel
def thermal_conductivity(total, liquid, porosity, quartz, as_271):
    """Return the heat conductivity of soil [W m-1 K-1] (Johansen 1975; Peters-Lidard et al. 1998)."""
    saturation = total / porosity
    solids = power(7.7, quartz) * power(2.0, 1.0 - quartz)
    unfrozen = (porosity * (liquid + 1.0e-9) / (total + 1.0e-9) if as_271.soil_conductivity
                else (liquid / total) * porosity)
    saturated = power(solids, 1.0 - porosity) * power(2.2, porosity - unfrozen) * power(0.57, unfrozen)
    density = 2700.0 * (1.0 - porosity)
    dry = (0.135 * density + 64.7) / (2700.0 - 0.947 * density)
    kersten = log10(max(saturation, 0.1)) + 1.0 if saturation > 0.1 else 0.0
    kersten = saturation if liquid + 0.0005 < total else kersten
    return kersten * (saturated - dry) + dry


@kernel
def heat_capacity(total, liquid, porosity, mineral_capacity):
    """Return the volumetric heat capacity of a soil layer [J m-3 K-1]."""
    return (liquid * VOLUMETRIC_HEAT_CAPACITY_WATER + (1.0 - porosity) * mineral_capacity
            + (porosity - total) * VOLUMETRIC_HEAT_CAPACITY_AIR + (total - liquid) * VOLUMETRIC_HEAT_CAPACITY_ICE)


@kernel
def interface_temperature(upper, lower, upper_top, upper_bottom, lower_bottom):
    """Return the temperature [K] where two layers meet, by distance; depths [m] positive downwards (TBND)."""
    return upper + (lower - upper) * (upper_bottom - upper_top) / (lower_bottom - upper_top)


@kernel
def layer_mean_temperature(top, middle, bottom, thickness):
    """Return the mean temperature [K] of a layer, the parts beyond the freezing point apart (TMPAVG)."""
    f = FREEZING_POINT
    z = thickness
    h = 0.5 * z
    cold_top, cold_middle, cold_bottom = top < f, middle < f, bottom < f
    plain = (top + 2.0 * middle + bottom) / 4.0
    # Distances of the freezing level from the middle or the ends; each is used only where its temperatures differ.
    upper = middle - top if middle != top else 1.0
    lower = bottom - middle if bottom != middle else 1.0
    from_top = (f - top) * h / upper
    below_middle = (f - middle) * h / lower
    cold_cold_warm = 0.5 * (top * h + middle * (h + below_middle) + f * (2.0 * h - below_middle)) / z
    y = h - below_middle
    cold_warm_cold = 0.5 * (top * from_top + f * (2.0 * z - from_top - y) + bottom * y) / z
    cold_warm_warm = 0.5 * (top * from_top + f * (2.0 * z - from_top)) / z
    x = h - from_top
    warm_cold_cold = 0.5 * (f * (z - x) + middle * (h + x) + bottom * h) / z
    warm_cold_warm = 0.5 * (f * (2.0 * z - x - below_middle) + middle * (x + below_middle)) / z
    warm_warm_cold = (f * (z - y) + 0.5 * (f + bottom) * y) / z
    with_cold_top = ((plain if cold_bottom else cold_cold_warm) if cold_middle
                     else (cold_warm_cold if cold_bottom else cold_warm_warm))
    with_warm_top = ((warm_cold_cold if cold_bottom else warm_cold_warm) if cold_middle
                     else (warm_warm_cold if cold_bottom else plain))
    return with_cold_top if cold_top else with_warm_top


@kernel
def limit_ice(ice, total):
    """Return the ice content of the Newton iteration within its limits, upper first."""
    capped = min(ice, total - 0.02)
    return max(capped, 0.0)


@kernel
def newton_ice(ice, temperature, total, porosity, saturated_potential, b_exponent):
    """Return the ice content after one Newton pass for supercooled water (Koren et al. 1999, eq. 17; FRH2O)."""
    b = min(b_exponent, LARGEST_B)
    structure = 1.0 + ICE_STRUCTURE * ice
    left = (log((saturated_potential * GRAVITY / LATENT_HEAT_FUSION) * (structure * structure))
            + b * log(porosity / (total - ice)))
    right = log(-(temperature - FREEZING_POINT) / temperature)
    slope = 2.0 * ICE_STRUCTURE / structure + b / (total - ice)
    return limit_ice(ice - (left - right) / slope, total)


@kernel
def fallback_free_water(temperature, total, porosity, saturated_potential, b_exponent):
    """Return supercooled water [m3 m-3] without ice structure, for iterations that did not stop (Flerchinger 1989)."""
    b = min(b_exponent, LARGEST_B)
    suction = (LATENT_HEAT_FUSION / (GRAVITY * (-saturated_potential))) * ((temperature - FREEZING_POINT) / temperature)
    free = porosity * power(suction, -1.0 / b)
    return min(max(free, 0.02), total)


@kernel
def phase_change(liquid, total, free, heat, thickness, time_step):
    """Return the new liquid water [m3 m-3] and the heat source [W m-2, positive when freezing] (SNKSRC).

    ``heat`` [W m-2] is what conduction brings; ``free`` the liquid water that can exist at the layer's temperature.
    """
    factor = WATER_DENSITY * LATENT_HEAT_FUSION * thickness
    new = liquid + heat * time_step / factor
    freezing = liquid if free > liquid else free
    new = freezing if (new < liquid and new < free) else new
    thawing = liquid if free < liquid else free
    new = thawing if (new > liquid and new > free) else new
    new = min(max(new, 0.0), total)
    return new, -factor * (new - liquid) / time_step
