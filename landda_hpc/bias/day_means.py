"""Means for each day of the year in a moving window: the climatology of the ``smooth`` anomaly correction.

Sums of each day are streamed like those of months; 12 bytes per day and cell, 1.1 GB for 240,000 cells divided among ranks.
"""

import numpy as np

from landda_hpc.bias.climatology import merged_moments
from landda_hpc.bias.observations import checked
from landda_hpc.jit import driver_kernel

N_DAYS = 366


class DayMeans:
    """Count and mean of each day of a leap year and cell.

    Parameters
    ----------
    n_cells : int

    Attributes
    ----------
    n : ndarray of int32 (366, n_cells)
    mean : ndarray (366, n_cells)
    """

    def __init__(self, n_cells):
        self.n = np.zeros((N_DAYS, n_cells), np.int32)
        self.mean = np.zeros((N_DAYS, n_cells))

    def add(self, values, day, cell):
        """Add values ``(n_obs,)`` of days 1 to 366; NaN are left out."""
        _add(*checked(values, np.asarray(day, np.int64) - 1, cell, *self.n.shape), self.n, self.mean)

    def merge(self, other):
        """Add the means of another part of the record."""
        n, self.mean, _ = merged_moments((self.n, self.mean, 0.0), (other.n, other.mean, 0.0))
        self.n = n.astype(np.int32)

    def window(self, length=31):
        """Return count and mean ``(366, n_cells)`` of windows of an odd number of days around each day.

        Windows run on over the turn of the year. Every observation of the window has the same weight. The mean is NaN without
        any.
        """
        if length % 2 == 0 or not 0 < length <= N_DAYS:
            raise ValueError(f"a window of {length} days has no middle day; expected an odd number up to {N_DAYS}")
        n, mean = np.zeros(self.n.shape, np.int64), np.zeros(self.mean.shape)
        for offset in range(-(length // 2), length // 2 + 1):
            n, mean, _ = merged_moments((n, mean, 0.0), (np.roll(self.n, offset, axis=0),
                                                         np.roll(self.mean, offset, axis=0), 0.0))
        mean[n == 0] = np.nan
        return n, mean


@driver_kernel
def _add(values, rows, cells, n, mean):
    for i in range(len(values)):
        if not np.isnan(values[i]):
            n[rows[i], cells[i]] += 1
            mean[rows[i], cells[i]] += (values[i] - mean[rows[i], cells[i]]) / n[rows[i], cells[i]]
