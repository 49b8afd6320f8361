"""Read fields on columns, such as the nodes of a cubed sphere, from NetCDF, and refuse what a land model cannot be run with."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.atmosphere import FIELDS, FORCING, NOISE, Columns, Series
from landda_hpc.coupling.observe import unit_vectors
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.clock import seconds_of_times
from landda_hpc.forcing.gridded.units import conversion
from landda_hpc.observations.netcdf import numbers, open_netcdf
from landda_hpc.times import UNIX_EPOCH

COLUMN, LEVELS, TIME = "ncol", ("lev", "plev", "level"), "time"
#: Other names of fields in files, where the configuration gives none.
ALIASES = {"tair": ("tair", "T", "ta", "t"), "qair": ("qair", "Q", "qv", "hus", "q"), "uwind": ("uwind", "U", "ua", "u"),
           "vwind": ("vwind", "V", "va", "v"), "psurf": ("psurf", "PS", "ps", "sp"), "swdown": ("swdown", "rsds", "FSDS"),
           "lwdown": ("lwdown", "rlds", "FLDS"), "rainf": ("rainf", "pr", "PRECT")}
SAME_PLACE = 1.0e-4  # degrees
SPHERE = 4.0 * np.pi  # steradian
GRID_ATTRIBUTES = ("ne", "np", "grid")


class NamedField(NamedTuple):
    """How a field is called in files, and its units where these replace those of the file."""

    name: str
    units: str | None = None


def has_columns(path):
    """Return whether a file is on columns: it has the dimension ``ncol``."""
    with open_netcdf(path) as fields:
        return any(COLUMN in variable.dimensions for variable in fields.values())


def read_columns(path):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Columns` of a file; without ``area`` all stand for the same.

    Raises
    ------
    InputError
        Without latitudes and longitudes, or with impossible ones.
    """
    with open_netcdf(path) as fields:
        lacking = [name for name in ("lat", "lon") if name not in fields]
        if lacking:
            raise InputError(f"{path}: {' and '.join(lacking)} of the columns are missing; found {', '.join(sorted(fields))}.")
        latitude, longitude = numbers(fields["lat"]), numbers(fields["lon"])
        bad = ~(np.abs(latitude) <= 90.0) | ~np.isfinite(longitude)
        if bad.any() or latitude.shape != longitude.shape or latitude.ndim != 1:
            raise InputError(f"{path}: lat {latitude.shape} and lon {longitude.shape} are no columns: expected one dimension and "
                             f"latitudes within 90 degrees; {int(bad.sum())} are none, first of column {int(bad.argmax())}.")
        area = numbers(fields["area"]) if "area" in fields else np.full(len(latitude), SPHERE / len(latitude))
        land = numbers(fields["land"]) > 0.5 if "land" in fields else np.ones(len(latitude), bool)
        attributes = {name: value for name, value in fields.attributes.items() if name in GRID_ATTRIBUTES}
    return Columns(latitude, longitude, area, land, attributes)


def same_places(first, second):
    """Return whether two sets of columns are the same, one by one, within 1e-4 degrees."""
    if first.n_columns != second.n_columns:
        return False
    apart = np.linalg.norm(unit_vectors(first.latitude, first.longitude) - unit_vectors(second.latitude, second.longitude),
                           axis=1)
    return bool(apart.max(initial=0.0) <= np.deg2rad(SAME_PLACE))


def times_of(path):
    """Return the times of a file ``(n_times,)`` datetime64[s]."""
    with open_netcdf(path) as fields:
        return _times(path, fields)


def read_series(path, start, end, names=None, optional=True, needed_land=None):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Series` of the forcing from a time to another.

    Parameters
    ----------
    path : Path
    start, end : datetime64
        First and last time; means are those of the intervals between.
    names : dict of str to NamedField, optional
        In place of the usual names.
    optional : bool
        Also read what is of use but not needed.
    needed_land : ndarray of bool (n_columns,), optional
        Columns whose values must be there; all by default.

    Raises
    ------
    InputError
        For missing variables, units that cannot be converted, gaps and doubles in time, missing and impossible values: file,
        variable and the first bad index.
    """
    names = names or {}
    with open_netcdf(path) as fields:
        times = _times(path, fields)
        chosen = _window(path, times, start, end)
        found = {}
        for field in FIELDS if optional else FORCING:
            wanted = [names[field].name] if field in names else ALIASES.get(field, (field,))
            name = next((one for one in wanted if one in fields), None)
            if name is not None:
                units = names[field].units if field in names else None
                found[field] = _values(path, fields[name], field, units, len(times), chosen)
            elif field in FORCING:
                raise InputError(f"{path}: {field} is missing; none of {', '.join(wanted)} is among "
                                 f"{', '.join(sorted(fields))}. Name it in atmosphere.source.variables.")
    for field, values in found.items():
        _check(path, field, values, times[chosen], needed_land)
    return Series(times[chosen], found)


def _times(path, fields):
    if TIME not in fields:
        raise InputError(f"{path}: there is no {TIME} among {', '.join(sorted(fields))}.")
    clock = fields[TIME]
    try:
        seconds = seconds_of_times(numbers(clock), clock.word("units"), clock.word("calendar") or "standard")
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path}: {TIME}: {error}.") from error
    return UNIX_EPOCH + seconds.astype("timedelta64[s]")


def _window(path, times, start, end):
    """Return the indices of the times of a window, which must be even and divide it."""
    inside = np.flatnonzero((times >= start) & (times <= end))
    window = times[inside]
    if not len(window) or window[0] != start or window[-1] != end:
        raise InputError(f"{path}: time does not cover {start} to {end} UTC; it has {len(times)} times from {times.min()} to "
                         f"{times.max()}, of them {len(window)} in the window.")
    steps = np.diff(window)
    wrong = np.flatnonzero(steps != steps[0])
    if steps[0] <= np.timedelta64(0, "s") or len(wrong):
        place = int(wrong[0]) if len(wrong) else 0
        raise InputError(f"{path}: time has a gap or an overlap between {window[place]} (index {inside[place]}) and "
                         f"{window[place + 1]}; expected steps of {steps[0]}.")
    return inside


def _values(path, variable, field, units, n_times, chosen):
    """Return a field ``(n_chosen, n_columns)`` in its own units; of levels the lowest."""
    dims = variable.dimensions
    if TIME not in dims or COLUMN not in dims:
        raise InputError(f"{path}: {variable.name} has the dimensions {', '.join(dims)}, expected {TIME} and {COLUMN}.")
    values = numbers(variable)
    extra = [dim for dim in dims if dim not in (TIME, COLUMN)]
    values = np.moveaxis(values, [dims.index(name) for name in (TIME, COLUMN)], [0, -1])
    if len(extra) > 1 or (extra and extra[0] not in LEVELS and values.shape[1] != 1):
        raise InputError(f"{path}: {variable.name} has the dimensions {', '.join(dims)}, expected {TIME}, {COLUMN} and at most "
                         f"one of {', '.join(LEVELS)}.")
    values = values[:, -1] if extra else values  # levels count from the top: the last one is the lowest
    known = FIELDS[field]
    try:
        change = conversion(units or variable.word("units"), known.units, False)
    except ValueError as error:
        raise InputError(f"{path}: {variable.name}: {error}, expected {known.units} for {field}.") from error
    return values[chosen] * change.factor + change.offset if change[:2] != (1.0, 0.0) else values[chosen]


def _check(path, field, values, times, needed):
    """Refuse missing and impossible values; what packing leaves of no precipitation becomes none."""
    known = FIELDS[field]
    rows = values[1:] if known.mean else values
    rows = rows if needed is None else rows[:, needed]
    if known.mean and known.units == FIELDS["rainf"].units:
        values[(values < 0.0) & (values > -NOISE)] = 0.0
        rows = values[1:] if needed is None else values[1:][:, needed]
    for what, bad in ((f"not within {known.least:g} to {known.greatest:g} {known.units}",
                       (rows < known.least) | (rows > known.greatest)), ("missing or no number", ~np.isfinite(rows))):
        if bad.any():
            row, place = (int(index) for index in np.argwhere(bad)[0])
            column = place if needed is None else int(np.flatnonzero(needed)[place])
            raise InputError(f"{path}: {field} is {what} in {int(bad.sum())} of {bad.size} values, first {rows[row, place]:g} at "
                             f"{times[row + known.mean]} UTC in column {column}.")
