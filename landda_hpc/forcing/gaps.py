"""Gaps in tower series: an even time axis, short holes filled and counted, long holes refused."""

import logging

import numpy as np

from landda_hpc.errors import InputError

DEFAULT_MAX_GAP = 0  # s, the longest hole that a straight line may cross; a missing value stops the run

logger = logging.getLogger(__name__)


def even_axis(path, times, interval, columns):
    """Return the evenly spaced times and the columns on them, records that the file lacks as NaN.

    Parameters
    ----------
    path : str
        For messages.
    times : ndarray of datetime64[s]
        Start of the records, strictly increasing, all multiples of `interval` after the first.
    interval : int
        [s].
    columns : dict of str to ndarray
    """
    seconds = (times - times[0]).astype("timedelta64[s]").astype(np.int64)
    steps = np.diff(seconds)
    if (steps <= 0).any():
        first = int(np.argmax(steps <= 0))
        raise InputError(f"{path}: the record after {times[first]} UTC is labelled {times[first + 1]} UTC; "
                         "expected increasing times. Sort the file and remove doubles.")
    if (seconds % interval).any():
        first = int(np.argmax(seconds % interval != 0))
        raise InputError(f"{path}: the record at {times[first]} UTC is not a multiple of {interval} s after the first "
                         f"({times[0]} UTC). Bring the file to even steps.")
    place = seconds // interval
    full = times[0] + np.arange(place[-1] + 1) * np.timedelta64(int(interval), "s")
    spread = {}
    for name, values in columns.items():
        spread[name] = np.full(full.size, np.nan)
        spread[name][place] = values
    return full, spread


def holes(values):
    """Return ``(start, length)`` of each run of NaN, as two integer arrays."""
    missing = np.concatenate([[False], np.isnan(values), [False]])
    edges = np.flatnonzero(np.diff(missing.astype(np.int8)))
    return edges[::2], edges[1::2] - edges[::2]


def fill_linear(path, name, times, interval, values, max_gap=DEFAULT_MAX_GAP):
    """Return the series with holes up to `max_gap` seconds filled by straight lines, and the notes on that.

    A hole at an end of the record is filled with the nearest value. Longer holes raise :class:`InputError` that names
    file, variable, first time and the number of missing values.
    """
    starts, lengths = holes(values)
    if not starts.size:
        return values, ()
    too_long = lengths * interval > max_gap
    if too_long.any() or lengths.sum() == values.size:
        first = starts[np.argmax(too_long)] if too_long.any() else starts[0]
        longest = int(lengths.max()) * interval / 3600.0
        raise InputError(
            f"{path}: {name} is missing in {int(lengths.sum())} of {values.size} records.\n"
            f"  first    {times[first]} UTC, the first of {too_long.sum()} holes longer than {max_gap / 3600:g} h; "
            f"the longest is {longest:g} h\n"
            f"  try      max_gap: {int(longest * 3600)} (seconds) fills it by a straight line, "
            "or choose another period")
    present = ~np.isnan(values)
    index = np.arange(values.size)
    filled = np.where(present, values, np.interp(index, index[present], values[present]))
    note = (f"{name}: {int(lengths.sum())} missing records in {starts.size} holes (longest "
            f"{lengths.max() * interval / 3600:g} h, first {times[starts[0]]} UTC) filled by straight lines")
    logger.warning("%s: %s", path, note)
    return filled, (note,)


def fill_dry(path, name, times, interval, values, max_gap=DEFAULT_MAX_GAP):
    """Return precipitation with holes up to `max_gap` seconds taken as dry, and the notes on that.

    Rain does not lie on a line between its neighbours, so a missing value becomes zero, which can only lose water; the
    note says how many. Longer holes raise :class:`InputError`.
    """
    starts, lengths = holes(values)
    if not starts.size:
        return values, ()
    too_long = lengths * interval > max_gap
    if too_long.any():
        first = starts[np.argmax(too_long)]
        raise InputError(
            f"{path}: {name} is missing in {int(lengths.sum())} of {values.size} records.\n"
            f"  first    {times[first]} UTC, the first of {too_long.sum()} holes longer than {max_gap / 3600:g} h\n"
            f"  try      missing_precipitation: zero takes them as dry and counts them, or choose another period")
    note = (f"{name}: {int(lengths.sum())} missing records in {starts.size} holes (longest "
            f"{lengths.max() * interval / 3600:g} h, first {times[starts[0]]} UTC) taken as dry")
    logger.warning("%s: %s", path, note)
    return np.nan_to_num(values, nan=0.0), (note,)
