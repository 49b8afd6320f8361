"""Files of fields on a cubed sphere: columns ``ncol`` with ``lat``, ``lon`` and ``area``, hybrid levels, times.

Written in the order of the package, dimensions (time, lev, ncol). Read in any order of dimensions, with the names of other
models, and with columns in another order: those are matched by position within 1e-4 degrees.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.outlines import node_mesh, outlines, patch_mesh
from landda_hpc.coupling.recognise import match_columns, sphere_of
from landda_hpc.errors import InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.times import EPOCH, seconds_since

COLUMN = "ncol"
LEVEL_NAMES = ("lev", "level", "plev")
HYBRID = ("hyam", "hybm", "hyai", "hybi")
TIME_UNITS = f"seconds since {EPOCH}"
FILL = np.nan
#: Names of other models, by the package's own.
ALIASES = {"T": ("T", "ta", "t"), "Q": ("Q", "qv", "hus", "q"), "U": ("U", "ua", "u"), "V": ("V", "va", "v"),
           "PS": ("PS", "ps", "psurf", "sp"), "lat": ("lat", "latitude"), "lon": ("lon", "longitude"), "area": ("area",)}


class ColumnField(NamedTuple):
    """A field: values ``([time,] [lev,] n_columns)``, units, and its standard or long name."""

    values: np.ndarray
    units: str
    standard_name: str = ""
    long_name: str = ""


class HybridLevels(NamedTuple):
    """Hybrid coefficients of the middles and interfaces of levels, and the reference pressure [Pa]."""

    hyam: np.ndarray
    hybm: np.ndarray
    hyai: np.ndarray
    hybi: np.ndarray
    reference_pressure: float = 1.0e5


def write_columns(path, sphere, fields, times=None, levels=None, with_mesh=False):
    """Write fields on a cubed sphere as CF NetCDF-4; it appears whole or not at all.

    Parameters
    ----------
    path : path
    sphere : CubedSphere
    fields : dict of str to ColumnField
    times : ndarray of datetime64, optional
        Of fields with a first dimension of that length.
    levels : HybridLevels, optional
        Of fields with a dimension before the columns of as many values.
    with_mesh : bool
        Add the mesh by the UGRID conventions, so that viewers can draw the fields, and the outlines of the columns as bounds,
        so that CDO can remap them.

    Raises
    ------
    InputError
        For values of another shape.
    """
    import h5netcdf

    needed = sum(np.asarray(field.values).nbytes for field in fields.values()) + 200 * sphere.n_columns
    with replacing(path, SerialCommunicator(), needed) as temporary, h5netcdf.File(temporary, "w") as file:
        file.attrs["Conventions"] = "CF-1.8 UGRID-1.0" if with_mesh else "CF-1.8"
        file.attrs["ne"], file.attrs["np"] = np.int32(sphere.ne), np.int32(sphere.np)
        file.attrs["grid"] = "GLL" if sphere.is_nodes else f"pg{sphere.pg}"
        file.dimensions[COLUMN] = sphere.n_columns
        _put(file, "lat", COLUMN, sphere.latitude, "degrees_north", "latitude")
        _put(file, "lon", COLUMN, sphere.longitude, "degrees_east", "longitude")
        _put(file, "area", COLUMN, sphere.area, "steradian", "", "area on the unit sphere").attrs["coordinates"] = "lat lon"
        if times is not None:
            file.dimensions["time"] = len(times)
            seconds = np.array([seconds_since(EPOCH, time) for time in times], np.float64)
            _put(file, "time", "time", seconds, TIME_UNITS, "time").attrs["calendar"] = "standard"
        if levels is not None:
            file.dimensions["lev"], file.dimensions["ilev"] = len(levels.hyam), len(levels.hyai)
            for name in HYBRID:
                _put(file, name, "lev" if name.endswith("m") else "ilev", np.asarray(getattr(levels, name), np.float64), "1",
                     long_name="hybrid coefficient")
            _put(file, "P0", (), np.float64(levels.reference_pressure), "Pa", "", "reference pressure")
            middle = levels.reference_pressure * (np.asarray(levels.hyam) + np.asarray(levels.hybm))
            _put(file, "lev", "lev", middle / 100.0, "hPa", "", "pressure where the surface pressure is P0")
        location = _put_mesh(file, sphere) if with_mesh else None
        if with_mesh:
            _put_bounds(file, sphere)
        for name, field in fields.items():
            values = np.asarray(field.values)
            dims = _dims_of(path, name, values.shape, sphere, times, levels)
            variable = _put(file, name, dims, values, field.units, field.standard_name, field.long_name, FILL)
            variable.attrs["coordinates"] = "lat lon"
            if location:
                variable.attrs["mesh"], variable.attrs["location"] = "mesh", location


def _dims_of(path, name, shape, sphere, times, levels):
    known = [(COLUMN, sphere.n_columns)]
    if levels is not None and len(shape) > 1 and (len(shape) > 2 or times is None or shape[0] != len(times)):
        known.insert(0, ("lev", len(levels.hyam)))
    if times is not None and len(shape) > len(known):
        known.insert(0, ("time", len(times)))
    if shape != tuple(size for _, size in known):
        raise InputError(f"{path}: {name} has the shape {shape}, expected {dict(known)}.")
    return tuple(dim for dim, _ in known)


def _put(file, name, dims, values, units, standard_name="", long_name="", fill=None):
    variable = file.create_variable(name, (dims,) if isinstance(dims, str) else dims, values.dtype, data=values,
                                    fillvalue=None if fill is None else values.dtype.type(fill))
    for key, text in (("units", units), ("standard_name", standard_name), ("long_name", long_name)):
        if text:
            variable.attrs[key] = text
    return variable


def _put_mesh(file, sphere):
    """Write the mesh and return where on it the columns are."""
    mesh = node_mesh(sphere) if sphere.is_nodes else patch_mesh(sphere)
    corner = COLUMN if sphere.is_nodes else "n_corners"
    if not sphere.is_nodes:
        file.dimensions[corner] = len(mesh.latitude)
        _put(file, "corner_lat", corner, mesh.latitude, "degrees_north", "latitude")
        _put(file, "corner_lon", corner, mesh.longitude, "degrees_east", "longitude")
    faces = "n_faces" if sphere.is_nodes else COLUMN
    if sphere.is_nodes:
        file.dimensions[faces] = len(mesh.faces)
    file.dimensions["four"] = 4
    topology = _put(file, "mesh", (), np.int32(0), "", "", "topology of the cubed sphere")
    topology.attrs["cf_role"], topology.attrs["topology_dimension"] = "mesh_topology", np.int32(2)
    topology.attrs["node_coordinates"] = "lon lat" if sphere.is_nodes else "corner_lon corner_lat"
    topology.attrs["face_node_connectivity"], topology.attrs["face_dimension"] = "mesh_faces", faces
    connectivity = _put(file, "mesh_faces", (faces, "four"), mesh.faces.astype(np.int32), "")
    connectivity.attrs["cf_role"], connectivity.attrs["start_index"] = "face_node_connectivity", np.int32(0)
    return "node" if sphere.is_nodes else "face"


def _put_bounds(file, sphere):
    corners = outlines(sphere)
    file.dimensions["n_bounds"] = corners[0].shape[1]
    for name, values in zip(("lat", "lon"), corners):
        _put(file, f"{name}_bounds", (COLUMN, "n_bounds"), values, "")
        file.variables[name].attrs["bounds"] = f"{name}_bounds"


class ColumnFile:
    """A file of fields on columns, read in the order of a cubed sphere.

    Parameters
    ----------
    path : path
    sphere : CubedSphere, optional
        Whose order values are wanted in; by default that of the file where it is recognised by its positions.
    aliases : dict of str to tuple of str, optional
        Further names of variables, by those asked for.

    Attributes
    ----------
    sphere : CubedSphere or None
        None for columns of no known sphere: those stay in the order of the file, to be remapped by position.
    latitude, longitude : ndarray (n_columns,)
        In the order of values [degrees].
    area : ndarray (n_columns,) or None
        [steradian]
    times : ndarray of datetime64 or None
    levels : HybridLevels or None

    Raises
    ------
    InputError
        For a file without columns, or columns that are not those of ``sphere``.
    """

    def __init__(self, path, sphere=None, aliases=None):
        import xarray

        self.path = Path(path)
        self._aliases = {**ALIASES, **(aliases or {})}
        try:
            self._data = xarray.open_dataset(path)
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read as NetCDF: {error}.") from error
        latitude, longitude = (self._values(name).astype(np.float64) for name in ("lat", "lon"))
        if latitude.ndim != 1 or latitude.shape != longitude.shape or self._find("lat").dims != self._find("lon").dims:
            raise InputError(f"{path} is no file of columns: lat has the dimensions {self._find('lat').dims}, lon "
                             f"{self._find('lon').dims}, expected one and the same.")
        self._column = self._find("lat").dims[0]
        if sphere is None:
            self.sphere, order = sphere_of(latitude, longitude, str(path))
            self._order = np.arange(len(latitude)) if order is None else order
        else:
            self.sphere = sphere
            self._order = match_columns(latitude, longitude, sphere.latitude, sphere.longitude, str(path))
        self.latitude, self.longitude = latitude[self._order], longitude[self._order]
        self.area = self._values("area")[self._order] if "area" in self._data else None
        self.times = self._data["time"].values if "time" in self._data else None
        self.levels = None
        if all(name in self._data for name in HYBRID):
            reference = float(self._data["P0"].values) if "P0" in self._data else 1.0e5
            self.levels = HybridLevels(*(self._data[name].values for name in HYBRID), reference)

    def read(self, name):
        """Return values ``([time,] [lev,] n_columns)``, NaN where missing.

        Raises
        ------
        InputError
            For a name that is not there under any alias, or dimensions that are not understood.
        """
        variable = self._find(name)
        levels = [dim for dim in LEVEL_NAMES if dim in variable.dims]
        wanted = [*(["time"] if "time" in variable.dims else []), *levels, self._column]
        if set(wanted) != set(variable.dims):
            raise InputError(f"{self.path}: {variable.name} has the dimensions {variable.dims}, expected some of time, "
                             f"{' or '.join(LEVEL_NAMES)}, and {self._column}.")
        return variable.transpose(*wanted).values[..., self._order]

    def units(self, name):
        """Return the units of a variable as the file has them."""
        return str(self._find(name).attrs.get("units", ""))

    def _values(self, name):
        return np.asarray(self._find(name).values)

    def _find(self, name):
        names = self._aliases.get(name, (name,))
        found = next((one for one in names if one in self._data.variables), None)
        if found is None:
            raise InputError(f"{self.path} has no {name}; tried {', '.join(names)}. There are "
                             f"{', '.join(self._data.variables)}.")
        return self._data[found]

    def close(self):
        """Close the file."""
        self._data.close()
