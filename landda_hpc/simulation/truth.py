"""What the simulators ask of a truth run: its domain and what a satellite feels of its surface, by windows of time."""

from typing import NamedTuple, Protocol

import numpy as np

from landda_hpc.errors import InputError

#: Fields of a window, each ``(n_times, n_points)``, with units.
SURFACE_FIELDS = {"soil_moisture": "m3 m-3", "soil_temperature": "K", "snow_water_equivalent": "kg m-2",
                  "skin_temperature": "K"}


class Surface(NamedTuple):
    """The truth at places and times of observations ``(n,)``; ``known`` is False where it has no states around the time."""

    soil_moisture: np.ndarray
    soil_temperature: np.ndarray
    snow_water_equivalent: np.ndarray
    skin_temperature: np.ndarray
    known: np.ndarray

    def covered(self, least_snow=1.0, freezing=273.15):
        """Return where the ground is frozen or under snow of more than so many kg m-2."""
        return (self.soil_temperature <= freezing) | (self.snow_water_equivalent > least_snow)


class TruthWindow(NamedTuple):
    """Uppermost layer and surface of the truth over some time.

    Attributes
    ----------
    seconds : ndarray (n_times,)
        Times of the states, ascending [s since 2000-01-01 00:00 UTC].
    fields : dict of str to ndarray (n_times, n_points)
        Those of :data:`SURFACE_FIELDS`.
    """

    seconds: np.ndarray
    fields: dict

    def at(self, point, seconds):
        """Return the :class:`Surface` at points ``(n,)`` and times ``(n,)`` [s], linear in time between the states."""
        after = np.clip(np.searchsorted(self.seconds, seconds, side="right"), 1, len(self.seconds) - 1)
        before = after - 1
        weight = (seconds - self.seconds[before]) / (self.seconds[after] - self.seconds[before])
        values = {name: (1.0 - weight) * self.fields[name][before, point] + weight * self.fields[name][after, point]
                  for name in SURFACE_FIELDS}
        return Surface(**values, known=(weight >= 0.0) & (weight <= 1.0))


class Truth(Protocol):
    """A truth run.

    Attributes
    ----------
    domain : Domain
        Its land points, cells counted on the globe.
    """

    domain: object

    def window(self, start, end):
        """Return a :class:`TruthWindow` with all states from the last one at or before ``start`` to the first at or after
        ``end`` [s since 2000-01-01 00:00 UTC], as far as there are any; at least two."""


class ArrayTruth:
    """A truth held in memory.

    Parameters
    ----------
    domain : Domain
    seconds : ndarray (n_times,)
        Times of the states [s since 2000-01-01 00:00 UTC], at least two, ascending.
    fields : dict of str to ndarray (n_times, n_points)
        Those of :data:`SURFACE_FIELDS`.

    Raises
    ------
    InputError
        For a field that is missing or has another shape.
    """

    def __init__(self, domain, seconds, fields):
        self.domain, self._seconds = domain, np.asarray(seconds, np.float64)
        shape = (len(self._seconds), domain.n_total)
        for name in SURFACE_FIELDS:
            if name not in fields or fields[name].shape != shape:
                found = fields[name].shape if name in fields else "none"
                raise InputError(f"truth: {name} has the shape {found}, expected {shape} (times, points).")
        if len(self._seconds) < 2 or (np.diff(self._seconds) <= 0.0).any():
            raise InputError("truth: at least two states in ascending order of time are needed.")
        self._fields = fields

    def window(self, start, end):
        """See :meth:`Truth.window`."""
        first = max(np.searchsorted(self._seconds, start, side="right") - 1, 0)
        stop = min(np.searchsorted(self._seconds, end, side="left") + 1, len(self._seconds))
        if stop - first < 2:
            first, stop = max(min(first, len(self._seconds) - 2), 0), max(stop, 2)
        part = slice(first, stop)
        return TruthWindow(self._seconds[part], {name: self._fields[name][part] for name in SURFACE_FIELDS})
