"""Hourly weather made from the monthly climate of each point, at any place and time, without files or communication.

Travelling disturbances (:mod:`landda_hpc.forcing.noise`) move the air temperature about its climate, bring rain and clouds, and
with them less sun, more longwave radiation and more humid air. The temperature also has a daily cycle, wider under a clear
sky and in dry air. Each month is conditioned on the climate, as weather generators are (cf. Sommer and Kaplan 2017,
doi:10.5194/gmd-10-3771-2017): the mean of the disturbances is taken out and the rain is scaled to the month's total, which
varies from year to year.
"""

import math
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.forcing.climate import MonthlyClimate, PointClimate
from landda_hpc.forcing.noise import NoiseField
from landda_hpc.forcing.solar import declination_and_distance
from landda_hpc.forcing.weather_kernels import SCRATCH, Instant, Places, add_disturbances, fill_weather
from landda_hpc.noah.types import Forcing
from landda_hpc.times import UNIX_EPOCH, seconds_since

HOUR = 3600
HOURS_PER_DAY = 24
#: Spacing [km] and interval [days] of the fields: warm and cold air, high and low pressure, rain areas, showers.
FIELDS = {"warmth": (1500.0, 2.5), "pressure": (1500.0, 1.5), "rain_areas": (900.0, 1.4), "showers": (250.0, 0.2)}
NODE_HOURS = 2  # between the times at which the fields are looked up; hours between are interpolated
RAIN_THRESHOLD = PointClimate._fields.index("rain_threshold")
LEAST_PEAK = 0.4  # of the rain index above its threshold: every month has a shower, however dry


class Month(NamedTuple):
    """What a calendar month of one year adds to the climate of the points, arrays ``(n_points,)``.

    ``before``, ``middle``, ``after``: temperatures that are interpolated [K]; ``mean_warmth``: of the month's disturbances;
    ``rain_threshold``: of the rain index; ``rain_scale``: mean rain rate of the month [kg m-2 s-1] over the mean of the
    relative rain.
    """

    before: np.ndarray
    middle: np.ndarray
    after: np.ndarray
    mean_warmth: np.ndarray
    rain_threshold: np.ndarray
    rain_scale: np.ndarray


class WeatherForcing:
    """Weather of the points of a band.

    Parameters
    ----------
    latitude, longitude : ndarray (n_points,)
        Degrees north and east.
    elevation : ndarray (n_points,)
        [m]
    air_temperature, precipitation : ndarray (12, n_points)
        Means of the calendar months [K, kg m-2 s-1].
    seed : int
        Of the weather; the same for all members.
    time_step : int
        Of the model [s], a divisor of one hour.
    disturbed_at : tuple of ndarray (n_points,), optional
        Latitude and longitude of the places whose disturbances the points get; their own by default.
    """

    def __init__(self, latitude, longitude, elevation, air_temperature, precipitation, seed, time_step, disturbed_at=None):
        if HOUR % time_step:
            raise ConfigError(f"run.time_step is {time_step} s; the weather is hourly, so a divisor of {HOUR} s is "
                              "needed, such as 900, 1800 or 3600.")
        latitude, longitude, elevation = (np.ascontiguousarray(values, np.float64)
                                          for values in (latitude, longitude, elevation))
        east = np.deg2rad(longitude)
        self._places = Places(np.cos(east), np.sin(east))
        self._months = MonthlyClimate(latitude, longitude, elevation, air_temperature, precipitation, seed)
        drift = steering(latitude)
        self._fields = [NoiseField(*size, seed, number, *(disturbed_at or (latitude, longitude)), drift)
                        for number, size in enumerate(FIELDS.values())]
        self._scratch, self._nodes = np.zeros(SCRATCH), {}
        self._hour = self._month_index = self._month = self._instants = self._climate = self._forcing = None

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``(n_points,)``."""
        seconds = seconds_since(UNIX_EPOCH, step_start)
        hour = seconds // HOUR
        if hour != self._hour:
            self._forcing = None  # makes room for the next
            self._forcing = Forcing(*self._compute(hour))
            self._hour = hour
        return self._forcing

    def month(self, move):
        """Return what :meth:`take_month` takes of the month that was looked at last, arrays as ``move`` changes them."""
        return self._month_index, *(None if values is None else move(values) for values in (self._climate, self._month))

    def take_month(self, index, climate, month):
        """Take the climate and the :class:`Month` of a month counted from 1970, planes ``(n, n_points)``; none for None."""
        self._month_index, self._climate, self._month = index, climate, month
        self._instants = None if index is None else _instants(index)

    def _fields_at(self, node, chosen=slice(None)):
        """Return the fields ``(4, n_chosen)`` at a multiple of ``NODE_HOURS`` since 1970."""
        out = np.empty((len(self._fields), len(self._places.cosine[chosen])))
        for field, row in zip(self._fields, out):
            field.at(node * NODE_HOURS / HOURS_PER_DAY, 1.0, chosen, row)
        return out

    def _node(self, number):
        """Return the fields of all points at a node; the last two are kept."""
        if number not in self._nodes:
            self._nodes = dict(list(self._nodes.items())[-1:])
            self._nodes[number] = self._fields_at(number)
        return self._nodes[number]

    def _compute(self, hour):
        index = int((UNIX_EPOCH + hour * np.timedelta64(HOUR, "s")).astype("datetime64[M]").astype(np.int64))
        if index != self._month_index:
            self._climate = self._month = None
            self._climate = np.stack(self._months.points(index))
            self.take_month(index, self._climate, np.stack(self._condition(index)))
        out = np.empty((8, len(self._places.cosine)))
        node, part = divmod(hour, NODE_HOURS)
        instant = Instant(*self._instants[hour - HOURS_PER_DAY * _days_of_month(index)[0]].tolist())
        fill_weather(self._node(node), self._node(node + 1), (part + 0.5) / NODE_HOURS, self._places, self._climate,
                     self._month, instant, self._scratch, out)
        return out

    def _condition(self, index):
        """Return the :class:`Month` of a month counted from 1970."""
        threshold = self._climate[RAIN_THRESHOLD]
        warmth, rain, wettest = self._sums(index, threshold)
        dry = np.flatnonzero(wettest - LEAST_PEAK < threshold)
        if len(dry):
            threshold = np.minimum(threshold, wettest - LEAST_PEAK)
            rain[dry] = self._sums(index, threshold, dry)[1]
        n_hours = HOURS_PER_DAY * _days_of_month(index)[1]
        before, middle, after, precipitation = self._months.year(index)
        return Month(before, middle, after, warmth / n_hours, threshold, precipitation * n_hours / rain)

    def _sums(self, index, threshold, chosen=slice(None)):
        """Return the sums of warmth and relative rain over the hours of a month and the greatest rain index."""
        first, n_days = _days_of_month(index)
        places, climate = Places(*(part[chosen] for part in self._places)), np.ascontiguousarray(self._climate[:, chosen])
        threshold = np.ascontiguousarray(threshold[np.newaxis, chosen])
        warmth, rain = np.zeros((2, threshold.size))
        wettest = np.full(threshold.size, -np.inf)
        start = HOURS_PER_DAY * first
        after = self._fields_at(start // NODE_HOURS, chosen)
        for hour in range(start, start + HOURS_PER_DAY * n_days, NODE_HOURS):
            before, after = after, self._fields_at(hour // NODE_HOURS + 1, chosen)
            add_disturbances(before, after, _HOURS[hour % HOURS_PER_DAY:][:NODE_HOURS], places, climate, threshold,
                             self._scratch, warmth, rain, wettest)
        return warmth, rain, wettest


def steering(latitude):
    """Return the drift of disturbances [degrees of longitude a day]: westward in the tropics, eastward beyond."""
    fraction = np.clip((np.abs(latitude) - 15.0) / 20.0, 0.0, 1.0)
    return -5.0 + 12.0 * fraction * fraction * (3.0 - 2.0 * fraction)


def _clock(hour):
    """Return the angle after noon at Greenwich in the middle of an hour of the day [rad]."""
    return 2.0 * math.pi * ((hour + 0.5) / HOURS_PER_DAY - 0.5)


#: For each hour of the day: its place between the nodes, cosine and sine of the clock.
_HOURS = np.array([((hour % NODE_HOURS + 0.5) / NODE_HOURS, math.cos(_clock(hour)), math.sin(_clock(hour)))
                   for hour in range(HOURS_PER_DAY)])


def _days_of_month(index):
    """Return the first day since 1970 and the length [days] of a month counted from 1970."""
    first, following = (int(np.datetime64(number, "M").astype("datetime64[D]").astype(np.int64))
                        for number in (index, index + 1))
    return first, following - first


def _instants(index):
    """Return rows of :class:`~landda_hpc.forcing.weather_kernels.Instant`, the middle of each hour of a month."""
    first, length = _days_of_month(index)
    hours = np.arange(HOURS_PER_DAY * length)
    fraction = (hours + 0.5) / len(hours)
    before, after = np.maximum(0.5 - fraction, 0.0), np.maximum(fraction - 0.5, 0.0)
    times = UNIX_EPOCH + (HOURS_PER_DAY * first + hours) * np.timedelta64(HOUR, "s") + np.timedelta64(HOUR // 2, "s")
    declination, equation, distance_factor = declination_and_distance(times)
    clock = _clock(hours % HOURS_PER_DAY)
    sun = clock + 2.0 * math.pi * equation / HOURS_PER_DAY
    bump = 6.0 * fraction * (1.0 - fraction)
    columns = (np.cos(clock), np.sin(clock), np.cos(sun), np.sin(sun), np.cos(declination), np.sin(declination),
               distance_factor, before, 1.0 - before - after, after, bump / bump.mean())
    return np.stack(columns, axis=1)
