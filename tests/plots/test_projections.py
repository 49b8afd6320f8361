"""Projections against PROJ, their areas and inverses."""

import numpy as np
import pytest

from landda_hpc.plots.projections import Albers, Cylinder, EqualEarth, projection_of

LONGITUDE, LATITUDE = np.array([-60.0, 10.0, 100.0, 179.0]), np.array([-10.0, 0.5, 47.0, 83.0])
#: x and y by PROJ 9.5 (pyproj 3.7.2) on a sphere of radius 1.
PROJ = [
    (EqualEarth(), "+proj=eqearth", [-0.895655076, 0.150365597, 1.269880599, 1.62800055],
     [-0.20204244, 0.010128974, 0.893308325, 1.302911556]),
    (EqualEarth(20.0), "+proj=eqearth +lon_0=20", [-1.194206767, -0.150365597, 1.01590448, 1.446101048],
     [-0.20204244, 0.010128974, 0.893308325, 1.302911556]),
    (Albers(15.0, 40.0, 65.0), "+proj=aea +lat_1=40 +lat_2=65 +lon_0=15",
     [-1.491323797, -0.109228094, 0.789867711, 0.218690675], [0.695583836, 0.010644592, 1.269798314, 1.789123224]),
    (Albers(15.0, -40.0, -20.0), "+proj=aea +lat_1=-40 +lat_2=-20 +lon_0=15",
     [-1.249664181, -0.096692043, 1.887429906, 2.971291947], [-0.580444307, 0.0058095, -0.136058151, -1.75932927]),
    (Cylinder(15.0, 20.0), "+proj=cea +lat_ts=20 +lon_0=15", [-1.230054764, -0.082003651, 1.394062066, 2.689719751],
     [-0.184792531, 0.009286585, 0.778290353, 1.056245553])]
ALL = pytest.mark.parametrize("projection", [case[0] for case in PROJ], ids=[case[1] for case in PROJ])


@pytest.mark.parametrize("projection, name, x, y", PROJ, ids=[case[1] for case in PROJ])
def test_places_agree_with_proj(projection, name, x, y):
    found = projection.forward(LONGITUDE, LATITUDE)
    np.testing.assert_allclose(found[0], x, atol=2e-9)
    offset = projection.forward(15.0, 0.0)[1]  # PROJ puts y = 0 at the equator of the central meridian
    np.testing.assert_allclose(found[1] - offset, y, atol=2e-9)


@ALL
def test_areas_are_those_of_the_sphere(projection):
    random = np.random.default_rng(3)
    longitude, latitude, step = random.uniform(-150.0, 150.0, 200), random.uniform(-80.0, 80.0, 200), 1e-4
    east, west = (np.array(projection.forward(longitude + sign * step, latitude)) for sign in (1, -1))
    north, south = (np.array(projection.forward(longitude, latitude + sign * step)) for sign in (1, -1))
    along, upward = (east - west) / np.deg2rad(2 * step), (north - south) / np.deg2rad(2 * step)
    area = along[0] * upward[1] - along[1] * upward[0]
    np.testing.assert_allclose(area, np.cos(np.deg2rad(latitude)), rtol=1e-6)


@ALL
def test_inverse_returns(projection):
    longitude, latitude = np.meshgrid(np.linspace(-160.0, 175.0, 40), np.linspace(-89.0, 89.0, 40))
    found = projection.inverse(*projection.forward(longitude, latitude))
    difference = np.mod(found[0] - longitude + 180.0, 360.0) - 180.0
    np.testing.assert_allclose(difference, 0.0, atol=1e-8)
    np.testing.assert_allclose(found[1], latitude, atol=1e-8)


def test_outside_the_map_there_is_nothing():
    longitude, latitude = EqualEarth().inverse(np.array([2.7, 0.0, 0.0]), np.array([0.5, 1.4, np.nan]))
    assert np.isnan(longitude).all() and np.isnan(latitude).all()


@pytest.mark.parametrize("region, kind", [((-60, 90, -180, 180), EqualEarth), ((35, 72, -12, 42), Albers),
                                          ((-45, -10, 110, 155), Albers), ((-20, 20, 100, 160), Cylinder),
                                          ((-30, 40, -20, 55), Cylinder)])
def test_regions_get_a_projection_that_suits(region, kind):
    assert isinstance(projection_of(*region), kind)
