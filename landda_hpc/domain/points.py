"""The global list of land points and its division into bands.

A band is a contiguous run of land points in row-major order (row 0 is the southernmost), cut anywhere. The
one-dimensional filter and the land model need no neighbours, so there are no halos.
"""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid

TOLERANCE = 1.0e-4  # of the mean cost of a band, within which the dearest is as cheap as can be


class PointSet(NamedTuple):
    """All land points of a run, in global order.

    Attributes
    ----------
    latitude, longitude : ndarray (n_total,)
        Degrees north and east.
    cell : ndarray of int64 (n_total,)
        Global cell id ``row * n_columns + column``; the counter of the random numbers.
    shape : tuple of int
        Rows and columns of the full grid; ``(1, n_total)`` for a list of towers.
    names : tuple of str or None
        Names of the points where they have some.
    grid : Grid or None
        The full grid that ``cell`` counts, where there is one.
    """

    latitude: np.ndarray
    longitude: np.ndarray
    cell: np.ndarray
    shape: tuple
    names: tuple | None = None
    grid: Grid | None = None

    @property
    def n_total(self):
        """Number of land points of the whole run."""
        return len(self.cell)


class Band(NamedTuple):
    """The contiguous run ``[start, stop)`` of the global land points that one rank owns."""

    start: int
    stop: int
    n_total: int

    @property
    def n_points(self):
        """Number of points of the band; zero is allowed."""
        return self.stop - self.start

    @property
    def slice(self):
        """The band as an index into a global array."""
        return slice(self.start, self.stop)


def split_evenly(n_total, n_ranks):
    """Return one :class:`Band` per rank, sizes differing by at most one point.

    With more ranks than points some have none, but never rank 0, which compiles for all.
    """
    return split_by_cost(np.ones(n_total), n_ranks)


def split_by_cost(cost, n_ranks):
    """Return one :class:`Band` per rank such that the dearest is as cheap as cuts between points allow.

    Parameters
    ----------
    cost : ndarray (n_total,)
        Of each point, positive.
    n_ranks : int

    Each cut is the nearest to an equal share that keeps all bands at the least cost of the dearest, within
    :data:`TOLERANCE`. With more ranks than points some have none, but never rank 0, which compiles for all.
    """
    n_total = len(cost)
    if n_total == 0:
        return [Band(0, 0, 0)] * n_ranks
    reached = np.concatenate([[0.0], np.cumsum(cost, dtype=np.float64)])
    wanted = reached[-1] * np.arange(1, n_ranks) / n_ranks
    # The point in which a share ends goes to the rank that has more than half of it.
    nearest = np.maximum(np.searchsorted(0.5 * (reached[:-1] + reached[1:]), wanted, side="right"), 1)
    nearest = [0, *nearest.tolist(), n_total]
    most, reached = np.diff(reached[nearest]).max(), reached.tolist()
    edges, least = nearest, reached[-1] / n_ranks
    while most - least > TOLERANCE * least:
        limit = 0.5 * (least + most)
        trial = _edges_within(limit, reached, nearest)
        if trial is None:
            least = limit
        else:
            edges, most = trial, limit
    return [Band(start, stop, n_total) for start, stop in zip(edges[:-1], edges[1:])]


def _edges_within(limit, reached, nearest):
    """Return the edges that are nearest to some where no band costs more than a limit, None where there are none.

    ``reached`` : the cost of all points before each.
    """
    earliest = [len(reached) - 1]
    for _ in nearest[1:]:
        earliest.append(bisect_left(reached, reached[earliest[-1]] - limit))
    if earliest[-1] > 0:
        return None
    edges = [0]
    for wanted, first in zip(nearest[1:], earliest[-2::-1]):
        furthest = bisect_right(reached, reached[edges[-1]] + limit) - 1
        edges.append(max(first, min(wanted, furthest)))
    return edges
