"""Remapping between land and all columns: masks, land fractions, soil classes."""

import numpy as np
import pytest

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.remap import Remap
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError
from tests.coupling.fields import GLOBE, points_at


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


def test_masks_that_are_none_are_refused(land):
    with pytest.raises(ConfigError, match="source_mask has 648 values from 0 to 2"):
        Remap.conservative(GLOBE, CubedSphere(1), source_mask=2.0 * (land > 0.5))
    with pytest.raises(ConfigError, match="target_mask has 3 values"):
        Remap.conservative(GLOBE, CubedSphere(1), target_mask=[1, 1, 1])
    with pytest.raises(ConfigError, match="expected 56 of ne1np4"):
        Remap.same_class(GLOBE, CubedSphere(1), land, np.ones(648), np.ones(3))
