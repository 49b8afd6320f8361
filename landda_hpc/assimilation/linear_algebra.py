"""Small dense linear systems ``A X = B`` without allocation, in the leading part of larger work arrays."""

import math

from landda_hpc.jit import driver_kernel


@driver_kernel(makes_arrays=False)
def cholesky(matrix, n):
    """Replace the lower triangle of the leading ``n x n`` part by the Cholesky factor; return whether that is possible."""
    for row in range(n):
        for column in range(row + 1):
            value = matrix[row, column]
            for k in range(column):
                value -= matrix[row, k] * matrix[column, k]
            if row == column:
                if not value > 0.0:
                    return False
                matrix[row, row] = math.sqrt(value)
            else:
                matrix[row, column] = value / matrix[column, column]
    return True


@driver_kernel(makes_arrays=False)
def solve_cholesky(factor, n, right, n_right):
    """Replace the leading ``n`` rows and ``n_right`` columns of ``right`` by the solution for a Cholesky factor."""
    for row in range(n):
        for k in range(row):
            weight = factor[row, k]
            for column in range(n_right):
                right[row, column] -= weight * right[k, column]
        for column in range(n_right):
            right[row, column] /= factor[row, row]
    for row in range(n - 1, -1, -1):
        for k in range(row + 1, n):
            weight = factor[k, row]
            for column in range(n_right):
                right[row, column] -= weight * right[k, column]
        for column in range(n_right):
            right[row, column] /= factor[row, row]


@driver_kernel(makes_arrays=False)
def solve_lu(matrix, n, right, n_right):
    """Do the same for any matrix by elimination with partial pivoting, which overwrites it; return whether it is regular."""
    for step in range(n):
        pivot = step
        for row in range(step + 1, n):
            if abs(matrix[row, step]) > abs(matrix[pivot, step]):
                pivot = row
        if not abs(matrix[pivot, step]) > 0.0:
            return False
        for column in range(n):
            matrix[step, column], matrix[pivot, column] = matrix[pivot, column], matrix[step, column]
        for column in range(n_right):
            right[step, column], right[pivot, column] = right[pivot, column], right[step, column]
        for row in range(step + 1, n):
            weight = matrix[row, step] / matrix[step, step]
            for column in range(step, n):
                matrix[row, column] -= weight * matrix[step, column]
            for column in range(n_right):
                right[row, column] -= weight * right[step, column]
    for row in range(n - 1, -1, -1):
        for k in range(row + 1, n):
            weight = matrix[row, k]
            for column in range(n_right):
                right[row, column] -= weight * right[k, column]
        for column in range(n_right):
            right[row, column] /= matrix[row, row]
    return True
