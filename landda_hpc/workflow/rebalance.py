"""Points change hands while a run goes: snow and frost wander with the seasons, and with them the cost of a band.

Numbers do not depend on the bands, so nothing changes but the time that ranks wait for each other.
"""

import logging
import time

import numpy as np

from landda_hpc.domain.points import split_by_cost

LEAST_GAIN = 0.02  # of the time of the slowest rank, for which the points are moved
logger = logging.getLogger(__name__)


def imbalance(cost, bands):
    """Return the cost of the dearest band over the mean of all bands, for costs ``(n_total,)``."""
    reached = np.concatenate([[0.0], np.cumsum(cost)])
    sums = np.array([reached[band.stop] - reached[band.start] for band in bands])
    return float(sums.max() / sums.mean())


def worthwhile(before, after, computed, cost):
    """Return whether points are to change hands.

    Parameters
    ----------
    before, after : float
        Dearest band over the mean.
    computed, cost : float
        What the slowest rank computed since the points were last looked at, and what it took them to change hands the last
        time, 0 before [s].
    """
    gain = 1.0 - after / before
    return gain > LEAST_GAIN and gain * computed >= cost


class Rebalancing:
    """Looks at the balance of a run from time to time, and whether it is worth while that points change hands."""

    def __init__(self):
        self._computed = self._cost = 0.0

    def rebalanced(self, job):
        """Return a run whose bands cost the same in its present state; the run itself where little would be gained.

        Parameters
        ----------
        job : LandRun
            Between two steps, with all records of its outputs on the disk.
        """
        communicator, begin = job.communicator, time.perf_counter()
        bands = communicator.gather_object(job.band)
        seconds = communicator.gather_object(job.timers.seconds.get("noah", 0.0))
        cost = communicator.gather_points(job.cost(), job.band)
        plan = None
        if communicator.is_root:
            new_bands = split_by_cost(cost, communicator.size)
            before, after = imbalance(cost, bands), imbalance(cost, new_bands)
            if worthwhile(before, after, max(seconds) - self._computed, self._cost):
                plan = bands, new_bands
                logger.info("points change hands: dearest band over mean %.3f, then %.3f", before, after)
            self._computed = max(seconds)
        plan = communicator.broadcast(plan)
        if plan is None:
            return job
        moved = job.on_bands(*plan)
        self._cost = time.perf_counter() - begin
        return moved
