"""What a job that is submitted anew keeps, from what SLURM tells of it (22.05)."""

import pytest

from landda_hpc.errors import ConfigError
from landda_hpc.workflow import job

SHOWN = ("JobId=7 JobName=landda UserId=me(1000) Account=climate QOS=(null) JobState=RUNNING Requeue=1 Restarts=0 "
         "TimeLimit=04:00:00 TimeMin=N/A Partition=long ReqNodeList=(null) ExcNodeList=n13 NumNodes=2 NumCPUs=128 NumTasks=128 "
         "CPUs/Task=1 MinMemoryNode=60G Features=avx512 OverSubscribe=NO Licenses=(null) "
         "Command=/home/me/job.sbatch globe.yaml --again submit WorkDir=/home/me StdErr=/home/me/run.out StdIn=/dev/null "
         "StdOut=/home/me/run.out Power=")


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(job, "_call", lambda command, stderr=False: SHOWN)


def test_a_job_keeps_what_it_was_given(shown):
    words = job._submission("7", {"SLURM_NTASKS": "128", "SLURM_NTASKS_PER_NODE": "64", "SLURM_JOB_NUM_NODES": "2"})
    assert words[0] == "sbatch" and words[-4:] == ["/home/me/job.sbatch", "globe.yaml", "--again", "submit"]
    for option in ("--nodes=2", "--ntasks-per-node=64", "--time=04:00:00", "--partition=long", "--account=climate",
                   "--constraint=avx512", "--mem=60G", "--exclude=n13", "--exclusive", "--output=/home/me/run.out"):
        assert option in words
    assert not any(word.startswith(("--qos", "--licenses", "--reservation", "--array", "--mem-per-cpu")) for word in words)


def test_a_task_of_an_array_submits_itself_alone(shown):
    words = job._submission("7", {"SLURM_NTASKS": "128", "SLURM_ARRAY_TASK_ID": "3"})
    assert "--array=3" in words and "--ntasks=128" in words


def test_a_task_without_configuration_and_a_login_node_are_refused(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(ConfigError, match="inside a job"):
        job.run_job(["a.yaml"])
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "4")
    with pytest.raises(ConfigError, match="--array=0-1"):
        job._task(["a.yaml", "b.yaml"])
