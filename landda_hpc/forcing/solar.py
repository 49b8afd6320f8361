"""Position of the sun and radiation at the top of the atmosphere.

The Fourier series of Spencer (1971, Search 2(5), p. 172) give declination, equation of time and distance to
within 0.05 degrees, 35 s and 0.01 %: enough to check the clock of a tower and to judge the clouds.
"""

from typing import NamedTuple

import numpy as np

SOLAR_CONSTANT = 1361.0  # W m-2, Kopp and Lean (2011), doi:10.1029/2010GL045777


class SolarPosition(NamedTuple):
    """Cosine of the zenith angle [1], hours after local solar noon [h, -12 to 12], radiation on top [W m-2]."""

    cos_zenith: np.ndarray
    hours_after_noon: np.ndarray
    extraterrestrial: np.ndarray


def solar_position(times, latitude, longitude):
    """Return the :class:`SolarPosition` at instants.

    Parameters
    ----------
    times : ndarray of datetime64
        UTC.
    latitude, longitude : float
        Degrees north and east.
    """
    times = np.asarray(times).astype("datetime64[s]")
    hour = (times - times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    declination, equation_of_time, distance_factor = declination_and_distance(times)
    hours_after_noon = np.mod(hour + longitude / 15.0 + equation_of_time, 24.0) - 12.0
    latitude = np.deg2rad(latitude)
    cos_zenith = (np.sin(latitude) * np.sin(declination)
                  + np.cos(latitude) * np.cos(declination) * np.cos(np.deg2rad(15.0 * hours_after_noon)))
    return SolarPosition(cos_zenith, hours_after_noon,
                         SOLAR_CONSTANT * distance_factor * np.maximum(cos_zenith, 0.0))


def declination_and_distance(times):
    """Return declination [rad], equation of time [h] and inverse square of the relative distance to the sun [1].

    ``times`` are datetime64, UTC, of any shape.
    """
    times = np.asarray(times).astype("datetime64[s]")
    day_of_year = (times - times.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    angle = 2.0 * np.pi * day_of_year / 365.0
    declination = (0.006918 - 0.399912 * np.cos(angle) + 0.070257 * np.sin(angle)
                   - 0.006758 * np.cos(2 * angle) + 0.000907 * np.sin(2 * angle)
                   - 0.002697 * np.cos(3 * angle) + 0.001480 * np.sin(3 * angle))
    equation_of_time = 12.0 / np.pi * (0.000075 + 0.001868 * np.cos(angle) - 0.032077 * np.sin(angle)
                                       - 0.014615 * np.cos(2 * angle) - 0.040849 * np.sin(2 * angle))
    distance_factor = (1.000110 + 0.034221 * np.cos(angle) + 0.001280 * np.sin(angle)
                       + 0.000719 * np.cos(2 * angle) + 0.000077 * np.sin(2 * angle))
    return declination, equation_of_time, distance_factor


def mean_extraterrestrial(times, interval, latitude, longitude, n_samples=6):
    """Return the radiation on top averaged over ``[times, times + interval)`` [W m-2], and the mean cosine of zenith.

    The average is taken over `n_samples` instants in the middle of equal parts; negative cosines count as zero.
    """
    offsets = ((np.arange(n_samples) + 0.5) * interval / n_samples).astype("timedelta64[s]")
    samples = [solar_position(times + offset, latitude, longitude) for offset in offsets]
    radiation = np.mean([sample.extraterrestrial for sample in samples], axis=0)
    cosine = np.mean([np.maximum(sample.cos_zenith, 0.0) for sample in samples], axis=0)
    return radiation, cosine


def shortwave_offset(times, interval, shortwave, latitude, longitude):
    """Return how late the measured shortwave radiation comes after the sun [h], the median over days.

    For each solar day, the centroid of the radiation on the circle of hours after local solar noon; near zero when
    the times are UTC and name the start of the record. Half a step late or early reveals a mislabelled end or start,
    an hour or more a local clock.

    Parameters
    ----------
    times : ndarray of datetime64[s]
        Start of the records.
    interval : int
        Length of a record [s].
    shortwave : ndarray
        [W m-2]; NaN is left out.
    """
    middle = times + np.timedelta64(int(interval) // 2, "s")
    after_noon = solar_position(middle, latitude, longitude).hours_after_noon
    noon = (middle - middle[0]) / np.timedelta64(1, "h") - after_noon
    day = np.round((noon - noon[0]) / 24.0).astype(int)
    day -= day.min()
    used = np.isfinite(shortwave)
    weight = np.bincount(day[used], shortwave[used])
    angle = np.pi / 12.0 * after_noon[used]
    sine, cosine = (np.bincount(day[used], shortwave[used] * part) for part in (np.sin(angle), np.cos(angle)))
    records = np.bincount(day[used])
    whole = (records >= 0.9 * 86400 / interval) & (weight > 0.0)
    return float(np.median(12.0 / np.pi * np.arctan2(sine[whole], cosine[whole]))) if whole.any() else np.nan
