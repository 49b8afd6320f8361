"""Times that a file counts from an origin of its own, such as ``days since 1900-01-01 00:00:00``."""

import re

import numpy as np

from landda_hpc.observations.batch import seconds_of

UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}  # s
_PATTERN = re.compile(r"\s*(second|minute|hour|day)s?\s+since\s+(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})"
                      r"(?::(\d{1,2})(?:\.\d*)?)?)?(?:\s*(?:UTC|Z|[+-]00?:?00))?\s*$", re.IGNORECASE)
LONGEST = 3.0e10  # s, a thousand years


def seconds_since_2000(numbers, units):
    """Return seconds since 2000-01-01 00:00 UTC to the millisecond; NaN for numbers that are no times.

    Raises
    ------
    ValueError
        For units that are not understood.
    """
    found = _PATTERN.match(units)
    if not found:
        raise ValueError(f"time in {units!r}, expected seconds, minutes, hours or days since a date")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    origin = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}")
    with np.errstate(over="ignore", invalid="ignore"):
        seconds = np.asarray(numbers, np.float64) * UNITS[found[1].lower()] + float(seconds_of(origin))
    seconds = np.where(np.abs(seconds) < LONGEST, seconds, np.nan)
    return np.rint(seconds * 1000.0) / 1000.0
