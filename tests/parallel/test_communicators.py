"""What every communicator promises, with ranks played by threads."""

import math

import numpy as np
import pytest

from landda_hpc.domain.points import split_by_cost, split_evenly
from landda_hpc.parallel import SerialCommunicator, run_in_process
from landda_hpc.parallel.launch import launched_in_parallel

N_POINTS = 11
VALUES = np.random.default_rng(4).normal(size=N_POINTS) * 10.0 ** np.arange(-8, 14, 2)


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5, 16])
def test_gather_and_scatter_are_inverse(n_ranks):
    full = np.arange(4 * N_POINTS * 2.0).reshape(4, N_POINTS, 2)

    def play(communicator):
        bands = split_evenly(N_POINTS, n_ranks)
        band = bands[communicator.rank]
        local = communicator.scatter_objects(lambda rank: full[:, bands[rank].slice])
        assert (local == full[:, band.slice]).all()
        return communicator.gather_points(local, band, 1)

    results = run_in_process(n_ranks, play)
    assert (results[0] == full).all() and all(result is None for result in results[1:])


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5, 16])
def test_sums_are_exact_for_any_number_of_ranks(n_ranks):
    def play(communicator):
        band = split_evenly(N_POINTS, n_ranks)[communicator.rank]
        return communicator.sum_reproducibly(VALUES[band.slice], band)

    assert set(run_in_process(n_ranks, play)) == {math.fsum(VALUES)}


def test_any_and_broadcast():
    assert run_in_process(3, lambda communicator: communicator.any(communicator.rank == 2)) == [True] * 3
    assert run_in_process(3, lambda communicator: communicator.any(False)) == [False] * 3
    assert run_in_process(3, lambda communicator: communicator.broadcast(communicator.rank)) == [0] * 3


def test_a_failing_rank_frees_the_others_and_is_told():
    def play(communicator):
        if communicator.rank == 1:
            raise ArithmeticError("rank 1 failed")
        communicator.barrier()

    with pytest.raises(ArithmeticError, match="rank 1 failed"):
        run_in_process(3, play)


def test_a_wrong_number_of_points_is_noticed():
    with pytest.raises(ValueError, match="points"):
        SerialCommunicator().gather_points(np.zeros(3), split_evenly(4, 1)[0])


@pytest.mark.parametrize("n_total, n_ranks", [(10, 3), (3, 5), (0, 2), (7, 7)])
def test_bands_cover_all_points_once(n_total, n_ranks):
    bands = split_evenly(n_total, n_ranks)
    assert [point for band in bands for point in range(band.start, band.stop)] == list(range(n_total))
    sizes = [band.n_points for band in bands]
    assert max(sizes) - min(sizes) <= 1 and (n_total == 0 or sizes[0] > 0)


@pytest.mark.parametrize("environment, expected", [({}, False), ({"OMPI_COMM_WORLD_SIZE": "4"}, True),
                                                   ({"PMI_SIZE": "1"}, False), ({"SLURM_NTASKS": "8"}, False),
                                                   ({"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "8"}, True)])
def test_launchers_are_recognised(environment, expected):
    """A batch job by itself is no parallel launch; only a step of it is."""
    assert launched_in_parallel(environment) is expected


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5, 16])
def test_points_change_hands(n_ranks):
    """Whatever the bands were, each rank ends up with its new points; some bands are empty."""
    full = np.arange(4 * N_POINTS * 2.0).reshape(4, N_POINTS, 2)
    cost = np.linspace(1.0, 9.0, N_POINTS) ** 3
    bands, new_bands = split_evenly(N_POINTS, n_ranks), split_by_cost(cost, n_ranks)

    def play(communicator):
        local = full[:, bands[communicator.rank].slice].copy()
        moved = communicator.move_points(local, bands, new_bands, 1)
        return np.array_equal(moved, full[:, new_bands[communicator.rank].slice])

    assert all(run_in_process(n_ranks, play))
