"""Sums over the rows of sparse weights, each in the order of its entries and with the digits that rounding loses."""

import math

import numpy as np

from landda_hpc.jit import driver_kernel, kernel

ROUNDING = 1.0e-15  # of a value: a mean that is this far beyond its terms is equal to one of them


@kernel
def _add(total, lost, term):
    """Return a sum and its lost digits with a term more (Neumaier 1974): rows may have thousands of terms."""
    new = total + term
    lost += (total - new) + term if abs(total) >= abs(term) else (term - new) + total
    return new, lost


@driver_kernel
def apply_rows(start, index, weight, values, result):
    """Fill the rows that have weights; what is beyond the least or greatest value of a row by rounding alone becomes it."""
    for k in range(values.shape[0]):
        for target in range(len(start) - 1):
            if start[target + 1] > start[target]:
                total, lost = 0.0, 0.0
                least, greatest = math.inf, -math.inf
                for place in range(start[target], start[target + 1]):
                    value = values[k, index[place]]
                    total, lost = _add(total, lost, weight[place] * value)
                    least, greatest = min(least, value), max(greatest, value)
                total += lost
                margin = ROUNDING * max(abs(least), abs(greatest))
                if greatest < total <= greatest + margin:
                    total = greatest
                elif least - margin <= total < least:
                    total = least
                result[k, target] = total


@driver_kernel
def _sums(start, values, result):
    for row in range(len(result)):
        total, lost = 0.0, 0.0
        for place in range(start[row], start[row + 1]):
            total, lost = _add(total, lost, values[place])
        result[row] = total + lost


def row_sums(matrix):
    """Return the sums of the rows, term by term."""
    sums = np.empty(matrix.shape[0])
    _sums(matrix.indptr.astype(np.int64), matrix.data, sums)
    return sums
