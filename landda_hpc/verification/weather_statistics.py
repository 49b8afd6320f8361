"""Statistics of hourly weather at points over many years: means, rain, daily cycles, persistence, relations, distances.

Hours stream through a compiled accumulator, which keeps sums for each calendar month and point; a day is that of the mean
solar time of the point, to the hour. Of some pairs of points the daily values are kept, for the correlation with
distance. Nothing here knows how the weather is made: anything with ``at(time)`` can be looked at.
"""

import math
from typing import NamedTuple

import numpy as np

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing.solar import SOLAR_CONSTANT, declination_and_distance
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.noah.parameters import monthly_value
from landda_hpc.perturb.philox import cos_of_turns
from landda_hpc.vmath import exp

HOUR = np.timedelta64(3600, "s")
WET_DAY = 1.0  # kg m-2, that make a day wet
WET_HOUR = 0.1  # kg m-2, the least of the classes of hourly rain
CLASSES_PER_DOUBLING, N_CLASSES = 4, 44  # of rain, from WET_DAY or WET_HOUR
LEAST_TOP = 30.0  # W m-2, radiation at the top of the atmosphere on days whose clearness counts
RELATED = ("clearness", "sky_emissivity", "relative_humidity", "wet")
N_RELATED = len(RELATED)

#: Rows of the sums of a month and point.
(DAYS, WET, WET_RAIN, RANGE, ANOMALY, SQUARE, PAIRS, LAGGED, WET_BEFORE, WET_BOTH, DRY_SPELLS, WET_SPELLS, HOURS, SHORTWAVE,
 LONGWAVE, HUMIDITY, SUNNY) = range(17)
MEANS = 17  # of the related quantities, N_RELATED of them, then their products
N_SUMS = MEANS + N_RELATED + N_RELATED * N_RELATED
#: Rows of the sums of the present day of a point.
(D_HOURS, D_TEMPERATURE, D_GREATEST, D_LEAST, D_RAIN, D_SHORTWAVE, D_TOP, D_EMISSIVITY, D_HUMIDITY, D_BEFORE, D_WET_BEFORE,
 D_DRY_SPELL) = range(12)
N_DAY = 12


class WeatherStatistics(NamedTuple):
    """What was accumulated.

    Attributes
    ----------
    first_year, n_years : int
    latitude, longitude : ndarray (n_points,)
    sums : ndarray (12, N_SUMS, n_points)
        By the calendar month in which a day begins.
    monthly : ndarray (2, n_years, 12, n_points)
        Mean air temperature [K] and precipitation [kg m-2 s-1] of every month, in UTC.
    daily_classes, hourly_classes : ndarray (N_CLASSES, n_points)
        Wet days and wet hours by the class of their rain.
    longest_dry : ndarray (n_points,)
        [days]
    bounds : ndarray (2, 8)
        Least and greatest of the forcing variables.
    greatest_humidity : float
        Relative humidity over water [1].
    night_shortwave : float
        Greatest shortwave radiation in hours without sun [W m-2].
    not_finite : int
        Number of values that are no number.
    chosen : ndarray
        Points of the daily series.
    series : ndarray (2, n_days, n_chosen)
        Daily temperature anomaly [K] and rain [kg m-2].
    """

    first_year: int
    n_years: int
    latitude: np.ndarray
    longitude: np.ndarray
    sums: np.ndarray
    monthly: np.ndarray
    daily_classes: np.ndarray
    hourly_classes: np.ndarray
    longest_dry: np.ndarray
    bounds: np.ndarray
    greatest_humidity: float
    night_shortwave: float
    not_finite: int
    chosen: np.ndarray
    series: np.ndarray


@kernel
def rain_class(amount, least):
    """Return the class of an amount of rain that is not below the least one."""
    return min(int(CLASSES_PER_DOUBLING * math.log2(amount / least)), N_CLASSES - 1)


def class_bounds(least):
    """Return the lower bounds of the classes and the upper one of the last."""
    return least * 2.0 ** (np.arange(N_CLASSES + 1) / CLASSES_PER_DOUBLING)


@kernel
def _close_day(day, sums, classes, longest_dry, point, normal):
    """Add the finished day of a point to the sums of its month ``(N_SUMS, n_points)`` and return its temperature anomaly."""
    hours = day[D_HOURS, point]
    anomaly = day[D_TEMPERATURE, point] / hours - normal
    rain = day[D_RAIN, point]
    wet = 1.0 if rain >= WET_DAY else 0.0
    sums[DAYS, point] += 1.0
    sums[WET, point] += wet
    sums[WET_RAIN, point] += wet * rain
    sums[RANGE, point] += day[D_GREATEST, point] - day[D_LEAST, point]
    sums[ANOMALY, point] += anomaly
    sums[SQUARE, point] += anomaly * anomaly
    if wet > 0.0:
        classes[rain_class(rain, WET_DAY), point] += 1
    before = day[D_WET_BEFORE, point]
    if before >= 0.0:
        sums[PAIRS, point] += 1.0
        sums[LAGGED, point] += anomaly * day[D_BEFORE, point]
        sums[WET_BEFORE, point] += before
        sums[WET_BOTH, point] += before * wet
        sums[DRY_SPELLS, point] += before * (1.0 - wet)
        sums[WET_SPELLS, point] += (1.0 - before) * wet
    day[D_DRY_SPELL, point] = (day[D_DRY_SPELL, point] + 1.0) * (1.0 - wet)
    longest_dry[point] = max(longest_dry[point], day[D_DRY_SPELL, point])
    if day[D_TOP, point] / hours > LEAST_TOP:
        found = (day[D_SHORTWAVE, point] / day[D_TOP, point], day[D_EMISSIVITY, point] / hours,
                 day[D_HUMIDITY, point] / hours, wet)
        sums[SUNNY, point] += 1.0
        for first in range(N_RELATED):
            sums[MEANS + first, point] += found[first]
            for second in range(N_RELATED):
                sums[MEANS + N_RELATED * (1 + first) + second, point] += found[first] * found[second]
    day[D_BEFORE, point], day[D_WET_BEFORE, point] = anomaly, wet
    return anomaly


@kernel
def top_of_atmosphere(latitude, turns, sine_declination, distance_factor):
    """Return the radiation on top [W m-2], mean over the hour around a local solar time [turns since midnight]."""
    sine = math.sin(math.radians(latitude))
    cosine = math.sqrt((1.0 - sine * sine) * (1.0 - sine_declination * sine_declination))
    total = 0.0
    for k in range(4):
        angle = turns + (k - 1.5) / 96.0
        total += max(sine * sine_declination - cosine * cos_of_turns(angle - math.floor(angle)), 0.0)
    return SOLAR_CONSTANT * distance_factor * total / 4.0


@driver_kernel
def _add_hour(forcing, latitude, offset, hour, turns, sine_declination, distance_factor, month, month_total, normal, day,
              sums, daily_classes, hourly_classes, longest_dry, bounds, extremes, anomalies, rains):
    """Add one hour of ``forcing`` (8 arrays): ``turns`` of the sun at Greenwich, ``offset`` [h] of a point's day."""
    for variable in range(8):
        for value in forcing[variable]:
            bounds[0, variable] = min(bounds[0, variable], value)
            bounds[1, variable] = max(bounds[1, variable], value)
            if not math.isfinite(value):
                extremes[2] += 1.0
    for point in range(len(latitude)):
        if (hour + offset[point]) % 24 == 0:
            if day[D_HOURS, point] == 24.0:
                rains[point] = day[D_RAIN, point]
                anomalies[point] = _close_day(day, sums[month], daily_classes, longest_dry, point, normal[point])
            day[:D_BEFORE, point] = 0.0
            day[D_GREATEST, point], day[D_LEAST, point] = -1.0e9, 1.0e9
        temperature, humidity, pressure = forcing[0][point], forcing[1][point], forcing[4][point]
        rain = 3600.0 * forcing[7][point]
        vapour = humidity * pressure / (0.622 + 0.378 * humidity)
        relative = vapour / (611.2 * exp(17.67 * (temperature - 273.15) / (temperature - 29.65)))
        top = top_of_atmosphere(latitude[point], turns[point], sine_declination, distance_factor)
        square = temperature * temperature
        month_total[0, point] += temperature
        month_total[1, point] += forcing[7][point]
        day[D_HOURS, point] += 1.0
        day[D_TEMPERATURE, point] += temperature
        day[D_GREATEST, point] = max(day[D_GREATEST, point], temperature)
        day[D_LEAST, point] = min(day[D_LEAST, point], temperature)
        day[D_RAIN, point] += rain
        day[D_SHORTWAVE, point] += forcing[5][point]
        day[D_TOP, point] += top
        day[D_EMISSIVITY, point] += forcing[6][point] / (STEFAN_BOLTZMANN * square * square)
        day[D_HUMIDITY, point] += relative
        sums[month, HOURS, point] += 1.0
        sums[month, SHORTWAVE, point] += forcing[5][point]
        sums[month, LONGWAVE, point] += forcing[6][point]
        sums[month, HUMIDITY, point] += relative
        extremes[0] = max(extremes[0], relative)
        if top == 0.0:
            extremes[1] = max(extremes[1], forcing[5][point])
        if rain >= WET_HOUR:
            hourly_classes[rain_class(rain, WET_HOUR), point] += 1


def weather_statistics(weather, latitude, longitude, air_temperature, first_year, n_years, chosen=(), report=None):
    """Return the :class:`WeatherStatistics` of whole years.

    Parameters
    ----------
    weather : object
        ``at(time)`` gives the forcing of an hour.
    latitude, longitude : ndarray (n_points,)
    air_temperature : ndarray (12, n_points)
        Climate of the months [K], from which daily anomalies are taken.
    first_year, n_years : int
    chosen : sequence of int
        Points whose daily series are kept.
    report : callable or None
        Gets the number of finished years.
    """
    n_points, chosen = len(latitude), np.asarray(chosen, np.int64)
    start = np.datetime64(f"{first_year:04d}-01-01T00:00:00", "s")
    stop = np.datetime64(f"{first_year + n_years:04d}-01-01T00:00:00", "s")
    n_days = int((stop - start) / np.timedelta64(1, "D"))
    offset = np.mod(np.rint(longitude / 15.0).astype(np.int64), 24)
    sums, day, totals = np.zeros((12, N_SUMS, n_points)), np.zeros((N_DAY, n_points)), np.zeros((n_years * 12, 2, n_points))
    day[D_WET_BEFORE] = -1.0
    daily, hourly = np.zeros((2, N_CLASSES, n_points), np.int64)
    longest, bounds, extremes = np.zeros(n_points), np.array([[np.inf], [-np.inf]]) * np.ones(8), np.zeros(3)
    anomalies, rains = np.full((2, n_points), np.nan)
    series = np.full((2, n_days, len(chosen)), np.nan)
    for number in range(24 * n_days):
        time = start + number * HOUR
        if number % 24 == 0:
            normal = monthly_value(air_temperature, time.astype("datetime64[D]"))
        month = int(time.astype("datetime64[M]").astype(np.int64)) - 12 * (first_year - 1970)
        declination, equation, distance = declination_and_distance(time + HOUR // 2)
        turns = ((number % 24 + 0.5 + equation) / 24.0 + longitude / 360.0)
        _add_hour(tuple(weather.at(time)), latitude, offset, number % 24, turns, math.sin(declination), float(distance),
                  month % 12, totals[month], normal, day, sums, daily, hourly, longest, bounds, extremes, anomalies, rains)
        if number % 24 == 23:  # by then every point has closed the day that ended last
            series[0, number // 24], series[1, number // 24] = anomalies[chosen], rains[chosen]
        if report is not None and month % 12 == 11 and (time + HOUR).astype("datetime64[M]") > time.astype("datetime64[M]"):
            report(month // 12 + 1)
    lengths = np.diff(np.arange(f"{first_year:04d}-01", f"{first_year + n_years:04d}-02", dtype="datetime64[M]")
                      .astype("datetime64[D]")).astype(np.float64)
    monthly = (totals / (24.0 * lengths[:, None, None])).transpose(1, 0, 2).reshape(2, n_years, 12, n_points)
    return WeatherStatistics(first_year, n_years, np.asarray(latitude), np.asarray(longitude), sums, monthly, daily, hourly,
                             longest, bounds, float(extremes[0]), float(extremes[1]), int(extremes[2]), chosen, series)
