"""Files of climatologies, written by all ranks, each its own cells, and readable on any number of ranks.

A *climatology* holds what an assimilation reads; a *climatology record* the histograms and moments of a job that streams a
long record, so that it can be cut and resumed. Both have the layout of restart files, checksums included, and carry the
settings of the quality control by which their data passed: a file of other settings or another grid is refused.
"""

import hashlib
import json
from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.bias.climatology import MOMENTS, N_MONTHS, Climatology, ClimatologyStream, SomePeriods
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.bias.quantile_match import NODES
from landda_hpc.errors import InputError, RestartError
from landda_hpc.io.restart import Field, check_restart, read_restart, write_restart

DAY_FIELDS = ("day_n", "day_mean")


class Record(NamedTuple):
    """What a climatology was made of.

    Attributes
    ----------
    dataset : str
        Product, or the model and when it was sampled.
    units : str
    quality_control : dict
        Settings by which the data passed, of numbers, texts and lists.
    period : tuple of str
        First and last time (ISO 8601).
    versions : tuple of str
        Of the product's processing or of the model.
    n_consumed : int
        Inputs added so far, for a record that will be continued.
    consumed_hash : str
        Of their names (:func:`names_hash`).
    """

    dataset: str
    units: str
    quality_control: dict
    period: tuple = ("", "")
    versions: tuple = ()
    n_consumed: int = 0
    consumed_hash: str = ""

    def after(self, names):
        """Return the record after all inputs of these names, in order, were added."""
        return self._replace(n_consumed=len(names), consumed_hash=names_hash(names))

    def remaining(self, names):
        """Return the names, of all inputs in order, that were not yet added.

        Raises
        ------
        InputError
            Where those added were others.
        """
        if names_hash(names[:self.n_consumed]) != self.consumed_hash and self.n_consumed:
            raise InputError(f"The climatology of {self.dataset} was begun with {self.n_consumed} inputs that are not the "
                             f"first of the {len(names)} given now. Give the same inputs in the same order, new ones at "
                             "the end, or begin anew in another file.")
        return names[self.n_consumed:]


def settings_hash(settings):
    """Return the SHA-256 of settings in hexadecimal, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def names_hash(names):
    """Return the SHA-256 of a sequence of names in hexadecimal."""
    return hashlib.sha256("\n".join(str(name) for name in names).encode()).hexdigest()


def write_climatology(path, climatology, record, points, band, communicator, attributes, days=None, collective=None):
    """Write a :class:`Climatology` of this rank's band, with the :class:`DayMeans` where given.

    Parameters
    ----------
    path : Path
    climatology : Climatology
    record : Record
    points : PointSet
    band : Band
    communicator : Communicator
    attributes : dict of str to str
        Provenance.
    days : DayMeans, optional
    collective : bool, optional
        As for restart files.
    """
    dims, units = ("period", "point"), record.units
    square = f"({units})2"
    fields = {"n": Field(climatology.n, dims), "mean": Field(climatology.mean, dims, units),
              "m2": Field(climatology.m2, dims, square), "vmin": Field(climatology.vmin, dims, units),
              "vmax": Field(climatology.vmax, dims, units),
              "q": Field(climatology.quantiles, ("node", *dims), units),
              "q_pooled": Field(climatology.pooled_quantiles, ("node", "month", "point"), units), **_day_fields(days, units)}
    write_restart(path, fields, _scalars(record), _identity(record, points), points, band, communicator, attributes,
                  collective, kind="climatology")


def read_climatology(path, record, points, band, communicator):
    """Return the :class:`Climatology` of this rank's band, its :class:`Record` and its :class:`DayMeans` or None.

    Parameters
    ----------
    record : Record
        Dataset, units and quality control that the file must have; the rest is not compared.

    Raises
    ------
    InputError
        On all ranks, for a damaged file or one of another grid, dataset or quality control, with what differs.
    """
    fields, scalars = _read(path, record, points, band, communicator, "climatology")
    climatology = Climatology(*(fields[name].values for name in MOMENTS), fields["q"].values, fields["q_pooled"].values)
    return climatology, _stored_record(record, scalars), _days(fields)


class ClimatologyFile:
    """A climatology of which a run reads what it needs, when it needs it; nothing of it is kept.

    Parameters
    ----------
    path, record, points, band, communicator
        As for :func:`read_climatology`, which it is checked like.
    with_days : bool
        Whether :meth:`days` will be asked for; else these, more than half of a file, are not checked.
    checked : bool
        Whether this run has checked the file before.

    Raises
    ------
    InputError
        On all ranks, as :func:`read_climatology`.
    """

    def __init__(self, path, record, points, band, communicator, with_days=False, checked=False):
        self._path, self._band = path, band
        if checked:
            return
        try:
            check_restart(path, _identity(record, points), points, band, communicator, "climatology",
                          () if with_days else DAY_FIELDS)
        except RestartError as error:
            raise InputError(str(error)) from error

    def periods(self, rows, points):
        """Return :class:`SomePeriods` (ascending rows of a :class:`Climatology`) at a slice of the band's points."""
        rows = np.asarray(rows)
        months = rows[rows > 0]
        with self._open() as file:
            def read(name, row):
                return file[name][..., row, self._slice(points)]

            moments = [np.stack([read(name, row) for row in rows]) for name in ("n", "mean", "m2")]
            quantiles = np.stack([read("q", row) for row in rows], axis=1)
            pooled = [read("q_pooled", row - 1) for row in months]
            pooled = np.stack(pooled, axis=1) if pooled else quantiles[:, :0]
            counts = [sum(read("n", near) for near in ((row, (row - 2) % N_MONTHS + 1, row % N_MONTHS + 1) if row else (0,)))
                      for row in rows]
        return SomePeriods(*moments, quantiles, pooled, np.stack(counts))

    def days(self, points):
        """Return the :class:`DayMeans` at a slice of the band's points, None where the file has none."""
        with self._open() as file:
            if DAY_FIELDS[0] not in file:
                return None
            days = DayMeans(points.stop - points.start)
            days.n, days.mean = (file[name][:, self._slice(points)] for name in DAY_FIELDS)
            return days

    def _open(self):
        try:
            return h5py.File(self._path, "r")
        except OSError as error:
            raise InputError(f"{self._path} could be read when the run began and no more: {error}. Put it back and continue "
                             "with --resume.") from error

    def _slice(self, points):
        return slice(self._band.start + points.start, self._band.start + points.stop)


def write_stream(path, stream, record, points, band, communicator, attributes, days=None, collective=None):
    """Write a :class:`ClimatologyStream` of this rank's band, to be continued; arguments as :func:`write_climatology`."""
    if communicator.any(stream.counts.dtype == np.uint32) and stream.counts.dtype != np.uint32:
        stream.promote()
    dims = ("month", "point")
    fields = {name: Field(getattr(stream, name), dims, units)
              for name, units in zip(MOMENTS, ("1", record.units, f"({record.units})2", record.units, record.units))}
    fields |= {_histogram_name(month): Field(stream.counts[month], ("point", "counter")) for month in range(N_MONTHS)}
    write_restart(path, fields | _day_fields(days, record.units), _scalars(record), _identity(record, points, stream.bins),
                  points, band, communicator, attributes, collective, kind="climatology record")


def read_stream(path, record, bins, points, band, communicator):
    """Return the :class:`ClimatologyStream` of this rank's band, its :class:`Record` and its :class:`DayMeans` or None.

    :meth:`Record.remaining` tells which inputs are still to be added; doing so gives the statistics of a job that was never
    cut, bit for bit.
    """
    fields, scalars = _read(path, record, points, band, communicator, "climatology record", bins)
    stream = ClimatologyStream(band.n_points, bins)
    for name in MOMENTS:
        setattr(stream, name, fields[name].values)
    if fields[_histogram_name(0)].values.dtype == np.uint32:
        stream.promote()
    for month in range(N_MONTHS):
        stream.counts[month] = fields[_histogram_name(month)].values
    return stream, _stored_record(record, scalars), _days(fields)


def _histogram_name(month):
    return f"histogram_{month + 1:02d}"


def _day_fields(days, units):
    if days is None:
        return {}
    return dict(zip(DAY_FIELDS, (Field(days.n, ("day", "point")), Field(days.mean, ("day", "point"), units))))


def _days(fields):
    if DAY_FIELDS[0] not in fields:
        return None
    number, mean = (fields[name].values for name in DAY_FIELDS)
    days = DayMeans(number.shape[1])
    days.n, days.mean = number, mean
    return days


def _scalars(record):
    return {"period": list(record.period), "versions": list(record.versions), "n_consumed": record.n_consumed,
            "consumed_hash": record.consumed_hash}


def _stored_record(record, scalars):
    return record._replace(**{name: tuple(value) if isinstance(value, list) else value for name, value in scalars.items()})


def _identity(record, points, bins=None):
    """Return what a reader must agree with; the quality control is hashed, and key by key to name what differs."""
    settings = json.loads(json.dumps(record.quality_control))
    identity = {"dataset": record.dataset, "units": record.units, "quality_control": settings_hash(settings),
                "grid": [float(value) for value in points.grid] if points.grid is not None else None, "nodes": NODES.tolist()}
    identity |= {f"quality_control.{key}": value for key, value in settings.items()}
    return identity if bins is None else identity | {"bins": list(bins)}


def _read(path, record, points, band, communicator, kind, bins=None):
    try:
        return read_restart(path, _identity(record, points, bins), points, band, communicator, kind=kind)
    except RestartError as error:
        raise InputError(str(error)) from error
