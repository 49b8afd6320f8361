"""Grids by name or file: ``0.25deg``, ``ne30np4``, ``ne30pg2``, a domain, or a NetCDF file with latitudes and longitudes."""

import re
from pathlib import Path

import numpy as np

from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.recognise import sphere_of
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError

_DEGREES = re.compile(r"(\d+(?:\.\d+)?)deg$")
_SPHERE = re.compile(r"ne(\d+)(np|pg)(\d*)$")


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
    if degrees:
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
    latitude = np.sort(latitude)
    longitude = np.sort(np.mod(longitude + 180.0, 360.0) - 180.0) if np.ptp(longitude) > 180.0 else longitude
    return Grid.of_centres(latitude, longitude)
