"""Indices of the EASE-Grid 2.0 and of the grid, local time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landda_hpc.domain.grid import Grid
from landda_hpc.observations.ease2 import M25, M36, project, unproject
from landda_hpc.observations.gridding import cells_of
from landda_hpc.observations.local_time import in_local_window, local_solar_time


def test_cells_of_the_specification():
    row, column = M36.cell([37.5, -33.9], [127.0, 18.4])
    assert row.tolist() == [79, 316] and column.tolist() == [822, 531]
    latitude, longitude = M36.centre(0, 0)
    assert latitude == pytest.approx(83.631975, abs=5e-7) and longitude == pytest.approx(-179.813278, abs=5e-7)


@pytest.mark.parametrize("grid", [M36, M25])
def test_every_cell_contains_its_centre(grid):
    row, column = np.divmod(np.arange(grid.n_rows * grid.n_columns), grid.n_columns)
    latitude, longitude = grid.centre(row, column)
    assert np.array_equal(grid.cell(latitude, longitude), (row, column))
    assert grid.n_columns * grid.cell_size == pytest.approx(-2.0 * grid.west, abs=0.01)
    assert grid.n_rows * grid.cell_size == pytest.approx(2.0 * grid.north, abs=0.01)


def test_points_beyond_the_last_row_have_no_cell():
    assert M36.cell([85.05, -85.05, 90.0, 85.04], [0.0] * 4)[0].tolist() == [-1, -1, -1, 0]


@given(st.floats(-90.0, 90.0), st.floats(-180.0, 179.999))
def test_projection_and_back(latitude, longitude):
    back = unproject(*project(latitude, longitude))
    # The projection is flat at the poles: there a metre is many degrees.
    assert back[0] == pytest.approx(latitude, abs=1e-11 if abs(latitude) < 89.0 else 1e-6)
    assert back[1] == pytest.approx(longitude, abs=1e-11)


def test_what_is_beyond_the_poles_has_no_latitude():
    y = project(90.0, 0.0)[1]
    assert np.isnan(unproject(0.0, [1.001 * y, -1.001 * y])[0]).all()


def test_areas_between_rows_are_equal():
    """The projection keeps areas: equal steps of y are equal areas of the ellipsoid, which a quadrature gives."""
    e2, a = 0.0818191908426**2, 6378137.0
    edges = np.deg2rad(unproject(0.0, M36.north - np.arange(0, M36.n_rows + 1, 58) * M36.cell_size)[0])
    areas = []
    for north, south in zip(edges[:-1], edges[1:]):
        phi = np.linspace(south, north, 20001)
        integrand = a**2 * (1.0 - e2) * np.cos(phi) / (1.0 - e2 * np.sin(phi) ** 2) ** 2
        areas.append(np.trapezoid(integrand, phi) * 2.0 * np.pi)
    assert np.ptp(areas) / np.mean(areas) < 1e-6
    assert np.mean(areas) / (58 * M36.n_columns) == pytest.approx(M36.cell_size**2, rel=1e-6)


def test_indices_of_the_quarter_degree_grid():
    globe = Grid.covering(0.25, -90.0, 90.0)
    assert globe.shape == (720, 1440)
    cells = cells_of(globe, [-90.0, -89.875, 90.0, 0.0, 0.0, -0.001, 45.25],
                     [-180.0, -179.875, 0.0, 179.999, 0.0, -0.001, 10.25])
    rows, columns = np.divmod(cells, 1440)
    assert rows.tolist() == [0, 0, 719, 360, 360, 359, 541]
    assert columns.tolist() == [0, 0, 720, 1439, 720, 719, 761]


@pytest.mark.parametrize("resolution", [0.25, 0.5, 1.0, 2.5, 5.0])
def test_centres_of_cells_are_in_them(resolution):
    grid = Grid.covering(resolution, -60.0, 90.0)
    cells = np.arange(grid.n_rows * grid.n_columns)
    assert np.array_equal(cells_of(grid, *grid.positions(cells)), cells)


def test_places_outside_a_region_have_no_cell():
    region = Grid.covering(0.5, 30.0, 40.0, 170.0, 175.0)
    cells = cells_of(region, [29.99, 40.0, 35.0, 35.0, 30.0], [172.0, 172.0, 169.99, 175.0, 170.0])
    assert cells.tolist() == [-1, -1, -1, -1, 0]


def test_local_solar_time_of_the_specification():
    assert local_solar_time(20.5 * 3600.0, 127.0) == pytest.approx(4.0 + 58.0 / 60.0, abs=1e-12)
    assert local_solar_time(86400.0 * 6000 + 3600.0, -30.0) == 23.0
    assert in_local_window([0.0, 0.0, 0.0], [82.5, 97.5, 105.1], 6.0, 0.5).tolist() == [True, True, False]
    assert in_local_window(0.0, -1.0, 0.2, 0.5)
