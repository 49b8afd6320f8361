"""Series of several products brought together: the nearest location within a distance, the nearest time within a window."""

import numpy as np

EARTH_RADIUS = 6371.0  # km


def distance(latitude, longitude, latitudes, longitudes):
    """Return the great-circle distance [km] of a place from others [degrees]."""
    north, east, norths, easts = (np.deg2rad(np.asarray(one, np.float64))
                                  for one in (latitude, longitude, latitudes, longitudes))
    half = (np.sin(0.5 * (norths - north)) ** 2 + np.cos(north) * np.cos(norths) * np.sin(0.5 * (easts - east)) ** 2)
    return 2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def nearest_location(series, latitude, longitude):
    """Return number and distance [km] of the location of a series nearest to a place; of equal ones the lowest number.

    Parameters
    ----------
    series : landda_hpc.observations.series.ObservationSeries
        Not empty.
    latitude, longitude : float
        Degrees.
    """
    locations, first = np.unique(series.location, return_index=True)
    away = distance(latitude, longitude, series.latitude[first], series.longitude[first])
    nearest = int(np.argmin(away))
    return int(locations[nearest]), float(away[nearest])


def nearest_in_time(series, time, window):
    """Return the value of a series of one location nearest to each time [s], NaN where none is within the window [s].

    Of two values equally near the earlier one counts.
    """
    time = np.asarray(time, np.float64)
    if series.size < 2:
        there = np.abs(time - series.time[0]) <= window if series.size else np.zeros(time.shape, bool)
        return np.where(there, series.value[0] if series.size else np.nan, np.nan)
    after = np.clip(np.searchsorted(series.time, time), 1, series.size - 1)
    before = after - 1
    nearest = np.where(time - series.time[before] <= series.time[after] - time, before, after)
    value = series.value[nearest].copy()
    value[np.abs(series.time[nearest] - time) > window] = np.nan
    return value


def collocate(reference, others):
    """Return times and values ``(1 + n_others, n)`` of a series and others, ``(series, window)`` each, where all are known.

    All series are of one location; the times are those of the first. A value may serve two times.
    """
    values = np.array([reference.value, *(nearest_in_time(series, reference.time, window) for series, window in others)])
    there = np.isfinite(values).all(axis=0)
    return reference.time[there], values[:, there]
