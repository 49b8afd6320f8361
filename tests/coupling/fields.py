"""A grid and fields that tests of remapping share."""

import numpy as np

from landda_hpc.coupling.columns import Columns
from landda_hpc.domain.grid import Grid

GLOBE = Grid.covering(10.0, -90.0, 90.0)


def smooth(columns):
    latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
    return 2.0 + np.cos(latitude) ** 2 * np.cos(2.0 * longitude)


def sharp(columns):
    latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
    return 2.0 + np.sin(2.0 * latitude) ** 16 * np.cos(16.0 * longitude)


def points_at(latitude, longitude):
    latitude, longitude = (np.asarray(values, float) for values in (latitude, longitude))
    return Columns("points", latitude.shape, latitude, longitude, np.zeros(len(latitude)))
