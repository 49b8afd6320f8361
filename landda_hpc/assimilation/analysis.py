"""The one-dimensional analysis of the soil moisture at every point that has observations.

The state is the total water of all layers; every observation sees that of the first. A point is analysed by itself: its
members are read into float64, the increments of the ensemble Kalman filter are computed (:mod:`.update`), and enter the state
through the bounds procedure (:mod:`.increments`). Groups of observations follow each other, each seeing the state that the
previous one left; a joint analysis has one group.
"""

import math
from typing import NamedTuple

import numpy as np

from landda_hpc.assimilation.increments import NOT_TRIED, apply_candidate, layer_activity
from landda_hpc.assimilation.linear_algebra import cholesky
from landda_hpc.assimilation.observation_noise import draw_normals, padded, scale_by_root, spare_last_member
from landda_hpc.assimilation.update import (
    Update,
    empty_update,
    general_update,
    mean_and_variance,
    one_quantity_update,
)
from landda_hpc.jit import driver_kernel, kernel

#: What became of an observation, and of a point: names by code.
CODES = ("used", "no_spread", "not_finite", "first_layer_inactive", "not_soil", "gross_error", "singular")
USED, NO_SPREAD, NOT_FINITE, FIRST_LAYER_INACTIVE, NOT_SOIL, GROSS_ERROR, SINGULAR = range(len(CODES))


class Settings(NamedTuple):
    """Settings of the filter.

    ``seed_low`` and ``seed_high`` key the observation noise; ``correlation`` is that of the errors of one sensor at a point;
    ``gross_check`` is in standard deviations of the innovation.
    """

    seed_low: np.uint64
    seed_high: np.uint64
    zero_mean: bool
    truncation: float
    correlation: float
    gross_check: float
    least_variance: float
    active_rule: bool


class Results(NamedTuple):
    """What an analysis leaves beside the state.

    Of every observation ``(n_obs,)``: ``code``, ``innovation`` (observation minus mean predicted one), ``variance`` of the
    predicted one, ``normalised`` innovation, ``residual`` (observation minus mean analysed one), ``freedom`` (its share of
    the degrees of freedom for signal). Of every point with observations ``(n_cells,)``: ``cell_code``, ``outcomes`` (4,
    n_cells) of the bounds procedure, ``raw`` and ``applied`` mean increments (n_layers, n_cells), ``chi_square``,
    ``n_inactive`` layers and ``water``, the change summed over layers and members [kg m-2]. NaN where not computed.
    """

    code: np.ndarray
    innovation: np.ndarray
    variance: np.ndarray
    normalised: np.ndarray
    residual: np.ndarray
    freedom: np.ndarray
    cell_code: np.ndarray
    outcomes: np.ndarray
    raw: np.ndarray
    applied: np.ndarray
    chi_square: np.ndarray
    n_inactive: np.ndarray
    water: np.ndarray

    @classmethod
    def empty(cls, n_obs, n_cells, n_layers):
        """Return results of zeros: parts of few arrays, which are made faster than many."""
        counts, increments, sums = (np.zeros((NOT_TRIED + 3, n_cells), np.int64), np.zeros((2, n_layers, n_cells)),
                                    np.zeros((2, n_cells)))
        return cls(np.zeros(n_obs, np.int64), *np.zeros((5, n_obs)), counts[0], counts[2:], *increments, sums[0], counts[1],
                   sums[1])


class Workspace(NamedTuple):
    """Arrays of one point, reused for all: members in float64 ``(n_layers, n_members)`` and observations ``(n_obs, ...)``."""

    before: np.ndarray
    background: np.ndarray
    candidate: np.ndarray
    active: np.ndarray
    good: np.ndarray
    chosen: np.ndarray
    observed: np.ndarray
    error_variance: np.ndarray
    error_covariance: np.ndarray
    root: np.ndarray
    predicted: np.ndarray
    noise: np.ndarray
    normals: np.ndarray
    update: Update


@driver_kernel
def analyse_cells(total, liquid, cells, porosity, thickness, analysable, observations, draw, settings, bounds, results,
                  water_added):
    """Analyse every point with observations and fill the results.

    Parameters
    ----------
    total, liquid : ndarray (n_layers, n_points, n_members)
        Total and liquid water [m3 m-3], changed in place.
    cells : ndarray of int64 (n_points,)
        Global cell ids.
    porosity : ndarray (n_points,)
    thickness : ndarray (n_layers, n_points)
        [m]
    analysable : ndarray of bool (n_points,)
        Not glacier, ice or urban.
    observations : PointObservations
    draw : int
        Of the observation noise: the model step since 2000-01-01.
    settings : Settings
    bounds : Bounds
    results : Results
    water_added : ndarray (n_points,)
        Added to [kg m-2].

    Returns
    -------
    n_not_finite : int
        Points whose members are not finite.
    """
    n_layers, _, n_members = total.shape
    work = _workspace(n_layers, _most_per_point(observations), n_members)
    n_not_finite = 0
    for index in range(len(observations.points)):
        code = _analyse_cell(total, liquid, cells, porosity, thickness, analysable, observations, index, draw, settings, bounds,
                             results, water_added, work)
        n_not_finite += 1 if code == NOT_FINITE else 0
    return n_not_finite


@driver_kernel
def _workspace(n_layers, n_obs, n_members):
    """Return work space for up to ``n_obs`` observations at a point."""
    column, pairs, members = (n_layers, n_members), (n_obs, n_obs), (n_obs, n_members)
    return Workspace(np.zeros(column), np.zeros(column), np.zeros(column), np.zeros(n_layers, np.bool_),
                     np.zeros(n_members, np.bool_), np.zeros(n_obs, np.int64), np.zeros(n_obs), np.zeros(n_obs),
                     np.zeros(pairs), np.zeros(pairs), np.zeros(members), np.zeros(members), np.zeros(padded(n_members)),
                     empty_update(n_layers, n_obs, n_members))


@kernel
def _most_per_point(observations):
    """Return the largest number of observations at a point."""
    most = 0
    for index in range(len(observations.points)):
        most = max(most, observations.offsets[index + 1] - observations.offsets[index])
    return most


@kernel
def _analyse_cell(total, liquid, cells, porosity, thickness, analysable, observations, index, draw, settings, bounds, results,
                  water_added, work):
    """Analyse one point with observations; return the code of whether that could be tried."""
    point, first, last = observations.points[index], observations.offsets[index], observations.offsets[index + 1]
    code = NOT_SOIL
    if analysable[point]:
        code = _read_column(total, liquid, point, index, porosity[point], bounds, settings, results, work)
    results.cell_code[index] = code
    for obs in range(first, last):
        results.code[obs] = code
        results.innovation[obs] = results.variance[obs] = results.normalised[obs] = results.residual[obs] = math.nan
    if code == USED or code == NO_SPREAD:
        _screen(observations, first, last, code, settings, results, work)
    if code == USED:
        start = first
        while start < last:
            stop = start + 1
            while stop < last and observations.group[stop] == observations.group[start]:
                stop += 1
            _analyse_group(total, liquid, cells[point], porosity[point], observations, point, index, start, stop, draw,
                           settings, bounds, results, work)
            start = stop
        _account(total, thickness, observations, point, index, results, work)
        water_added[point] += results.water[index]
    return code


@kernel
def _read_column(total, liquid, point, index, porosity, bounds, settings, results, work):
    """Read the members of a point and return the code of what stands against an analysis."""
    n_layers, _, n_members = total.shape
    n_not_finite = 0
    for layer in range(n_layers):
        for member in range(n_members):
            work.before[layer, member] = total[layer, point, member]
            finite = math.isfinite(total[layer, point, member]) & math.isfinite(liquid[layer, point, member])
            n_not_finite += 0 if finite else 1
    if n_not_finite > 0:
        return NOT_FINITE
    for layer in range(n_layers):
        _, work.active[layer] = layer_activity(total, liquid, point, layer, porosity, bounds, settings.active_rule)
        results.n_inactive[index] += 0 if work.active[layer] else 1
    if not work.active[0]:
        return FIRST_LAYER_INACTIVE
    return USED if mean_and_variance(work.before, 0)[1] >= settings.least_variance else NO_SPREAD


@kernel
def _screen(observations, first, last, code, settings, results, work):
    """Store the innovations against the background and reject gross errors."""
    mean, variance = mean_and_variance(work.before, 0)
    for obs in range(first, last):
        innovation = observations.value[obs] - mean
        std = math.sqrt(variance + observations.error_std[obs] ** 2)
        results.innovation[obs], results.variance[obs], results.normalised[obs] = innovation, variance, innovation / std
        if code == USED and abs(innovation) > settings.gross_check * std:
            results.code[obs] = GROSS_ERROR


@kernel
def _analyse_group(total, liquid, cell, porosity, observations, point, index, start, stop, draw, settings, bounds, results,
                   work):
    """Analyse the accepted observations of a group against the current state and apply the increments."""
    n_layers, _, n_members = total.shape
    n_used = 0
    for obs in range(start, stop):
        if results.code[obs] == USED:
            work.chosen[n_used] = obs
            n_used += 1
    if n_used == 0:
        return
    for layer in range(n_layers):
        for member in range(n_members):
            work.background[layer, member] = total[layer, point, member]
    code, chi_square = NO_SPREAD, 0.0
    if mean_and_variance(work.background, 0)[1] >= settings.least_variance:
        code, chi_square = _increments(observations, n_used, cell, draw, settings, bounds, work)
    for used in range(n_used):
        results.code[work.chosen[used]] = code
    if code != USED:
        return
    for layer in range(n_layers):
        mean_increment = results.raw[layer, index]
        for member in range(n_members):
            increment = work.update.increments[layer, member]
            work.candidate[layer, member] = work.background[layer, member] + increment
            mean_increment += increment / n_members
        results.raw[layer, index] = mean_increment
    outcome = apply_candidate(total, liquid, work.candidate, point, work.active, work.good, porosity, bounds)
    results.outcomes[outcome, index] += 1
    results.chi_square[index] += chi_square
    analysed = 0.0
    for member in range(n_members):
        analysed += np.float64(total[0, point, member])
    for used in range(n_used):
        obs, update = work.chosen[used], work.update
        results.innovation[obs], results.variance[obs] = update.innovation[used], update.variance[used]
        results.normalised[obs] = update.innovation[used] / math.sqrt(update.variance[used] + work.error_variance[used])
        results.residual[obs] = observations.value[obs] - analysed / n_members
        results.freedom[obs] = update.freedom[used]


@kernel
def _increments(observations, n_used, cell, draw, settings, bounds, work):
    """Draw the noise of the chosen observations and compute the increments; return a code and chi-square."""
    n_members = work.noise.shape[1]
    correlated = False
    for used in range(n_used):
        obs = work.chosen[used]
        work.observed[used] = observations.value[obs]
        work.error_variance[used] = observations.error_std[obs] ** 2
        draw_normals(work.noise, used, work.normals, settings.seed_low, settings.seed_high, observations.sensor[obs], cell,
                     draw, observations.ordinal[obs], settings.zero_mean, settings.truncation)
        correlated = correlated or (settings.correlation != 0.0 and used > 0
                                    and observations.sensor[obs] == observations.sensor[work.chosen[used - 1]])
    if correlated:
        _correlate_errors(observations, n_used, settings.correlation, work)
        if not cholesky(work.root, n_used):
            return SINGULAR, 0.0
        scale_by_root(work.noise, work.root, n_used)
    else:
        for used in range(n_used):
            for member in range(n_members):
                work.noise[used, member] *= observations.error_std[work.chosen[used]]
    if bounds.bias_correction:
        spare_last_member(work.noise, n_used)
    if not correlated:
        return USED, one_quantity_update(work.background, work.background, work.observed, work.error_variance, work.noise,
                                         n_used, work.update)
    for used in range(n_used):
        for member in range(n_members):
            work.predicted[used, member] = work.background[0, member]
    solved, chi_square = general_update(work.background, work.predicted, work.observed, work.error_covariance, work.noise,
                                        n_used, work.update)
    return (USED if solved else SINGULAR), chi_square


@kernel
def _correlate_errors(observations, n_used, correlation, work):
    """Set the error covariance of the chosen observations, and its root to the same."""
    for first in range(n_used):
        for second in range(n_used):
            one, other = work.chosen[first], work.chosen[second]
            shared = 1.0 if one == other else correlation if observations.sensor[one] == observations.sensor[other] else 0.0
            covariance = shared * observations.error_std[one] * observations.error_std[other]
            work.error_covariance[first, second] = covariance
            work.root[first, second] = covariance


@kernel
def _account(total, thickness, observations, point, index, results, work):
    """Store what changed at a point and what became of it as a whole."""
    n_layers, _, n_members = total.shape
    for layer in range(n_layers):
        change = 0.0
        for member in range(n_members):
            change += np.float64(total[layer, point, member]) - work.before[layer, member]
        results.applied[layer, index] = change / n_members
        results.water[index] += 1000.0 * thickness[layer, point] * change
    results.cell_code[index] = results.code[observations.offsets[index]]
    for obs in range(observations.offsets[index], observations.offsets[index + 1]):
        if results.code[obs] == USED:
            results.cell_code[index] = USED
