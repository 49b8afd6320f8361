"""CDF matching by equal bins without interpolation, as NASA LIS does: the parity mode ``cdf: lis_bins``.

Construction takes two passes over the record: the range, then counts in ``n_bins`` bins centred on ``x_i = min + i delta``.
Bin indices round halves away from zero. Abscissae and cumulative fractions are accumulated in order, because which model bin
first reaches a probability depends on their rounding.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.bias.codes import MISSING, NO_CLIMATOLOGY, OUTSIDE_LIMITS, STEP_CLIMATOLOGY, USABLE
from landda_hpc.bias.observations import Corrected, checked
from landda_hpc.jit import driver_kernel, kernel

#: LIS accepts values above the first and up to the second [m3 m-3].
LIMITS = (0.0001, 0.45)
LEAST_SPREAD = 0.05


class BinnedCdf(NamedTuple):
    """Abscissae and cumulative fractions ``(n_bins, n_periods, n_cells)``, and where there were enough data."""

    abscissa: np.ndarray
    fraction: np.ndarray
    valid: np.ndarray


class BinnedCdfBuilder:
    """Two passes over a record: :meth:`scan` every batch, then :meth:`count` every batch, then :meth:`finish`.

    Parameters
    ----------
    n_periods, n_cells : int
    n_bins : int
    """

    def __init__(self, n_periods, n_cells, n_bins=100):
        self.smallest = np.full((n_periods, n_cells), np.inf)
        self.largest = np.full((n_periods, n_cells), -np.inf)
        self.counts = np.zeros((n_bins, n_periods, n_cells), np.int64)

    def scan(self, values, period, cell):
        """Widen the ranges by a batch of values ``(n_obs,)``; NaN are left out."""
        _scan(*checked(values, period, cell, *self.smallest.shape), self.smallest, self.largest)

    def count(self, values, period, cell):
        """Count a batch of values, all of which were scanned."""
        values, period, cell = checked(values, period, cell, *self.smallest.shape)
        if not _count(values, period, cell, self.smallest, self.largest, self.counts):
            raise ValueError("a value to be counted is outside the range of those scanned: both passes need the same record")

    def finish(self, threshold=0):
        """Return the :class:`BinnedCdf`; cells need more values than ``threshold``."""
        n_bins = len(self.counts)
        total = self.counts.sum(axis=0)
        abscissa, fraction = np.empty(self.counts.shape), np.empty(self.counts.shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            step = (self.largest - self.smallest) / (n_bins - 1)
            abscissa[0], fraction[0] = self.smallest, self.counts[0] / total
            for i in range(1, n_bins):
                abscissa[i] = abscissa[i - 1] + step
                fraction[i] = fraction[i - 1] + self.counts[i] / total
        return BinnedCdf(abscissa, fraction, total > threshold)


def match_bins(values, period, cell, observed, model, limits=LIMITS):
    """Return the :class:`Corrected` values of observations in the climatology of the model.

    Parameters
    ----------
    values : array (n_obs,)
    period, cell : int or array of int (n_obs,)
        Row of the tables and local point.
    observed, model : BinnedCdf
    limits : tuple of float
        Results must be above the first and not above the second.
    """
    values, period, cell = checked(values, period, cell, *observed.valid.shape)
    code = np.where(observed.valid & model.valid, USABLE, NO_CLIMATOLOGY).astype(np.int8)
    _find_steps(observed.abscissa, observed.fraction, code, True)
    _find_steps(model.abscissa, model.fraction, code, False)
    result = Corrected(np.empty(len(values)), np.empty(len(values), np.int8))
    _match(values, period, cell, observed.abscissa, observed.fraction, model.abscissa, model.fraction, code, *limits, *result)
    return result


@driver_kernel
def _scan(values, period, cell, smallest, largest):
    for i in range(len(values)):
        if not np.isnan(values[i]):
            smallest[period[i], cell[i]] = min(smallest[period[i], cell[i]], values[i])
            largest[period[i], cell[i]] = max(largest[period[i], cell[i]], values[i])


@kernel
def _nearest_bin(value, first, step):
    """Return the index of the bin of a value, halves away from zero; 0 where bins have no width."""
    position = (value - first) / step if step > 0.0 else 0.0
    return int(np.floor(position + 0.5)) if position >= 0.0 else int(np.ceil(position - 0.5))


@driver_kernel
def _count(values, period, cell, smallest, largest, counts):
    n_bins = counts.shape[0]
    for i in range(len(values)):
        if np.isnan(values[i]):
            continue
        low, high = smallest[period[i], cell[i]], largest[period[i], cell[i]]
        if values[i] < low or values[i] > high:
            return False
        counts[min(_nearest_bin(values[i], low, (high - low) / (n_bins - 1)), n_bins - 1), period[i], cell[i]] += 1
    return True


@driver_kernel
def _abscissa_at(probability, period, cell, abscissa, fraction):
    """Return the abscissa whose cumulative fraction is closest to a probability, the first one on ties."""
    best = 0
    for i in range(1, abscissa.shape[0]):
        if abs(fraction[i, period, cell] - probability) < abs(fraction[best, period, cell] - probability):
            best = i
    return abscissa[best, period, cell]


@driver_kernel
def _find_steps(abscissa, fraction, code, needs_range):
    """Set the code of periods and cells whose interquartile range is too small a part of the range, or that have none."""
    last = abscissa.shape[0] - 1
    for period in range(code.shape[0]):
        for cell in range(code.shape[1]):
            if code[period, cell] == USABLE:
                spread = abscissa[last, period, cell] - abscissa[0, period, cell]
                quartiles = (_abscissa_at(0.75, period, cell, abscissa, fraction)
                             - _abscissa_at(0.25, period, cell, abscissa, fraction))
                if quartiles < LEAST_SPREAD * spread or (needs_range and spread <= 0.0):
                    code[period, cell] = STEP_CLIMATOLOGY


@driver_kernel
def _match(values, period, cell, x_observed, f_observed, x_model, f_model, usable, lower, upper, result, code):
    last = x_observed.shape[0] - 1
    last_model = x_model.shape[0] - 1
    for i in range(len(values)):
        result[i] = np.nan
        code[i] = usable[period[i], cell[i]]
        if np.isnan(values[i]):
            code[i] = MISSING
        elif code[i] == USABLE:
            first = x_observed[0, period[i], cell[i]]
            step = (x_observed[last, period[i], cell[i]] - first) / last
            b = min(max(_nearest_bin(values[i], first, step), 0), last)
            probability = min(f_observed[b, period[i], cell[i]], 1.0)
            k = 0
            while k < last_model and f_model[k, period[i], cell[i]] < probability:
                k += 1
            result[i] = x_model[k, period[i], cell[i]]
            if result[i] > upper or result[i] <= lower:
                result[i], code[i] = np.nan, OUTSIDE_LIMITS
