"""The terrain and the land of a source, which lie in files of their own."""

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.files import GRIB, LATITUDES, LONGITUDES, Axes
from landda_hpc.forcing.gridded.names import STATIC
from landda_hpc.observations.netcdf import numbers, open_netcdf, text

STANDARD_GRAVITY = 9.80665  # m s-2, of geopotentials of ECMWF
SOIL_SHARE = 0.5  # of a cell, above which it counts as land


def read_static(path, kind, name=None):
    """Return a map that does not change with time and its :class:`~landda_hpc.forcing.gridded.files.Axes`.

    Parameters
    ----------
    path : str or Path
    kind : str
        ``orography`` [m; geopotential is divided by 9.80665 m s-2] or ``land_mask`` [share of land].
    name : str, optional
        Of the variable; by default the first known one that is there.

    Raises
    ------
    InputError
    """
    try:
        with open(path, "rb") as file:
            head = file.read(len(GRIB))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. It is the forcing.{kind}.") from error
    wanted = (name,) if name else STATIC[kind]
    values, units, axes = _from_grib(path, wanted) if head == GRIB else _from_netcdf(path, wanted)
    if values is None:
        raise InputError(f"{path}: there is no {kind}, expected a variable {' or '.join(wanted)}. Name it in "
                         f"forcing.{kind}_variable.")
    if kind == "land_mask":
        share = values / 100.0 if units == "%" else values
        return np.where(np.isnan(share), 0.0, share) >= SOIL_SHARE, axes
    return height_of(values, units, path), axes


def height_of(values, units, path):
    """Return terrain in m; of geopotential it is divided by 9.80665 m s-2.

    Raises
    ------
    InputError
        For other units than these of the file ``path``.
    """
    if units.replace("*", "").replace("^", "") in ("m2 s-2", "m2/s2"):
        return values / STANDARD_GRAVITY
    if units not in ("m", "meters", "metres", "meter", "metre", "gpm", ""):
        raise InputError(f"{path}: orography in {units!r}, expected m or m2 s-2.")
    return values


def _from_netcdf(path, wanted):
    with open_netcdf(path) as fields:
        row, column, name = (next((name for name in names if name in fields), None)
                             for names in (LATITUDES, LONGITUDES, wanted))
        if name is None or row is None or column is None:
            return None, "", None
        axes = Axes(tuple(numbers(fields[row]).tolist()), tuple(numbers(fields[column]).tolist()))
        variable = fields[name]
        if variable.shape[-2:] != axes.shape:
            raise InputError(f"{path}: {name} has the shape {variable.shape}, expected {axes.shape} at the end.")
        values = numbers(variable).reshape(-1, *axes.shape)[0]
        return values, text(variable.attributes, "units"), axes


def _from_grib(path, wanted):
    from landda_hpc.references.grib import each_message, message_grid

    found = []

    def take(message):
        if message.get("shortName") in wanted:
            values, latitude, longitude = message_grid(message.eccodes, message.handle, message.get)
            found.append((values.astype(np.float64), str(message.get("units")),
                          Axes(tuple(map(float, latitude)), tuple(map(float, longitude)))))
        return bool(found)

    each_message(path, take)
    return found[0] if found else (None, "", None)
