"""Saturation humidity of the forcing air, over water at all temperatures (the driver routine CALHUM; that of Noah 2.7.1)."""

from landda_hpc.jit import kernel
from landda_hpc.vmath import exp

HIGHEST_SATURATION = 0.99  # of air that is saturated, in Noah 2.7.1


@kernel
def saturation_humidity(air_temperature, surface_pressure):
    """Return the saturation specific humidity [kg kg-1] and its temperature derivative [kg kg-1 K-1]."""
    vapour_pressure = 611.0 * exp((2.501e6 / 461.0) * (1.0 / 273.15 - 1.0 / air_temperature))
    saturation = 0.622 * vapour_pressure / (surface_pressure - (1.0 - 0.622) * vapour_pressure)
    distance = air_temperature - 29.65
    return saturation, saturation * 17.67 * (273.15 - 29.65) / (distance * distance)


@kernel
def saturation_humidity_271(air_temperature, surface_pressure):
    """Return the same with a latent heat that depends on temperature; outside 173 to 373 K the derivative is zero."""
    latent = 2.501e6 - (4187.0 - 1870.0) * (air_temperature - 273.16)
    vapour_pressure = 611.2 * exp(latent * (1.0 / 273.16 - 1.0 / air_temperature) / 461.5)
    saturation = 0.622 * vapour_pressure / (surface_pressure - (1.0 - 0.622) * vapour_pressure)
    slope = 0.622 * latent * vapour_pressure / (461.5 * air_temperature * air_temperature) / surface_pressure
    return saturation, (slope if (air_temperature >= 173.0 and air_temperature <= 373.0) else 0.0)
