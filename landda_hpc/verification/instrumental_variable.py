"""Error variances of two data sets, with the lagged satellite product as the instrument.

The errors of the satellite are taken as white in time, those of the model are not, so the model's own lag is never the
instrument (Su et al. 2014, doi:10.1002/2014JD021482; Dong et al. 2020, doi:10.1016/j.rse.2020.111923 for correlated errors).
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.verification.co_moments import CoMoments

MINIMUM_PAIRS = 60


class PairEstimate(NamedTuple):
    """Estimates per cell ``(n_cells,)``, NaN where the requirements are not met.

    Attributes
    ----------
    scale : ndarray
        ``s``, the scale of x relative to y.
    error_x, error_y : ndarray
        Error variances in each one's own units, squared.
    """

    scale: np.ndarray
    error_x: np.ndarray
    error_y: np.ndarray


class CorrelatedEstimate(NamedTuple):
    """Two data sets i, j with common errors and an independent k, per cell ``(n_cells,)``; NaN where not estimated.

    ``error_ij`` is the covariance of their errors; ``error_k`` comes from the pair (i, k), ``error_k_by_j`` from (j, k).
    """

    error_i: np.ndarray
    error_j: np.ndarray
    error_k: np.ndarray
    error_k_by_j: np.ndarray
    error_ij: np.ndarray


def pair_moments(x, y):
    """Return the :class:`CoMoments` of ``x_t, y_t, x_{t-1}, y_{t-1}`` from series ``(n_times[, n_cells])`` at equal intervals.

    NaN are missing times; only times of which all four are known count.
    """
    x, y = np.asarray(x), np.asarray(y)
    return CoMoments.of_series(x[1:], y[1:], x[:-1], y[:-1])


def triple_moments(i, j, k):
    """Return the :class:`CoMoments` of ``i_t, j_t, k_t, j_{t-1}, k_{t-1}`` from series as for :func:`pair_moments`."""
    i, j, k = (np.asarray(series) for series in (i, j, k))
    return CoMoments.of_series(i[1:], j[1:], k[1:], j[:-1], k[:-1])


def instrumental_variable(moments, white_errors=False, minimum=MINIMUM_PAIRS):
    """Return the :class:`PairEstimate` of model x and satellite y.

    Parameters
    ----------
    moments : CoMoments
        Of ``x_t, y_t, x_{t-1}, y_{t-1}``.
    white_errors : bool
        Take both lags as instruments, ``s^2 = cov(x_t, x_{t-1}) / cov(y_t, y_{t-1})``; only if the errors of both are white.
    minimum : int
        Lagged pairs.
    """
    c = moments.covariance()
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(c[0, 2] / c[1, 3]) if white_errors else c[0, 3] / c[1, 3]
    # The lag covariance of y must be positive, and so that of x where it is used; the scale is positive with both.
    usable = (moments.n >= minimum) & (c[1, 3] > 0.0) & (scale > 0.0)
    return _pair(scale, c[0, 0], c[1, 1], c[0, 1], usable)


def correlated_errors(moments, minimum=MINIMUM_PAIRS):
    """Return the :class:`CorrelatedEstimate` of two data sets with common errors.

    Parameters
    ----------
    moments : CoMoments
        Of ``i_t, j_t, k_t, j_{t-1}, k_{t-1}``.
    minimum : int
        Lagged pairs.
    """
    c = moments.covariance()
    lag_j, lag_k = c[1, 3], c[2, 4]
    usable = (moments.n >= minimum) & (lag_j > 0.0) & (lag_k > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = c[0, 1] - np.sqrt(lag_j / lag_k) * c[0, 2]
        by_i = _pair(c[0, 4] / lag_k, c[0, 0], c[2, 2], c[0, 2], usable)
        by_j = _pair(c[1, 4] / lag_k, c[1, 1], c[2, 2], c[1, 2], usable)
    possible = np.abs(common) <= np.sqrt(c[0, 0] * c[1, 1])
    return CorrelatedEstimate(by_i.error_x, by_j.error_x, by_i.error_y, by_j.error_y,
                              np.where(usable & possible, common, np.nan))


def _pair(scale, variance_x, variance_y, covariance, usable):
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = variance_x - scale * covariance, variance_y - covariance / scale
    inside = usable
    for error, variance in zip(errors, (variance_x, variance_y)):
        inside = inside & (error >= 0.0) & (error <= variance)
    return PairEstimate(*(np.where(inside, values, np.nan) for values in (scale, *errors)))
