"""Points change hands while a run goes: snow and frost wander with the seasons, and with them the cost of a band.

Numbers do not depend on the bands, so nothing changes but the time that ranks wait for each other.
"""

import logging

import numpy as np

from landda_hpc.domain.points import split_by_cost

LEAST_GAIN = 0.02  # of the time of the slowest rank, for which the points are moved
logger = logging.getLogger(__name__)


def imbalance(cost, bands):
    """Return the cost of the dearest band over the mean of all bands, for costs ``(n_total,)``."""
    reached = np.concatenate([[0.0], np.cumsum(cost)])
    sums = np.array([reached[band.stop] - reached[band.start] for band in bands])
    return float(sums.max() / sums.mean())


def rebalanced(job):
    """Return a run whose bands cost the same in its present state; the run itself where little would be gained.

    Parameters
    ----------
    job : LandRun
        Between two steps, with all records of its outputs on the disk.
    """
    communicator = job.communicator
    bands = communicator.gather_object(job.band)
    cost = communicator.gather_points(job.cost(), job.band)
    plan = None
    if communicator.is_root:
        new_bands = split_by_cost(cost, communicator.size)
        before, after = imbalance(cost, bands), imbalance(cost, new_bands)
        if before > (1.0 + LEAST_GAIN) * after:
            plan = bands, new_bands
            logger.info("points change hands: dearest band over mean %.3f, then %.3f", before, after)
    plan = communicator.broadcast(plan)
    return job if plan is None else job.on_bands(*plan)
