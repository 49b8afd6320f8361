"""History files: CF NetCDF-4 with the mean and the spread of the ensemble, written record by record.

Times label the END of an interval; ``time_bnds`` gives its bounds. Every rank writes its own points where HDF5 is
parallel, else the root gathers; the contents are the same.
"""

import itertools
import logging
import os
from pathlib import Path

import h5netcdf
import h5py
import numpy as np

from landda_hpc.io.atomic import agreed, require_space
from landda_hpc.io.layout import layout_of
from landda_hpc.io.members import Scaled, mean_and_spread
from landda_hpc.io.slab import in_small_pieces, parallel_hdf5, write_slab
from landda_hpc.times import UNIX_EPOCH, seconds_since

CHUNK_VALUES = 2**16  # of a small variable in one piece of the file
BLOCK_BYTES = 2**20  # of records on a rank, kept in memory until they are written together; a larger one is not kept at all
TIME_UNITS = "seconds since 1970-01-01 00:00:00"
logger = logging.getLogger(__name__)


class HistoryWriter:
    """One history file that all ranks write.

    Parameters
    ----------
    path : Path
    known : dict of str to Variable
        The variables to write.
    methods : dict of str to str
        What those are of the interval that do not stand for its end: mean or sum.
    layer_thickness : array_like (n_layers,)
        [m]
    n_members : int
    points : PointSet
    band : Band
    communicator : Communicator
    attributes : dict of str to str
    members : bool
        Write every member beside mean and spread.
    collective : bool or None
        By default where HDF5 is parallel.
    resume_from : datetime64, optional
        Continue an existing file after this time; later records are dropped.
    precision : numpy dtype
        Of the numbers in the file.
    """

    def __init__(self, path, known, methods, layer_thickness, n_members, points, band, communicator, attributes,
                 members=False, collective=None, resume_from=None, precision=np.float64):
        self.path, self._known, self._methods = Path(path), known, methods
        self._points, self._band, self._communicator = points, band, communicator
        self._layout, self._precision = layout_of(points, band), np.dtype(precision)
        self._n_members, self._members = n_members, members and n_members > 1
        self._collective = parallel_hdf5(communicator) if collective is None else collective
        per_point = sum(len(layer_thickness) if "layer" in variable.dims else 1 for variable in known.values())
        copies = 1 if n_members == 1 else 2 + (n_members if self._members else 0)
        self._record_bytes = points.n_total * per_point * copies * self._precision.itemsize or 1  # of all ranks
        map_bytes = int(np.prod(self._layout.sizes)) * self._precision.itemsize
        self._write_together = self._collective and in_small_pieces(map_bytes, communicator)
        self._waiting, self.n_records = [], 0
        if resume_from is not None and self._usable():
            self._drop_after(resume_from)
            return
        with agreed(communicator, self.path, 0):
            if communicator.is_root:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with h5netcdf.File(self.path, "w") as file:
                    self._define(file, layer_thickness, attributes)

    def _usable(self):
        """Return whether the file can be continued; one that a killed run left damaged is put aside."""
        state = None
        if self._communicator.is_root and self.path.exists():
            try:
                with h5py.File(self.path, "r") as file:
                    state = "time" in file
            except OSError:
                state = False
            if not state:
                aside = self.path.with_suffix(".damaged.nc")
                os.replace(self.path, aside)
                logger.warning("%s was damaged when the run stopped; it is now %s and a new file begins",
                               self.path, aside)
        elif self._communicator.is_root:
            logger.warning("%s is missing; a new file begins, without the records before the checkpoint", self.path)
        return bool(self._communicator.broadcast(state))

    def _define(self, file, layer_thickness, attributes):
        points, layout = self._points, self._layout
        for name, value in {**attributes, **layout.attributes}.items():
            file.attrs[name] = value
        file.dimensions = {"time": None, "bnds": 2, "layer": len(layer_thickness), **dict(zip(layout.dims, layout.sizes))}
        if self._members:
            file.dimensions["member"] = self._n_members
        self._coordinate(file, "time", ("time",), np.int64, TIME_UNITS, "time at the end of the interval", "time", None)
        file["time"].attrs["calendar"] = "proleptic_gregorian"
        file["time"].attrs["bounds"] = "time_bnds"
        file.create_variable("time_bnds", ("time", "bnds"), np.int64, chunks=(512, 2), dcpl=_early_allocation())
        for name, dims, values, units, standard_name in layout.coordinates():
            self._coordinate(file, name, dims, values.dtype, units, standard_name or "global cell id", standard_name, values)
        self._coordinate(file, "layer_thickness", ("layer",), np.float64, "m", "thickness of the soil layers",
                         "cell_thickness", np.asarray(layer_thickness, np.float64))
        if points.names:
            names = np.array([name.encode() for name in points.names])
            variable = file.create_variable("point_name", ("point",), names.dtype, data=names)
            variable.attrs["long_name"] = "name of the point"
            variable.attrs["cf_role"] = "timeseries_id"
        for name, variable in self._known.items():
            when = self._methods.get(name, "point")
            self._variable(file, name, variable, f"time: {when} member: mean", "ensemble mean of ", False)
            if self._n_members > 1:
                self._variable(file, f"{name}_spread", variable, f"time: {when} member: standard_deviation",
                               "ensemble standard deviation of ", False)
            if self._members:
                self._variable(file, f"{name}_members", variable, f"time: {when}", "members of ", True)

    def _coordinate(self, file, name, dims, kind, units, long_name, standard_name, data):
        chunks = (512,) if dims == ("time",) else None
        more = {"chunks": chunks, "dcpl": _early_allocation()} if chunks else {}
        variable = file.create_variable(name, dims, kind, data=data, **more)
        variable.attrs["units"], variable.attrs["long_name"] = units, long_name
        if standard_name:
            variable.attrs["standard_name"] = standard_name

    def _variable(self, file, name, variable, cell_methods, prefix, members):
        dims = ("time", *(("layer",) if "layer" in variable.dims else ()), *(("member",) if members else ()),
                *self._layout.dims)
        sizes = [max(file.dimensions[dim].size, 1) for dim in dims[1:]]
        inner = [1] * (len(sizes) - len(self._layout.dims)) + sizes[-len(self._layout.dims):]
        inner = sizes if np.prod(sizes) <= CHUNK_VALUES else inner
        chunks = (max(1, min(512, CHUNK_VALUES // int(np.prod(inner)))), *inner)
        created = file.create_variable(name, dims, self._precision, chunks=chunks, dcpl=_early_allocation(filled=False),
                                       fillvalue=self._precision.type(np.nan))
        created.attrs["units"], created.attrs["long_name"] = variable.units, prefix + variable.long_name
        created.attrs["cell_methods"] = cell_methods
        if self._layout.dims == ("point",):
            created.attrs["coordinates"] = "latitude longitude"
        if variable.standard_name and prefix.startswith("ensemble mean"):
            created.attrs["standard_name"] = variable.standard_name

    def _drop_after(self, time):
        """Forget the records after a time; the root looks and cuts before any other rank opens the file."""
        n_records = None
        if self._communicator.is_root:
            with h5py.File(self.path, "r+") as file:
                n_records = int((file["time"][()] <= seconds_since(UNIX_EPOCH, time)).sum())
                _resize(file, n_records)
        self.n_records = self._communicator.broadcast(n_records)

    def write(self, start, end, field):
        """Append the record of an interval on all ranks.

        Parameters
        ----------
        start, end : datetime64
        field : callable
            Returns a variable of this rank's band by its name, ``[layer,] point, member``, an array or
            :class:`~landda_hpc.io.members.Scaled`; one value where all members have the same.
        """
        parts, is_large = self._parts(field), self._record_bytes >= self._communicator.size * BLOCK_BYTES
        self._waiting.append((seconds_since(UNIX_EPOCH, start), seconds_since(UNIX_EPOCH, end),
                              parts if is_large else dict(parts)))
        if len(self._waiting) * self._record_bytes >= self._communicator.size * BLOCK_BYTES:
            self.flush()

    def _parts(self, field):
        """Yield name and values of all that a record has, made one after the other."""
        for name in self._known:
            values = field(name)
            values = values if isinstance(values, Scaled) else Scaled(values)
            mean, spread = mean_and_spread(values)
            yield name, mean.astype(self._precision, copy=False)
            alike = values.values.shape[-1] == 1  # one value for all members: no spread, but where it is missing
            if self._n_members > 1:
                yield f"{name}_spread", (0.0 * mean if alike else spread).astype(self._precision, copy=False)
            if self._members:  # a copy: the state goes on while records wait
                members = np.broadcast_to(values.product(), (*mean.shape, self._n_members))
                yield f"{name}_members", np.array(np.moveaxis(members, -1, -2), self._precision, order="C")

    def flush(self):
        """Append the records that wait, all ranks together.

        The file is open only while this happens, so a run that is killed between leaves it whole.
        """
        if not self._waiting:
            return
        starts, ends, records = zip(*self._waiting)
        self._waiting = []
        times = np.array(starts, np.int64), np.array(ends, np.int64)
        whole = not self._collective
        needed = len(records) * self._record_bytes * int(np.prod(self._layout.sizes)) // self._points.n_total
        require_space(self.path, self._communicator, needed)
        if isinstance(records[0], dict):
            parts = ((name, np.stack([record.pop(name) for record in records])) for name in list(records[0]))
        else:
            parts = ((name, values[np.newaxis]) for name, values in records[0])
        if whole:
            parts = [(name, self._communicator.gather_points(values, self._band, values.ndim - 1)) for name, values in parts]
        with agreed(self._communicator, self.path, needed):
            if self._collective:
                with h5py.File(self.path, "r+", driver="mpio", comm=self._communicator.mpi) as file:
                    self._append(file, *times, parts, whole)
            elif self._communicator.is_root:
                # Without caches of chunks, a megabyte for each variable: a record is written once.
                with h5py.File(self.path, "r+", rdcc_nbytes=0) as file:
                    self._append(file, *times, parts, whole)
        self.n_records += len(ends)

    def _append(self, file, starts, ends, parts, whole):
        record, n_records = self.n_records, len(ends)
        _resize(file, record + n_records)
        root = self._communicator.is_root  # times are written by the root alone
        share = slice(n_records if root else 0)
        slabs = [("time", (record,), ends[share]), ("time_bnds", (record, 0), np.stack([starts, ends], axis=1)[share])]
        failure, datasets = None, {name: file[name] for name in file}
        for name, offset, values in itertools.chain(slabs, self._slabs(record, parts, whole)):
            try:
                write_slab(datasets[name], offset, values, self._write_together)
            except (OSError, RuntimeError) as error:
                failure = failure or error  # the other ranks go on to the next slab, so this one must too
        if failure is not None:
            raise failure

    def _slabs(self, record, parts, whole):
        """Yield name, offset and values of all that is written of some records."""
        for name, values in parts:
            for outer, piece in self._chunks(values):
                for start, part in self._layout.rectangles(self._layout.spread(piece, whole), whole):
                    yield name, (record, *outer, *start), part

    def _chunks(self, values):
        """Yield outer offset and values of what lies together in the file: single layers and members where these are large."""
        outer = values.shape[1:-1]
        if self._write_together or int(np.prod(outer)) * int(np.prod(self._layout.sizes)) <= CHUNK_VALUES:
            yield (0,) * len(outer), values
        else:
            for index in np.ndindex(outer):
                yield index, values[(slice(None), *(slice(number, number + 1) for number in index))]


def _early_allocation(filled=True):
    """Return dataset properties that let ranks extend a dataset together: space is allocated when it grows, by all of them.

    What the ranks write whole, gaps between points included, need not be ``filled`` before.
    """
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    if not filled:
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return properties


def _resize(file, n_records):
    """Give every variable of a file so many records."""
    for dataset in file.values():
        if dataset.maxshape and dataset.maxshape[0] is None:
            dataset.resize(n_records, axis=0)
