"""Errors of forecasts against analyses: of a region at one time, and of a cell over time.

With the error ``d = forecast - analysis``: the RMSD of a region is ``sqrt(sum(w d^2) / sum(w))`` with weights
``w = cos(latitude)``; the RMSD of a cell is ``sqrt(mean(d^2))`` over the times. Both are NaN without pairs.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.verification.weighted_sums import region_sums

#: Squared errors are summed as whole multiples of this [unit^2], so that neither the order of times nor the number of ranks
#: changes a digit of a sum.
QUANTUM = 2.0**-32
LARGEST_ERROR = 128.0  # of a temperature [K] or humidity [g kg-1]; 130 000 such squares still fit into 63 bits


class CellSums(NamedTuple):
    """Sums over time of squared errors of cells, of experiments that are all known or all missing; sums of parts add.

    Attributes
    ----------
    squares : ndarray of int64 (n_experiments, n_cells)
        In :data:`QUANTUM`.
    count : ndarray of int32 (n_cells,)
    """

    squares: np.ndarray
    count: np.ndarray

    def __add__(self, other):
        return CellSums(self.squares + other.squares, self.count + other.count)

    def add(self, other):
        """Add other sums to these, in place."""
        np.add(self.squares, other.squares, out=self.squares)
        np.add(self.count, other.count, out=self.count)

    def of_cells(self, cells):
        """Return the sums of a slice of the cells."""
        return CellSums(self.squares[:, cells], self.count[cells])

    def rmsd(self):
        """Return the RMSD ``(n_experiments, n_cells)`` over time."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.squares * QUANTUM / self.count)


def squares_of(errors):
    """Return the :class:`CellSums` of the errors ``(n_experiments, n_cells)`` of one time; cells with a NaN are left out.

    Raises
    ------
    ValueError
        For an error that no temperature [K] or humidity [g kg-1] can have; its argument is the experiment, then a text.
    """
    errors = np.asarray(errors, np.float64)
    known = np.isfinite(errors).all(axis=0)
    squares = np.empty(errors.shape, np.int64)
    for number, error in enumerate(errors):
        error = np.where(known, error, 0.0)
        largest = max(error.max(initial=0.0), -error.min(initial=0.0))
        if largest > LARGEST_ERROR:
            raise ValueError(number, f"an error of {largest:g}, expected at most {LARGEST_ERROR:g}: are the units of both the "
                                     "same?")
        error *= error
        error *= 1.0 / QUANTUM
        squares[number] = np.rint(error, out=error)
    return CellSums(squares, known.astype(np.int32))


def regional_rmsd(error, weights, masks):
    """Return the RMSD of regions ``(n_regions,)`` at one time.

    Parameters
    ----------
    error : array (n_cells,)
        NaN are left out.
    weights : array (n_cells,)
    masks : array of bool (n_regions, n_cells)
    """
    error = np.asarray(error, np.float64)
    known = np.isfinite(error)
    squares, total = region_sums([np.where(known, error * error, 0.0) * weights, weights], known, masks)
    return np.sqrt(_share(squares, total))


def _share(part, whole):
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)


def mean_difference(experiment, baseline, weights, masks):
    """Return the weighted mean ``(n_regions,)`` of RMSD of an experiment minus that of a baseline, each ``(n_cells,)``."""
    difference = np.asarray(experiment) - np.asarray(baseline)
    known = np.isfinite(difference)
    return _share(*region_sums([np.where(known, difference, 0.0) * weights, weights], known, masks))


def daily_means(series, day):
    """Return the means of a series by day, from the first to the last day; days without values are NaN.

    Parameters
    ----------
    series : array (n_times,)
    day : array of int (n_times,)
    """
    series, day = np.asarray(series, np.float64), np.asarray(day, np.int64)
    known = np.isfinite(series)
    place = (day - day.min())[known]
    length = int(day.max() - day.min()) + 1
    total, count = np.bincount(place, series[known], length), np.bincount(place, minlength=length)
    return np.divide(total, count, out=np.full(length, np.nan), where=count > 0)
