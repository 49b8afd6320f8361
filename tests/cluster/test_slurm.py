"""The job scripts under a real SLURM: a checkpoint at its signal, the next job, and the result of a run that never stopped."""

import os
import shutil
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from landda_hpc.parallel import SerialCommunicator
from tests.cluster.slurm_here import Slurm, missing
from tests.mpi.conftest import assert_same_folders

JOBS = Path(__file__).parents[2] / "jobs"
CONFIG = {
    "run": {"name": "reference", "start": "2001-03-01", "end": "2001-04-10", "time_step": "1h"}, "domain": {"file": "5deg"},
    "ensemble": {"size": 4, "seed": 3}, "spin_up": {"ensemble": "0d"}, "output": {"interval": "10d"},
    "restart": {"interval": "5d"}, "log": {"progress": False},
}
COUPLED = {
    "run": {"name": "coupled", "start": "2022-07-01", "end": "2022-07-02", "time_step": "1h"},
    "domain": {"file": "5deg", "region": [-30, -10, 115, 145]}, "ensemble": {"size": 3},
    "atmosphere": {"kind": "weather", "forecasts": [0, 12], "forecast_length": "1d"}, "output": {"interval": "3h"},
    "restart": {"interval": "6h"}, "log": {"progress": False},
}
PATIENCE = 240.0  # s, on a machine that does much else


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    why = missing()
    if why:
        pytest.skip(f"no SLURM can be started here: {why}")
    with Slurm(tmp_path_factory.mktemp("slurm") / "slurm").running() as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with configurations, an environment to activate, and a run that was never stopped."""
    from landda_hpc.config import load_config
    from landda_hpc.workflow.run import run

    folder = tmp_path_factory.mktemp("place")
    for name in ("reference", "one", "two", "three", "four"):
        content = {**CONFIG, "run": {**CONFIG["run"], "name": name}}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    (folder / "activate").write_text(f"export PATH={Path(sys.executable).parent}:$PATH PYTHONPATH={JOBS.parent}\n")
    before = os.getcwd()
    os.chdir(folder)
    try:
        run(load_config("reference.yaml"), SerialCommunicator(), folder)
    finally:
        os.chdir(before)
    return folder


def submit(slurm, place, *arguments):
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
    return slurm.submit("--ntasks-per-node=2", "--nodes=1", f"--output={place}/%j.out", *arguments, cwd=place,
                        environment={"LANDDA_ENVIRONMENT": str(place / "activate"), **allowed})


def long_run(place, name):
    """Write the configuration of a run that ends by itself too late for any test, and return its name."""
    long = yaml.safe_load((place / "one.yaml").read_text())
    long["run"] |= {"name": name, "end": "2011-03-01"}
    (place / f"{name}.yaml").write_text(yaml.safe_dump(long))
    return f"{name}.yaml"


def steps_done(place, name):
    """Return whether a run has begun to step."""
    log = place / "runs" / name / "run.log"
    return log.exists() and "kernels ready" in log.read_text() or list((place / "runs" / name).glob("restart_*"))


def output(place):
    return "\n".join(path.read_text() for path in sorted(place.glob("*.out")))


def all_ended(jobs):
    return all(state not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING") for state, _ in jobs.values())


def equal(place, name):
    """Compare history and last restart with those of the run that never stopped, dataset by dataset."""
    for pattern in ("history.nc", "restart_20010410*.h5"):
        (reference,), (found,) = ((place / "runs" / one).glob(pattern) for one in ("reference", name))
        with h5py.File(reference) as expected, h5py.File(found) as own:
            assert set(expected) == set(own)
            for dataset in expected:
                if isinstance(expected[dataset], h5py.Dataset):
                    np.testing.assert_array_equal(expected[dataset][()], own[dataset][()], err_msg=f"{name} {dataset}")


@pytest.mark.slow
@pytest.mark.parametrize("name, launcher, again", [
    ("one", "srun", "submit"), ("two", "mpirun", "submit"),
    ("three", "srun", "requeue")])  # SLURM waits two minutes before it starts a job again
def test_a_job_at_its_limit_goes_on(slurm, place, name, launcher, again):
    job = submit(slurm, place, JOBS / "single_node.sbatch", "--launcher", launcher, "--again", again, f"{name}.yaml")
    deadline = time.monotonic() + PATIENCE
    while not steps_done(place, name):
        assert time.monotonic() < deadline and slurm.jobs()[job][0] in ("PENDING", "RUNNING", "CONFIGURING"), output(place)
        time.sleep(0.05)
    slurm.call("scancel", "--batch", "--signal=USR1", job)  # what SLURM does before the limit
    if again == "requeue":
        jobs = slurm.wait_for(lambda jobs: jobs[job] == ("COMPLETED", 1), PATIENCE)
    else:
        jobs = slurm.wait_for(lambda jobs: int(max(jobs, key=int)) > int(job) and all_ended(jobs), PATIENCE)
        assert jobs[job][0] == "FAILED"  # with exit code 75
        assert f"{name}.yaml stopped with a checkpoint and goes on: Submitted batch job" in output(place)
    assert "because of signal SIGUSR1" in output(place)
    assert jobs[max(jobs, key=int)][0] == "COMPLETED"
    equal(place, name)


@pytest.mark.slow
def test_slurm_itself_asks_before_the_limit(slurm, place):
    """The shortest limit is a minute, and SLURM may send the signal up to a minute before it is due."""
    name = long_run(place, "limit")
    job = submit(slurm, place, "--time=1", "--signal=B:USR1@40", JOBS / "single_node.sbatch", name)
    jobs = slurm.wait_for(lambda jobs: int(max(jobs, key=int)) > int(job), PATIENCE)
    slurm.call("scancel", max(jobs, key=int))
    slurm.wait_for(all_ended, PATIENCE)
    assert "because of signal SIGUSR1" in output(place) and list((place / "runs" / "limit").glob("restart_*"))


@pytest.mark.slow
def test_a_cancelled_job_leaves_a_checkpoint_and_no_other_job(slurm, place):
    name = long_run(place, "cancelled")
    job = submit(slurm, place, JOBS / "single_node.sbatch", name)
    deadline = time.monotonic() + PATIENCE
    while not list((place / "runs" / "cancelled").glob("restart_*")):
        assert time.monotonic() < deadline and slurm.jobs()[job][0] in ("PENDING", "RUNNING", "CONFIGURING"), output(place)
        time.sleep(0.05)
    slurm.call("scancel", job)
    jobs = slurm.wait_for(all_ended, PATIENCE)
    assert jobs[job][0] == "CANCELLED" and max(jobs, key=int) == job
    assert "so nothing is submitted" in (place / f"{job}.out").read_text()


@pytest.mark.slow
def test_tasks_of_an_array_take_their_configurations(slurm, place):
    shutil.rmtree(place / "runs" / "three", ignore_errors=True)
    job = submit(slurm, place, "--array=0-1", JOBS / "experiments.sbatch", "three.yaml", "four.yaml")
    slurm.wait_for(lambda jobs: all(state == "COMPLETED" for name, (state, _) in jobs.items() if name.startswith(job)),
                   PATIENCE)
    equal(place, "three")
    equal(place, "four")


@pytest.mark.slow
def test_links_of_a_chain_go_on_from_each_other(slurm, place):
    shutil.rmtree(place / "runs" / "four", ignore_errors=True)
    environment = {"LANDDA_ENVIRONMENT": str(place / "activate"),
                   "SBATCH": f"--ntasks-per-node=2 --nodes=1 --output={place}/chain-%j.out"}
    text = slurm.call(JOBS / "chain.sh", "2", "four.yaml", "-s", "run.wall_time=6", cwd=place, environment=environment)
    links = [line.split()[-1] for line in text.splitlines()]
    assert len(links) == 2
    jobs = slurm.wait_for(lambda jobs: all(jobs[link][0] not in ("PENDING", "RUNNING", "COMPLETING") for link in links),
                          PATIENCE)
    assert [jobs[link][0] for link in links] == ["COMPLETED"] * 2, output(place)
    assert "the next job of the chain goes on" in output(place) or list((place / "runs" / "four").glob("restart_20010410*"))


@pytest.mark.slow
def test_coupled_cycles_are_chained(slurm, place, monkeypatch):
    """Two cycles a job: the third job begins nothing more than the end, and all hand-overs are those of an uncut run."""
    from landda_hpc.config import load_config
    from landda_hpc.workflow.run import run

    monkeypatch.chdir(place)
    (place / "coupled.yaml").write_text(yaml.safe_dump(COUPLED))
    run(load_config("coupled.yaml", ("run.name=uncut",)), SerialCommunicator(), place)
    environment = {"LANDDA_ENVIRONMENT": str(place / "activate"),
                   "SBATCH": f"--ntasks-per-node=2 --nodes=1 --output={place}/coupled-%j.out"}
    text = slurm.call(JOBS / "chain.sh", "3", "coupled.yaml", "-s", "run.stop_after_cycles=2", cwd=place,
                      environment=environment)
    links = [line.split()[-1] for line in text.splitlines()]
    jobs = slurm.wait_for(lambda jobs: all(jobs[link][0] not in ("PENDING", "RUNNING", "COMPLETING") for link in links),
                          PATIENCE)
    assert [jobs[link][0] for link in links] == ["COMPLETED"] * 3, output(place)
    told = [(place / f"coupled-{link}.out").read_text() for link in links]
    assert "stop_after_cycles: 2" in told[0] and "done: runs/coupled" in told[1], told
    assert_same_folders(place / "runs" / "uncut", place / "runs" / "coupled")
