"""Forcing of a few years, again and again, for a spin-up."""

import numpy as np


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
        time = np.datetime64(time, "s")
        month = time.astype("datetime64[M]")
        year = int(month.astype(np.int64)) // 12 + 1970
        new_year = self._first + (year - self._first) % self._length
        new_month = month + np.timedelta64(12 * (new_year - year), "M")
        length = ((new_month + 1).astype("datetime64[D]") - new_month.astype("datetime64[D]")).astype(np.int64)
        day = min(int((time.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)), int(length) - 1)
        return (new_month.astype("datetime64[D]") + day).astype("datetime64[s]") + (time - time.astype("datetime64[D]"))
