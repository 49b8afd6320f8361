"""Gridded observations on disk: one file per sensor and day, cells in global ids, added to as products arrive.

A pass over a cell that was cut between files is put together again: means of the same platform and pass are merged by the
number of their footprints. An observation that comes again (the same platform, cell, time and value) is kept once.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.gridding import PASS
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.times import EPOCH, SECONDS_PER_DAY

FORMAT = "landda_hpc gridded observations"
COLUMNS = ("value", "error", "time", "platform", "product", "n_footprints", "ascending", "code")


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


def write_day(path, observations, cells, settings):
    """Write the observations of a sensor and a day; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
    observations : GriddedObservations
    cells : ndarray of int64 (n_total,)
        Global cell id of each point.
    settings : dict
        Quality control and grid that a reader must share.
    """
    with replacing(path, SerialCommunicator(), 64 * observations.size) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"], file.attrs["units"] = FORMAT, observations.units
        file.attrs["settings"] = json.dumps(settings, sort_keys=True)
        file.create_dataset("cell", data=cells[observations.point], track_times=False)
        for name in COLUMNS:
            file.create_dataset(name, data=getattr(observations, name), track_times=False)
        file["time"].attrs["units"] = "seconds since 2000-01-01 00:00:00"


def read_day(path, cells, settings=None):
    """Return the observations of a file at the points of a run, None where there is no file.

    Parameters
    ----------
    path : Path
    cells : ndarray of int64 (n_total,)
        Global cell ids of the points, ascending; observations of other cells are left out.
    settings : dict, optional
        See :func:`write_day`; without them the file may have been made with any.

    Raises
    ------
    InputError
        For a damaged file or one made with other settings.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise InputError(f"{path} holds no gridded observations. `landda obs ingest` writes them.")
            stored, units = json.loads(file.attrs["settings"]), str(file.attrs["units"])
            cell = file["cell"][()]
            columns = {name: file[name][()] for name in COLUMNS}
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be read as gridded observations: {error}. "
                         "Remove it and ingest its day again.") from error
    expected = stored if settings is None else json.loads(json.dumps(settings))
    if stored != expected:
        differing = [f"  {key}: found {stored.get(key)!r}, expected {expected.get(key)!r}"
                     for key in sorted(set(stored) | set(expected)) if stored.get(key) != expected.get(key)]
        raise InputError(f"{path} was made with other settings:\n" + "\n".join(differing)
                         + "\n  Ingest the products again with the configuration of this run, into another folder.")
    point = np.searchsorted(cells, cell)
    known = (point < len(cells)) & (cells[np.minimum(point, len(cells) - 1)] == cell)
    return GriddedObservations(point=point.astype(np.int64), units=units, **columns).select(known)
