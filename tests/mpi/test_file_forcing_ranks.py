"""A run with forcing from files: the same on any number of ranks, after a cut within an interval, and without reading ahead."""

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain
from landda_hpc.workflow.export_weather import export_weather

CONFIGURATION = """
run: {name: files, start: 2001-03-01, end: 2001-03-02, time_step: 30min}
domain: {file: 5deg}
forcing: {kind: files, files: met}
ensemble: {size: 3}
output: {interval: 6h, variables: [soil_moisture, latent_heat_flux]}
restart: {interval: 30d, keep: 1}
log: {progress: false}
"""


@pytest.fixture(scope="module")
def made(launch, tmp_path_factory):
    """A folder with forcing in the layout of GLDAS and a run on one rank."""
    folder = tmp_path_factory.mktemp("files")
    export_weather(read_domain("5deg"), 1, "gldas", np.datetime64("2001-03-01"), np.datetime64("2001-03-02"), folder / "met")
    (folder / "files.yaml").write_text(CONFIGURATION)
    process = launch(1, ["run", "files.yaml"], folder)
    assert process.returncode == 0, process.stderr
    return folder


@pytest.mark.parametrize("n_ranks, options", [(2, ()), (3, ("-s", "forcing.read_ahead=false"))])
def test_files_do_not_depend_on_the_ranks(launch, made, assert_same_files, n_ranks, options):
    process = launch(n_ranks, ["run", "files.yaml", "-s", f"run.folder=runs/on{n_ranks}", *options], made)
    assert process.returncode == 0, process.stderr
    assert_same_files(made / "runs" / "files", made / "runs" / f"on{n_ranks}")


def test_a_cut_within_an_interval_changes_nothing(launch, made, assert_same_files):
    where = ("-s", "run.folder=runs/cut")
    first = launch(3, ["run", "files.yaml", *where, "-s", "run.end=2001-03-01T13:30"], made)
    assert first.returncode == 0, first.stderr
    second = launch(2, ["run", "files.yaml", *where, "--resume"], made)
    assert second.returncode == 0, second.stderr
    assert_same_files(made / "runs" / "files", made / "runs" / "cut")


def test_a_damaged_file_stops_all_ranks_before_its_step(launch, made):
    import h5py

    (made / "bad").mkdir()
    for path in (made / "met").glob("GLDAS*"):
        (made / "bad" / path.name).write_bytes(path.read_bytes())
    with h5py.File(made / "bad" / "GLDAS_NOAH_3H.A20010301.1500.nc4", "a") as file:
        file["Tair_f_inst"][0] = np.where(file["Tair_f_inst"][0] > 0.0, 100.0, -9999.0)
    process = launch(2, ["run", "files.yaml", "-s", "run.folder=runs/bad", "-s", "forcing.files=bad"], made, timeout=120)
    assert process.returncode == 1
    assert "1500.nc4: Tair_f_inst (tair) of 2001-03-01T15:00 UTC is not within 170 to 340 K" in process.stderr
