"""Temperature, pressure, humidity and longwave radiation moved from the terrain of the source to that of the model.

With a height difference dz: ``T' = T - 0.0065 dz``, ``p' = p exp(-g dz / (R_d T_m))`` with the mean of both temperatures, the
relative humidity as it was, and longwave times ``(e' / e)^(1/7) (T' / T)^4``, a clear-sky emissivity after Brutsaert (1975),
limited to 0.6 to 1.4. Shortwave and precipitation stay.
"""

import numpy as np

LAPSE_RATE = 0.0065  # K m-1
GRAVITY = 9.80616  # m s-2
DRY_GAS_CONSTANT, VAPOUR_GAS_CONSTANT = 287.0, 461.5  # J kg-1 K-1
RATIO = DRY_GAS_CONSTANT / VAPOUR_GAS_CONSTANT
FACTOR_LIMITS = 0.6, 1.4
TRIPLE_POINT = 273.16  # K


def saturation_vapour_pressure(temperature):
    """Return the saturation vapour pressure [Pa] over water, below the triple point over ice (Magnus, Murray 1967)."""
    cold = temperature < TRIPLE_POINT
    slope, shift = np.where(cold, 21.875, 17.27), np.where(cold, 7.66, 35.86)
    return 610.78 * np.exp(slope * (temperature - TRIPLE_POINT) / (temperature - shift))


def correct_for_height(temperature, humidity, pressure, difference):
    """Return temperature, humidity and pressure at another height, and the factor of the longwave radiation.

    Parameters
    ----------
    temperature, humidity, pressure : ndarray (n_points,)
        At the terrain of the source [K, kg kg-1, Pa].
    difference : ndarray (n_points,)
        Terrain of the model less that of the source [m].
    """
    moved = temperature - LAPSE_RATE * difference
    lower = pressure * np.exp(-GRAVITY * difference / (DRY_GAS_CONSTANT * 0.5 * (temperature + moved)))
    vapour = humidity * pressure / (RATIO + (1.0 - RATIO) * humidity)
    new_vapour = vapour * saturation_vapour_pressure(moved) / saturation_vapour_pressure(temperature)
    new_humidity = RATIO * new_vapour / (lower - (1.0 - RATIO) * new_vapour)
    ratio = np.where(vapour > 0.0, new_vapour / np.where(vapour > 0.0, vapour, 1.0), 1.0)
    factor = np.clip(ratio ** (1.0 / 7.0) * (moved / temperature) ** 4, *FACTOR_LIMITS)
    return moved, new_humidity, lower, factor
