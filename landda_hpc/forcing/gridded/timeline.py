"""When each field of a set of files has values: an even axis of instants or intervals, and the record that each comes from.

Accumulations that share a start (ERA5-Land from 00 UTC, forecasts from their beginning) are taken apart: an interval is the
difference of two records. The first record of a day stands alone.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.clock import day_start, time_text
from landda_hpc.forcing.gridded.files import OFF
from landda_hpc.forcing.gridded.quantities import QUANTITIES, RUNNING

NONE = -1
LABELS = {"start": 1.0, "middle": 0.5, "end": 0.0}  # of the interval that lies behind its label


class Timeline(NamedTuple):
    """The records of one field.

    Attributes
    ----------
    field : str
    first, step : int
        First instant, or start of the first interval [s since 1970], and what is between two [s].
    record, before : ndarray of int64 (n,)
        Number of the record of each instant or interval, and of the record that is subtracted from it; ``NONE`` if there
        is none.
    file, place : ndarray of int64 (n_records,)
        Number of the file of each record and its place there.
    seconds : ndarray of int64 (n_records,)
        Length of the interval of each record, 0 for instants.
    """

    field: str
    first: int
    step: int
    record: np.ndarray
    before: np.ndarray
    file: np.ndarray
    place: np.ndarray
    seconds: np.ndarray

    @property
    def n(self):
        """Instants or intervals."""
        return len(self.record)

    def time(self, number):
        """Return an instant or the start of an interval [s since 1970]."""
        return self.first + number * self.step

    def number(self, seconds):
        """Return the interval that a time lies in, or the last instant not after it."""
        return (seconds - self.first) // self.step

    def span(self, number):
        """Return an instant or interval in words."""
        start = self.time(number)
        return time_text(start) if not QUANTITIES[self.field].flux else f"{time_text(start)} to {time_text(start + self.step)}"


def make_timeline(field, scans, label="end", duplicates="error", window=None):
    """Return the :class:`Timeline` of a field.

    Parameters
    ----------
    field : str
    scans : sequence of Scan
        In the order of the files.
    label : str
        What a time names where neither the file nor the product says: ``start``, ``middle`` or ``end`` of the interval.
    duplicates : str
        Of records for the same time: ``error``, ``first`` or ``last`` in the order of the files.
    window : tuple of int, optional
        Only what touches it [s since 1970]; double records elsewhere do not matter.

    Raises
    ------
    InputError
        For double and overlapping records and for times that are not even.
    """
    flux = QUANTITIES[field].flux
    parts = [(number, scan.fields[field]) for number, scan in enumerate(scans) if field in scan.fields]
    file = np.concatenate([np.full(len(found.times), number, np.int64) for number, found in parts])
    place = np.concatenate([found.places for _, found in parts])
    end = np.concatenate([found.times for _, found in parts])
    start, end = _starts(field, scans, parts, label) if flux else (end, end)
    order = np.lexsort((end, start))
    file, place, start, end = (values[order] for values in (file, place, start, end))
    before = np.full(len(end), NONE)
    begin = start.copy()
    if flux:
        file, place, start, end = _single(field, scans, duplicates, window, (file, place, start, end))
        same = np.concatenate([[False], start[1:] == start[:-1]])
        before, begin = np.where(same, np.arange(len(end)) - 1, NONE), np.where(same, np.roll(end, 1), start)
    if window is not None:
        inside = (end >= window[0]) & (begin <= window[1])
    else:
        inside = np.ones(len(end), bool)
    record = np.flatnonzero(inside)
    if not record.size:
        raise InputError(f"forcing.files: none of the {len(end)} records of {field} lies within {time_text(window[0])} and "
                         f"{time_text(window[1])} UTC; they cover {time_text(begin.min())} to {time_text(end.max())}.")
    return _even(field, scans, duplicates, flux, (file, place, begin, end, before, end - start), record)


def _starts(field, scans, parts, label):
    """Return starts and ends of the intervals of a flux."""
    starts, ends = [], []
    common = None
    for number, found in parts:
        start, end = found.starts.copy(), found.times.copy()
        unknown = start == OFF
        if found.kind == RUNNING:
            start[unknown] = day_start(end[unknown])
        elif unknown.any():
            length = found.interval
            if length is None:
                if common is None:
                    common = _spacing(field, scans, parts)
                length = common
            shift = 0 if found.interval is not None and scans[number].format != "cf" else round(LABELS[label] * length)
            end[unknown] += shift
            start[unknown] = end[unknown] - length
        starts.append(start)
        ends.append(end)
    return np.concatenate(starts), np.concatenate(ends)


def _spacing(field, scans, parts):
    """Return the most common distance of the times of a field in all files."""
    times = np.unique(np.concatenate([found.times for _, found in parts]))
    if len(times) < 2:
        raise InputError(f"{scans[parts[0][0]].path}: {field} has a single time and no bounds; over which time it is a mean or "
                         "sum is not known. Give forcing.interval.")
    steps, counts = np.unique(np.diff(times), return_counts=True)
    return int(steps[np.argmax(counts)])


def _single(field, scans, duplicates, window, records):
    """Return records without those that have the same start and end as another."""
    file, place, start, end = records
    double = np.concatenate([[False], (start[1:] == start[:-1]) & (end[1:] == end[:-1])])
    _refuse_double(field, scans, duplicates, file, end, double if window is None else
                   double & (end > window[0]) & (start < window[1]))
    if not double.any():
        return records
    keep = ~double if duplicates == "first" else ~np.append(double[1:], False)
    return tuple(values[keep] for values in records)


def _refuse_double(field, scans, duplicates, file, time, double):
    if duplicates == "error" and double.any():
        first = int(np.argmax(double))
        raise InputError(
            f"forcing.files: {field} of {time_text(time[first])} UTC is in two records, of {scans[file[first - 1]].path} and "
            f"{scans[file[first]].path}; {int(double.sum())} such times.\n  Remove one, or set forcing.duplicates to first "
            "or last, in the order of the files.")


def _even(field, scans, duplicates, flux, records, chosen):
    """Return the timeline of the chosen records on even steps."""
    file, place, begin, end, before, seconds = records
    chosen = chosen[np.argsort(begin[chosen], kind="stable")]
    if flux:
        lengths, counts = np.unique(end[chosen] - begin[chosen], return_counts=True)
        step = int(lengths[np.argmax(counts)])
        whole = (end[chosen] - begin[chosen]) == step
        odd = chosen[~whole & ((end[chosen] - begin[chosen]) % step != 0)]
        chosen = chosen[whole]  # longer ones, whose first part is not there, count as missing
    else:
        unique = np.unique(begin[chosen])
        steps, counts = np.unique(np.diff(unique), return_counts=True)
        step = int(steps[np.argmax(counts)]) if len(steps) else 0
        odd = np.empty(0, np.int64)
    if step <= 0:
        step = 3600  # a single instant
    first = int(begin[chosen[0]])
    number, rest = np.divmod(begin[chosen] - first, step)
    wrong = odd if odd.size else chosen[rest != 0]
    if wrong.size:
        raise InputError(f"{scans[file[wrong[0]]].path}: {field} of {time_text(end[wrong[0]])} UTC does not fit into even "
                         f"steps of {step} s from {time_text(first)} UTC (lasting {end[wrong[0]] - begin[wrong[0]]} s). Split "
                         "files of different steps into runs of their own.")
    double = np.concatenate([[False], number[1:] == number[:-1]])
    _refuse_double(field, scans, duplicates, file[chosen], end[chosen], double)
    record = np.full(int(number[-1]) + 1, NONE)
    order = slice(None, None, -1) if duplicates == "first" else slice(None)
    record[number[order]] = chosen[order]  # of double ones the last that is written stays
    known = record != NONE
    taken_before = np.where(known, before[record], NONE)
    return Timeline(field, first, step, record, taken_before, file, place, seconds)


class Gap(NamedTuple):
    """Instants or intervals without a record: the first, how many, and whether the records go on at both ends."""

    first: int
    length: int
    inside: bool


def gaps(timeline, first, last):
    """Return the :class:`Gap` s of a timeline that touch the instants or intervals ``first`` to ``last``."""
    low, high = min(first, 0), max(last, timeline.n - 1)
    missing = np.ones(high - low + 1, bool)
    missing[-low:timeline.n - low] = timeline.record == NONE
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    found = [Gap(int(start) + low, int(stop - start), start > 0 and stop < len(missing))
             for start, stop in zip(edges[::2], edges[1::2])]
    # Beyond the records only what is wanted counts.
    found = [gap if gap.inside else _within(gap, first, last, timeline.n) for gap in found]
    return [gap for gap in found if gap.length > 0 and gap.first <= last and gap.first + gap.length > first]


def _within(gap, first, last, n):
    start, stop = gap.first, gap.first + gap.length
    start, stop = (max(start, first), stop) if start < 0 else (start, min(stop, last + 1) if stop > n else stop)
    return Gap(start, stop - start, False)
