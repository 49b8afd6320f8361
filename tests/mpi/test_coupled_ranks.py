"""Coupled runs give the same files on any number of ranks and wherever they are cut."""

import signal

import pytest
import yaml

from landda_hpc.domain.dataset import read_domain, write_domain
from tests.mpi.conftest import TWIN, assert_same_folders, configuration_of, differing_datasets, run_twin

COUPLED = """
run: {name: one, start: 2022-07-01, end: 2022-07-01T18:00, time_step: 1h}
domain: {file: 5deg, region: [-30, -10, 115, 145]}
ensemble: {size: 3}
spin_up: {ensemble: 6h}
atmosphere: {kind: weather, columns: 2.5deg, forecasts: [12], forecast_length: 1d}
output: {interval: 3h, variables: [soil_moisture]}
restart: {interval: 6h}
log: {progress: false}
"""
EXPERIMENTS = {"CTL": [], "SG_AT": ["ascat"], "SG_SP": ["smap"], "MT_ATSP": ["ascat", "smap"]}
WEATHER = "atmosphere={kind: weather, columns: atmosphere.nc, forecasts: [0, 12]}"


def test_coupled_cycles_do_not_depend_on_the_ranks(launch, launch_until, tmp_path):
    """One rank without a stop; three ranks for a cycle, five killed after a hand-over, two to the end."""
    (tmp_path / "run.yaml").write_text(COUPLED)
    process = launch(1, ["run", "run.yaml"], tmp_path, timeout=600)
    assert process.returncode == 0, process.stderr
    cut, folder = ["run", "run.yaml", "-s", "run.name=cut"], tmp_path / "runs" / "cut"
    assert launch(3, [*cut, "--cycles", "1"], tmp_path).returncode == 75
    assert launch_until(folder / "exchange" / "soil_moisture_20220701T09.nc", signal.SIGKILL, 5, [*cut, "--resume"], tmp_path)
    process = launch(2, [*cut, "--resume"], tmp_path)
    assert process.returncode == 0, process.stderr
    assert_same_folders(tmp_path / "runs" / "one", folder)


@pytest.fixture(scope="module")
def ten_days(launch, tmp_path_factory):
    """Folder with the configurations of the four experiments over ten days, their observations and climatologies."""
    folder, document = tmp_path_factory.mktemp("ten_days"), yaml.safe_load(TWIN)
    document["twin"] |= {"name": "coupled", "end": "2021-05-11"}
    twin = run_twin(launch, folder, yaml.safe_dump(document | {"experiments": EXPERIMENTS}))
    for name in EXPERIMENTS:
        configuration_of(twin, name, folder / f"{name}.yaml", restart={"interval": "6h"})
    write_domain(folder / "atmosphere.nc", read_domain("2.5deg").within(-40.0, 55.0, -25.0, 65.0))
    return folder


def test_a_cubed_sphere_does_not_depend_on_the_ranks(launch, tmp_path):
    """The land of the sphere's columns is shared by the ranks, and so are weights that are not there yet."""
    (tmp_path / "run.yaml").write_text(COUPLED.replace("2.5deg, forecasts: [12], forecast_length: 1d", "ne12np4")
                                       .replace("T18:00", "T06:00"))
    for number, name in ((1, "one"), (3, "three")):
        process = launch(number, ["run", "run.yaml", "-s", f"run.name={name}"], tmp_path, timeout=600)
        assert process.returncode == 0, process.stderr
    assert_same_folders(tmp_path / "runs" / "one", tmp_path / "runs" / "three")


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_ten_days_of_all_experiments(launch, launch_until, ten_days, name):
    """Forty cycles with generated weather and with its files: on one rank, and cut at each kind of boundary on 2, 3 and 5.

    The run is cut at the end of a cycle, killed after a hand-over, asked to stop during a window and, once more, killed after a
    forcing was given; with the files of the weather the land is the same.
    """
    files = f"atmosphere={{kind: files, source: {{files: {name}-weather/exchange/forcing*.nc}}}}"
    for kind, atmosphere in (("weather", WEATHER), ("files", files)):
        common = ["run", f"{name}.yaml", "-s", atmosphere, "-s"]
        whole, cut = ten_days / f"{name}-{kind}", ten_days / f"{name}-{kind}-cut"
        process = launch(1, [*common, f"run.folder={whole}"], ten_days, timeout=900)
        assert process.returncode == 0, process.stderr
        go_on = [*common, f"run.folder={cut}", "--go-on"]
        assert launch(2, [*go_on, "--cycles", "7"], ten_days, timeout=900).returncode == 75
        exchange = cut / "exchange"
        assert launch_until(exchange / "soil_moisture_20210504T03.nc", signal.SIGKILL, 3, go_on, ten_days)
        assert launch_until(exchange / "forcing_20210506T18.nc", signal.SIGKILL, 2, go_on, ten_days)
        assert launch_until(exchange / "soil_moisture_20210508T09.nc", signal.SIGUSR1, 3, go_on, ten_days) == 75
        process = launch(5, go_on, ten_days, timeout=900)
        assert process.returncode == 0, process.stderr
        assert_same_folders(whole, cut)
    assert len(list((ten_days / f"{name}-weather" / "exchange").glob("forcing_*.nc"))) == 41
    assert differing_datasets(ten_days / f"{name}-weather" / "history.nc", ten_days / f"{name}-files" / "history.nc") == []
