"""Remapping: constants, integrals, bounds, convergence, masks, poles, edges, ranks, files."""

import netCDF4
import numpy as np
import pytest

from landda_hpc.coupling.columns import Columns, columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere, locate
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_conservative import overlap_matrix
from landda_hpc.coupling.remap_file import digest_of, kept_remap, read_weights, write_weights
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.parallel.in_process import run_in_process

GLOBE = Grid.covering(10.0, -90.0, 90.0)
SPHERES = [CubedSphere(1), CubedSphere(2), CubedSphere(5), CubedSphere(12), CubedSphere.cells(1), CubedSphere.cells(3),
           CubedSphere.cells(10, 2)]
PAIRS = [pair for sphere in SPHERES for pair in ((GLOBE, sphere), (sphere, GLOBE))]
NAMES = [f"{columns_of(source).name} to {columns_of(target).name}" for source, target in PAIRS]


def smooth(columns):
    latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
    return 2.0 + np.cos(latitude) ** 2 * np.cos(2.0 * longitude)


def sharp(columns):
    latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
    return 2.0 + np.sin(2.0 * latitude) ** 16 * np.cos(16.0 * longitude)


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


def points_at(latitude, longitude):
    latitude, longitude = (np.asarray(values, float) for values in (latitude, longitude))
    return Columns("points", latitude.shape, latitude, longitude, np.zeros(len(latitude)))


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


# ---- masks


@pytest.fixture(scope="module")
def land():
    """Return a land fraction on the globe: a continent with a ragged coast and one island."""
    columns = columns_of(GLOBE)
    fraction = np.where((np.abs(columns.latitude) < 42.0) & (np.abs(columns.longitude) < 60.0), 1.0, 0.0)
    fraction[(fraction > 0.0) & (columns.latitude > 30.0)] = 0.4
    return fraction


@pytest.mark.parametrize("method", ["conservative", "bilinear", "nearest"])
def test_nothing_comes_from_the_sea(method, land):
    remap = getattr(Remap, method)(GLOBE, CubedSphere(6), source_mask=land)
    values = np.where(land > 0.0, 0.3, np.nan)
    found = remap.apply(values)
    assert np.abs(found[remap.has_value] - 0.3).max() < 1e-15 and np.isnan(found[~remap.has_value]).all()
    assert 0 < remap.has_value.sum() < remap.n_target
    kept = remap.apply(values, receiver=np.full(remap.n_target, 0.2))
    assert (kept[~remap.has_value] == 0.2).all() and not np.isnan(kept).any()


def test_land_water_is_conserved(land):
    for source, target, mask in ((GLOBE, CubedSphere(6), land), (CubedSphere(6), GLOBE, None)):
        mask = np.random.default_rng(6).random(columns_of(source).n_columns).round(1) if mask is None else mask
        remap = Remap.conservative(source, target, source_mask=mask)
        values = np.random.default_rng(8).random(remap.n_source)
        found = np.nan_to_num(remap.apply(values))
        carried = (remap.source.area * remap.source_fraction * values).sum()
        assert (remap.target.area * remap.target_fraction * found).sum() == pytest.approx(carried, rel=1e-13)


def test_a_land_fraction_weighs():
    """Where one fine cell has half the land of the other, its value has half the weight."""
    coarse, fine = Grid(1, 1, 20.0, 0.0, 0.0), Grid(2, 2, 10.0, 0.0, 0.0)
    fraction = np.array([1.0, 0.5, 0.0, 0.0])
    assert Remap.conservative(fine, coarse, fraction).apply([3.0, 6.0, np.nan, np.nan]) == pytest.approx([4.0])


def test_a_lacking_target_takes_the_nearest_land_within_500_km():
    grid, land = Grid(2, 60, 1.0, 0.0, 0.0), np.zeros(120)
    land[:2] = 1.0
    latitude, longitude = [0.5, 0.5, 0.5], [1.2, 5.5, 6.5]  # inside, 4 degrees off, 5 degrees (556 km) off
    remap = Remap.bilinear(grid, points_at(latitude, longitude), land)
    found = remap.apply(np.where(land > 0.0, np.arange(120.0), np.nan))
    assert found[:2] == pytest.approx([0.7, 1.0]) and np.isnan(found[2])


def test_targets_that_want_none_get_none(land):
    wanted = CubedSphere(3).latitude > 0.0
    for method in ("conservative", "bilinear", "nearest"):
        remap = getattr(Remap, method)(GLOBE, CubedSphere(3), source_mask=land, target_mask=wanted)
        assert not remap.has_value[~wanted].any() and remap.has_value[wanted].any()


def test_soil_moisture_stays_in_its_soil_class():
    grid = Grid(2, 4, 1.0, 0.0, 0.0)
    land, soil = np.array([1, 1, 1, 0, 1, 1, 1, 0.0]), np.array([3, 3, 5, 3, 5, 3, 5, 3])
    target = points_at([0.75, 0.75, 0.75], [1.25, 1.25, 2.4])
    remap = Remap.same_class(grid, target, land, soil, [3, 9, 5])
    theta = np.array([0.1, 0.2, 0.3, np.nan, 0.4, 0.15, 0.35, np.nan])
    # Weights of cells 0, 1, 4, 5: 0.25 x 0.75 = .1875, .5625, .0625, .1875, of which cell 4 is of another class.
    same = (0.1875 * 0.1 + 0.5625 * 0.2 + 0.1875 * 0.15) / 0.9375
    assert remap.apply(theta) == pytest.approx([same, 0.2, 0.75 * 0.3 + 0.25 * 0.35])
    assert (remap.apply(np.full(8, 0.27)) == pytest.approx(0.27, abs=1e-16))


def test_soil_moisture_is_averaged_where_the_receiver_is_coarse(land):
    """Cells are narrow near the poles, so that the same nodes are coarse there and fine at the equator."""
    soil, theta = np.where(land > 0.0, 3, 0), np.random.default_rng(14).random(648)
    coarse, mixed, fine = CubedSphere(1), CubedSphere(3), CubedSphere(8)
    assert Remap.soil_moisture(GLOBE, coarse, land, soil, np.full(coarse.n_columns, 3)).method == "conservative"
    assert Remap.soil_moisture(GLOBE, fine, land, soil, np.full(fine.n_columns, 3)).method == "same_class"
    assert Remap.soil_moisture(GLOBE, fine, land).method == "bilinear"
    land = np.where(np.abs(columns_of(GLOBE).latitude) > 60.0, 1.0, land)
    soil, target = np.where(land > 0.0, 3, 0), np.full(mixed.n_columns, 3)
    remap = Remap.soil_moisture(GLOBE, mixed, land, soil, target)
    cells = Remap.nearest(GLOBE, mixed).apply(columns_of(GLOBE).area)
    averaged = 4.0 * np.pi / mixed.n_columns > 2.0 * cells
    for chosen, alone in ((averaged, Remap.conservative(GLOBE, mixed, land)),
                          (~averaged, Remap.same_class(GLOBE, mixed, land, soil, target))):
        assert 10 < chosen.sum() and (remap.has_value == alone.has_value)[chosen].all()
        np.testing.assert_array_equal(remap.apply(theta)[chosen], alone.apply(theta)[chosen])


def test_the_nearest_of_a_soil_class():
    """Cells in a row of one degree (111 km): the class is looked for up to 500 km away, then any land is taken."""
    grid, soil = Grid(1, 12, 1.0, -0.5, 0.0), np.array([3, 3, 3, 3, 3, 3, 5, 3, 3, 3, 5, 3])
    land = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1.0])
    target = points_at([0.0] * 5, [5.5, 3.0, 0.6, 10.4, 20.0])
    remap = Remap.nearest_class(grid, target, land, soil, [5, 5, 5, 3, 3])
    # The cell of class 5 is centred at 6.5 E: 1, 3.5 and 5.9 degrees (656 km) from the first three; the last is off all land.
    assert remap.has_value.tolist() == [True, True, True, True, False]
    assert remap.apply(np.arange(12.0))[:4].tolist() == [6.0, 6.0, 0.0, 9.0]
    with pytest.raises(ConfigError, match="target_class has 2 values, expected 5"):
        Remap.nearest_class(grid, target, land, soil, [5, 5])


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


def test_masks_that_are_none_are_refused(land):
    with pytest.raises(ConfigError, match="source_mask has 648 values from 0 to 2"):
        Remap.conservative(GLOBE, CubedSphere(1), source_mask=2.0 * (land > 0.5))
    with pytest.raises(ConfigError, match="target_mask has 3 values"):
        Remap.conservative(GLOBE, CubedSphere(1), target_mask=[1, 1, 1])
    with pytest.raises(ConfigError, match="expected 56 of ne1np4"):
        Remap.same_class(GLOBE, CubedSphere(1), land, np.ones(648), np.ones(3))


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


# ---- ranks and parts


def test_the_number_of_ranks_changes_nothing(tmp_path, land):
    sphere = CubedSphere(5)
    values = np.random.default_rng(11).random((2, 3, 648))
    whole = Remap.conservative(GLOBE, sphere, source_mask=land).apply(values)

    def part(communicator):
        remap = kept_remap("conservative", GLOBE, sphere, communicator, tmp_path, source_mask=land)
        first, last = (k * remap.n_target // communicator.size for k in (communicator.rank, communicator.rank + 1))
        return remap.rows(first, last).apply(values)

    for n_ranks in (1, 2, 3):
        np.testing.assert_array_equal(np.concatenate(run_in_process(n_ranks, part), axis=-1), whole)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("source, target", [(GLOBE, CubedSphere(5)), (CubedSphere(3), GLOBE), (CubedSphere(2), CubedSphere(5)),
                                            (CubedSphere.cells(4, 3), Grid(61, 120, 3.0, -91.5, -181.5))])
def test_ranks_make_the_same_weights(source, target):
    """More ranks than faces among them, and every method that the source allows."""
    random, sizes = np.random.default_rng(18), [columns_of(grid).n_columns for grid in (source, target)]
    mask, classes = random.random(sizes[0]).round(), [random.integers(1, 4, size) for size in sizes]
    cases = {method: (mask,) for method in ("conservative", "bilinear", "nearest", "gathered")}
    cases |= {method: (mask, *classes) for method in ("same_class", "nearest_class", "soil_moisture")}
    if getattr(source, "is_nodes", False):
        cases |= {"basis": ()} | ({"cell_mean": ()} if isinstance(target, Grid) else {})
    for method, arguments in cases.items():
        make = getattr(Remap, method)
        alone = make(source, target, *arguments)
        for n_ranks in (2, 3, 7):
            for found in run_in_process(n_ranks, lambda ranks, make=make, given=arguments: make(
                    source, target, *given, communicator=ranks)):
                for name in ("start", "index", "weight", "source_fraction", "target_fraction"):
                    np.testing.assert_array_equal(getattr(found, name), getattr(alone, name), method)


def test_a_mistake_of_all_ranks_ends_them_all():
    def work(communicator):
        with pytest.raises(ConfigError, match="source_mask has 3 values"):
            Remap.conservative(GLOBE, CubedSphere(1), np.ones(3), communicator=communicator)
        return True

    assert all(run_in_process(3, work))


def test_missing_values_are_left_out_on_demand():
    """What is there is the mean of what is not missing, as if a mask had left it out, and otherwise nothing changes."""
    remap, values = Remap.conservative(GLOBE, CubedSphere(6)), np.random.default_rng(19).random((2, 648))
    np.testing.assert_array_equal(remap.apply(values, skip_missing=True), remap.apply(values))
    values[1, np.random.default_rng(20).random(648) < 0.5] = np.nan
    found = remap.apply(values, skip_missing=True)
    masked = Remap.conservative(GLOBE, CubedSphere(6), np.isfinite(values[1]))
    expected = np.where(masked.target_fraction > 0.0, masked.apply(values[1]), np.nan)
    assert found[1] == pytest.approx(expected, rel=1e-13, nan_ok=True) and np.isfinite(found[0]).all()
    assert np.isnan(remap.apply(values)[1]).sum() > np.isnan(found[1]).sum() > 0


def test_chosen_targets_and_sources(land):
    remap = Remap.bilinear(GLOBE, CubedSphere(4), source_mask=land)
    cells, columns = np.flatnonzero(land), np.flatnonzero(remap.has_value)[::-1]
    values = np.random.default_rng(12).random(648)
    np.testing.assert_array_equal(remap.targets(columns).sources(cells).apply(values[cells]), remap.apply(values)[columns])
    with pytest.raises(ConfigError, match="sources that are left out"):
        remap.sources(cells[:5])


def test_values_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(..., 648\)"):
        Remap.nearest(GLOBE, CubedSphere(1)).apply(np.zeros(3))


# ---- files


@pytest.mark.parametrize("source, target", [(GLOBE, CubedSphere(3)), (CubedSphere.cells(4), GLOBE)])
def test_weight_files(source, target, tmp_path):
    remap = Remap.conservative(source, target)
    write_weights(tmp_path / "weights.nc", remap, source, target)
    read = read_weights(tmp_path / "weights.nc")
    for name in ("start", "index", "weight", "source_fraction", "target_fraction"):
        np.testing.assert_array_equal(getattr(read, name), getattr(remap, name))
    assert read.method == "conservative" and read.target.shape == remap.target.shape
    np.testing.assert_array_equal(read.source.area, remap.source.area)
    with netCDF4.Dataset(tmp_path / "weights.nc") as file:  # as any tool would use it
        dense = np.zeros((len(file.dimensions["n_b"]), len(file.dimensions["n_a"])))
        np.add.at(dense, (file["row"][:] - 1, file["col"][:] - 1), file["S"][:])
        assert dense == pytest.approx(remap.matrix.toarray())
        areas = dense * (file["frac_b"][:].data * file["area_b"][:].data)[:, None]
        assert areas.sum(axis=0) == pytest.approx(file["area_a"][:].data * file["frac_a"][:].data)


def test_broken_weight_files_are_refused(tmp_path):
    remap = Remap.nearest(GLOBE, CubedSphere(1))
    write_weights(tmp_path / "weights.nc", remap)
    with netCDF4.Dataset(tmp_path / "weights.nc", "a") as file:
        file["col"][3] = 649
    with pytest.raises(InputError, match="col has 56 numbers from .* to 649, entry 4 is 649; expected 56 from 1 to 648"):
        read_weights(tmp_path / "weights.nc")
    (tmp_path / "none.nc").write_bytes(b"none")
    with pytest.raises(InputError, match="cannot be read as a file of weights"):
        read_weights(tmp_path / "none.nc")


def test_kept_weights_are_made_again_where_they_are_damaged(tmp_path):
    first = kept_remap("nearest", GLOBE, CubedSphere(1), folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:500])
    with pytest.warns(UserWarning, match="made again"):
        again = kept_remap("nearest", GLOBE, CubedSphere(1), folder=tmp_path)
    np.testing.assert_array_equal(first.index, again.index)
    np.testing.assert_array_equal(read_weights(path).index, first.index)


def test_digests_tell_what_matters_apart(land):
    other = land.copy()
    other[5] = 0.1
    digests = {digest_of("bilinear", GLOBE, CubedSphere(2)), digest_of("nearest", GLOBE, CubedSphere(2)),
               digest_of("bilinear", CubedSphere(2), GLOBE), digest_of("bilinear", GLOBE, CubedSphere(3)),
               digest_of("bilinear", GLOBE, CubedSphere(2), source_mask=land),
               digest_of("bilinear", GLOBE, CubedSphere(2), source_mask=other),
               digest_of("bilinear", GLOBE, CubedSphere(2), target_mask=land)}
    assert len(digests) == 7
