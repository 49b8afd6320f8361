"""Weather as a run sees it whose atmosphere is not perfect: rain and clouds in the wrong place, smoothed and mis-scaled.

The disturbances of the weather are those of a place some way off, always the same way in a region; precipitation is spread
over a few hours and multiplied by a bias of the region and by errors that come and go; radiation and temperature have errors
of their own, cloudier errors having less shortwave and more longwave. Monthly means keep following the climate but for the
bias. All of it is counter-based like the weather itself.
"""

import numpy as np

from landda_hpc.forcing.noise import KILOMETRES_PER_DEGREE, NoiseField
from landda_hpc.forcing.weather import HOUR
from landda_hpc.times import SECONDS_PER_DAY, UNIX_EPOCH, seconds_since

REGION = (2000.0, 1.0)  # spacing [km] of what is constant in time, at time 0
PASSING = (700.0, 1.5)  # spacing [km] and interval [days] of what comes and goes
FIRST_FIELD = 30  # number of their noise fields
NORTH, EAST, BIAS, RAIN, CLOUD, WARMTH = range(6)
FARTHEST_NORTH = 88.0  # degrees


def displaced(latitude, longitude, distance, seed):
    """Return places [degrees] that are off by a random vector of the region, ``distance`` [km] its root mean square."""
    north, east = (NoiseField(*REGION, seed, FIRST_FIELD + number, latitude, longitude).at(0.0) for number in (NORTH, EAST))
    step = distance / np.sqrt(2.0) / KILOMETRES_PER_DEGREE
    moved = np.clip(latitude + step * north, -FARTHEST_NORTH, FARTHEST_NORTH)
    shrunk = np.cos(np.deg2rad(np.clip(latitude, -FARTHEST_NORTH, FARTHEST_NORTH)))
    return moved, longitude + step * east / shrunk


class WeatherErrors:
    """Another weather with errors.

    Parameters
    ----------
    weather : WeatherForcing
        Whose disturbances are those of displaced places.
    latitude, longitude : ndarray (n_points,)
        Degrees north and east.
    seed : int
        Of the errors.
    smoothing : int
        Time over which precipitation is averaged [s], a multiple of an hour.
    precipitation_bias, precipitation_std : float
        Relative, of the region and of what comes and goes.
    shortwave_std : float
        Relative.
    longwave_std, temperature_std : float
        [W m-2, K]
    """

    def __init__(self, weather, latitude, longitude, seed, smoothing, precipitation_bias, precipitation_std, shortwave_std,
                 longwave_std, temperature_std):
        self._weather, self._hours = weather, smoothing // HOUR
        places = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
        self._bias = _lognormal(NoiseField(*REGION, seed, FIRST_FIELD + BIAS, *places).at(0.0), precipitation_bias)
        self._fields = [NoiseField(*PASSING, seed, FIRST_FIELD + number, *places) for number in (RAIN, CLOUD, WARMTH)]
        self._precipitation_std, self._shortwave_std = precipitation_std, shortwave_std
        self._longwave_std, self._temperature_std = longwave_std, temperature_std
        self._block = self._of_block = self._mean_rain = self._hour = self._forcing = None

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``(n_points,)``."""
        hour = seconds_since(UNIX_EPOCH, step_start) // HOUR
        if hour != self._hour:
            self._hour, self._forcing = hour, self._compute(hour)
        return self._forcing

    def _compute(self, hour):
        block, place = divmod(hour, self._hours)
        if block != self._block:
            times = UNIX_EPOCH + (block * self._hours + np.arange(self._hours)) * np.timedelta64(HOUR, "s")
            self._block, self._of_block = block, [self._weather.at(time) for time in times]
            self._mean_rain = np.mean([weather.precipitation for weather in self._of_block], axis=0)
        own = self._of_block[place]
        rain, cloud, warmth = (field.at((hour + 0.5) * HOUR / SECONDS_PER_DAY) for field in self._fields)
        shortwave = own.shortwave_down * _lognormal(-cloud, self._shortwave_std)
        return own._replace(
            precipitation=self._mean_rain * self._bias * _lognormal(rain, self._precipitation_std),
            shortwave_down=shortwave, longwave_down=own.longwave_down + self._longwave_std * cloud,
            air_temperature=own.air_temperature + self._temperature_std * warmth)


def _lognormal(deviates, std):
    """Return factors of mean 1 and relative standard deviation ``std``."""
    spread = np.sqrt(np.log1p(std * std))
    return np.exp(spread * deviates - 0.5 * spread * spread)
