"""The global list of land points and its division into bands.

A band is a contiguous run of land points in row-major order (row 0 is the southernmost), cut anywhere. The
one-dimensional filter and the land model need no neighbours, so there are no halos.
"""

from typing import NamedTuple

import numpy as np


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
    """

    latitude: np.ndarray
    longitude: np.ndarray
    cell: np.ndarray
    shape: tuple
    names: tuple | None = None

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
    edges = [-(-n_total * rank // n_ranks) for rank in range(n_ranks + 1)]
    return [Band(start, stop, n_total) for start, stop in zip(edges[:-1], edges[1:])]
