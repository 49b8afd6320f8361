"""Pairing of model output and observations of different resolution."""

import numpy as np
import pytest

from landda_hpc.forcing.tower import ObservedSeries
from landda_hpc.plots.pairs import daily_means, layer_of_depth, pair_series

START = np.datetime64("2001-01-01T00:00:00")


def bounds(n, hours):
    starts = START + np.arange(n) * np.timedelta64(int(hours * 3600), "s")
    return np.stack([starts, starts + np.timedelta64(int(hours * 3600), "s")], axis=1)


def series(values, hours, first_hour=0.0, interval=None):
    values = np.asarray(values, dtype=float)
    times = START + ((first_hour + np.arange(values.size) * hours) * 3600).astype("timedelta64[s]")
    return ObservedSeries("x", times, values, "1", None, int((hours if interval is None else interval) * 3600))


def test_equal_intervals_are_paired_one_to_one():
    pairs = pair_series(bounds(3, 3), [1.0, 2.0, 3.0], series([10.0, np.nan, 30.0], 3))
    assert pairs.model.tolist() == [1.0, 3.0] and pairs.observed.tolist() == [10.0, 30.0]
    assert pairs.times[0] == np.datetime64("2001-01-01T01:30:00")


def test_three_hourly_model_is_averaged_over_the_days_of_the_observations():
    pairs = pair_series(bounds(16, 3), np.arange(16.0), series([7.0, 8.0], 24))
    assert pairs.model.tolist() == pytest.approx([3.5, 11.5]) and pairs.observed.tolist() == [7.0, 8.0]


def test_day_that_the_model_covers_in_part_gives_no_pair():
    assert pair_series(bounds(15, 3), np.arange(15.0), series([7.0, 8.0], 24)).observed.tolist() == [7.0]
    model = np.arange(16.0)
    model[9] = np.nan
    assert pair_series(bounds(16, 3), model, series([7.0, 8.0], 24)).observed.tolist() == [7.0]


def test_half_hourly_observations_are_averaged_over_the_model_intervals():
    pairs = pair_series(bounds(2, 3), [1.0, 2.0], series(np.arange(12.0), 0.5))
    assert pairs.observed.tolist() == pytest.approx([2.5, 8.5])


def test_interval_with_too_few_observations_gives_no_pair():
    observed = np.arange(12.0)
    observed[[0, 1]] = np.nan  # 4 of 6 present
    observed[11] = np.nan  # 5 of 6
    pairs = pair_series(bounds(2, 3), [1.0, 2.0], series(observed, 0.5))
    assert pairs.model.tolist() == [2.0] and pairs.observed.tolist() == pytest.approx([8.0])


def test_end_label_of_the_model_is_not_taken_for_a_start():
    """A model mean over 0-24 h belongs to the first observed day, not to the second."""
    pairs = pair_series(bounds(2, 24), [1.0, 2.0], series([1.0, 2.0], 24))
    assert pairs.model.tolist() == pairs.observed.tolist() == [1.0, 2.0]


def test_shifted_days_take_their_share_of_each_interval():
    pairs = pair_series(bounds(3, 24), [0.0, 24.0, 48.0], series([5.0], 24, first_hour=6.0))
    assert pairs.model.tolist() == pytest.approx([6.0])


def test_instants_take_the_interval_that_contains_them():
    pairs = pair_series(bounds(2, 3), [1.0, 2.0], series([5.0, 6.0, 7.0], 3, first_hour=1.0, interval=0))
    assert pairs.model.tolist() == [1.0, 2.0] and pairs.observed.tolist() == [5.0, 6.0]


def test_instant_on_a_boundary_belongs_to_the_interval_that_starts_there():
    pairs = pair_series(bounds(2, 3), [1.0, 2.0], series([6.0], 3, first_hour=3.0, interval=0))
    assert pairs.model.tolist() == [2.0]


def test_no_overlap_gives_no_pairs():
    assert pair_series(bounds(4, 3), np.ones(4), series([1.0], 24, first_hour=480.0)).model.size == 0


def test_daily_means_of_whole_days_only():
    times, means = daily_means(bounds(20, 3), np.arange(20.0))
    assert means.tolist() == pytest.approx([3.5, 11.5])
    assert times[0] == np.datetime64("2001-01-01T12:00:00")


def test_means_are_accurate_over_a_long_series_of_large_values():
    rng = np.random.default_rng(3)
    values = 1.0e5 + rng.normal(size=48 * 400)
    _, means = daily_means(bounds(values.size, 0.5), values)
    np.testing.assert_allclose(means, values.reshape(400, 48).mean(axis=1), rtol=0, atol=1e-8)


@pytest.mark.parametrize("depth, layer", [(0.0, 0), (0.05, 0), (0.1, 0), (0.15, 1), (0.4, 1), (0.41, 2), (2.0, 3),
                                          (2.5, None)])
def test_layer_of_a_depth(depth, layer):
    assert layer_of_depth([0.1, 0.3, 0.6, 1.0], depth) == layer
