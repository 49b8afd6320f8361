"""Standard deviations of observation errors in the units of the model: constant, scaled like the values, or from a map.

A CDF-matched product has its error in the units of the product (ASCAT: 10 %); matching multiplies it by the slope of the
matching curve, taken as the ratio of the standard deviations of model and observations. Results are limited and say where.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.bias.codes import NO_CLIMATOLOGY, USABLE
from landda_hpc.bias.usability import MinimumCount


class ErrorLimits(NamedTuple):
    """Least and largest standard deviation after scaling [m3 m-3]."""

    floor: float = 0.01
    cap: float = 0.10


class ErrorTable(NamedTuple):
    """Errors per period (row 0 the whole record, 1 to 12 months) and cell.

    Attributes
    ----------
    std : ndarray (13, n_cells)
        Standard deviation [m3 m-3], NaN where the code is not ``USABLE``.
    code : ndarray of int8 (13, n_cells)
    limited : ndarray of int8 (13, n_cells)
        -1 where raised to the floor, 1 where lowered to the cap.
    """

    std: np.ndarray
    code: np.ndarray
    limited: np.ndarray


def constant_error(std, n_periods, n_cells):
    """Return the :class:`ErrorTable` of one standard deviation [m3 m-3] everywhere; it is not limited."""
    shape = (n_periods, n_cells)
    return ErrorTable(np.full(shape, float(std)), np.full(shape, USABLE, np.int8), np.zeros(shape, np.int8))


def matching_slope(observed, model, minimum=MinimumCount()):
    """Return the ratio of the standard deviations of model and observations, and reason codes, both ``(13, n_cells)``.

    Parameters
    ----------
    observed, model : Climatology
    minimum : MinimumCount
        Fewer samples, or observations that do not vary, give no slope.
    """
    std_observed, std_model = observed.std, model.std
    usable = (observed.n >= minimum.observed) & (model.n >= minimum.model) & (std_observed > 0.0) & np.isfinite(std_model)
    slope = np.divide(std_model, std_observed, out=np.full(usable.shape, np.nan), where=usable)
    return slope, np.where(usable, USABLE, NO_CLIMATOLOGY).astype(np.int8)


def scaled_error(error, observed, model, minimum=MinimumCount(), limits=ErrorLimits()):
    """Return the :class:`ErrorTable` of an error in the units of the product, scaled by the matching.

    Parameters
    ----------
    error : float
        Standard deviation in the units of the observations, as 10 %.
    observed, model : Climatology
    minimum : MinimumCount
    limits : ErrorLimits
    """
    slope, code = matching_slope(observed, model, minimum)
    return _limited(error * slope, code, limits)


def mapped_error(error_map, fallback, slope=None, limits=ErrorLimits()):
    """Return the :class:`ErrorTable` of a map of errors in the units of the product.

    Parameters
    ----------
    error_map : ndarray (n_cells,) or (13, n_cells)
        NaN where the map has no value; those cells take the fallback.
    fallback : ErrorTable
    slope : ndarray (13, n_cells), optional
        Of the matching (:func:`matching_slope`); None for a product corrected by its anomaly, whose error does not change.
    limits : ErrorLimits
    """
    scaled = np.broadcast_to(error_map, fallback.std.shape) * (1.0 if slope is None else slope)
    mapped = _limited(scaled, np.where(np.isfinite(scaled), USABLE, NO_CLIMATOLOGY).astype(np.int8), limits)
    known = mapped.code == USABLE
    return ErrorTable(*(np.where(known, own, other) for own, other in zip(mapped, fallback)))


def _limited(std, code, limits):
    limited = (std > limits.cap).astype(np.int8) - (std < limits.floor).astype(np.int8)
    return ErrorTable(np.where(code == USABLE, np.clip(std, *limits), np.nan), code, limited)
