"""Gridded observations of a day in the climatology of the model: values, errors and codes for the filter.

ASCAT is matched by the CDF of its calendar month, SMAP gets the mean of the model. Of the climatologies a run holds what the
observations of the month need, at the points of a band.
"""

from pathlib import Path
from typing import NamedTuple

import h5netcdf
import numpy as np

from landda_hpc.bias.anomaly import MINIMUM_MONTH, anomaly_tables, correct_anomaly, smooth_anomaly_tables
from landda_hpc.bias.climatology_file import ClimatologyFile
from landda_hpc.bias.codes import MISSING, USABLE
from landda_hpc.bias.months import blend_of, day_of_year, month_of
from landda_hpc.bias.observation_error import ErrorLimits, constant_error, mapped_error, matching_slope, scaled_error
from landda_hpc.bias.quantile_match import match_quantiles
from landda_hpc.bias.usability import MinimumCount, match_tables
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.observations.batch import PERCENT, time_of
from landda_hpc.workflow.climatology import MODEL, OBSERVED, climatology_path, model_record, observed_record

WHOLE_RECORD = 0  # row of a climatology
PART = 2**12  # points whose climatology is in memory at a time


class Corrected(NamedTuple):
    """Values and error standard deviations of observations [m3 m-3], NaN where the code rejects them."""

    value: np.ndarray
    error_std: np.ndarray
    code: np.ndarray


def bias_correction(config, base, sensor, points, band, porosity, communicator, checked=False):
    """Return a function of gridded observations (points local to the band) that returns them :class:`Corrected`.

    ``porosity`` ``(n_points,)`` [m3 m-3] makes volumes of saturation where nothing is corrected; ``checked`` tells that the
    climatologies were used by this run before.

    Raises
    ------
    InputError
        For a climatology that is missing, damaged, or of another grid or quality control.
    """
    section = getattr(config.sensors, sensor)
    if section.bias == "none":
        return _uncorrected(section, np.asarray(porosity, np.float64))
    folder = Path(base) / config.observations.climatology
    record = observed_record(config, sensor, points.grid), model_record(config, sensor)
    with_days = getattr(section, "anomaly_window", None) == "smooth"
    climatologies = [ClimatologyFile(climatology_path(folder, sensor, kind), own, points, band, communicator, with_days,
                                     checked)
                     for kind, own in zip((OBSERVED, MODEL), record)]
    n_points = band.n_points
    errors = PeriodTables(n_points, climatologies, _errors(section, base, points, band))
    correct = (_matching if section.bias == "cdf" else _anomalies)(section, n_points, climatologies)
    monthly = getattr(section.obs_error, "period", "all") == "month"

    def corrected(observations):
        times, point = time_of(observations.time), observations.point
        if not len(point):
            return Corrected(np.empty(0), np.empty(0), np.empty(0, np.int16))
        result = correct(observations.value, times, point)
        error, row = errors.of(month_of(times) if monthly else np.full(len(times), WHOLE_RECORD))
        code = np.where(result.code != 0, result.code, error.code[row, point]).astype(np.int16)
        return Corrected(result.value, error.std[row, point], code)

    return corrected


class PeriodTables:
    """Tables of the periods that observations fall into, made when the first do; those of other periods are dropped.

    Parameters
    ----------
    n_points : int
    climatologies : sequence of ClimatologyFile
        Of observations and model.
    make : callable
        Makes the tables, arrays whose last axis counts points, of SomePeriods of both climatologies, the
        periods, and the slice of points that they are of.
    """

    def __init__(self, n_points, climatologies, make):
        self._n_points, self._climatologies, self._make = n_points, climatologies, make
        self._periods, self._tables = np.zeros(0, np.int64), None

    def of(self, periods):
        """Return the tables and, for each of the periods ``(n_obs,)``, its row in them."""
        wanted = np.unique(periods)
        if self._tables is None or not np.isin(wanted, self._periods).all():
            self._tables, self._periods = None, wanted
            self._tables = by_parts(self._n_points, lambda part: self._make(
                *(climatology.periods(wanted, part) for climatology in self._climatologies), wanted, part))
        return self._tables, np.searchsorted(self._periods, periods)


def by_parts(n_points, make):
    """Return the tables of all points from ``make(slice)``, so that what they are made of is there for few at a time."""
    whole = None
    for first in range(0, max(n_points, 1), PART):
        part = slice(first, min(first + PART, n_points))
        made = make(part)
        if whole is None:
            whole = type(made)(*(np.empty((*values.shape[:-1], n_points), values.dtype) for values in made))
        for target, values in zip(whole, made):
            target[..., part] = values
    return whole


def _uncorrected(section, porosity):
    """Return the function that takes observations as they are; a saturation [%] fills that part of the pores."""
    def corrected(observations):
        unit = 0.01 * porosity[observations.point] if observations.units == PERCENT else 1.0
        std = unit * section.obs_error.percent if observations.units == PERCENT else section.obs_error.std
        code = np.where(np.isnan(observations.value), MISSING, USABLE).astype(np.int16)
        return Corrected(observations.value * unit, np.broadcast_to(std, observations.value.shape).astype(np.float64), code)

    return corrected


def _minimum(section):
    return MinimumCount(section.min_count.obs, section.min_count.model)


def _matching(section, n_points, climatologies):
    if section.cdf != "quantile":
        raise ConfigError("sensors.ascat.cdf: lis_bins is there for comparison (`landda verify cdf`); runs use quantile.")
    tables = PeriodTables(n_points, climatologies,
                          lambda observed, model, _, part: match_tables(observed, model, _minimum(section)))

    def correct(values, times, point):
        own = month_of(times)
        if section.month_blend != "linear":
            found, rows = tables.of(own)
            return match_quantiles(values, rows, point, found)
        other, weight = blend_of(times)
        found, rows = tables.of(np.concatenate([own, other]))
        return match_quantiles(values, rows[:len(own)], point, found, blend=(rows[len(own):], weight))

    return correct


def _anomalies(section, n_points, climatologies):
    minimum = _minimum(section)
    if section.anomaly_window == "smooth":
        found = by_parts(n_points, lambda part: smooth_anomaly_tables(
            *(climatology.days(part) for climatology in climatologies)))
        return lambda values, times, point: correct_anomaly(values, day_of_year(times) - 1, point, found)

    def make(observed, model, periods, _):
        whole = minimum if periods[0] == WHOLE_RECORD else MINIMUM_MONTH
        return anomaly_tables(observed, model, whole, MINIMUM_MONTH)

    tables = PeriodTables(n_points, climatologies, make)

    def correct(values, times, point):
        found, rows = tables.of(month_of(times) if section.anomaly_window == "month" else np.full(len(times), WHOLE_RECORD))
        return correct_anomaly(values, rows, point, found)

    return correct


def _errors(section, base, points, band):
    """Return the function that makes the :class:`ErrorTable` of a sensor."""
    errors = section.obs_error
    own = None if errors.map is None else _map_of(Path(base) / errors.map, points)[band.slice]

    def make(observed, model, periods, part):
        if errors.kind == "constant":
            table = constant_error(errors.std, len(periods), part.stop - part.start)
            slope, limits = None, ErrorLimits()
        else:
            minimum, limits = _minimum(section), ErrorLimits(errors.floor, errors.cap)
            table = scaled_error(errors.percent, observed, model, minimum, limits)
            slope = matching_slope(observed, model, minimum)[0]
        return table if own is None else mapped_error(own[part], table, slope, limits)

    return make


def _map_of(path, points):
    """Return a map of error standard deviations at the points of a run, NaN where it has no value."""
    try:
        with h5netcdf.File(path, "r") as file:
            latitude, longitude = (np.asarray(file.variables[name][...]) for name in ("latitude", "longitude"))
            values = np.array(file.variables["error_std"][...], np.float64)
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be read as a map of observation errors: {error}. Expected the variables latitude, "
                         "longitude and error_std (latitude, longitude).") from error
    row, column = (np.abs(axis[None, :] - own[:, None]).argmin(axis=1)
                   for axis, own in ((latitude, points.latitude), (longitude, points.longitude)))
    near = (np.abs(latitude[row] - points.latitude) <= 0.5 * points.grid.resolution) & (
        np.abs(longitude[column] - points.longitude) <= 0.5 * points.grid.resolution)
    return np.where(near, values[row, column], np.nan)
