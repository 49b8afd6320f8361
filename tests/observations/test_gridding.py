"""From footprints to land points."""

import numpy as np
import pytest

from landda_hpc.domain.grid import Grid
from landda_hpc.domain.points import PointSet
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.observations.batch import concatenate, make_batch
from landda_hpc.observations.codes import NUMBERS, count_codes, named_counts
from landda_hpc.observations.ease2 import M36
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.gridded import merge
from landda_hpc.observations.gridding import cells_of, grid_batch
from landda_hpc.observations.tally import merge_stages
from tests.observations.granules import START, write_ascat, write_smap


def land(resolution, south=-60.0, north=90.0, west=-180.0, east=180.0, ocean=()):
    """All cells of a region as points, without those that are ocean."""
    grid = Grid.covering(resolution, south, north, west, east)
    cell = np.setdiff1d(np.arange(grid.n_rows * grid.n_columns), ocean)
    return PointSet(*grid.positions(cell), cell, grid.shape, None, grid)


def nodes(value, latitude, longitude, time=START, platform=1, code=0, error=5.0):
    return make_batch(np.asarray(value, float), latitude, longitude, time, platform, "ascat_l2_125", units="percent",
                      error=error, code=code)


def smap_cells(value, row, column, time=START):
    latitude, longitude = M36.centre(row, column)
    return make_batch(np.asarray(value, float), latitude, longitude, time, "smap", "smap_l2", units="m3 m-3", cell_row=row,
                      cell_column=column)


def test_nodes_of_a_cell_platform_and_pass_are_averaged():
    batch = nodes([10.0, 20.0, 60.0, 30.0, 40.0, 99.0], [10.1, 10.2, 10.1, 10.1, 10.3, 10.1], 20.1,
                  time=START + np.array([0.0, 4.0, 6000.0, 2.0, 0.0, 1.0]), platform=[1, 1, 1, 2, 1, 1],
                  code=[0, 0, 0, 0, 0, 3], error=[2.0, 4.0, 3.0, 3.0, 3.0, 3.0])
    points = land(0.25, 10.0, 10.5, 20.0, 20.25)
    gridded = grid_batch(batch, points)
    found = gridded.observations
    assert found.point.tolist() == [1, 0, 0, 0] and found.value.tolist() == [40.0, 15.0, 30.0, 60.0]
    assert found.time.tolist() == [START, START + 2.0, START + 2.0, START + 6000.0]
    assert found.platform.tolist() == [1, 1, 2, 1] and found.n_footprints.tolist() == [1, 2, 1, 1]
    assert found.error.tolist() == [3.0, 3.0, 3.0, 3.0] and found.units == "percent"
    assert gridded.code.tolist() == [0, 0, 0, 0, 0, 3]
    assert batch.code.tolist() == [0, 0, 0, 0, 0, 3]


def test_means_equal_a_slow_loop():
    rng = np.random.default_rng(4)
    n = 4000
    batch = nodes(rng.uniform(0.0, 100.0, n), rng.uniform(-61.0, -40.0, n), rng.uniform(170.0, 190.0, n),
                  time=START + rng.choice([0.0, 6000.0, 50000.0], n) + rng.uniform(0.0, 90.0, n),
                  platform=rng.integers(1, 3, n))
    ocean = np.arange(5, 90, 7)
    points = land(2.5, -60.0, -45.0, ocean=ocean)
    groups = {}
    for value, lat, lon, time, platform in zip(batch.value, batch.latitude, batch.longitude, batch.time, batch.platform):
        cell = int((lat + 60.0) // 2.5) * 144 + int((lon + 180.0) // 2.5)
        if -60.0 <= lat < -45.0 and cell not in ocean:
            groups.setdefault((cell, platform, (time - START) // 3000.0), []).append(value)
    gridded = grid_batch(batch, points)
    found = gridded.observations
    assert found.size == len(groups) and (np.diff(found.time) >= 0.0).all()
    for point, platform, time, value, count in zip(found.point, found.platform, found.time, found.value, found.n_footprints):
        expected = groups[points.cell[point], platform, (time - START) // 3000.0]
        assert len(expected) == count and value == pytest.approx(np.mean(expected), rel=1e-13)
    counts = count_codes(gridded.code)
    assert counts.sum() == n and counts[0] == found.n_footprints.sum() and counts[NUMBERS["G1"]] == n - counts[0]


def test_a_pass_cut_between_files_is_one_observation(tmp_path):
    paths = [write_ascat(tmp_path / f"{part}.nc", [{"soil_moisture": 100 * value}], seconds=START + 2 * part,
                         places=[(10.1, 20.1)])
             for part, value in enumerate((20, 40))]
    parts = [read_product(path) for path in paths]
    batch = concatenate(part.batch for part in parts)
    found = grid_batch(batch, land(0.25, 10.0, 10.25, 20.0, 20.25)).observations
    assert found.value.tolist() == [30.0] and found.n_footprints.tolist() == [2]
    assert batch.source_files == tuple(str(path) for path in paths)


def test_a_file_delivered_twice_counts_once(tmp_path):
    batch = read_product(write_ascat(tmp_path / "a.nc", [{"soil_moisture": 2000}, {"soil_moisture": 4000}],
                                     places=[(10.1, 20.1), (10.2, 20.1)])).batch
    gridded = grid_batch(concatenate([batch, batch]), land(0.25, 10.0, 10.25, 20.0, 20.25))
    assert gridded.code.tolist() == [NUMBERS["D1"]] * 2 + [0, 0]
    assert gridded.observations.n_footprints.tolist() == [2]


def test_a_quarter_degree_cell_takes_the_smap_cell_that_contains_its_centre():
    points = land(0.25, 30.0, 40.0, 100.0, 110.0)
    row, column = (index.ravel() for index in np.meshgrid(np.arange(70, 110), np.arange(740, 790), indexing="ij"))
    batch = smap_cells(row * 1000.0 + column, row, column)
    gridded = grid_batch(batch, points)
    found = gridded.observations
    assert np.array_equal(np.sort(found.point), np.arange(points.n_total)) and (found.n_footprints == 1).all()
    expected_row, expected_column = M36.cell(points.latitude[found.point], points.longitude[found.point])
    assert np.array_equal(found.value, expected_row * 1000.0 + expected_column)
    used = np.isin(batch.value, found.value)
    assert np.array_equal(gridded.code, np.where(used, 0, NUMBERS["G1"]))
    shared = np.unique(found.value, return_counts=True)[1]
    assert shared.max() == 4 and shared.min() >= 1  # neighbours share, no cell is larger than two by two


@pytest.mark.parametrize("resolution", [2.5, 5.0])
def test_coarser_cells_average_smap_cells_centred_in_them(resolution):
    row, column = (index.ravel() for index in np.meshgrid(np.arange(406), np.arange(0, 964), indexing="ij"))
    batch = smap_cells(np.sin(row) + np.cos(column), row, column)
    points = land(resolution, -85.0, 85.0)
    found = grid_batch(batch, points).observations
    cell = cells_of(points.grid, batch.latitude, batch.longitude)
    inside = cell >= 0
    counts = np.bincount(cell[inside], minlength=points.n_total)
    means = np.bincount(cell[inside], batch.value[inside], points.n_total)[counts > 0] / counts[counts > 0]
    filled = np.isin(found.point, np.flatnonzero(counts))
    order = np.argsort(found.point[filled])
    assert np.abs(found.value[filled][order] - means).max() < 1e-12
    assert np.array_equal(found.n_footprints[filled][order], counts[counts > 0])
    # Toward the end of the grid its rows are taller than a cell: there the cell around the centre is taken.
    assert (found.n_footprints[~filled] == 1).all()


def test_rows_and_columns_of_the_product_follow_from_the_places():
    row, column = np.array([100, 101]), np.array([500, 501])
    batch = smap_cells([0.1, 0.2], row, column)
    points = land(0.25, 25.0, 45.0, 0.0, 20.0)
    bare = batch._replace(cell_row=None, cell_column=None)
    assert grid_batch(bare, points).observations.size > 0
    for found, expected in zip(grid_batch(bare, points).observations[:-1], grid_batch(batch, points).observations[:-1]):
        assert np.array_equal(found, expected, equal_nan=True)


def test_overlapping_passes_of_smap_are_observations_of_their_own():
    batch = smap_cells([0.1, 0.2, 0.3], np.array([100] * 3), np.array([500] * 3), START + np.array([0.0, 5900.0, 5900.0]))
    latitude, longitude = M36.centre(100, 500)
    south, west = np.floor(latitude * 4) / 4, np.floor(longitude * 4) / 4
    points = land(0.25, south - 0.25, south + 0.5, west - 0.25, west + 0.5)
    gridded = grid_batch(batch, points)
    assert gridded.code.tolist() == [0, NUMBERS["D1"], 0]
    assert sorted(set(gridded.observations.value)) == [0.1, 0.3]


def test_counts_of_both_stages_add_up_to_what_was_received(tmp_path):
    cells = [{}, {"surface_flag": 1}, {"soil_moisture": -9999.0}, {}, {}]
    product = read_product(write_smap(tmp_path / "s.h5", cells, first=(100, 500)))
    latitude, longitude = M36.centre(100, 500)
    south, west = np.floor(latitude * 4) / 4, np.floor(longitude * 4) / 4
    gridded = grid_batch(product.batch, land(0.25, south, south + 0.25, west, west + 0.25))
    total = merge_stages(product.report.tally, gridded.tally)
    (key, counts), = total.items()
    assert key == ("smap_l2", int(START)) and counts.sum() == 5
    assert named_counts(counts) == {"OK": 1, "S1": 1, "S5": 1, "G1": 2}
    with pytest.raises(ValueError, match="accepted"):
        merge_stages(product.report.tally, {key: counts})


def test_products_in_different_units_are_not_merged():
    points = land(0.25, 10.0, 10.25, 20.0, 20.25)
    row, column = M36.cell(10.125, 20.125)
    ascat = grid_batch(nodes([10.0], 10.1, 20.1), points).observations
    radiometer = grid_batch(smap_cells([0.2], row[None], column[None]), points).observations
    with pytest.raises(InputError, match="percent"):
        merge([ascat, radiometer])
    both = merge([radiometer, ascat._replace(units="m3 m-3")])
    assert both.product.tolist() == [0, 2] and both.tally().keys() == {("ascat_l2_125", int(START)), ("smap_l2", int(START))}


def test_points_without_a_grid_are_refused():
    towers = PointSet(np.array([10.0]), np.array([20.0]), np.array([0]), (1, 1))
    with pytest.raises(ConfigError, match="grid"):
        grid_batch(nodes([10.0], 10.1, 20.1), towers)


def test_real_half_orbit_on_the_quarter_degree_grid(shared_data):
    product = read_product(next((shared_data / "data/products/smap_l2_spl2smp").iterdir()))
    points = land(0.25, 30.0, 75.0, -180.0, -100.0)
    gridded = grid_batch(product.batch, points)
    counts = named_counts(count_codes(gridded.code))
    assert counts["OK"] + counts.get("G1", 0) == 576
    assert gridded.observations.size > 576  # 27-km cells share 36-km cells
    total = merge_stages(product.report.tally, gridded.tally)
    assert sum(one.sum() for one in total.values()) == 17251
