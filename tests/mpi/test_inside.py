"""What MPI's own communicator promises, run on several ranks at once."""

import math

import h5py
import numpy as np
import pytest

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
    local = communicator.scatter_points(full if communicator.is_root else None, band, 1)
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
    path = f"{folder}/restart.h5"
    write_restart(path, fields, {"step": 1}, {}, points, band, communicator, {}, collective)
    checkpoint = read_restart(path, {}, points, band, communicator)
    assert (checkpoint.fields["field"].values == full[:, band.slice]).all()
