"""Humidity conversions of tower files. Arrays in, arrays out, any shape."""

import numpy as np

MOLECULAR_RATIO = 0.622  # 1, water vapour to dry air


def saturation_vapour_pressure(air_temperature):
    """Return the saturation vapour pressure over water [Pa].

    ``e_s = 611.2 exp(17.67 (T - 273.15) / (T - 29.65))``

    Parameters
    ----------
    air_temperature : ndarray
        [K]; also below freezing the saturation is over water, the convention of relative humidity in meteorology.

    References
    ----------
    Bolton (1980), doi:10.1175/1520-0493(1980)108<1046:TCOEPT>2.0.CO;2.
    """
    return 611.2 * np.exp(17.67 * (air_temperature - 273.15) / (air_temperature - 29.65))


def specific_humidity(vapour_pressure, surface_pressure):
    """Return the specific humidity ``q = 0.622 e / (p - 0.378 e)`` [kg kg-1] from pressures [Pa]."""
    return MOLECULAR_RATIO * vapour_pressure / (surface_pressure - (1.0 - MOLECULAR_RATIO) * vapour_pressure)


def specific_from_relative_humidity(relative_humidity, air_temperature, surface_pressure):
    """Return the specific humidity [kg kg-1] from the relative humidity over water [%], T [K] and p [Pa]."""
    vapour_pressure = relative_humidity / 100.0 * saturation_vapour_pressure(air_temperature)
    return specific_humidity(vapour_pressure, surface_pressure)


def vapour_pressure(specific_humidity_value, surface_pressure):
    """Return the vapour pressure [Pa], the inverse of :func:`specific_humidity`."""
    return (specific_humidity_value * surface_pressure
            / (MOLECULAR_RATIO + (1.0 - MOLECULAR_RATIO) * specific_humidity_value))
