"""Forecasts, analyses and gauges in files, found by quantity, level, start and lead, and put on a verification grid.

NetCDF of the cubed sphere (dimension ``ncol``) or of latitudes and longitudes is read field by field. The valid time is
``valid_time`` or ``time``; the start is ``forecast_reference_time`` (one number, or one for each time), or ``time`` where
there is a ``step``. A file without a start holds analyses. GRIB goes through :mod:`landda_hpc.references.grib`, gauges of CPC
through :mod:`landda_hpc.references.cpc`. Model levels need ``hyam``, ``hybm``, ``P0`` and the surface pressure; below the
ground and above the model's top values are missing.
"""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import cpc, grib
from landda_hpc.references.humidity import humidity_of_dewpoint, humidity_of_relative
from landda_hpc.references.slots import HOUR, TWO_METRES, Slot
from landda_hpc.times import EPOCH, SECONDS_PER_DAY

#: Names of variables by quantity; the first that is there is taken.
SCREEN = {"air_temperature": ("t2m", "T2M", "tas", "2t"), "specific_humidity": ("q2m", "Q2M", "huss"),
          "dewpoint_temperature": ("d2m", "2d"), "surface_pressure": ("psurf", "ps", "PS", "sp")}
PROFILE = {"air_temperature": ("T", "ta", "t"), "specific_humidity": ("Q", "qv", "hus", "q"), "relative_humidity": ("r", "hur")}
RAIN_RATE, RAIN_SUM = "rainf", "tp"  # kg m-2 s-1 over the interval before the time; m since the start
LEVELS, STEPS, STARTS = ("lev", "level", "plev", "pressure_level"), ("step", "lead"), ("forecast_reference_time",)
HORIZONTAL = (("ncol",), ("lat", "lon"), ("latitude", "longitude"))
#: Pressure levels [Pa] that model levels are brought to.
PRESSURES = tuple(100.0 * level for level in (1000, 925, 850, 775, 700, 600, 500, 400, 300, 250, 200, 150, 100))
HPA = 100.0
PERCENT = 100.0
KG_PER_M2 = 1000.0  # of a metre of water
SHORTEST_LEVEL_IN_PA = 2000.0  # where the lowest level of a file exceeds this, its levels are in Pa
OPEN_FILES = 64


class SourceGrid(NamedTuple):
    """Where values are: axes ``latitude``, ``longitude`` [degrees], or columns of the cubed sphere."""

    latitude: np.ndarray
    longitude: np.ndarray
    columns: bool

    @property
    def key(self):
        """What tells grids apart."""
        return self.latitude.tobytes(), self.longitude.tobytes(), self.columns


class ForecastFiles:
    """All fields of the files of one experiment, or of analyses.

    Parameters
    ----------
    paths : sequence of path
        Files and folders.
    remap : callable
        ``remap(source, grid, method)`` of a :class:`SourceGrid`, a verification grid and ``bilinear`` or ``conservative``
        returns the function from values on the source, flat, to values on the grid ``(n_cells,)``.

    Raises
    ------
    InputError
        If there are no files, none of them holds a known field, or one cannot be read.
    """

    def __init__(self, paths, remap):
        self._remap, self._remaps = remap, {}
        self._loaders, self._rain = {}, {}
        files = [file for path in map(Path, paths)
                 for file in (sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path])]
        for path in files:
            loaders, rain = _index_grib(path) if _is_grib(path) else _index_netcdf(path)
            self._loaders |= loaders
            for start, intervals in rain.items():
                self._rain.setdefault(start, {}).update(intervals)
        self._derive()
        if not (self.slots() or self._rain):
            known = [name for names in (*SCREEN.values(), *PROFILE.values()) for name in names]
            raise InputError(f"{', '.join(map(str, paths))}: no temperature, humidity or rain in {len(files)} files. Known "
                             f"names are {', '.join((*known, RAIN_RATE, RAIN_SUM))}.")

    def slots(self):
        """Return the slots of temperature and humidity."""
        return [slot for slot in self._loaders if slot.quantity in ("air_temperature", "specific_humidity")]

    def read(self, slot, grid):
        """Return a field on a verification grid ``(n_cells,)`` in SI units, NaN where missing."""
        values, source = self._loaders[slot]()
        return self._on_grid(values, source, grid, "bilinear")

    def rain_starts(self):
        """Return the starts at 00 UTC [s since 2000-01-01] of forecasts of rain."""
        return sorted(start for start in self._rain if start % SECONDS_PER_DAY == 0.0)

    def daily_rain(self, start, lead_day, grid):
        """Return the rain [mm] of a day of a forecast on a grid ``(n_cells,)``, None where files do not cover it.

        Parameters
        ----------
        start : float
            [s since 2000-01-01]
        lead_day : int
            1 is from 0 to 24 h after the start.
        """
        first, last = start + (lead_day - 1) * SECONDS_PER_DAY, start + lead_day * SECONDS_PER_DAY
        pieces = sorted((begin, end) for begin, end in self._rain[start] if begin >= first and end <= last)
        edges = [first, *(end for _, end in pieces)]
        if [begin for begin, _ in pieces] != edges[:-1] or edges[-1] != last:
            return None
        total = 0.0
        for piece in pieces:
            values, source = self._rain[start][piece]()
            total = total + values
        return self._on_grid(total, source, grid, "conservative")

    def _on_grid(self, values, source, grid, method):
        key = (*source.key, id(grid), method)
        if key not in self._remaps:
            self._remaps[key] = self._remap(source, grid, method)
        return self._remaps[key](values)

    def _derive(self):
        """Add specific humidity from dew point or relative humidity."""
        for slot, load in list(self._loaders.items()):
            humid = slot._replace(quantity="specific_humidity")
            if humid in self._loaders:
                continue
            if slot.quantity == "dewpoint_temperature":
                pressure = self._loaders.get(slot._replace(quantity="surface_pressure", vertical=""))
                if pressure is not None:
                    self._loaders[humid] = functools.partial(_combined, humidity_of_dewpoint, load, pressure)
            elif slot.quantity == "relative_humidity":
                temperature = self._loaders.get(slot._replace(quantity="air_temperature"))
                if temperature is not None:
                    self._loaders[humid] = functools.partial(_combined, functools.partial(
                        _of_relative, float(slot.vertical.removesuffix(" Pa"))), load, temperature)


def _combined(function, first, second):
    (one, source), (other, _) = first(), second()
    return function(one, other), source


def _of_relative(pressure, relative, temperature):
    return humidity_of_relative(relative, temperature, pressure)


def _is_grib(path):
    with open(path, "rb") as file:
        return file.read(len(grib.SIGNATURE)) == grib.SIGNATURE


@functools.lru_cache(maxsize=OPEN_FILES)
def _grib_fields(path):
    return grib.read_grib(path)


def _index_grib(path):
    """Return the loaders of a file by slot, and of its rain."""
    loaders, rain = {}, {}
    try:
        fields = _grib_fields(path)
    except ProductRefusal as refusal:
        raise InputError(f"{path} cannot be read: {refusal.found}") from refusal
    for number, field in enumerate(fields):
        for index, valid in enumerate(field.time):
            slot = Slot(field.quantity, field.vertical, float(valid) - HOUR * field.step, field.step)
            loaders[slot] = functools.partial(_load_grib, path, number, index)
    return loaders, rain


def _load_grib(path, number, index):
    field = _grib_fields(path)[number]
    return field.values[index].astype(np.float64).ravel(), SourceGrid(field.latitude, field.longitude, False)


@functools.lru_cache(maxsize=OPEN_FILES)
def _open(path):
    import xarray

    return xarray.open_dataset(path)


def _index_netcdf(path):
    """Return the loaders of a file by slot, and of its rain by start and interval."""
    try:
        dataset = _open(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF or GRIB ({type(error).__name__}): {error}") from error
    horizontal = next((dims for dims in HORIZONTAL if all(name in dataset.sizes or name in dataset for name in dims)), None)
    if horizontal is None:
        return {}, {}
    loaders, rain = {}, {}
    for quantity, names in SCREEN.items():
        name = next((name for name in names if name in dataset), None)
        if name:
            for at, start, lead in _times(path, dataset, name):
                slot = Slot(quantity, "" if quantity == "surface_pressure" else TWO_METRES, start, lead)
                loaders[slot] = functools.partial(_load, path, name, at, horizontal)
    for quantity, names in PROFILE.items():
        name = next((name for name in names if name in dataset and set(dataset[name].dims) & set(LEVELS)), None)
        if name:
            for at, start, lead in _times(path, dataset, name):
                loaders |= {Slot(quantity, f"{pressure:g} Pa", start, lead): load
                            for pressure, load in _levels(path, dataset, name, at, horizontal)}
    for name in (RAIN_RATE, RAIN_SUM):
        if name in dataset and not rain:
            rain = _index_rain(path, dataset, name, horizontal)
    return loaders, rain


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
        return SourceGrid(np.asarray(dataset["lat"].values, np.float64), np.asarray(dataset["lon"].values, np.float64), True)
    return SourceGrid(*(np.asarray(dataset[name].values, np.float64) for name in horizontal), False)


def _load(path, name, at, horizontal, further=()):
    """Return the values of a field, flat, and their grid; dimensions of one member are dropped."""
    dataset = _open(path)
    variable = dataset[name].isel(dict((*at, *further)))
    variable = variable.isel({dim: 0 for dim in variable.dims if dim not in horizontal})
    return np.asarray(variable.transpose(*horizontal).values, np.float64).ravel(), _source(dataset, horizontal)


def _levels(path, dataset, name, at, horizontal):
    """Return pressures [Pa] of a variable and the loaders of its values there."""
    dim = next(one for one in LEVELS if one in dataset[name].dims)
    if "hyam" in dataset:
        return [(pressure, functools.partial(_interpolated, path, name, dim, at, horizontal, pressure))
                for pressure in PRESSURES]
    levels = np.asarray(dataset[dim].values, np.float64)
    factor = 1.0 if levels.max() > SHORTEST_LEVEL_IN_PA or dataset[dim].attrs.get("units") == "Pa" else HPA
    scale = PERCENT if dataset[name].attrs.get("units") == "%" else 1.0
    return [(factor * level, functools.partial(_load_level, path, name, at, horizontal, dim, index, scale))
            for index, level in enumerate(levels)]


def _load_level(path, name, at, horizontal, dim, index, scale):
    values, source = _load(path, name, at, horizontal, ((dim, index),))
    return values / scale, source


@functools.lru_cache(maxsize=2)
def _model_levels(path, name, dim, at, horizontal):
    """Return values and logarithms of pressure ``(n_levels, n_columns)`` of one time, from the top down, and the grid."""
    dataset = _open(path)
    at = {key: index for key, index in at if key in dataset[name].dims}
    surface = next((one for one in SCREEN["surface_pressure"] if one in dataset), None)
    if surface is None:
        raise InputError(f"{path}: {name} is on model levels, and there is no surface pressure "
                         f"({', '.join(SCREEN['surface_pressure'])}) to find their pressures with.")
    bottom, source = _load(path, surface, tuple(at.items()), horizontal)
    values = dataset[name].isel(at)
    values = values.isel({one: 0 for one in values.dims if one not in (dim, *horizontal)}).transpose(dim, *horizontal).values
    a, b = (np.asarray(dataset[one].values, np.float64)[:, None] for one in ("hyam", "hybm"))
    pressure = a * float(dataset["P0"].values) + b * bottom
    values = np.asarray(values, np.float64).reshape(len(a), -1)
    order = slice(None) if pressure[0].mean() < pressure[-1].mean() else slice(None, None, -1)
    return values[order], np.log(pressure[order]), source


def _interpolated(path, name, dim, at, horizontal, pressure):
    """Return values at a pressure, linear in its logarithm, NaN outside of the levels."""
    values, log_pressure, source = _model_levels(path, name, dim, at, horizontal)
    target, columns = np.log(pressure), np.arange(values.shape[1])
    below = (log_pressure < target).sum(axis=0)  # the first level at or below the target
    inside = (below > 0) & (below < len(values))
    lower = np.clip(below, 1, len(values) - 1)
    upper = lower - 1
    share = (target - log_pressure[upper, columns]) / (log_pressure[lower, columns] - log_pressure[upper, columns])
    found = values[upper, columns] + share * (values[lower, columns] - values[upper, columns])
    return np.where(inside, found, np.nan), source


def _index_rain(path, dataset, name, horizontal):
    """Return the loaders of rain [mm] by start and interval: of a rate over the interval before, of a sum since the start."""
    rain = {}
    times = _times(path, dataset, name)
    for start in sorted({start for _, start, _ in times}):
        before, at_before = start, None
        for at, lead in sorted(((at, lead) for at, own, lead in times if own == start), key=lambda item: item[1]):
            end = start + HOUR * lead
            if end > before:
                load = functools.partial(_load_rain, path, name, at, at_before, horizontal, end - before)
                rain.setdefault(start, {})[before, end] = load
                before, at_before = end, at
            elif name == RAIN_SUM:
                at_before = at
    return rain


def _load_rain(path, name, at, at_before, horizontal, seconds):
    values, source = _load(path, name, at, horizontal)
    if name == RAIN_RATE:
        return values * seconds, source
    if at_before is not None:
        values = values - _load(path, name, at_before, horizontal)[0]
    return np.maximum(values, 0.0) * KG_PER_M2, source


class GaugeFiles:
    """Daily precipitation of CPC.

    Attributes
    ----------
    grid : Grid
    days : set of float
        Starts of the days [s since 2000-01-01], taken as 00 to 24 UTC.

    Raises
    ------
    InputError
        For files of something else and without any.
    """

    def __init__(self, paths):
        self._places = {}
        files = [file for path in map(Path, paths)
                 for file in (sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path])]
        for path in files:
            field = _gauges(path)
            self._places |= {float(time): (path, index) for index, time in enumerate(field.time)}
        if not self._places:
            raise InputError(f"{', '.join(map(str, paths))}: no files of daily precipitation.")
        self.grid = Grid.of_centres(field.latitude, field.longitude)
        self.days = set(self._places)

    def daily_rain(self, day):
        """Return the rain [mm] of a day ``(n_cells,)``, NaN without gauges."""
        path, index = self._places[day]
        return _gauges(path).values[index].astype(np.float64).ravel() * SECONDS_PER_DAY


@functools.lru_cache(maxsize=OPEN_FILES)
def _gauges(path):
    """Return the field of precipitation of a file."""
    try:
        read = cpc.read_cpc_binary if cpc.is_binary(path) else cpc.read_cpc
        fields = read(path, ("precipitation",))
    except ProductRefusal as refusal:
        raise InputError(f"{path} cannot be read as daily precipitation of CPC: {refusal.found}") from refusal
    return fields[0]
