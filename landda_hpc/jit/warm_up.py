"""Compile the kernels on one rank while the others wait, then hand them to all.

The root loads them from the cache folder or compiles them; the other ranks receive them in one message and touch no file. Only
ranks on another kind of processor than the root's look into the folder and compile what is missing, first one on each node.
"""

import logging
import time

from landda_hpc.errors import LanddaError
from landda_hpc.jit import cache, keep, processor

_log = logging.getLogger(__name__)
POLL_INTERVAL = 0.05  # s


def compile_on_root_first(communicator, warm_up):
    """Call ``warm_up`` on the root rank, then on the others with its kernels.

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
    kernels = None
    try:
        if communicator.is_root:
            kernels = _warm_up_with_notice(warm_up)
    finally:
        _meet(communicator)
        kernels = communicator.broadcast(kernels)
    if kernels is None:
        raise LanddaError("The kernels could not be compiled on rank 0, so the others stop too.\n"
                          "  See the message of rank 0 for the cause.")
    keep.receive(kernels)
    compiled_for = communicator.broadcast(processor.wanted())
    if communicator.any(processor.wanted() != compiled_for):
        _log.warning("the nodes have different processors, so that kernels are compiled for each kind; LANDDA_CPU, set to the "
                     "oldest for all, makes one kind of them")
        if communicator.is_first_of_node and not communicator.is_root:
            warm_up()
        _meet(communicator)
        if communicator.is_first_of_node:
            return
    if not communicator.is_root:
        warm_up()


def _warm_up_with_notice(warm_up):
    """Call ``warm_up``, tell what took how long, and return the kernels."""
    start = time.perf_counter()
    with keep.gathering(_tell_of_compilation) as kernels:
        warm_up()
    seconds = time.perf_counter() - start
    if kernels.complete:
        _log.info("kernels ready after %.1f s", seconds)
    else:
        _log.info("compiling the kernels took %.0f s; later runs load them from the cache", seconds)
    return kernels.content


def _tell_of_compilation():
    _log.info("compiling the kernels, once for this version of their sources and this processor, into %s", cache.folder())


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
