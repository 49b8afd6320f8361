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

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.climate import MonthlyClimate
from landda_hpc.forcing.longwave import clear_sky_emissivity, clear_sky_shortwave
from landda_hpc.forcing.noise import NoiseField, sample
from landda_hpc.forcing.solar import SOLAR_CONSTANT, declination_and_distance
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.noah.types import Forcing
from landda_hpc.perturb.philox import cos_of_turns
from landda_hpc.vmath import exp

EPOCH = np.datetime64("1970-01-01T00:00:00", "s")
HOUR = 3600
SECONDS_PER_DAY = 86400.0
#: Spacing [km] and interval [days] of the fields: warm and cold air, high and low pressure, rain areas, showers.
FIELDS = {"warmth": (1800.0, 2.5), "pressure": (1500.0, 1.5), "rain_areas": (900.0, 1.2), "showers": (250.0, 0.3)}
SAMPLES_PER_DAY = 8  # of a month's rain and warmth, for its means
LEAST_PEAK = 0.4  # of the rain index above its threshold: every month has a shower, however dry
SUN_SAMPLES = 4  # in an hour
CLOUD_SHADE, CLOUD_EMISSION = 0.72, 0.85  # what a closed cover takes from the sun and closes of the window of the sky
GREATEST_RATE = 0.027  # kg m-2 s-1, 97 mm in an hour


class Disturbance(NamedTuple):
    """What the fields give at a point: warmth and pressure anomaly (standard normal) and rain index (standard normal)."""

    warmth: float
    pressure: float
    rain: float


@kernel
def steering(latitude):
    """Return the drift of disturbances [degrees of longitude a day]: westward in the tropics, eastward beyond."""
    fraction = min(max((abs(latitude) - 15.0) / 20.0, 0.0), 1.0)
    return -5.0 + 14.0 * fraction * fraction * (3.0 - 2.0 * fraction)


@kernel
def disturbance(fields, latitude, longitude, climate, point):
    """Return the :class:`Disturbance` of a place; rain goes with low pressure, and is warm in winter, cool in summer."""
    drift = steering(latitude)
    pressure = sample(fields[1], latitude, longitude, drift)
    areas = -0.45 * pressure + 0.893 * sample(fields[2], latitude, longitude, drift)
    rain = 0.75 * areas + 0.661438 * sample(fields[3], latitude, longitude, drift)
    share = climate.rain_warmth[point]
    warmth = share * areas + math.sqrt(1.0 - share * share) * sample(fields[0], latitude, longitude, drift)
    return Disturbance(warmth, pressure, rain)


@kernel
def rain_rate(index, threshold, climate, point, local_turns):
    """Return the rain over its mean [1] for a rain index: none below the threshold, exponential tails above.

    Showers of warm months peak in the late afternoon.
    """
    excess = index - threshold
    rate = (exp(climate.rain_steepness[point] * excess) - 1.0) / climate.rain_mean[point] if excess > 0.0 else 0.0
    return rate * (1.0 + climate.convection[point] * cos_of_turns(_turned(local_turns - 17.0 / 24.0)))


@kernel
def _turned(turns):
    return turns - math.floor(turns)


@driver_kernel
def _add_disturbances(fields, latitude, longitude, climate, hour_turns, warmth, rain, wettest):
    """Add the warmth and the relative rain of one instant to sums over a month ``(n_points,)``, keep the greatest index."""
    for point in range(len(latitude)):
        found = disturbance(fields, latitude[point], longitude[point], climate, point)
        local = _turned(hour_turns + longitude[point] / 360.0)
        warmth[point] += found.warmth
        rain[point] += rain_rate(found.rain, climate.rain_threshold[point], climate, point, local)
        wettest[point] = max(wettest[point], found.rain)


@driver_kernel
def _add_rain(fields, latitude, longitude, climate, hour_turns, threshold, chosen, rain):
    """Add the relative rain of one instant above other thresholds, at the chosen points."""
    for point in chosen:
        found = disturbance(fields, latitude[point], longitude[point], climate, point)
        local = _turned(hour_turns + longitude[point] / 360.0)
        rain[point] += rain_rate(found.rain, threshold[point], climate, point, local)


@kernel
def _mean_sun(sine_product, cosine_product, local_turns):
    """Return the mean cosine of the zenith angle over the hour around a local solar time [1]."""
    total = 0.0
    for k in range(SUN_SAMPLES):
        turns = local_turns - 0.5 + ((k + 0.5) / SUN_SAMPLES - 0.5) / 24.0
        total += max(sine_product + cosine_product * cos_of_turns(_turned(turns)), 0.0)
    return total / SUN_SAMPLES


@driver_kernel
def _weather(fields, latitude, longitude, elevation, climate, month, hour_turns, sine_declination, distance_factor,
             solar_turns, out):
    """Fill ``out`` (8, n_points), rows as in :class:`Forcing`, for the hour around an instant."""
    for point in range(len(latitude)):
        found = disturbance(fields, latitude[point], longitude[point], climate, point)
        local = _turned(hour_turns + longitude[point] / 360.0)
        rate = month.rain_scale[point] * rain_rate(found.rain, month.rain_threshold[point], climate, point, local)
        cloud = 1.0 / (1.0 + exp(-(climate.cloudiness[point] + 1.7 * found.rain)))
        base = (month.before[point] * month.weights[0] + month.middle[point] * month.weights[1]
                + month.after[point] * month.weights[2])
        daily = base + climate.warmth_std[point] * (found.warmth - month.mean_warmth[point] * month.bump)
        swing = 0.5 * climate.diurnal_range[point] * (1.4 - 0.8 * cloud)
        temperature = daily + swing * cos_of_turns(_turned(local - 15.0 / 24.0))

        dew_point = daily - swing - climate.dew_point_depression[point] + 3.0 * (cloud - 0.5)
        pressure = (climate.surface_pressure[point]
                    + 700.0 * found.pressure * (climate.sine_latitude[point] * climate.sine_latitude[point]))
        saturation = 611.2 * exp(17.67 * (temperature - 273.15) / (temperature - 29.65))
        vapour = min(611.2 * exp(17.67 * (dew_point - 273.15) / (dew_point - 29.65)), 0.99 * saturation)

        sine = climate.sine_latitude[point]
        cosine = math.sqrt(1.0 - sine * sine) * math.sqrt(1.0 - sine_declination * sine_declination)
        sun = _mean_sun(sine * sine_declination, cosine, _turned(solar_turns + longitude[point] / 360.0))
        clear = 0.0
        if sun > 0.0:
            clear = clear_sky_shortwave(SOLAR_CONSTANT * distance_factor * sun, sun, vapour, temperature, pressure)
        grey = CLOUD_EMISSION * cloud
        emissivity = grey + (1.0 - grey) * clear_sky_emissivity(vapour, temperature)
        breeze = 0.85 + 0.3 * cos_of_turns(_turned(local - 14.0 / 24.0))

        out[0, point] = temperature
        out[1, point] = 0.622 * vapour / (pressure - 0.378 * vapour)
        out[2, point] = breeze * (climate.mean_wind[point] + 2.8 * found.pressure)
        out[3, point] = breeze * 2.8 * (found.warmth if sine > 0.0 else -found.warmth)
        out[4, point] = pressure
        out[5, point] = clear * (1.0 - CLOUD_SHADE * cloud * cloud)
        out[6, point] = emissivity * STEFAN_BOLTZMANN * temperature * temperature * temperature * temperature
        out[7, point] = min(rate, GREATEST_RATE)


class Month(NamedTuple):
    """What a calendar month of one year adds to the climate of the points, arrays ``(n_points,)``.

    ``before``, ``middle``, ``after``: temperatures that are interpolated [K]; ``mean_warmth``: of the month's disturbances;
    ``rain_threshold``: of the rain index; ``rain_scale``: mean rain rate of the month [kg m-2 s-1] over the mean of the
    relative rain. ``weights`` (3,) and ``bump``
    belong to the instant within the month.
    """

    before: np.ndarray
    middle: np.ndarray
    after: np.ndarray
    mean_warmth: np.ndarray
    rain_threshold: np.ndarray
    rain_scale: np.ndarray
    weights: np.ndarray
    bump: float


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
    """

    def __init__(self, latitude, longitude, elevation, air_temperature, precipitation, seed, time_step):
        if HOUR % time_step:
            raise ConfigError(f"run.time_step is {time_step} s; the weather is hourly, so a divisor of {HOUR} s is "
                              "needed, such as 900, 1800 or 3600.")
        self._latitude, self._longitude, self._elevation = (
            np.ascontiguousarray(values, np.float64) for values in (latitude, longitude, elevation))
        self._months = MonthlyClimate(self._latitude, self._longitude, self._elevation, air_temperature, precipitation, seed)
        self._fields = [NoiseField(*size, seed, number) for number, size in enumerate(FIELDS.values())]
        self._hour = self._month_index = self._month = None
        self._forcing = None

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``(n_points,)``."""
        seconds = int((np.datetime64(step_start, "s") - EPOCH).astype(np.int64))
        hour = seconds // HOUR
        if hour != self._hour:
            self._forcing = Forcing(*self._compute(hour))
            self._hour = hour
        return self._forcing

    def _slices(self, days):
        return tuple(field.at(days, 1.0) for field in self._fields)

    def _compute(self, hour):
        middle = (hour + 0.5) * HOUR
        days = middle / SECONDS_PER_DAY
        time = EPOCH + np.timedelta64(int(middle), "s")
        index = int(time.astype("datetime64[M]").astype(np.int64))
        if index != self._month_index:
            self._month, self._month_index = self._condition(index), index
        climate = self._months.points(index)
        elapsed, length = _within_month(index, days)
        weights, bump = _position_in_month(elapsed / length)
        declination, equation, distance_factor = (float(value) for value in declination_and_distance(time))
        out = np.empty((8, len(self._latitude)))
        turns = days - math.floor(days)
        _weather(self._slices(days), self._latitude, self._longitude, self._elevation, climate,
                 self._month._replace(weights=weights, bump=bump), turns, math.sin(declination), distance_factor,
                 turns + equation / 24.0, out)
        return out

    def _condition(self, index):
        """Return the :class:`Month` of a month counted from 1970."""
        first = float(np.datetime64(index, "M").astype("datetime64[D]").astype(np.int64))
        n_days = int(_within_month(index, first)[1])
        climate, places = self._months.points(index), (self._latitude, self._longitude)
        warmth, rain, wettest = np.zeros((3, len(self._latitude)))
        instants = first + (np.arange(n_days * SAMPLES_PER_DAY) + 0.5) / SAMPLES_PER_DAY
        for days in instants:
            _add_disturbances(self._slices(days), *places, climate, days - math.floor(days), warmth, rain, wettest)
        threshold = np.minimum(climate.rain_threshold, wettest - LEAST_PEAK)
        dry = np.flatnonzero(threshold < climate.rain_threshold)
        rain[dry] = 0.0
        for days in instants if len(dry) else ():
            _add_rain(self._slices(days), *places, climate, days - math.floor(days), threshold, dry, rain)
        before, middle, after, precipitation = self._months.year(index)
        return Month(before, middle, after, warmth / len(instants), threshold, precipitation * len(instants) / rain,
                     np.zeros(3), 0.0)


def _within_month(index, days):
    """Return days since the start of a month counted from 1970, and its length [days]."""
    first, following = (float(np.datetime64(number, "M").astype("datetime64[D]").astype(np.int64))
                        for number in (index, index + 1))
    return days - first, following - first


def _position_in_month(fraction):
    """Return the weights of the temperatures around and a bump of mean one that vanishes at the ends of the month."""
    before, after = max(0.5 - fraction, 0.0), max(fraction - 0.5, 0.0)
    return np.array([before, 1.0 - before - after, after]), 6.0 * fraction * (1.0 - fraction)
