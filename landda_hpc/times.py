"""Times that files and random numbers count from, and lengths of time."""

import numpy as np

EPOCH = np.datetime64("2000-01-01T00:00:00", "s")  # of observations and random numbers
UNIX_EPOCH = np.datetime64("1970-01-01T00:00:00", "s")  # of history files and the generated weather
SECONDS_PER_DAY = 86400
SECONDS_PER_YEAR = 365.25 * SECONDS_PER_DAY


def seconds_since(epoch, time):
    """Return the whole seconds from an epoch to a time (datetime64 or text)."""
    return int((np.datetime64(time, "s") - epoch).astype(np.int64))
