"""History files of the Land Information System on a grid, with layers of the soil and perhaps an ensemble.

Latitudes and longitudes are given where there is land only; rows and columns without any follow from the spacing.
"""

import numpy as np

from landda_hpc.observations.netcdf import numbers, open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.time_units import seconds_since_2000
from landda_hpc.references.grid_field import make_field
from landda_hpc.references.quantities import Source

PRODUCT = "lis"
CENTIMETRES = 0.01  # m
DEEPEST = 20.0  # m; layers that add up to more are in centimetres
NAMES = {"SoilMoist": Source("soil_moisture"), "SoilTemp": Source("soil_temperature"), "SWE": Source("snow_water_equivalent"),
         "Tair_f": Source("air_temperature"), "Qair_f": Source("specific_humidity"), "Psurf_f": Source("surface_pressure")}
SUFFIXES = ("_inst", "_tavg")
ROWS, COLUMNS, MEMBERS = "north_south", "east_west", "ensemble"
TOLERANCE = 0.01  # of the spacing


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return "time" in fields and any(name + suffix in fields for name in NAMES for suffix in SUFFIXES) and (
        "SOIL_LAYER_THICKNESSES" in fields.attributes or "ntiles" in fields)


def read_lis_history(path, quantities=None):
    """Return the fields of a file by variable, layer and member; arguments and exceptions are those of ``gldas.read_gldas``."""
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no variable of LIS with its soil layers.")
        if not ("lat" in fields and "lon" in fields and len(fields["lat"].shape) == 2):
            raise ProductRefusal(path, "unsupported", "it is in tile space or has no lat and lon, expected a grid.")
        time = seconds_since_2000(numbers(fields["time"]), text(fields["time"].attributes, "units"))
        latitude = _axis(path, numbers(fields["lat"]), 1)
        longitude = _axis(path, numbers(fields["lon"]), 0)
        layers = _layers(fields.attributes)
        found = []
        for name, source in NAMES.items():
            for variable in (fields[name + suffix] for suffix in SUFFIXES if name + suffix in fields):
                if quantities is None or source.quantity in quantities:
                    found += _variable(path, variable, source, latitude, longitude, np.atleast_1d(time), layers)
        return tuple(found)


def _variable(path, variable, source, latitude, longitude, time, layers):
    """Return the fields of one variable."""
    values, dimensions = numbers(variable), list(variable.dimensions)
    if dimensions[-2:] != [ROWS, COLUMNS]:
        raise ProductRefusal(path, "unsupported", f"{variable.name} lies on {dimensions}, expected {ROWS}, {COLUMNS} last.")
    profile = next((name for name in dimensions if name.endswith("_profiles")), None)
    for name in ("time", profile, MEMBERS):  # to the front, so that members come first, then layers, then times
        axis = dimensions.index(name) if name in dimensions else None
        values = values[None] if axis is None else np.moveaxis(values, axis, 0)
        dimensions.insert(0, dimensions.pop(axis) if axis is not None else "")
    if profile is not None and values.shape[1] != len(layers):
        raise ProductRefusal(path, "inconsistent", f"{values.shape[1]} layers of {variable.name}, expected {len(layers)}.")
    return [make_field(values[member, layer], latitude, longitude, time,
                       source if profile is None else source._replace(vertical=layers[layer]), PRODUCT, path, member=member)
            for member in range(values.shape[0]) for layer in range(values.shape[1])]


def _layers(attributes):
    """Return the layers of the soil in words; their thickness is in metres or in centimetres."""
    thickness = np.ravel(np.asarray(attributes.get("SOIL_LAYER_THICKNESSES", ()), np.float64))
    if not (np.isfinite(thickness) & (thickness > 0.0) & (thickness < 1.0e5)).all():
        raise ValueError(f"layers of {thickness}, expected positive thicknesses")
    if thickness.sum() > DEEPEST:
        thickness = thickness * CENTIMETRES
    edges = np.round(np.concatenate([[0.0], np.cumsum(thickness)]), 4)
    return [f"{top:g}-{bottom:g} m" for top, bottom in zip(edges[:-1], edges[1:])]


def _axis(path, coordinates, across):
    """Return the coordinate of every row or column of a 2-D array that may be missing in places."""
    known = np.isfinite(coordinates)
    count = known.sum(axis=across)
    there = np.flatnonzero(count)
    if len(there) < 2:
        raise ProductRefusal(path, "unsupported", "coordinates in fewer than two rows or columns.")
    mean = np.where(known, coordinates, 0.0).sum(axis=across)[there] / count[there]
    step = (mean[-1] - mean[0]) / (there[-1] - there[0])
    axis = mean[0] + step * (np.arange(len(count)) - there[0])
    difference = np.abs(coordinates - np.expand_dims(axis, across))[known]
    if not np.isfinite(step) or (difference > TOLERANCE * abs(step)).any():
        raise ProductRefusal(path, "unsupported", "a grid that is not of equal steps in latitude and longitude.")
    return np.round(axis, 4)
