"""Local solar time."""

import numpy as np


def local_solar_time(time, longitude):
    """Return the local mean solar time [h, 0-24) of times [s since 2000-01-01 00 UTC] and longitudes [degrees east]."""
    hours = np.mod(np.asarray(time, np.float64), 86400.0) / 3600.0
    return np.mod(hours + np.asarray(longitude, np.float64) / 15.0, 24.0)


def in_local_window(time, longitude, nominal, half_width):
    """Return where the local solar time is within so many hours of a nominal one, across midnight too."""
    distance = np.mod(local_solar_time(time, longitude) - nominal + 12.0, 24.0) - 12.0
    return np.abs(distance) <= half_width
