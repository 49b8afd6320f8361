"""Saturation humidity of the forcing air, over water at all temperatures (the driver routine CALHUM)."""

from landda_hpc.jit import kernel
from landda_hpc.vmath import exp


@kernel
def saturation_humidity(air_temperature, surface_pressure):
    """Return the saturation specific humidity [kg kg-1] and its temperature derivative [kg kg-1 K-1]."""
    vapour_pressure = 611.0 * exp((2.501e6 / 461.0) * (1.0 / 273.15 - 1.0 / air_temperature))
    saturation = 0.622 * vapour_pressure / (surface_pressure - (1.0 - 0.622) * vapour_pressure)
    distance = air_temperature - 29.65
    return saturation, saturation * 17.67 * (273.15 - 29.65) / (distance * distance)
