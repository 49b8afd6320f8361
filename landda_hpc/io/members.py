"""Mean and spread over the members of every point in one pass over the memory, with no copy of the members.

Sums are those of NumPy, bit for bit: pairwise, with eight sums side by side within a block of 128 members.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel

BLOCK = 128  # members that are summed without halving them
WIDTH = 16  # rows side by side


class Scaled(NamedTuple):
    """Values ``([n_layers,] n_points, n_members)`` that stand for themselves times a factor."""

    values: np.ndarray
    factor: float = 1.0

    def product(self):
        """Return the values times the factor in float64."""
        return np.asarray(self.values, np.float64) * self.factor


def mean_and_spread(scaled):
    """Return the mean and the standard deviation (divisor n - 1) over the last axis, in float64.

    Parameters
    ----------
    scaled : Scaled
        Of any shape; the last axis counts the members.
    """
    values = np.ascontiguousarray(scaled.values)
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float64)
    n_members = values.shape[-1]
    rows = values.reshape(-1, n_members) if values.size else np.empty((0, n_members), values.dtype)
    mean, spread = np.empty(len(rows)), np.empty(len(rows))
    if n_members <= BLOCK:
        _mean_and_spread(rows, float(scaled.factor), mean, spread)
    else:
        for row in range(0, len(rows), BLOCK):
            part = np.multiply(rows[row:row + BLOCK], scaled.factor, dtype=np.float64)
            mean[row:row + BLOCK], spread[row:row + BLOCK] = part.mean(axis=-1), part.std(axis=-1, ddof=1)
    return mean.reshape(values.shape[:-1]), spread.reshape(values.shape[:-1])


@driver_kernel(mixed_precision=True)
def _mean_and_spread(rows, factor, mean, spread):
    """Set mean and spread of every row ``(n_rows, n_members)``; those of one member have none (NaN).

    Rows are taken side by side, so that sums whose order is given are vectors all the same.
    """
    n_rows, n_members = rows.shape
    own, sums = np.zeros((n_members, WIDTH)), np.empty((8, WIDTH))
    total, average = np.empty(WIDTH), np.empty(WIDTH)
    for first in range(0, n_rows, WIDTH):
        width = min(WIDTH, n_rows - first)
        for w in range(width):
            for member in range(n_members):
                own[member, w] = np.float64(rows[first + w, member]) * factor
        _pairwise_sums(own, sums, total)
        for w in range(WIDTH):
            average[w] = total[w] / n_members
        for member in range(n_members):
            for w in range(WIDTH):
                departure = own[member, w] - average[w]
                own[member, w] = departure * departure
        _pairwise_sums(own, sums, total)
        for w in range(width):
            mean[first + w] = average[w]
            spread[first + w] = np.sqrt(total[w] / (n_members - 1))


@driver_kernel(mixed_precision=True)
def _pairwise_sums(values, sums, total):
    """Set the sums over the first axis of at most 128 rows in the order of NumPy: eight sums side by side, then the rest."""
    n = values.shape[0]
    stop = n - n % 8
    if n < 8:
        stop = 0
        total[:] = 0.0
    else:
        for part in range(8):
            for w in range(WIDTH):
                sums[part, w] = values[part, w]
        for first in range(8, stop, 8):
            for part in range(8):
                for w in range(WIDTH):
                    sums[part, w] += values[first + part, w]
        for w in range(WIDTH):
            total[w] = (((sums[0, w] + sums[1, w]) + (sums[2, w] + sums[3, w]))
                        + ((sums[4, w] + sums[5, w]) + (sums[6, w] + sums[7, w])))
    for member in range(stop, n):
        for w in range(WIDTH):
            total[w] += values[member, w]
