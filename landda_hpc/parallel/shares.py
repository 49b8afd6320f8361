"""Work on a long list that all ranks do together, each on a run of it."""

import numpy as np


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
        ``work(first, last)`` returns a tuple of arrays for the items ``first`` to ``last - 1``; those of all shares are put
        one after another.
    """
    first, last = (rank * n // communicator.size for rank in (communicator.rank, communicator.rank + 1))
    parts = communicator.gather_object(work(first, last))
    return None if parts is None else tuple(np.concatenate(arrays) for arrays in zip(*parts))
