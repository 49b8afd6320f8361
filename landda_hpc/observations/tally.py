"""Counts of observations by product, six-hour window and reason code.

Stages count what they decided; put together they add up to what was received: the reading of a file counts every node, the
gridding moves accepted ones to duplicates and to cells without land, see :func:`merge_stages`.
"""

import numpy as np

from landda_hpc.observations.batch import time_of
from landda_hpc.observations.codes import ACCEPTED, N_CODES, count_codes, named_counts

WINDOW = 21600.0  # s
NO_TIME = np.iinfo(np.int64).min  # window of nodes without a time


def tally(product, time, code, window=WINDOW):
    """Return ``{(product, start of the window [s since 2000]): counts (N_CODES,)}``.

    Windows are half-open and start at multiples of their length from 2000-01-01 00 UTC.

    Parameters
    ----------
    product : str
    time : ndarray
        Seconds since 2000-01-01; those without one count in the window :data:`NO_TIME`.
    code : ndarray of int
    """
    time = np.asarray(time, np.float64)
    known = np.isfinite(time)
    start = np.where(known, np.floor(np.where(known, time, 0.0) / window) * window, 0.0).astype(np.int64)
    start[~known] = NO_TIME
    return {(product, int(first)): count_codes(np.asarray(code)[start == first]) for first in np.unique(start)}


def add_tallies(tallies):
    """Return the sum of tallies."""
    total = {}
    for one in tallies:
        for key, counts in one.items():
            total[key] = total.get(key, 0) + counts
    return dict(sorted(total.items()))


def merge_stages(earlier, later):
    """Return the tally in which what an earlier stage accepted is counted as the later one decided.

    Raises
    ------
    ValueError
        Where the later stage does not account for exactly what the earlier one accepted.
    """
    merged = {key: counts.copy() for key, counts in earlier.items()}
    for counts in merged.values():
        counts[ACCEPTED] = 0
    merged = add_tallies([merged, later])
    for key in merged:
        before, after = (np.asarray(stage.get(key, np.zeros(N_CODES, np.int64))) for stage in (earlier, later))
        if before[ACCEPTED] != after.sum():
            raise ValueError(f"{describe_key(key)}: {before[ACCEPTED]} observations were accepted, the next stage accounts "
                             f"for {after.sum()}")
    return merged


def describe_key(key):
    """Return product and window in words."""
    product, start = key
    return f"{product} {'without time' if start == NO_TIME else time_of(start).astype('datetime64[m]')}"


def tally_lines(counts_by_key):
    """Return a line per product and window: received and counts by code."""
    return [f"{describe_key(key)}: received {counts.sum()}; "
            + ", ".join(f"{name} {count}" for name, count in named_counts(counts).items())
            for key, counts in sorted(counts_by_key.items())]
