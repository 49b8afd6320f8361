"""What MPI's own communicator promises, run on several ranks at once."""

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from landda_hpc.bias.climatology import ClimatologyStream
from landda_hpc.bias.climatology_file import Record, read_climatology, read_stream, write_climatology, write_stream
from landda_hpc.bias.histogram import SOIL_MOISTURE_BINS
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.io.restart import Field, read_restart, write_restart
from landda_hpc.parallel import world_communicator

pytestmark = pytest.mark.parallel
N_POINTS = 10


@pytest.fixture
def communicator():
    world = world_communicator()
    if world.size == 1:
        pytest.skip("not started under mpirun with several ranks")
    return world


@pytest.fixture
def band(communicator):
    return split_evenly(N_POINTS, communicator.size)[communicator.rank]


def test_gather_and_scatter(communicator, band):
    full = np.arange(3.0 * N_POINTS).reshape(3, N_POINTS)
    bands = split_evenly(N_POINTS, communicator.size)
    local = communicator.scatter_objects(lambda rank: full[:, bands[rank].slice] if communicator.is_root else None)
    gathered = communicator.gather_points(local, band, 1)
    assert (local == full[:, band.slice]).all()
    assert gathered is None or (gathered == full).all()


def test_sums_are_exact(communicator, band):
    values = 10.0 ** np.arange(-5, 5) * np.pi
    assert communicator.sum_reproducibly(values[band.slice], band) == math.fsum(values)


def test_any(communicator):
    assert communicator.any(communicator.rank == communicator.size - 1) and not communicator.any(False)


@pytest.mark.parametrize("collective", [None, False])
def test_restart_round_trip(communicator, band, tmp_path_factory, collective):
    if collective is None and not h5py.get_config().mpi:
        pytest.skip("h5py is not built with MPI")
    folder = communicator.broadcast(str(tmp_path_factory.mktemp("restart")) if communicator.is_root else None)
    points = PointSet(np.zeros(N_POINTS), np.zeros(N_POINTS), np.arange(N_POINTS), (1, N_POINTS), None)
    full = np.random.default_rng(3).normal(size=(4, N_POINTS, 5))
    fields = {"field": Field(full[:, band.slice].copy(), ("layer", "point", "member"))}
    path, spare = Path(folder) / "restart.h5", Path(folder) / "spare.h5"
    write_restart(spare, fields, {"step": 0, "longer": "x" * 100}, {}, points, band, communicator, {}, collective)
    fields["field"].values[:] += 1.0
    full += 1.0
    write_restart(path, fields, {"step": 1}, {}, points, band, communicator, {}, collective, spare=spare)
    assert not spare.exists()
    checkpoint = read_restart(path, {}, points, band, communicator)
    assert (checkpoint.fields["field"].values == full[:, band.slice]).all()


@pytest.mark.parametrize("collective", [None, False])
def test_climatologies_written_together_are_those_written_alone(communicator, band, tmp_path_factory, collective):
    if collective is None and not h5py.get_config().mpi:
        pytest.skip("h5py is not built with MPI")
    folder = communicator.broadcast(str(tmp_path_factory.mktemp("climatology")) if communicator.is_root else None)
    points = PointSet(np.zeros(N_POINTS), np.zeros(N_POINTS), np.arange(N_POINTS), (1, N_POINTS), None)
    record = Record("smap", "m3 m-3", {"vwc_max": 5.0})
    values, month, cell = np.random.default_rng(4).random((3, 4000)) * np.array([[0.6], [12], [N_POINTS]])

    def stream_of(some):
        stream, mine = ClimatologyStream(some.n_points, SOIL_MOISTURE_BINS), (cell >= some.start) & (cell < some.stop)
        stream.add(values[mine], month[mine].astype(int) + 1, cell[mine].astype(int) - some.start)
        return stream

    path, stream = f"{folder}/climatology.h5", stream_of(band)
    if communicator.rank == 1:
        stream.promote()
    write_climatology(path, stream.finish(), record, points, band, communicator, {}, collective=collective)
    write_stream(f"{folder}/record.h5", stream, record, points, band, communicator, {}, collective=collective)
    expected = stream_of(split_evenly(N_POINTS, 1)[0])
    found, _, _ = read_climatology(path, record, points, band, communicator)
    assert all(np.array_equal(one, other[..., band.slice]) for one, other in zip(found, expected.finish()))
    again, _, _ = read_stream(f"{folder}/record.h5", record, SOIL_MOISTURE_BINS, points, band, communicator)
    assert again.counts.dtype == np.uint32 and np.array_equal(again.counts, expected.counts[:, band.slice])
