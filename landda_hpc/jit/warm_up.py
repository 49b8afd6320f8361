"""Compile the kernels on one rank while the others wait, then load them everywhere from the cache."""

import logging
import time

from landda_hpc.errors import LanddaError
from landda_hpc.jit import cache

_log = logging.getLogger(__name__)
POLL_INTERVAL = 0.05  # s


def compile_on_root_first(communicator, warm_up):
    """Call ``warm_up`` on the root rank, then on the others, which find its kernels in the cache.

    Parameters
    ----------
    communicator : Communicator
    warm_up : callable
        Calls every kernel of the run once, on a tiny case with the types of the run. It must not communicate.

    Raises
    ------
    LanddaError
        On the other ranks when ``warm_up`` failed on the root, where its own exception goes on.
    """
    succeeded = False
    try:
        if communicator.is_root:
            _warm_up_with_notice(warm_up)
            succeeded = True
    finally:
        _wait_for_root(communicator)
        succeeded = communicator.broadcast(succeeded if communicator.is_root else None)
    if not succeeded:
        raise LanddaError("The kernels could not be compiled on rank 0, so the others stop too.\n"
                          "  See the message of rank 0 for the cause.")
    if not communicator.is_root:
        warm_up()


def _warm_up_with_notice(warm_up):
    """Call ``warm_up`` and tell how long it took and what for."""
    folder = cache.folder()
    first_time = not any(folder.rglob("*.nbi"))
    if first_time:
        _log.info("compiling the kernels, once for this version of their sources and this processor, into %s", folder)
    start = time.perf_counter()
    warm_up()
    seconds = time.perf_counter() - start
    if first_time:
        _log.info("compiling the kernels took %.0f s; later runs load them from the cache", seconds)
    else:
        _log.info("kernels ready after %.1f s", seconds)


def _wait_for_root(communicator):
    """Meet all ranks without keeping the processors busy that the root compiles on.

    A barrier of most MPI libraries spins at full speed, so a non-blocking one is polled.
    """
    if communicator.mpi is None:
        communicator.barrier()
        return
    request = communicator.mpi.Ibarrier()
    while not request.Test():
        time.sleep(POLL_INTERVAL)
