"""Rows of remapping weights: shared by the ranks, masked, scaled to one, the nearest land where too little is left."""

import numpy as np
from scipy.sparse import csr_matrix

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.remap_points import nearest_columns
from landda_hpc.coupling.row_sums import row_sums
from landda_hpc.errors import ConfigError
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.parallel.rooted import together
from landda_hpc.parallel.shares import in_shares

LEAST_WEIGHT = 0.05  # of a row, that land must have
FARTHEST = 500.0  # km, to the nearest land cell
SAME_AREA = 1.0e-9  # relative: a column whose overlaps sum to its area is covered


def of_points(method, make_matrix, source_grid, target_grid, communicator, classes=None, source_mask=None,
              target_mask=None):
    """Return rows by a matrix of points ``make_matrix(grid, latitude, longitude)``, among equal classes if given."""
    source, target = columns_of(source_grid), columns_of(target_grid)

    def share(first, last):
        part = make_matrix(source_grid, target.latitude[first:last], target.longitude[first:last])
        return np.diff(part.indptr), part.indices, part.data

    return by_shares(method, share, source, target, communicator, classes, source_mask, target_mask)


def by_shares(method, share, source, target, communicator, classes=None, source_mask=None, target_mask=None):
    """Return rows by the counts, sources and weights of rows that ``share(first, last)`` gives."""
    communicator = communicator or SerialCommunicator()
    found = in_shares(communicator, target.n_columns, share)

    def finish():
        count, index, data = found
        covered = None
        start = np.concatenate([[0], np.cumsum(count)])
        matrix = csr_matrix((data, index, start), shape=(target.n_columns, source.n_columns))
        if classes is not None:
            covered = row_sums(matrix)
            matrix.data = matrix.data * (classes[0][index] == np.repeat(classes[1], count))
        return finish_rows(method, source, target, matrix, source_mask, target_mask, covered)

    return together(communicator, finish)


def of_nearest(method, find, source, target_grid, target_mask, communicator, *of_targets):
    """Return rows of one source each, ``find(latitude, longitude, *of_targets)``, -1 for none."""
    communicator = communicator or SerialCommunicator()
    target = columns_of(target_grid)
    found = in_shares(communicator, target.n_columns, lambda first, last: (
        find(*(values[first:last] for values in (target.latitude, target.longitude, *of_targets))),))

    def finish():
        column = found[0]
        row = np.flatnonzero(column >= 0)
        matrix = csr_matrix((np.ones(len(row)), (row, column[row])), shape=(target.n_columns, source.n_columns))
        return finish_rows(method, source, target, matrix, None, target_mask)

    return together(communicator, finish)


def checked_classes(source_class, source, target_class, target):
    """Return the soil classes of both sides, checked."""
    classes = []
    for given, side, name in ((source_class, source, "source_class"), (target_class, target, "target_class")):
        classes.append(np.asarray(given).ravel())
        if len(classes[-1]) != side.n_columns:
            raise ConfigError(f"{name} has {len(classes[-1])} values, expected {side.n_columns} of {side.name}.")
    return classes


def checked_mask(mask, n_columns, name):
    """Return a mask or fraction ``(n_columns,)`` from 0 to 1, checked."""
    mask = np.asarray(mask, np.float64).ravel()
    if len(mask) != n_columns or not (np.isfinite(mask) & (mask >= 0.0) & (mask <= 1.0)).all():
        raise ConfigError(f"{name} has {len(mask)} values from {np.min(mask, initial=np.inf):g} to "
                          f"{np.max(mask, initial=-np.inf):g}, expected {n_columns} from 0 to 1.")
    return mask


def agreeing_areas(area, covered):
    """Return areas in which those of covered columns are the sums of their overlaps, so that sums agree to the last digits."""
    return np.where(np.abs(covered - area) <= SAME_AREA * area, covered, area)


def finish_rows(method, source, target, matrix, source_mask=None, target_mask=None, full=None):
    """Return what a :class:`~landda_hpc.coupling.remap.Remap` is made of, in the order of its attributes.

    The rows of a matrix are the land's alone, scaled to one, the nearest land where too little is left. ``full`` are the sums
    of the rows without a mask; for conservative weights they are areas.
    """
    matrix = csr_matrix(matrix)
    full = row_sums(matrix) if full is None else full
    if source_mask is not None:
        mask = checked_mask(source_mask, source.n_columns, "source_mask")
        matrix.data = matrix.data * mask[matrix.indices]
    remaining = row_sums(matrix)
    lacking = remaining < LEAST_WEIGHT * full if source_mask is not None else np.zeros(target.n_columns, bool)
    wanted = np.ones(target.n_columns, bool)
    if target_mask is not None:
        wanted = checked_mask(target_mask, target.n_columns, "target_mask") > 0.0
    kept = np.repeat(wanted & ~lacking, np.diff(matrix.indptr)) & (matrix.data != 0.0)
    row = np.repeat(np.arange(target.n_columns), np.diff(matrix.indptr))[kept]
    weight = matrix.data[kept] / remaining[row]
    column = matrix.indices[kept].astype(np.int64)
    fraction = np.zeros(target.n_columns)
    fraction[row] = 1.0
    source_fraction = np.zeros(source.n_columns)
    if method == "conservative":
        fraction *= np.minimum(remaining / target.area, 1.0)
        carried = np.bincount(column, weight * (target.area * fraction)[row], source.n_columns)
        source_fraction = carried / source.area
    alone = np.flatnonzero(wanted & lacking & (full > 0.0))
    if alone.size:
        found = nearest_columns(source, target.latitude[alone], target.longitude[alone], mask > 0.0, FARTHEST)
        alone, found = alone[found >= 0], found[found >= 0]
        row, column = np.concatenate([row, alone]), np.concatenate([column, found])
        weight = np.concatenate([weight, np.ones(len(alone))])
        order = np.argsort(row, kind="stable")
        row, column, weight = row[order], column[order], weight[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=target.n_columns))])
    return method, source, target, start, column, weight, source_fraction, fraction
