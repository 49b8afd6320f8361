"""Remapping: constants, integrals, bounds, convergence, poles, edges, parts of the globe, winds."""

import numpy as np
import pytest

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere, locate
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_conservative import overlap_matrix
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError
from tests.coupling.fields import GLOBE, points_at, sharp, smooth

SPHERES = [CubedSphere(1), CubedSphere(2), CubedSphere(5), CubedSphere(12), CubedSphere.cells(1), CubedSphere.cells(3),
           CubedSphere.cells(10, 2)]
PAIRS = [pair for sphere in SPHERES for pair in ((GLOBE, sphere), (sphere, GLOBE))]
NAMES = [f"{columns_of(source).name} to {columns_of(target).name}" for source, target in PAIRS]


def error(remap, field):
    """Return the relative error in the mean square."""
    exact = field(remap.target)
    departure = remap.apply(field(remap.source)) - exact
    return np.sqrt((remap.target.area * departure**2).sum() / (remap.target.area * exact**2).sum())


@pytest.mark.parametrize("source, target", PAIRS, ids=NAMES)
def test_constants_bounds_and_integrals(source, target):
    for method in ("conservative", "bilinear", "nearest"):
        remap = getattr(Remap, method)(source, target)
        assert remap.has_value.all() and remap.weight.min() > 0.0
        for constant in (300.0, 0.3, -1.0e-5):
            assert (remap.apply(np.full(remap.n_source, constant)) == constant).all()
            assert np.abs(remap.matrix @ np.full(remap.n_source, constant) / constant - 1.0).max() < 1e-14
        values = np.random.default_rng(7).random(remap.n_source)
        found = remap.apply(values)
        assert found.min() >= values.min() and found.max() <= values.max()
        if method == "conservative":
            before, after = (remap.source.area * values).sum(), (remap.target.area * found).sum()
            assert after == pytest.approx(before, rel=1e-13)
            assert remap.source.area == pytest.approx(columns_of(source).area, rel=1e-10)
            assert remap.target_fraction.min() == 1.0


@pytest.mark.parametrize("grid", [
    Grid.covering(5.0, -90.0, 90.0, 0.0, 360.0), Grid(61, 120, 3.0, -91.5, -181.5), Grid(30, 40, 1.0, 30.0, 165.0),
    Grid(20, 33, 0.7, -70.3, 340.0), Grid(20, 360, 1.0, 70.0, 0.0)],
    ids=["from Greenwich", "rows on the poles", "over the date line", "over Greenwich", "polar cap"])
@pytest.mark.parametrize("sphere", [CubedSphere(1), CubedSphere(7), CubedSphere.cells(3, 3)], ids=lambda sphere: sphere.name)
def test_grids_of_other_parts_and_orders(grid, sphere):
    """Each value lies between those that it is made of, and what a part of the globe gives is what arrives."""
    land = np.random.default_rng(16).random(grid.n_rows * grid.n_columns).round(1) * (np.arange(grid.n_columns) % 7 > 2).repeat(
        grid.n_rows)
    for source, target, mask in ((grid, sphere, None), (grid, sphere, land), (sphere, grid, None)):
        for method in ("conservative", "bilinear", "nearest"):
            remap = getattr(Remap, method)(source, target, source_mask=mask)
            found, values = np.flatnonzero(remap.has_value), np.random.default_rng(17).random(remap.n_source)
            result = remap.apply(values)
            low, high = (bound.reduceat(np.append(values[remap.index], 0.0), remap.start[found]) for bound in
                         (np.minimum, np.maximum)) if found.size else ((), ())
            assert (result[found] >= low).all() and (result[found] <= high).all()
            assert (remap.apply(np.full(remap.n_source, 0.3))[found] == 0.3).all()
            assert mask is None or (mask[remap.index] > 0.0).all()
            if method == "conservative":
                given = (remap.source.area * remap.source_fraction * values).sum()
                taken = (remap.target.area * remap.target_fraction)[found] @ result[found]
                assert taken == pytest.approx(given, rel=1e-12)
            if source == sphere:
                assert len(found) == remap.n_target


@pytest.mark.parametrize("resolution, ne", [(30.0, 12), (2.0, 1), (7.5, 7)])
def test_overlaps_fill_cells_and_columns(resolution, ne):
    """Areas of overlap sum to areas that are known in closed form on both sides."""
    remap = Remap.conservative(Grid.covering(resolution, -90.0, 90.0), CubedSphere(ne))
    covered = (remap.matrix.T @ CubedSphere(ne).area) / remap.source.area
    assert covered == pytest.approx(np.ones(remap.n_source), abs=1e-10)


@pytest.mark.parametrize("sphere, region", [
    (CubedSphere.cells(1), Grid.covering(1.0, 20.0, 70.0, 150.0, 180.0)),
    (CubedSphere.cells(3, 2), Grid(22, 34, 0.5, -76.0, 183.0)),
    (CubedSphere(3), Grid(35, 17, 0.5, -80.5, 137.0)), (CubedSphere(6), Grid(23, 6, 1.0, -74.0, -162.0)),
    (CubedSphere.cells(7, 2), Grid(5, 2, 15.0, 15.0, 18.7)), (CubedSphere(1), Grid(33, 10, 1.0, -87.0, 134.0))],
    ids=lambda grid: grid.name if isinstance(grid, CubedSphere) else grid.describe())
def test_overlaps_fill_the_cells_of_regions(sphere, region):
    """A patch wider than a region has the rest of the globe on both sides of it."""
    matrix = overlap_matrix(sphere, region)
    assert np.allclose(np.asarray(matrix.sum(axis=1)).ravel(), columns_of(region).area, rtol=1e-9, atol=0.0)


def test_overlaps_are_those_of_counted_points():
    """Every cell's points, evenly spread over its area, lie in columns as often as the overlaps say."""
    grid, sphere, q = Grid.covering(45.0, -90.0, 90.0), CubedSphere.cells(2), 200
    remap = Remap.conservative(sphere, grid)
    sine = np.sin(np.radians(grid.latitude_edges))
    steps = (np.arange(q) + 0.5) / q
    for row in range(grid.n_rows):
        for column in range(grid.n_columns):
            latitude = np.degrees(np.arcsin(sine[row] + steps * (sine[row + 1] - sine[row])))
            longitude = grid.longitude_edges[column] + steps * grid.resolution
            face, alpha, beta = locate(*(axis.ravel() for axis in np.meshgrid(latitude, longitude)))
            share = np.bincount(face * 4 + (beta > 0.0) * 2 + (alpha > 0.0), minlength=24) / q**2
            assert remap.matrix[row * grid.n_columns + column].toarray()[0] == pytest.approx(share, abs=8e-3)


@pytest.mark.parametrize("ne, basis, bilinear, conservative", [(8, (5e-6, 1.5e-2), (1.5e-3, 5e-2), (1.2e-2, 6e-2)),
                                                               (30, (2e-8, 1e-4), (1e-4, 4e-3), (2e-3, 1e-2))])
def test_errors_of_known_fields(ne, basis, bilinear, conservative):
    sphere, grid = CubedSphere(ne), Grid.covering(2.0, -90.0, 90.0)
    for method, bounds in (("basis", basis), ("bilinear", bilinear), ("conservative", conservative)):
        remap = getattr(Remap, method)(sphere, grid)
        assert error(remap, smooth) < bounds[0] and error(remap, sharp) < bounds[1], method


def test_means_of_polynomials_over_cells():
    """Integrals over the cells are those of the quadrature of the elements to the order of the points."""
    sphere, grid = CubedSphere(8), Grid.covering(4.0, -90.0, 90.0)
    remap = Remap.cell_mean(sphere, grid)
    for field, bound in ((smooth, 1e-8), (sharp, 1e-5)):
        values = field(remap.source)
        assert (remap.target.area * remap.apply(values)).sum() == pytest.approx((sphere.mass * values).sum(), rel=bound)
    sine, east = np.sin(np.radians(grid.latitude_edges)), np.radians(grid.longitude_edges)
    exact = 2.0 + np.outer(np.diff(sine - sine**3 / 3.0) / np.diff(sine), np.diff(np.sin(2.0 * east) / 2.0) / np.diff(east))
    assert Remap.cell_mean(CubedSphere(30), grid).apply(smooth(columns_of(CubedSphere(30)))) == pytest.approx(
        exact.ravel(), abs=3e-5)
    with pytest.raises(ConfigError, match="need a latitude-longitude grid as a target"):
        Remap.cell_mean(sphere, CubedSphere(2))


@pytest.mark.parametrize("make", [CubedSphere, lambda ne: CubedSphere.cells(ne, 3)])
def test_bilinear_converges_in_second_order(make):
    there = [error(Remap.bilinear(make(ne), GLOBE), smooth) for ne in (8, 16, 32)]
    back = [error(Remap.bilinear(Grid.covering(size, -90.0, 90.0), make(5)), smooth) for size in (6.0, 3.0, 1.5)]
    for errors in (there, back):
        assert np.log2(errors[0] / errors[2]) / 2.0 == pytest.approx(2.0, abs=0.25)


def test_there_and_back():
    grid, sphere = Grid.covering(3.0, -90.0, 90.0), CubedSphere(10)
    values = smooth(columns_of(grid))
    back = Remap.conservative(sphere, grid).apply(Remap.conservative(grid, sphere).apply(values))
    assert np.corrcoef(values, back)[0, 1] > 0.999


# ---- poles, date line, edges


def test_the_pole_is_the_mean_of_the_last_row():
    values = np.random.default_rng(2).random(GLOBE.n_rows * GLOBE.n_columns)
    north, south, between = Remap.bilinear(GLOBE, points_at([90.0, -90.0, 87.5], [123.0, -40.0, 5.0])).apply(values)
    rows = values.reshape(GLOBE.shape)
    assert north == pytest.approx(rows[-1].mean(), rel=1e-14) and south == pytest.approx(rows[0].mean(), rel=1e-14)
    assert between == pytest.approx(0.5 * rows[-1].mean() + 0.5 * rows[-1, 18], rel=1e-14)


def test_the_date_line_is_no_edge():
    values = np.random.default_rng(3).random(GLOBE.n_rows * GLOBE.n_columns)
    west, east, middle = Remap.bilinear(GLOBE, points_at([5.0] * 3, [180.0, -180.0, 540.0])).apply(values)
    row = values.reshape(GLOBE.shape)[9]
    assert west == east == middle == pytest.approx(0.5 * (row[0] + row[-1]))


@pytest.mark.parametrize("sphere", [CubedSphere(1), CubedSphere(4), CubedSphere.cells(2), CubedSphere.cells(5)],
                         ids=lambda sphere: sphere.name)
def test_values_are_continuous_at_edges_and_corners(sphere):
    """Within 1e-12 of an edge of a face, of a cube's corner and of a pole a value is that on the edge."""
    random = np.random.default_rng(4)
    along = random.uniform(-1.0, 1.0, 40)
    edges = [np.stack(np.broadcast_arrays(*np.insert(sides, axis, along, axis=0).reshape(3, -1)), axis=1)
             for axis in range(3) for sides in (np.array([[a] * 40, [b] * 40]) for a in (-1.0, 1.0) for b in (-1.0, 1.0))]
    corners = np.array(np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0])).reshape(3, -1).T
    place = np.concatenate([*edges, corners, [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]])
    place /= np.linalg.norm(place, axis=1)[:, None]
    values = random.random(sphere.n_columns)
    found = []
    for _ in range(4):
        moved = place + random.choice([-1e-12, 0.0, 1e-12], place.shape)
        target = points_at(np.degrees(np.arctan2(moved[:, 2], np.hypot(moved[:, 0], moved[:, 1]))),
                           np.degrees(np.arctan2(moved[:, 1], moved[:, 0])))
        found.append(Remap.bilinear(sphere, target).apply(values))
    assert np.ptp(found, axis=0).max() < 1e-9


def test_columns_give_themselves():
    for sphere in SPHERES:
        values = np.random.default_rng(5).random(sphere.n_columns)
        for method in ("bilinear", "nearest"):
            assert getattr(Remap, method)(sphere, sphere).apply(values) == pytest.approx(values, abs=1e-12), sphere.name


# ---- parts of the globe, grids of the same kind, winds


def test_a_part_of_the_globe():
    region = Grid.covering(5.0, 20.0, 60.0, -20.0, 40.0)
    for method in ("conservative", "bilinear"):
        remap = getattr(Remap, method)(region, CubedSphere(8))
        target = remap.target
        inside = ((target.latitude > 23.0) & (target.latitude < 57.0)
                  & (np.abs(np.mod(target.longitude + 170.0, 360.0) - 180.0) < 27.0))
        assert remap.has_value[inside].all() and not remap.has_value[target.latitude < 10.0].any()
        assert remap.apply(smooth(remap.source))[inside] == pytest.approx(smooth(target)[inside], abs=0.1)
    back = Remap.conservative(CubedSphere(8), region)
    assert back.target_fraction.min() == 1.0
    values = np.random.default_rng(9).random(back.n_source)
    assert (back.source.area * back.source_fraction * values).sum() == pytest.approx(
        (back.target.area * back.apply(values)).sum(), rel=1e-13)


def test_rows_centred_on_the_poles():
    """As reanalyses have them: the first and the last row are half as high."""
    grid, sphere = Grid(37, 72, 5.0, -92.5, -2.5), CubedSphere(4)
    for source, target in ((grid, sphere), (sphere, grid)):
        remap = Remap.conservative(source, target)
        values = np.random.default_rng(13).random(remap.n_source)
        assert remap.target.area.sum() == pytest.approx(4.0 * np.pi, rel=1e-13) and remap.target_fraction.min() == 1.0
        assert (remap.target.area * remap.apply(values)).sum() == pytest.approx((remap.source.area * values).sum(), rel=1e-13)
        bilinear = Remap.bilinear(source, target)
        assert bilinear.has_value.all() and error(bilinear, smooth) < 6e-3


def test_between_latitude_longitude_grids():
    fine, coarse = Grid.covering(2.5, -90.0, 90.0), Grid.covering(7.5, -90.0, 90.0)
    values = np.random.default_rng(10).random(72 * 144)
    remap = Remap.conservative(fine, coarse)
    weight = np.broadcast_to(fine.cell_area[:, None], fine.shape).reshape(24, 3, 48, 3)
    expected = (values.reshape(24, 3, 48, 3) * weight).sum(axis=(1, 3)) / weight.sum(axis=(1, 3))
    assert remap.apply(values) == pytest.approx(expected.ravel(), rel=1e-12)
    with pytest.raises(ConfigError, match="Use bilinear or nearest"):
        Remap.conservative(points_at([1.0], [2.0]), CubedSphere(1))
    # A row that is centred on a pole ends there.
    era = Grid(37, 72, 5.0, -92.5, -2.5)
    values = np.random.default_rng(10).random(37 * 72)
    for target in (fine, coarse):
        remap = Remap.conservative(era, target)
        assert remap.target_fraction.min() == 1.0
        assert (remap.target.area * remap.apply(values)).sum() == pytest.approx((remap.source.area * values).sum(), rel=1e-13)


@pytest.mark.parametrize("source, target", [(CubedSphere(2), CubedSphere(1)), (CubedSphere(3), CubedSphere.cells(7)),
                                            (CubedSphere.cells(4, 3), CubedSphere(5)), (CubedSphere(6), CubedSphere(6))],
                         ids=lambda sphere: sphere.name)
def test_between_cubed_spheres(source, target):
    """A fine grid of latitudes and longitudes between them mixes only what lies on both sides of an edge."""
    remap = Remap.conservative(source, target)
    values = np.random.default_rng(15).random(remap.n_source)
    found = remap.apply(values)
    assert (remap.target.area * found).sum() == pytest.approx((remap.source.area * values).sum(), rel=1e-14)
    assert remap.target_fraction.min() == 1.0 and remap.weight.min() > 0.0
    assert np.abs(remap.apply(np.ones(remap.n_source)) - 1.0).max() < 1e-14
    if source == target:
        np.testing.assert_array_equal(found, values)
        return
    fine = Grid.covering(0.5, -90.0, 90.0)
    counted = Remap.conservative(fine, target).apply(Remap.conservative(source, fine).apply(values))
    assert np.abs(found - counted).mean() < 0.01 and np.corrcoef(found, counted)[0, 1] > 0.997


@pytest.mark.parametrize("source, target", [(Grid.covering(3.0, -90.0, 90.0), CubedSphere(8)),
                                            (CubedSphere(12), Grid.covering(5.0, -90.0, 90.0))])
def test_a_wind_across_the_pole_stays_one(source, target):
    """A rotation about an axis in the equator's plane blows straight over the poles."""
    remap = Remap.bilinear(source, target)

    def wind(columns):
        latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
        return -np.sin(latitude) * np.cos(longitude), np.sin(longitude)

    found, expected = remap.apply_wind(*wind(remap.source)), wind(remap.target)
    assert np.abs(np.subtract(found, expected)).max() < 4e-3
