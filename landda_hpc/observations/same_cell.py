"""The same observation more than once: in one granule, or in files that overlap or were delivered again."""

import numpy as np

from landda_hpc.observations.codes import ACCEPTED, reject


def reject_same_cell(code, row, column, time, within=np.inf):
    """Give code D1 to accepted observations of a cell that come again within so many seconds; the later is kept.

    Parameters
    ----------
    code : ndarray of int16
        Changed in place.
    row, column : ndarray of int
        Cell of the product's grid.
    time : ndarray
        [s]; of equal times the last in the array is kept.
    within : float
        [s].
    """
    accepted = np.flatnonzero(code == ACCEPTED)
    order = accepted[np.lexsort((accepted, time[accepted], column[accepted], row[accepted]))]
    following = (row[order][1:] == row[order][:-1]) & (column[order][1:] == column[order][:-1])
    following &= time[order][1:] - time[order][:-1] <= within
    _reject_first(code, order, following)


def reject_same_node(batch):
    """Give code D1 to accepted observations that another one of the same platform, time and place follows; changes codes."""
    accepted = np.flatnonzero(batch.code == ACCEPTED)
    keys = [column[accepted] for column in (batch.platform, batch.time, batch.latitude, batch.longitude)]
    order = accepted[np.lexsort((accepted, *keys))]
    following = np.ones(max(len(order) - 1, 0), bool)
    for column in (batch.platform, batch.time, batch.latitude, batch.longitude):
        following &= column[order][1:] == column[order][:-1]
    _reject_first(batch.code, order, following)


def _reject_first(code, order, followed):
    """Reject each observation of the order that the next one repeats."""
    again = np.zeros(len(code), bool)
    again[order[:-1][followed]] = True
    reject(code, again, "D1")
