"""What was found in one product file."""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.batch import ObservationBatch, time_of
from landda_hpc.observations.codes import N_CODES, named_counts
from landda_hpc.observations.refusal import ProductRefusal

LONGEST_ORBIT = 86400.0  # s, more than any orbit lasts
LONGEST_DAY = 1.5 * 86400.0  # s, that the passes of a daily file are within
EARLIEST, LATEST = -1.0e9, 2.5e9  # s since 2000: 1968 and 2079


class FileReport(NamedTuple):
    """What a file is and how much of it was accepted.

    Attributes
    ----------
    path, product, container, description : str
        ``container`` is netcdf, bufr, native or hdf5.
    satellites : tuple of str
    n_nodes, n_valid : int
        Nodes or cells of the file; those with a retrieval, whatever its quality.
    first_time, last_time : float
        Of the nodes [s since 2000-01-01 UTC], NaN if there are none.
    box : tuple of float
        South, north, west, east [degrees] of the retrievals, NaN if there are none.
    n_ascending : int
        Retrievals of ascending passes.
    tally : dict
        Counts by code and window over all nodes (:mod:`landda_hpc.observations.tally`).
    flags : dict
        For every flag word or percentage ``{name: {value or text: count}}`` over the retrievals.
    notes : tuple of str
        What a user should know.
    processed : float
        Time of processing [s since 2000-01-01 UTC], NaN if the file does not tell.
    release : str
        Version of the product, of which the later one is the larger text; empty if the file does not tell.
    """

    path: str
    product: str
    container: str
    description: str
    satellites: tuple
    n_nodes: int
    n_valid: int
    first_time: float
    last_time: float
    box: tuple
    n_ascending: int
    tally: dict
    flags: dict
    notes: tuple = ()
    processed: float = np.nan
    release: str = ""

    @property
    def counts(self):
        """Number of nodes of every code ``(N_CODES,)``."""
        return sum(self.tally.values(), np.zeros(N_CODES, np.int64))


class Product(NamedTuple):
    """The retrievals of a file, accepted or not, and its report."""

    batch: ObservationBatch
    report: FileReport


def coverage(batch):
    """Return the box (south, north, west, east) of a batch [degrees]; NaN without observations."""
    if not batch.size:
        return (np.nan,) * 4
    return tuple(float(value) for value in (batch.latitude.min(), batch.latitude.max(), batch.longitude.min(),
                                            batch.longitude.max()))


def check_plausible(batch, path, longest=LONGEST_ORBIT):
    """Return a batch; refuse the file if its retrievals lie outside the globe or time, or farther apart than ``longest`` [s].

    Raises
    ------
    ProductRefusal
    """
    outside = ~((np.abs(batch.latitude) <= 90.0) & (np.abs(batch.longitude) <= 180.0))
    if outside.any():
        raise ProductRefusal(path, "inconsistent", f"{outside.sum()} of {batch.size} retrievals lie beyond the poles, the "
                             f"first at {batch.latitude[np.argmax(outside)]:.3f} N.", "Fetch it again.")
    check_times(batch.time, path, longest)
    return batch


def check_times(time, path, longest):
    """Refuse a file whose times [s since 2000-01-01 UTC] no calendar has, or that are farther apart than ``longest`` [s].

    Raises
    ------
    ProductRefusal
    """
    first, last = span(time)
    if last - first > longest or first < EARLIEST or last > LATEST:
        raise ProductRefusal(path, "inconsistent", f"times from {_date(first)} to {_date(last)}, expected one "
                             f"{'orbit' if longest == LONGEST_ORBIT else 'day'}.", "Fetch it again.")


def _date(seconds):
    """Return a time in words, also one that no calendar has."""
    return str(time_of(seconds)) if EARLIEST < seconds < LATEST else f"{seconds:g} s after 2000"


def span(time):
    """Return first and last of the known times [s], NaN without any."""
    known = np.asarray(time)[np.isfinite(time)]
    return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)


def value_counts(words):
    """Return ``{value: count}`` of integers."""
    values, counts = np.unique(words, return_counts=True)
    return {int(value): int(count) for value, count in zip(values, counts)}


def bit_counts(words, meanings):
    """Return ``{meaning: count}`` of the bits that are set; ``meanings`` from the least significant bit on."""
    words = np.asarray(words, np.int64)
    counted = {meaning: int(((words >> bit) & 1).sum()) for bit, meaning in enumerate(meanings)}
    return {meaning: count for meaning, count in counted.items() if count}


def describe_report(report):
    """Return a report as text, a few lines."""
    times = [str(time_of(time))[:19] for time in (report.first_time, report.last_time)]
    south, north, west, east = report.box
    lines = [report.path, f"  {report.description}", f"  satellite   {', '.join(report.satellites) or 'unknown'}",
             f"  time        {times[0]} to {times[1]} UTC",
             f"  nodes       {report.n_nodes}, with a retrieval {report.n_valid}"]
    if report.n_valid:
        lines += [f"  coverage    {south:.2f} to {north:.2f} N, {west:.2f} to {east:.2f} E",
                  f"  pass        ascending {report.n_ascending}, descending {report.n_valid - report.n_ascending}"]
    for name, counted in report.flags.items():
        lines.append(f"  {name}: " + (", ".join(f"{value}: {count}" for value, count in counted.items()) or "nothing set"))
    lines.append("  quality     " + ", ".join(f"{name} {count}" for name, count in named_counts(report.counts).items()))
    return "\n".join(lines + [f"  note        {note}" for note in report.notes])
