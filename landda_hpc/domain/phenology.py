"""Seasonal course of the vegetation from the climate, where no map of it may be used.

A growing-season index in the spirit of Jolly et al. (2005, doi:10.1111/j.1365-2486.2005.00930.x): the product of a ramp of the
temperature and one of the water supply, which lags behind the weather by half a month.
"""

import numpy as np

from landda_hpc.times import SECONDS_PER_YEAR

COLD, WARM = 271.15, 288.15  # K, where growth begins and is no longer limited
MILLIMETRES_PER_KELVIN_YEAR = 58.93  # potential evaporation of Holdridge (1947), doi:10.1126/science.105.2727.367
STORED_SHARE = 0.5  # of the water of the month before that plants still find


def growth_index(temperature, precipitation):
    """Return how well the vegetation grows in each month [0-1].

    Parameters
    ----------
    temperature : ndarray (12, ...)
        [K]
    precipitation : ndarray (12, ...)
        [kg m-2 s-1]
    """
    warmth = np.clip((temperature - COLD) / (WARM - COLD), 0.0, 1.0)
    demand = MILLIMETRES_PER_KELVIN_YEAR * np.clip(temperature - 273.15, 0.0, 30.0) / SECONDS_PER_YEAR
    supply = (precipitation + STORED_SHARE * np.roll(precipitation, 1, axis=0)) / (1.0 + STORED_SHARE)
    wetness = np.clip(supply / np.maximum(demand, 1e-9), 0.0, 1.0)
    index = warmth * wetness
    return 0.5 * (index + np.roll(index, 1, axis=0))


def stretched(months, least, greatest):
    """Return a seasonal course stretched to run from ``least`` to ``greatest``; without a season it is their mean.

    ``months`` is ``(12, ...)``, the others ``(...)``.
    """
    low, high = months.min(axis=0), months.max(axis=0)
    seasonal = high - low > 0.02
    shape = np.where(seasonal, (months - low) / np.where(seasonal, high - low, 1.0), 0.5)
    return least + (greatest - least) * shape
