"""Times of files: origins, calendars, and seconds since 1970 for all that follows."""

import cftime
import numpy as np

from landda_hpc.times import SECONDS_PER_DAY, UNIX_EPOCH

GREGORIAN = ("standard", "gregorian", "proleptic_gregorian", "")
WITHOUT_LEAP_DAY = ("noleap", "365_day")
READ = (*GREGORIAN[:3], *WITHOUT_LEAP_DAY)


def seconds_of_times(numbers, units, calendar):
    """Return whole seconds since 1970-01-01 UTC of the times of a file, int64.

    Days of a calendar without leap days keep their dates; what such a file lacks, 29 February, :func:`leap_days` gives.

    Raises
    ------
    ValueError
        For units that are not understood, for missing times, and for calendars whose dates are none of ours.
    """
    calendar = str(calendar).lower()
    if calendar not in (*GREGORIAN, *WITHOUT_LEAP_DAY):
        raise ValueError(f"calendar {calendar!r}, expected one of {', '.join(READ)}")
    numbers = np.atleast_1d(np.asarray(numbers, np.float64))
    if not np.isfinite(numbers).all():
        raise ValueError("a time is missing")
    dates = cftime.num2date(numbers, units.strip(), calendar or "standard", only_use_cftime_datetimes=True)
    origin = cftime.datetime(1970, 1, 1, calendar="proleptic_gregorian")
    whole = [cftime.datetime(date.year, date.month, date.day, date.hour, date.minute, date.second, date.microsecond,
                             calendar="proleptic_gregorian") for date in dates]
    return np.array([round((date - origin).total_seconds()) for date in whole], np.int64)


def leap_days(seconds, calendar):
    """Return indices of the times on 28 February that stand for the 29th in leap years of a calendar without one."""
    if str(calendar).lower() not in WITHOUT_LEAP_DAY:
        return np.empty(0, np.int64)
    days = (UNIX_EPOCH + seconds.astype("timedelta64[s]")).astype("datetime64[D]")
    march = days + np.timedelta64(1, "D")
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    is_28 = (days - first == np.timedelta64(27, "D")) & (days.astype("datetime64[M]").astype(np.int64) % 12 == 1)
    return np.flatnonzero(is_28 & (march.astype("datetime64[M]") == days.astype("datetime64[M]")))


def day_start(seconds):
    """Return the 00 UTC that a running accumulation with this time label began at; 00 UTC itself ends the day before."""
    return (seconds - 1) // SECONDS_PER_DAY * SECONDS_PER_DAY


def time_text(seconds):
    """Return a time as ISO text."""
    return str(UNIX_EPOCH + np.timedelta64(int(seconds), "s"))[:16]
