"""Grids: where cells lie, how large they are, and which centres make one."""

import numpy as np
import pytest

from landda_hpc.domain.grid import EARTH_RADIUS, Grid
from landda_hpc.errors import ConfigError

GLOBE = Grid.covering(0.25, -90.0, 90.0)


def test_cells_of_the_quarter_degree_grid_are_where_the_filter_expects_them():
    """spec/land_da.md 6.1: centres at -179.875 + 0.25 i and -89.875 + 0.25 j."""
    assert GLOBE.shape == (720, 1440)
    np.testing.assert_allclose(GLOBE.longitudes, -179.875 + 0.25 * np.arange(1440), rtol=0, atol=1e-12)
    np.testing.assert_allclose(GLOBE.latitudes, -89.875 + 0.25 * np.arange(720), rtol=0, atol=1e-12)


def test_a_point_of_a_cell_has_the_indices_of_that_cell():
    """spec/land_da.md 6.1: i = floor((lon + 180)/0.25) mod 1440, j = min(719, floor((lat + 90)/0.25))."""
    random = np.random.default_rng(1)
    cell = random.integers(0, 720 * 1440, 1000)
    latitude, longitude = GLOBE.positions(cell)
    latitude, longitude = (values + random.uniform(-0.1249, 0.1249, 1000) for values in (latitude, longitude))
    column = np.floor((longitude + 180.0) / 0.25).astype(int) % 1440
    row = np.minimum(719, np.floor((latitude + 90.0) / 0.25).astype(int))
    assert (row * 1440 + column == cell).all()


@pytest.mark.parametrize("resolution", [0.25, 1.0, 2.5, 5.0])
def test_areas_add_up_to_the_sphere(resolution):
    grid = Grid.covering(resolution, -90.0, 90.0)
    assert grid.cell_area.sum() * grid.n_columns == pytest.approx(4.0 * np.pi * EARTH_RADIUS**2, rel=1e-12)


def test_the_area_of_a_region_is_that_of_the_zone():
    grid = Grid.covering(0.5, 30.0, 60.0, -10.0, 20.0)
    zone = 2.0 * np.pi * EARTH_RADIUS**2 * (np.sin(np.deg2rad(60.0)) - 0.5) * 30.0 / 360.0
    assert grid.cell_area.sum() * grid.n_columns == pytest.approx(zone, rel=1e-12)


@pytest.mark.parametrize("edges, part", [
    ((0.1, 60.0, 0.0, 10.0), "no whole cells"), ((60.0, 30.0, 0.0, 10.0), "no whole cells"),
    ((30.0, 60.0, 0.0, 9.9), "no whole cells"), ((-92.0, 90.0, 0.0, 10.0), "larger than the globe"),
    ((-90.0, 90.0, -180.0, 181.0), "larger than the globe")])
def test_regions_without_whole_cells_are_refused(edges, part):
    with pytest.raises(ConfigError, match=part):
        Grid.covering(0.25 if part == "no whole cells" else 1.0, *edges)


@pytest.mark.parametrize("resolution", [0.05, 0.25, 1.0 / 3.0, 2.5])
def test_a_grid_comes_back_from_its_centres_in_single_precision(resolution):
    grid = Grid.covering(resolution, -60.0, 90.0)
    again = Grid.of_centres(grid.latitudes.astype(np.float32), grid.longitudes.astype(np.float32))
    assert again.shape == grid.shape
    np.testing.assert_allclose(again[2:], grid[2:], rtol=0, atol=1e-9)


@pytest.mark.parametrize("latitudes, longitudes", [
    ([3.0, 2.0, 1.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [1.0, 3.0, 5.0]), ([1.0, 2.0, 4.0], [1.0, 2.0, 3.0]), ([1.0], [1.0])])
def test_centres_of_no_regular_grid_are_refused(latitudes, longitudes):
    with pytest.raises(ConfigError, match="regular grid"):
        Grid.of_centres(latitudes, longitudes)
