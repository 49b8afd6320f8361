"""Rain of a day of a forecast from what files hold of it: rates over intervals, sums over them, or sums since the start.

Sums of ECMWF are of both kinds of precipitation (``tp``) or of the convective and the large-scale part apart (``cp``,
``lsp``), which are added.
"""

import functools

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.batch import time_of
from landda_hpc.references.file_index import PARTS, RATE, SUM

NEGLIGIBLE = 1.0e-6  # kg m-2 s-1, by which a sum may fall: packing into few bits


class Rain:
    """Precipitation of the forecasts of one experiment; starts are [s since 2000-01-01]."""

    def __init__(self):
        self._kinds = {}

    def add(self, rain):
        """Add what :class:`~landda_hpc.references.file_index.FileIndex` holds of the rain of a file."""
        for key, intervals in rain.items():
            self._kinds.setdefault(key, {}).update(intervals)

    def starts(self):
        """Return the starts of forecasts of rain, ascending."""
        return sorted({start for _, start in self._kinds})

    def between(self, start, first, last):
        """Return the rain [mm] of a forecast between two times and its grid, None where files do not cover them."""
        for kinds in ((SUM,), (RATE,), PARTS):
            found = [_between(self._kinds.get((kind, start), {}), start, first, last) for kind in kinds]
            if all(one is not None for one in found):
                return functools.reduce(_total, found)
        return None


def _total(one, other):
    return one[0] + other[0], one[1]


def _between(intervals, start, first, last):
    """Return the sum of a kind: of an interval, as the difference of two sums since the start, or of a chain of intervals."""
    if (first, last) in intervals:
        return _checked(*intervals[first, last](), start, first, last)
    if (start, last) in intervals and (start, first) in intervals:
        (later, source), (earlier, _) = intervals[start, last](), intervals[start, first]()
        return _checked(later - earlier, source, start, first, last)
    chain, edge = [], first
    while edge < last:
        ends = [end for begin, end in intervals if begin == edge and end <= last]
        if not ends:
            return None
        chain.append((edge, max(ends)))
        edge = chain[-1][1]
    return functools.reduce(_total, [_checked(*intervals[piece](), start, *piece) for piece in chain])


def _checked(values, source, start, first, last):
    """Return rain without the small negative numbers of packed sums; larger ones say that it is not what it is taken for."""
    least = np.min(values, initial=0.0, where=np.isfinite(values))
    if least < -NEGLIGIBLE * (last - first):
        raise InputError(f"The rain of the forecast of {_hour(start)} UTC is {least:.3g} mm from {_hour(first)} to "
                         f"{_hour(last)}: a sum since the start cannot fall. Are its sums of single intervals? Give GRIB, "
                         "whose messages tell their intervals, or rates (kg m-2 s-1).")
    return np.where(values < 0.0, 0.0, values), source


def _hour(seconds):
    return str(time_of(seconds).astype("datetime64[m]"))
