"""Series of three products brought to the times of the first one, as the reference triplets were."""

import numpy as np


def nearest_in_time(series, time, window):
    """Return the value of a series nearest to each time [s], NaN where none is within the window [s]."""
    after = np.clip(np.searchsorted(series.time, time), 1, series.size - 1)
    before = after - 1
    nearest = np.where(time - series.time[before] <= series.time[after] - time, before, after)
    value = series.value[nearest].copy()
    value[np.abs(series.time[nearest] - time) > window] = np.nan
    return value


def triplets(reference, others):
    """Return times and values of a reference series and of others, ``(series, window)`` each, where all are known."""
    values = np.array([reference.value, *(nearest_in_time(series, reference.time, window) for series, window in others)])
    there = np.isfinite(values).all(axis=0)
    return reference.time[there], values[:, there]
