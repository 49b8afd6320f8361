"""Means and covariances of collocated data per cell, streamed and merged.

Values of all variables at one time and place form a tuple; a tuple with a missing member is left out, so that every
statistic is of the same times. Updates are Welford's, merging Chan's, so nothing is lost to cancellation of large means.
"""

import numpy as np

from landda_hpc.jit import driver_kernel


class CoMoments:
    """Statistics under construction.

    Parameters
    ----------
    n_variables, n_cells : int

    Attributes
    ----------
    n : ndarray of int64 (n_cells,)
    mean : ndarray (n_variables, n_cells)
    products : ndarray (n_variables, n_variables, n_cells)
        Sums of products of deviations from the means.
    """

    def __init__(self, n_variables, n_cells):
        self.n = np.zeros(n_cells, np.int64)
        self.mean = np.zeros((n_variables, n_cells))
        self.products = np.zeros((n_variables, n_variables, n_cells))

    @classmethod
    def of_series(cls, *series):
        """Return the statistics of series ``(n_times,)`` or ``(n_times, n_cells)``, one per variable."""
        values = np.array([np.asarray(one, np.float64).reshape(len(one), -1) for one in series])
        n_variables, n_times, n_cells = values.shape
        moments = cls(n_variables, n_cells)
        moments.add(values.reshape(n_variables, -1), np.tile(np.arange(n_cells), n_times))
        return moments

    def add(self, values, cell):
        """Add tuples ``(n_variables, n_tuples)`` in cells ``(n_tuples,)``."""
        values, cell = np.ascontiguousarray(values, np.float64), np.ascontiguousarray(cell, np.int64)
        if values.shape != (len(self.mean), len(cell)):
            raise ValueError(f"values have shape {values.shape}; expected {(len(self.mean), len(cell))}")
        if len(cell) and not 0 <= cell.min() <= cell.max() < len(self.n):
            raise ValueError(f"cells from {cell.min()} to {cell.max()}; expected 0 to {len(self.n) - 1}")
        _add(values, cell, self.n, self.mean, self.products)

    def merge(self, other):
        """Add the statistics of another part of the data."""
        n = self.n + other.n
        share = other.n / np.maximum(n, 1)
        difference = other.mean - self.mean
        self.products += other.products + difference[:, None] * difference[None] * (self.n * share)
        self.mean += difference * share
        self.n = n

    def covariance(self):
        """Return the sample covariances ``(n_variables, n_variables, n_cells)``, divisor n - 1; NaN with fewer than two."""
        return np.divide(self.products, self.n - 1, out=np.full(self.products.shape, np.nan), where=self.n > 1)

    def select(self, *variables):
        """Return the statistics of some of the variables, over the times of all."""
        chosen = CoMoments(0, 0)
        chosen.n, chosen.mean = self.n, self.mean[list(variables)]
        chosen.products = self.products[np.ix_(variables, variables)]
        return chosen


@driver_kernel
def _add(values, cells, n, mean, products):
    n_variables = values.shape[0]
    deviation = np.empty(n_variables)
    for i in range(len(cells)):
        cell, complete = cells[i], True
        for a in range(n_variables):
            complete = complete and np.isfinite(values[a, i])
        if not complete:
            continue
        n[cell] += 1
        for a in range(n_variables):
            deviation[a] = values[a, i] - mean[a, cell]
            mean[a, cell] += deviation[a] / n[cell]
        for a in range(n_variables):
            for b in range(a, n_variables):
                products[a, b, cell] += deviation[a] * (values[b, i] - mean[b, cell])
                products[b, a, cell] = products[a, b, cell]
