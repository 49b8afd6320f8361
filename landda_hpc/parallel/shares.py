"""Work on a long list that all ranks do together, each on some runs of it."""

import numpy as np

TURNS = 4  # runs of a rank: neighbours cost alike, so that ranks that take turns have equal work


def in_shares(communicator, n, work):
    """Return on the root what a function gives for all of a list, None elsewhere; every rank does a share.

    The arrays are the same for every number of ranks if those of an item do not depend on the other items.

    Parameters
    ----------
    communicator : Communicator
        Whose ranks all call this together.
    n : int
        Items of the list.
    work : callable
        ``work(first, last)`` returns a tuple of arrays for the items ``first`` to ``last - 1``; those of all runs are put one
        after another.
    """
    size = communicator.size
    runs = 1 if size == 1 else TURNS * size
    own = [work(run * n // runs, (run + 1) * n // runs) for run in range(communicator.rank, runs, size)]
    gathered = communicator.gather_object(own)
    if gathered is None:
        return None
    parts = [gathered[run % size][run // size] for run in range(runs)]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts))
