"""Grids by name or file: ``0.25deg``, ``ne30np4``, ``ne30pg2``, a domain, or a NetCDF file with latitudes and longitudes."""

import re
from pathlib import Path

import numpy as np

from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.recognise import sphere_of
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError

GAP = 1.0e-3  # degrees, by which a gap round the globe is wider than the steps of a grid that has none
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)deg$")
_SPHERE = re.compile(r"ne(\d+)(np|pg)(\d*)$")


def is_sphere(name):
    """Return whether a name is that of a cubed sphere, such as ``ne30np4``."""
    return _SPHERE.match(str(name)) is not None


def grid_of(name):
    """Return the :class:`Grid` (of the globe, for a name in degrees) or the :class:`CubedSphere` of a name or a file.

    Raises
    ------
    ConfigError
        For a name that is neither.
    InputError
        For a file whose coordinates are those of no known grid.
    """
    degrees, sphere = _DEGREES.match(str(name)), _SPHERE.match(str(name))
    if degrees and float(degrees[1]) > 0.0:
        return Grid.covering(float(degrees[1]), -90.0, 90.0)
    if sphere:
        ne, kind, count = int(sphere[1]), sphere[2], sphere[3]
        return CubedSphere(ne, int(count or 4)) if kind == "np" else CubedSphere.cells(ne, int(count or 1))
    if not Path(name).is_file():
        raise ConfigError(f"{name} is no grid: expected a name such as 0.25deg, ne30np4 (nodes), ne30pg or ne30pg2 (cells), "
                          "or a file that exists.")
    return _of_file(name)


def _of_file(path):
    import xarray

    try:
        with xarray.open_dataset(path, decode_times=False) as data:
            names = [next((one for one in (long, short) if one in data.variables), None)
                     for long, short in (("latitude", "lat"), ("longitude", "lon"))]
            if None in names:
                raise InputError(f"{path} has no latitude and longitude: found {', '.join(map(str, data.variables))}.")
            (latitude, longitude), dims = ([np.asarray(data[name].values, np.float64) for name in names],
                                           [data[name].dims for name in names])
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF: {error}.") from error
    if dims[0] == dims[1] and len(dims[0]) == 1:
        sphere, order = sphere_of(latitude, longitude, str(path))
        if sphere is None:
            raise InputError(f"{path}: its {len(latitude)} columns are those of no cubed sphere.")
        return sphere
    if latitude.ndim != 1 or longitude.ndim != 1:
        raise InputError(f"{path}: latitude has the dimensions {dims[0]}, longitude {dims[1]}; expected an axis each, of a "
                         "regular grid, or columns.")
    try:
        return Grid.of_centres(np.sort(latitude), _eastward(longitude))
    except ConfigError as error:
        raise InputError(f"{path}: {error}") from error


def _eastward(longitude):
    """Return longitudes in ascending order from the end of the widest gap round the globe, from -180 where there is none."""
    east = np.sort(np.mod(longitude + 180.0, 360.0) - 180.0)
    gaps = np.diff(np.append(east, east[0] + 360.0))
    if gaps.max() < np.median(gaps) + GAP:
        return east
    first = (int(np.argmax(gaps)) + 1) % len(east)
    return np.concatenate([east[first:], east[:first] + 360.0])
