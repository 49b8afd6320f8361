"""Bands of points: contiguous, complete, of equal cost."""

import numpy as np
import pytest

from landda_hpc.domain.cost import predicted_cost
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.points import TOLERANCE, split_by_cost, split_evenly


def check_bands(bands, n_total, n_ranks):
    assert len(bands) == n_ranks and bands[0].start == 0 and bands[-1].stop == n_total
    assert all(band.stop == after.start for band, after in zip(bands[:-1], bands[1:]))
    assert all(band.n_points >= 0 and band.n_total == n_total for band in bands)


@pytest.fixture(scope="module")
def domain():
    return read_domain("2.5deg")


@pytest.mark.parametrize("months", [(0,), (6,), tuple(range(12))], ids=["January", "July", "year"])
def test_the_shipped_domain_splits_into_bands_of_equal_cost(domain, months):
    cost = predicted_cost(domain, months)
    for n_ranks in range(2, 65):
        bands = split_by_cost(cost, n_ranks)
        check_bands(bands, domain.n_total, n_ranks)
        sums = np.array([cost[band.slice].sum() for band in bands])
        assert sums.max() / sums.mean() < 1.05


def test_snow_and_frost_cost_more(domain):
    january = predicted_cost(domain, (0,))
    temperature = domain.fields["climate_air_temperature"][0]
    assert (january[temperature > 285.0] == 1.0).all()
    assert january[temperature < 260.0].min() > 1.12 > january[temperature > 275.0].max()
    assert (january >= 1.0).all()


def test_bands_of_equal_points_differ_by_one():
    for n_total, n_ranks in ((10, 3), (100, 7), (7, 7), (1000, 64)):
        bands = split_evenly(n_total, n_ranks)
        check_bands(bands, n_total, n_ranks)
        sizes = [band.n_points for band in bands]
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n_total", [0, 1, 2, 5])
def test_more_ranks_than_points(n_total):
    bands = split_by_cost(np.ones(n_total), 8)
    check_bands(bands, n_total, 8)
    assert bands[0].n_points >= min(n_total, 1), "rank 0 compiles for all"


def test_one_point_that_costs_as_much_as_all_others():
    cost = np.ones(101)
    cost[50] = 100.0
    bands = split_by_cost(cost, 2)
    check_bands(bands, 101, 2)
    sums = [cost[band.slice].sum() for band in bands]
    assert max(sums) == 150.0  # it goes to one side, the cut is at its edge


def test_bands_do_not_depend_on_the_unit_of_the_cost():
    cost = np.random.default_rng(5).random(500) + 0.5
    assert split_by_cost(cost, 9) == split_by_cost(cost * 1024.0, 9)


def cheapest_dearest(cost, n_ranks):
    """Return the least cost of the dearest band of all divisions, by trying every cut."""
    sums = np.concatenate([[0.0], np.cumsum(cost)])
    best = sums  # of the first points on one rank
    for _ in range(n_ranks - 1):
        best = np.array([min(max(best[cut], sums[stop] - sums[cut]) for cut in range(stop + 1))
                         for stop in range(len(sums))])
    return best[-1]


@pytest.mark.parametrize("n_total, n_ranks", [(40, 3), (60, 7), (60, 20), (30, 29), (12, 20)])
def test_no_other_cuts_make_the_dearest_band_cheaper(n_total, n_ranks):
    random = np.random.default_rng(n_total + n_ranks)
    for cost in (random.uniform(1.0, 1.3, n_total), random.choice([1.0, 1.1, 1.16, 1.29], n_total),
                 random.uniform(0.1, 9.0, n_total) ** 3):
        bands = split_by_cost(cost, n_ranks)
        check_bands(bands, n_total, n_ranks)
        dearest = max(cost[band.slice].sum() for band in bands)
        assert dearest <= cheapest_dearest(cost, n_ranks) + 1.001 * TOLERANCE * cost.sum() / n_ranks


def test_bands_of_few_points_differ_by_less_than_a_point():
    cost = np.repeat([1.0, 1.1, 1.0, 1.16, 1.29, 1.1, 1.0], 1000)  # belts of weather, 50 points a band
    sums = np.array([cost[band.slice].sum() for band in split_by_cost(cost, 140)])
    assert sums.max() < sums.mean() + 0.5 * cost.mean()
