"""From one grid to another: exact averages, fractions, interpolation and filling."""

import numpy as np
import pytest

from landda_hpc.domain import regrid
from landda_hpc.domain.grid import Grid

RANDOM = np.random.default_rng(3)
SOURCE = regrid.uniform_source(36, 72)
FIELD = RANDOM.random((36, 72))
EVERYWHERE = np.ones((36, 72), bool)
#: Coarser, finer, nested and not; one that begins elsewhere; one across the date line.
GRIDS = [Grid.covering(10.0, -90.0, 90.0), Grid.covering(4.0, -90.0, 90.0), Grid.covering(2.5, -90.0, 90.0),
         Grid(45, 90, 4.0, -90.0, -120.0), Grid(20, 15, 3.0, -30.0, 160.0)]


def area(edges):
    return np.diff(np.sin(np.deg2rad(edges)))


def overlap(low, high, edges):
    """Return how much of each interval of ``edges`` lies between two bounds."""
    return np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0.0, None)


def slow_average(values, valid, grid):
    """Return the average over every target cell, one by one, from the overlaps with all source cells."""
    sines = np.sin(np.deg2rad(SOURCE.latitude_edges))
    result = np.full(grid.shape, np.nan)
    for row in range(grid.n_rows):
        south, north = np.sin(np.deg2rad(grid.latitude_edges[row:row + 2]))
        for column in range(grid.n_columns):
            west, east = grid.longitude_edges[column:column + 2]
            across = sum(overlap(west + turn, east + turn, SOURCE.longitude_edges) for turn in (-360.0, 0.0, 360.0))
            weight = overlap(south, north, sines)[:, None] * across[None, :] * valid
            if weight.sum() > 0.0:
                result[row, column] = (weight * values).sum() / weight.sum()
    return result


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_averages_are_those_of_the_overlaps(grid):
    valid = RANDOM.random((36, 72)) > 0.3
    mean, _ = regrid.average(FIELD, valid, SOURCE, grid)
    expected = slow_average(FIELD, valid, grid)
    np.testing.assert_allclose(mean, expected, rtol=1e-9)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_constants_stay(grid):
    mean, fraction = regrid.average(np.full((36, 72), 7.5), EVERYWHERE, SOURCE, grid)
    np.testing.assert_allclose(mean, 7.5, rtol=1e-12)
    np.testing.assert_allclose(fraction, 1.0, rtol=1e-12)


@pytest.mark.parametrize("grid", GRIDS[:4], ids=str)
def test_integrals_are_conserved(grid):
    valid = RANDOM.random((36, 72)) > 0.3
    mean, fraction = regrid.average(FIELD, valid, SOURCE, grid)
    before = (FIELD * valid).sum(axis=1) @ area(SOURCE.latitude_edges) * 5.0
    after = np.nansum(mean * fraction, axis=1) @ area(grid.latitude_edges) * grid.resolution
    assert after == pytest.approx(before, rel=1e-12)


def test_months_are_averaged_together():
    stack = np.stack([FIELD, 2.0 * FIELD])
    mean, _ = regrid.average(stack, EVERYWHERE, SOURCE, GRIDS[1])
    np.testing.assert_allclose(mean[1], 2.0 * mean[0], rtol=1e-12)


def test_a_source_that_begins_at_greenwich_gives_the_same():
    turned = regrid.uniform_source(36, 72, west=0.0)
    for grid in GRIDS:
        expected, _ = regrid.average(FIELD, EVERYWHERE, SOURCE, grid)
        found, _ = regrid.average(np.roll(FIELD, 36, axis=1), EVERYWHERE, turned, grid)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_fractions_of_classes_and_the_dominant_one():
    """A cell of 10 degrees holds four of 5; the northern ones are smaller."""
    classes = np.ones((36, 72), int)
    classes[19, 0:2], classes[18, 0] = 2, 2
    fractions = regrid.class_fractions(classes, (1, 2, 3), SOURCE, GRIDS[0])
    np.testing.assert_allclose(fractions.sum(axis=0), 1.0, rtol=1e-12)
    lower, upper = np.diff(np.sin(np.deg2rad([0.0, 5.0, 10.0])))
    assert fractions[1, 9, 0] == pytest.approx((2.0 * upper + lower) / (2.0 * (upper + lower)), rel=1e-12)
    assert 1 + fractions[:, 9, 0].argmax() == 2 and fractions[2].max() == 0.0


def test_interpolation_is_exact_for_planes_and_leaves_invalid_neighbours_out():
    latitudes, longitudes = np.arange(-88.0, 89.0, 4.0), np.arange(0.0, 360.0, 4.0)
    grid = Grid.covering(1.0, -60.0, 60.0, 10.0, 100.0)
    plane = 2.0 * latitudes[:, None] + 3.0 * longitudes[None, :]
    found = regrid.bilinear(plane, np.ones(plane.shape, bool), latitudes, longitudes, grid)
    np.testing.assert_allclose(found, 2.0 * grid.latitudes[:, None] + 3.0 * grid.longitudes[None, :], rtol=1e-12)
    valid = RANDOM.random(plane.shape) > 0.4
    found = regrid.bilinear(np.where(valid, 5.0, -1e9), valid, latitudes, longitudes, grid)
    np.testing.assert_allclose(found[np.isfinite(found)], 5.0, rtol=1e-6)
    assert np.isnan(regrid.bilinear(plane, np.zeros(plane.shape, bool), latitudes, longitudes, grid)).all()


def test_interpolation_goes_round_the_circle():
    latitudes, longitudes = np.arange(-88.0, 89.0, 4.0), np.arange(0.0, 360.0, 4.0)
    wave = np.cos(np.deg2rad(longitudes)) * np.ones((len(latitudes), 1))
    grid = Grid.covering(1.0, -10.0, 10.0)
    found = regrid.bilinear(wave, np.ones(wave.shape, bool), latitudes, longitudes, grid)
    np.testing.assert_allclose(found, np.cos(np.deg2rad(grid.longitudes)) * np.ones((20, 1)), atol=1e-3)


def test_gaps_take_the_nearest_cell_round_the_circle_but_not_over_a_pole():
    values = np.zeros((5, 12))
    missing = np.ones((5, 12), bool)
    values[4, 3], values[0, 11] = 1.0, 2.0
    missing[4, 3] = missing[0, 11] = False
    filled, count = regrid.fill_nearest(values, missing, np.ones((5, 12), bool))
    assert count == 58
    assert filled[0, 0] == 2.0 and filled[4, 4] == 1.0
    assert filled[0, 3] == 2.0 or filled[0, 3] == 1.0 and filled[1, 0] == 2.0
    assert filled[0, 2] == 2.0, "the far row must not be a neighbour"


def test_only_what_is_wanted_is_counted():
    missing = np.zeros((3, 3), bool)
    missing[1, 1] = missing[2, 2] = True
    wanted = np.zeros((3, 3), bool)
    wanted[1, 1] = True
    filled, count = regrid.fill_nearest(np.where(missing, np.nan, 4.0), missing, wanted)
    assert count == 1 and filled[1, 1] == 4.0
    nothing, count = regrid.fill_nearest(np.full((3, 3), np.nan), np.ones((3, 3), bool), wanted)
    assert np.isnan(nothing).all() and count == 1
