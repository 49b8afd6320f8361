"""History files: CF NetCDF-4 with the mean and the spread of the ensemble, written record by record.

Times label the END of an interval; ``time_bnds`` gives its bounds. Every rank writes its own points where HDF5 is
parallel, else the root gathers; the contents are the same.
"""

import logging
import os
from pathlib import Path

import h5netcdf
import h5py
import numpy as np

from landda_hpc.io.atomic import agreed
from landda_hpc.io.slab import parallel_hdf5, write_slab

EPOCH = np.datetime64("1970-01-01T00:00:00", "s")
RECORDS_PER_BLOCK = 48  # kept in memory until they are written together or flushed
TIME_UNITS = "seconds since 1970-01-01 00:00:00"
logger = logging.getLogger(__name__)


class HistoryWriter:
    """One history file that all ranks write.

    Parameters
    ----------
    path : Path
    known : dict of str to Variable
        The variables to write.
    averaged : collection of str
        Those that are means over the interval; the others are the state at its end.
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
    """

    def __init__(self, path, known, averaged, layer_thickness, n_members, points, band, communicator, attributes,
                 members=False, collective=None, resume_from=None):
        self.path, self._known, self._averaged = Path(path), known, set(averaged)
        self._points, self._band, self._communicator = points, band, communicator
        self._n_members, self._members = n_members, members and n_members > 1
        self._collective = parallel_hdf5(communicator) if collective is None else collective
        self._file, self.n_records = None, 0
        self._waiting = []
        existing = resume_from is not None and self._usable()
        if existing:
            self.n_records = self._records_until(resume_from)
        with agreed(communicator, self.path, 0):
            if communicator.is_root and not existing:
                self.path.parent.mkdir(parents=True, exist_ok=True)
        with agreed(communicator, self.path, 0):
            if self._collective:
                self._file = h5netcdf.File(self.path, "a" if existing else "w", driver="mpio", comm=communicator.mpi)
            elif communicator.is_root:
                self._file = h5netcdf.File(self.path, "a" if existing else "w")
            if self._file is not None and not existing:
                self._define(layer_thickness, attributes)
            elif self._file is not None:
                self._file.resize_dimension("time", self.n_records)

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
        return bool(self._communicator.broadcast(state))

    def _define(self, layer_thickness, attributes):
        file, points = self._file, self._points
        for name, value in {**attributes, "featureType": "timeSeries"}.items():
            file.attrs[name] = value
        file.dimensions = {"time": None, "bnds": 2, "point": points.n_total, "layer": len(layer_thickness)}
        if self._members:
            file.dimensions["member"] = self._n_members
        self._coordinate("time", ("time",), np.int64, TIME_UNITS, "time at the end of the interval", "time", None)
        file["time"].attrs["calendar"] = "proleptic_gregorian"
        file["time"].attrs["bounds"] = "time_bnds"
        file.create_variable("time_bnds", ("time", "bnds"), np.int64, chunks=(512, 2))
        self._coordinate("latitude", ("point",), np.float64, "degrees_north", "latitude", "latitude", points.latitude)
        self._coordinate("longitude", ("point",), np.float64, "degrees_east", "longitude", "longitude",
                         points.longitude)
        self._coordinate("cell", ("point",), np.int64, "1", "global cell id", None, points.cell)
        self._coordinate("layer_thickness", ("layer",), np.float64, "m", "thickness of the soil layers",
                         "cell_thickness", np.asarray(layer_thickness, np.float64))
        if points.names:
            names = np.array([name.encode() for name in points.names])
            variable = file.create_variable("point_name", ("point",), names.dtype, data=names)
            variable.attrs["long_name"] = "name of the point"
            variable.attrs["cf_role"] = "timeseries_id"
        for name, variable in self._known.items():
            when = "mean" if name in self._averaged else "point"
            self._variable(name, variable, f"time: {when} member: mean", "ensemble mean of ", False)
            if self._n_members > 1:
                self._variable(f"{name}_spread", variable, f"time: {when} member: standard_deviation",
                               "ensemble standard deviation of ", False)
            if self._members:
                self._variable(f"{name}_members", variable, f"time: {when}", "members of ", True)

    def _coordinate(self, name, dims, kind, units, long_name, standard_name, data):
        chunks = (512,) if dims == ("time",) else None
        variable = self._file.create_variable(name, dims, kind, data=data, chunks=chunks)
        variable.attrs["units"], variable.attrs["long_name"] = units, long_name
        if standard_name:
            variable.attrs["standard_name"] = standard_name

    def _variable(self, name, variable, cell_methods, prefix, members):
        dims = ("time",) + tuple(dim for dim in ("layer", "point", "member")
                                 if dim in variable.dims and (members or dim != "member"))
        sizes = [self._file.dimensions[dim].size for dim in dims[1:]]
        chunks = (max(1, min(512, 65536 // max(int(np.prod(sizes)), 1))), *(max(size, 1) for size in sizes))
        created = self._file.create_variable(name, dims, np.float64, chunks=chunks, fillvalue=np.nan)
        created.attrs["units"], created.attrs["long_name"] = variable.units, prefix + variable.long_name
        created.attrs["cell_methods"] = cell_methods
        created.attrs["coordinates"] = "latitude longitude"
        if variable.standard_name and prefix.startswith("ensemble mean"):
            created.attrs["standard_name"] = variable.standard_name

    def _records_until(self, time):
        """Return the number of records up to a time; the root looks before any rank opens the file to change it."""
        n_records = None
        if self._communicator.is_root:
            with h5py.File(self.path, "r") as file:
                n_records = int((file["time"][()] <= _seconds(time)).sum())
        return self._communicator.broadcast(n_records)

    def write(self, start, end, fields):
        """Append the record of an interval on all ranks.

        Parameters
        ----------
        start, end : datetime64
        fields : dict of str to ndarray
            ``[layer,] point, member`` of this rank's band.
        """
        parts = {}
        for name in self._known:
            values = np.ascontiguousarray(fields[name], np.float64)
            parts[name] = values.mean(axis=-1)
            if self._n_members > 1:
                parts[f"{name}_spread"] = values.std(axis=-1, ddof=1)
            if self._members:
                parts[f"{name}_members"] = values.copy()  # the state goes on while records wait
        layered = {name for name in parts if "layer" in self._known[_base(name)].dims}
        self._waiting.append((_seconds(start), _seconds(end), parts))
        if len(self._waiting) >= RECORDS_PER_BLOCK:
            self._write_block()

    def _write_block(self):
        """Write the records that wait, all variables of a block at once."""
        if not self._waiting:
            return
        starts, ends, records = zip(*self._waiting)
        self._waiting = []
        layered = {name for name in records[0] if "layer" in self._known[_base(name)].dims}
        parts = {name: np.stack([record[name] for record in records]) for name in records[0]}
        if not self._collective:
            parts = {name: self._communicator.gather_points(values, self._band, 2 if name in layered else 1)
                     for name, values in parts.items()}
        needed = sum(values.nbytes for values in parts.values() if values is not None)
        with agreed(self._communicator, self.path, needed):
            if self._file is not None:
                self._append(np.array(starts, np.int64), np.array(ends, np.int64), parts, layered)
        self.n_records += len(ends)

    def _append(self, starts, ends, parts, layered):
        record = self.n_records
        self._file.resize_dimension("time", record + len(ends))
        share = slice(None) if self._communicator.is_root else slice(0)  # times are written by the root alone
        first = self._band.start if self._collective else 0
        bounds = np.stack([starts, ends], axis=1)
        write_slab(self._file["time"]._h5ds, (record,), ends[share], self._collective)
        write_slab(self._file["time_bnds"]._h5ds, (record, 0), bounds[share], self._collective)
        for name, values in parts.items():
            offset = [record] + [0] * (values.ndim - 1)
            offset[2 if name in layered else 1] = first
            write_slab(self._file[name]._h5ds, offset, values, self._collective)

    def flush(self):
        """Bring all records to the file, so that a crash leaves it readable."""
        self._write_block()
        with agreed(self._communicator, self.path, 0):
            if self._file is not None:
                self._file.flush()

    def close(self):
        """Write what waits and close the file on all ranks."""
        self._write_block()
        with agreed(self._communicator, self.path, 0):
            if self._file is not None:
                self._file.close()
                self._file = None


def _base(name):
    return name.removesuffix("_spread").removesuffix("_members")


def _seconds(time):
    return int((np.datetime64(time, "s") - EPOCH).astype(np.int64))
