"""Forcing of a few years, again and again, for a spin-up."""

import numpy as np

from landda_hpc.forcing.calendar import shift_years


class CyclicForcing:
    """Another forcing with the year of the date replaced.

    Parameters
    ----------
    forcing : object
        ``at(time)`` gives the forcing of a step.
    first, last : int
        Years that are repeated; a year of the model that is ``last - first + 1`` later has the same weather. The 29th of
        February takes that of the 28th where the repeated year has none.
    """

    def __init__(self, forcing, first, last):
        self._forcing, self._first, self._length = forcing, first, last - first + 1

    def at(self, step_start):
        """Return the forcing of the step that starts at a model time (datetime64)."""
        return self._forcing.at(self.repeated(step_start))

    def repeated(self, time):
        """Return the time whose weather a model time gets."""
        year = int(np.datetime64(time, "Y").astype(np.int64)) + 1970
        return shift_years(time, self._first + (year - self._first) % self._length - year)
