"""Observations as the corrections take them: 1-D arrays of value, period and cell, checked once before a kernel runs."""

from typing import NamedTuple

import numpy as np


class Corrected(NamedTuple):
    """Corrected values ``(n_obs,)``, NaN where the code is not ``USABLE``, and reason codes (``bias.codes``)."""

    value: np.ndarray
    code: np.ndarray


def checked(values, period, cell, n_periods, n_cells):
    """Return the three as 1-D float64 and int64 arrays of one length.

    Raises
    ------
    ValueError
        For a period or a cell that the tables do not have.
    """
    values = np.ascontiguousarray(values, np.float64).reshape(-1)
    # Copies: a kernel takes a view that cannot be written for another type and would be compiled again.
    period = np.array(np.broadcast_to(np.asarray(period, np.int64), values.shape))
    cell = np.array(np.broadcast_to(np.asarray(cell, np.int64), values.shape))
    for name, index, size in (("period", period, n_periods), ("cell", cell, n_cells)):
        outside = (index < 0) | (index >= size)
        if outside.any():
            first = int(np.argmax(outside))
            raise ValueError(f"{name} of observation {first} is {index[first]}; expected 0 to {size - 1}")
    return values, period, cell
