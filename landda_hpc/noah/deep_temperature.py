"""The deep-soil temperature that follows the surface temperature with a lag (spec of Noah 3.3, appendix C).

It is 0.6 of last year's mean surface temperature and 0.4 of the mean of the last days. The land model has one deep
temperature per point, so an ensemble follows the mean of its members.
"""

import numpy as np

from landda_hpc.times import SECONDS_PER_DAY

YEAR_WEIGHT, DAYS_WEIGHT = 0.6, 0.4


class LaggedDeepTemperature:
    """Memory of the surface temperature of each point.

    Parameters
    ----------
    lag : int
        Days that the short mean covers.
    initial : ndarray (n_points,)
        Deep temperature at the start [K], which fills the memory.

    Attributes
    ----------
    daily : ndarray (lag, n_points)
        Means of the last days, newest last [K].
    running : ndarray (4, n_points)
        Integral [K s] and seconds of the present day, sum [K] and number of the days of the year.
    last_year : ndarray (n_points,)
        Mean of the year before [K].
    """

    def __init__(self, lag, initial):
        self.daily = np.repeat(np.asarray(initial, np.float64)[None, :], lag, axis=0)
        self.last_year = np.array(initial, np.float64)
        self.running = np.zeros((4, len(self.last_year)))

    def update(self, surface_temperature, end, time_step, deep_temperature):
        """Count one step; at the end of a day set ``deep_temperature`` ``(n_points,)`` in place.

        Parameters
        ----------
        surface_temperature : ndarray (n_points,)
            Mean of snow and snow-free ground [K].
        end : datetime64
            End of the step, UTC.
        time_step : float
            [s]
        """
        self.running[0] += surface_temperature * time_step
        self.running[1] += time_step
        day, days_of_year = _day_of_year(end)
        if abs(day - np.round(day)) * SECONDS_PER_DAY >= 0.5 * time_step:
            return
        deep_temperature[:] = YEAR_WEIGHT * self.last_year + DAYS_WEIGHT * self.daily.mean(axis=0)
        newest = self.running[0] / self.running[1]
        self.daily[:-1] = self.daily[1:]
        self.daily[-1] = newest
        self.running[:2] = 0.0
        ends_year = days_of_year - (day - 1.0 + time_step / SECONDS_PER_DAY) <= 1.0
        if ends_year and (self.running[3] > 0.0).all():
            self.last_year[:] = self.running[2] / self.running[3]
            self.running[2:] = 0.0
        elif not ends_year:
            self.running[2] += newest
            self.running[3] += 1.0


def _day_of_year(time):
    """Return the day of the year, 1.0 at its start, and the days of the year; leap years are those divisible by 4."""
    time = np.datetime64(time, "s")
    year = time.astype("datetime64[Y]")
    seconds = (time - year.astype("datetime64[s]")).astype(np.int64)
    number = year.astype(np.int64) + 1970
    return 1.0 + seconds / SECONDS_PER_DAY, 366 if number % 4 == 0 else 365
