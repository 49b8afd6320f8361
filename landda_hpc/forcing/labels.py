"""From the time labels of a file to the UTC start of its records."""

import numpy as np

from landda_hpc.errors import ConfigError, InputError

LABELS = ("start", "end", "middle")


def utc_starts(labels, interval, position, utc_offset=0.0):
    """Return the UTC start of each record.

    Parameters
    ----------
    labels : ndarray of datetime64
        As in the file.
    interval : int
        Length of a record [s].
    position : str
        What a label names: the ``start``, ``middle`` or ``end`` of its record.
    utc_offset : float
        Clock of the file minus UTC [h], -7 for Mountain Standard Time.
    """
    if position not in LABELS:
        raise ConfigError(f"Time labels {position!r} are not known; expected one of {', '.join(LABELS)}.")
    shift = {"start": 0, "middle": interval // 2, "end": interval}[position] + round(utc_offset * 3600)
    return labels.astype("datetime64[s]") - np.timedelta64(int(shift), "s")


def label_note(position, utc_offset, reason):
    """Return the sentence for the notes of a record."""
    clock = "UTC" if utc_offset == 0 else f"UTC{utc_offset:+g} h"
    return f"time labels: {clock}, naming the {position} of the record ({reason})"


def labels_from_parts(path, years, months, days, hours, minutes=0):
    """Return datetime64[s] from calendar numbers; raises :class:`InputError` for impossible dates."""
    years, months, days, hours, minutes = (np.asarray(part, dtype=np.int64)
                                           for part in (years, months, days, hours, minutes))
    month_start = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (months - 1)
    date = month_start.astype("datetime64[D]") + (days - 1)
    wrong = (months < 1) | (months > 12) | (date.astype("datetime64[M]") != month_start) | (hours < 0) | (hours > 24)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(f"{path}: record {row + 1} has the impossible date {years[row]}-{months[row]}-{days[row]} "
                         f"{hours[row]} h.")
    return date.astype("datetime64[s]") + (hours * 3600 + minutes * 60).astype("timedelta64[s]")
