"""The observations of product files as arrays of equal length, before they are put on the grid of a run.

Latitude and longitude are those of the footprint centre or of the product's cell; times are UTC. Units are carried along
and never mixed: ASCAT is in percent of saturation, SMAP in m3 m-3.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.times import EPOCH

#: Epoch of the times of observations.

#: Names of platforms, by the index that ``platform`` holds; -1 is one that is not listed.
PLATFORMS = ("metop-a", "metop-b", "metop-c", "smap", "gcom-w", "smos")

PERCENT, VOLUMETRIC = "percent", "m3 m-3"


class ObservationBatch(NamedTuple):
    """Observations of one product, 1-D arrays of equal length and what holds for all of them.

    Attributes
    ----------
    value : ndarray of float64
        In ``units``.
    error : ndarray of float64
        Standard error that the product states [``units``], NaN where it has none.
    latitude, longitude : ndarray of float64
        Degrees north and degrees east in [-180, 180).
    time : ndarray of float64
        Seconds since 2000-01-01 00:00 UTC.
    platform : ndarray of int16
        Index into :data:`PLATFORMS`.
    code : ndarray of int16
        Number of :data:`landda_hpc.observations.codes.CODES`, 0 = accepted so far.
    ascending : ndarray of bool
        Whether the platform flew north.
    product : str
        Such as ``ascat_l2_125`` or ``smap_l2``.
    quantity : str
        ``soil_moisture``.
    units : str
        ``percent`` of saturation or ``m3 m-3``.
    source_files : tuple of str
    cell_row, cell_column : ndarray of int32 or None
        Indices in the product's own grid, for products that have one (SMAP: EASE-Grid 2.0, row 0 in the north).
    """

    value: np.ndarray
    error: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray
    platform: np.ndarray
    code: np.ndarray
    ascending: np.ndarray
    product: str
    quantity: str = "soil_moisture"
    units: str = VOLUMETRIC
    source_files: tuple = ()
    cell_row: np.ndarray | None = None
    cell_column: np.ndarray | None = None

    @property
    def size(self):
        """Number of observations."""
        return len(self.value)

    def select(self, which):
        """Return the observations that a mask, index array or slice picks."""
        return self._replace(**{name: column[which] for name, column in self._columns().items()})

    def _columns(self):
        return {name: value for name, value in self._asdict().items() if isinstance(value, np.ndarray)}


def make_batch(value, latitude, longitude, time, platform, product, *, units, error=None, code=None, ascending=False,
               source_files=(), cell_row=None, cell_column=None, quantity="soil_moisture"):
    """Return a batch with arrays of the right types; scalars are repeated, longitudes wrapped to [-180, 180).

    Parameters are those of :class:`ObservationBatch`; ``platform`` is an index, an array of them or a name.
    """
    shape = np.shape(value)
    platform = PLATFORMS.index(platform) if isinstance(platform, str) else platform
    filled = {"value": (value, np.float64), "error": (np.nan if error is None else error, np.float64),
              "latitude": (latitude, np.float64), "longitude": (wrap_longitude(longitude), np.float64),
              "time": (time, np.float64), "platform": (platform, np.int16), "code": (0 if code is None else code, np.int16),
              "ascending": (ascending, np.bool_)}
    columns = {name: np.broadcast_to(np.asarray(given, dtype), shape).copy() for name, (given, dtype) in filled.items()}
    cells = {name: None if given is None else np.asarray(given).astype(np.int32)
             for name, given in (("cell_row", cell_row), ("cell_column", cell_column))}
    return ObservationBatch(**columns, product=product, quantity=quantity, units=units, source_files=tuple(source_files),
                            **cells)


def empty_batch(product, units, source_files=(), with_cells=False):
    """Return a batch without observations."""
    none = np.empty(0)
    cells = np.empty(0, np.int32) if with_cells else None
    return make_batch(none, none, none, none, none, product, units=units, source_files=source_files, cell_row=cells,
                      cell_column=cells)


def concatenate(batches):
    """Return the observations of several batches of one product, in the order given.

    Raises
    ------
    InputError
        For batches of different products, quantities or units, or none at all.
    """
    batches = list(batches)
    if not batches:
        raise InputError("There are no batches of observations to put together; expected at least one.")
    first = batches[0]
    for name in ("product", "quantity", "units"):
        found = sorted({getattr(batch, name) for batch in batches})
        if len(found) > 1:
            raise InputError(f"Observations with different {name} cannot be put together: {', '.join(found)}. "
                             "Keep one batch for each.")
    columns = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in first._columns()}
    files = tuple(dict.fromkeys(path for batch in batches for path in batch.source_files))
    return first._replace(**columns, source_files=files)


def wrap_longitude(longitude):
    """Return longitudes in [-180, 180); 180 becomes -180 and values that are inside stay as they are bit for bit."""
    wrapped = np.array(longitude, np.float64)
    outside = (wrapped < -180.0) | (wrapped >= 180.0)
    wrapped[outside] = np.mod(wrapped[outside] + 180.0, 360.0) - 180.0
    wrapped[wrapped >= 180.0] = -180.0  # just below -180 the remainder rounds to the whole circle
    return wrapped


def seconds_of(time):
    """Return seconds since 2000-01-01 00:00 UTC [s] of datetime64 times."""
    return (np.asarray(time).astype("datetime64[ns]") - EPOCH) / np.timedelta64(1, "s")


def time_of(seconds):
    """Return datetime64[ms] of seconds since 2000-01-01 00:00 UTC; NaN becomes NaT."""
    seconds = np.asarray(seconds, np.float64)
    whole = np.where(np.isfinite(seconds), np.rint(seconds * 1000.0), 0.0).astype(np.int64)
    times = EPOCH.astype("datetime64[ms]") + whole.astype("timedelta64[ms]")
    return np.where(np.isfinite(seconds), times, np.datetime64("NaT", "ms"))
