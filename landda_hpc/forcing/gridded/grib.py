"""GRIB as a file of gridded forcing: an index of its messages, decoded one by one when they are needed."""

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.files import OFF, Axes, Found, Scan
from landda_hpc.forcing.gridded.names import named, recognise
from landda_hpc.forcing.gridded.quantities import INSTANT, MEAN, QUANTITIES, SUM
from landda_hpc.forcing.gridded.units import conversion
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references.grib import each_message, load_eccodes, message_grid
from landda_hpc.times import UNIX_EPOCH

STEP_TYPES = {"instant": INSTANT, "accum": SUM, "avg": MEAN}


def scan_grib(path, choice):
    """Return the :class:`~landda_hpc.forcing.gridded.files.Scan` of a GRIB file; arguments are those of ``scan_file``."""
    entries, grids = [], {}

    def index(message):
        key = _key(message.get, message.offset)
        if key["grid"] not in grids:
            values_axes = message_grid(message.eccodes, message.handle, message.get)[1:]
            grids[key["grid"]] = Axes(*(tuple(np.asarray(axis, np.float64).tolist()) for axis in values_axes))
            if len(set(grids.values())) > 1:
                raise InputError(f"{path}: messages on more than one grid ({key['name']}). Split the file.")
        entries.append(key)

    each_message(path, index)
    if not entries:
        raise ProductRefusal(path, "truncated", "it holds no whole message.")
    axes = next(iter(grids.values()))
    names = {entry["name"] for entry in entries}
    kind = choice.format if choice.format != "auto" else recognise(names, axes.spacing)
    fields, others = {}, set()
    for name in sorted(names):
        known = named(name, "", kind, choice.variables)
        if known is None and kind == "cf" and not choice.variables:
            known = named(name, "", "era5", None)
            known = known and known._replace(kind=None, interval=None)  # its step tells both
        if known is None:
            others.add(name)
            continue
        fields[known.field] = _found(path, name, known, [entry for entry in entries if entry["name"] == name])
    return Scan(str(path), kind, axes, fields, "standard", tuple(sorted(others)))


def _found(path, name, known, entries):
    quantity = QUANTITIES[known.field]
    units = known.units or entries[0]["units"]
    try:
        change = conversion(units, quantity.units, quantity.flux)
    except ValueError as error:
        raise InputError(f"{path}: {name}: {error}, expected {quantity.units} for {known.field}. Give its units in "
                         "forcing.variables.") from error
    kind = known.kind or STEP_TYPES.get(entries[0]["step_type"], INSTANT)
    if quantity.flux and kind == INSTANT:
        kind = SUM if change.amount else MEAN
    if quantity.flux == (kind == INSTANT) or change.amount != (kind not in (INSTANT, MEAN)):
        raise InputError(f"{path}: {name} in {units} cannot be {kind} {known.field}. Give its kind or units in "
                         "forcing.variables.")
    times = np.array([entry["end"] for entry in entries], np.int64)
    starts = np.array([entry["start"] if entry["start"] < entry["end"] else OFF for entry in entries], np.int64)
    if known.interval is not None or kind == INSTANT:
        starts = np.full(len(times), OFF)
    order = np.argsort(times, kind="stable")
    noise = max(entry["packing"] for entry in entries) * abs(change.factor)
    return Found(known.field, name, units, kind, change, known.interval, times[order], starts[order],
                 np.array([entry["offset"] for entry in entries], np.int64)[order], noise)


def _key(get, offset):
    end = _seconds(get("validityDate", int), get("validityTime", int))
    reference = _seconds(get("dataDate", int), get("dataTime", int))
    length = {"m": 60, "h": 3600, "D": 86400, "s": 1}.get(str(get("stepUnits", str, "h")), 3600)
    start = reference + get("startStep", int, 0) * length
    return {"name": get("shortName"), "units": str(get("units")), "step_type": get("stepType", str, "instant"), "end": end,
            "start": start, "offset": offset, "grid": get("md5GridSection", str, ""),
            "packing": 2.0 ** get("binaryScaleFactor", int, 0) * 10.0 ** -get("decimalScaleFactor", int, 0)}


def _seconds(date, time):
    """Return seconds since 1970 of GRIB's dates (20220131) and times (630)."""
    text = f"{date // 10000:04d}-{date // 100 % 100:02d}-{date % 100:02d}T{time // 100:02d}:{time % 100:02d}"
    return int((np.datetime64(text, "s") - UNIX_EPOCH).astype(np.int64))


def read_message(path, found, place, rows, shape):
    """Return rows of the message at an offset, float64, NaN where its bitmap is off."""
    eccodes = load_eccodes(path)
    with open(path, "rb") as file:
        file.seek(int(place))
        try:
            handle = eccodes.codes_grib_new_from_file(file)
            if handle is None:
                raise ProductRefusal(path, "truncated", f"there is no message at byte {place}.", "Fetch it again.")
            try:
                def get(key, kind=None, otherwise=None):
                    return eccodes.codes_get(handle, key, kind) if eccodes.codes_is_defined(handle, key) else otherwise

                if get("shortName") != found.name:
                    raise ProductRefusal(path, "inconsistent", f"{get('shortName')} at byte {place}, expected {found.name}.",
                                         "It changed since the run began.")
                values = message_grid(eccodes, handle, get)[0]
            finally:
                eccodes.codes_release(handle)
        except (eccodes.CodesInternalError, ValueError) as error:
            raise ProductRefusal(path, "damaged", f"message at byte {place}: {error}.", "Fetch it again.") from error
    if values.shape != tuple(shape):
        raise ProductRefusal(path, "inconsistent", f"{values.shape} rows and columns, expected {shape}.")
    return values[rows].astype(np.float64)
