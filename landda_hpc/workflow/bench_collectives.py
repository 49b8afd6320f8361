"""Time of the package's own collective verbs on the ranks of this job; started by :mod:`landda_hpc.workflow.bench_model`."""

import statistics
import time

VERBS = {"barrier": lambda communicator: communicator.barrier(), "any": lambda communicator: communicator.any(False),
         "gather": lambda communicator: communicator.gather_object(0.0),
         "broadcast": lambda communicator: communicator.broadcast(0.0)}
CALLS, WARM_UP = 200, 20


def bench_collectives(communicator):
    """Return the median microseconds of each verb on the root, ``{"ranks": ..., verb: ...}``."""
    results = {"ranks": communicator.size}
    for name, verb in VERBS.items():
        seconds = []
        for call in range(WARM_UP + CALLS):
            communicator.barrier()
            begin = time.perf_counter()
            verb(communicator)
            if call >= WARM_UP:
                seconds.append(time.perf_counter() - begin)
        results[name] = 1e6 * statistics.median(seconds)
    return results
