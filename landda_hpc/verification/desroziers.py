"""Consistency of observation and background errors with what the filter assumed (Desroziers et al. 2005).

With ``d_b`` the innovation and ``d_a`` the residual, over a cell and season: ``E[d_b^2] = s2 + R``, ``E[d_a d_b] = R`` and
``E[(d_b - d_a) d_b] = s2``, doi:10.1256/qj.05.108. Ratios of left to right near 1 say that the assumptions hold.
"""

from typing import NamedTuple

import numpy as np


class ConsistencyRatios(NamedTuple):
    """Ratios of diagnosed to assumed variances per group ``(n_groups,)``, NaN with too few observations."""

    n: np.ndarray
    total: np.ndarray
    observation: np.ndarray
    background: np.ndarray


def consistency_ratios(innovation, residual, background_variance, error_variance, group, n_groups, minimum=50):
    """Return the :class:`ConsistencyRatios` of groups of observations, as of a cell and season.

    Parameters
    ----------
    innovation, residual : array (n_obs,)
        Unperturbed observation minus mean prediction before and after the analysis.
    background_variance, error_variance : array (n_obs,)
        ``s2`` and ``R`` as the filter used them.
    group : array of int (n_obs,)
    n_groups : int
    minimum : int
        Observations of a group.
    """
    innovation, residual = np.asarray(innovation, np.float64), np.asarray(residual, np.float64)
    background_variance, error_variance = (np.asarray(v, np.float64) for v in (background_variance, error_variance))
    terms = [innovation ** 2, residual * innovation, (innovation - residual) * innovation,
             background_variance + error_variance, error_variance, background_variance]
    n, sums = _sums(terms, group, n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [np.where(n >= minimum, sums[k] / sums[k + 3], np.nan) for k in range(3)]
    return ConsistencyRatios(n, *ratios)


def cross_term(residual, other_innovation, group, n_groups, minimum=50):
    """Return the mean of products of one sensor's residual and another's innovation at the same times, per group.

    Near zero where the errors of the sensors are independent; NaN with too few pairs.
    """
    n, (products,) = _sums([np.asarray(residual, np.float64) * other_innovation], group, n_groups)
    return np.divide(products, n, out=np.full(n_groups, np.nan), where=n >= minimum)


def _sums(terms, group, n_groups):
    """Return counts and sums of terms by group; an observation of which any is missing is left out of all."""
    known = np.isfinite(terms).all(axis=0)
    group = np.asarray(group)[known]
    return (np.bincount(group, minlength=n_groups),
            [np.bincount(group, weights=term[known], minlength=n_groups) for term in terms])
