"""The monthly climate of points as the weather generator needs it: parameters by month, and the months of single years."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.maps import DAYS
from landda_hpc.forcing.noise import NoiseField
from landda_hpc.forcing.solar import SOLAR_CONSTANT
from landda_hpc.noah.parameters import in_single
from landda_hpc.times import SECONDS_PER_DAY

SPACING = 2000.0  # km, of the anomalies of months and years
FIRST_FIELD = 10  # number of their noise fields
MONTHS_TOGETHER = 6.0  # that the slow part of the anomalies lasts; at most half a year, see _warmth
BOUND = 2.5  # standard deviations, of the noise of monthly temperatures
CONTRAST = 45.0  # K, above which the weather of a more continental climate hardly varies more
LEAST_TOTAL = 0.05  # of the climate, in the driest month of all years
POTENTIAL_EVAPORATION = 58.93 / 365.25  # kg m-2 a day and degree Celsius of the month (Holdridge 1947)
SEA_LEVEL_PRESSURE = 101325.0  # Pa


class PointClimate(NamedTuple):
    """Parameters of one calendar month, arrays ``(n_points,)``.

    ``warmth_std`` [K] of disturbances; ``rain_warmth``: correlation of warmth with rain; ``rain_threshold`` and
    ``rain_steepness``: of the transform of the rain index; ``convection``: daily amplitude of the rain; ``cloudiness``: logit
    of the cloud fraction at rain index zero; ``diurnal_range`` [K] at half-cloudy sky; ``dew_point_depression`` [K] below the
    daily minimum; ``surface_pressure`` [Pa]; ``mean_wind`` eastward [m s-1]; ``sine_latitude``.
    """

    warmth_std: np.ndarray
    rain_warmth: np.ndarray
    rain_threshold: np.ndarray
    rain_steepness: np.ndarray
    convection: np.ndarray
    cloudiness: np.ndarray
    diurnal_range: np.ndarray
    dew_point_depression: np.ndarray
    surface_pressure: np.ndarray
    mean_wind: np.ndarray
    sine_latitude: np.ndarray


normal_quantile = np.vectorize(NormalDist().inv_cdf, otypes=[float])


def daily_insolation(sine_latitude, month):
    """Return the radiation at the top of the atmosphere in the middle of a month (0-11) [W m-2], daily mean."""
    angle = 2.0 * math.pi * (np.cumsum(DAYS)[month] - 0.5 * DAYS[month]) / 365.25
    declination = 0.4091 * math.sin(angle - 1.39)
    latitude = np.arcsin(sine_latitude)
    sunset = np.arccos(np.clip(-np.tan(np.clip(latitude, -1.5707, 1.5707)) * math.tan(declination), -1.0, 1.0))
    return SOLAR_CONSTANT / math.pi * (sunset * sine_latitude * math.sin(declination)
                                       + np.cos(latitude) * math.cos(declination) * np.sin(sunset))


def _month_of(maps, month):
    """Return one of twelve maps in double precision."""
    return np.asarray(maps[month], np.float64)


class MonthlyClimate:
    """Climate of points and its anomalies in single months.

    Parameters
    ----------
    latitude, longitude, elevation : ndarray (n_points,)
    air_temperature, precipitation : ndarray (12, n_points)
        Means of the months [K, kg m-2 s-1].
    seed : int
    """

    def __init__(self, latitude, longitude, elevation, air_temperature, precipitation, seed):
        self._latitude, self._longitude = latitude, longitude
        self._temperature, self._precipitation = in_single(air_temperature), in_single(precipitation)
        self._warmest = np.asarray(self._temperature.max(axis=0), np.float64)
        self._range = self._warmest - self._temperature.min(axis=0)
        # What is interpolated between the middles of the months has the months' means: a month takes an eighth of
        # either neighbour and three quarters of its own.
        identity = np.eye(12)
        self._unmixing = np.linalg.inv(0.75 * identity + 0.125 * (np.roll(identity, 1, axis=1) + np.roll(identity, -1, axis=1)))
        self._sine = np.sin(np.deg2rad(latitude))
        self._pressure = SEA_LEVEL_PRESSURE * (1.0 - 2.25577e-5 * elevation) ** 5.25588
        self._anomalies = [[NoiseField(SPACING, interval, seed, FIRST_FIELD + 2 * kind + part, latitude, longitude)
                            for part, interval in enumerate((1.0, MONTHS_TOGETHER))] for kind in range(2)]

    def dryness(self, month):
        """Return how far the rain of a month (0-11) falls short of what could evaporate [0-1]."""
        warm = np.clip(_month_of(self._temperature, month) - 273.15, 0.0, 30.0)
        potential = POTENTIAL_EVAPORATION * warm / SECONDS_PER_DAY
        rain = _month_of(self._precipitation, month)
        return np.clip(1.0 - rain / np.maximum(potential, 1e-9), 0.0, 1.0) * np.minimum(warm / 5.0, 1.0)

    def points(self, index):
        """Return the :class:`PointClimate` of a month counted from January 1970.

        The constants were chosen so that the statistics of ``landda weather`` come close to those of the towers of Bondville,
        Loobos, Walnut Gulch and Col de Porte at the nearest points, and to known means over land.
        """
        month = index % 12
        celsius = _month_of(self._temperature, month) - 273.15
        daily = _month_of(self._precipitation, month) * SECONDS_PER_DAY
        dry = self.dryness(month)
        warm = np.clip(celsius / 20.0, 0.0, 1.0)
        # Frontal rain of cold months lasts longer and is more even than the showers of warm ones.
        wet_hours = np.clip((0.42 - 0.1 * warm) * (1.0 - np.exp(-daily / 3.5)), 0.002, 0.6)
        sun = np.sqrt(np.clip(daily_insolation(self._sine, month) / 350.0, 0.0, 1.0))
        contrast = CONTRAST * np.tanh(self._range / CONTRAST)
        westerly = np.clip((np.abs(self._latitude) - 15.0) / 20.0, 0.0, 1.0)
        return PointClimate(
            warmth_std=1.0 + contrast * (0.12 + 0.04 * self._coldness(month)),
            rain_warmth=0.3 - 0.75 * np.clip((celsius + 5.0) / 20.0, 0.0, 1.0),
            rain_threshold=normal_quantile(1.0 - wet_hours), rain_steepness=1.1 + 0.2 * warm, convection=0.6 * warm,
            cloudiness=0.7 - 2.6 * dry - 1.2 * np.exp(-daily / 1.0),
            diurnal_range=(9.0 + 3.5 * dry) * sun,
            dew_point_depression=1.0 - 2.0 * warm + 12.0 * dry, surface_pressure=self._pressure,
            mean_wind=-2.5 + 5.0 * westerly, sine_latitude=self._sine)

    def _coldness(self, month):
        """Return 1 in the coldest and -1 in the warmest month: weather varies more in winter."""
        below = self._warmest - _month_of(self._temperature, month)
        return 2.0 * below / np.maximum(self._range, 1.0e-6) - 1.0

    def _node(self, month):
        """Return the temperature in the middle of a month (0-11) that is interpolated to the next [K]."""
        # Not a matrix product, whose last bits depend on the number of points.
        return sum(self._unmixing[month, other] * _month_of(self._temperature, other) for other in range(12))

    def _noise(self, kind, index):
        """Return a standard normal field of a month, part of which lasts for half a year."""
        fast, slow = (field.at(float(index)) for field in self._anomalies[kind])
        return 0.8 * fast + 0.6 * slow

    def _warmth(self, index):
        """Return the anomaly of a month's temperature [1], of a standard deviation of 0.9.

        It is what one bounded number differs from that of the same month a year before. So the sum over any years is
        bounded too, and 20 of them have the climate's mean within 0.5 K.
        """
        now, before = (BOUND * np.tanh(self._noise(0, number) / BOUND) for number in (index, index - 12))
        return math.sqrt(0.5) * (now - before)

    def _wetness(self, index):
        """Return the precipitation of a month over that of the climate: above ``LEAST_TOTAL``, and any years' mean near one.

        Made as :meth:`_warmth`; the standard deviation is a third in a moist climate and half in a dry one, the most that
        leaves 20 years within 5 % of the climate.
        """
        steepness = 0.65 + 1.2 * self.dryness(index % 12)
        now, before = (np.tanh(steepness * (-0.4 * self._noise(0, number) + 0.9165 * self._noise(1, number)))
                       for number in (index, index - 12))
        return 1.0 + 0.5 * (1.0 - LEAST_TOTAL) * (now - before)

    def year(self, index):
        """Return the temperatures to interpolate [K] before, in and after a month and its precipitation [kg m-2 s-1]."""
        spread = 0.35 + 0.04 * self._range
        nodes = [self._node(number % 12) + spread * self._warmth(number) for number in (index - 1, index, index + 1)]
        return *nodes, _month_of(self._precipitation, index % 12) * self._wetness(index)
