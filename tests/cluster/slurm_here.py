"""A SLURM of one node on this machine: munged, slurmctld and slurmd, started as root and ended whatever happens."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psutil

DAEMONS = ("munged", "slurmctld", "slurmd")
TASKS = 4  # more than the machine may have cores
STARTING, STEPS_END = 60.0, 15.0  # s

CONFIGURATION = """\
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,batch_sched_delay=0
JobRequeue=1
FirstJobId={first_job}
SlurmdParameters=config_overrides
MailProg=/bin/true
ReturnToService=2
KillWait=10
InactiveLimit=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={tasks} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def missing():
    """Return why no SLURM can be started here, an empty text if one can."""
    absent = [name for name in (*DAEMONS, "sbatch", "srun", "mpirun", "setpriv") if shutil.which(name, path=_path()) is None]
    if absent:
        return f"{', '.join(absent)} not installed (apt-get install slurm-wlm munge)"
    return "" if os.geteuid() == 0 else "its daemons are started as root"


def _path():
    return os.environ["PATH"] + ":/usr/sbin:/sbin"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Slurm:
    """A running SLURM.

    Parameters
    ----------
    folder : Path
        Of its files.
    """

    def __init__(self, folder):
        self.folder, self._daemons = Path(folder), []
        self.environment = {**os.environ, "PATH": _path(), "SLURM_CONF": str(self.folder / "slurm.conf")}

    @contextlib.contextmanager
    def running(self):
        """Run the daemons as long as the context lasts."""
        folder = self.folder
        for name in ("state", "spool"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o600)
        (folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], folder=folder, control_port=_free_port(), node_port=_free_port(),
            tasks=TASKS, first_job=1000 + 100 * (os.getpid() % 100_000)))  # steps of two SLURMs share /tmp by their numbers
        # Debian's munged refuses folders that others can write above its files, as temporary ones are.
        try:
            self._start("munged", "--foreground", "--force", f"--key-file={folder}/munge.key",
                        f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid",
                        f"--log-file={folder}/munged.log", f"--seed-file={folder}/munge.seed")
            self._wait(lambda: (folder / "munge.socket").exists(), "munged")
            self._start("slurmctld", "-D", "-c", "-f", str(folder / "slurm.conf"))
            self._start("slurmd", "-D", "-f", str(folder / "slurm.conf"))
            self._wait(lambda: "idle" in self.call("sinfo", "-h", "-o", "%t", check=False), "slurmd")
            yield self
        finally:
            self.call("scancel", "--user=root", check=False)
            self._end_steps()
            for daemon in reversed(self._daemons):
                daemon.terminate()
            for daemon in reversed(self._daemons):
                try:
                    daemon.wait(15.0)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()

    def _end_steps(self):
        """Wait for the processes of jobs to end, and end what is left of them; those of another SLURM are left alone."""
        deadline = time.monotonic() + STEPS_END
        while (own := self._of_jobs()) and time.monotonic() < deadline:
            time.sleep(0.2)
        steps = [process.parent() for process in own]
        for process in [*own, *(step for step in steps if step is not None and step.name() == "slurmstepd")]:
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _of_jobs(self):
        """Return the processes that jobs have started."""
        daemons, found = [daemon.pid for daemon in self._daemons], []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("SLURM_CONF") == self.environment["SLURM_CONF"] and process.pid not in daemons:
                    found.append(process)
        return found

    def _start(self, *command):
        log = open(self.folder / f"{command[0]}.out", "w")
        with log:
            # They end with this process, also where it is killed.
            self._daemons.append(subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], env=self.environment,
                                                  stdout=log, stderr=log, start_new_session=True))

    def _wait(self, condition, name):
        deadline = time.monotonic() + STARTING
        while not condition():
            ended = [daemon for daemon in self._daemons if daemon.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = "\n".join(path.read_text()[-1500:] for path in sorted(self.folder.glob("*.log")) + sorted(
                    self.folder.glob("*.out")))
                raise RuntimeError(f"{name} does not come up:\n{logs}")
            time.sleep(0.2)

    def call(self, *command, check=True, **more):
        """Return what a command prints."""
        done = subprocess.run(command, env={**self.environment, **more.pop("environment", {})}, capture_output=True, text=True,
                              check=False, **more)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def submit(self, *arguments, **more):
        """Submit a job and return its number."""
        return self.call("sbatch", "--parsable", *map(str, arguments), **more).strip().split(";")[0]

    def jobs(self):
        """Return ``{job: (state, restarts)}`` of all jobs that are known."""
        found = {}
        for line in self.call("scontrol", "-o", "show", "jobs", check=False).splitlines():
            fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
            if "JobId" in fields:
                task = f"_{fields['ArrayTaskId']}" if "ArrayTaskId" in fields else ""
                found[fields.get("ArrayJobId", fields["JobId"]) + task] = (fields["JobState"], int(fields["Restarts"]))
        return found

    def wait_for(self, condition, seconds):
        """Wait until a condition of :meth:`jobs` holds and return the jobs."""
        deadline = time.monotonic() + seconds
        while True:
            jobs = self.jobs()
            if condition(jobs):
                return jobs
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds:g} s: {jobs}\n{(self.folder / 'slurmctld.log').read_text()[-3000:]}")
            time.sleep(0.3)
