"""RMSD of regions and cells: by hand, in any order, and with what is missing."""

import math

import numpy as np
import pytest

from landda_hpc.verification.forecast_errors import (
    QUANTUM,
    daily_means,
    mean_difference,
    regional_rmsd,
    squares_of,
)
from landda_hpc.verification.weighted_sums import region_sums


def test_rmsd_of_regions_by_hand():
    error = np.array([1.0, -2.0, np.nan, 3.0])
    weights = np.array([1.0, 0.5, 1.0, 0.25])
    masks = np.array([[True, True, True, False], [False, False, True, False], [True, True, True, True]])
    found = regional_rmsd(error, weights, masks)
    assert found[0] == pytest.approx(np.sqrt((1.0 + 0.5 * 4.0) / 1.5), rel=1e-15)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(np.sqrt((1.0 + 2.0 + 0.25 * 9.0) / 1.75), rel=1e-15)


def test_sums_over_time_do_not_depend_on_the_order():
    errors = np.random.default_rng(1).normal(0.0, 2.0, (200, 5))
    errors[::7, 2] = np.nan
    both = [squares_of([error, 2.0 * error]) for error in errors]
    forward, backward = sum(both[1:], both[0]), sum(both[-2::-1], both[-1])
    forward.add(squares_of(np.full((2, 5), np.nan)))
    assert np.array_equal(forward.rmsd(), backward.rmsd())
    assert forward.rmsd()[1] == pytest.approx(2.0 * forward.rmsd()[0])
    assert forward.rmsd()[0] == pytest.approx(np.sqrt(np.nanmean(errors**2, axis=0)), abs=QUANTUM)


def test_sums_over_regions_are_rounded_once():
    random = np.random.default_rng(2)
    terms = random.normal(size=(2, 100_001)) * 10.0 ** random.uniform(-12, 12, (2, 100_001))
    known, masks = random.random(100_001) < 0.9, random.random((3, 100_001)) < [[0.1], [0.5], [0.0]]
    found = region_sums(terms, known, masks)
    np.testing.assert_array_equal(found, [[math.fsum(term[known & mask]) for mask in masks] for term in terms])


def test_units_that_differ_are_noticed():
    with pytest.raises(ValueError, match="units"):
        squares_of([[0.0], [273.15]])


def test_mean_difference_is_of_cells_that_both_have():
    weights, masks = np.array([1.0, 3.0, 1.0]), np.ones((1, 3), bool)
    assert mean_difference([1.0, 2.0, np.nan], [2.0, 1.0, 0.0], weights, masks)[0] == (3.0 - 1.0) / 4.0
    assert np.isnan(mean_difference([np.nan] * 3, [0.0] * 3, weights, masks)[0])


def test_daily_means_keep_days_without_values():
    found = daily_means([1.0, 3.0, np.nan, 5.0], np.array([10, 10, 11, 12]))
    assert found[0] == 2.0 and np.isnan(found[1]) and found[2] == 5.0
