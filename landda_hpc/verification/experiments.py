"""Scores of experiments against a truth that is known, cell by cell: arrays in, numbers out.

With the difference ``d = experiment - truth`` over the times at which both are known: bias ``mean(d)``, RMSE
``sqrt(mean(d^2))``, unbiased RMSE ``sqrt(mean((d - bias)^2))``, the Pearson correlation, and the correlation of anomalies
from a moving mean of 35 days, which leaves the seasonal course out. The spread is the time mean of the ensemble's standard
deviation; over the RMSE it tells whether the ensemble knows its error.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.verification.means import area_weighted_mean

WINDOW = 35 * 86400.0  # s, of the moving mean
LEAST_SHARE = 0.25  # of a window that must be known
NEGLIGIBLE = 1.0e-9  # standard deviation over magnitude below which a series is constant
METRICS = ("bias", "rmse", "ubrmse", "correlation", "anomaly_correlation", "spread")


class CellScores(NamedTuple):
    """Scores of cells ``(n_cells,)`` over ``n`` times each; NaN without times, correlations also of constant series."""

    n: np.ndarray
    bias: np.ndarray
    rmse: np.ndarray
    ubrmse: np.ndarray
    correlation: np.ndarray
    anomaly_correlation: np.ndarray
    spread: np.ndarray


def depth_weights(thickness, depth):
    """Return the weights ``(n_layers,)`` of soil layers in the mean from the surface to a depth [m]; they sum to one."""
    bottoms = np.cumsum(np.asarray(thickness, np.float64))
    tops = bottoms - thickness
    inside = np.clip(np.minimum(bottoms, depth) - tops, 0.0, None)
    return inside / inside.sum()


def moving_mean(values, seconds, width=WINDOW, least_share=LEAST_SHARE):
    """Return the centred moving mean of series, NaN where less than a share of a window's times is known.

    Parameters
    ----------
    values : array (n_times, n_cells)
    seconds : array (n_times,)
        Ascending.
    width : float
        [s]; windows are cut at the ends of the series.
    least_share : float
    """
    values, seconds = np.asarray(values, np.float64), np.asarray(seconds, np.float64)
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1)
    sums = _cumulative(np.where(known, values - mean, 0.0))  # deviations, so that long sums lose no digits
    counts = _cumulative(known.astype(np.int64))
    first = np.searchsorted(seconds, seconds - 0.5 * width, side="left")
    last = np.searchsorted(seconds, seconds + 0.5 * width, side="right")
    count = counts[last] - counts[first]
    enough = count >= np.maximum(least_share * (last - first), 1.0)[:, None]
    return np.where(enough, (sums[last] - sums[first]) / np.maximum(count, 1) + mean, np.nan)


def _cumulative(values):
    """Return running sums along time that begin with zero ``(n_times + 1, n_cells)``."""
    total = np.zeros((len(values) + 1, values.shape[1]), values.dtype)
    np.cumsum(values, axis=0, out=total[1:])
    return total


def cell_scores(values, truth, seconds, spread=None, width=WINDOW):
    """Return the :class:`CellScores` of series ``(n_times, n_cells)``; times at which either is NaN are left out.

    Parameters
    ----------
    values, truth : array (n_times, n_cells)
    seconds : array (n_times,)
        Ascending.
    spread : array (n_times, n_cells), optional
    width : float
        Of the moving mean [s].
    """
    values, truth = np.asarray(values, np.float64), np.asarray(truth, np.float64)
    known = np.isfinite(values) & np.isfinite(truth)
    n = known.sum(axis=0)
    difference = np.where(known, values - truth, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        bias = difference.sum(axis=0) / n
        rmse = np.sqrt((difference ** 2).sum(axis=0) / n)
        ubrmse = np.sqrt((np.where(known, difference - bias, 0.0) ** 2).sum(axis=0) / n)
        mean_spread = np.full(n.shape, np.nan) if spread is None else np.where(known, spread, 0.0).sum(axis=0) / n
    series = [np.where(known, one, np.nan) for one in (values, truth)]
    magnitude = [np.abs(np.where(known, one, 0.0)).max(axis=0, initial=0.0) for one in (values, truth)]
    anomalies = [one - moving_mean(one, seconds, width) for one in series]
    return CellScores(n, bias, rmse, ubrmse, _correlation(*series, magnitude), _correlation(*anomalies, magnitude), mean_spread)


def _correlation(first, second, magnitude):
    """Return the Pearson correlation of series with NaN at the same times; NaN where one is constant for its magnitude."""
    known = np.isfinite(first) & np.isfinite(second)
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = [np.where(known, one - np.where(known, one, 0.0).sum(axis=0) / n, 0.0) for one in (first, second)]
        squares = [(one ** 2).sum(axis=0) for one in deviations]
        varies = [np.sqrt(square / n) > NEGLIGIBLE * size for square, size in zip(squares, magnitude)]
        correlation = (deviations[0] * deviations[1]).sum(axis=0) / np.sqrt(squares[0] * squares[1])
    return np.where((n > 1) & varies[0] & varies[1], correlation, np.nan)


def global_means(scores, latitude, where=None):
    """Return the area-weighted means of :data:`METRICS`, of the spread over the RMSE and over the unbiased RMSE, by name."""
    means = {name: area_weighted_mean(getattr(scores, name), latitude, where) for name in METRICS}
    for name in ("rmse", "ubrmse"):
        means[f"spread_over_{name}"] = means["spread"] / means[name] if means[name] > 0.0 else np.nan
    return means


def percent_change(value, baseline):
    """Return the change against a baseline [%], NaN where that is zero."""
    return 100.0 * (value - baseline) / baseline if baseline else np.nan


class TruthCheck(NamedTuple):
    """Estimated against true error variances of one data set of triplets.

    ``ratio`` of their area means and ``median_ratio`` over the ``n_valid`` valid cells; ``within`` is the share of cells
    with estimates close to the truth among the ``n_enough`` valid cells that have enough triplets.
    """

    n_valid: int
    estimated: float
    true: float
    ratio: float
    median_ratio: float
    n_enough: int
    within: float


def true_errors(moments, truth):
    """Return the true error variances and their shares of the variances ``(n_variables, n_cells)``.

    The error of a data set is what a straight line of the truth does not explain of it, ``var - cov^2 / var_truth``: the
    same affine model that triple collocation assumes.

    Parameters
    ----------
    moments : CoMoments
    truth : int
        Index of the truth among its variables.
    """
    covariance = moments.covariance()
    variance = np.einsum("kkc->kc", covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = variance - covariance[:, truth] ** 2 / variance[truth]
        return error, error / variance


def check_errors(estimated, true, valid, n, latitude, enough=100, tolerance=0.15):
    """Return the :class:`TruthCheck` of error variances ``(n_cells,)``."""
    usable = valid & np.isfinite(estimated) & (true > 0.0)
    ratio = np.divide(estimated, true, out=np.full(np.shape(true), np.nan), where=usable)
    well = usable & (np.asarray(n) >= enough)
    means = [area_weighted_mean(values, latitude, usable) for values in (estimated, true)]
    return TruthCheck(int(usable.sum()), *means, means[0] / means[1] if usable.any() else np.nan,
                      float(np.median(ratio[usable])) if usable.any() else np.nan, int(well.sum()),
                      float((np.abs(ratio[well] - 1.0) <= tolerance).mean()) if well.any() else np.nan)
