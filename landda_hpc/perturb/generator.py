"""One group of perturbations: autocorrelated in time, correlated among its variables, truncated.

The order propagate, centre, correlate, truncate is part of the definition (spec of the perturbations, 2.3).
"""

import math

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.jit import driver_kernel
from landda_hpc.perturb.philox import split_seed, standard_normal
from landda_hpc.times import EPOCH, seconds_since

CHUNK = 512  # points whose fields exist at a time
BLOCK = 64  # numbers that are drawn side by side
EIGENVALUE_TOLERANCE = 1.0e-10


def correlation_root(correlations, name):
    """Return ``S`` with ``S S^T`` the correlation matrix: the Cholesky factor, or the eigen form if semidefinite.

    Raises
    ------
    ConfigError
        For a matrix that is not symmetric, has no unit diagonal or is not positive semidefinite.
    """
    matrix = np.array(correlations, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.array_equal(matrix, matrix.T):
        raise ConfigError(f"{name}: the correlation matrix must be square and symmetric.")
    if not np.array_equal(np.diag(matrix), np.ones(len(matrix))):
        raise ConfigError(f"{name}: the diagonal of the correlation matrix must be 1.")
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < -EIGENVALUE_TOLERANCE:
        raise ConfigError(f"{name}: the correlation matrix is not positive semidefinite; its least eigenvalue is "
                          f"{values.min():.3g}.")
    if values.min() > EIGENVALUE_TOLERANCE:
        return np.linalg.cholesky(matrix)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def parts_of(n_points):
    """Return the slices of points that are drawn, and advanced, one after the other."""
    return [slice(first, min(first + CHUNK, n_points)) for first in range(0, n_points, CHUNK)]


@driver_kernel
def _draw_noise(memory, cells, first_point, n_drawn, seed_low, seed_high, stream, draw, persistence):
    """Advance the memory ``(variable, point, member)`` of some points by one draw of white noise, in blocks that vectorise.

    A negative ``persistence`` marks the first draw, which has no memory.
    """
    n_variables, n_points, n_members = memory.shape
    rows = memory.reshape(n_variables, n_points * n_members)
    first = persistence < 0.0
    kept = max(persistence, 0.0)
    fresh = math.sqrt(1.0 - kept * kept)
    cell, who, noise = np.zeros(BLOCK, np.int64), np.zeros(BLOCK, np.int64), np.empty(BLOCK)
    point, member, stop = first_point, 0, (first_point + n_drawn) * n_members
    for start in range(first_point * n_members, stop, BLOCK):
        width = min(BLOCK, stop - start)
        for w in range(width):
            cell[w], who[w] = cells[point], member
            member += 1
            if member == n_members:
                member = 0
                point += 1
        for variable in range(n_variables):
            for w in range(BLOCK):
                noise[w] = standard_normal(seed_low, seed_high, stream, cell[w], who[w], draw, variable)
            row = rows[variable, start:start + width]
            for w in range(width):
                row[w] = noise[w] if first else kept * row[w] + fresh * noise[w]


@driver_kernel
def _advance(memory, cells, first_point, n_drawn, seed_low, seed_high, stream, draw, persistence, zero_mean):
    """Advance the memory ``(variable, point, member)`` of some points by one draw; ``persistence`` as in :func:`_draw`."""
    n_variables, _, n_members = memory.shape
    _draw_noise(memory, cells, first_point, n_drawn, seed_low, seed_high, stream, draw, persistence)
    if zero_mean and n_members > 2:
        for variable in range(n_variables):
            for point in range(first_point, first_point + n_drawn):
                own = memory[variable, point]
                total = 0.0
                for member in range(n_members):
                    total += own[member]
                for member in range(n_members):
                    own[member] -= total / n_members


@driver_kernel
def _correlate(memory, fields, first_point, n_drawn, root, truncation):
    """Leave the correlated fields, truncated, of the memory of some points."""
    n_variables, _, n_members = memory.shape
    for variable in range(n_variables):
        for point in range(n_drawn):
            field = fields[variable, point]
            field[:] = 0.0
            for other in range(n_variables):
                own, weight = memory[other, first_point + point], root[variable, other]
                for member in range(n_members):
                    field[member] += weight * own[member]
            for member in range(n_members):
                field[member] = min(max(field[member], -truncation), truncation)


@driver_kernel
def _draw(memory, fields, cells, first_point, n_drawn, seed_low, seed_high, stream, draw, persistence, root, truncation,
          zero_mean):
    """Advance the memory ``(variable, point, member)`` of some points by one draw and leave their correlated fields, truncated.

    A negative ``persistence`` marks the first draw, which has no memory.
    """
    _advance(memory, cells, first_point, n_drawn, seed_low, seed_high, stream, draw, persistence, zero_mean)
    _correlate(memory, fields, first_point, n_drawn, root, truncation)


class PerturbationGroup:
    """Random fields of one group of variables at the points of a band.

    Parameters
    ----------
    name : str
        For messages and the restart.
    correlations : sequence of sequences
        Of the variables.
    interval, decay_time : int
        Between draws and e-folding [s].
    stream, seed : int
    cells : ndarray of int64 (n_points,)
        Global cell ids.
    n_members : int
    truncation : float
    zero_mean : bool
    autocorrelation_step : int, optional
        Time that the autocorrelation is taken over [s]; by default that since the draw before, which is the interval but
        for a run that starts between two draws.

    Attributes
    ----------
    memory : ndarray (n_variables, n_points, n_members)
        The autocorrelated numbers before they are correlated; they go into a restart.
    last : int or None
        Time of the draw before [s since 2000], None before the first; it goes into a restart too.
    """

    def __init__(self, name, correlations, interval, decay_time, stream, seed, cells, n_members, truncation=2.5,
                 zero_mean=True, autocorrelation_step=None):
        self.name, self.interval = name, interval
        self._root = correlation_root(correlations, name)
        if len(cells) and (cells.min() < 0 or cells.max() >= 2**32):
            raise ConfigError(f"{name}: cell ids must be between 0 and 2^32 - 1, found {cells.min()} to {cells.max()}.")
        self._decay_time, self._step = decay_time, autocorrelation_step
        self._stream, self._seed = stream, split_seed(seed)
        self._cells = np.ascontiguousarray(cells, np.int64)
        self._truncation, self._zero_mean = float(truncation), bool(zero_mean)
        self.memory = np.zeros((len(self._root), len(cells), n_members))
        self._fields = np.zeros((len(self._root), min(len(cells), CHUNK), n_members))
        self.last = None

    @property
    def started(self):
        """Whether anything was drawn yet."""
        return self.last is not None

    def due(self, time):
        """Return whether a draw falls on a time (datetime64)."""
        return seconds_since(EPOCH, time) % self.interval == 0

    def _persistence(self, seconds):
        """Return what is left of the draw before at a time, negative where there is none."""
        if self.last is None:
            return -1.0
        step = seconds - self.last if self._step is None else self._step
        return float(np.exp(-step / self._decay_time)) if self._decay_time > 0 else 0.0

    def draw(self, time):
        """Draw for a time: advance :attr:`memory` and yield the fields of some points after the other.

        Yields
        ------
        first_point, n_drawn : int
        fields : ndarray (n_variables, at least n_drawn, n_members)
            Standard normal but for truncation; valid until the next are asked for. The first draw is stationary.
        """
        index, persistence = self._begin(time)
        for first, n_drawn in self._parts():
            _draw(self.memory, self._fields, self._cells, first, n_drawn, *self._seed, self._stream, index, persistence,
                  self._root, self._truncation, self._zero_mean)
            yield first, n_drawn, self._fields

    def advance(self, time):
        """Draw for a time as :meth:`draw` does, but leave the fields to :meth:`present`."""
        index, persistence = self._begin(time)
        for first, n_drawn in self._parts():
            _advance(self.memory, self._cells, first, n_drawn, *self._seed, self._stream, index, persistence,
                     self._zero_mean)

    def present(self, points):
        """Return the fields of the last draw at a slice of points, made of :attr:`memory` anew, bit for bit.

        ``points`` : one of :func:`parts_of`. The array ``(n_variables, at least n, n_members)`` is valid until the next call.
        """
        _correlate(self.memory, self._fields, points.start, points.stop - points.start, self._root, self._truncation)
        return self._fields

    def _begin(self, time):
        """Return the index and the persistence of the draw for a time, which then is the last."""
        seconds = seconds_since(EPOCH, time)
        persistence, self.last = self._persistence(seconds), seconds
        return seconds // self.interval, persistence

    def _parts(self):
        """Return the first point and the number of points of each part."""
        return [(part.start, part.stop - part.start) for part in parts_of(len(self._cells))]
