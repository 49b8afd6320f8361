"""Specific humidity from dew point or relative humidity as the IFS defines them: saturation over water, ice or both.

Constants and the mixed phase are those of ECMWF's IFS documentation, Cy47r3, part IV, chapter 12 (doi:10.21957/eyrpir4vj).
"""

import numpy as np

TRIPLE_POINT, COLDEST_WATER = 273.16, 250.16  # K; between them water and ice are mixed
PRESSURE = 611.21  # Pa, at the triple point
WATER, ICE = (17.502, 32.19), (22.587, -0.7)  # 1, K
RATIO = 0.62198  # of the gas constants of dry air and water vapour


def saturation_over(temperature, phase=WATER):
    """Return the saturation vapour pressure [Pa] over water or ice at a temperature [K]."""
    slope, offset = phase
    return PRESSURE * np.exp(slope * (temperature - TRIPLE_POINT) / (temperature - offset))


def saturation_mixed(temperature):
    """Return the saturation vapour pressure [Pa] over water above 273.16 K, ice below 250.16 K, a mixture between."""
    share = np.clip((temperature - COLDEST_WATER) / (TRIPLE_POINT - COLDEST_WATER), 0.0, 1.0) ** 2
    return share * saturation_over(temperature) + (1.0 - share) * saturation_over(temperature, ICE)


def specific_humidity(vapour_pressure, pressure):
    """Return the specific humidity [kg kg-1] from pressures [Pa]."""
    return RATIO * vapour_pressure / (pressure - (1.0 - RATIO) * vapour_pressure)


def humidity_of_dewpoint(dewpoint, pressure):
    """Return the specific humidity [kg kg-1] of a dew point [K], which ECMWF defines over water."""
    return specific_humidity(saturation_over(dewpoint), pressure)


def dewpoint_of_humidity(humidity, pressure):
    """Return the dew point [K] of a specific humidity [kg kg-1], the inverse of :func:`humidity_of_dewpoint`."""
    slope, offset = WATER
    vapour = np.log(humidity * pressure / (RATIO + (1.0 - RATIO) * humidity) / PRESSURE)
    return (slope * TRIPLE_POINT - offset * vapour) / (slope - vapour)


def humidity_of_relative(relative, temperature, pressure):
    """Return the specific humidity [kg kg-1] of a relative humidity [1] over the mixed phase."""
    return specific_humidity(relative * saturation_mixed(temperature), pressure)
