"""What is in one file of gridded forcing: its fields, their times and grids; and reading rows of one of them.

Scanning looks at axes and attributes only. Reading takes the rows that a rank needs; where the file keeps many times in one
compressed block, so many of them are read at once as :data:`BLOCK_BYTES` hold, because the block is decompressed anyway.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.clock import leap_days, seconds_of_times
from landda_hpc.forcing.gridded.names import named, recognise
from landda_hpc.forcing.gridded.quantities import INSTANT, KINDS, MEAN, QUANTITIES, RUNNING, SUM
from landda_hpc.forcing.gridded.units import conversion
from landda_hpc.observations.hdf import SIGNATURE, open_product
from landda_hpc.observations.netcdf import CDF_5, CLASSIC, DAMAGE, HEAD, Fields, Variable, numbers, open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.times import SECONDS_PER_DAY

BLOCK_BYTES = 32_000_000
GRIB = b"GRIB"
SUFFIXES = (".nc", ".nc4", ".nc3", ".cdf", ".h5", ".grib", ".grib2", ".grb", ".grb2")
LATITUDES, LONGITUDES = ("latitude", "lat", "nav_lat", "y"), ("longitude", "lon", "nav_lon", "x")
TIMES = ("valid_time", "time", "Time", "t")
EXPERIMENT = "expver"
CELL_METHODS = {"point": INSTANT, "mean": MEAN, "sum": SUM}
OFF = np.iinfo(np.int64).min  # start of an interval that the file does not tell


class Axes(NamedTuple):
    """Latitudes and longitudes of a file as they lie in it [degrees]; tuples, so that grids can be compared."""

    latitude: tuple
    longitude: tuple

    @property
    def shape(self):
        """Rows and columns."""
        return len(self.latitude), len(self.longitude)

    @property
    def spacing(self):
        """Median distance of rows and of columns [degrees], the finer one."""
        steps = [np.median(np.abs(np.diff(axis))) for axis in self if len(axis) > 1]
        return float(min(steps)) if steps else float("nan")


class Found(NamedTuple):
    """A field in a file.

    Attributes
    ----------
    field, name, units, kind : str
        ``kind`` is one of :data:`landda_hpc.forcing.gridded.quantities.KINDS`.
    conversion : Conversion
    interval : int or None
        Length of the intervals [s] where the product or the user fixes it.
    times, starts : ndarray of int64 (n,)
        Labels and starts of the intervals [s since 1970]; ``OFF`` where the file does not tell the start.
    places : ndarray of int64 (n,)
        Index of the time, or offset of the message in a GRIB file.
    noise : float
        What packing may leave of zero, in the units of the field (of an amount: times seconds).
    """

    field: str
    name: str
    units: str
    kind: str
    conversion: object
    interval: int | None
    times: np.ndarray
    starts: np.ndarray
    places: np.ndarray
    noise: float


class Scan(NamedTuple):
    """A file: its grid, the format it was read as, its fields by name and notes; ``others`` are variables of no use here."""

    path: str
    format: str
    axes: Axes
    fields: dict
    calendar: str
    others: tuple


class Choice(NamedTuple):
    """What the user says of the files: format or ``auto``, variables by name, label of intervals, their length [s] or None."""

    format: str = "auto"
    variables: dict | None = None
    label: str = "end"
    interval: int | None = None


def scan_file(path, choice=Choice()):
    """Return the :class:`Scan` of a file.

    Raises
    ------
    InputError
        For a file that is no NetCDF or GRIB, is damaged, has no time or grid, or units or calendars that are not known.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if head.startswith(GRIB):
        from landda_hpc.forcing.gridded.grib import scan_grib

        return scan_grib(path, choice)
    if not head.startswith((SIGNATURE, CDF_5, *CLASSIC)):
        raise ProductRefusal(path, "foreign", f"it begins with {head!r}, expected NetCDF or GRIB.")
    with _open_classic(path) if head.startswith(CLASSIC) else open_netcdf(path) as fields:
        return _scan_netcdf(path, fields, choice)


def _scan_netcdf(path, fields, choice):
    kind, chosen = _chosen(fields, choice)
    if not chosen:
        return Scan(str(path), kind, None, {}, "standard", tuple(sorted(fields)))
    row, column = _axis(path, fields, LATITUDES, "latitude"), _axis(path, fields, LONGITUDES, "longitude")
    axes = Axes(tuple(numbers(fields[row]).tolist()), tuple(numbers(fields[column]).tolist()))
    clock = next((name for name in TIMES if name in fields and fields[name].word("units")), None)
    if clock is None:
        raise InputError(f"{path}: there is no time with units among {', '.join(sorted(fields))}.")
    units, calendar = fields[clock].word("units"), fields[clock].word("calendar") or "standard"
    try:
        times = seconds_of_times(numbers(fields[clock]), units, calendar)
        bounds = fields[clock].word("bounds")
        intervals = (seconds_of_times(numbers(fields[bounds]).ravel(), units, calendar).reshape(-1, 2)
                     if bounds in fields else None)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path}: {clock}: {error}.") from error
    found = {}
    for name, known in chosen.items():
        variable = fields[name]
        _check_dimensions(path, variable, row, column, clock, axes, len(times))
        entry = _found(path, name, variable.word("units"), known, _kind_of_cell_methods(variable, known), times,
                       intervals, choice, _packing(variable))
        if entry.field in found:
            raise InputError(f"{path}: both {found[entry.field].name} and {name} are {entry.field}; name one of them in "
                             "forcing.variables.")
        found[entry.field] = _with_leap_days(entry, calendar)
    used = {row, column, clock, *(entry.name for entry in found.values())}
    return Scan(str(path), kind, axes, found, calendar, tuple(sorted(set(fields) - used)))


def _chosen(fields, choice):
    """Return the format of a file and what its variables of forcing are, by name."""
    row = next((name for name in LATITUDES if name in fields and len(fields[name].shape) == 1), None)
    spacing = np.abs(np.diff(numbers(fields[row])[:2])).max(initial=0.0) if row else np.nan
    kind = choice.format if choice.format != "auto" else recognise(list(fields), spacing)
    standard = {name: variable.word("standard_name") if kind == "cf" and not choice.variables else ""
                for name, variable in fields.items()}
    known = {name: named(name, standard[name], kind, choice.variables) for name in fields}
    return kind, {name: found for name, found in known.items() if found is not None}


def _axis(path, fields, names, what):
    name = next((name for name in names if name in fields), None)
    if name is None or len(fields[name].shape) != 1:
        raise InputError(f"{path}: there is no one-dimensional {what} among {', '.join(sorted(fields))}; expected a grid of "
                         f"latitudes and longitudes named {' or '.join(names[:2])}.")
    values = numbers(fields[name])
    if not np.isfinite(values).all():
        raise InputError(f"{path}: {name} has missing values.")
    return name


def _check_dimensions(path, variable, row, column, clock, axes, n_times):
    """Refuse a variable whose dimensions are not time, [height or experiment of one,] latitude, longitude."""
    if variable.shape == (n_times, *axes.shape) and axes.shape[0] != axes.shape[1]:
        return
    sizes = [size for size, name in zip(variable.shape, variable.dimensions) if not (size == 1 or name == EXPERIMENT)]
    wanted = [size for size in (n_times, *axes.shape) if size != 1]
    last = variable.dimensions[-2:]
    time_first = len(variable.shape) == 2 or variable.shape[0] == n_times
    if sizes != wanted or not time_first or (all(last) and last != (row, column)):
        raise InputError(f"{path}: {variable.name} has the dimensions {', '.join(variable.dimensions)} {variable.shape}, "
                         f"expected {clock}, {row}, {column} ({n_times}, {axes.shape[0]}, {axes.shape[1]}).")


def _kind_of_cell_methods(variable, known):
    """Return what cell_methods say of the time, None if nothing or if it is known."""
    words = [] if known.kind else variable.word("cell_methods").replace(":", " : ").split()
    for place, word in enumerate(words[:-2]):
        if word in TIMES and words[place + 1] == ":":
            return CELL_METHODS.get(words[place + 2])
    return None


def _packing(variable):
    """Return the step of packed numbers, 0 for others."""
    scale = variable.word("scale_factor")
    return abs(float(scale)) if scale else 0.0


def _found(path, name, units, known, told, times, intervals, choice, packing):
    """Return the :class:`Found` of a variable whose field is known; ``told`` is the kind that the file says."""
    quantity = QUANTITIES[known.field]
    try:
        change = conversion(known.units or units, quantity.units, quantity.flux)
    except ValueError as error:
        raise InputError(f"{path}: {name}: {error}, expected {quantity.units}{' or an amount' if quantity.flux else ''} for "
                         f"{known.field}. Give its units in forcing.variables.") from error
    kind = known.kind or (told if quantity.flux else INSTANT)
    if kind is None or (known.kind is None and change.amount and kind == MEAN):
        kind = SUM if change.amount else MEAN
    if kind not in KINDS or quantity.flux == (kind == INSTANT) or change.amount != (kind in (SUM, RUNNING)):
        raise InputError(f"{path}: {name} in {known.units or units} cannot be {kind} {known.field}: expected "
                         f"{_expected(quantity.flux, change.amount)}. Give its kind or units in forcing.variables.")
    starts = np.full(len(times), OFF)
    ends = times
    interval = known.interval if known.interval is not None else choice.interval
    told = quantity.flux and intervals is not None and (intervals[:, 1] > intervals[:, 0]).all() and kind != RUNNING
    if told and (known.interval is None or (intervals[:, 1] == times).all()):
        starts, ends = intervals[:, 0].copy(), intervals[:, 1].copy()
    return Found(known.field, name, known.units or units, kind, change, interval, ends, starts, np.arange(len(times)),
                 packing * abs(change.factor))


def _expected(flux, amount):
    if not flux:
        return "instant"
    return "accumulated or running, for an amount" if amount else "mean, for a rate"


def _with_leap_days(found, calendar):
    """Return a field with 29 February, which a calendar without it lacks, as the 28th again."""
    again = leap_days(found.times, calendar)
    if not len(again):
        return found
    shifted = np.where(found.starts[again] == OFF, OFF, found.starts[again] + SECONDS_PER_DAY)
    order = np.argsort(np.concatenate([found.times, found.times[again] + SECONDS_PER_DAY]), kind="stable")
    return found._replace(times=np.concatenate([found.times, found.times[again] + SECONDS_PER_DAY])[order],
                          starts=np.concatenate([found.starts, shifted])[order],
                          places=np.concatenate([found.places, found.places[again]])[order])


@contextmanager
def _open_classic(path):
    """Open classic NetCDF without reading it: what is read later is mapped."""
    try:
        from scipy.io import netcdf_file  # here, for it is slow to load and most runs do without

        file = netcdf_file(path, "r", mmap=True)
    except (*DAMAGE, KeyError) as error:
        raise ProductRefusal(path, "damaged", f"reading failed ({type(error).__name__}): {error}.",
                             "Fetch it again.") from error
    fields = Fields({name: Variable(name, item) for name, item in file.variables.items()})
    try:
        yield fields
    finally:
        for variable in fields.values():
            variable.stored = None  # nothing may refer to the map when it is closed
        fields.clear()
        file.close()


class Reader:
    """Reads rows of fields; keeps the last files open and the last block of each variable.

    Parameters
    ----------
    n_open : int
        Files that are kept open.
    """

    def __init__(self, n_open=16):
        self._n_open, self._open, self._blocks, self._grib = n_open, {}, {}, {}

    def read(self, path, found, place, rows, shape, cells):
        """Return the numbers of one time in the units of the file, float64 ``(n_cells,)``, NaN where missing.

        Parameters
        ----------
        path : str
        found : Found
        place : int
            One of ``found.places``.
        rows : slice
            Of the file's rows.
        shape : tuple of int
            Rows and columns of the file.
        cells : ndarray of int64 or slice
            Cells of these rows, counted row by row; only they are unpacked.

        Raises
        ------
        InputError
            Also for a file that changed or cannot be read any more.
        """
        try:
            if self._is_grib(path):
                from landda_hpc.forcing.gridded.grib import read_message

                return read_message(path, found, place, rows, shape).reshape(-1)[cells]
            return self._read_netcdf(path, found.name, int(place), rows, cells)
        except InputError:
            raise
        except (*DAMAGE, KeyError) as error:
            raise ProductRefusal(path, "damaged", f"reading {found.name} failed ({type(error).__name__}): {error}.",
                                 "Fetch it again.") from error

    def _is_grib(self, path):
        if path not in self._grib:
            with open(path, "rb") as file:
                self._grib[path] = file.read(len(GRIB)) == GRIB
        return self._grib[path]

    def _read_netcdf(self, path, name, place, rows, cells):
        variable = self._variable(path, name)
        has_times = len(variable.shape) > 2
        length = self._block_length(variable, rows)
        first = place // length * length
        wanted = path, first, length, rows.start, rows.stop
        if self._blocks.get(name, (None,))[0] != wanted:
            which = [slice(None)] * len(variable.shape)
            which[-2] = rows
            if has_times:
                which[0] = slice(first, min(first + length, variable.shape[0]))
            self._blocks[name] = wanted, variable.variable.raw(tuple(which))
        block = self._blocks[name][1]
        of_time = block[place - first] if has_times else block
        chosen = of_time.reshape(*of_time.shape[:-2], -1)[..., cells]
        values = numbers(_Read(variable, chosen.reshape(-1, chosen.shape[-1])))
        merged = values[0]
        for other in values[1:]:  # of experiments the one that is there is taken
            merged = np.where(np.isnan(merged), other, merged)
        return merged

    @staticmethod
    def _block_length(variable, rows):
        """Return how many times are read at once."""
        if variable.chunk <= 1:
            return 1
        bytes_of_time = variable.item_size * int(np.prod(variable.shape[1:-2])) * (rows.stop - rows.start) * variable.shape[-1]
        return max(1, min(variable.chunk, BLOCK_BYTES // max(bytes_of_time, 1)))

    def _variable(self, path, name):
        if path not in self._open:
            while len(self._open) >= self._n_open:
                self._close(next(iter(self._open)))
            with open(path, "rb") as file:
                head = file.read(HEAD)
            context = (open_product(path) if head.startswith(SIGNATURE) else _open_classic(path) if head.startswith(CLASSIC)
                       else open_netcdf(path))
            self._open[path] = context, context.__enter__(), {}
        _, opened, known = self._open[path]
        if name not in known:
            known[name] = _Known.of(opened[name] if isinstance(opened, Fields) else Variable(name, opened[name]))
        return known[name]

    def _close(self, path):
        context, _, known = self._open.pop(path)
        known.clear()
        context.__exit__(None, None, None)


class _Known(NamedTuple):
    """A variable and what is asked of it at every reading; ``chunk`` counts times."""

    variable: object
    name: str
    attributes: dict
    shape: tuple
    chunk: int
    item_size: int

    @classmethod
    def of(cls, variable):
        stored = variable.stored
        chunks = stored.chunks if isinstance(stored, h5py.Dataset) and len(variable.shape) > 2 else None
        item_size = stored.dtype.itemsize if isinstance(stored, h5py.Dataset) else 1
        return cls(variable, variable.name, variable.attributes, variable.shape, chunks[0] if chunks else 1, item_size)


class _Read(NamedTuple):
    """The numbers that were read of a variable, as ``numbers`` wants them."""

    variable: _Known
    values: np.ndarray

    @property
    def name(self):
        """Its name."""
        return self.variable.name

    @property
    def attributes(self):
        """Its attributes."""
        return self.variable.attributes

    def raw(self, which=...):
        """Return the numbers."""
        return self.values[which]


def expand(patterns, base):
    """Return the files of names, folders (what ends in :data:`SUFFIXES`) and patterns in order, each once; patterns sorted.

    Parameters
    ----------
    patterns : sequence of str
    base : Path
        That relative ones count from.

    Raises
    ------
    InputError
        For one that matches nothing.
    """
    import glob

    files = {}
    for pattern in patterns:
        path = Path(base) / pattern
        if path.is_dir():
            matched = sorted(str(item) for item in path.rglob("*") if item.is_file() and item.suffix.lower() in SUFFIXES)
        else:
            matched = sorted(item for item in glob.glob(str(path), recursive=True) if Path(item).is_file())
        if not matched:
            raise InputError(f"forcing.files: {path} matches no file. A relative path counts from the folder of the "
                             "configuration.")
        files |= dict.fromkeys(matched)
    return list(files)
