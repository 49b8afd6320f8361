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
FIRST_STREAM = 200  # of the counter; the streams below serve the ensemble


class Slice(NamedTuple):
    """A field at one time, as kernels take it.

    ``values`` (2, n_nodes) and ``shifts`` (2, n_rows) [turns] of the lattices before and after; ``row_shifts`` (2,);
    ``starts`` and ``counts`` (n_rows,) of each row's nodes; ``rows_per_degree``; ``weights`` (2,) and ``ages`` (2,) [days] of the lattices.
    """

    values: np.ndarray
    shifts: np.ndarray
    row_shifts: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    rows_per_degree: float
    weights: np.ndarray
    ages: np.ndarray


@driver_kernel
def _fill(values, seed_low, seed_high, stream, draw):
    for node in range(len(values)):
        values[node] = standard_normal(seed_low, seed_high, stream, node, 0, draw, 0)


@kernel
def farther_weight(fraction):
    """Return ``sin(pi f / 2)`` for 0 <= f <= 1 within 7e-7 and exact at the ends: the weight of the farther neighbour.

    The squares of the weights of two neighbours, of f and 1 - f, add up to one within 2e-6.
    """
    square = fraction * fraction
    return fraction * (1.57079033 + square * (-0.64588609 + square * (0.07941835 - 0.00432259 * square)))


@kernel
def _in_row(values, start, count, turns):
    """Return the combination of the two numbers around a position [turns] on a circle of so many."""
    position = (turns - math.floor(turns)) * count
    below = int(position)
    fraction = position - below
    first = below if below < count else 0
    second = first + 1 if first + 1 < count else 0
    return farther_weight(1.0 - fraction) * values[start + first] + farther_weight(fraction) * values[start + second]


@kernel
def sample_line(field, latitude, longitude, first, stop, eastward, out, start):
    """Put a :class:`Slice` at points ``first`` to ``stop``, all on one latitude, into ``out`` from index ``start``.

    ``eastward`` is the steering flow [degrees of longitude a day].
    """
    for lattice in range(2):
        values, shifts, age = field.values[lattice], field.shifts[lattice], field.ages[lattice]
        position = (latitude + 90.0) * field.rows_per_degree + field.row_shifts[lattice]
        row = int(position)
        fraction = position - row
        low = field.weights[lattice] * farther_weight(1.0 - fraction)
        high = field.weights[lattice] * farther_weight(fraction)
        start_low, count_low, shift_low = field.starts[row], field.counts[row], shifts[row]
        start_high, count_high, shift_high = field.starts[row + 1], field.counts[row + 1], shifts[row + 1]
        for point in range(first, stop):
            turns = (longitude[point] - eastward * age) * TURNS_PER_DEGREE
            value = (low * _in_row(values, start_low, count_low, turns + shift_low)
                     + high * _in_row(values, start_high, count_high, turns + shift_high))
            k = start + point - first
            out[k] = value if lattice == 0 else out[k] + value


class NoiseField:
    """A random field over the globe.

    Parameters
    ----------
    spacing : float
        Between the numbers of a lattice [km]; the field decorrelates over about this distance.
    interval : float
        Between lattices, in the units of the times given to :meth:`at`.
    seed : int
    number : int
        Of the field; fields of different numbers are independent.
    """

    def __init__(self, spacing, interval, seed, number):
        self.interval = float(interval)
        degrees = spacing / KILOMETRES_PER_DEGREE
        n_rows = int(180.0 / degrees) + 3
        latitudes = np.clip(-90.0 + degrees * np.arange(n_rows), -90.0, 90.0)
        around = 360.0 * np.cos(np.deg2rad(latitudes)) / degrees
        self._counts = np.maximum(np.rint(around), FEWEST_PER_ROW).astype(np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
        self._rows_per_degree = 1.0 / degrees
        self._seed, self._stream = split_seed(seed), FIRST_STREAM + number
        self._lattices, self._pair_index, self._pair = {}, None, None

    def _lattice(self, index):
        """Return the numbers, row shifts and shift of rows of one lattice."""
        if index not in self._lattices:
            n_nodes, n_rows = int(self._counts.sum()), len(self._counts)
            numbers = np.empty(n_nodes + n_rows + 1)
            _fill(numbers, *self._seed, self._stream, index)
            shifts = np.mod(16.0 * numbers[n_nodes:], 1.0)  # the digits of a normal number are uniform
            self._lattices = dict(list(self._lattices.items())[-1:])
            self._lattices[index] = numbers[:n_nodes], shifts[:-1] / self._counts, shifts[-1]
        return self._lattices[index]

    def at(self, time, days_per_unit=0.0):
        """Return the :class:`Slice` of a time, whose units are ``days_per_unit`` days long for the steering flow."""
        index = math.floor(time / self.interval)
        fraction = time / self.interval - index
        if index != self._pair_index:
            pair = [self._lattice(index), self._lattice(index + 1)]
            self._pair, self._pair_index = [np.stack(parts) for parts in zip(*pair)], index
        weights = np.array([math.cos(0.5 * math.pi * fraction), math.sin(0.5 * math.pi * fraction)])
        ages = np.array([fraction, fraction - 1.0]) * self.interval * days_per_unit
        return Slice(*self._pair, self._starts, self._counts, self._rows_per_degree, weights, ages)
