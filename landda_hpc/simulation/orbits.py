"""Sun-synchronous circular orbits: where a satellite is, what its swath covers, when it passes a place.

In a frame that turns with the mean sun the plane of a sun-synchronous orbit stands still and the earth turns once a day, so
the track follows from the local time of the ascending node alone and keeps that local time all year. Orbits repeat exactly
after a whole number of days. The earth is a sphere and the mean sun stands for the true one (they differ by up to 16 min).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import EARTH_RADIUS
from landda_hpc.times import EPOCH, SECONDS_PER_DAY, seconds_since

HALF_TURN = np.pi
ITERATIONS = 5  # of the time of closest approach; each gains a factor of about 15
FIRST_GUESS_ERROR = 1000.0  # km, the earth turns less in a quarter of an orbit


class Orbit(NamedTuple):
    """An orbit and the swath that is seen from it.

    Attributes
    ----------
    name : str
    inclination : float
        Degrees.
    ascending_local_time : float
        Mean local solar time of the ascending node [h].
    repeat_days, repeat_orbits : int
        The track repeats after so many days and orbits.
    phase : float
        Part of an orbit since the ascending node at the epoch, 0 to 1.
    launch : str
        Date from which orbits are counted.
    half_width : float
        Half the width of the swath [km].
    """

    name: str
    inclination: float
    ascending_local_time: float
    repeat_days: int
    repeat_orbits: int
    phase: float
    launch: str
    half_width: float

    @property
    def period(self):
        """Time from node to node [s]."""
        return self.repeat_days * SECONDS_PER_DAY / self.repeat_orbits

    def number(self, index):
        """Return the orbit number, counted from the launch, of the index of an orbit, counted from the epoch."""
        days = (np.datetime64(self.launch, "D") - EPOCH.astype("datetime64[D]")).astype(np.int64)
        return int(index - np.floor(days * SECONDS_PER_DAY / self.period))

    def node_time(self, index):
        """Return the time of the ascending node that an orbit begins with [s since 2000-01-01 00:00 UTC]."""
        return (np.asarray(index, np.float64) - self.phase) * self.period


#: By platform. Metop-B and -C fly half an orbit apart.
ORBITS = {
    "metop-b": Orbit("metop-b", 98.7, 21.5, 29, 412, 0.0, "2012-09-17", 877.5),
    "metop-c": Orbit("metop-c", 98.7, 21.5, 29, 412, 0.5, "2018-11-07", 877.5),
    "smap": Orbit("smap", 98.12, 18.0, 8, 117, 0.3, "2015-01-31", 500.0),
    "gcom-w": Orbit("gcom-w", 98.19, 13.5, 16, 233, 0.6, "2012-05-17", 725.0),
    "smos": Orbit("smos", 98.44, 6.0, 149, 2144, 0.8, "2009-11-02", 500.0),
}


def seconds_since_epoch(time):
    """Return a time (datetime64 or text) as seconds since 2000-01-01 00:00 UTC."""
    return float(seconds_since(EPOCH, time))


def argument_of_latitude(orbit, seconds):
    """Return the angle since the ascending node ``(n,)`` [rad], not reduced to one turn."""
    return 2.0 * np.pi * (np.asarray(seconds, np.float64) / orbit.period + orbit.phase)


@lru_cache
def _frame(orbit):
    """Return the directions of the ascending node, of a quarter orbit later and of the orbit's normal, in the sun's frame."""
    node = 2.0 * np.pi * orbit.ascending_local_time / 24.0
    tilt = np.deg2rad(orbit.inclination)
    ahead = np.array([np.cos(node), np.sin(node), 0.0])
    quarter = np.array([-np.cos(tilt) * np.sin(node), np.cos(tilt) * np.cos(node), np.sin(tilt)])
    return ahead, quarter, np.cross(ahead, quarter)


def swath_positions(orbit, seconds, cross_track=0.0):
    """Return latitude and longitude in [-180, 180) of points beside the ground track.

    Parameters
    ----------
    orbit : Orbit
    seconds : ndarray
        Since 2000-01-01 00:00 UTC.
    cross_track : ndarray, broadcast with ``seconds``
        Distance from the track, positive to the left of the flight [km]; 0 is the track itself.
    """
    seconds, offset = np.broadcast_arrays(np.asarray(seconds, np.float64), np.asarray(cross_track) * 1.0e3 / EARTH_RADIUS)
    angle = argument_of_latitude(orbit, seconds)
    x, y, z = (np.cos(offset) * (np.cos(angle) * a + np.sin(angle) * b) + np.sin(offset) * n
               for a, b, n in zip(*_frame(orbit)))
    longitude = np.rad2deg(np.arctan2(y, x)) - 360.0 * np.mod(seconds / SECONDS_PER_DAY, 1.0)
    return np.rad2deg(np.arcsin(np.clip(z, -1.0, 1.0))), np.mod(longitude + 180.0, 360.0) - 180.0


def track_azimuth(orbit, seconds):
    """Return the bearing of the ground track ``(n,)`` [degrees clockwise from north]."""
    seconds = np.asarray(seconds, np.float64)
    (south, west), (north, east) = (swath_positions(orbit, seconds + shift) for shift in (-0.5, 0.5))
    eastward = (np.mod(east - west + 180.0, 360.0) - 180.0) * np.cos(np.deg2rad(0.5 * (south + north)))
    return np.mod(np.rad2deg(np.arctan2(eastward, north - south)), 360.0)


def half_orbits(orbit, start, end):
    """Return the indices of the half orbits, pole to pole, that touch ``[start, end)`` [s]; even ones ascend, odd descend."""
    first, last = (argument_of_latitude(orbit, time) / HALF_TURN + 0.5 for time in (start, end))
    return range(int(np.floor(first)), int(np.ceil(last)))


def half_orbit_start(orbit, half):
    """Return when a half orbit begins [s since 2000-01-01 00:00 UTC]."""
    return (0.5 * (half - 0.5) - orbit.phase) * orbit.period


def passes_over(orbit, half, latitude, longitude):
    """Return which places a half orbit has in its swath, when it passes them and how far beside its track they are.

    Parameters
    ----------
    orbit : Orbit
    half : int
        Index of the half orbit, see :func:`half_orbits`.
    latitude, longitude : ndarray (n,)
        Degrees.

    Returns
    -------
    index : ndarray of int64 (n_seen,)
        Of the places.
    seconds : ndarray (n_seen,)
        Since 2000-01-01 00:00 UTC, when the satellite is abeam of the place.
    cross_track : ndarray (n_seen,)
        Kilometres, positive to the left.
    """
    begin = half_orbit_start(orbit, half)
    index, seconds = np.arange(len(longitude)), begin + 0.25 * orbit.period
    for iteration in range(ITERATIONS):
        since, cross_track = _abeam(orbit, half, latitude[index], longitude[index], seconds)
        if iteration == 0:
            near = np.abs(cross_track) <= orbit.half_width + FIRST_GUESS_ERROR
            index, since, cross_track = index[near], since[near], cross_track[near]
        seconds = begin + since
    seen = (np.abs(cross_track) <= orbit.half_width) & (since >= 0.0) & (since < 0.5 * orbit.period)
    return index[seen], seconds[seen], cross_track[seen]


def _abeam(orbit, half, latitude, longitude, seconds):
    """Return when [s since the half orbit began] and how far [km] places are abeam, with the earth as at ``seconds``."""
    local = np.deg2rad(longitude) + 2.0 * np.pi * np.mod(seconds / SECONDS_PER_DAY, 1.0)
    level, up = np.cos(np.deg2rad(latitude)), np.sin(np.deg2rad(latitude))
    place = (level * np.cos(local), level * np.sin(local), up)
    forward, sideward, beside = (place[0] * axis[0] + place[1] * axis[1] + place[2] * axis[2] for axis in _frame(orbit))
    turns = np.mod(np.arctan2(sideward, forward) / (2.0 * np.pi) - 0.5 * (half - 0.5), 1.0)
    turns = np.where(turns > 0.75, turns - 1.0, turns)  # just before the beginning, not just before the next one
    return turns * orbit.period, np.arcsin(np.clip(beside, -1.0, 1.0)) * EARTH_RADIUS * 1.0e-3
