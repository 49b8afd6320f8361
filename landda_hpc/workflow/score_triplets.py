"""Triple collocation of experiments with satellites that they did not assimilate, and against the truth where it is known.

A half-day of a cell gives one triplet: two overpasses and the model at the output nearest to a local solar time between them.
Both half-days are pooled; the experiment and its baseline are scored over identical times (spec of the assimilation, 8.1).
"""

import functools
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.store import day_path, read_day
from landda_hpc.times import EPOCH, SECONDS_PER_DAY
from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.experiments import check_errors, percent_change, true_errors
from landda_hpc.verification.means import area_weighted_mean
from landda_hpc.verification.significance import by_land_cover
from landda_hpc.verification.triple_collocation import Comparison, compare_experiments
from landda_hpc.workflow.twin_folder import BASELINE

HOUR, SECONDS_PER_DEGREE = 3600.0, 240.0  # of local solar time
OVERPASS_WIDTH = 3.0 * HOUR  # most that an overpass may be off its nominal local time
TRUTH, X, Y, EXPERIMENT, CONTROL = 4, 0, 1, 2, 3  # places among the collocated variables
ENOUGH = 100  # triplets of a cell whose error variances are compared with the truth one by one
RECORDS = 64  # of the histories, read at a time


class HalfDay(NamedTuple):
    """Local solar times [h] after the beginning of a local day: overpass of x, overpass of y, model."""

    x: float
    y: float
    model: float


class Triplet(NamedTuple):
    """Sensors x and y that an experiment is collocated with, and the half-days."""

    x: str
    y: str
    half_days: tuple


TRIPLETS = {"SG_AT": Triplet("amsr2", "smos", (HalfDay(1.5, 6.0, 4.0), HalfDay(13.5, 18.0, 16.0))),
            "SG_SP": Triplet("amsr2", "ascat", (HalfDay(13.5, 9.5, 11.0), HalfDay(25.5, 21.5, 23.0)))}


class TripletScores(NamedTuple):
    """Scores of one experiment against the baseline.

    Attributes
    ----------
    triplet : Triplet
    comparison : Comparison
        Of experiment and baseline, estimated.
    true_error : ndarray (5, n_points)
        True error variances of x, y, experiment and baseline over the same samples.
    true_fmse : ndarray (5, n_points)
    true_change : float
        Of the area mean of the true fMSE over the same cells [%].
    checks : dict of str to TruthCheck
        By data set.
    same_sign : float
        Share of the scored cells in which estimate and truth agree on better or worse. Without a truth this, the true change,
        errors and fMSE are None, and there are no checks.
    classes : list of ClassTest
        Of the estimated fMSE, experiment minus baseline.
    """

    triplet: Triplet
    comparison: Comparison
    true_error: np.ndarray
    true_fmse: np.ndarray
    true_change: float
    checks: dict
    same_sign: float
    classes: list


class Overpasses:
    """Observations of a folder by local day.

    Parameters
    ----------
    folder : path
    points : Points
    """

    def __init__(self, folder, points):
        self._folder, self._points = folder, points
        self._day = functools.lru_cache(maxsize=16)(self._read)
        self.at = functools.lru_cache(maxsize=32)(self._at)
        self.found = 0

    def _read(self, sensor, day):
        """Return points, local times [s since 2000-01-01] and values of the accepted observations of a UTC day."""
        observations = read_day(day_path(self._folder, sensor, day), self._points.cell)
        if observations is None:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        used = (observations.code == 0) & np.isfinite(observations.value)
        point = observations.point[used]
        self.found += len(point)
        return (point, observations.time[used] + SECONDS_PER_DEGREE * self._points.longitude[point], observations.value[used])

    def _at(self, sensor, hour, local_day):
        """Return the mean ``(n_points,)`` of the overpass at a local hour of a local day (days since 2000), NaN without."""
        when = local_day * SECONDS_PER_DAY + hour * HOUR
        middle = EPOCH.astype("datetime64[D]") + np.timedelta64(int(when // SECONDS_PER_DAY), "D")
        parts = [self._day(sensor, middle + np.timedelta64(shift, "D")) for shift in (-1, 0, 1)]
        point, time, value = (np.concatenate(column) for column in zip(*parts))
        here = np.abs(time - when) <= OVERPASS_WIDTH
        count = np.bincount(point[here], minlength=self._points.n_points)
        total = np.bincount(point[here], weights=value[here], minlength=self._points.n_points)
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def nearest_samples(seconds, longitude, hour, interval):
    """Return the places that have their nearest output to a local hour at a time, and the local days of these.

    Parameters
    ----------
    seconds : float
        Time since 2000-01-01 00 UTC.
    longitude : ndarray (n_points,)
    hour : float
    interval : float
        Between outputs [s].
    """
    offset = seconds + SECONDS_PER_DEGREE * longitude - hour * HOUR
    day = np.round(offset / SECONDS_PER_DAY)
    distance = offset - day * SECONDS_PER_DAY
    places = np.flatnonzero((distance > -0.5 * interval) & (distance <= 0.5 * interval))
    return places, day[places].astype(np.int64)


def score_triplets(twin, minimum=30):
    """Return the :class:`TripletScores` by experiment, of those that have collocated observations.

    Parameters
    ----------
    twin : Twin
    minimum : int
        Triplets that a cell needs.
    """
    folder, found = twin.observations, {}
    if folder is None or BASELINE not in twin.experiments:
        return found
    for name, triplet in TRIPLETS.items():
        sensors = all(any(folder.glob(f"{sensor}_*.h5")) for sensor in (triplet.x, triplet.y))
        if name in twin.experiments and sensors:
            moments = _collocate(twin, name, triplet, Overpasses(folder, twin.points))
            found[name] = _score(twin, triplet, moments, minimum)
    return found


def _collocate(twin, name, triplet, overpasses):
    """Return the :class:`CoMoments` of x, y, experiment, baseline and, where it is known, truth at all points."""
    compared = [twin.experiments[name], twin.experiments[BASELINE], *([twin.truth] if twin.truth is not None else [])]
    points, moments = twin.points, CoMoments(2 + len(compared), twin.points.n_points)
    if len(twin.times) < 2:
        raise InputError(f"{twin.folder}: triple collocation needs more than one time, found {len(twin.times)}.")
    seconds = (twin.times - EPOCH).astype(np.float64)
    interval = float(np.median(np.diff(seconds)))
    for first in range(0, len(seconds), RECORDS):
        block = slice(first, first + RECORDS)
        models = np.stack([history.read("soil_moisture", block, layer=0) for history in compared], axis=1)
        for time, values in zip(seconds[block], models):
            for half in triplet.half_days:
                places, days = nearest_samples(time, points.longitude, half.model, interval)
                for day in np.unique(days):
                    here = places[days == day]
                    x, y = (overpasses.at(sensor, hour, int(day))[here]
                            for sensor, hour in ((triplet.x, half.x), (triplet.y, half.y)))
                    moments.add(np.stack([x, y, *values[:, here]]), here)
    return moments


def _score(twin, triplet, moments, minimum):
    latitude, points = twin.points.latitude, twin.points
    comparison = compare_experiments(moments.select(X, Y, EXPERIMENT, CONTROL), latitude, minimum)
    change, common = fmse_change(comparison), comparison.common
    classes = by_land_cover(change, latitude, points.longitude, points.land_cover)
    if twin.truth is None:
        return TripletScores(triplet, comparison, None, None, None, {}, None, classes)
    error, fmse = true_errors(moments, TRUTH)
    means = [area_weighted_mean(fmse[variable], latitude, common) for variable in (EXPERIMENT, CONTROL)]
    estimates = {triplet.x: (comparison.experiment, 0, X), triplet.y: (comparison.experiment, 1, Y),
                 "experiment": (comparison.experiment, 2, EXPERIMENT), BASELINE: (comparison.baseline, 2, CONTROL)}
    checks = {name: check_errors(result.error_variance[place], error[variable], common, moments.n, latitude, ENOUGH)
              for name, (result, place, variable) in estimates.items()}
    agree = np.sign(change[common]) == np.sign((fmse[EXPERIMENT] - fmse[CONTROL])[common])
    return TripletScores(triplet, comparison, error, fmse, percent_change(*means) if common.any() else np.nan, checks,
                         float(agree.mean()) if common.any() else np.nan, classes)


def fmse_change(comparison):
    """Return the fMSE of the experiment minus that of the baseline ``(n_points,)``, NaN where either is not valid."""
    return np.where(comparison.common, comparison.experiment.fmse[2] - comparison.baseline.fmse[2], np.nan)
