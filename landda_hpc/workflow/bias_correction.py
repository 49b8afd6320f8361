"""Gridded observations of a day in the climatology of the model: values, errors and codes for the filter.

ASCAT is matched by the CDF of its calendar month, SMAP gets the mean of the model; what each needs is prepared once for the
points of a band.
"""

from pathlib import Path
from typing import NamedTuple

import h5netcdf
import numpy as np

from landda_hpc.bias.anomaly import MINIMUM_MONTH, anomaly_tables, correct_anomaly, smooth_anomaly_tables
from landda_hpc.bias.climatology_file import read_climatology
from landda_hpc.bias.codes import MISSING, USABLE
from landda_hpc.bias.months import blend_of, day_of_year, month_of
from landda_hpc.bias.observation_error import ErrorLimits, constant_error, mapped_error, matching_slope, scaled_error
from landda_hpc.bias.quantile_match import match_quantiles
from landda_hpc.bias.usability import MinimumCount, match_tables
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.observations.batch import PERCENT, time_of
from landda_hpc.workflow.climatology import MODEL, OBSERVED, climatology_path, model_record, observed_record

WHOLE_RECORD = 0  # row of the tables
N_PERIODS = 13


class Corrected(NamedTuple):
    """Values and error standard deviations of observations [m3 m-3], NaN where the code rejects them."""

    value: np.ndarray
    error_std: np.ndarray
    code: np.ndarray


def bias_correction(config, base, sensor, points, band, porosity, communicator):
    """Return a function of gridded observations (points local to the band) that returns them :class:`Corrected`.

    ``porosity`` ``(n_points,)`` [m3 m-3] makes volumes of saturation where nothing is corrected.

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
    observed, _, observed_days = read_climatology(climatology_path(folder, sensor, OBSERVED), record[0], points, band,
                                                  communicator)
    model, _, model_days = read_climatology(climatology_path(folder, sensor, MODEL), record[1], points, band, communicator)
    error = _errors(section, base, observed, model, points, band)
    if section.bias == "cdf":
        correct = _matching(section, observed, model)
    else:
        correct = _anomalies(section, observed, model, observed_days, model_days)

    def corrected(observations):
        times = time_of(observations.time)
        result = correct(observations.value, times, observations.point)
        period = month_of(times) if getattr(section.obs_error, "period", "all") == "month" else WHOLE_RECORD
        std, error_code = error.std[period, observations.point], error.code[period, observations.point]
        code = np.where(result.code != 0, result.code, error_code).astype(np.int16)
        return Corrected(result.value, std, code)

    return corrected


def _uncorrected(section, porosity):
    """Return the function that takes observations as they are; a saturation [%] fills that part of the pores."""
    def corrected(observations):
        unit = 0.01 * porosity[observations.point] if observations.units == PERCENT else 1.0
        std = unit * section.obs_error.percent if observations.units == PERCENT else section.obs_error.std
        code = np.where(np.isnan(observations.value), MISSING, USABLE).astype(np.int16)
        return Corrected(observations.value * unit, np.broadcast_to(std, observations.value.shape).astype(np.float64), code)

    return corrected


def _matching(section, observed, model):
    if section.cdf != "quantile":
        raise ConfigError("sensors.ascat.cdf: lis_bins is there for comparison (`landda verify cdf`); runs use quantile.")
    tables = match_tables(observed, model, MinimumCount(section.min_count.obs, section.min_count.model))

    def correct(values, times, point):
        blend = blend_of(times) if section.month_blend == "linear" else None
        return match_quantiles(values, month_of(times), point, tables, blend=blend)

    return correct


def _anomalies(section, observed, model, observed_days, model_days):
    minimum = MinimumCount(section.min_count.obs, section.min_count.model)
    if section.anomaly_window == "smooth":
        tables, period = smooth_anomaly_tables(observed_days, model_days), lambda times: day_of_year(times) - 1
    else:
        tables = anomaly_tables(observed, model, minimum, MINIMUM_MONTH)
        period = month_of if section.anomaly_window == "month" else lambda times: WHOLE_RECORD
    return lambda values, times, point: correct_anomaly(values, period(times), point, tables)


def _errors(section, base, observed, model, points, band):
    """Return the :class:`ErrorTable` of a sensor."""
    errors, n_cells = section.obs_error, band.n_points
    if errors.kind == "constant":
        table, slope, limits = constant_error(errors.std, N_PERIODS, n_cells), None, ErrorLimits()
    else:
        minimum, limits = MinimumCount(section.min_count.obs, section.min_count.model), ErrorLimits(errors.floor, errors.cap)
        table = scaled_error(errors.percent, observed, model, minimum, limits)
        slope = matching_slope(observed, model, minimum)[0]
    if errors.map is None:
        return table
    return mapped_error(_map_of(Path(base) / errors.map, points)[band.slice], table, slope, limits)


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
