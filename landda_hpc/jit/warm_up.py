"""Compile the kernels on one rank while the others wait, then load them everywhere from the cache.

The first rank of every node goes before the others of the node: where the cache folder is on the node itself, it compiles for
them; where all nodes share one, it finds what the root has compiled.
"""

import logging
import time

from landda_hpc.errors import LanddaError
from landda_hpc.jit import cache

_log = logging.getLogger(__name__)
POLL_INTERVAL = 0.05  # s


def compile_on_root_first(communicator, warm_up):
    """Call ``warm_up`` on the root rank, then on the first of every other node, then on all others.

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
        _meet(communicator)
        succeeded = communicator.broadcast(succeeded if communicator.is_root else None)
    if not succeeded:
        raise LanddaError("The kernels could not be compiled on rank 0, so the others stop too.\n"
                          "  See the message of rank 0 for the cause.")
    first = communicator.is_first_of_node
    if first and not communicator.is_root:
        warm_up()
    if communicator.n_nodes > 1:
        _meet(communicator)
    if not first:
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


def _meet(communicator):
    """Meet all ranks without keeping the processors busy that others compile on.

    A barrier of most MPI libraries spins at full speed, so a non-blocking one is polled.
    """
    if communicator.mpi is None:
        communicator.barrier()
        return
    request = communicator.mpi.Ibarrier()
    while not request.Test():
        time.sleep(POLL_INTERVAL)
