"""Where the columns of files are, such as the nodes of a cubed sphere, and what the ground is like there."""

import numpy as np

from landda_hpc.coupling.atmosphere import AtmosphereColumns
from landda_hpc.coupling.recognise import degrees_of, part_of_sphere, sphere_of
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.static_maps import height_of
from landda_hpc.noah.soil_water import LEAST_SOIL_WATER
from landda_hpc.observations.netcdf import numbers, open_netcdf

COLUMN = "ncol"
#: Names of the terrain of columns.
TERRAIN = ("orography", "orog", "elevation", "topo", "surface_altitude", "phis", "PHIS")
HIGHEST = 9000.0  # m
SPHERE = 4.0 * np.pi  # steradian
#: Global attributes of a file whose columns are cells of a latitude-longitude grid, numbered in the variable ``cell``.
REGULAR = ("grid_rows", "grid_columns", "grid_resolution", "grid_south", "grid_west")


def has_columns(path):
    """Return whether a file is on columns: it has the dimension ``ncol``."""
    with open_netcdf(path) as fields:
        return any(COLUMN in variable.dimensions for variable in fields.values())


def read_columns(path):
    """Return the :class:`~landda_hpc.coupling.atmosphere.AtmosphereColumns` of a file.

    A cubed sphere is recognised by its columns in any order, and some of its columns where global attributes name it: ``ne``,
    ``np`` and ``grid``. Without ``area`` all columns of another kind stand for the same.

    Raises
    ------
    InputError
        Without latitudes and longitudes, or with impossible ones.
    """
    with open_netcdf(path) as fields:
        latitude, longitude = _positions(path, fields)
        land = numbers(fields["land"]) > 0.5 if "land" in fields else np.ones(len(latitude), bool)
        area = numbers(fields["area"]) if "area" in fields else np.full(len(latitude), SPHERE / len(latitude))
        soil = numbers(fields["soil_class"]).astype(np.int64) if "soil_class" in fields else None
        elevation = _terrain(path, fields, len(latitude))
        grid = grid_of_cells(fields, fields.attributes)
        if grid is not None:
            return AtmosphereColumns(latitude, longitude, area, land, grid, numbers(fields["cell"]).astype(np.int64), soil,
                                     elevation)
        sphere, place = part_of_sphere(fields.attributes, latitude, longitude)
    if sphere is not None:
        return AtmosphereColumns(latitude, longitude, sphere.area[place], land, sphere, place, soil, elevation)
    sphere, order = sphere_of(latitude, longitude, str(path))
    if sphere is None:
        return AtmosphereColumns(latitude, longitude, area, land, soil_class=soil, elevation=elevation)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return AtmosphereColumns(latitude, longitude, sphere.area[place], land, sphere, place, soil, elevation)


def grid_of_cells(variables, attributes):
    """Return the grid whose cells the columns of a file are, None where its variables and global attributes tell none."""
    if "cell" not in variables or not all(name in attributes for name in REGULAR):
        return None
    return Grid(*(kind(attributes[name]) for kind, name in zip((int, int, float, float, float), REGULAR)))


def read_positions(path):
    """Return latitude and longitude of the columns of a file, arrays ``(n_columns,)`` in degrees; errors as above."""
    with open_netcdf(path) as fields:
        return _positions(path, fields)


def _positions(path, fields):
    names = [next((one for one in (short, long) if one in fields), None)
             for short, long in (("lat", "latitude"), ("lon", "longitude"))]
    if None in names:
        raise InputError(f"{path}: lat or lon of the columns is missing; found {', '.join(sorted(fields))}.")
    latitude, longitude = (degrees_of(numbers(fields[name]), fields[name].word("units")) for name in names)
    bad = ~(np.abs(latitude) <= 90.0) | ~np.isfinite(longitude)
    if bad.any() or latitude.shape != longitude.shape or latitude.ndim != 1:
        raise InputError(f"{path}: lat {latitude.shape} and lon {longitude.shape} are no columns: expected one dimension and "
                         f"latitudes within 90 degrees; {int(bad.sum())} are none, first column {int(bad.argmax())}.")
    return latitude, longitude


def _terrain(path, fields, n_columns):
    """Return the terrain of the columns of a file ``(n_columns,)`` [m], None without a variable of :data:`TERRAIN`."""
    name = next((name for name in TERRAIN if name in fields), None)
    if name is None:
        return None
    values = numbers(fields[name])
    if values.size % n_columns or values.shape[-1] != n_columns:
        raise InputError(f"{path}: {name} has the shape {values.shape}, expected {n_columns} columns at the end.")
    values = height_of(values.reshape(-1, n_columns)[0], fields[name].word("units"), path)
    bad = ~(np.abs(values) < HIGHEST)
    if bad.any():
        raise InputError(f"{path}: {name} is no terrain in {int(bad.sum())} columns, first {values[bad][0]:g} m in column "
                         f"{int(bad.argmax())}.")
    return values


def read_limits(path):
    """Return the least and the greatest soil moisture of the soils of a file of columns, None where it does not tell.

    They are ``porosity`` and ``least_soil_moisture`` (by default 0.02) [m3 m-3]; columns without land need none.

    Raises
    ------
    InputError
        For limits of a land column that are none.
    """
    with open_netcdf(path) as fields:
        if "porosity" not in fields:
            return None
        most = numbers(fields["porosity"])
        least = numbers(fields["least_soil_moisture"]) if "least_soil_moisture" in fields else np.full(most.shape,
                                                                                                       LEAST_SOIL_WATER)
        land = numbers(fields["land"]) > 0.5 if "land" in fields else np.ones(most.shape, bool)
    good = (least >= 0.0) & (least < most) & (most <= 1.0)
    if (land & ~good).any():
        first = int(np.argmax(land & ~good))
        raise InputError(f"{path}: {int((land & ~good).sum())} land columns have no limits of soil moisture, first column "
                         f"{first} from {least[first]:g} to porosity {most[first]:g}; expected 0 to 1 m3 m-3, ascending.")
    return np.where(good, least, np.nan), np.where(good, most, np.nan)
