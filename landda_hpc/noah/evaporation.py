"""Potential evaporation, canopy resistance and the components of evaporation, scalar functions of one column."""

from landda_hpc.constants import (
    EMISSION_FACTOR_PENMAN,
    GAS_CONSTANT_DRY_AIR,
    HEAT_CAPACITY_AIR,
    HEAT_CAPACITY_RAIN,
    HEAT_CAPACITY_SNOWFALL,
    LATENT_HEAT_FUSION,
    LATENT_HEAT_OVER_CP,
    LATENT_HEAT_VAPORISATION,
    STEFAN_BOLTZMANN,
)
from landda_hpc.jit import kernel
from landda_hpc.vmath import power


@kernel
def penman_factor(emissivity, air_temperature_4, pressure, heat_coefficient, transfer, precipitation, snowing):
    """Return the dimensionless Penman factor: emission and the heat capacity of precipitation beside the transfer."""
    capacity = HEAT_CAPACITY_SNOWFALL if snowing else HEAT_CAPACITY_RAIN
    emission = emissivity * air_temperature_4 * EMISSION_FACTOR_PENMAN / (pressure * heat_coefficient) + 1.0
    return emission + capacity * precipitation / transfer


@kernel
def potential_evaporation(latent_over_cp, latent_heat, saturation, saturation_slope, humidity, factor, transfer,
                          net_radiation, lifted_temperature, air_temperature):
    """Return potential evaporation [kg m-2 s-1, either sign] and the Penman temperature scale [K].

    Mahrt and Ek (1984), doi:10.1175/1520-0450(1984)023<0222:TIOASO>2.0.CO;2; PENMAN. ``latent_over_cp`` is Lv/cp [K],
    ``net_radiation`` [W m-2] has emission at air temperature and the ground heat flux taken off.
    """
    slope = latent_over_cp * saturation_slope
    radiation = net_radiation / transfer + lifted_temperature - air_temperature
    dryness = latent_over_cp * (saturation - humidity)
    scale = (dryness * factor + radiation * slope) / (slope + factor)
    return scale * transfer / latent_heat, scale


@kernel
def penman_latent_over_cp():
    """Return Lv/cp of the Penman equation [K]."""
    return LATENT_HEAT_OVER_CP


@kernel
def freezing_rain_heat(precipitation):
    """Return the heat of freezing rain [W m-2], negative as Noah counts it."""
    return -LATENT_HEAT_FUSION * precipitation


@kernel
def wetness_between(moisture, wilting_point, stress_threshold):
    """Return soil wetness between the wilting point and the stress threshold, limited to [0, 1]."""
    wetness = (moisture - wilting_point) / (stress_threshold - wilting_point)
    return min(max(wetness, 0.0), 1.0)


@kernel
def radiation_stress(shortwave, leaf_area_index, radiation_parameter, minimum_resistance, maximum_resistance):
    """Return the radiation factor of the canopy conductance [1]."""
    light = 0.55 * 2.0 * shortwave / (radiation_parameter * leaf_area_index)
    return max((light + minimum_resistance / maximum_resistance) / (1.0 + light), 0.0001)


@kernel
def temperature_stress(air_temperature, optimum_temperature):
    """Return the temperature factor of the canopy conductance [1]."""
    distance = optimum_temperature - air_temperature
    return max(1.0 - 0.0016 * (distance * distance), 0.0001)


@kernel
def humidity_stress(saturation, humidity, humidity_parameter):
    """Return the humidity factor of the canopy conductance [1]; above 1 in supersaturated air."""
    return max(1.0 / (1.0 + humidity_parameter * (saturation - humidity)), 0.01)


@kernel
def plant_coefficient(resistance, heat_coefficient, emissivity, air_temperature_4, pressure, saturation_slope):
    """Return the ratio of transpiration to potential evaporation of a dry canopy (CANRES)."""
    emission = (4.0 * emissivity * STEFAN_BOLTZMANN * GAS_CONSTANT_DRY_AIR / HEAT_CAPACITY_AIR * air_temperature_4
                / (pressure * heat_coefficient) + 1.0)
    slope = (LATENT_HEAT_VAPORISATION / HEAT_CAPACITY_AIR) * saturation_slope
    return (emission + slope) / (emission * (1.0 + resistance * heat_coefficient) + slope)


@kernel
def direct_evaporation_fraction(moisture, air_dry, porosity, exponent):
    """Return soil evaporation over potential evaporation [1] (Mahrt and Pan 1984; DEVAP), from total water."""
    saturation = (moisture - air_dry) / (porosity - air_dry)
    fraction = min(max(power(max(saturation, 0.0), exponent), 0.0), 1.0)
    return fraction if saturation > 0.0 else 0.0


@kernel
def canopy_wetness(canopy_water, capacity, exponent):
    """Return the wet fraction of the canopy [1]."""
    return power(canopy_water / capacity, exponent)
