"""How a process finds out that it is one of many, and how one failing rank stops all."""

import os
import sys
import time
import traceback

from landda_hpc.errors import CheckpointStop, LanddaError
from landda_hpc.parallel.communicator import SerialCommunicator

HEAD_START = 0.5  # s, of the root when it tells an error

#: Variables that the launchers of MPI set with the number of ranks.
LAUNCHERS = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE", "MPI_LOCALNRANKS")


def launched_in_parallel(environment=os.environ):
    """Return whether a launcher of MPI started this process as one of several ranks."""
    if any(int(environment.get(name, "1") or 1) > 1 for name in LAUNCHERS):
        return True
    in_step = "SLURM_STEP_ID" in environment and environment.get("SLURM_STEP_NUM_TASKS", "1").isdigit()
    return in_step and int(environment["SLURM_STEP_NUM_TASKS"]) > 1


def world_communicator():
    """Return the communicator of the job: MPI's where a launcher started several ranks, else the serial one."""
    if launched_in_parallel():
        from landda_hpc.parallel.mpi import MPICommunicator  # MPI starts when it is imported

        return MPICommunicator()
    return SerialCommunicator()


def report_error(error, communicator, debug=False):
    """Print one error to stderr: the message of an expected one, the traceback of any other."""
    origin = f"[rank {communicator.rank} of {communicator.size}] " if communicator.size > 1 else ""
    if isinstance(error, LanddaError) and not debug:
        text = f"{type(error).__name__}: {error}"
    else:
        text = "".join(traceback.format_exception(error))
    print(f"{origin}{text}", file=sys.stderr, flush=True)


def stop_all(error, communicator, debug=False):
    """Tell an error once, stop all ranks and return the exit code of this one.

    A rank that fails alone aborts the others, which would wait for it for ever. Where all ranks fail alike, the root tells
    it and aborts before they repeat it. Ranks that stopped together with a checkpoint end together.
    """
    code = getattr(error, "exit_code", 1)
    together = isinstance(error, CheckpointStop)
    if communicator.size > 1 and not communicator.is_root and not together:
        time.sleep(HEAD_START + min(communicator.rank, 10) / 10.0)
    if communicator.is_root or not together:
        report_error(error, communicator, debug)
    if communicator.size > 1:
        if together:
            communicator.barrier()
        else:
            communicator.abort(code)
    return code
