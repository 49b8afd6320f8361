"""Triple collocation: error variances of three data sets that estimate one truth with independent errors.

With ``theta_k = alpha_k + beta_k theta + eps_k`` the covariances of a cell give the error variances
``err_x = var_x - cov_xy cov_xz / cov_yz`` and so on (Stoffelen 1998, doi:10.1029/97JC03180; McColl et al. 2014,
doi:10.1002/2014GL061322). Nothing is clipped: a value out of range says that the triplet breaks the assumptions, and the
screening marks it.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.verification.means import area_weighted_mean

PAIRS = ((0, 1), (0, 2), (1, 2))


class TripleCollocation(NamedTuple):
    """Estimates per cell; the first axis is the data set x, y, z.

    Attributes
    ----------
    n : ndarray of int64 (n_cells,)
        Triplets.
    error_variance : ndarray (3, n_cells)
        In each data set's own units, squared; negative where sampling or assumptions fail.
    fmse : ndarray (3, n_cells)
        Error variance over variance: 0 no noise, 1 no signal.
    r_squared : ndarray (3, n_cells)
        Squared correlation with the unknown truth, ``1 - fmse``.
    snr_db : ndarray (3, n_cells)
        Signal-to-noise ratio [dB], NaN where ``fmse`` is not between 0 and 1.
    beta : ndarray (3, n_cells)
        Scale relative to x; ``error_variance / beta ** 2`` is in the units of x.
    correlation, p_value : ndarray (3, n_cells)
        Of the pairs xy, xz, yz: Pearson correlation and its two-sided probability by chance.
    valid : ndarray of bool (n_cells,)
        Enough triplets, three positive and significant correlations, no negative error variance.
    """

    n: np.ndarray
    error_variance: np.ndarray
    fmse: np.ndarray
    r_squared: np.ndarray
    snr_db: np.ndarray
    beta: np.ndarray
    correlation: np.ndarray
    p_value: np.ndarray
    valid: np.ndarray


def triple_collocation(n, covariance, minimum=30, significance=0.05):
    """Return the :class:`TripleCollocation` of cells.

    Parameters
    ----------
    n : array of int (n_cells,)
        Collocated triplets.
    covariance : array (3, 3, n_cells)
        Sample covariances; the divisor matters to ``error_variance`` only.
    minimum : int
        Triplets that a valid cell needs.
    significance : float
    """
    n = np.atleast_1d(np.asarray(n, np.int64))
    covariance = np.asarray(covariance, np.float64).reshape(3, 3, -1)
    variance = np.array([covariance[k, k] for k in range(3)])
    xy, xz, yz = (covariance[pair] for pair in PAIRS)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = variance - np.array([xy * xz / yz, xy * yz / xz, xz * yz / xy])
        fmse = error / variance
        inside = (fmse > 0.0) & (fmse < 1.0)
        snr = 10.0 * np.log10(np.where(inside, (1.0 - fmse) / fmse, np.nan))
        beta = np.array([np.where(np.isfinite(yz), 1.0, np.nan), yz / xz, yz / xy])
        correlation = np.array([covariance[a, b] / np.sqrt(variance[a] * variance[b]) for a, b in PAIRS])
    p_value = correlation_p_value(correlation, n)
    valid = ((n >= minimum) & (correlation > 0.0).all(axis=0) & (p_value < significance).all(axis=0)
             & (error >= 0.0).all(axis=0))
    return TripleCollocation(n, error, fmse, 1.0 - fmse, snr, beta, correlation, p_value, valid)


def correlation_p_value(correlation, n):
    """Return the two-sided probability that uncorrelated normal data show a correlation as large; NaN below three pairs.

    ``t = r sqrt((n - 2) / (1 - r^2))`` with n - 2 degrees of freedom.
    """
    from scipy.special import betainc

    correlation, freedom = np.broadcast_arrays(correlation, np.asarray(n, np.float64) - 2.0)
    # P(|t| > t0) = I_x(f/2, 1/2) with x = f / (f + t0^2) = 1 - r^2
    known = np.isfinite(correlation) & (freedom > 0.0)
    unexplained = np.clip(1.0 - correlation ** 2, 0.0, 1.0)  # |r| = 1 may come out an ulp above
    return np.where(known, betainc(np.where(known, 0.5 * freedom, 1.0), 0.5, np.where(known, unexplained, 1.0)), np.nan)


class Comparison(NamedTuple):
    """An experiment and its baseline, each as the third of the same triplets.

    ``change`` [%] of the area mean of ``fmse`` over the ``n_cells`` cells valid in both; NaN without any.
    """

    experiment: TripleCollocation
    baseline: TripleCollocation
    common: np.ndarray
    change: float
    n_cells: int


def compare_experiments(moments, latitude, minimum=30, significance=0.05):
    """Return the :class:`Comparison` of an experiment with its baseline.

    Parameters
    ----------
    moments : CoMoments
        Of the variables x, y, experiment, baseline, so that both are scored over identical times; of all cells of the domain.
    latitude : array (n_cells,)
        Degrees north.
    minimum, significance
        As for :func:`triple_collocation`.
    """
    results = [triple_collocation(moments.n, moments.select(0, 1, third).covariance(), minimum, significance)
               for third in (2, 3)]
    common = results[0].valid & results[1].valid
    means = [area_weighted_mean(result.fmse[2], latitude, common) for result in results]
    change = 100.0 * (means[0] - means[1]) / means[1] if common.any() else np.nan
    return Comparison(*results, common, change, int(common.sum()))
