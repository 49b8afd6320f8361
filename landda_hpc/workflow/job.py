"""A run inside a job of SLURM: starts it on all tasks, passes the batch system's signal on, and sees that it goes on after it.

The batch script ends with ``exec landda job CONFIG ...``, so that the signal before the wall-time limit
(``#SBATCH --signal=B:USR1@300``) comes here. The run then writes a checkpoint and ends with exit code 75.
"""

import os
import shutil
import signal
import subprocess
import sys

from landda_hpc.config import load_config
from landda_hpc.errors import ConfigError, LanddaError
from landda_hpc.workflow.run_files import CONFIGURATION, run_folder

STOPPED = 75
SUBMIT, REQUEUE, CHAIN = "submit", "requeue", "chain"
SRUN, MPIRUN = "srun", "mpirun"
#: What a job that is submitted again must keep: option of sbatch and field of ``scontrol show job``.
KEPT = {"--partition": "Partition", "--time": "TimeLimit", "--job-name": "JobName", "--output": "StdOut", "--error": "StdErr",
        "--account": "Account", "--qos": "QOS", "--constraint": "Features", "--reservation": "Reservation",
        "--exclude": "ExcNodeList", "--licenses": "Licenses", "--mem": "MinMemoryNode", "--mem-per-cpu": "MinMemoryCPU",
        "--cpus-per-task": "CPUs/Task"}
UNSET = ("(null)", "N/A", "", "0")


def run_job(configs, changes=(), launcher="auto", again=SUBMIT, say=print):
    """Run the configuration of this job and return its exit code.

    Parameters
    ----------
    configs : sequence of path
        The task of a job array takes the one of its number.
    changes : sequence of str
        ``key=value`` of the configuration.
    launcher : str
        ``srun``, ``mpirun`` or ``auto``: ``srun --mpi=pmix`` where SLURM has it, else ``mpirun``.
    again : str
        What follows a checkpoint: ``submit`` the job anew, ``requeue`` it, or in a ``chain`` nothing, for the next job goes on.
    say : callable

    Raises
    ------
    ConfigError
        Outside of a job, for a task without a configuration and for one that cannot be read.
    LanddaError
        If the job cannot be submitted again, and if the launcher did not start the run.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        raise ConfigError("`landda job` works inside a job of SLURM; submit a script that ends with it (see jobs/), or use "
                          "`mpirun -n 4 landda run CONFIG`.")
    config = configs[_task(configs)]
    saved = run_folder(load_config(config, changes)) / CONFIGURATION  # errors are told before thousands of ranks start
    before = _written(saved)
    command = [*launch_command(launcher), sys.executable, "-m", "landda_hpc.cli", "run", str(config), "--go-on",
               *(part for change in changes for part in ("-s", change))]
    say(f"{' '.join(command)}")
    code = _run(command)
    if code == 0 and _written(saved) == before:  # srun gives 0 where it could not start the ranks
        raise LanddaError(f"{command[0]} ended with exit code 0, but the run has not begun: {saved} is not new.\n"
                          "  See the messages above; the ranks could not be started.")
    if code != STOPPED:
        return code
    shown = _shown(job)[1]
    if shown["JobState"] != "RUNNING" and shown["Reason"] != "TimeLimit":
        say(f"{config} stopped with a checkpoint; the job was cancelled or is started again by SLURM, so nothing is submitted")
        return code
    if again == CHAIN:
        say(f"{config} stopped with a checkpoint; the next job of the chain goes on")
        return 0
    answer = _call(_requeue(job) if again == REQUEUE else _submission(job, os.environ))
    say(f"{config} stopped with a checkpoint and goes on: {answer or f'job {job} again'}")
    return code


def launch_command(launcher, n_tasks=None):
    """Return the words that start a program on some tasks, by default on all of the job."""
    if launcher == "auto":
        launcher = SRUN if "pmix" in _call(["srun", "--mpi=list"], stderr=True) else MPIRUN
    n_tasks = n_tasks or os.environ.get("SLURM_NTASKS", "1")
    if launcher == SRUN:
        return [SRUN, "--mpi=pmix", "--kill-on-bad-exit=0", "-n", n_tasks]
    if shutil.which(MPIRUN) is None:
        raise ConfigError("mpirun is not on the PATH of the job; load the MPI module in the script.")
    return [MPIRUN, "-n", n_tasks]


def _task(configs):
    """Return which configuration is this task's."""
    number = int(os.environ.get("SLURM_ARRAY_TASK_ID", 0))
    if not 0 <= number < len(configs):
        raise ConfigError(f"The task {number} of the job array has no configuration; {len(configs)} are given. Submit with "
                          f"--array=0-{len(configs) - 1}.")
    return number


def _run(command):
    """Run a command and return its exit code; signals of the batch system reach it as USR1, which asks for a checkpoint."""
    try:
        child = subprocess.Popen(command)
    except FileNotFoundError as error:
        raise ConfigError(f"{command[0]} is not on the PATH of the job; load its module in the script.") from error
    for number in (signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGUSR1))
    code = child.wait()
    return code if code >= 0 else 128 - code


def _written(path):
    """Return when a file that each start of a run writes was written, None if it is not there."""
    try:
        with open(path) as file:  # opened, so that a network file system asks its server
            return os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None


def _requeue(job):
    return ["scontrol", "requeue", job]


def _submission(job, environment):
    """Return the words that submit the job anew as it was."""
    line, shown = _shown(job)
    tasks = ("--ntasks-per-node", "SLURM_NTASKS_PER_NODE") if "SLURM_NTASKS_PER_NODE" in environment else (
        "--ntasks", "SLURM_NTASKS")
    command = ["sbatch", "--open-mode=append", f"--nodes={environment.get('SLURM_JOB_NUM_NODES', '1')}",
               f"{tasks[0]}={environment.get(tasks[1], '1')}"]
    command += [f"{option}={shown[field]}" for option, field in KEPT.items() if shown.get(field, "") not in UNSET]
    if shown.get("OverSubscribe") == "NO":
        command.append("--exclusive")
    if "SLURM_ARRAY_TASK_ID" in environment:
        command.append(f"--array={environment['SLURM_ARRAY_TASK_ID']}")
    script = line.split(" Command=", 1)[1].split(" WorkDir=", 1)[0].split()
    return [*command, *script]


def _shown(job):
    """Return what SLURM tells of a job, as one line and by field."""
    line = _call(["scontrol", "-o", "show", "job", job])
    return line, dict(part.split("=", 1) for part in line.split() if "=" in part)


def _call(command, stderr=False):
    """Return what a command prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        if stderr:
            return ""
        raise LanddaError(f"{command[0]} is not on the PATH of the job.") from error
    if done.returncode and not stderr:
        raise LanddaError(f"{' '.join(command)} failed with exit code {done.returncode}: {done.stderr.strip()}\n"
                          "  The checkpoint is written; submit the job again by hand.")
    return done.stdout + (done.stderr if stderr else "")
