"""Whether a file of the exchange still holds what was written into it.

Files appear whole (:mod:`landda_hpc.io.atomic`), but a run that goes on also meets what disks and people did to them since,
which HDF5 does not notice. So each carries a checksum of its numbers and of the restart of the atmosphere that belongs to it,
the fast one of the restart files of the land.
"""

import hashlib
import logging
from pathlib import Path

import h5netcdf
import numpy as np

from landda_hpc.domain.points import Band
from landda_hpc.io.slab import checksums
from landda_hpc.parallel import SerialCommunicator

MADE_FROM, CONTENT, RESTART = "made_from", "content_checksum", "restart_checksum"
WORD = 8  # bytes
CHANGED = "its numbers are not those that were written"
#: What h5netcdf raises for files that are none or are damaged, depending on where.
UNREADABLE = (OSError, KeyError, ValueError, RuntimeError)
logger = logging.getLogger(__name__)


def digest_of(*parts):
    """Return the SHA-256 of texts and arrays."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).data)
    return digest.hexdigest()


def content_checksum(file):
    """Return the checksum of names, shapes and numbers of all variables of an open NetCDF file."""
    return digest_of(*(f"{name} {variable.dtype} {variable.shape} {_checksum(np.asarray(variable[...]))}"
                       for name, variable in sorted(file.variables.items())))


def file_checksum(path):
    """Return the checksum of the bytes of a file, None for one that is not there or cannot be read."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError:
        return None
    whole = content.size // WORD * WORD
    return digest_of(f"{_checksum(content[:whole].view(np.uint64))}", content[whole:])


def _checksum(values):
    """Return the checksum of an array of any shape."""
    band = Band(0, values.size, values.size)
    return checksums({"": (values.reshape(-1), ("point",))}, band, SerialCommunicator())[""]


def attribute_of(path, name):
    """Return a global attribute of a file, None if it has none, is not there or cannot be read."""
    try:
        with h5netcdf.File(path, "r") as file:
            value = file.attrs.get(name)
            return None if value is None else str(value)
    except UNREADABLE:
        return None


def is_usable(path, made_from):
    """Return whether a file was made from what this digest stands for and holds what was written; tells of a damaged one."""
    if not Path(path).exists():
        return False
    try:
        with h5netcdf.File(path, "r") as file:
            if file.attrs.get(MADE_FROM) != made_from:
                return False
            if file.attrs.get(CONTENT) == content_checksum(file):
                return True
            problem = CHANGED
    except UNREADABLE as error:
        problem = str(error)
    logger.warning("%s is damaged and is made again (%s)", path, problem)
    return False


def belongs(restart, path):
    """Return whether a restart file of the atmosphere is the one that was written with the file ``path``."""
    expected = attribute_of(path, RESTART)
    return expected is not None and file_checksum(restart) == expected


def is_usable_restart(restart, path):
    """Return the same as :func:`belongs`; tells of a file that is there and is another one."""
    usable = belongs(restart, path)
    if not usable and Path(restart).exists():
        logger.warning("%s is damaged and is made again (it is not the file that was written with %s)", restart, path)
    return usable
