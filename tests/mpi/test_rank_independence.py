"""The same files on any number of ranks, by parallel HDF5 and gathered, and after a cut at any point."""

import h5py
import pytest


@pytest.fixture(scope="module")
def reference(launch, tmp_path_factory):
    """Run folder of a run on one rank."""
    from tests.mpi.conftest import CONFIGURATION

    folder = tmp_path_factory.mktemp("reference")
    (folder / "site.yaml").write_text(CONFIGURATION)
    process = launch(1, ["run", "site.yaml"], folder)
    assert process.returncode == 0, process.stderr
    return folder / "runs" / "small"


@pytest.mark.parametrize("n_ranks", [2, 3, 5])
@pytest.mark.parametrize("io", ["parallel", "gather"])
def test_files_do_not_depend_on_the_ranks(launch, configuration, reference, assert_same_files, n_ranks, io):
    """Four points on five ranks leave one rank without any."""
    if io == "parallel" and not h5py.get_config().mpi:
        pytest.skip("h5py is not built with MPI")
    process = launch(n_ranks, ["run", configuration.name, "-s", f"parallel.io={io}"], configuration.parent)
    assert process.returncode == 0, process.stderr
    assert_same_files(reference, configuration.parent / "runs" / "small")


@pytest.mark.parametrize("before, after", [(1, 3), (3, 2)])
def test_a_cut_run_equals_a_whole_one(launch, configuration, reference, assert_same_files, before, after):
    """The cut lies inside an averaging interval of six hours and between two draws of the state perturbation."""
    cut = ["-s", "run.end=2001-01-05T09:00"]
    first = launch(before, ["run", configuration.name, *cut], configuration.parent)
    assert first.returncode == 0, first.stderr
    second = launch(after, ["run", configuration.name, "--resume"], configuration.parent)
    assert second.returncode == 0, second.stderr
    folder = configuration.parent / "runs" / "small"
    assert_same_files(reference, folder)


def test_threads_change_nothing(launch, configuration, reference, assert_same_files):
    process = launch(1, ["run", configuration.name, "-s", "parallel.threads_per_rank=2"], configuration.parent)
    assert process.returncode == 0, process.stderr
    assert_same_files(reference, configuration.parent / "runs" / "small")
