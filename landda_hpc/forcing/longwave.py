"""Estimate of the downward longwave radiation for towers that do not measure it.

Clear-sky emissivity after Brutsaert (1975, doi:10.1029/WR011i005p00742) and clouds after Crawford and Duchon (1999,
doi:10.1175/1520-0450(1999)038<0474:AIPFEE>2.0.CO;2): what the measured shortwave radiation lacks against a
clear sky is cloud, and cloud radiates like a black body at screen temperature. Nights take the cloud fraction between
the evening and the morning.
"""

import numpy as np

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing.solar import mean_extraterrestrial
from landda_hpc.jit import inlined

METHOD = "Brutsaert (1975) clear-sky emissivity, Crawford and Duchon (1999) cloud fraction from the shortwave"
WINDOW_SECONDS = 3 * 3600  # the sky seen by the pyranometer is averaged over this time
LOWEST_SUN = 0.15  # mean cosine of the zenith angle below which the clearness says nothing about clouds


@inlined
def clear_sky_emissivity(vapour_pressure, air_temperature):
    """Return ``1.24 (e / T)^(1/7)`` [1] with the vapour pressure e in hPa and T in K; arguments in Pa and K."""
    return 1.24 * (vapour_pressure / 100.0 / air_temperature) ** (1.0 / 7.0)


@inlined
def clear_sky_shortwave(extraterrestrial, cos_zenith, vapour_pressure, air_temperature, surface_pressure):
    """Return the shortwave radiation under a cloudless sky [W m-2].

    Product of the transmissions for Rayleigh scattering and permanent gases, water vapour and aerosol as in Crawford
    and Duchon (1999, eqs. 5-9), with the precipitable water ``46.5 e / T`` [kg m-2 / 10 = cm] of Prata (1996,
    doi:10.1002/qj.49712253306).

    Parameters
    ----------
    extraterrestrial, cos_zenith : ndarray
        On a horizontal plane [W m-2], cosine of the zenith angle [1].
    vapour_pressure, surface_pressure : ndarray
        [Pa].
    air_temperature : ndarray
        [K].
    """
    air_mass = 35.0 / np.sqrt(1224.0 * cos_zenith ** 2 + 1.0)
    water = 46.5 * vapour_pressure / 100.0 / air_temperature
    gases = 1.021 - 0.084 * np.sqrt(air_mass * (949.0e-6 * surface_pressure / 100.0 + 0.051))
    vapour = 1.0 - 0.077 * (water * air_mass) ** 0.3
    aerosol = 0.935 ** air_mass
    return extraterrestrial * gases * vapour * aerosol


def cloud_fraction(times, interval, shortwave, clear_sky, cos_zenith):
    """Return the cloud fraction [0-1] at each record: one minus measured over clear-sky radiation.

    Both are summed over a window around the record where the sun is high enough; nights are interpolated linearly in
    time, the ends are held. Raises ``ValueError`` when the sun never rises high enough.
    """
    sunny = cos_zenith > LOWEST_SUN
    width = max(1, int(WINDOW_SECONDS // interval))
    window = np.ones(width)
    measured = np.convolve(np.where(sunny, shortwave, 0.0), window, mode="same")
    possible = np.convolve(np.where(sunny, clear_sky, 0.0), window, mode="same")
    if not sunny.any():
        raise ValueError("the sun stays too low in the whole record to tell clouds from clear sky")
    seconds = (times - times[0]) / np.timedelta64(1, "s")
    cloud = 1.0 - np.clip(measured[sunny] / possible[sunny], 0.0, 1.0)
    return np.interp(seconds, seconds[sunny], cloud)


def estimate_longwave(times, interval, air_temperature, vapour_pressure, surface_pressure, shortwave, latitude,
                      longitude):
    """Return the downward longwave radiation ``(c + (1 - c) eps_clear) sigma T^4`` [W m-2].

    Parameters
    ----------
    times : ndarray of datetime64[s]
        UTC start of the records, `interval` seconds long.
    air_temperature, vapour_pressure, surface_pressure, shortwave : ndarray
        [K], [Pa], [Pa], [W m-2], without gaps.
    latitude, longitude : float
        Degrees north and east.
    """
    extraterrestrial, cosine = mean_extraterrestrial(times, interval, latitude, longitude)
    clear = clear_sky_shortwave(extraterrestrial, cosine, vapour_pressure, air_temperature, surface_pressure)
    cloud = cloud_fraction(times, interval, shortwave, clear, cosine)
    emissivity = cloud + (1.0 - cloud) * clear_sky_emissivity(vapour_pressure, air_temperature)
    return emissivity * STEFAN_BOLTZMANN * air_temperature ** 4
