"""Forcing of the steps of a run from gridded files.

Instants are linear in time, and a step takes the value in its middle, which is its mean. The shortwave of an interval is spread
over its steps in proportion to the cosine of the solar zenith angle, keeping the interval's mean; where the mean cosine is
below 0.001 it is constant. Longwave and precipitation are constant within their interval. What the steps of an interval need is
made once, ahead of time by a thread.
"""

import numpy as np

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.gridded.elevation import correct_for_height
from landda_hpc.forcing.gridded.quantities import QUANTITIES
from landda_hpc.forcing.gridded.read_ahead import ReadAhead
from landda_hpc.forcing.gridded.timeline import gaps
from landda_hpc.forcing.humidity import specific_from_relative_humidity
from landda_hpc.forcing.solar import declination_and_distance
from landda_hpc.noah.types import Forcing
from landda_hpc.references.humidity import humidity_of_dewpoint
from landda_hpc.times import UNIX_EPOCH, seconds_since

LEAST_COSINE = 1.0e-3
SUN_SAMPLE = 900  # s, longest part of a step that one position of the sun stands for


class FileForcing:
    """Forcing of one band of points.

    Parameters
    ----------
    fields : dict of str to FieldAtPoints
        Those that :func:`~landda_hpc.forcing.gridded.quantities.needed_fields` takes.
    latitude, longitude : ndarray (n_points,)
        Degrees north and east.
    time_step : int
        Of the model [s].
    window : tuple of int
        Start of the first and end of the last step [s since 1970].
    height_difference : ndarray (n_points,), optional
        Terrain of the model less that of the source [m]; without it nothing is corrected for height.
    read_ahead : bool
    max_gap : int
        Longest hole that is filled [s].

    Raises
    ------
    InputError
        For records that a step of the window needs and no file has.
    ConfigError
        For steps that do not divide the intervals.
    """

    def __init__(self, fields, latitude, longitude, time_step, window, height_difference=None, read_ahead=True, max_gap=0):
        self._fields, self._time_step, self._difference = fields, int(time_step), height_difference
        self._instants = {name: field for name, field in fields.items() if not QUANTITIES[name].flux}
        self._fluxes = {name: field for name, field in fields.items() if QUANTITIES[name].flux}
        self._axis = self._common_axis()
        self._check_steps(window)
        self._check_gaps(window, max_gap)
        north, east = np.deg2rad(latitude), np.deg2rad(longitude)
        self._sun = np.sin(north), np.cos(north) * np.cos(east), np.cos(north) * np.sin(east)
        last = window[1] - self._time_step
        self._last = {"instants": self._between(last)[0] + 1, **dict(self._intervals(last))}
        self._pieces = ReadAhead(self._make, read_ahead)

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``(n_points,)``.

        Raises
        ------
        InputError
            For a missing or impossible value that the step needs, before anything is computed with it.
        """
        start = seconds_since(UNIX_EPOCH, step_start)
        instant, share = self._between(start)
        keys = [("instants", instant), ("instants", instant + 1), *self._intervals(start)]
        soon = [key for key in (("instants", instant + 2), *((name, number + 1) for name, number in keys[2:]))
                if key[1] <= self._last[key[0]]]
        before, after, *fluxes = self._pieces.get(keys, soon)
        state = before + (after - before) * share
        flux = dict(zip(self._fluxes, fluxes))
        sun = self._fluxes["swdown"].timeline
        step = (start - sun.time(sun.number(start))) // self._time_step
        longwave = flux["lwdown"] * state[5] if self._difference is not None else flux["lwdown"].copy()
        rain = flux["rainf"] + flux["snowf"] if "snowf" in flux else flux["rainf"].copy()
        return Forcing(*state[:5], flux["swdown"][step], longwave, rain)

    def instant(self, time):
        """Return temperature, humidity, both winds and pressure at a time of the window ``(5, n_points)``."""
        axis, seconds = self._axis, seconds_since(UNIX_EPOCH, time)
        number, rest = divmod(seconds - axis.first, axis.step)
        pieces = self._pieces.get([("instants", int(number + offset)) for offset in ((0, 1) if rest else (0,))], ())
        if not rest:
            return pieces[0][:5]
        return pieces[0][:5] + (pieces[1][:5] - pieces[0][:5]) * (rest / axis.step)

    def _between(self, start):
        """Return the instant before the middle of a step and how far the middle is on the way to the next."""
        axis, middle = self._axis, start + 0.5 * self._time_step
        number = int((middle - axis.first) // axis.step)
        return number, (middle - axis.time(number)) / axis.step

    def _intervals(self, start):
        """Return the keys of the intervals that a step lies in."""
        return [(name, int(field.timeline.number(start))) for name, field in self._fluxes.items()]

    # ---- what is checked before the first step

    def _common_axis(self):
        """Return the timeline that the instants share."""
        timelines = [field.timeline for field in self._instants.values()]
        first = min(timelines, key=lambda timeline: timeline.first)
        for timeline in timelines:
            if timeline.step != first.step or (timeline.first - first.first) % first.step:
                raise InputError(
                    f"forcing.files: {timeline.field} comes every {timeline.step} s, {first.field} every {first.step} s from "
                    f"{first.span(0)} UTC; instants of one run need the same times. Choose files of one step.")
        return first

    def _check_steps(self, window):
        for name, field in self._fluxes.items():
            step = field.timeline.step
            if step % self._time_step or (window[0] - field.timeline.first) % self._time_step:
                raise ConfigError(
                    f"run.time_step is {self._time_step} s, but {name} of the files is of intervals of {step} s from "
                    f"{field.timeline.span(0)} UTC. Choose a run.time_step that divides them, and a run.start on a step.")

    def _check_gaps(self, window, max_gap):
        """Refuse a window that lacks records in holes longer than may be filled."""
        first, last = window[0], window[1] - self._time_step
        for name, field in self._fields.items():
            timeline = field.timeline
            if QUANTITIES[name].flux:
                needed = timeline.number(first), timeline.number(last)
            else:
                offset = (timeline.first - self._axis.first) // timeline.step
                needed = self._between(first)[0] - offset, self._between(last)[0] + 1 - offset
            found = gaps(timeline, *map(int, needed))
            long = [gap for gap in found if gap.length * timeline.step > max_gap or gap.length >= timeline.n]
            if long:
                total = sum(gap.length for gap in found)
                until = timeline.span(long[0].first + long[0].length - 1)
                raise InputError(
                    f"forcing.files: no file has {name} for {timeline.span(long[0].first)} UTC"
                    + (f" until {until} UTC" if long[0].length > 1 else "")
                    + f"; {total} of {needed[1] - needed[0] + 1} records that the run needs are missing, in all cells.\n"
                    f"  the files have {timeline.span(0)} until {timeline.span(timeline.n - 1)} UTC every {timeline.step} s\n"
                    f"  try      other run.start and run.end, more files, or forcing.max_gap: "
                    f"{max(gap.length for gap in long) * timeline.step} (seconds), which fills holes up to that long")

    # ---- pieces

    def _make(self, key):
        name, number = key
        if name == "instants":
            return self._state(number)
        values = self._fields[name].at(number)
        return self._spread(number, values) if name == "swdown" else values

    def _state(self, number):
        """Return temperature, humidity, both winds, pressure and, with a height correction, the factor of the longwave."""
        axis_time = self._axis.time(number)
        values = {name: field.at((axis_time - field.timeline.first) // field.timeline.step)
                  for name, field in self._instants.items()}
        temperature, pressure = values["tair"], values["psurf"]
        humidity = self._humidity(values, temperature, pressure)
        winds = (values["uwind"], values["vwind"]) if "uwind" in values else (values["wind"], np.zeros_like(temperature))
        if self._difference is None:
            return np.stack([temperature, humidity, *winds, pressure])
        temperature, humidity, pressure, factor = correct_for_height(temperature, humidity, pressure, self._difference)
        return np.stack([temperature, humidity, *winds, pressure, factor])

    @staticmethod
    def _humidity(values, temperature, pressure):
        if "qair" in values:
            return values["qair"]
        if "tdew" in values:
            return humidity_of_dewpoint(values["tdew"], pressure)
        return specific_from_relative_humidity(100.0 * values["relhum"], temperature, pressure)

    def _spread(self, number, mean):
        """Return the shortwave of each step of an interval ``(n_steps, n_points)``."""
        timeline = self._fields["swdown"].timeline
        n_steps = timeline.step // self._time_step
        n_samples = -(-self._time_step // SUN_SAMPLE)
        offsets = timeline.time(number) + (np.arange(n_steps * n_samples) + 0.5) * (self._time_step / n_samples)
        times = UNIX_EPOCH + np.rint(offsets).astype(np.int64).astype("timedelta64[s]")
        declination, equation, _ = declination_and_distance(times)
        angle = 2.0 * np.pi * (np.mod(offsets, 86400.0) / 86400.0 - 0.5 + equation / 24.0)
        sine, near, far = self._sun
        cosine = np.zeros((n_steps, len(mean)))
        for sample in range(n_steps * n_samples):
            height = (np.sin(declination[sample]) * sine
                      + np.cos(declination[sample]) * (np.cos(angle[sample]) * near - np.sin(angle[sample]) * far))
            cosine[sample // n_samples] += np.maximum(height, 0.0)
        whole = np.zeros(len(mean))
        for row in cosine:
            whole += row
        low = whole < LEAST_COSINE * n_steps * n_samples
        factor = np.where(low, 0.0, mean * n_steps / np.where(low, 1.0, whole))
        return np.where(low, mean, cosine * factor)
