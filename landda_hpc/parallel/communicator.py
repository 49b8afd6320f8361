"""What the package asks of a communicator, built on four primitives that each implementation provides.

Sums are exact: every rank's values are gathered in the order of the points and added without rounding error, so that the
result does not depend on the number of ranks.
"""

import math
from abc import ABC, abstractmethod

import numpy as np


class Communicator(ABC):
    """Ranks that work together.

    Attributes
    ----------
    rank, size : int
    mpi : mpi4py communicator or None
        For parallel HDF5; None where there is no MPI.
    """

    rank = 0
    size = 1
    mpi = None

    @abstractmethod
    def gather_object(self, value):
        """Return the list of the values of all ranks on the root, None elsewhere."""

    @abstractmethod
    def broadcast(self, value):
        """Return the root's value on every rank."""

    @abstractmethod
    def exchange_objects(self, values):
        """Return the list of what every rank had for this one; ``values[k]`` goes to rank ``k``."""

    @abstractmethod
    def barrier(self):
        """Wait for all ranks."""

    @abstractmethod
    def abort(self, code):
        """Stop all ranks at once with an exit code."""

    @property
    def is_root(self):
        """Whether this is rank 0."""
        return self.rank == 0

    @property
    def is_first_of_node(self):
        """Whether this is the first rank of its node; without MPI all ranks are on one."""
        return self.is_root

    @property
    def n_nodes(self):
        """Number of nodes."""
        return 1

    def any(self, flag):
        """Return whether the flag is set on any rank, the same on all."""
        flags = self.gather_object(bool(flag))
        return self.broadcast(any(flags) if self.is_root else None)

    def gather_points(self, local, band, axis=0):
        """Return the array of all points on the root, None elsewhere; ``axis`` counts the points of the band."""
        local = np.asarray(local)
        if local.shape[axis] != band.n_points:
            raise ValueError(f"axis {axis} has {local.shape[axis]} points, the band {band.n_points}")
        if self.size == 1:
            return local
        parts = self.gather_object(local)
        return np.concatenate(parts, axis=axis) if self.is_root else None

    def scatter_objects(self, make):
        """Return on each rank what ``make(rank)`` gives on the root, where it is called for one rank after the other."""
        return self.exchange_objects([make(rank) for rank in range(self.size)] if self.is_root else [None] * self.size)[0]

    def move_points(self, local, bands, new_bands, axis=0):
        """Return this rank's points of an array after the bands of all ranks changed from ``bands`` to ``new_bands``.

        Only what changes its owner is sent; ``axis`` counts the points.
        """
        local, own, new = np.asarray(local), bands[self.rank], new_bands[self.rank]
        index = [slice(None)] * local.ndim
        parts = []
        for band in new_bands:
            start, stop = max(own.start, band.start), min(own.stop, band.stop)
            index[axis] = slice(start - own.start, max(start, stop) - own.start)
            parts.append(local[tuple(index)] if stop > start else None)
        kept, parts[self.rank] = parts[self.rank], None
        received = self.exchange_objects(parts)
        received[self.rank] = kept
        received = [part for part in received if part is not None]
        index[axis] = slice(0)
        moved = np.concatenate(received, axis=axis) if received else local[tuple(index)].copy()
        if moved.shape[axis] != new.n_points:
            raise ValueError(f"{moved.shape[axis]} points arrived, the new band has {new.n_points}")
        return moved

    def sum_reproducibly(self, values, band):
        """Return the exact sum of float64 values of all points ``(n_points,)``, the same for every number of ranks."""
        full = self.gather_points(np.ascontiguousarray(values, np.float64), band)
        return self.broadcast(math.fsum(full) if self.is_root else None)


class SerialCommunicator(Communicator):
    """One rank, without MPI."""

    def gather_object(self, value):
        return [value]

    def broadcast(self, value):
        return value

    def exchange_objects(self, values):
        return list(values)

    def barrier(self):
        pass

    def abort(self, code):
        raise SystemExit(code)
