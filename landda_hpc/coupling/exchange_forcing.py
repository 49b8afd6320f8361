"""The forcing of the land from what an atmosphere gave for the six hours after each cycle."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.atmosphere import FORCING
from landda_hpc.coupling.column_files import read_columns, read_series
from landda_hpc.coupling.maps import same_places
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.file_forcing import FileForcing
from landda_hpc.forcing.gridded.timeline import Timeline
from landda_hpc.noah.types import Forcing
from landda_hpc.times import UNIX_EPOCH, seconds_since

WINDOW = 6 * 3600  # s
EXAMPLE = Forcing(280.0, 0.005, 3.0, 1.0, 9.0e4, 200.0, 300.0, 1.0e-5)
WIND = ("uwind", "vwind")
HEIGHTS = ("reference_height_temperature", "reference_height_wind")


class WindowField(NamedTuple):
    """A field of one window at the points: its timeline and its values ``(n, n_points)``."""

    timeline: Timeline
    values: np.ndarray

    def at(self, number):
        """Return the field at an instant or in an interval ``(n_points,)``."""
        return self.values[number]


class ExchangeForcing:
    """Forcing of one band of points, read from the files of the exchange, window by window.

    Parameters
    ----------
    paths : ExchangePaths
    latitude, longitude : ndarray (n_points,)
        Of this rank's points, degrees.
    start : datetime64
        Of the first window; before it the forcing is ``before``.
    time_step : int
        Of the land model [s].
    parameters : LandParameters
        Whose reference heights follow those of the lowest level, where the atmosphere gives them.
    before : object, optional
        ``at(time)`` gives the forcing of a spin-up.
    remap : callable
        ``remap(columns)`` returns the :class:`~landda_hpc.coupling.maps.ToPoints` of columns; all ranks call it together.
    elevation : ndarray (n_points,), optional
        Of the land [m]; the forcing is then corrected from the terrain of the atmosphere to it.
    """

    def __init__(self, paths, latitude, longitude, start, time_step, parameters, remap, before=None, elevation=None):
        self._paths, self._latitude, self._longitude, self._start = paths, latitude, longitude, np.datetime64(start, "s")
        self._time_step, self._parameters, self._remap, self._before = time_step, parameters, remap, before
        self._elevation = elevation
        self._columns = self._to_points = self._cycle = self._forcing = self._height = self._difference = None

    def example(self, time):
        """Return some forcing of the kind that :meth:`at` returns, also where nothing has been exchanged yet."""
        if self._before is not None:
            return self._before.at(time)
        return Forcing(*(np.full(len(self._latitude), value) for value in EXAMPLE))

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``(n_points,)``.

        Raises
        ------
        InputError
            For a file of the exchange that is missing or cannot be used.
        """
        time = np.datetime64(step_start, "s")
        if time < self._start:
            return self._before.at(time)
        cycle = self._start + np.timedelta64(seconds_since(self._start, time) // WINDOW * WINDOW, "s")
        if cycle != self._cycle:
            self._read(cycle)
        if self._height is not None:
            share = (seconds_since(cycle, time) + 0.5 * self._time_step) / self._height.timeline.step
            number = int(share)
            values = self._height.values
            for name in HEIGHTS:
                self._parameters[name][:] = values[number] + (values[number + 1] - values[number]) * (share - number)
        return self._forcing.at(time)

    def _read(self, cycle):
        path, end = self._paths.forcing(cycle), cycle + np.timedelta64(WINDOW, "s")
        if not path.exists():
            raise InputError(f"{path} is missing, the forcing of the land from {cycle} to {end} UTC. Resume from where it is "
                             "there, or start again in another folder.")
        columns = read_columns(path)
        if self._columns is None or not same_places(columns, self._columns):
            self._columns, self._to_points = columns, self._remap(columns)
            if self._elevation is not None:
                self._difference = self._elevation - self._to_points("tair", columns.elevation[None])[0]
        series = read_series(path, cycle, end, fields=(*FORCING, "zref"))
        wind = dict(zip(WIND, self._to_points.wind(*(series.fields[name] for name in WIND))))
        fields = {name: self._field(name, series, wind.get(name)) for name in series.fields if name in FORCING}
        self._height = self._field("zref", series) if "zref" in series.fields else None
        first = seconds_since(UNIX_EPOCH, cycle)
        self._forcing = FileForcing(fields, self._latitude, self._longitude, self._time_step, (first, first + WINDOW),
                                    self._difference, read_ahead=False)
        self._cycle = cycle

    def _field(self, name, series, at_points=None):
        """Return the :class:`WindowField` of a field; of means the intervals, which end at the times after the first.

        ``at_points`` are its values there, where these are known.
        """
        step = int((series.time[1] - series.time[0]) / np.timedelta64(1, "s"))
        values = series.fields[name][1:] if name in FORCING and FORCING[name].mean else series.fields[name]
        number = np.arange(len(values))
        timeline = Timeline(name, seconds_since(UNIX_EPOCH, series.time[0]), step, number, np.full(len(values), -1),
                            np.zeros(len(values), np.int64), number, np.zeros(len(values), np.int64))
        return WindowField(timeline, self._to_points(name, values) if at_points is None else at_points)
