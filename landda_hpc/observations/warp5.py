"""The WARP5 grid of ASCAT climate records up to version 7, its static layers, and lists of points of other cell archives.

Points of WARP5 are numbered from 0 on, and layers lie in the order of the numbers. Records of version 8 (H121, H139, H29)
number the points of another grid, so that these tables do not serve them.
"""

import numpy as np

from landda_hpc.observations.netcdf import numbers, open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.summary import Summary

N_POINTS, LAST_CELL = 3_264_391, 2591
PERCENT = (0.0, 100.0)
LAYERS = {"topo": "topography", "wetland": "wetland"}


def recognises_grid(fields):
    """Tell whether an open NetCDF file lists grid points and the 5-degree cells that they belong to."""
    return all(name in fields for name in ("gpi", "cell", "lat", "lon"))


def recognises_layers(fields):
    """Tell whether an open NetCDF file has topographic complexity and wetland fraction of WARP5."""
    return all(name in fields for name in ("location_id", "topo", "wetland", "lat", "lon"))


def read_grid(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with gpi, cell and, where told, land of every point.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises_grid(fields):
            raise ProductRefusal(path, "foreign", "no gpi, cell, lat and lon, so no list of grid points.")
        point, cell, latitude, longitude = (numbers(fields[name]) for name in ("gpi", "cell", "lat", "lon"))
        land = numbers(fields["land_flag"]) if "land_flag" in fields else None
    _check(path, point, cell, latitude, longitude)
    if not ((cell >= 0) & (cell <= LAST_CELL)).all():
        raise ProductRefusal(path, "inconsistent", f"cells from {cell.min():g} to {cell.max():g}, expected 0 to {LAST_CELL}.",
                             "Fetch it again.")
    lines = [f"points      {len(point)}, in {len(np.unique(cell))} cells of 5 degrees"]
    values = {"gpi": point.astype(np.int64), "cell": cell.astype(np.int32)}
    if land is not None and land.shape == point.shape:
        values["land"] = land
        lines.append(f"land        {int((land == 1.0).sum())} points")
    return Summary(tuple(lines), values, latitude, longitude, source_files=(str(path),))


def read_layers(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with topography and wetland [percent], by point number.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises_layers(fields):
            raise ProductRefusal(path, "foreign", "no topo and wetland at location_id, so no static layers of WARP5.")
        point, latitude, longitude = (numbers(fields[name]) for name in ("location_id", "lat", "lon"))
        layers = {name: numbers(fields[stored]) for stored, name in LAYERS.items()}
    _check(path, point, *layers.values(), latitude, longitude)
    if len(point) != N_POINTS or (point != np.arange(N_POINTS)).any():
        raise ProductRefusal(path, "unsupported", f"{len(point)} points, expected those of WARP5, 0 to {N_POINTS - 1} in "
                             "order.")
    lines = [f"points      {len(point)}"]
    for name, values in layers.items():
        wrong = ~((values >= PERCENT[0]) & (values <= PERCENT[1])) & np.isfinite(values)
        values[wrong] = np.nan
        known = values[np.isfinite(values)]
        lines.append(f"{name} [percent]: known {known.size / len(point):.1%}"
                     + (f", {known.min():g} to {known.max():g}, mean {known.mean():.3g}" if known.size else "")
                     + (f", impossible {int(wrong.sum())}" if wrong.any() else ""))
    return Summary(tuple(lines), layers, latitude, longitude, source_files=(str(path),))


def _check(path, *columns):
    latitude, longitude = columns[-2:]
    if len({column.shape for column in columns}) != 1 or latitude.ndim != 1 or not latitude.size:
        raise ProductRefusal(path, "inconsistent", f"variables of shapes {[column.shape for column in columns]}, expected one "
                             "number per point.")
    if not ((np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 180.0)).all():
        raise ProductRefusal(path, "inconsistent", "points that are not on the globe.", "Fetch it again.")
