"""Random fields over the globe, continuous in space and time, that any rank can compute anywhere at any time.

Standard normal numbers sit on lattices of about equal spacing, one lattice every few hours or days, each a function of its
counters alone (:mod:`landda_hpc.perturb.philox`). A value is a combination of the eight nearest numbers, four of the lattice
before and four of the one after, with weights whose squares add up to one, so it is standard normal everywhere and always.
Between its lattices a field travels with a steering flow. Lattices are shifted at random, so they leave no imprint.
"""

import math
from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.perturb.philox import split_seed, standard_normal

KILOMETRES_PER_DEGREE = 111.195
FEWEST_PER_ROW = 3
TURNS_PER_DEGREE = 1.0 / 360.0
WIDTH = 64  # points of a tile
#: Offsets of the rows of the scratch buffer.
(TURNS, DRIFT, START, COUNT, SHIFT, WEIGHT, FIRST, SECOND, FIRST_WEIGHT, SECOND_WEIGHT, SUM) = (
    WIDTH * row for row in range(11))
SCRATCH = 11 * WIDTH
FIRST_STREAM = 200  # of the counter; the streams below serve the ensemble


class Slice(NamedTuple):
    """A field at one time, as kernels take it.

    ``values`` (2, n_nodes), ``shifts`` (2, n_rows) [turns], ``row_shifts`` (2,), ``weights`` (2,) and ``ages`` (2,) [days] of
    two lattices, of which number ``before`` is the earlier; ``starts`` and ``counts`` (n_rows,) of each row's nodes;
    ``rows_per_degree``.
    """

    values: np.ndarray
    shifts: np.ndarray
    row_shifts: np.ndarray
    weights: np.ndarray
    ages: np.ndarray
    before: int
    starts: np.ndarray
    counts: np.ndarray
    rows_per_degree: float


@driver_kernel
def _fill(values, seed_low, seed_high, stream, first, draw):
    for node in range(len(values)):
        values[node] = standard_normal(seed_low, seed_high, stream, first + node, 0, draw, 0)


@kernel
def farther_weight(fraction):
    """Return ``sin(pi f / 2)`` for 0 <= f <= 1 within 7e-7 and exact at the ends: the weight of the farther neighbour.

    The squares of the weights of two neighbours, of f and 1 - f, add up to one within 2e-6.
    """
    square = fraction * fraction
    return fraction * (1.57079033 + square * (-0.64588609 + square * (0.07941835 - 0.00432259 * square)))


@kernel
def _rows(field, lattice, upper, latitude, first, n_used, S):
    """Fill the rows START, COUNT, SHIFT and WEIGHT of a tile for the lower or upper one of the rows around each point."""
    position, row, weight = -1.0, 0, 0.0
    before = -999.0
    for w in range(n_used):
        here = latitude[first + w]
        if here != before:  # neighbours mostly share a latitude
            before = here
            position = (here + 90.0) * field.rows_per_degree + field.row_shifts[lattice]
            row = int(position)
            fraction = position - row if upper else 1.0 - (position - row)
            weight = field.weights[lattice] * farther_weight(fraction)
            row += 1 if upper else 0
        S[START + w] = field.starts[row]
        S[COUNT + w] = field.counts[row]
        S[SHIFT + w] = field.shifts[lattice, row]
        S[WEIGHT + w] = weight


@kernel
def _neighbours(age, S):
    """Find the two numbers around each point of a tile in its row, a circle of so many, and their weights."""
    for w in range(WIDTH):
        turns = S[TURNS + w] - age * S[DRIFT + w] + S[SHIFT + w]
        position = (turns - np.floor(turns)) * S[COUNT + w]
        below = np.floor(position)
        fraction = position - below
        below = below if below < S[COUNT + w] else 0.0
        second = below + 1.0 if below + 1.0 < S[COUNT + w] else 0.0
        S[FIRST + w] = S[START + w] + below
        S[SECOND + w] = S[START + w] + second
        S[FIRST_WEIGHT + w] = S[WEIGHT + w] * farther_weight(1.0 - fraction)
        S[SECOND_WEIGHT + w] = S[WEIGHT + w] * farther_weight(fraction)


@driver_kernel
def sample(field, latitude, longitude, drift, S, out):
    """Put a :class:`Slice` at places into ``out`` (n_points,).

    Parameters
    ----------
    field : Slice
    latitude, longitude, drift : ndarray (n_points,)
        Degrees north and east; steering flow [degrees of longitude a day].
    S : ndarray (SCRATCH,)
        Buffer, one row of ``WIDTH`` values for each quantity of a tile.
    """
    n_points = len(latitude)
    S[:] = 0.0
    S[COUNT:COUNT + WIDTH] = 1.0
    for first in range(0, n_points, WIDTH):
        n_used = min(WIDTH, n_points - first)
        for w in range(n_used):
            S[TURNS + w] = longitude[first + w] * TURNS_PER_DEGREE
            S[DRIFT + w] = drift[first + w] * TURNS_PER_DEGREE
            S[SUM + w] = 0.0
        for lattice in (field.before, 1 - field.before):
            for upper in range(2):
                _rows(field, lattice, upper == 1, latitude, first, n_used, S)
                _neighbours(field.ages[lattice], S)
                for w in range(n_used):
                    S[SUM + w] += (S[FIRST_WEIGHT + w] * field.values[lattice, int(S[FIRST + w])]
                                   + S[SECOND_WEIGHT + w] * field.values[lattice, int(S[SECOND + w])])
        for w in range(n_used):
            out[first + w] = S[SUM + w]


class NoiseField:
    """A random field over the globe, looked up at given places.

    Parameters
    ----------
    spacing : float
        Between the numbers of a lattice [km]; the field decorrelates over about this distance.
    interval : float
        Between lattices, in the units of the times given to :meth:`at`.
    seed : int
    number : int
        Of the field; fields of different numbers are independent.
    latitude, longitude : ndarray (n_points,)
        Degrees north and east. Only the rows of the lattice that these places need are drawn.
    drift : ndarray (n_points,) or None
        Steering flow [degrees of longitude a day]; none by default.
    """

    def __init__(self, spacing, interval, seed, number, latitude, longitude, drift=None):
        self.interval = float(interval)
        self._latitude, self._longitude = (np.ascontiguousarray(values, np.float64) for values in (latitude, longitude))
        self._drift = np.zeros(len(self._latitude)) if drift is None else np.ascontiguousarray(drift, np.float64)
        degrees = spacing / KILOMETRES_PER_DEGREE
        n_rows = int(180.0 / degrees) + 3
        latitudes = np.clip(-90.0 + degrees * np.arange(n_rows), -90.0, 90.0)
        around = 360.0 * np.cos(np.deg2rad(latitudes)) / degrees
        self._counts = np.maximum(np.rint(around), FEWEST_PER_ROW).astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(self._counts)])
        self._n_nodes, self._rows_per_degree = int(starts[-1]), 1.0 / degrees
        edges = (self._latitude.min(), self._latitude.max()) if len(self._latitude) else (0.0, 0.0)
        south, north = (int((edge + 90.0) * self._rows_per_degree) for edge in edges)
        # The rows above and below a place, which random shifts move by less than one row to the south.
        self._first, self._stop = int(starts[south]), int(starts[min(north + 3, n_rows)])
        self._starts = starts[:-1] - self._first
        self._seed, self._stream = split_seed(seed), FIRST_STREAM + number
        self._scratch = np.zeros(SCRATCH)
        self._values = np.empty((2, self._stop - self._first))
        self._shifts, self._row_shifts = np.empty((2, n_rows)), np.empty(2)
        self._held = [None, None]  # numbers of the lattices that are there, even before odd

    def _hold(self, index):
        """Draw the numbers that are needed, row shifts and shift of rows of one lattice, if it is not there."""
        place = index % 2
        if self._held[place] != index:
            further = np.empty(len(self._counts) + 1)
            _fill(self._values[place], *self._seed, self._stream, self._first, index)
            _fill(further, *self._seed, self._stream, self._n_nodes, index)
            shifts = np.mod(16.0 * further, 1.0)  # the digits of a normal number are uniform
            self._shifts[place], self._row_shifts[place] = shifts[:-1] / self._counts, shifts[-1]
            self._held[place] = index

    def at(self, time, days_per_unit=0.0, chosen=slice(None), out=None):
        """Return the field at a time, whose units are ``days_per_unit`` days long for the steering flow, ``(n_chosen,)``."""
        index = math.floor(time / self.interval)
        fraction = time / self.interval - index
        self._hold(index)
        self._hold(index + 1)
        before, after = index % 2, (index + 1) % 2
        weights, ages = np.empty(2), np.empty(2)
        weights[[before, after]] = math.cos(0.5 * math.pi * fraction), math.sin(0.5 * math.pi * fraction)
        ages[[before, after]] = fraction * self.interval * days_per_unit, (fraction - 1.0) * self.interval * days_per_unit
        field = Slice(self._values, self._shifts, self._row_shifts, weights, ages, before, self._starts, self._counts,
                      self._rows_per_degree)
        places = [values[chosen] for values in (self._latitude, self._longitude, self._drift)]
        out = np.empty(len(places[0])) if out is None else out
        sample(field, *places, self._scratch, out)
        return out
