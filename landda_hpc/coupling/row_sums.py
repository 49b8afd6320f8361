"""Sums over the rows of sparse weights, each in the order of its entries and with the digits that rounding loses."""

import numpy as np

from landda_hpc.jit import driver_kernel, kernel


@kernel
def _add(total, lost, term):
    """Return a sum and its lost digits with a term more (Neumaier 1974): rows may have thousands of terms."""
    new = total + term
    lost += (total - new) + term if abs(total) >= abs(term) else (term - new) + total
    return new, lost


@driver_kernel
def apply_rows(start, index, weight, values, result):
    """Fill the rows that have weights."""
    for k in range(values.shape[0]):
        for target in range(len(start) - 1):
            if start[target + 1] > start[target]:
                total, lost = 0.0, 0.0
                for place in range(start[target], start[target + 1]):
                    total, lost = _add(total, lost, weight[place] * values[k, index[place]])
                result[k, target] = total + lost


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
