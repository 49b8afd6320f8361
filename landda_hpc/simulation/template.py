"""Files of one layout written many times: the structure once, as bytes in memory, then per file the data and what differs.

Making the structure anew takes the libraries longer than everything else. Data are packed here as HDF5 would and handed
over chunk by chunk; chunks that would read the same without are left out.
"""

import os
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np


class Storage(NamedTuple):
    """How a data set lies in the file; ``chunk`` is None where it is contiguous, ``fill`` is what it reads as where
    nothing is stored, None if the template has data of it."""

    dtype: np.dtype
    shape: tuple
    chunk: tuple | None
    shuffle: bool
    level: int | None
    fill: object


class Template:
    """The structure of a file.

    Parameters
    ----------
    write : callable
        Given a path, writes a file with all groups, attributes and data sets, and the data that never differ.
    """

    def __init__(self, write):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "template"
            write(path)
            with h5py.File(path, "r") as file:
                self._storage = {}
                file.visititems(self._note)
            self._bytes = path.read_bytes()

    def _note(self, name, item):
        if isinstance(item, h5py.Dataset):
            fill = item.fillvalue if item.id.get_storage_size() == 0 else None
            self._storage[name] = Storage(item.dtype, item.shape, item.chunks, bool(item.shuffle), item.compression_opts, fill)

    def write(self, path, values, attributes=None):
        """Write a file; it appears whole or not at all, but is not forced to the disk: it can be simulated again.

        Parameters
        ----------
        path : Path
        values : dict of str to ndarray
            Data sets that differ, whole.
        attributes : dict of str to dict, optional
            New values of attributes by name, for the path of their owner; "/" is the file.
        """
        path = Path(path)
        temporary = path.with_name(path.name + ".tmp")
        try:
            temporary.write_bytes(self._bytes)
            with h5py.File(temporary, "r+") as file:
                for name, data in values.items():
                    self._put(file, name, data)
                for owner, changed in (attributes or {}).items():
                    item = file[owner].attrs
                    for name, value in changed.items():
                        item.create(name, value)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def _put(self, file, name, data):
        storage = self._storage[name]
        data = np.ascontiguousarray(data, storage.dtype)
        if data.shape != storage.shape:
            raise ValueError(f"{name} has the shape {data.shape}, the file {storage.shape}")
        if storage.chunk is None:
            file[name][...] = data
            return
        identifier = h5py.h5d.open(file.id, name.encode())
        for corner in np.ndindex(*(-(-size // step) for size, step in zip(storage.shape, storage.chunk))):
            start = tuple(index * step for index, step in zip(corner, storage.chunk))
            part = data[tuple(slice(first, first + step) for first, step in zip(start, storage.chunk))]
            if storage.fill is not None and (part == storage.fill).all():
                continue
            if part.shape != storage.chunk:
                part = np.pad(part, [(0, step - size) for size, step in zip(part.shape, storage.chunk)])
            identifier.write_direct_chunk(start, pack(part, storage))


def pack(part, storage):
    """Return a chunk as HDF5's shuffle and deflate filters would leave it, packed as fast as can be: most is fill."""
    data = np.ascontiguousarray(part)
    if storage.shuffle and storage.dtype.itemsize > 1:
        data = np.ascontiguousarray(data.reshape(-1).view(np.uint8).reshape(-1, storage.dtype.itemsize).T)
    return data.tobytes() if storage.level is None else zlib.compress(data, 1)
