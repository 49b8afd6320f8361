"""NetCDF-4 files made through HDF5: dimensions as dimension scales, text attributes of fixed length.

The newest HDF5 format takes a third of the room of the one that the netCDF library writes, and both libraries read it.
"""

from contextlib import contextmanager

import h5py
import numpy as np

MOST_ATTRIBUTES = 64  # of a variable in its header; kept apart from it they take much more room


@contextmanager
def netcdf_file(path):
    """Open a new file."""
    with h5py.File(path, "w", libver="latest", track_order=True) as file:
        yield file


def put_attributes(owner, attributes):
    """Write attributes: texts, or numbers with their type."""
    for name, value in attributes.items():
        owner.attrs.create(name, np.bytes_(value) if isinstance(value, str) else np.atleast_1d(value))


def add_dimension(file, name, size):
    """Add a dimension that has no variable."""
    scale = file.create_dataset(name, (size,), ">f4")
    scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{size:10d}")
    _number(file, scale)


def add_axis(file, name, values, attributes):
    """Add a dimension with its coordinates ``(n,)``."""
    scale = file.create_dataset(name, data=values)
    scale.make_scale(name)
    _number(file, scale)
    put_attributes(scale, attributes)


def _number(file, scale):
    count = sum("_Netcdf4Dimid" in item.attrs for item in file.values())
    scale.attrs["_Netcdf4Dimid"] = np.int32(count)


def add_variable(file, name, dtype, dimensions, attributes, fill, **packed):
    """Add a variable without data, which reads as ``fill``; attributes, also ``_FillValue``, are written as given.

    Parameters
    ----------
    file : h5py.File
    name : str
    dtype : str or dtype
    dimensions : sequence of str
    attributes : dict
    fill : number
    packed : dict
        ``chunks``, ``compression``, ``compression_opts`` and ``shuffle`` of HDF5.
    """
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_attr_phase_change(MOST_ATTRIBUTES, MOST_ATTRIBUTES)
    creation.set_attr_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    shape = tuple(file[dimension].shape[0] for dimension in dimensions)
    variable = file.create_dataset(name, shape, dtype, fillvalue=fill, dcpl=creation, **packed)
    put_attributes(variable, attributes)
    for axis, dimension in enumerate(dimensions):
        variable.dims[axis].attach_scale(file[dimension])
    return variable
