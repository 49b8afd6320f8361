"""Forecasts and analyses in GRIB of ECMWF: what a file holds is found without decoding its values."""

import functools

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import grib
from landda_hpc.references.file_index import PARTS, SUM, FileIndex, metres_of
from landda_hpc.references.quantities import possible
from landda_hpc.references.slots import HOUR, Slot
from landda_hpc.references.source_grid import SourceGrid

TERRAIN = ("orog", "z")
SURFACE = ("surface", "heightAboveGround")


def index_grib(path):
    """Return the :class:`~landda_hpc.references.file_index.FileIndex` of a file."""
    index = FileIndex({}, {})
    terrain = []
    try:
        grib.each_message(path, lambda message: _add(path, message, index, terrain))
    except ProductRefusal as refusal:
        raise InputError(f"{path} cannot be read: {refusal.found}") from refusal
    return index._replace(terrain=terrain[0] if terrain else None)


def _add(path, message, index, terrain):
    """Add a message to an index."""
    get = message.get
    name, end = str(get("shortName")), float(get("endStep", int, 0))
    valid = grib.valid_time(get)
    start = valid - HOUR * end
    if name in (SUM, *PARTS):
        begin = float(get("startStep", int, 0))
        begin = 0.0 if begin == end else begin  # ECMWF's first edition tells the end only
        if end > begin:
            load = functools.partial(_load_amount, path, message.offset)
            index.rain.setdefault((name, start), {})[start + HOUR * begin, valid] = load
        return
    if name in TERRAIN and get("typeOfLevel") in SURFACE:
        terrain.append(functools.partial(_load_terrain, path, message.offset))
        return
    _, source = grib.source_of(get)
    if source is not None:
        index.fields[Slot(source.quantity, source.vertical, start, end)] = functools.partial(
            _load, path, message.offset, source)


def _load(path, offset, source):
    values, latitude, longitude, _ = _decoded(path, offset)
    return possible(values * source.scale, source.quantity)[0], SourceGrid(latitude, longitude, False)


def _load_amount(path, offset):
    """Return a sum [mm]: of metres of water, or of kg m-2."""
    values, latitude, longitude, units = _decoded(path, offset)
    if units not in ("m", "kg m**-2", "kg m-2", "mm"):
        raise InputError(f"{path}: precipitation in {units!r}, expected m or kg m**-2.")
    return values * (1000.0 if units == "m" else 1.0), SourceGrid(latitude, longitude, False)


def _load_terrain(path, offset):
    values, latitude, longitude, units = _decoded(path, offset)
    factor = metres_of(units)
    if factor is None:
        raise InputError(f"{path}: terrain in {units!r}, expected m or m**2 s**-2.")
    return values * factor, SourceGrid(latitude, longitude, False)


def _decoded(path, offset):
    """Return the values of a message, flat, ascending in latitude, its axes and units."""
    try:
        values, latitude, longitude, units = grib.read_message(path, offset)
    except ProductRefusal as refusal:
        raise InputError(f"{path} cannot be read: {refusal.found}") from refusal
    order = slice(None, None, -1 if latitude[0] > latitude[-1] else 1)
    return values[order].astype(np.float64).ravel(), latitude[order], longitude, units
