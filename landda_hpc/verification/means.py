"""Means over areas, with weights ``cos(latitude)`` and exact sums, so that the order of the cells does not matter."""

import math

import numpy as np


def area_weighted_mean(values, latitude, where=None):
    """Return the mean of values weighted by ``cos(latitude)``; NaN without any.

    Parameters
    ----------
    values : array (n_cells,)
        NaN are left out.
    latitude : array (n_cells,)
        Degrees north.
    where : array of bool (n_cells,), optional
        Cells to be counted.
    """
    values = np.asarray(values, np.float64)
    used = np.isfinite(values) if where is None else np.isfinite(values) & where
    weights = np.cos(np.radians(np.asarray(latitude, np.float64)[used]))
    total = math.fsum(weights)
    return math.fsum(weights * values[used]) / total if total > 0.0 else np.nan
