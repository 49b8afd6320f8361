"""Daily precipitation of gauges in files of CPC, found by day."""

import functools
from pathlib import Path

import numpy as np

from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import cpc
from landda_hpc.times import SECONDS_PER_DAY

OPEN_FILES = 2  # a year of days each


class GaugeFiles:
    """Daily precipitation of CPC.

    Attributes
    ----------
    grid : Grid
    days : set of float
        Starts of the days [s since 2000-01-01], taken as 00 to 24 UTC.

    Raises
    ------
    InputError
        For files of something else and without any.
    """

    def __init__(self, paths):
        self._places = {}
        for path in all_files(paths):
            field = _gauges(path)
            self._places |= {float(time): (path, index) for index, time in enumerate(field.time)}
        if not self._places:
            raise InputError(f"{', '.join(map(str, paths))}: no files of daily precipitation.")
        self.grid = Grid.of_centres(field.latitude, field.longitude)
        self.days = set(self._places)

    def daily_rain(self, day):
        """Return the rain [mm] of a day ``(n_cells,)``, NaN without gauges."""
        path, index = self._places[day]
        return _gauges(path).values[index].astype(np.float64).ravel() * SECONDS_PER_DAY


def all_files(paths):
    """Return the files that paths name and that lie in folders among them, those of a folder by name."""
    return [file for path in map(Path, paths)
            for file in (sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path])]


@functools.lru_cache(maxsize=OPEN_FILES)
def _gauges(path):
    """Return the field of precipitation of a file."""
    try:
        read = cpc.read_cpc_binary if cpc.is_binary(path) else cpc.read_cpc
        fields = read(path, ("precipitation",))
    except ProductRefusal as refusal:
        raise InputError(f"{path} cannot be read as daily precipitation of CPC: {refusal.found}") from refusal
    return fields[0]
