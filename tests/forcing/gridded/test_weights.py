"""Weights from grids to points."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.files import Axes
from landda_hpc.forcing.gridded.weights import Targets, make_weights

RANDOM = np.random.default_rng(1)


def applied(weights, values):
    return weights.matrix @ values[weights.rows].reshape(-1)[weights.cells]


def targets(n=200, south=-60.0, north=85.0, west=-180.0, east=180.0, resolution=2.0):
    return Targets(RANDOM.uniform(south, north, n), RANDOM.uniform(west, east, n), resolution)


@pytest.mark.parametrize("turn", [lambda lat, lon: (lat, lon), lambda lat, lon: (lat[::-1], lon),
                                  lambda lat, lon: (lat[::-1], np.mod(lon, 360.0)),
                                  lambda lat, lon: (lat, np.sort(np.mod(lon, 360.0)))])
def test_bilinear_is_exact_for_a_plane_in_any_order_of_the_axes(turn):
    latitude, longitude = turn(np.arange(-20.0, 61.0, 2.5), np.arange(-30.0, 41.0, 2.5))
    east = np.mod(longitude + 180.0, 360.0) - 180.0
    values = 3.0 + 0.5 * np.asarray(latitude)[:, None] - 0.2 * east
    points = targets(300, -20.0, 60.0, -30.0, 40.0)
    found = applied(make_weights(Axes(tuple(latitude), tuple(longitude)), points), values)
    np.testing.assert_allclose(found, 3.0 + 0.5 * points.latitude - 0.2 * points.longitude, rtol=1e-12)


def test_bilinear_goes_round_the_globe():
    axes = Axes(tuple(np.linspace(90, -90, 37)), tuple(np.arange(0.0, 360.0, 5.0)))
    points = targets(500)
    values = 2.0 + np.cos(np.deg2rad(np.array(axes.latitude)))[:, None] * np.cos(np.deg2rad(np.array(axes.longitude)))
    exact = 2.0 + np.cos(np.deg2rad(points.latitude)) * np.cos(np.deg2rad(points.longitude))
    assert np.abs(applied(make_weights(axes, points), values) - exact).max() < 2.5e-3


@pytest.mark.parametrize("method", ["bilinear", "nearest", "conservative"])
def test_the_same_grid_gives_the_cells_themselves(method):
    latitude, longitude = np.arange(-9.75, 10.0, 0.5), np.arange(-179.75, 180.0, 0.5)
    values = RANDOM.normal(size=(len(latitude), len(longitude)))
    row, column = RANDOM.integers(len(latitude), size=50), RANDOM.integers(len(longitude), size=50)
    axes = Axes(tuple(latitude.astype(np.float32).astype(float)), tuple(longitude.astype(np.float32).astype(float)))
    found = applied(make_weights(axes, Targets(latitude[row], longitude[column], 0.5), method), values)
    np.testing.assert_allclose(found, values[row, column], atol=1e-4 if method == "conservative" else 1e-13)


def test_conservative_keeps_the_integral():
    coarse_lat, coarse_lon = np.arange(-87.5, 90.0, 5.0), np.arange(-177.5, 180.0, 5.0)
    axes = Axes(tuple(np.arange(89.25, -90.0, -1.5)), tuple(np.arange(0.75, 360.0, 1.5)))
    values = RANDOM.uniform(0.0, 1.0, axes.shape)
    lat, lon = (part.ravel() for part in np.meshgrid(coarse_lat, coarse_lon, indexing="ij"))
    found = applied(make_weights(axes, Targets(lat, lon, 5.0), "conservative"), values)

    def area(latitude, size):
        return np.sin(np.deg2rad(latitude + size / 2)) - np.sin(np.deg2rad(latitude - size / 2))

    fine = (values * area(np.array(axes.latitude), 1.5)[:, None] * 1.5).sum()
    assert (found * area(lat, 5.0) * 5.0).sum() == pytest.approx(fine, rel=1e-12)
    assert found.min() >= values.min() and found.max() <= values.max()


def test_land_alone_counts():
    axes = Axes(tuple(np.arange(-10.0, 11.0, 1.0)), tuple(np.arange(-10.0, 11.0, 1.0)))
    land = np.ones(axes.shape, bool)
    land[:, 11:] = False  # sea east of 0
    values = np.where(land, 5.0, np.nan)
    points = Targets(np.array([0.5, 0.5, 0.5]), np.array([-0.3, 0.9, 3.2]), 1.0)
    weights = make_weights(axes, points, land=land)
    np.testing.assert_allclose(applied(weights, values), 5.0)
    assert weights.n_nearest == 1  # 3.2 E; at 0.9 E a tenth is land
    with pytest.raises(InputError, match="within 500 km"):
        make_weights(axes, Targets(np.array([0.5]), np.array([9.0]), 1.0), land=land)


def test_a_band_reads_its_rows_and_has_the_same_numbers():
    axes = Axes(tuple(np.arange(-89.5, 90.0, 1.0)), tuple(np.arange(0.5, 360.0, 1.0)))
    values = RANDOM.normal(size=axes.shape)
    land = RANDOM.uniform(size=axes.shape) < 0.4
    points = targets(400)
    order = np.argsort(points.latitude)
    points = Targets(points.latitude[order], points.longitude[order], 3.0)
    for method in ("bilinear", "conservative"):
        whole = applied(make_weights(axes, points, method, land), np.where(land, values, np.nan))
        part = make_weights(axes, Targets(points.latitude[100:180], points.longitude[100:180], 3.0), method, land)
        assert applied(part, np.where(land, values, np.nan)).tobytes() == whole[100:180].tobytes()
        assert part.rows.stop - part.rows.start < 60


def test_points_outside_are_named():
    axes = Axes(tuple(np.arange(30.0, 61.0, 5.0)), tuple(np.arange(0.0, 41.0, 5.0)))
    with pytest.raises(InputError, match=r"1 of 2 points lie outside.*first 20 N 10 E"):
        make_weights(axes, Targets(np.array([40.0, 20.0]), np.array([10.0, 10.0]), 1.0), where="met.nc")
