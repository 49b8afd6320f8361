"""GRIB of ECMWF (analyses, forecasts, H SAF root zone) and of GLDAS-1; ecCodes (extra ``observations``) decodes.

Messages of one quantity, level, step and member make one field. A reduced Gaussian grid is put on a regular one with as many
longitudes as its longest row, each point taking the nearest of its row.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import gldas
from landda_hpc.references.ecmwf import HPA, PRODUCT, SHORT_NAMES
from landda_hpc.references.grid_field import make_field

SIGNATURE = b"GRIB"
LARGEST = 100_000_000  # points of a message
LONGEST_MESSAGE = 2_000_000_000  # bytes


def read_grib(path, quantities=None):
    """Return the fields of a file; arguments and exceptions are those of ``gldas.read_gldas``.

    Raises
    ------
    InputError
        Where ecCodes is not installed.
    """
    groups, unknown = {}, set()
    each_message(path, lambda message: _add_message(message, groups, unknown, quantities))
    if not groups:
        found = ", ".join(sorted(unknown)[:6])
        raise ProductRefusal(path, "unsupported" if found else "truncated", f"it holds {found or 'no whole message'}.")
    return tuple(_field(path, key, messages) for key, messages in groups.items())


class Message(NamedTuple):
    """A message of an open file: where it begins, a function that gives its keys, its handle and the library."""

    offset: int
    get: object
    handle: int
    eccodes: object


def each_message(path, use):
    """Call ``use`` with every :class:`Message` of a file, until it returns something true.

    Raises
    ------
    ProductRefusal
        Also for what ``use`` raises on a damaged message.
    InputError
        Where ecCodes is not installed.
    """
    eccodes, number = load_eccodes(path), 0
    with open(path, "rb") as file:
        while True:
            number += 1
            try:
                offset = file.tell()
                handle = eccodes.codes_grib_new_from_file(file)
                if handle is None:
                    return
                try:
                    if use(Message(offset, _getter(eccodes, handle), handle, eccodes)):
                        return
                finally:
                    eccodes.codes_release(handle)
            except eccodes.PrematureEndOfFileError as error:
                raise ProductRefusal(path, "truncated", f"it ends within message {number}.", "Fetch it again.") from error
            except (eccodes.CodesInternalError, ValueError, MemoryError, OverflowError, ZeroDivisionError, TypeError) as error:
                raise ProductRefusal(path, "damaged", f"message {number}: {error}.", "Fetch it again.") from error


def _getter(eccodes, handle):
    """Return the function that gives a key of a message, of a kind, or something else where it is not defined."""
    return lambda key, kind=None, otherwise=None: (
        eccodes.codes_get(handle, key, kind) if eccodes.codes_is_defined(handle, key) else otherwise)


def load_eccodes(path):
    """Return the library; importing it takes a moment, so only readers of GRIB do."""
    try:
        import eccodes
    except (ImportError, RuntimeError) as error:
        raise InputError(f"{path} is GRIB, which needs ecCodes, and that is not here ({error}). "
                         "Install it: pip install 'landda-hpc[observations]'.") from error
    return eccodes


def _add_message(message, groups, unknown, quantities):
    """Add a message to those of its quantity, level, step and member."""
    get = message.get
    product, source = source_of(get)
    if source is None:
        unknown.add(str(get("shortName")))
        return
    if quantities is not None and source.quantity not in quantities:
        return
    step = float(get("endStep", int, 0))
    key = (product, source, step, get("number", int, 0) or 0)
    groups.setdefault(key, []).append((valid_time(get), *message_grid(message.eccodes, message.handle, get)))


def source_of(get):
    """Return the product of a message and what it holds, None for an unknown quantity."""
    if get("centre", int) == gldas.GRIB_CENTRE:
        stem = gldas.GRIB_PARAMETERS.get(get("indicatorOfParameter", int))
        layer = gldas.GRIB_LAYERS.get(get("bottomLevel", int))
        return gldas.PRODUCT, gldas.NAMES.get(f"{stem}{layer}cm_inst")
    source = SHORT_NAMES.get(get("shortName"))
    if source is not None and get("typeOfLevel") == "isobaricInhPa":
        source = source._replace(vertical=f"{get('level', int) * HPA:g} Pa")
    return PRODUCT, source


def valid_time(get):
    """Return the valid time [s since 2000-01-01 UTC]."""
    date, time = get("validityDate", int), get("validityTime", int)
    text = f"{date // 10000:04d}-{date // 100 % 100:02d}-{date % 100:02d}T{time // 100:02d}:{time % 100:02d}"
    return float(seconds_of(np.datetime64(text)))


def message_grid(eccodes, handle, get):
    """Return values, latitudes and longitudes of a message as they lie in it."""
    kind = get("gridType")
    n_points = get("numberOfPoints", int, 0)
    if not 0 < n_points <= LARGEST:
        raise ValueError(f"{n_points} points, expected up to {LARGEST}")
    if kind not in ("regular_ll", "regular_gg", "reduced_gg"):
        raise ValueError(f"grid {kind}, expected latitudes and longitudes or a Gaussian grid")
    if get("jPointsAreConsecutive", int, 0) or get("alternativeRowScanning", int, 0):
        raise ValueError("points that follow a meridian or change direction, expected rows from one side")
    values = eccodes.codes_get_values(handle)
    if get("bitmapPresent", int, 0):
        values = np.where(values == get("missingValue", float), np.nan, values)
    n_rows = get("Nj", int)
    latitude = np.asarray(eccodes.codes_get_array(handle, "distinctLatitudes"), np.float64)
    latitude = np.sort(latitude) if get("jScansPositively", int, 0) else np.sort(latitude)[::-1]
    if kind == "reduced_gg":
        values, longitude = _regular(values, np.asarray(eccodes.codes_get_array(handle, "pl"), np.int64))
    else:
        n_columns = get("Ni", int)
        step = get("iDirectionIncrementInDegrees", float)
        step = -step if get("iScansNegatively", int, 0) else step
        longitude = get("longitudeOfFirstGridPointInDegrees", float) + step * np.arange(n_columns)
        longitude = np.where(longitude > 360.0, longitude - 360.0, longitude)
    if len(latitude) != n_rows or values.size != n_rows * len(longitude):
        raise ValueError(f"{values.size} values, expected {n_rows} rows of {len(longitude)}")
    return values.reshape(n_rows, -1).astype(np.float32), latitude, longitude


def _regular(values, row_lengths):
    """Return a reduced grid on as many longitudes as the longest row has, and these."""
    if (row_lengths <= 0).any() or row_lengths.sum() != len(values):
        raise ValueError(f"rows of {row_lengths.sum()} points, expected {len(values)}")
    longest = int(row_lengths.max())
    columns = np.arange(longest)
    starts = np.concatenate([[0], np.cumsum(row_lengths)[:-1]])
    nearest = np.rint(columns * (row_lengths[:, None] / longest)).astype(np.int64) % row_lengths[:, None]
    return values[starts[:, None] + nearest], 360.0 / longest * columns


def read_message(path, offset):
    """Return values, latitudes, longitudes and units of the message at an offset of a file.

    Raises
    ------
    ProductRefusal
    InputError
        Where ecCodes is not installed.
    """
    eccodes = load_eccodes(path)
    with open(path, "rb") as file:
        file.seek(offset)
        try:
            handle = eccodes.codes_grib_new_from_file(file)
            if handle is None:
                raise ProductRefusal(path, "truncated", f"there is no message at byte {offset}.", "Fetch it again.")
            try:
                get = _getter(eccodes, handle)
                return *message_grid(eccodes, handle, get), str(get("units"))
            finally:
                eccodes.codes_release(handle)
        except (eccodes.CodesInternalError, ValueError) as error:
            raise ProductRefusal(path, "damaged", f"message at byte {offset}: {error}.", "Fetch it again.") from error


def _field(path, key, messages):
    """Return the field of messages that differ in time only."""
    product, source, step, member = key
    _, _, latitude, longitude = messages[0]
    for message in messages:
        if not (np.array_equal(message[2], latitude) and np.array_equal(message[3], longitude)):
            raise ProductRefusal(path, "inconsistent", f"{source.quantity} on more than one grid.", "Split the file.")
    return make_field(np.stack([message[1] for message in messages]), latitude, longitude,
                      [message[0] for message in messages], source, product, path, step=step, member=member)
