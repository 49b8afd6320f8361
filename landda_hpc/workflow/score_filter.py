"""Diagnostics of the filter from the files of its windows: what came in, what was used, and whether it fitted.

The sums are those of :class:`~landda_hpc.assimilation.diagnostics.FilterDiagnostics`; here also what its totals do not tell:
reasons of rejection, months, days, and the distribution of the observations within their forecasts.
"""

from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.assimilation.analysis import USED, Results
from landda_hpc.assimilation.diagnostics import FilterDiagnostics
from landda_hpc.assimilation.increments import NOT_TRIED
from landda_hpc.assimilation.observations import PRODUCTS, SENSORS, PointObservations
from landda_hpc.domain.points import Band
from landda_hpc.errors import InputError
from landda_hpc.observations.codes import ACCEPTED, N_CODES, count_codes
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.times import EPOCH, seconds_since
from landda_hpc.verification.means import area_weighted_mean

OBSERVATION_COLUMNS = ("cell", "analysis_time", "sensor", "error_std", "code", "innovation", "variance", "normalised",
                       "residual", "freedom")
POINT_COLUMNS = ("point_cell", "point_time", "chi_square", "outcome", "raw_increment", "applied_increment", "water")
N_PROBABILITY_BINS = 10
#: What a consistent filter shows (spec of the assimilation, 9.2-9.6): key, name, least and greatest value.
EXPECTED = {"spread_skill": ("expected over actual size of the innovations", 0.7, 1.4),
            "normalised_mean": ("mean of the normalised innovations", -0.1, 0.1),
            "normalised_std": ("standard deviation of the normalised innovations", 0.8, 1.2),
            "autocorrelation": ("correlation of successive normalised innovations, mean of the cells", -0.2, 0.2)}


class FilterScores(NamedTuple):
    """What the window files of one experiment tell.

    Attributes
    ----------
    diagnostics : FilterDiagnostics
    totals : dict
        Of :meth:`FilterDiagnostics.totals`.
    sensors : dict of str to dict
        Numbers by sensor, with ``autocorrelation``; only sensors of which observations came.
    codes : ndarray of int64 (n_sensors, N_CODES)
        Observations by reason.
    probability : ndarray of int64 (n_sensors, 10)
        Observations by their probability in the forecast distribution of observations, in equal bins: flat where the
        forecasts are reliable.
    monthly : dict of (month, sensor) to ndarray (3,)
        Number, sum of squared innovations and sum of what they were expected to be.
    days : ndarray of datetime64[D] (n_days,)
    assimilated : ndarray of int64 (n_days, n_sensors)
    water : ndarray (n_days,)
        Added by the analyses, mean over all points [kg m-2].
    n_files : int
    error_std : ndarray (n_sensors, n_points)
        Mean error of the observations that were used, as assimilated [m3 m-3]; NaN without any.
    """

    diagnostics: FilterDiagnostics
    totals: dict
    sensors: dict
    codes: np.ndarray
    probability: np.ndarray
    monthly: dict
    days: np.ndarray
    assimilated: np.ndarray
    water: np.ndarray
    n_files: int
    error_std: np.ndarray

    def unexpected(self):
        """Return sensor, key and value of every check that is outside :data:`EXPECTED`."""
        return [(sensor, key, numbers[key]) for sensor, numbers in self.sensors.items() if numbers["n"]
                for key, (_, least, greatest) in EXPECTED.items()
                if np.isfinite(numbers[key]) and not least <= numbers[key] <= greatest]


def score_filter(run, points, thickness, start=None, end=None):
    """Return the :class:`FilterScores` of a run folder, None where its windows have no observations.

    Parameters
    ----------
    run : path
    points : Points
    thickness : ndarray (n_layers,)
        [m]
    start, end : datetime64, optional
        Analyses after the first and up to the second count.
    """
    paths = sorted((Path(run) / "assimilation").glob("*.h5"))
    sums = _Sums(points, thickness, start, end)
    for path in paths:
        sums.add(path)
    return sums.scores(len(paths)) if sums.n_received else None


class _Sums:
    """Sums over the window files of a run."""

    def __init__(self, points, thickness, start, end):
        self._points = points
        layers = np.repeat(np.asarray(thickness, np.float64)[:, None], points.n_points, axis=1)
        self._diagnostics = FilterDiagnostics(layers, PRODUCTS)
        self._limits = [edge if edge is None else float(seconds_since(EPOCH, edge))
                        for edge in (start, end)]
        self._area = np.cos(np.radians(points.latitude))
        self._codes = np.zeros((len(SENSORS), N_CODES), np.int64)
        self._probability = np.zeros((len(SENSORS), N_PROBABILITY_BINS), np.int64)
        self._errors = np.zeros((2, len(SENSORS), points.n_points))
        self._monthly, self._assimilated, self._water = {}, {}, {}

    @property
    def n_received(self):
        """Number of observations, used or not."""
        return int(self._codes.sum())

    def add(self, path):
        """Add one file."""
        try:
            with h5py.File(path, "r") as file:
                observations = {name: file[name][()] for name in OBSERVATION_COLUMNS}
                analysed = {name: file[name][()] for name in POINT_COLUMNS}
        except (OSError, KeyError) as error:
            raise InputError(f"{path} cannot be read as the file of an assimilation window: {error}.") from error
        observations = self._own(observations, "cell", "analysis_time")
        analysed = self._own(analysed, "point_cell", "point_time")
        used = observations["code"] == ACCEPTED
        for sensor in range(len(SENSORS)):
            self._codes[sensor] += count_codes(observations["code"][observations["sensor"] == sensor])
        observations = {name: values[used] for name, values in observations.items()}
        self._count(observations)
        for time in np.union1d(observations["analysis_time"], analysed["point_time"]):
            self._analysis(_at(observations, observations["analysis_time"] == time),
                           _at(analysed, analysed["point_time"] == time))
        for day in np.unique(_days(analysed["point_time"])):
            here = _days(analysed["point_time"]) == day
            water = analysed["water"][here] * self._area[analysed["point"][here]]
            self._water[day] = self._water.get(day, 0.0) + float(water.sum() / self._area.sum())

    def _own(self, columns, cell, time):
        """Return the columns at the points of the twin and within the period, with the index ``point``."""
        ids = self._points.cell
        point = np.minimum(np.searchsorted(ids, columns[cell]), len(ids) - 1)
        chosen = ids[point] == columns[cell]
        if self._limits[0] is not None:
            chosen &= columns[time] > self._limits[0]
        if self._limits[1] is not None:
            chosen &= columns[time] <= self._limits[1]
        return _at({**columns, "point": point}, chosen)

    def _count(self, used):
        """Add what is counted by month, by day and by probability."""
        from scipy.special import ndtr

        time, sensor = used["analysis_time"], used["sensor"].astype(np.int64)
        place = np.minimum((ndtr(used["normalised"]) * N_PROBABILITY_BINS).astype(np.int64), N_PROBABILITY_BINS - 1)
        np.add.at(self._probability, (sensor, place), 1)
        for total, values in zip(self._errors, (1.0, used["error_std"])):
            np.add.at(total, (sensor, used["point"]), values)
        months = _days(time).astype("datetime64[M]")
        for month in np.unique(months):
            for number in np.unique(sensor[months == month]):
                here = (months == month) & (sensor == number)
                found = np.array([here.sum(), (used["innovation"][here] ** 2).sum(),
                                  (used["variance"][here] + used["error_std"][here] ** 2).sum()])
                key = str(month), SENSORS[number]
                self._monthly[key] = self._monthly.get(key, 0.0) + found
        for day in np.unique(_days(time)):
            count = np.bincount(sensor[_days(time) == day], minlength=len(SENSORS))
            self._assimilated[day] = self._assimilated.get(day, 0) + count

    def _analysis(self, used, analysed):
        """Add one analysis time."""
        used = _at(used, np.lexsort((used["sensor"], used["point"])))
        points = np.union1d(used["point"], analysed["point"])
        offsets = np.append(np.searchsorted(used["point"], points), len(used["point"])).astype(np.int64)
        n_obs, n_layers = len(used["point"]), len(self._diagnostics.increment_sums[0, 0])
        nothing, whole = np.zeros(n_obs), np.zeros(n_obs, np.int64)
        observations = PointObservations(points, offsets, nothing, used["error_std"].astype(np.float64),
                                         used["sensor"].astype(np.int64), whole, whole, whole)
        results = Results.empty(n_obs, len(points), n_layers)
        results.code[:] = USED
        for name in ("innovation", "variance", "normalised", "residual", "freedom"):
            getattr(results, name)[:] = used[name]
        place = np.searchsorted(points, analysed["point"])
        results.chi_square[place] = analysed["chi_square"]
        for target, name in ((results.raw, "raw_increment"), (results.applied, "applied_increment")):
            target[:, place] = np.nan_to_num(analysed[name])
        results.outcomes[np.clip(analysed["outcome"].astype(np.int64), 0, NOT_TRIED), place] = 1
        self._diagnostics.add(observations, results)

    def scores(self, n_files):
        """Return the :class:`FilterScores`."""
        days = np.array(sorted({*self._assimilated, *self._water}), "datetime64[D]")
        length = float((days[-1] - days[0]).astype(np.int64) + 1) if len(days) else np.nan
        n_points, none = self._points.n_points, np.zeros(len(SENSORS), np.int64)
        totals = self._diagnostics.totals(SerialCommunicator(), Band(0, n_points, n_points), length)
        sensors = {}
        for index, name in enumerate(SENSORS):
            if self._codes[index].any():
                found = self._diagnostics.maps(index)["autocorrelation"]
                sensors[name] = {**totals["sensors"][index],
                                 "autocorrelation": area_weighted_mean(found, self._points.latitude)}
        number, errors = self._errors
        error_std = np.divide(errors, number, out=np.full(errors.shape, np.nan), where=number > 0)
        return FilterScores(self._diagnostics, totals, sensors, self._codes, self._probability, self._monthly, days,
                            np.array([self._assimilated.get(day, none) for day in days]).reshape(-1, len(SENSORS)),
                            np.array([self._water.get(day, 0.0) for day in days]), n_files, error_std)


def _at(columns, which):
    """Return the columns at some of their entries; the last axis counts them."""
    return {name: values[..., which] for name, values in columns.items()}


def _days(time):
    """Return the UTC day of times [s since 2000-01-01]; midnight ends a day."""
    return (EPOCH + np.ceil(np.asarray(time) - 1.0).astype("timedelta64[s]")).astype("datetime64[D]")
