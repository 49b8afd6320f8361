"""Forecasts and analyses in NetCDF: of the cubed sphere, of other columns, or of latitudes and longitudes.

The valid time is ``valid_time`` or ``time``; the start is ``forecast_reference_time`` (one number, or one for each time), or
``time`` where there is a ``step``. A file without a start holds analyses. Model levels need ``hyam``, ``hybm``, ``P0`` and the
surface pressure; below the ground and above the model's top values are missing. Units are converted; what tells none is in
SI units, rates of rain in kg m-2 s-1 and sums in m.
"""

import functools

import numpy as np

from landda_hpc.coupling.column_places import grid_of_cells
from landda_hpc.coupling.recognise import degrees_of
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.units import Conversion, conversion
from landda_hpc.references.file_index import PARTS, RATE, SUM, FileIndex, metres_of
from landda_hpc.references.quantities import QUANTITIES
from landda_hpc.references.slots import HOUR, TWO_METRES, Slot
from landda_hpc.references.source_grid import SourceGrid
from landda_hpc.times import EPOCH

#: Names of variables by quantity; the first that is there is taken.
SCREEN = {"air_temperature": ("t2m", "T2M", "tas", "2t"), "specific_humidity": ("q2m", "Q2M", "huss"),
          "dewpoint_temperature": ("d2m", "2d"), "surface_pressure": ("psurf", "ps", "PS", "sp")}
PROFILE = {"air_temperature": ("T", "ta", "t"), "specific_humidity": ("Q", "qv", "hus", "q"), "relative_humidity": ("r", "hur")}
#: Rates are over the interval before the time, sums since the start.
RAIN = {RATE: ("rainf", "pr"), SUM: ("tp",), **{part: (part,) for part in PARTS}}
#: What variables are called where another name is given for them: by the first of the usual ones.
KEYS = tuple(names[0] for names in (*SCREEN.values(), *PROFILE.values(), *RAIN.values()))
TERRAIN = ("orography", "orog", "topo", "HGT", "PHIS", "z")
TERRAIN_UNITS = {"PHIS": "m2 s-2", "z": "m2 s-2"}  # where the file tells none
LEVELS, STEPS, STARTS = ("lev", "level", "plev", "pressure_level"), ("step", "lead", "forecast_period"), (
    "forecast_reference_time",)
HORIZONTAL = (("ncol",), ("lat", "lon"), ("latitude", "longitude"))
#: Pressure levels [Pa] that model levels are brought to.
PRESSURES = tuple(100.0 * level for level in (1000, 925, 850, 775, 700, 600, 500, 400, 300, 250, 200, 150, 100))
HPA = 100.0
RAIN_UNITS = {RATE: "kg m-2 s-1", **dict.fromkeys((SUM, *PARTS), "kg m-2")}
UNTOLD_SUM = "m"  # units of sums of rain where the file tells none
HYBRID = ("hyam", "hybm", "P0")  # coefficients of the middles of levels and the pressure that the first are multiplied by
AS_IT_IS = Conversion(1.0, 0.0, False)
SHORTEST_LEVEL_IN_PA = 2000.0  # where the lowest level of a file exceeds this, its levels are in Pa
OPEN_FILES = 64


@functools.lru_cache(maxsize=OPEN_FILES)
def _open(path):
    import xarray

    return xarray.open_dataset(path)


def index_netcdf(path, named=None):
    """Return the :class:`~landda_hpc.references.file_index.FileIndex` of a file.

    ``named`` are names of variables by :data:`KEYS`, which are looked for before the usual ones.
    """
    named = named or {}
    try:
        dataset = _open(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF or GRIB ({type(error).__name__}): {error}") from error
    horizontal = next((dims for dims in HORIZONTAL if all(name in dataset.sizes or name in dataset for name in dims)), None)
    if horizontal is None:
        return FileIndex({}, {})
    loaders, rain = {}, {}
    for quantity, names in SCREEN.items():
        name = _name(dataset, names, named)
        if name:
            change = _change(path, dataset[name], QUANTITIES[quantity][0])
            for at, start, lead in _times(path, dataset, name):
                slot = Slot(quantity, "" if quantity == "surface_pressure" else TWO_METRES, start, lead)
                loaders[slot] = functools.partial(_load, path, name, at, horizontal, change)
    surface = _name(dataset, SCREEN["surface_pressure"], named)
    for quantity, names in PROFILE.items():
        name = _name(dataset, names, named, LEVELS)
        if name:
            change = _change(path, dataset[name], QUANTITIES[quantity][0])
            for at, start, lead in _times(path, dataset, name):
                loaders |= {Slot(quantity, f"{pressure:g} Pa", start, lead): load
                            for pressure, load in _levels(path, dataset, name, at, horizontal, change, surface)}
    for kind, names in RAIN.items():
        name = _name(dataset, names, named)
        if name:
            found = _index_rain(path, dataset, name, kind, horizontal)
            rain |= {(kind, start): intervals for start, intervals in found.items()}
    return FileIndex(loaders, rain, _terrain(path, dataset, horizontal))


def _name(dataset, names, named, dims=()):
    """Return the variable of some names that is there, with one of the dimensions if any are given; None without one."""
    return next((name for name in (named.get(names[0]), *names)
                 if name in dataset and (not dims or set(dataset[name].dims) & set(dims))), None)


def _change(path, variable, wanted, untold=None):
    """Return the :class:`~landda_hpc.forcing.gridded.units.Conversion` of a variable, from ``untold`` units where it has none.

    Rain may be a depth of water in place of a mass per area.
    """
    units = str(variable.attrs.get("units", "")).strip() or untold
    if units is None:
        return AS_IT_IS
    try:
        change = conversion(units, wanted, wanted in RAIN_UNITS.values())
        if change.amount:
            raise ValueError(f"unit {units!r} is not one of {wanted}")
    except ValueError as error:
        raise InputError(f"{path}: {variable.name}: {error}. Correct the attribute units.") from error
    return change


def _index_rain(path, dataset, name, kind, horizontal):
    """Return the functions that read precipitation [mm] by start and interval: of rates that since the record before."""
    rain, times = {}, _times(path, dataset, name)
    change = _change(path, dataset[name], RAIN_UNITS[kind], None if kind == RATE else UNTOLD_SUM)
    for start in sorted({start for _, start, _ in times}):
        before = start
        for at, lead in sorted(((at, lead) for at, own, lead in times if own == start), key=lambda item: item[1]):
            end = start + round(HOUR * lead)
            if end > before:
                begin = before if kind == RATE else start
                of_interval = change._replace(factor=change.factor * (end - before)) if kind == RATE else change
                rain.setdefault(start, {})[begin, end] = functools.partial(_load, path, name, at, horizontal, of_interval)
                before = end
    return rain


def _terrain(path, dataset, horizontal):
    """Return the function that reads the height of the surface [m], None where a file does not have it."""
    for name in TERRAIN:
        if name in dataset and set(horizontal) <= set(dataset[name].dims) and not set(dataset[name].dims) & set(LEVELS):
            factor = metres_of(dataset[name].attrs.get("units", TERRAIN_UNITS.get(name)))
            if factor is not None:
                return functools.partial(_load, path, name, (), horizontal, AS_IT_IS._replace(factor=factor))
    return None


def _times(path, dataset, name):
    """Return indices of the time dimensions, start and lead of every time of a variable."""
    variable = dataset[name]
    step = next((one for one in STEPS if one in dataset), None)
    valid = next((one for one in ("valid_time", "time") if one in dataset), None)
    reference = next((one for one in STARTS if one in dataset), None)
    if valid is None:
        raise InputError(f"{path}: {name} has no time; expected a variable valid_time or time.")
    clocks = [dim for dim in variable.dims if dim in ("time", "valid_time", *STEPS, *STARTS)]
    found = []
    for place in np.ndindex(*(variable.sizes[dim] for dim in clocks)):
        at = dict(zip(clocks, place))
        if step is not None and valid == "time":
            start = _seconds(dataset["time"], at)
            lead = _hours(dataset[step], at)
        elif step is not None:
            lead = _hours(dataset[step], at)
            start = _seconds(dataset[valid], at) - HOUR * lead
        else:
            time = _seconds(dataset[valid], at)
            start = time if reference is None else _seconds(dataset[reference], at)
            lead = (time - start) / HOUR
        found.append((tuple(at.items()), start, lead))
    return found


def _seconds(variable, at):
    value = variable.isel({dim: index for dim, index in at.items() if dim in variable.dims}).values
    return float((np.datetime64(value, "ms") - EPOCH.astype("datetime64[ms]")) / np.timedelta64(1000, "ms"))


def _hours(variable, at):
    value = variable.isel({dim: index for dim, index in at.items() if dim in variable.dims}).values
    return float(value / np.timedelta64(1, "h")) if value.dtype.kind == "m" else float(value)


def _source(dataset, horizontal):
    if horizontal == ("ncol",):
        latitude, longitude = (degrees_of(np.asarray(dataset[name].values, np.float64), dataset[name].attrs.get("units"))
                               for name in ("lat", "lon"))
        grid = grid_of_cells(dataset, dataset.attrs)
        if grid is not None:
            return SourceGrid(latitude, longitude, True, grid, np.asarray(dataset["cell"].values, np.int64))
        return SourceGrid(latitude, longitude, True)
    return SourceGrid(*(np.asarray(dataset[name].values, np.float64) for name in horizontal), False)


def _load(path, name, at, horizontal, change, further=()):
    """Return the values of a field, flat and converted, and their grid; dimensions of one member are dropped."""
    dataset = _open(path)
    variable = dataset[name].isel(dict((*at, *further)))
    variable = variable.isel({dim: 0 for dim in variable.dims if dim not in horizontal})
    values = np.asarray(variable.transpose(*horizontal).values, np.float64).ravel()
    return values * change.factor + change.offset, _source(dataset, horizontal)


def _levels(path, dataset, name, at, horizontal, change, surface):
    """Return pressures [Pa] of a variable and the loaders of its values there."""
    dim = next(one for one in LEVELS if one in dataset[name].dims)
    if "hyam" in dataset and dim in dataset["hyam"].dims:
        return [(pressure, functools.partial(_interpolated, path, name, dim, at, horizontal, change, surface, pressure))
                for pressure in PRESSURES]
    levels = np.asarray(dataset[dim].values, np.float64)
    factor = 1.0 if levels.max() > SHORTEST_LEVEL_IN_PA or dataset[dim].attrs.get("units") == "Pa" else HPA
    return [(factor * level, functools.partial(_load, path, name, at, horizontal, change, ((dim, index),)))
            for index, level in enumerate(levels)]


@functools.lru_cache(maxsize=2)
def _model_levels(path, name, dim, at, horizontal, change, surface):
    """Return values and logarithms of pressure ``(n_levels, n_columns)`` of one time, from the top down, and their grid."""
    dataset = _open(path)
    at = {key: index for key, index in at if key in dataset[name].dims}
    if surface is None:
        raise InputError(f"{path}: {name} is on model levels, and there is no surface pressure "
                         f"({', '.join(SCREEN['surface_pressure'])}) to find their pressures with.")
    of_surface = _change(path, dataset[surface], QUANTITIES["surface_pressure"][0])
    bottom, source = _load(path, surface, tuple(at.items()), horizontal, of_surface)
    values = dataset[name].isel(at)
    values = values.isel({one: 0 for one in values.dims if one not in (dim, *horizontal)}).transpose(dim, *horizontal).values
    lacking = [one for one in HYBRID if one not in dataset]
    if lacking:
        raise InputError(f"{path}: {name} is on model levels, and there is no {' and no '.join(lacking)} to find their "
                         f"pressures with; expected {', '.join(HYBRID)}.")
    a, b, reference = (np.asarray(dataset[one].values, np.float64) for one in HYBRID)
    reference = reference * _change(path, dataset["P0"], QUANTITIES["surface_pressure"][0]).factor
    pressure = a[:, None] * reference + b[:, None] * bottom
    values = np.asarray(values, np.float64).reshape(len(a), -1) * change.factor + change.offset
    order = slice(None) if pressure[0].mean() < pressure[-1].mean() else slice(None, None, -1)
    return values[order], np.log(pressure[order]), source


def _interpolated(path, name, dim, at, horizontal, change, surface, pressure):
    """Return values at a pressure, linear in its logarithm, NaN outside of the levels."""
    values, log_pressure, source = _model_levels(path, name, dim, at, horizontal, change, surface)
    target, columns = np.log(pressure), np.arange(values.shape[1])
    below = (log_pressure < target).sum(axis=0)  # the first level at or below the target
    inside = (below > 0) & (below < len(values))
    lower = np.clip(below, 1, len(values) - 1)
    upper = lower - 1
    share = (target - log_pressure[upper, columns]) / (log_pressure[lower, columns] - log_pressure[upper, columns])
    found = values[upper, columns] + share * (values[lower, columns] - values[upper, columns])
    return np.where(inside, found, np.nan), source
