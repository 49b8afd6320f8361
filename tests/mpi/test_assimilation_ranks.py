"""The assimilation gives the same files on any number of ranks and after a stop between any two cycles."""

import sys

import h5py
import pytest

from tests.mpi.conftest import assert_same_folders, configuration_of, differing_datasets, run_twin


@pytest.fixture(scope="module")
def twin(launch, tmp_path_factory):
    """Folder of a twin experiment that was run on one rank."""
    return run_twin(launch, tmp_path_factory.mktemp("twin"))


def cycles(folder):
    return sorted((folder / "assimilation").glob("*.h5"))


@pytest.fixture
def experiment(twin, tmp_path):
    """Configuration of the experiment with both sensors, for another folder."""
    configuration_of(twin, "MT_ATSP", tmp_path / "run.yaml", run={"folder": str(tmp_path / "run")})
    return tmp_path


def test_the_twin_assimilated(twin):
    """Sixteen cycles with observations of both products at the points, some of them used."""
    files = cycles(twin / "MT_ATSP")
    assert len(files) == 16 and not cycles(twin / "CTL")
    sensors, used = set(), 0
    for path in files:
        with h5py.File(path) as file:
            sensors |= set(file["sensor"][()].tolist())
            used += int((file["code"][()] == 0).sum())
    assert sensors == {0, 1, 2} and used > 50
    assert (twin / "report.html").stat().st_size > 10000


@pytest.mark.parametrize("n_ranks", [2, 3, 5])
def test_analyses_do_not_depend_on_the_ranks(launch, twin, experiment, n_ranks):
    process = launch(n_ranks, ["run", "run.yaml"], experiment)
    assert process.returncode == 0, process.stderr
    assert_same_folders(twin / "MT_ATSP", experiment / "run")


#: Starts a run whose bands are cut at random at every look, so that points change hands whatever their state.
RANDOM_BANDS = """
import numpy as np
from landda_hpc.cli.main import main
from landda_hpc.workflow import rebalance
split, random = rebalance.split_by_cost, np.random.default_rng(8)
rebalance.worthwhile = lambda *_: True
rebalance.split_by_cost = lambda cost, n_ranks: split(random.uniform(0.1, 9.0, len(cost)) ** 3, n_ranks)
main()
"""


def test_analyses_do_not_depend_on_points_that_change_hands(launch, twin, experiment):
    process = launch(3, ["run", "run.yaml", "-s", "parallel.rebalance=6h"], experiment,
                     command=(sys.executable, "-c", RANDOM_BANDS))
    assert process.returncode == 0, process.stderr
    assert (experiment / "run" / "run.log").read_text().count("points change hands") > 8
    assert_same_folders(twin / "MT_ATSP", experiment / "run")


def test_a_run_cut_between_cycles_goes_on(launch, twin, experiment):
    first = launch(2, ["run", "run.yaml", "-s", "run.end=2021-05-02T18:00"], experiment)
    assert first.returncode == 0, first.stderr
    second = launch(3, ["run", "run.yaml", "--resume"], experiment)
    assert second.returncode == 0, second.stderr
    assert_same_folders(twin / "MT_ATSP", experiment / "run", all_restarts=False)


def test_climatologies_and_observations_do_not_depend_on_the_ranks(launch, twin, tmp_path):
    """The gridded observations and the climatologies of two ranks are those of one."""
    configuration = twin / "MT_ATSP" / "configuration.yaml"
    changes = ["-s", f"observations.folder={tmp_path / 'observations'}",
               "-s", f"observations.climatology={tmp_path / 'climatology'}"]
    process = launch(2, ["obs", "ingest", configuration, twin / "products", *changes], tmp_path, timeout=600)
    assert process.returncode == 0, process.stderr
    names = sorted(path.name for path in (twin / "observations").glob("*.h5"))
    assert names == sorted(path.name for path in (tmp_path / "observations").glob("*.h5"))
    for name in names[::7]:
        assert differing_datasets(twin / "observations" / name, tmp_path / "observations" / name) == [], name
    process = launch(3, ["climatology", configuration, "--model", twin / "openloop" / "overpass.nc", "--from", "2021-01-01",
                         "--to", "2021-04-29", *changes], tmp_path)
    assert process.returncode == 0, process.stderr
    for path in (twin / "climatology").glob("*.h5"):
        assert differing_datasets(path, tmp_path / "climatology" / path.name) == [], path.name
