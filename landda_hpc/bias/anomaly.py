"""Anomaly correction: the observed anomaly is added to the mean of the model, the variance stays.

``y = v - mean_observed + mean_model`` with means over the whole record, the calendar month, or a moving window of days.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.bias.codes import MISSING, NO_CLIMATOLOGY, USABLE
from landda_hpc.bias.observations import checked
from landda_hpc.bias.usability import MinimumCount
from landda_hpc.jit import driver_kernel

#: Least value after the correction [m3 m-3].
FLOOR = 0.01
MINIMUM_ALL = MinimumCount(100, 500)
MINIMUM_MONTH = MinimumCount(30, 60)


class AnomalyTables(NamedTuple):
    """What is added to an observation ``(n_periods, n_cells)``, and reason codes of the same shape."""

    shift: np.ndarray
    code: np.ndarray


class AnomalyCorrected(NamedTuple):
    """Corrected values ``(n_obs,)``, NaN where the code is not ``USABLE``, reason codes, and which were raised to the floor."""

    value: np.ndarray
    code: np.ndarray
    at_floor: np.ndarray


def anomaly_tables(observed, model, minimum_all=MINIMUM_ALL, minimum_month=MINIMUM_MONTH):
    """Return the :class:`AnomalyTables` of two climatologies: row 0 for ``all``, rows 1 to 12 for ``month``.

    Parameters
    ----------
    observed, model : Climatology
    minimum_all, minimum_month : MinimumCount
        Least numbers of samples of the whole record and of a month.
    """
    code = _count_codes(observed.n, model.n, minimum_month)
    code[0] = _count_codes(observed.n[0], model.n[0], minimum_all)
    return AnomalyTables(model.mean - observed.mean, code)


def smooth_anomaly_tables(observed, model, window=31, minimum=MINIMUM_MONTH):
    """Return the :class:`AnomalyTables` of moving windows: row d - 1 for day d of a leap year.

    Parameters
    ----------
    observed, model : DayMeans
    window : int
        Days.
    minimum : MinimumCount
        Least numbers of samples in a window; those of a month, which is about as long.
    """
    (n_observed, mean_observed), (n_model, mean_model) = observed.window(window), model.window(window)
    return AnomalyTables(mean_model - mean_observed, _count_codes(n_observed, n_model, minimum))


def correct_anomaly(values, period, cell, tables, floor=FLOOR):
    """Return the :class:`AnomalyCorrected` observations.

    Parameters
    ----------
    values : array (n_obs,)
    period, cell : int or array of int (n_obs,)
        Row of the tables and local point.
    tables : AnomalyTables
    floor : float
        Results below are raised to it; the quality control that follows rejects them in all but the driest soils.
    """
    values, period, cell = checked(values, period, cell, *tables.code.shape)
    result = AnomalyCorrected(np.empty(len(values)), np.empty(len(values), np.int8), np.empty(len(values), np.bool_))
    _correct(values, period, cell, tables.shift, tables.code, floor, *result)
    return result


def _count_codes(n_observed, n_model, minimum):
    enough = (n_observed >= minimum.observed) & (n_model >= minimum.model)
    return np.where(enough, USABLE, NO_CLIMATOLOGY).astype(np.int8)


@driver_kernel
def _correct(values, period, cell, shift, usable, floor, result, code, at_floor):
    for i in range(len(values)):
        code[i] = MISSING if np.isnan(values[i]) else usable[period[i], cell[i]]
        moved = values[i] + shift[period[i], cell[i]]
        at_floor[i] = code[i] == USABLE and moved < floor
        result[i] = max(moved, floor) if code[i] == USABLE else np.nan
