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


def worthwhile(gain, lost, cost):
    """Return whether points are to change hands.

    Parameters
    ----------
    gain : float
        Share of the time of the slowest rank that an equal division saves.
    lost, cost : float
        What the ranks lost since the last time by a division that was not equal, and what it took points to change hands then;
        0 before the first time [s].
    """
    return gain > LEAST_GAIN and lost >= cost


class Rebalancing:
    """Looks at the balance of a run from time to time; points change hands once more was lost than that takes.

    So a small loss that lasts is mended too, and moving never costs more than what was lost without it.
    """

    def __init__(self):
        self._computed = self._lost = self._cost = 0.0

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
            gain = max(1.0 - after / before, 0.0)
            self._lost += gain * (max(seconds) - self._computed)
            self._computed = max(seconds)
            if worthwhile(gain, self._lost, self._cost):
                plan = bands, new_bands
                logger.info("points change hands: dearest band over mean %.3f, then %.3f", before, after)
        plan = communicator.broadcast(plan)
        if plan is None:
            return job
        moved = job.on_bands(*plan)
        self._lost, self._cost = 0.0, time.perf_counter() - begin
        return moved
