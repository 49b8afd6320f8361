import numpy as np
import pytest

from landda_hpc.simulation.ascat import CROSS_TRACK
from landda_hpc.simulation.orbits import (
    ORBITS,
    Orbit,
    half_orbit_start,
    half_orbits,
    passes_over,
    seconds_since_epoch,
    swath_positions,
    track_azimuth,
)
from landda_hpc.times import SECONDS_PER_DAY

EARTH = 6371.0  # km
GRAVITY_PARAMETER, EQUATOR, J2 = 398600.4418, 6378.137, 1.08263e-3  # km3 s-2, km, 1
YEAR = 365.2422  # days
#: Local time of the northbound crossing [h].
ASCENDING = {"metop-b": 21.5, "metop-c": 21.5, "smap": 18.0, "gcom-w": 13.5, "smos": 6.0}


def vectors(latitude, longitude):
    latitude, longitude = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], -1)


@pytest.mark.parametrize("name", ORBITS)
def test_crosses_the_equator_at_its_local_time_all_year(name):
    for month in range(1, 13):
        start = seconds_since_epoch(f"2022-{month:02d}-15")
        seconds = start + np.arange(0.0, SECONDS_PER_DAY, 10.0)
        latitude, longitude = swath_positions(ORBITS[name], seconds)
        crossing = np.flatnonzero(np.diff(np.sign(latitude)) != 0)
        local = (seconds[crossing] - start) / 3600.0 + longitude[crossing] / 15.0
        north = np.diff(latitude)[crossing] > 0
        for direction, nominal in ((north, ASCENDING[name]), (~north, ASCENDING[name] + 12.0)):
            assert direction.sum() >= 13
            assert np.abs((local[direction] - nominal + 12.0) % 24.0 - 12.0).max() < 3.0 / 60.0


@pytest.mark.parametrize("name", ORBITS)
def test_is_where_a_precessing_plane_over_a_sidereally_turning_earth_puts_it(name):
    orbit = ORBITS[name]
    seconds = seconds_since_epoch("2022-01-01") + np.linspace(0.0, YEAR * SECONDS_PER_DAY, 400)
    days = seconds / SECONDS_PER_DAY - 0.5  # since noon of 2000-01-01
    mean_sun = 280.46061 + 360.0 / YEAR * days
    sidereal_time = 280.46061837 + 360.98564736629 * days
    node = mean_sun + 15.0 * (ASCENDING[name] - 12.0)
    angle = 2.0 * np.pi * (seconds / orbit.period + orbit.phase)
    tilt = np.deg2rad(orbit.inclination)
    ascension = node + np.rad2deg(np.arctan2(np.cos(tilt) * np.sin(angle), np.cos(angle)))
    expected = vectors(np.rad2deg(np.arcsin(np.sin(tilt) * np.sin(angle))), ascension - sidereal_time)
    found = vectors(*swath_positions(orbit, seconds))
    assert np.arccos(np.clip((expected * found).sum(-1), -1.0, 1.0)).max() * EARTH < 5.0


@pytest.mark.parametrize("name", ORBITS)
def test_inclination_is_the_sun_synchronous_one_of_the_period(name):
    orbit = ORBITS[name]
    axis = (GRAVITY_PARAMETER * (orbit.period / (2.0 * np.pi)) ** 2) ** (1.0 / 3.0)
    rate = 2.0 * np.pi / (YEAR * SECONDS_PER_DAY)
    cosine = -rate * axis**2 / (1.5 * J2 * EQUATOR**2 * 2.0 * np.pi / orbit.period)
    assert np.rad2deg(np.arccos(cosine)) == pytest.approx(orbit.inclination, abs=0.15)


def test_periods_and_half_an_orbit_between_the_metops():
    assert ORBITS["metop-b"].period / 60.0 == pytest.approx(101.36, abs=0.05)
    assert ORBITS["smap"].period / 60.0 == pytest.approx(98.5, abs=0.05)
    seconds = seconds_since_epoch("2022-06-01") + np.arange(0.0, 20000.0, 100.0)
    b, c = (vectors(*swath_positions(ORBITS[name], seconds)) for name in ("metop-b", "metop-c"))
    assert (b * c).sum(-1).max() < -0.95  # on opposite sides of the earth


@pytest.mark.parametrize("name", ["metop-b", "smap"])
def test_track_repeats(name):
    seconds = seconds_since_epoch("2022-06-01") + np.arange(0.0, 20000.0, 77.0)
    first, again = (vectors(*swath_positions(ORBITS[name], seconds + shift * SECONDS_PER_DAY))
                    for shift in (0, ORBITS[name].repeat_days))
    np.testing.assert_allclose(first, again, atol=1e-6)


def test_passes_over_finds_the_least_distance_from_the_track():
    orbit, rng = ORBITS["smap"], np.random.default_rng(5)
    latitude, longitude = np.rad2deg(np.arcsin(rng.uniform(-0.99, 0.99, 3000))), rng.uniform(-180.0, 180.0, 3000)
    for half in half_orbits(orbit, seconds_since_epoch("2022-06-01"), seconds_since_epoch("2022-06-01T03:00")):
        track = half_orbit_start(orbit, half) + np.arange(0.0, 0.5 * orbit.period, 1.0)
        distance = EARTH * np.arccos(np.clip(vectors(latitude, longitude) @ vectors(*swath_positions(orbit, track)).T,
                                             -1.0, 1.0))
        least, when = distance.min(axis=1), track[distance.argmin(axis=1)]
        index, seconds, cross_track = passes_over(orbit, half, latitude, longitude)
        seen = np.zeros(len(latitude), bool)
        seen[index] = True
        inner = (when > track[0] + 60.0) & (when < track[-1] - 60.0)
        assert seen[inner & (least < orbit.half_width - 25.0)].all() and not seen[least > orbit.half_width + 25.0].any()
        ours = inner[index]
        # Abeam in the frame of the orbit differs a little from nearest to the slanting ground track.
        assert np.abs(np.abs(cross_track) - least[index])[ours].max() < 20.0
        assert np.abs(seconds - when[index])[ours].max() < 15.0


def covered(name, days, latitude_range, widths=None):
    """Return the fraction of a band of latitude that is seen in so many days."""
    rng = np.random.default_rng(2)
    sines = np.sin(np.deg2rad(latitude_range))
    latitude, longitude = np.rad2deg(np.arcsin(rng.uniform(*sines, 4000))), rng.uniform(-180.0, 180.0, 4000)
    start, seen, orbit = seconds_since_epoch("2022-06-01"), np.zeros(4000, bool), ORBITS[name]
    for half in half_orbits(orbit, start, start + days * SECONDS_PER_DAY):
        index, _, cross_track = passes_over(orbit, half, latitude, longitude)
        if widths is not None:
            index = index[(np.abs(cross_track) >= widths[0]) & (np.abs(cross_track) <= widths[1])]
        seen[index] = True
    return seen.mean()


def test_revisits():
    edges = (CROSS_TRACK[40] - 6.25, CROSS_TRACK[0] + 6.25)
    assert 0.65 < covered("metop-b", 1, (-60.0, 80.0), edges) < 0.80
    assert 0.60 < covered("metop-b", 1, (-45.0, 45.0), edges) < 0.75
    assert covered("metop-b", 3, (-60.0, 80.0), edges) > 0.99
    assert covered("smap", 3, (-60.0, 80.0)) > 0.98
    assert 0.5 < covered("smap", 1, (-45.0, 45.0)) < 0.8
    assert covered("gcom-w", 2, (-80.0, 80.0)) > 0.97
    assert covered("smos", 3, (-60.0, 80.0)) > 0.97


def test_local_times_at_middle_latitudes_and_sides_of_the_swath():
    start = seconds_since_epoch("2022-06-01")
    seconds = start + np.arange(0.0, SECONDS_PER_DAY, 20.0)
    latitude, longitude = swath_positions(ORBITS["metop-b"], seconds)
    north = (track_azimuth(ORBITS["metop-b"], seconds) + 90.0) % 360.0 < 180.0
    local = ((seconds - start) / 3600.0 + longitude / 15.0) % 24.0
    middle = (latitude > 40.0) & (latitude < 50.0)
    assert 9.5 < local[middle & ~north].mean() < 10.3  # descending: still east of its node
    assert 20.7 < local[middle & north].mean() < 21.5
    # Flying north, the left is the west.
    _, left = swath_positions(ORBITS["metop-b"], seconds[middle & north], 100.0)
    assert (((left - longitude[middle & north] + 180.0) % 360.0 - 180.0) < 0.0).all()


def test_nodes_lie_where_those_of_a_real_orbit_do(shared_data):
    import netCDF4

    path, = (shared_data / "data" / "products" / "ascat_l2_125_nc").glob("*.nc")
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        latitude, longitude = file["latitude"][::50] * 1.0e-6, file["longitude"][::50] * 1.0e-6
        seconds, azimuth = file["utc_line_nodes"][::50].astype(float), file["sat_track_azi"][::50] * 0.01
    geocentric = np.rad2deg(np.arctan(0.99330562 * np.tan(np.deg2rad(latitude))))  # ours is a sphere
    real = vectors(geocentric, longitude)
    # Phase and local time of the node are fitted; shape, period and swath are ours.
    nadir = real[:, 40] + real[:, 41]
    nadir /= np.linalg.norm(nadir, axis=1)[:, None]
    sine = nadir[:, 2] / np.sin(np.deg2rad(98.7))
    ascending = (azimuth < 90.0) | (azimuth > 270.0)
    angle = np.where(ascending, np.arcsin(np.clip(sine, -1.0, 1.0)), np.pi - np.arcsin(np.clip(sine, -1.0, 1.0)))
    orbit = Orbit("metop-a", 98.7, 21.5, 29, 412, 0.0, "2006-10-19", 877.5)
    safe = np.abs(sine) < 0.9
    turns = np.angle(np.exp(1j * (angle - 2.0 * np.pi * seconds / orbit.period))[safe].mean()) / (2.0 * np.pi)
    orbit = orbit._replace(phase=turns % 1.0)
    found = vectors(*swath_positions(orbit, seconds))
    west = np.angle((np.exp(1j * (np.arctan2(nadir[:, 1], nadir[:, 0]) - np.arctan2(found[:, 1], found[:, 0]))))[safe].mean())
    orbit = orbit._replace(ascending_local_time=21.5 + west * 12.0 / np.pi)
    assert abs(orbit.ascending_local_time - 21.5) < 0.5
    found = vectors(*swath_positions(orbit, seconds[:, None], CROSS_TRACK[None, :]))
    distance = EARTH * np.arccos(np.clip((found * real).sum(-1), -1.0, 1.0))
    # Geodetic latitude alone makes up to 21 km.
    # The real orbit is eccentric by 0.0012, 15 km along the track.
    assert np.median(distance) < 30.0 and distance.max() < 85.0, (np.median(distance), distance.max())
