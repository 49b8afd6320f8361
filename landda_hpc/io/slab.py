"""Writing and reading one rank's slab of a global HDF5 dataset, and a checksum that ranks can share."""

import h5py
import numpy as np
from h5py import h5p, h5s

from landda_hpc.domain.points import Band
from landda_hpc.jit import driver_kernel

SMALL_PIECE = 2**16  # bytes


def parallel_hdf5(communicator):
    """Return whether h5py can write together with the other ranks."""
    return communicator.mpi is not None and bool(h5py.get_config().mpi)


def point_axis(dims):
    """Return the axis that counts points."""
    return dims.index("point")


def global_shape(local, dims, n_total):
    """Return the shape of the global dataset of a local array."""
    shape = list(np.shape(local))
    shape[point_axis(dims)] = n_total
    return tuple(shape)


def in_small_pieces(n_bytes, communicator):
    """Return whether so many bytes, divided among the ranks, are better collected by some of them before they are written.

    Large pieces that lie together in the file are written at the speed of the disk by each rank on its own; collective
    buffering copies them once more and took three times as long with two ranks on a local disk.
    """
    return n_bytes < communicator.size * SMALL_PIECE


def write_slab(dataset, offset, local, collective):
    """Write ``local`` at ``offset`` (one per axis) of a dataset.

    ``collective`` : all ranks write together, empty slabs included; else each as it comes, in a file of all ranks too.
    """
    if not (collective or np.size(local)):
        return
    local = np.ascontiguousarray(local, dataset.dtype)
    target = dataset.id.get_space()
    target.select_none()
    if local.size:
        target.select_hyperslab(tuple(offset), local.shape)
    if local.size:
        source = h5s.create_simple(local.shape)
    else:
        source = h5s.create_simple((1,) * max(local.ndim, 1))
        source.select_none()
        local = np.zeros((1,) * max(local.ndim, 1), dataset.dtype)
    transfer = h5p.create(h5p.DATASET_XFER)
    if collective:
        transfer.set_dxpl_mpio(h5py.h5fd.MPIO_COLLECTIVE)
    dataset.id.write(source, target, local, dxpl=transfer)


def read_slab(dataset, dims, band):
    """Return this rank's slab of a dataset."""
    index = [slice(None)] * len(dims)
    index[point_axis(dims)] = band.slice
    return dataset[tuple(index)]


@driver_kernel
def _mixed(value):
    """Return the bits of a number scattered over 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@driver_kernel
def _sum_of_mixed(bits, start, n_total):
    """Return the sum modulo 2^64 over ``(outer, point, inner)`` bits mixed with their global position."""
    total = np.uint64(0)
    for outer in range(bits.shape[0]):
        for point in range(bits.shape[1]):
            for inner in range(bits.shape[2]):
                position = np.uint64((outer * n_total + start + point) * bits.shape[2] + inner)
                key = _mixed(position + np.uint64(0x9E3779B97F4A7C15))
                total += _mixed(np.uint64(bits[outer, point, inner]) ^ key)
    return total


def checksums(fields, band, communicator):
    """Return the checksums of global arrays, ``{name: 16 hexadecimal digits}``, the same on all ranks and for any number.

    ``fields`` holds arrays and their dimensions by name, the same names on all ranks.
    """
    return shared_checksums({name: _own_sum(values, dims, band) for name, (values, dims) in fields.items()}, communicator)


def shared_checksums(own, communicator):
    """Return the checksums, on all ranks, to which the points of each add what it has in ``own``."""
    parts = communicator.gather_object(own)
    return communicator.broadcast({name: f"{sum(part[name] for part in parts) % 2**64:016x}" for name in own}
                                  if communicator.is_root else None)


def compile_checksum():
    """Call the kernel of the checksums for numbers of every size, before the ranks of a run need it."""
    for kind in (np.float64, np.float32, np.int16, np.int8):
        _own_sum(np.zeros((1, 1), kind), ("point", "member"), Band(0, 1, 1))


def sum_of_slab(dataset, dims, band):
    """Return what this rank's points add to the checksum of a dataset, read in pieces of all points at one outer index."""
    axis = point_axis(dims)
    outer = np.ndindex(*dataset.shape[:axis])
    return sum(_own_sum(dataset[(*index, band.slice)], dims[axis:], band, number * band.n_total)
               for number, index in enumerate(outer)) % 2**64


def _own_sum(local, dims, band, before=0):
    """Return what this rank's points add to a checksum; so many rows of points are ``before`` them."""
    axis = point_axis(dims)
    local = np.ascontiguousarray(local)
    bits = local.view(f"u{local.dtype.itemsize}")
    shape = local.shape
    bits = bits.reshape(int(np.prod(shape[:axis])), shape[axis], int(np.prod(shape[axis + 1:])))
    return int(_sum_of_mixed(bits, before + band.start, band.n_total))
