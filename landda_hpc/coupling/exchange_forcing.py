"""The forcing of the land from what an atmosphere gave for the six hours after each cycle."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.atmosphere import FORCING
from landda_hpc.coupling.column_files import read_series
from landda_hpc.coupling.column_places import read_columns
from landda_hpc.coupling.maps import same_places, to_points
from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.file_forcing import FileForcing
from landda_hpc.forcing.gridded.timeline import Timeline
from landda_hpc.noah.types import Forcing
from landda_hpc.parallel import on_root
from landda_hpc.times import UNIX_EPOCH, seconds_since

WINDOW = 6 * 3600  # s
EXAMPLE = Forcing(280.0, 0.005, 3.0, 1.0, 9.0e4, 200.0, 300.0, 1.0e-5)
WIND = ("uwind", "vwind")
HEIGHTS = ("reference_height_temperature", "reference_height_wind")


class Window(NamedTuple):
    """What the file of a window gives: times ``(n_times,)``, fields ``(n_times, n_points)``, the atmosphere's terrain there.

    The terrain ``(n_points,)`` [m] is None where nothing is corrected for height.
    """

    time: np.ndarray
    fields: dict
    terrain: np.ndarray | None

    def of(self, points):
        """Return the window of a slice of the points."""
        return Window(self.time, {name: values[:, points] for name, values in self.fields.items()},
                      None if self.terrain is None else self.terrain[points])


class WindowField(NamedTuple):
    """A field of one window at the points: its timeline and its values ``(n, n_points)``."""

    timeline: Timeline
    values: np.ndarray

    def at(self, number):
        """Return the field at an instant or in an interval ``(n_points,)``."""
        return self.values[number]


class ExchangeForcing:
    """Forcing of one band of points, from the files of the exchange, window by window.

    The root reads a file, brings it to the points and sends each rank its own: files and weights span the globe.

    Parameters
    ----------
    paths : ExchangePaths
    points : PointSet
        All of the run.
    band : Band
        Of this rank.
    start : datetime64
        Of the first window; before it the forcing is ``before``.
    time_step : int
        Of the land model [s].
    parameters : LandParameters
        Whose reference heights follow those of the lowest level, where the atmosphere gives them.
    communicator : Communicator
        Whose ranks all call :meth:`at` for the same times.
    before : object, optional
        ``at(time)`` gives the forcing of a spin-up.
    elevation : ndarray (n_points,), optional
        Of the points of the band [m]; the forcing is then corrected from the terrain of the atmosphere to it.
    """

    def __init__(self, paths, points, band, start, time_step, parameters, communicator, before=None, elevation=None):
        self._paths, self._points, self._band, self._start = paths, points, band, np.datetime64(start, "s")
        self._time_step, self._parameters, self._communicator, self._before = time_step, parameters, communicator, before
        self._elevation = elevation
        self._columns = self._to_points = self._cycle = self._forcing = self._height = None

    def example(self, time):
        """Return some forcing of the kind that :meth:`at` returns, also where nothing has been exchanged yet."""
        if self._before is not None:
            return self._before.at(time)
        return Forcing(*(np.full(self._band.n_points, value) for value in EXAMPLE))

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
        """Take the window of a cycle; all ranks together."""
        whole = on_root(self._communicator, lambda: self._window(cycle))
        bands = self._communicator.gather_object(self._band)
        window = self._communicator.scatter_objects(lambda rank: whole.of(bands[rank].slice))
        fields = {name: _field(name, window) for name in window.fields if name in FORCING}
        self._height = _field("zref", window) if "zref" in window.fields else None
        difference = None if window.terrain is None else self._elevation - window.terrain
        first = seconds_since(UNIX_EPOCH, cycle)
        places = self._points.latitude[self._band.slice], self._points.longitude[self._band.slice]
        self._forcing = FileForcing(fields, *places, self._time_step, (first, first + WINDOW), difference, read_ahead=False)
        self._cycle = cycle

    def _window(self, cycle):
        """Return the :class:`Window` of a cycle at all points."""
        path, end = self._paths.forcing(cycle), cycle + np.timedelta64(WINDOW, "s")
        if not path.exists():
            raise InputError(f"{path} is missing, the forcing of the land from {cycle} to {end} UTC. Resume from where it is "
                             "there, or start again in another folder.")
        columns = read_columns(path)
        if self._columns is None or not same_places(columns, self._columns):
            self._columns, self._to_points = columns, to_points(columns, self._points)
        series = read_series(path, cycle, end, fields=(*FORCING, "zref"))
        found = dict(zip(WIND, self._to_points.wind(*(series.fields[name] for name in WIND))))
        found |= {name: self._to_points(name, values) for name, values in series.fields.items() if name not in WIND}
        terrain = None if self._elevation is None else self._to_points("tair", columns.elevation[None])[0]
        return Window(series.time, found, terrain)


def _field(name, window):
    """Return the :class:`WindowField` of a field; of means the intervals, which end at the times after the first."""
    step = int((window.time[1] - window.time[0]) / np.timedelta64(1, "s"))
    values = window.fields[name][1:] if name in FORCING and FORCING[name].mean else window.fields[name]
    number = np.arange(len(values))
    timeline = Timeline(name, seconds_since(UNIX_EPOCH, window.time[0]), step, number, np.full(len(values), -1),
                        np.zeros(len(values), np.int64), number, np.zeros(len(values), np.int64))
    return WindowField(timeline, values)
