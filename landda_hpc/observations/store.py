"""Gridded observations on disk: one file per sensor and day, cells in global ids, added to as products arrive.

A file keeps what each granule gave at the cells, in its group ``parts``, and beside them what counts: without the parts of
granules of which a better version is there (:mod:`landda_hpc.observations.versions`), and with passes over a cell that were cut
between files put together as means weighted by the number of their footprints. So the content does not depend on the order in
which files arrive, and a file that changed can be taken out. An observation that comes again (the same platform, cell, time and
value) is kept once.
"""

import json
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.gridding import PASS
from landda_hpc.observations.versions import Granule, superseded
from landda_hpc.observations.windows import window_slice
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.times import EPOCH, SECONDS_PER_DAY

FORMAT = "landda_hpc gridded observations, with parts"
COLUMNS = ("value", "error", "time", "platform", "product", "n_footprints", "ascending", "code")
PARTS, OWNER, GRANULES = "parts", "granule", "granules"


class Day(NamedTuple):
    """All that granules gave for one sensor and day.

    Attributes
    ----------
    observations : GriddedObservations
        Of all granules, points in the order of the domain.
    owner : ndarray of int64 (n,)
        Index of the granule of each.
    granules : tuple of Granule
    """

    observations: GriddedObservations
    owner: np.ndarray
    granules: tuple


def day_path(folder, sensor, day):
    """Return the file of a sensor and a day (datetime64)."""
    return Path(folder) / f"{sensor}_{str(np.datetime64(day, 'D')).replace('-', '')}.h5"


def days_of(time):
    """Return the day (datetime64[D]) of each time [s since 2000-01-01 00 UTC]."""
    return EPOCH.astype("datetime64[D]") + np.floor_divide(np.asarray(time), SECONDS_PER_DAY).astype(np.int64)


def join_passes(observations):
    """Return observations with the parts of passes put together, sorted by time, point and platform.

    Parameters
    ----------
    observations : GriddedObservations
        Of one sensor and grid, from any number of files.

    Returns
    -------
    observations : GriddedObservations
    n_repeated : int
        Observations that were there before.
    """
    both = observations.select(np.lexsort((observations.n_footprints, observations.value, observations.time,
                                           observations.platform, observations.point)))
    same_place = np.zeros(both.size, bool)
    same_place[1:] = (both.point[1:] == both.point[:-1]) & (both.platform[1:] == both.platform[:-1])
    gap = np.diff(both.time, prepend=-np.inf)
    repeated = same_place & (gap == 0.0)
    for column in (both.value, both.n_footprints):
        repeated &= column == np.roll(column, 1)
    both, same_place, gap = both.select(~repeated), same_place[~repeated], gap[~repeated]
    start = np.flatnonzero(~same_place | (gap > PASS))
    if len(start) < both.size:
        count = np.add.reduceat(both.n_footprints, start)

        def mean(column):
            base = np.repeat(column[start], np.diff(np.append(start, both.size)))
            return column[start] + np.add.reduceat((column - base) * both.n_footprints, start) / count

        value, error, time = (mean(column) for column in (both.value, both.error, both.time))
        both = both.select(start)._replace(value=value, error=error, time=time, n_footprints=count)
    return both.select(np.lexsort((both.platform, both.point, both.time))), int(repeated.sum())


def day_of(observations, name="one"):
    """Return the :class:`Day` of observations that come from elsewhere than files, as of one granule of a name."""
    first, last = (float(observations.time.min()), float(observations.time.max())) if observations.size else (np.nan, np.nan)
    granule = Granule(name, "", "", "", -1, "", first, last, np.nan)
    return Day(observations, np.zeros(observations.size, np.int64), (granule,))


def merge_days(days):
    """Return one :class:`Day` of several; granules and their observations come in an order of their own, each once."""
    known = {granule.sha256: granule for day in days for granule in day.granules}
    order = {checksum: index for index, checksum in enumerate(sorted(known))}
    parts, owners, seen = [], [], set()
    for day in days:
        new = np.array([granule.sha256 not in seen for granule in day.granules], bool)
        place = np.array([order[granule.sha256] for granule in day.granules], np.int64)
        kept = new[day.owner] if day.owner.size else np.zeros(0, bool)
        parts.append(day.observations.select(kept))
        owners.append(place[day.owner[kept]] if kept.size else np.zeros(0, np.int64))
        seen.update(granule.sha256 for granule in day.granules)
    together = parts[0]._replace(**{name: np.concatenate([getattr(part, name) for part in parts])
                                    for name in parts[0]._fields if name != "units"})
    owner = np.concatenate(owners)
    sequence = np.lexsort((together.value, together.time, together.point, owner))
    return Day(together.select(sequence), owner[sequence], tuple(known[sha] for sha in order))


def without(day, sha256s):
    """Return a :class:`Day` without the granules of some checksums."""
    kept = np.array([granule.sha256 not in sha256s for granule in day.granules], bool)
    rows = kept[day.owner] if day.owner.size else np.zeros(0, bool)
    place = np.cumsum(kept) - 1
    return Day(day.observations.select(rows), place[day.owner[rows]] if rows.size else day.owner,
               tuple(granule for granule, keep in zip(day.granules, kept) if keep))


def resolve(day, preferred=""):
    """Return what counts of a :class:`Day`, the number of superseded observations and of those that came again.

    ``preferred`` is the product that comes before others of its sensor.
    """
    out = superseded(day.observations.time, day.owner, day.granules, preferred)
    joined, n_repeated = join_passes(day.observations.select(~out))
    return joined, int(out.sum()), n_repeated


def write_day(path, day, cells, settings, preferred=""):
    """Write a sensor's day; the file appears whole or not at all. Return what counts and the numbers of :func:`resolve`.

    Parameters
    ----------
    path : Path
    day : Day
    cells : ndarray of int64 (n_total,)
        Global cell id of each point.
    settings : dict
        Quality control and grid that a reader must share.
    preferred : str
        See :func:`resolve`.
    """
    resolved = resolve(day, preferred)
    size = 64 * (day.observations.size + resolved[0].size) + 400 * len(day.granules)
    with replacing(path, SerialCommunicator(), size) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"], file.attrs["units"] = FORMAT, day.observations.units
        file.attrs["settings"] = json.dumps(settings, sort_keys=True)
        _write_columns(file, resolved[0], cells)
        parts = file.create_group(PARTS)
        _write_columns(parts, day.observations, cells)
        parts.create_dataset(OWNER, data=day.owner, track_times=False)
        text = json.dumps([granule._asdict() for granule in day.granules]).encode()
        parts.create_dataset(GRANULES, data=np.frombuffer(text, np.uint8), track_times=False)
    return resolved


def _write_columns(group, observations, cells):
    group.create_dataset("cell", data=cells[observations.point], track_times=False)
    for name in COLUMNS:
        group.create_dataset(name, data=getattr(observations, name), track_times=False)
    group["time"].attrs["units"] = "seconds since 2000-01-01 00:00:00"


def read_day(path, cells, settings=None, period=None):
    """Return the observations of a file at the points of a run, None where there is no file.

    Parameters
    ----------
    path : Path
    cells : ndarray of int64 (n_total,)
        Global cell ids of the points, ascending; observations of other cells are left out.
    settings : dict, optional
        See :func:`write_day`; without them the file may have been made with any.
    period : tuple of float, optional
        Begin and end [s since 2000-01-01 UTC] of the observations that are read, the end not included; the whole day by
        default.

    Raises
    ------
    InputError
        For a damaged file or one made with other settings.
    """
    read = _read(path, cells, settings, lambda file: (_columns(file, _rows(file, period)), None))
    return None if read is None else read[0]


def read_parts(path, cells, settings=None):
    """Return the :class:`Day` of a file, None where there is none; arguments and exceptions are those of :func:`read_day`."""
    def content(file):
        granules = json.loads(bytes(file[PARTS][GRANULES][()]))
        return _columns(file[PARTS]), (file[PARTS][OWNER][()], tuple(Granule(**granule) for granule in granules))

    read = _read(path, cells, settings, content)
    if read is None:
        return None
    observations, known, (owner, granules) = read
    return Day(observations, owner[known], granules)


def check_settings(path, settings):
    """Check that a file of a day was made with these settings.

    Raises
    ------
    InputError
        For a damaged file or one made with other settings.
    """
    _content(Path(path), settings, lambda file: ({}, None))


def read_cells(path):
    """Return the global cell ids and the platforms of the observations of a day that count."""
    with h5py.File(path, "r") as file:
        return file["cell"][()], file["platform"][()]


def _rows(file, period):
    return slice(None) if period is None else window_slice(file["time"][()], *period)


def _columns(group, rows=slice(None)):
    return {name: group[name][rows] for name in ("cell", *COLUMNS)}


def _read(path, cells, settings, content):
    """Return observations at the points, which of those in the file they are, and what else ``content`` reads."""
    path = Path(path)
    if not path.exists():
        return None
    columns, units, further = _content(path, settings, content)
    cell = columns.pop("cell")
    point = np.searchsorted(cells, cell)
    known = (point < len(cells)) & (cells[np.minimum(point, len(cells) - 1)] == cell)
    observations = GriddedObservations(point=point.astype(np.int64), units=units, **columns)
    return observations if known.all() else observations.select(known), known, further


def _content(path, settings, content):
    """Return the columns of an existing file, their units and what else ``content`` reads, if it has the settings."""
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise InputError(f"{path} holds no gridded observations of this version. `landda obs ingest` writes them; "
                                 "remove the folder and ingest again.")
            stored, units = json.loads(file.attrs["settings"]), str(file.attrs["units"])
            columns, further = content(file)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} cannot be read as gridded observations: {error}. "
                         "Remove it and ingest its day again.") from error
    expected = stored if settings is None else json.loads(json.dumps(settings))
    if stored != expected:
        differing = [f"  {key}: found {stored.get(key)!r}, expected {expected.get(key)!r}"
                     for key in sorted(set(stored) | set(expected)) if stored.get(key) != expected.get(key)]
        raise InputError(f"{path} was made with other settings:\n" + "\n".join(differing)
                         + "\n  Ingest the products again with the configuration of this run, into another folder.")
    return columns, units, further
