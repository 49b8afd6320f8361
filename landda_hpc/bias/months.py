"""From times to rows of the tables: calendar months, days of the year, and blending between mid-months.

A day of the year counts as in a leap year (1 March is always day 61), so that a date has the same row in every year.
"""

import numpy as np


def month_of(times):
    """Return the calendar month, 1 to 12, of UTC times (datetime64)."""
    return np.asarray(times, "datetime64[M]").astype(np.int64) % 12 + 1


def day_of_year(times):
    """Return the day of a leap year, 1 to 366, of UTC times (datetime64)."""
    days = np.asarray(times, "datetime64[D]")
    months = days.astype("datetime64[M]")
    in_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    first = np.cumsum([1, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
    return first[months.astype(np.int64) % 12] + in_month


def _middle(months):
    """Return the middle of months as seconds since 1970."""
    begin = months.astype("datetime64[s]").astype(np.float64)
    end = (months + 1).astype("datetime64[s]").astype(np.float64)
    return 0.5 * (begin + end)


def blend_of(times):
    """Return the other of the two nearest mid-months and its weight, for ``month_blend: linear``.

    Parameters
    ----------
    times : array of datetime64 (n_obs,)

    Returns
    -------
    other : ndarray of int64 (n_obs,)
        The calendar month before or after that of the time.
    weight : ndarray (n_obs,)
        Of the other month: 0 in the middle of the month, about 0.5 at its ends.
    """
    times = np.asarray(times, "datetime64[s]")
    months = times.astype("datetime64[M]")
    seconds, own = times.astype(np.float64), _middle(months)
    neighbour = np.where(seconds >= own, months + 1, months - 1)
    weight = (seconds - own) / (_middle(neighbour) - own)
    return neighbour.astype(np.int64) % 12 + 1, weight
