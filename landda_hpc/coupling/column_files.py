"""Read fields on columns, such as the nodes of a cubed sphere, from NetCDF, and refuse what a land model cannot be run with."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.atmosphere import FIELDS, FORCING, NOISE, Series
from landda_hpc.coupling.column_places import COLUMN
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.clock import seconds_of_times
from landda_hpc.forcing.gridded.units import conversion
from landda_hpc.observations.netcdf import numbers, open_netcdf
from landda_hpc.times import UNIX_EPOCH

LEVELS, TIME = ("lev", "plev", "level"), "time"
#: Other names of fields in files, where the configuration gives none.
ALIASES = {"tair": ("tair", "T", "ta", "t"), "qair": ("qair", "Q", "qv", "hus", "q"), "uwind": ("uwind", "U", "ua", "u"),
           "vwind": ("vwind", "V", "va", "v"), "psurf": ("psurf", "PS", "ps", "sp"), "swdown": ("swdown", "rsds", "FSDS"),
           "lwdown": ("lwdown", "rlds", "FLDS"), "rainf": ("rainf", "pr", "PRECT"), "t2m": ("t2m", "T2M", "tas"),
           "q2m": ("q2m", "Q2M", "huss"), "u10m": ("u10m", "U10M", "uas"), "v10m": ("v10m", "V10M", "vas")}


class NamedField(NamedTuple):
    """How a field is called in files, and its units where these replace those of the file."""

    name: str
    units: str | None = None


def times_of(path):
    """Return the times of a file ``(n_times,)`` datetime64[s]."""
    with open_netcdf(path) as fields:
        return _times(path, fields)


def read_series(path, start, end, names=None, fields=tuple(FIELDS), needed=tuple(FORCING)):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Series` of the forcing from a time to another.

    Parameters
    ----------
    path : Path, or sequence of Path
        Of several files each gives the times that it has.
    start, end : datetime64
        First and last time; means are those of the intervals between.
    names : dict of str to NamedField, optional
        In place of the usual names.
    fields, needed : sequence of str
        What is read where it is there, and what must be there.

    Raises
    ------
    InputError
        For missing variables, units that cannot be converted, gaps and doubles in time, missing and impossible values: file,
        variable and the first bad index.
    """
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    times = [times_of(one) for one in paths]
    file = np.concatenate([np.full(len(one), number) for number, one in enumerate(times)])
    index = np.concatenate([np.arange(len(one)) for one in times])
    chosen = _window(paths, file, np.concatenate(times), start, end)
    time = np.concatenate(times)[chosen]
    parts = [_read(paths[number], index[chosen][file[chosen] == number], time[file[chosen] == number], names or {}, fields,
                   needed, time[0]) for number in dict.fromkeys(file[chosen])]
    common = [name for name in parts[0] if all(name in part for part in parts)]
    return Series(time, {name: np.concatenate([part[name] for part in parts]) for name in common})


def names_of(field, names):
    """Return the names that a field may have in files: that of the configuration or, without, the usual ones."""
    return (names[field].name,) if field in names else ALIASES.get(field, (field,))


def name_in(fields, field, names):
    """Return the name of a field in a file, None where it is not there, and units in place of the file's or None."""
    name = next((one for one in names_of(field, names) if one in fields), None)
    return name, names[field].units if field in names else None


def _read(path, index, times, names, chosen, needed, first):
    """Return the fields of some times of a file, checked; means at the ``first`` time of all are not needed."""
    found = {}
    with open_netcdf(path) as fields:
        for field in chosen:
            name, units = name_in(fields, field, names)
            if name is not None:
                found[field] = _values(path, fields, name, field, units, index)
            elif field in needed:
                raise InputError(f"{path}: {field} is missing; none of {', '.join(names_of(field, names))} is among "
                                 f"{', '.join(sorted(fields))}. Name it in atmosphere.source.variables.")
    for field, values in found.items():
        check_values(path, field, values, times, int(FIELDS[field].mean and times[0] == first))
    return found


def _times(path, fields):
    if TIME not in fields:
        raise InputError(f"{path}: there is no {TIME} among {', '.join(sorted(fields))}.")
    clock = fields[TIME]
    try:
        seconds = seconds_of_times(numbers(clock), clock.word("units"), clock.word("calendar") or "standard")
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path}: {TIME}: {error}.") from error
    return UNIX_EPOCH + seconds.astype("timedelta64[s]")


def _window(paths, file, times, start, end):
    """Return the indices of the times of a window in order, which must be even."""
    inside = np.flatnonzero((times >= start) & (times <= end))
    inside = inside[np.argsort(times[inside], kind="stable")]
    window, where = times[inside], ", ".join(map(str, paths[:3]))
    if not len(window) or window[0] != start or window[-1] != end:
        raise InputError(f"{where}: time does not cover {start} to {end} UTC; there are {len(times)} times from {times.min()} "
                         f"to {times.max()}, {len(window)} of them in the window.")
    steps = np.diff(window)
    nothing = np.timedelta64(0, "s")
    common = np.median(steps[steps > nothing].astype(np.int64)).astype("timedelta64[s]")
    wrong = np.flatnonzero(steps == nothing)
    wrong = wrong if len(wrong) else np.flatnonzero(steps != common)
    if len(wrong):
        place = int(wrong[0])
        what = "an overlap" if steps[place] == nothing else "a gap"
        raise InputError(f"{paths[file[inside[place + 1]]]}: time has {what} between {window[place]} and {window[place + 1]}; "
                         f"expected steps of {common}.")
    return inside


def _values(path, fields, name, field, units, chosen):
    """Return a field ``(n_chosen, n_columns)`` in its own units; of levels the lowest, and only these numbers are read."""
    variable = fields[name]
    dims = variable.dimensions
    if TIME not in dims or COLUMN not in dims:
        raise InputError(f"{path}: {name} has the dimensions {', '.join(dims)}, expected {TIME} and {COLUMN}.")
    extra = [dim for dim in dims if dim not in (TIME, COLUMN)]
    if len(extra) > 1 or (extra and extra[0] not in LEVELS and variable.shape[dims.index(extra[0])] != 1):
        raise InputError(f"{path}: {name} has the dimensions {', '.join(dims)}, expected {TIME}, {COLUMN} and at most one of "
                         f"{', '.join(LEVELS)}.")
    first = int(chosen.min())
    part = {TIME: slice(first, int(chosen.max()) + 1), COLUMN: slice(None)}
    part |= {dim: _lowest(fields, dim, variable.shape[dims.index(dim)]) for dim in extra}
    values = numbers(variable, tuple(part[dim] for dim in dims))
    values = values if dims.index(TIME) < dims.index(COLUMN) else values.T
    chosen = chosen - first
    known = FIELDS[field]
    try:
        change = conversion(units or variable.word("units"), known.units, known.mean)
        if change.amount:
            raise ValueError("an amount over an interval is not understood on columns")
    except ValueError as error:
        raise InputError(f"{path}: {name}: {error}, expected {known.units} for {field}.") from error
    return values[chosen] * change.factor + change.offset if change[:2] != (1.0, 0.0) else values[chosen]


def _lowest(fields, dim, n_levels):
    """Return the index of the level next to the ground: hybrid coefficients or the coordinate tell the order.

    A coordinate counts downwards, as pressures and numbers of levels do, unless its attribute ``positive`` is ``up``. Without
    either the last level is the lowest.
    """
    for name in ("hybm", dim):
        heights = numbers(fields[name]) if name in fields else np.zeros(0)
        steps = np.diff(heights)
        if heights.shape == (n_levels,) and steps.any() and ((steps >= 0.0).all() or (steps <= 0.0).all()):
            upward = fields[name].word("positive") == "up"
            return int(heights.argmin() if upward else heights.argmax())
    return n_levels - 1


def check_values(where, field, values, times, first):
    """Refuse missing and impossible values from the row ``first`` on; what packing leaves of no precipitation becomes none.

    Parameters
    ----------
    where : str or Path
        File or other origin, for the message.
    field : str
    values : ndarray (n_times, n_columns)
        Changed in place.
    times : ndarray of datetime64 (n_times,)
    first : int

    Raises
    ------
    InputError
        With the first bad time and column.
    """
    known, rows = FIELDS[field], values[first:]
    if known.mean and known.least == 0.0:
        rows[(rows < 0.0) & (rows > -NOISE)] = 0.0
    for what, bad in ((f"not within {known.least:g} to {known.greatest:g} {known.units}",
                       (rows < known.least) | (rows > known.greatest)), ("missing or no number", ~np.isfinite(rows))):
        if bad.any():
            row, column = (int(index) for index in np.argwhere(bad)[0])
            raise InputError(f"{where}: {field} is {what} in {int(bad.sum())} of {bad.size} values, first "
                             f"{rows[row, column]:g} at {times[row + first]} UTC in column {column}.")
