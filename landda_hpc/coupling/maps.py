"""Fields from the columns of an atmosphere to land points and back, for columns of any kind."""

import numpy as np
from scipy.spatial import cKDTree

from landda_hpc.coupling.observe import unit_vectors


def nearest(from_latitude, from_longitude, latitude, longitude):
    """Return the index of the nearest place of one set for each of another."""
    tree = cKDTree(unit_vectors(from_latitude, from_longitude))
    return tree.query(unit_vectors(latitude, longitude).reshape(-1, 3))[1]


def to_points(columns, latitude, longitude):
    """Return the function of a field's name and values on columns ``(n, n_columns)`` that gives them at points."""
    index = nearest(columns.latitude, columns.longitude, latitude, longitude)
    return lambda name, values: np.take(values, index, axis=-1)


def to_columns(latitude, longitude, columns):
    """Return the function from soil moisture at points ``(n_layers, n_points)`` to columns, NaN where these have no soil."""
    index = nearest(latitude, longitude, columns.latitude, columns.longitude)
    return lambda values: np.where(columns.land, np.take(values, index, axis=-1), np.nan)
