"""What a job that is submitted anew keeps, from what SLURM tells of it (22.05)."""

import pytest

from landda_hpc.errors import ConfigError, LanddaError
from landda_hpc.workflow import job

SHOWN = ("JobId=7 JobName=landda UserId=me(1000) Account=climate QOS=(null) JobState=RUNNING Reason=None Requeue=1 Restarts=0 "
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


@pytest.fixture
def ended(monkeypatch, tmp_path):
    """Call ``ended(code, state, reason)`` to end a job whose run has given a code; it returns what was told and called."""
    (tmp_path / "small.yaml").write_text("run: {name: small}\nsites: [{forcing: {format: sample}}]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLURM_JOB_ID", "7")

    def call(code, state="RUNNING", reason="None", begins=True, again="submit"):
        told, called = [], []

        def run(_command):
            if begins:
                (tmp_path / "runs" / "small").mkdir(parents=True)
                (tmp_path / "runs" / "small" / "configuration.yaml").touch()
            return code

        def answer(command, stderr=False):
            called.append(command[0])
            return SHOWN.replace("JobState=RUNNING Reason=None", f"JobState={state} Reason={reason}")

        monkeypatch.setattr(job, "_run", run)
        monkeypatch.setattr(job, "_call", answer)
        assert job.run_job(["small.yaml"], launcher="srun", again=again, say=told.append) == code
        return told[-1], called

    return call


@pytest.mark.parametrize("state, reason, goes_on", [
    ("RUNNING", "None", True), ("COMPLETING", "TimeLimit", True), ("COMPLETING", "None", False), ("CANCELLED", "None", False)])
def test_a_cancelled_job_is_not_submitted_anew(ended, state, reason, goes_on):
    text, called = ended(75, state, reason)
    assert ("sbatch" in called) == goes_on and ("goes on" in text) == goes_on
    assert goes_on or "was cancelled" in text


def test_a_launcher_that_starts_nothing_is_no_success(ended):
    """As srun, which ends with exit code 0 where it could not start the ranks."""
    with pytest.raises(LanddaError, match="srun ended with exit code 0, but the run has not begun"):
        ended(0, begins=False)
    assert ended(0)[1] == []


def test_a_wrong_configuration_is_told_before_ranks_start(ended, tmp_path):
    (tmp_path / "small.yaml").write_text("run: {nam: small}\n")
    with pytest.raises(ConfigError, match="run.nam"):
        ended(0)
