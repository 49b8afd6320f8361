"""Which analysis uses an observation: the nearest one, once.

The analysis at ``t_k`` takes observations with ``t_k - D/2 <= t < t_k + D/2``, ``D`` the time between analyses.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.codes import ACCEPTED, NUMBERS

CYCLE, BEFORE_END = 21600, 10800  # s, of a coupled run
#: Step of observations without a time, which no analysis takes.
NEVER = np.iinfo(np.int64).min


class AnalysisTimes(NamedTuple):
    """Equidistant analyses.

    ``first`` [s since 2000-01-01 UTC], time of analysis 0; ``interval`` [s], a whole number. Sums and differences of
    whole seconds and half of an interval are exact, so the limits of the windows are too.
    """

    first: float
    interval: float

    def time(self, step):
        """Return the time of analyses [s since 2000-01-01 UTC]."""
        return self.first + self.interval * np.asarray(step, np.float64)

    def step(self, time):
        """Return the number of the analysis that takes observations of these times [s], negative before the first."""
        time = np.asarray(time, np.float64)
        known = np.isfinite(time)
        shifted = np.where(known, time, 0.0) - (self.first - 0.5 * self.interval)
        # floor_divide, since a quotient just below a whole number may round up to it.
        return np.where(known, np.floor_divide(shifted, self.interval).astype(np.int64), NEVER)

    def limits(self, step):
        """Return begin and end [s] of the window of an analysis; the end is not part of it."""
        begin = self.first + self.interval * (step - 0.5)
        return begin, begin + self.interval


def hand_over_times(start):
    """Return the function that tells whether a coupled run hands soil moisture over at a time [s since 2000-01-01 UTC].

    It does so three hours before the end of each cycle of six hours that ``start`` (datetime64) begins.
    """
    first = float(seconds_of(start))
    return lambda time: (time - first) % CYCLE == CYCLE - BEFORE_END


def window_slice(sorted_time, begin, end):
    """Return the slice of observations, sorted by time, from ``begin`` to before ``end``."""
    return slice(*(int(edge) for edge in np.searchsorted(sorted_time, [begin, end], side="left")))


def reject_late(code, time, times, next_step):
    """Give code T1 to accepted observations whose analysis is over; changes ``code``.

    Parameters
    ----------
    code : ndarray of int16
    time : ndarray
        [s since 2000-01-01 UTC].
    times : AnalysisTimes
    next_step : int
        The analysis that is to be done next.
    """
    code[(code == ACCEPTED) & (times.step(time) < next_step)] = NUMBERS["T1"]
