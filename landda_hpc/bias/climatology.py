"""Climatologies from a long record in one pass: counts, means, variances, ranges and histograms per month and cell.

Batches of observations are added as they are read; parts made of other times are merged. Counts, extremes and histograms do
not depend on the order, bit for bit; means and squared deviations (Welford, Chan et al.) do by rounding. The same values in
the same order give the same bits, so a record split over ranks by cell does not depend on their number.

Memory per cell: 12 months of histograms with 16-bit counters and 40 bytes of moments, 6.2 kB with 240 bins; 1.5 GB for
240,000 cells, divided among the ranks that own them. Where a counter is full all are promoted to 32 bits.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.bias.histogram import counter_of, quantiles_of
from landda_hpc.bias.observations import checked
from landda_hpc.bias.quantile_match import NODES
from landda_hpc.bias.usability import pooled_count
from landda_hpc.errors import InputError
from landda_hpc.jit import driver_kernel

N_MONTHS = 12
MOMENTS = ("n", "mean", "m2", "vmin", "vmax")


class Climatology(NamedTuple):
    """Statistics of a record per period (row 0 the whole record, 1 to 12 the calendar months) and cell.

    Attributes
    ----------
    n : ndarray of int64 (13, n_cells)
    mean, m2, vmin, vmax : ndarray (13, n_cells)
        Mean, sum of squared deviations, minimum and maximum; NaN (``m2`` 0) without data.
    quantiles : ndarray (n_nodes, 13, n_cells)
        At the probabilities ``quantile_match.NODES``.
    pooled_quantiles : ndarray (n_nodes, 12, n_cells)
        Of each month together with its two neighbours.
    """

    n: np.ndarray
    mean: np.ndarray
    m2: np.ndarray
    vmin: np.ndarray
    vmax: np.ndarray
    quantiles: np.ndarray
    pooled_quantiles: np.ndarray

    @property
    def std(self):
        """Sample standard deviation ``(13, n_cells)``, divisor n - 1; NaN with fewer than two values."""
        return sample_std(self.m2, self.n)

    @property
    def pooled_n(self):
        """Counts ``(13, n_cells)`` of each month together with its two neighbours; that of the whole record in row 0."""
        return pooled_count(self.n)


class SomePeriods(NamedTuple):
    """Of a :class:`Climatology`, what matching and errors need of some of its periods, in ascending order.

    Attributes
    ----------
    n, mean, m2, pooled_n : ndarray (n_periods, n_cells)
    quantiles : ndarray (n_nodes, n_periods, n_cells)
    pooled_quantiles : ndarray (n_nodes, n_months, n_cells)
        Of the months among the periods.
    """

    n: np.ndarray
    mean: np.ndarray
    m2: np.ndarray
    quantiles: np.ndarray
    pooled_quantiles: np.ndarray
    pooled_n: np.ndarray

    @property
    def std(self):
        """Sample standard deviation ``(n_periods, n_cells)``."""
        return sample_std(self.m2, self.n)


def sample_std(m2, n):
    """Return the standard deviation, divisor n - 1, of sums of squared deviations; NaN with fewer than two values."""
    return np.sqrt(np.divide(m2, n - 1, out=np.full(m2.shape, np.nan), where=n > 1))


class ClimatologyStream:
    """Statistics of a record under construction.

    Parameters
    ----------
    n_cells : int
    bins : Bins

    Attributes
    ----------
    n, mean, m2, vmin, vmax : ndarray (12, n_cells)
    counts : ndarray of uint16 or uint32 (12, n_cells, n_counters)
    """

    def __init__(self, n_cells, bins):
        self.bins = bins
        self.n = np.zeros((N_MONTHS, n_cells), np.int64)
        self.mean = np.zeros((N_MONTHS, n_cells))
        self.m2 = np.zeros((N_MONTHS, n_cells))
        self.vmin = np.full((N_MONTHS, n_cells), np.inf)
        self.vmax = np.full((N_MONTHS, n_cells), -np.inf)
        self.counts = np.zeros((N_MONTHS, n_cells, bins.n_counters), np.uint16)

    @property
    def n_cells(self):
        """Number of cells."""
        return self.n.shape[1]

    def add(self, values, month, cell):
        """Add a batch of observations; NaN are missing and left out.

        Parameters
        ----------
        values : array (n_obs,)
        month : int or array of int (n_obs,)
            Calendar month, 1 to 12.
        cell : int or array of int (n_obs,)

        Raises
        ------
        InputError
            For a value outside the bins. Nothing of the batch has then been added.
        """
        values, rows, cell = checked(values, np.asarray(month, np.int64) - 1, cell, N_MONTHS, self.n_cells)
        outside = (values < self.bins.first) | (values > self.bins.last)
        if outside.any():
            first = int(np.argmax(outside))
            raise InputError(f"{int(outside.sum())} of {values.size} values are outside the histogram of a climatology.\n"
                             f"  first     {values[first]:g} in cell {cell[first]}, month {rows[first] + 1}\n"
                             f"  expected  {self.bins.first:g} to {self.bins.last:g}\n"
                             "  Check the units of the product and its quality control.")
        done = 0
        while done < len(values):
            done = _add(values, rows, cell, done, self.bins, self.n, self.mean, self.m2, self.vmin, self.vmax, self.counts)
            if done < len(values):
                self.promote()

    def promote(self):
        """Widen the counters to 32 bits."""
        if self.counts.dtype == np.uint32:
            raise InputError(f"A histogram of the climatology has counted {2**32 - 1} values and is full.")
        self.counts = self.counts.astype(np.uint32)

    def merge(self, other, where=None):
        """Add the statistics of another part of the record, of the same cells and bins.

        Parameters
        ----------
        other : ClimatologyStream
        where : ndarray of bool (12, n_cells), optional
            Months and cells to be added.
        """
        if (other.bins, other.n_cells) != (self.bins, self.n_cells):
            raise ValueError(f"a climatology of {other.n_cells} cells and {other.bins} cannot be merged into one of "
                             f"{self.n_cells} cells and {self.bins}")
        where = np.ones(self.n.shape, bool) if where is None else where
        added = np.where(where, other.n, 0), other.mean, np.where(where, other.m2, 0.0)
        self.n, self.mean, self.m2 = merged_moments((self.n, self.mean, self.m2), added)
        np.minimum(self.vmin, other.vmin, out=self.vmin, where=where)
        np.maximum(self.vmax, other.vmax, out=self.vmax, where=where)
        for month in range(N_MONTHS):
            total = self.counts[month] + other.counts[month] * where[month][:, None].astype(np.int64)
            while total.max(initial=0) > np.iinfo(self.counts.dtype).max:
                self.promote()
            self.counts[month] = total

    def finish(self, nodes=NODES):
        """Return the :class:`Climatology` of what was added."""
        whole = [self.n[:1], self.mean[:1], self.m2[:1]]
        for month in range(1, N_MONTHS):
            rows = slice(month, month + 1)
            whole = merged_moments(whole, (self.n[rows], self.mean[rows], self.m2[rows]))
        n, mean, m2 = (np.concatenate([total, own]) for total, own in zip(whole, (self.n, self.mean, self.m2)))
        mean[n == 0] = np.nan
        vmin, vmax = (np.concatenate([reduce(own, axis=0, keepdims=True), own])
                      for reduce, own in ((np.min, self.vmin), (np.max, self.vmax)))
        quantiles = np.empty((len(nodes), N_MONTHS + 1, self.n_cells))
        pooled = np.empty((len(nodes), N_MONTHS, self.n_cells))
        _all_quantiles(self.counts, self.bins, vmin, vmax, np.ascontiguousarray(nodes, np.float64), quantiles, pooled)
        for extreme in (vmin, vmax):
            extreme[n == 0] = np.nan
        return Climatology(n, mean, m2, vmin, vmax, quantiles, pooled)


def merged_moments(first, second):
    """Return count, mean and sum of squared deviations of two parts together (Chan et al. 1979)."""
    (n_a, mean_a, m2_a), (n_b, mean_b, m2_b) = first, second
    n = n_a + n_b
    share = n_b / np.maximum(n, 1)
    difference = mean_b - mean_a
    return n, mean_a + difference * share, m2_a + m2_b + difference ** 2 * (n_a * share)


@driver_kernel
def _add(values, rows, cells, start, bins, n, mean, m2, vmin, vmax, counts):
    """Add values from ``start`` on and return where it stopped: their number, or the first whose counter is full."""
    full = np.int64(65535) if counts.itemsize == 2 else np.int64(4294967295)
    for i in range(start, len(values)):
        value, row, cell = values[i], rows[i], cells[i]
        if np.isnan(value):
            continue
        counter = counter_of(value, bins.first, bins.last, bins.n_bins, bins.atoms)
        if np.int64(counts[row, cell, counter]) == full:
            return i
        counts[row, cell, counter] += 1
        n[row, cell] += 1
        deviation = value - mean[row, cell]
        mean[row, cell] += deviation / n[row, cell]
        m2[row, cell] += deviation * (value - mean[row, cell])
        vmin[row, cell] = min(vmin[row, cell], value)
        vmax[row, cell] = max(vmax[row, cell], value)
    return len(values)


@driver_kernel
def _all_quantiles(counts, bins, vmin, vmax, nodes, quantiles, pooled):
    """Set the quantiles of the whole record, of months and of months with their neighbours, cell by cell."""
    n_months, n_cells, n_counters = counts.shape
    whole, own, three = (np.empty(n_counters, np.int64), np.empty(n_counters, np.int64), np.empty(n_counters, np.int64))
    result = np.empty(len(nodes))
    for cell in range(n_cells):
        whole[:] = 0
        for month in range(n_months):
            before, after = (month - 1) % n_months, (month + 1) % n_months
            for counter in range(n_counters):
                own[counter] = counts[month, cell, counter]
                three[counter] = own[counter] + counts[before, cell, counter] + counts[after, cell, counter]
                whole[counter] += own[counter]
            quantiles_of(own, bins, vmin[month + 1, cell], vmax[month + 1, cell], nodes, result)
            quantiles[:, month + 1, cell] = result
            smallest = min(vmin[before + 1, cell], vmin[month + 1, cell], vmin[after + 1, cell])
            largest = max(vmax[before + 1, cell], vmax[month + 1, cell], vmax[after + 1, cell])
            quantiles_of(three, bins, smallest, largest, nodes, result)
            pooled[:, month, cell] = result
        quantiles_of(whole, bins, vmin[0, cell], vmax[0, cell], nodes, result)
        quantiles[:, 0, cell] = result
