"""Evaluation products at the land points of a run: the nearest footprint on fine grids, the mean of those inside on coarse.

A triplet wants at most one value of a product per point, pass and day.
"""

import numpy as np

from landda_hpc.domain.grid import EARTH_RADIUS
from landda_hpc.observations.codes import ACCEPTED
from landda_hpc.observations.gridded import GriddedObservations, product_index
from landda_hpc.observations.gridding import grid_batch

WITHIN = 18.0  # km
FINE = 0.3  # degrees, grids up to here take the nearest footprint


def unit_vectors(latitude, longitude):
    """Return the places ``(n,)`` [degrees] as vectors ``(n, 3)`` on the unit sphere."""
    latitude, longitude = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1)


def nearest(latitude, longitude, point_latitude, point_longitude, within=WITHIN):
    """Return the index of the place nearest to each point ``(n_points,)``, -1 where none is within so many km.

    Parameters
    ----------
    latitude, longitude : ndarray (n,)
        Places of the product [degrees].
    point_latitude, point_longitude : ndarray (n_points,)
    within : float
        Great-circle distance [km].
    """
    if not len(latitude):
        return np.full(len(point_latitude), -1, np.int64)
    chord = 2.0 * np.sin(0.5 * within * 1.0e3 / EARTH_RADIUS)
    from scipy.spatial import cKDTree  # here, for it is slow to load and most runs do without

    distance, index = cKDTree(unit_vectors(latitude, longitude)).query(unit_vectors(point_latitude, point_longitude),
                                                                      distance_upper_bound=chord)
    return np.where(np.isfinite(distance), index, -1)


def resample(batch, points, within=WITHIN):
    """Return the accepted observations of one file or day at the land points, as GriddedObservations.

    Parameters
    ----------
    batch : landda_hpc.observations.batch.ObservationBatch
    points : landda_hpc.domain.points.PointSet
    within : float
        Farthest footprint that a point of a fine grid, or without a grid, takes [km].
    """
    if points.grid is not None and points.grid.resolution > FINE:
        return grid_batch(batch, points).observations
    accepted = batch.select(batch.code == ACCEPTED)
    index = nearest(accepted.latitude, accepted.longitude, points.latitude, points.longitude, within)
    point = np.flatnonzero(index >= 0)
    taken = accepted.select(index[point])
    order = np.lexsort((point, taken.time))
    taken, point = taken.select(order), point[order]
    return GriddedObservations(
        point=point, value=taken.value, error=taken.error, time=taken.time, platform=taken.platform,
        product=np.full(len(point), product_index(batch.product), np.int16), n_footprints=np.ones(len(point), np.int32),
        ascending=taken.ascending, code=taken.code, units=batch.units)
