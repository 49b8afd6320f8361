"""Climatologies of observations and model for the bias correction, from a long record read day by day.

Each rank has its own points. Observations come from the gridded store, by the code and with the quality control that the
assimilation uses; the model from ``overpass.nc`` of an open loop (:mod:`landda_hpc.workflow.overpass`).
"""

import logging
import shlex
import sys
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.bias.climatology import ClimatologyStream
from landda_hpc.bias.climatology_file import Record, write_climatology
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.bias.histogram import SATURATION_BINS, SOIL_MOISTURE_BINS
from landda_hpc.bias.months import day_of_year, month_of
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.io.layout import layout_of
from landda_hpc.io.provenance import provenance
from landda_hpc.observations.batch import time_of
from landda_hpc.observations.codes import ACCEPTED
from landda_hpc.observations.store import day_path, read_day
from landda_hpc.times import UNIX_EPOCH
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.ingest import store_settings
from landda_hpc.workflow.overpass import LOCAL_TIMES, sample_name

BINS = {"ascat": SATURATION_BINS, "smap": SOIL_MOISTURE_BINS}
UNITS = {"ascat": "percent", "smap": "m3 m-3"}
OBSERVED, MODEL = "observed", "model"
logger = logging.getLogger(__name__)


def climatology_path(folder, sensor, kind):
    """Return the file of the climatology of a sensor, ``observed`` or ``model``."""
    return Path(folder) / f"{sensor}_{kind}.h5"


def observed_record(config, sensor, grid):
    """Return the :class:`Record` that the climatology of a sensor's observations must have."""
    return Record(sensor, UNITS[sensor], store_settings(config.sensors, sensor, grid))


def model_record(config, sensor):
    """Return the :class:`Record` that the climatology of the model at a sensor's overpasses must have."""
    tests = config.model_qc.model_dump(mode="json", include={"rain", "ice", "freeze", "swe_mm", "snow_cover", "frozen_layers"})
    return Record(f"model at the overpasses of {sensor}", "m3 m-3", tests)


def make_climatologies(config, base, overpass_files, first, last, communicator):
    """Make the climatologies of all sensors of a configuration and return a summary as text.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that its file names are relative to.
    overpass_files : sequence of path
        Of the open loop, of any number of runs one after the other.
    first, last : datetime64[D]
        Period; the last day is part of it.
    communicator : Communicator
    """
    sensors = config.sensors.matched()
    if not sensors or None in (config.observations.folder, config.observations.climatology):
        raise ConfigError("Climatologies need sensors, observations.folder and observations.climatology in the configuration.")
    if last < first:
        raise ConfigError(f"The period of the climatologies ends on {last}, before it begins on {first}.")
    domain = configured_domain(config.domain, base)
    points = domain.points
    band = split_evenly(points.n_total, communicator.size)[communicator.rank]
    attributes = provenance("landda " + shlex.join(sys.argv[1:]), config.resolved_yaml(), config.ensemble.seed,
                            communicator.size, ())
    folder, period = Path(base) / config.observations.climatology, (str(first), str(last))
    lines = []
    for sensor in sensors:
        observed = _observed(config, base, sensor, domain, band, first, last)
        model = _model(overpass_files, sensor, points, band, first, last)
        for kind, (stream, days), record in ((OBSERVED, observed, observed_record(config, sensor, domain.grid)),
                                             (MODEL, model, model_record(config, sensor))):
            climatology = stream.finish()
            write_climatology(climatology_path(folder, sensor, kind), climatology, record._replace(period=period), points, band,
                              communicator, attributes, days)
            total = communicator.sum_reproducibly(climatology.n[0].astype(np.float64), band)
            empty = communicator.sum_reproducibly((climatology.n[0] == 0).astype(np.float64), band)
            lines.append(f"  {sensor:6s} {kind:9s} {total:12.0f} samples, {total / points.n_total:8.1f} a point, "
                         f"{empty:.0f} of {points.n_total} points without any")
    return "\n".join(lines)


def _observed(config, base, sensor, domain, band, first, last):
    """Return the statistics of a sensor's observations at the points of a band."""
    stream, days = ClimatologyStream(band.n_points, BINS[sensor]), DayMeans(band.n_points)
    settings = store_settings(config.sensors, sensor, domain.grid)
    n_days = 0
    for day in np.arange(first, last + 1):
        found = read_day(day_path(Path(base) / config.observations.folder, sensor, day), domain.cell, settings)
        if found is None:
            continue
        n_days += 1
        own = found.select((found.point >= band.start) & (found.point < band.stop) & (found.code == ACCEPTED))
        times = time_of(own.time)
        stream.add(own.value, month_of(times), own.point - band.start)
        days.add(own.value, day_of_year(times), own.point - band.start)
    if not n_days:
        raise InputError(f"{Path(base) / config.observations.folder} has no observations of {sensor} from {first} to {last}. "
                         "`landda obs ingest` puts product files there.")
    return stream, days


def _model(files, sensor, points, band, first, last):
    """Return the statistics of the model at a sensor's overpasses at the points of a band."""
    stream, days = ClimatologyStream(band.n_points, SOIL_MOISTURE_BINS), DayMeans(band.n_points)
    cell = np.arange(band.n_points)
    for path in files:
        try:
            with h5py.File(path, "r") as file:
                own = _own_cells(file, path, points, band)
                begin = UNIX_EPOCH + file["time_bnds"][:, 0].astype("timedelta64[s]")
                for index in np.flatnonzero((begin.astype("datetime64[D]") >= first) & (begin.astype("datetime64[D]") <= last)):
                    for hour in LOCAL_TIMES[sensor]:
                        values = file[sample_name(hour)][index].reshape(-1)[own].astype(np.float64)
                        stream.add(values, month_of(begin[index]), cell)
                        days.add(values, day_of_year(begin[index]), cell)
        except (OSError, KeyError) as error:
            raise InputError(f"{path} cannot be read as samples of the model at overpasses: {error}. A run with "
                             f"output.overpass: [{sensor}] writes them.") from error
    if not stream.n.any() and band.n_points:
        logger.warning("%s: no sample of the model between %s and %s on this rank", sensor, first, last)
    return stream, days


def _own_cells(file, path, points, band):
    """Return the places of a band's points among the cells of a history file."""
    layout = layout_of(points, band)
    found = file["latitude"][()], file["longitude"][()]
    expected = layout.grid.latitudes, layout.grid.longitudes
    if any(len(one) != len(other) or np.abs(one - other).max() > 1e-4 for one, other in zip(found, expected)):
        raise InputError(f"{path} is on another grid than the domain of the configuration: found {len(found[0])} x "
                         f"{len(found[1])} cells, expected {len(expected[0])} x {len(expected[1])} from "
                         f"{expected[0][0]:g} N {expected[1][0]:g} E on.")
    return layout.cells[band.slice]
