"""Restart files: all that the next step reads, each rank its own slab, readable on any number of ranks.

One HDF5 file holds every variable ``[layer, point, member]`` over all points of the run, contiguous and uncompressed so
that slabs are written at the speed of the disk. Where HDF5 is parallel the ranks write together, else the root gathers; the
file is the same. A checksum per variable tells damage, the identity of the set-up tells a foreign file.
"""

import json
import logging
import os
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.errors import RestartError
from landda_hpc.io.atomic import MARGIN, agreed, replacing
from landda_hpc.io.slab import (
    checksums,
    global_shape,
    in_small_pieces,
    parallel_hdf5,
    point_axis,
    read_slab,
    shared_checksums,
    sum_of_slab,
    write_slab,
)
from landda_hpc.parallel import together

FORMAT_VERSION = 1
OF_POINTS = ("cell", "latitude", "longitude")
MOST_LOST = 1.01  # of the size of the variables: a file that was written over too often
#: What to do with a file of another set-up, by kind of file.
ADVICE = {"restart": "Use the configuration it was written with, or start a new run.",
          "atmosphere restart": "Use the atmosphere it was written by.",
          "climatology": "Use the settings it was made with, or make it again with these.",
          "climatology record": "Continue it with the settings it was begun with, or begin anew in another file."}
logger = logging.getLogger(__name__)


class Field(NamedTuple):
    """A local array with its dimensions, ``point`` among them, and units."""

    values: np.ndarray
    dims: tuple
    units: str = "1"


class Checkpoint(NamedTuple):
    """What a restart file holds: fields by name, numbers and texts by name, and the names of the inputs consumed."""

    fields: dict
    scalars: dict


def write_restart(path, fields, scalars, identity, points, band, communicator, attributes, collective=None, kind="restart",
                  finisher=None, then=None, spare=None):
    """Write a restart file, or another kind of file with the same layout, on all ranks.

    Parameters
    ----------
    path : Path
    fields : dict of str to Field
        Local arrays; every rank has the same names.
    scalars : dict
        Numbers and texts, the same on all ranks: clock, counters.
    identity : dict of str to str
        What a run must share with this file to read it.
    points : PointSet
    band : Band
    communicator : Communicator
    attributes : dict of str to str
        Provenance.
    collective : bool or None
        Write together; by default where HDF5 is parallel.
    kind : str
        What the file is; it is read as that only.
    finisher : Finisher, optional
        Puts the file on the disk meanwhile; it is there when that was waited for.
    then : callable, optional
        Called on the root when the file is there.
    spare : Path, optional
        A file that is not needed any more. One of the same variables is overwritten: its pages are in memory, where new ones
        are found several times more slowly.

    Raises
    ------
    OutputError
        On all ranks, when any could not write. The previous file of that name is then intact.
    """
    collective = parallel_hdf5(communicator) if collective is None else collective
    needed = sum(int(np.prod(global_shape(field.values, field.dims, band.n_total))) * field.values.dtype.itemsize
                 for field in fields.values())
    sums = checksums({name: (field.values, field.dims) for name, field in fields.items()}, band, communicator)
    header = {"format": f"landda_hpc {kind}", "format_version": FORMAT_VERSION, **attributes,
              "identity": json.dumps(identity, sort_keys=True), "scalars": json.dumps(scalars, sort_keys=True),
              "checksums": json.dumps(sums, sort_keys=True), "grid_shape": np.array(points.shape)}
    header["layout"] = json.dumps({name: [global_shape(field.values, field.dims, band.n_total), field.values.dtype.str]
                                   for name, field in fields.items()})
    reuse = spare is not None and together(communicator, lambda: _fits(spare, header["layout"], points, needed))
    with replacing(path, communicator, 0 if reuse else needed, finisher, then) as temporary:
        file, mode = None, "r+" if reuse else "w"
        with agreed(communicator, path, needed):
            if reuse and communicator.is_root:
                os.replace(spare, temporary)
        with agreed(communicator, path, needed):
            if collective:
                file = h5py.File(temporary, mode, driver="mpio", comm=communicator.mpi)
            elif communicator.is_root:
                file = h5py.File(temporary, mode)
            if file is not None:
                _write_header(file, header)
                if not reuse:
                    for name, values in zip(OF_POINTS, (points.cell, points.latitude, points.longitude)):
                        file.create_dataset(name, data=values, track_times=False)
        failure = None
        for name, field in fields.items():
            if not collective:  # one after the other: the root never holds more than one whole field
                field = field._replace(values=communicator.gather_points(field.values, band, point_axis(field.dims)))
            try:
                if file is not None:
                    _write_field(file, name, field, band, communicator if collective else None)
            except (OSError, RuntimeError, ValueError) as error:
                failure = failure or error  # the other ranks go on to the next field, so this one must too
        with agreed(communicator, path, needed):
            if failure is not None:
                raise failure
            if file is not None:
                file.close()


def _fits(spare, layout, points, needed):
    """Return whether a file has just the variables and points of another, and no room that is lost."""
    if not spare.exists() or spare.stat().st_size > MOST_LOST * needed + MARGIN:
        return False
    try:
        with h5py.File(spare, "r") as file:
            return file.attrs.get("layout") == layout and np.array_equal(file["cell"][()], points.cell)
    except (OSError, KeyError):
        return False  # left by a run that was killed


def _write_header(file, header):
    for name in tuple(file.attrs):  # to replace one, h5py gives it a random name for a moment, on each rank another
        del file.attrs[name]
    for name, value in header.items():
        file.attrs[name] = value


def _write_field(file, name, field, band, writers):
    """Write a field, the part of each of the ``writers`` (a communicator) or the whole of one rank (None)."""
    shape = global_shape(field.values, field.dims, band.n_total)
    dataset = file[name] if name in file else _create(file, name, shape, field)
    offset, axis = [0] * len(shape), point_axis(field.dims)
    if writers is not None:
        offset[axis] = band.start
    n_bytes = field.values.dtype.itemsize * int(np.prod(shape[axis:]))
    write_slab(dataset, offset, field.values, writers is not None and in_small_pieces(n_bytes, writers))


def _create(file, name, shape, field):
    """Return a new dataset for a field, which nothing is written into before the field."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    creation.set_obj_track_times(False)
    space = h5py.h5s.create_simple(shape)
    kind = h5py.h5t.py_create(field.values.dtype, logical=True)
    dataset = h5py.Dataset(h5py.h5d.create(file.id, name.encode(), kind, space, dcpl=creation))
    dataset.attrs["units"], dataset.attrs["dims"] = field.units, " ".join(field.dims)
    return dataset


def read_restart(path, identity, points, band, communicator, n_members=None, kind="restart"):
    """Return the :class:`Checkpoint` of a file, arrays of this rank's band.

    Parameters
    ----------
    identity : dict of str to str or None
        Must equal that of the file; None takes the file of any run on the same points.
    n_members : int, optional
        Members wanted; where the file has another number they are resampled: the last (unperturbed) one stays the last,
        the others are repeated in turn. By default the number must be that of the file.
    kind : str
        What the file must be.

    Raises
    ------
    RestartError
        On all ranks, with what is wrong: damage, another format, grid or set-up.
    """
    def read(file, header):
        fields = {name: Field(read_slab(file[name], _dims(file[name]), band), _dims(file[name]), file[name].attrs["units"])
                  for name in header["checksums"]}
        return header["checksums"], Checkpoint(fields, header["scalars"])

    expected, checkpoint = _read_together(path, identity, points, communicator, kind, read)
    sums = checksums({name: (field.values, field.dims) for name, field in checkpoint.fields.items()}, band, communicator)
    _compare(path, sums, expected)
    return _with_members(path, checkpoint, n_members)


def check_restart(path, identity, points, band, communicator, kind="restart", unread=()):
    """Check a file as :func:`read_restart` does, a small piece of it in memory at a time, but for its ``unread`` variables.

    Raises
    ------
    RestartError
        On all ranks.
    """
    def read(file, header):
        checked = {name: written for name, written in header["checksums"].items() if name not in unread}
        return checked, {name: sum_of_slab(file[name], _dims(file[name]), band) for name in checked}

    expected, own = _read_together(path, identity, points, communicator, kind, read)
    _compare(path, shared_checksums(own, communicator), expected)


def _dims(dataset):
    return tuple(dataset.attrs["dims"].split())


def _read_together(path, identity, points, communicator, kind, read):
    """Return what ``read(file, header)`` returns on this rank; raise on all ranks where any cannot read."""
    message, found = None, None
    try:
        with h5py.File(path, "r") as file:
            found = read(file, _checked_header(path, file, identity, points, kind))
    except RestartError as error:
        message = str(error)
    except FileNotFoundError:
        message = f"{path}: the restart file does not exist."
    except (OSError, KeyError, RuntimeError) as error:
        message = (f"{path} cannot be read as a {kind} file: it is truncated, damaged or none ({error}).\n"
                   "  Resume from the file before it, or start again in another folder.")
    messages = [text for text in communicator.broadcast(communicator.gather_object(message)) if text]
    if messages:
        raise RestartError(messages[0])
    return found


def _compare(path, sums, expected):
    for name, written in expected.items():
        if sums[name] != written:
            raise RestartError(f"{path}: the variable {name} is damaged.\n  checksum  {sums[name]}\n  expected  {written}\n"
                               "  Resume from the file before it, or start again.")


def _checked_header(path, file, identity, points, kind):
    if file.attrs.get("format") != f"landda_hpc {kind}":
        raise RestartError(f"{path} is not a {kind} file of landda_hpc.")
    version = int(file.attrs["format_version"])
    if version != FORMAT_VERSION:
        raise RestartError(f"{path} has the format version {version}; this version of the package reads "
                           f"{FORMAT_VERSION}.")
    if tuple(file.attrs["grid_shape"]) != tuple(points.shape) or not np.array_equal(file["cell"][()], points.cell):
        raise RestartError(f"{path} belongs to another grid or mask.\n"
                           f"  found     {len(file['cell'])} points of a grid of {tuple(file.attrs['grid_shape'])}\n"
                           f"  expected  {points.n_total} points of a grid of {tuple(points.shape)}")
    stored = json.loads(file.attrs["identity"])
    identity = stored if identity is None else identity
    differing = [f"  {key}: found {stored.get(key, 'the default')}, expected {identity.get(key, 'the default')}"
                 for key in sorted(set(stored) | set(identity)) if stored.get(key) != identity.get(key)]
    if differing:
        raise RestartError(f"{path} belongs to another set-up:\n" + "\n".join(differing)
                           + f"\n  {ADVICE[kind]}")
    return {"checksums": json.loads(file.attrs["checksums"]), "scalars": json.loads(file.attrs["scalars"])}


def _with_members(path, checkpoint, n_members):
    sizes = {field.values.shape[field.dims.index("member")] for field in checkpoint.fields.values()
             if "member" in field.dims}
    if not sizes or n_members is None or sizes == {n_members}:
        return checkpoint
    stored = sizes.pop()
    if stored == 1 or n_members == 1:
        chosen = np.zeros(n_members, int) if stored == 1 else np.array([stored - 1])
    else:
        chosen = np.append(np.arange(n_members - 1) % (stored - 1), stored - 1)
    logger.info("%s has %d members; resampled to %d (the last stays the last)", path, stored, n_members)
    fields = {name: field._replace(values=np.ascontiguousarray(
        np.take(field.values, chosen, axis=field.dims.index("member")))) if "member" in field.dims else field
        for name, field in checkpoint.fields.items()}
    return checkpoint._replace(fields=fields)


def time_of(path):
    """Return the model time (datetime64) of a restart file of a :class:`RestartCatalog`."""
    digits = Path(path).stem.removeprefix("restart_")
    day, clock = digits.split("T")
    return np.datetime64(f"{day[:-4]}-{day[-4:-2]}-{day[-2:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}", "s")


class RestartCatalog:
    """The restart files of a run folder, newest last; the last ``keep`` are kept, and the one before as a spare for the next.

    Parameters
    ----------
    folder : Path
    keep : int
    """

    def __init__(self, folder, keep=2):
        self.folder, self.keep = Path(folder), keep

    def path(self, time):
        """Return the path for a model time (datetime64)."""
        return self.folder / f"restart_{np.datetime_as_string(np.datetime64(time, 's')).replace('-', '').replace(':', '')}.h5"

    def files(self):
        """Return the files, oldest first."""
        return sorted(self.folder.glob("restart_*.h5"))

    @property
    def spare(self):
        """Path of the file that the next one may be written over."""
        return self.folder / "spare.h5"

    def prune(self):
        """Remove all but the newest files; the last that goes becomes the spare."""
        for path in self.files()[:-self.keep]:
            os.replace(path, self.spare)

    def discard_spare(self):
        """Remove the spare, when no further file follows."""
        self.spare.unlink(missing_ok=True)

    def newest(self, identity, points, band, communicator, n_members=None):
        """Return path and :class:`Checkpoint` of the newest file that can be read.

        A damaged file is passed over with a warning; a file of another set-up is not, for then all are.
        """
        files = communicator.broadcast(self.files() if communicator.is_root else None)
        if not files:
            raise RestartError(f"{self.folder} has no restart file to resume from. Start the run without --resume.")
        for path in reversed(files):
            try:
                return path, read_restart(path, identity, points, band, communicator, n_members)
            except RestartError as error:
                if "another" in str(error).splitlines()[0] or path == files[0]:
                    raise
                logger.warning("%s Trying the file before it.", error)
        raise RestartError(f"{self.folder} has no readable restart file.")
