"""Files of remapping weights in the layout of ESMF and SCRIP, and a folder of those that were made before.

A file has ``S`` (weights), ``row`` and ``col`` (from 1), areas [steradian], fractions, positions and corners [degrees] of
source ``a`` and target ``b``, as ``ESMF_RegridWeightGen`` writes it, so other tools can use it. Files with the names of SCRIP
(``remap_matrix``, ``src_address``), which ``cdo gencon`` writes, are read too.
"""

import hashlib
import os
import warnings
from pathlib import Path

import numpy as np

from landda_hpc.coupling.columns import Columns
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.outlines import outlines
from landda_hpc.coupling.remap import Remap
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError, OutputError
from landda_hpc.io.atomic import replacing
from landda_hpc.jit import compile_on_root_first
from landda_hpc.jit.cache import base_folder
from landda_hpc.parallel.communicator import SerialCommunicator

AT_POLE = 1.0e-6  # degrees, by which a latitude may be off
VERSION = 2  # of the way weights are made: counts in the names of kept files
ESMF = {"weight": "S", "row": "row", "column": "col", "dims_a": "src_grid_dims", "dims_b": "dst_grid_dims",
        **{f"{name}_{side}": f"{own}_{side}" for side in "ab" for name, own in
           (("latitude", "yc"), ("longitude", "xc"), ("area", "area"), ("fraction", "frac"))}}
SCRIP = {"weight": "remap_matrix", "row": "dst_address", "column": "src_address", "dims_a": "src_grid_dims",
         "dims_b": "dst_grid_dims",
         **{f"{name}_{side}": f"{word}_grid_{own}" for side, word in (("a", "src"), ("b", "dst")) for name, own in
            (("latitude", "center_lat"), ("longitude", "center_lon"), ("area", "area"), ("fraction", "frac"))}}
METHODS = {"conservative": "Conservative remapping", "bilinear": "Bilinear remapping",
           "nearest": "Nearest source to destination", "basis": "Spectral-element basis",
           "cell_mean": "Spectral-element basis, means over cells",
           "same_class": "Bilinear remapping among columns of the same soil class",
           "nearest_class": "Nearest source of the same soil class to destination",
           "gathered": "Mean of the sources that are nearest to a destination",
           "soil_moisture": "Conservative or bilinear remapping among columns of the same soil class, by the areas"}


def write_weights(path, remap, source_grid=None, target_grid=None):
    """Write weights; it appears whole or not at all.

    Parameters
    ----------
    path : path
    remap : Remap
    source_grid, target_grid : Grid or CubedSphere, optional
        For the corners of columns.
    """
    import h5netcdf

    needed = 16 * len(remap.weight) + 160 * (remap.n_source + remap.n_target)
    with replacing(path, SerialCommunicator(), needed) as temporary, h5netcdf.File(temporary, "w") as file:
        file.attrs["title"] = f"landda_hpc weights, {remap.source.name} to {remap.target.name}"
        file.attrs["Conventions"], file.attrs["normalization"] = "NCAR-CSM", "fracarea"
        file.attrs["map_method"], file.attrs["landda_method"] = METHODS.get(remap.method, remap.method), remap.method
        file.dimensions["n_s"] = len(remap.weight)
        _put(file, "S", "n_s", remap.weight, "1", "weight")
        _put(file, "row", "n_s", (np.repeat(np.arange(remap.n_target), np.diff(remap.start)) + 1).astype(np.int32), "1",
             "number of the target column, from 1")
        _put(file, "col", "n_s", (remap.index + 1).astype(np.int32), "1", "number of the source column, from 1")
        used = np.zeros(remap.n_source, np.int32)
        used[remap.index] = 1
        for side, word, columns, fraction, mask, grid in (
                ("a", "src", remap.source, remap.source_fraction, used, source_grid),
                ("b", "dst", remap.target, remap.target_fraction, remap.has_value.astype(np.int32), target_grid)):
            file.attrs[f"grid_{side}"] = columns.name
            size, rank = f"n_{side}", f"{word}_grid_rank"
            file.dimensions[size], file.dimensions[rank] = columns.n_columns, len(columns.shape)
            _put(file, f"{word}_grid_dims", rank, np.array(columns.shape[::-1], np.int32), "1", "the fastest dimension first")
            _put(file, f"yc_{side}", size, columns.latitude, "degrees", "latitude")
            _put(file, f"xc_{side}", size, columns.longitude, "degrees", "longitude")
            _put(file, f"area_{side}", size, columns.area, "steradian", "area on the unit sphere")
            _put(file, f"frac_{side}", size, fraction, "1", "part of the area that takes part")
            _put(file, f"mask_{side}", size, mask, "1", "1 where there is a weight")
            corners = outlines(grid)
            if corners is not None:
                file.dimensions[f"nv_{side}"] = corners[0].shape[1]
                for name, values in zip(("yv", "xv"), corners):
                    _put(file, f"{name}_{side}", (size, f"nv_{side}"), values, "degrees", "corners")


def _put(file, name, dims, values, units, long_name):
    variable = file.create_variable(name, (dims,) if isinstance(dims, str) else dims, values.dtype, data=values)
    variable.attrs["units"], variable.attrs["long_name"] = units, long_name


def read_weights(path, source=None, target=None):
    """Return the :class:`Remap` of a file of weights.

    Rows may come in any order and entries more than once; those add up. Weights of SCRIP that are normalized by ``none`` are
    areas and are divided by those of the target; others are as they are in the file.

    Parameters
    ----------
    path : path
    source, target : Columns, optional
        Of each side, for files that do not tell their positions, such as those of xESMF.

    Raises
    ------
    InputError
        For a file that cannot be read, is no file of first-order weights, or whose numbers do not belong together.
    """
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            names = next((names for names in (ESMF, SCRIP)
                          if {names[key] for key in ("weight", "row", "column")} <= set(file.variables)), None)
            if names is None:
                raise InputError(f"{path} has no weights: expected the variables S, row and col, or remap_matrix, "
                                 "dst_address and src_address.")
            method = getattr(file, "landda_method", getattr(file, "map_method", "unknown"))
            sides = [_side(file, names, side, path, given) for side, given in (("a", source), ("b", target))]
            weight = np.asarray(file[names["weight"]][:], np.float64)
            row, column = (_numbers(path, names[key], file[names[key]][:], len(weight), side[0].n_columns)
                           for key, side in zip(("row", "column"), sides[::-1]))
            are_areas = names is SCRIP and str(getattr(file, "normalization", "")).strip() == "none"
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a file of weights: {error}.") from error
    if weight.ndim > 1:
        if weight.shape[1] > 1 and "onserv" not in str(method):
            raise InputError(f"{path}: {weight.shape[1]} weights a link need gradients of the source, which are not supported; "
                             "expected 1.")
        weight = weight[:, 0]
    if not np.isfinite(weight).all():
        raise InputError(f"{path}: weight {int(np.argmax(~np.isfinite(weight))) + 1} is not a number.")
    (source, source_fraction), (target, target_fraction) = sides
    if are_areas:
        weight = weight / target.area[row]
    order = np.argsort(row, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=target.n_columns))])
    return Remap(str(method), source, target, start, column[order], weight[order], source_fraction, target_fraction)


def _numbers(path, name, values, n_weights, n_columns):
    """Return numbers of columns from 0, checked."""
    number = np.asarray(values, np.int64) - 1
    if number.shape != (n_weights,) or (n_weights and (number.min() < 0 or number.max() >= n_columns)):
        wrong = np.flatnonzero((number < 0) | (number >= n_columns))
        where = f", entry {wrong[0] + 1} is {number.flat[wrong[0]] + 1}" if wrong.size else ""
        raise InputError(f"{path}: {name} has {number.size} numbers from {np.min(number, initial=n_columns) + 1} to "
                         f"{np.max(number, initial=-1) + 1}{where}; expected {n_weights} from 1 to {n_columns}.")
    return number


def _side(file, names, side, path, given):
    """Return the columns of a side and their fractions."""
    values = {}
    for name in ("latitude", "longitude", "area", "fraction"):
        own = names[f"{name}_{side}"]
        if own in file.variables:
            values[name] = np.asarray(file[own][:], np.float64).ravel()
            if name in ("latitude", "longitude") and str(getattr(file[own], "units", "degrees")).lower().startswith("rad"):
                values[name] = np.degrees(values[name])
    if given is not None:
        values.setdefault("area", given.area)
        columns = given._replace(area=values["area"])
    else:
        missing = {"latitude", "longitude"} - set(values)
        if missing:
            raise InputError(f"{path} has no {names[f'{min(missing)}_{side}']}, the positions of its columns. Name the grid "
                             f"with {'--source' if side == 'a' else '--target'}.")
        n = len(values["latitude"])
        dims = names[f"dims_{side}"]
        shape = tuple(int(size) for size in np.asarray(file[dims][:])[::-1]) if dims in file.variables else (n,)
        columns = Columns(str(getattr(file, f"grid_{side}", f"{n} columns")), shape if np.prod(shape) == n else (n,),
                          values["latitude"], values["longitude"], values.get("area", np.zeros(n)))
    n = columns.n_columns
    for name in values:
        if len(values[name]) != n:
            raise InputError(f"{path}: {names[f'{name}_{side}']} has {len(values[name])} values, expected {n}, one for each "
                             f"column of {columns.name}.")
    on_earth = np.isfinite(columns.longitude) & (np.abs(columns.latitude) <= 90.0 + AT_POLE)
    if not on_earth.all():
        raise InputError(f"{path}: the positions of {columns.name} are no latitudes and longitudes: from "
                         f"{np.min(columns.latitude):g} to {np.max(columns.latitude):g} N.")
    return columns, values.get("fraction", np.ones(n))


# ---- weights that were made before


def weights_folder():
    """Return the folder of kept weights, in that of kept kernels."""
    return Path(base_folder()) / "weights"


def digest_of(method, source_grid, target_grid, **fields):
    """Return the digest of all that weights depend on."""
    found = hashlib.sha256(f"{VERSION} {method}".encode())
    for grid in (source_grid, target_grid):
        if type(grid).__name__ in ("Grid", "CubedSphere"):
            found.update(repr(grid).encode())
        else:
            for values in (grid.latitude, grid.longitude, getattr(grid, "area", ())):
                found.update(np.ascontiguousarray(values, np.float64).tobytes())
    for name, values in sorted(fields.items()):
        if values is not None:
            found.update(name.encode() + np.ascontiguousarray(values, np.float64).tobytes())
    return found.hexdigest()[:24]


def kept_remap(method, source_grid, target_grid, communicator=None, folder=None, **fields):
    """Return a :class:`Remap` on all ranks, read where it was made before, else made by all of them together and kept.

    Parameters
    ----------
    method : str
        Name of a constructor of :class:`Remap`.
    source_grid, target_grid
        See there.
    communicator : Communicator, optional
    folder : path, optional
        By default ``weights`` in the cache folder (``LANDDA_CACHE_DIR``).
    **fields
        Further arguments of the constructor: masks and classes.
    """
    communicator = communicator or SerialCommunicator()
    folder = Path(folder or weights_folder())
    path = folder / f"{method}-{digest_of(method, source_grid, target_grid, **fields)}.nc"
    if communicator.size > 1:
        compile_on_root_first(communicator, warm_up)
    remap = communicator.broadcast(_read_kept(path) if communicator.is_root else None)
    if remap is not None:
        return remap
    remap = getattr(Remap, method)(source_grid, target_grid, **fields, communicator=communicator)
    if communicator.is_root:
        _keep(path, remap)
    return remap


def warm_up():
    """Compile what makes and applies weights, on the smallest grids."""
    globe, sphere = Grid.covering(90.0, -90.0, 90.0), CubedSphere(1)
    Remap.conservative(globe, sphere).apply(np.zeros((1, 8)))


def _read_kept(path):
    """Return weights that were made before, None where there are none or they are damaged."""
    if not path.exists():
        return None
    try:
        return read_weights(path)
    except InputError as error:
        warnings.warn(f"{error} The weights are made again.", stacklevel=3)
        return None


def _keep(path, remap):
    own = path.with_name(f"{path.stem}.{os.getpid()}.nc")  # another process may write the same weights
    try:
        write_weights(own, remap)  # without corners, which are more than all weights
        os.replace(own, path)
    except (OutputError, OSError) as error:
        warnings.warn(f"Weights cannot be kept in {path.parent}: {error}", stacklevel=3)
