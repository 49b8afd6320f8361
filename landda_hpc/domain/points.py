"""The global list of land points and its division into bands.

A band is a contiguous run of land points in row-major order (row 0 is the southernmost), cut anywhere. The
one-dimensional filter and the land model need no neighbours, so there are no halos.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid


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
    """Return one :class:`Band` per rank such that the costs of the bands are as equal as cuts between points allow.

    Parameters
    ----------
    cost : ndarray (n_total,)
        Of each point, positive.
    n_ranks : int

    With more ranks than points some have none, but never rank 0, which compiles for all.
    """
    n_total = len(cost)
    reached = np.cumsum(cost)
    wanted = reached[-1] * np.arange(1, n_ranks) / n_ranks if n_total else np.zeros(n_ranks - 1)
    # The point in which a share ends goes to the rank that has more than half of it.
    edges = np.searchsorted(reached - 0.5 * np.asarray(cost, np.float64), wanted, side="right")
    edges = np.maximum(edges, min(n_total, 1))
    edges = [0, *(int(edge) for edge in edges), n_total]
    return [Band(start, stop, n_total) for start, stop in zip(edges[:-1], edges[1:])]
