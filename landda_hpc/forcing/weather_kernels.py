"""The arithmetic of the weather generator on tiles of points.

A tile of ``WIDTH`` points has one scratch buffer with a row for each quantity, at the offsets named below, so the loops over
its rows become vector instructions. The random fields come as nodes ``(4, n_points)`` of two times and are interpolated. The
angles of local time are those of Greenwich plus the longitude, so the hour needs two cosines in all and the points none.
"""

import math
from typing import NamedTuple

import numpy as np

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing.noise import WIDTH
from landda_hpc.forcing.solar import SOLAR_CONSTANT
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.vmath import exp, log

#: Offsets of the rows: fields and what is made of them, :class:`~landda_hpc.forcing.climate.PointClimate`, the planes of
#: :class:`~landda_hpc.forcing.weather.Month`, longitude, and the eight variables of the forcing.
(WARMTH, PRESSURE, AREAS, SHOWERS, RAIN, RATE, WARMTH_STD, RAIN_WARMTH, RAIN_THRESHOLD, RAIN_STEEPNESS, CONVECTION,
 CLOUDINESS, DIURNAL_RANGE, DEW_POINT_DEPRESSION, SURFACE_PRESSURE, MEAN_WIND, SINE_LATITUDE, BEFORE, MIDDLE, AFTER,
 MEAN_WARMTH, MONTH_THRESHOLD, RAIN_SCALE, COSINE_LONGITUDE, SINE_LONGITUDE, OUT) = (WIDTH * row for row in range(26))
SCRATCH = OUT + 8 * WIDTH

PEAK_OF_SHOWERS, PEAK_OF_WARMTH, PEAK_OF_WIND = (2.0 * math.pi * (hour - 12.0) / 24.0 for hour in (17.0, 15.0, 14.0))
LOG_AEROSOL = math.log(0.935)  # of the transmission of a unit of air mass
SUN_SAMPLES = (-0.375, -0.125, 0.125, 0.375)  # of an hour
SUN_COSINES = tuple(math.cos(math.pi / 12.0 * part) for part in SUN_SAMPLES)
SUN_SINES = tuple(math.sin(math.pi / 12.0 * part) for part in SUN_SAMPLES)
CLOUD_SHADE, CLOUD_EMISSION = 0.80, 0.85  # what a closed cover takes from the sun and closes of the window of the sky
CLOUD_STEEPNESS = 2.3  # of the logit of the cloud fraction with the rain index
CLOUD_MOISTENS, HIGH_DRIES = 1.5, 1.2  # K of the dew point from a clear to a closed sky, and per standard pressure anomaly
HOT, HEAT_DRIES = 299.15, 0.7  # K, daily means above which dew points rise but slowly: few places ever exceed 303 K
MOIST = 0.99  # greatest relative humidity
PRESSURE_STD, WIND_STD = 700.0, 2.8  # Pa at the poles, m s-1
TAIL = 2.0  # of the rain index over its threshold; beyond, rain grows no longer exponentially but along the tangent


class Places(NamedTuple):
    """Cosine and sine of the longitude of the points, arrays ``(n_points,)``."""

    cosine: np.ndarray
    sine: np.ndarray


class Instant(NamedTuple):
    """What the points of a band share: angles after noon at Greenwich of the clock and of the sun, and the place in the month.

    Weights of the temperatures before, in and after the month; ``bump``: share of the mean warmth taken out, of mean one,
    which vanishes at the ends of the month.
    """

    clock_cosine: float
    clock_sine: float
    sun_cosine: float
    sun_sine: float
    declination_cosine: float
    declination_sine: float
    distance_factor: float
    weight_before: float
    weight_middle: float
    weight_after: float
    bump: float


@kernel
def _load(planes, first, n_used, S, offset):
    """Put rows of a tile of ``planes`` (n, n_points) into the buffer; what is beyond the points repeats the last one."""
    for row in range(len(planes)):
        start = offset + row * WIDTH
        for w in range(n_used):
            S[start + w] = planes[row, first + w]
        for w in range(n_used, WIDTH):
            S[start + w] = planes[row, first + n_used - 1]


@kernel
def _load_longitude(places, first, n_used, S):
    for w in range(WIDTH):
        point = first + min(w, n_used - 1)
        S[COSINE_LONGITUDE + w] = places.cosine[point]
        S[SINE_LONGITUDE + w] = places.sine[point]


@kernel
def _interpolate(before, after, weight, first, n_used, S):
    """Fill the rows of the four fields from two nodes (4, n_points), ``weight`` that of the later one."""
    for row in range(4):
        for w in range(n_used):
            S[row * WIDTH + w] = (1.0 - weight) * before[row, first + w] + weight * after[row, first + w]


@kernel
def _disturb(S, threshold, clock_cosine, clock_sine):
    """Make warmth, rain index (standard normal) and relative rain of the fields.

    Rain goes with low pressure, and is warm in winter, cool in summer. It falls where the index exceeds the threshold (row
    at the offset given) and grows exponentially with the excess; showers of warm months peak in the late afternoon.
    """
    peak_cosine = clock_cosine * math.cos(PEAK_OF_SHOWERS) + clock_sine * math.sin(PEAK_OF_SHOWERS)
    peak_sine = clock_sine * math.cos(PEAK_OF_SHOWERS) - clock_cosine * math.sin(PEAK_OF_SHOWERS)
    for w in range(WIDTH):
        areas = -0.45 * S[PRESSURE + w] + 0.893 * S[AREAS + w]
        rain = 0.75 * areas + 0.661438 * S[SHOWERS + w]
        share = S[RAIN_WARMTH + w]
        S[WARMTH + w] = share * areas + math.sqrt(1.0 - share * share) * S[WARMTH + w]
        S[RAIN + w] = rain
        excess = rain - S[threshold + w]
        excess = excess if excess > 0.0 else 0.0
        tail = excess - TAIL if excess > TAIL else 0.0
        daily = peak_cosine * S[COSINE_LONGITUDE + w] - peak_sine * S[SINE_LONGITUDE + w]
        steepness = S[RAIN_STEEPNESS + w]
        S[RATE + w] = ((exp(steepness * (excess - tail)) * (1.0 + steepness * tail) - 1.0)
                       * (1.0 + S[CONVECTION + w] * daily))


@kernel
def clear_sky_shortwave(top, cos_zenith, vapour, temperature, pressure):
    """Return what :func:`landda_hpc.forcing.longwave.clear_sky_shortwave` does, with functions that vectorise."""
    air_mass = 35.0 / math.sqrt(1224.0 * cos_zenith * cos_zenith + 1.0)
    water = 0.465 * vapour / temperature
    gases = 1.021 - 0.084 * math.sqrt(air_mass * (949.0e-8 * pressure + 0.051))
    wet = 1.0 - 0.077 * exp(0.3 * log(water * air_mass))
    return top * gases * wet * exp(LOG_AEROSOL * air_mass)


@kernel
def clear_sky_emissivity(vapour, temperature):
    """Return the emissivity of a cloudless sky [1], also of a very cold one, where other formulas fail.

    ``1 - (1 + w) exp(-sqrt(1.2 + 3 w))`` with the precipitable water ``w = 46.5 e / T`` [cm], e in hPa (Prata 1996,
    doi:10.1002/qj.49712253306).
    """
    water = 0.465 * vapour / temperature
    return 1.0 - (1.0 + water) * exp(-math.sqrt(1.2 + 3.0 * water))


@kernel
def saturation(temperature):
    """Return the vapour pressure over water [Pa] (Bolton 1980)."""
    return 611.2 * exp(17.67 * (temperature - 273.15) / (temperature - 29.65))


@kernel
def _air(S, t):
    """Make the variables of the forcing of a tile from its disturbances, climate and month, at :class:`Instant` ``t``."""
    warm_cosine = t.clock_cosine * math.cos(PEAK_OF_WARMTH) + t.clock_sine * math.sin(PEAK_OF_WARMTH)
    warm_sine = t.clock_sine * math.cos(PEAK_OF_WARMTH) - t.clock_cosine * math.sin(PEAK_OF_WARMTH)
    wind_cosine = t.clock_cosine * math.cos(PEAK_OF_WIND) + t.clock_sine * math.sin(PEAK_OF_WIND)
    wind_sine = t.clock_sine * math.cos(PEAK_OF_WIND) - t.clock_cosine * math.sin(PEAK_OF_WIND)
    for w in range(WIDTH):
        cosine, sine, latitude = S[COSINE_LONGITUDE + w], S[SINE_LONGITUDE + w], S[SINE_LATITUDE + w]
        cloud = 1.0 / (1.0 + exp(-(S[CLOUDINESS + w] + CLOUD_STEEPNESS * S[RAIN + w])))
        base = S[BEFORE + w] * t.weight_before + S[MIDDLE + w] * t.weight_middle + S[AFTER + w] * t.weight_after
        daily = base + S[WARMTH_STD + w] * (S[WARMTH + w] - S[MEAN_WARMTH + w] * t.bump)
        swing = 0.5 * S[DIURNAL_RANGE + w] * (1.4 - 0.8 * cloud)
        temperature = daily + swing * (warm_cosine * cosine - warm_sine * sine)

        heat = daily - HOT if daily > HOT else 0.0
        dew_point = (daily - swing - S[DEW_POINT_DEPRESSION + w] - HEAT_DRIES * heat + CLOUD_MOISTENS * (cloud - 0.5)
                     - HIGH_DRIES * S[PRESSURE + w])
        pressure = S[SURFACE_PRESSURE + w] + PRESSURE_STD * S[PRESSURE + w] * (latitude * latitude)
        vapour, most = saturation(dew_point), MOIST * saturation(temperature)
        vapour = vapour if vapour < most else most

        sun_cosine = t.sun_cosine * cosine - t.sun_sine * sine
        sun_sine = t.sun_sine * cosine + t.sun_cosine * sine
        high, low = math.sqrt(1.0 - latitude * latitude) * t.declination_cosine, latitude * t.declination_sine
        sun = 0.0
        for k in range(len(SUN_SAMPLES)):
            height = low + high * (sun_cosine * SUN_COSINES[k] - sun_sine * SUN_SINES[k])
            sun += height if height > 0.0 else 0.0
        sun = sun / len(SUN_SAMPLES)
        clear = clear_sky_shortwave(SOLAR_CONSTANT * t.distance_factor * sun, sun, vapour, temperature, pressure)
        grey = CLOUD_EMISSION * cloud * cloud
        emissivity = grey + (1.0 - grey) * clear_sky_emissivity(vapour, temperature)
        breeze = 0.85 + 0.3 * (wind_cosine * cosine - wind_sine * sine)
        northward = S[WARMTH + w] if latitude > 0.0 else -S[WARMTH + w]

        S[OUT + w] = temperature
        S[OUT + WIDTH + w] = 0.622 * vapour / (pressure - 0.378 * vapour)
        S[OUT + 2 * WIDTH + w] = breeze * (S[MEAN_WIND + w] + WIND_STD * S[PRESSURE + w])
        S[OUT + 3 * WIDTH + w] = breeze * WIND_STD * northward
        S[OUT + 4 * WIDTH + w] = pressure
        S[OUT + 5 * WIDTH + w] = clear * (1.0 - CLOUD_SHADE * cloud * cloud)
        S[OUT + 6 * WIDTH + w] = emissivity * STEFAN_BOLTZMANN * (temperature * temperature) * (temperature * temperature)
        S[OUT + 7 * WIDTH + w] = S[RAIN_SCALE + w] * S[RATE + w]


@driver_kernel
def fill_weather(before, after, weight, places, climate, month, instant, S, out):
    """Fill ``out`` (8, n_points), rows as in :class:`~landda_hpc.noah.types.Forcing`.

    Parameters
    ----------
    before, after : ndarray (4, n_points)
        Nodes of the fields, the later one with ``weight``.
    places : Places
    climate, month : ndarray (11, n_points), (6, n_points)
        Planes named above.
    instant : Instant
    S : ndarray (SCRATCH,)
    """
    n_points = len(places.cosine)
    for first in range(0, n_points, WIDTH):
        n_used = min(WIDTH, n_points - first)
        _load(climate, first, n_used, S, WARMTH_STD)
        _load(month, first, n_used, S, BEFORE)
        _load_longitude(places, first, n_used, S)
        _interpolate(before, after, weight, first, n_used, S)
        _disturb(S, MONTH_THRESHOLD, instant.clock_cosine, instant.clock_sine)
        _air(S, instant)
        for row in range(8):
            for w in range(n_used):
                out[row, first + w] = S[OUT + row * WIDTH + w]


@driver_kernel
def add_disturbances(before, after, hours, places, climate, threshold, S, warmth, rain, wettest):
    """Add the warmth and the relative rain of the hours between two nodes to sums and keep the greatest rain index.

    Parameters
    ----------
    before, after : ndarray (4, n_points)
    hours : ndarray (n_hours, 3)
        Weight of the later node, cosine and sine of the angle after noon at Greenwich.
    places : Places
    climate : ndarray (11, n_points)
    threshold : ndarray (1, n_points)
        Of the rain index, in place of the climate's.
    S : ndarray (SCRATCH,)
    warmth, rain, wettest : ndarray (n_points,)
        Modified.
    """
    n_points = len(places.cosine)
    for first in range(0, n_points, WIDTH):
        n_used = min(WIDTH, n_points - first)
        _load(climate, first, n_used, S, WARMTH_STD)
        _load(threshold, first, n_used, S, MONTH_THRESHOLD)
        _load_longitude(places, first, n_used, S)
        for hour in range(len(hours)):
            _interpolate(before, after, hours[hour, 0], first, n_used, S)
            _disturb(S, MONTH_THRESHOLD, hours[hour, 1], hours[hour, 2])
            for w in range(n_used):
                warmth[first + w] += S[WARMTH + w]
                rain[first + w] += S[RATE + w]
                wettest[first + w] = max(wettest[first + w], S[RAIN + w])
