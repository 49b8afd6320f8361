"""A run on the globe: the same files on any number of ranks and after a cut, and a disk that fills up."""

import random
from pathlib import Path

import h5py
import pytest

CONFIGURATION = """
run: {name: globe, start: 2001-02-27, end: 2001-03-29, time_step: 1h}
domain: {file: 5deg}
ensemble: {size: 3}
output: {interval: 1d, variables: [soil_moisture, latent_heat_flux]}
restart: {interval: 30d, keep: 1}
log: {progress: false}
"""
SHORT = ("-s", "run.end=2001-03-01T03:00", "-s", "output.interval=6h", "-s", "restart.interval=1d")
CUTS = random.Random(20010227).sample(range(1, 720), 2)


@pytest.fixture
def globe(tmp_path):
    """Folder with the configuration of a month on the globe."""
    (tmp_path / "globe.yaml").write_text(CONFIGURATION)
    return tmp_path


@pytest.fixture(scope="module")
def references(launch, tmp_path_factory):
    """Run folders on one rank: of two days and of the whole month."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "globe.yaml").write_text(CONFIGURATION)
    for arguments in (SHORT + ("-s", "run.name=short"), ()):
        process = launch(1, ["run", "globe.yaml", *arguments], folder)
        assert process.returncode == 0, process.stderr
    return folder / "runs" / "short", folder / "runs" / "globe"


@pytest.mark.parametrize("n_ranks", [2, 3, 5, 16])
@pytest.mark.parametrize("io", ["parallel", "gather"])
def test_files_do_not_depend_on_the_ranks(launch, globe, references, assert_same_files, n_ranks, io):
    if io == "parallel" and not h5py.get_config().mpi:
        pytest.skip("h5py is not built with MPI")
    process = launch(n_ranks, ["run", "globe.yaml", *SHORT, "-s", f"parallel.io={io}"], globe)
    assert process.returncode == 0, process.stderr
    assert_same_files(references[0], globe / "runs" / "globe")


def test_files_do_not_depend_on_points_that_change_hands(launch, globe, references, assert_same_files):
    """Snow falls on a cold start without any, so the bands of the climate are not those of the state."""
    process = launch(3, ["run", "globe.yaml", *SHORT, "-s", "parallel.rebalance=6h"], globe)
    assert process.returncode == 0, process.stderr
    assert "points change hands" in (globe / "runs" / "globe" / "run.log").read_text()
    assert_same_files(references[0], globe / "runs" / "globe")


@pytest.mark.parametrize("step, before, after", [(CUTS[0], 2, 3), (CUTS[1], 3, 1)])
def test_a_month_cut_at_any_step_equals_a_whole_one(launch, globe, references, assert_same_files, step, before, after):
    end = f"2001-{2 + (step + 26 * 24) // 672:02d}-{1 + (step + 26 * 24) % 672 // 24:02d}T{step % 24:02d}:00"
    first = launch(before, ["run", "globe.yaml", "-s", f"run.end={end}"], globe)
    assert first.returncode == 0, first.stderr
    second = launch(after, ["run", "globe.yaml", "--resume"], globe)
    assert second.returncode == 0, second.stderr
    assert_same_files(references[1], globe / "runs" / "globe")


@pytest.mark.parametrize("small_disk", [2400], indirect=True)
def test_a_disk_that_fills_up_in_the_middle_of_the_history(launch, globe, small_disk):
    """The records that were written stay readable, and so does the checkpoint before them."""
    target = Path(small_disk) / "run"
    arguments = ["run", "globe.yaml", *SHORT, "-s", f"run.folder={target}", "-s", "run.end=2001-03-29",
                 "-s", "ensemble.size=1", "-s", "output.members=false", "-s", "output.variables=[skin_temperature]"]
    process = launch(2, arguments, globe, timeout=120)
    assert process.returncode == 1 and "disk is full" in process.stderr, process.stderr
    with h5py.File(target / "history.nc", "r") as file:
        assert len(file["time"]) > 0 and file["skin_temperature"].shape[0] == len(file["time"])
    assert not list(target.glob("*.tmp"))
