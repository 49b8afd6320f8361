"""Launching the package under mpirun, and comparing the files of two runs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import psutil
import pytest
import yaml

CONFIGURATION = """
run: {name: small, time_step: 1h, end: 2001-01-09T05:00}
sites:
  - forcing: {format: sample}
    variants:
      - {name: sand, soil_class: 1}
      - {name: forest, land_cover_class: 4}
      - {name: glacier, surface: glacier, land_cover_class: 15, initial: {snow_water_equivalent: 300, snow_depth: 1}}
ensemble: {size: 5}
output: {interval: 6h, members: true}
restart: {interval: 3d}
log: {progress: false}
"""


#: Four days of both products in Europe, assimilated on few points by few members.
TWIN = """
twin:
  name: small
  record_start: 2021-01-01
  start: 2021-05-01
  evaluate_from: 2021-05-02
  end: 2021-05-05
  spin_up_years: 0
  ensemble: 1d
  products: {record_every: 3}
common:
  run: {time_step: 1h}
  domain: {file: 5deg, region: [-35, 50, -20, 60]}
  ensemble: {size: 5}
  log: {progress: false}
sensors:
  ascat: {min_count: {obs: 8, model: 8}}
  smap: {min_count: {obs: 8, model: 8}}
experiments: {CTL: [], MT_ATSP: [ascat, smap]}
"""


@pytest.fixture(scope="session")
def started():
    """Return the function from a number of ranks and arguments of ``landda`` to a command and its environment."""
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        pytest.skip("there is no mpirun on the PATH")
    if "OMPI_COMM_WORLD_SIZE" in os.environ or "PMI_SIZE" in os.environ:
        pytest.skip("mpirun cannot be started from inside mpirun")
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1", PYTHONPATH=str(Path(__file__).resolve().parents[2]))

    def make(n_ranks, arguments, command=(sys.executable, "-m", "landda_hpc.cli")):
        command = [*command, *map(str, arguments)]
        return [mpirun, "-n", str(n_ranks), *command] if n_ranks > 1 else command, environment

    return make


@pytest.fixture(scope="session")
def launch(started):
    """Call ``launch(n_ranks, arguments, folder, timeout)`` to run ``landda`` on some ranks; gives the finished process."""
    def call(n_ranks, arguments, folder, timeout=300, command=(sys.executable, "-m", "landda_hpc.cli"), **more):
        command, environment = started(n_ranks, arguments, command)
        return subprocess.run(command, cwd=folder, env=dict(environment, **more), capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, check=False)

    return call


@pytest.fixture(scope="session")
def launch_until(started):
    """Call ``launch_until(path, number, n_ranks, arguments, folder)`` to send a signal as soon as a file is there.

    SIGKILL goes to mpirun and all ranks, others to mpirun, which passes them on. Gives the exit code.
    """
    def call(path, number, n_ranks, arguments, folder, timeout=300):
        command, environment = started(n_ranks, arguments)
        with open(folder / "output.txt", "wb") as output:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + timeout
        while not path.exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "output.txt").read_text()
            time.sleep(0.005)
        family = [process, *psutil.Process(process.pid).children(recursive=True)] if number == signal.SIGKILL else [process]
        for member in family:
            member.send_signal(number)
        return process.wait(timeout)

    return call


@pytest.fixture(scope="session")
def compiled(launch, tmp_path_factory):
    """The kernels are compiled, so that what follows can be asked to take seconds."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "site.yaml").write_text(CONFIGURATION)
    process = launch(1, ["run", "site.yaml", "-s", "run.end=2001-01-01T08:00"], folder, timeout=600)
    assert process.returncode == 0, process.stderr


@pytest.fixture
def configuration(tmp_path):
    """A small run at the sample tower, its configuration written to a folder."""
    path = tmp_path / "site.yaml"
    path.write_text(CONFIGURATION)
    return path


def differing_datasets(first, second):
    """Return the names of the datasets of two HDF5 files that are not the same to the last bit."""
    with h5py.File(first, "r") as one, h5py.File(second, "r") as other:
        names = []
        one.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        missing = []
        other.visititems(lambda name, item: missing.append(name)
                         if isinstance(item, h5py.Dataset) and name not in names else None)
        return missing + [name for name in names if name not in other or one[name].shape != other[name].shape
                          or one[name][()].tobytes() != other[name][()].tobytes()]


def run_twin(launch, folder, text=TWIN):
    """Run a twin experiment on one rank and return its folder."""
    (folder / "twin.yaml").write_text(text)
    process = launch(1, ["twin", "twin.yaml"], folder, timeout=1800)
    assert process.returncode == 0, process.stderr
    return folder / "twin" / yaml.safe_load(text)["twin"]["name"]


def configuration_of(twin, experiment, path, **changes):
    """Write the configuration of an experiment of a twin to a file, sections changed."""
    document = yaml.safe_load((twin / experiment / "configuration.yaml").read_text())
    for section, keys in changes.items():
        document[section] |= keys
    path.write_text(yaml.safe_dump(document))


def assert_same_folders(first, second, all_restarts=True):
    """Two run folders hold the same files with the same datasets; without ``all_restarts`` only the last restarts count."""
    names = []
    for folder in (first, second):
        earlier = () if all_restarts else sorted(folder.glob("restart_*.h5"))[:-1]
        names.append({path.relative_to(folder) for path in folder.rglob("*") if path.suffix in (".h5", ".nc")
                      and path not in earlier})
    assert names[0] and names[0] == names[1]
    for name in sorted(names[0]):
        assert differing_datasets(first / name, second / name) == [], name


@pytest.fixture
def assert_same_files():
    """Assert that two run folders hold the same restart files and the same history, dataset by dataset."""
    def check(first, second):
        names = sorted(path.name for path in first.glob("*.h5"))
        assert names and names == sorted(path.name for path in second.glob("*.h5"))
        for name in [*names, "history.nc"]:
            assert differing_datasets(first / name, second / name) == []

    return check
