"""Event scores, means over areas, consistency of errors, and tests of differences."""

import math
import random

import numpy as np
import pytest

from landda_hpc.verification.contingency import THRESHOLDS, Counts, compare_event_scores, count_events, event_scores
from landda_hpc.verification.desroziers import consistency_ratios, cross_term
from landda_hpc.verification.means import area_weighted_mean
from landda_hpc.verification.significance import (
    _weighted_median,
    block_bootstrap_median,
    block_of,
    by_land_cover,
    generator,
    moving_block_bootstrap,
    one_per_block,
    signed_rank_p_value,
    widened,
)


def counts(hits, misses, false_alarms, correct_negatives):
    return Counts(*(np.array([value]) for value in (hits, misses, false_alarms, correct_negatives)))


def test_worked_scores():
    found = event_scores(counts(60, 40, 80, 820))
    assert found.frequency_bias[0] == 1.4
    assert found.equitable_threat[0] == pytest.approx(46 / 166, rel=1e-14) == pytest.approx(0.277108, abs=5e-7)
    assert (found.detection[0], found.threat[0]) == (0.6, 60 / 180) and found.false_alarm[0] == pytest.approx(80 / 140)


def test_scores_without_a_denominator():
    only_forecast, nothing = event_scores(counts(0, 0, 5, 10)), event_scores(counts(0, 0, 0, 10))
    assert np.isinf(only_forecast.frequency_bias[0]) and only_forecast.equitable_threat[0] == 0.0
    assert np.isnan(only_forecast.detection[0]) and only_forecast.false_alarm[0] == 1.0
    assert all(np.isnan(score[0]) for score in nothing)


def test_events_at_the_threshold_count_and_gaps_do_not():
    found = count_events([[1.0, 0.9, 1.0], [np.nan, 5.0, 0.0]], [[1.0, 1.0, 0.5], [1.0, np.nan, 0.0]], [1.0, 4.0])
    assert [count[:, 0].tolist() for count in found] == [[1, 0], [1, 0], [1, 0], [1, 4]]
    assert found.n[:, 0].tolist() == [4, 4]


def test_counts_of_groups_add_up():
    rng = np.random.default_rng(30)
    forecast, observed = rng.gamma(0.5, 8.0, (2, 9, 40))
    group = rng.integers(-1, 3, (9, 1))
    found = count_events(forecast, observed, group=group, n_groups=3)
    for one in range(3):
        rows = group[:, 0] == one
        for t, threshold in enumerate(THRESHOLDS):
            f, o = forecast[rows] >= threshold, observed[rows] >= threshold
            assert [count[t, one] for count in found] == [(f & o).sum(), (~f & o).sum(), (f & ~o).sum(), (~f & ~o).sum()]
    both = count_events(forecast[:4], observed[:4]) + count_events(forecast[4:], observed[4:])
    assert all(np.array_equal(a, b) for a, b in zip(both, count_events(forecast, observed)))
    assert np.array_equal(found.pooled().n, found.n.sum(axis=1))
    with pytest.raises(ValueError, match="group 2 of 2"):
        count_events(forecast, observed, group=group, n_groups=2)


def test_changes_of_scores_are_means_over_lead_times():
    experiment, baseline = [counts(60, 40, 60, 840), counts(0, 0, 3, 997)], [counts(60, 40, 80, 820), counts(50, 50, 0, 900)]
    found = compare_event_scores(experiment, baseline)
    scores = [event_scores(one) for one in (experiment[0], *baseline)]
    assert found.frequency_bias[0] == pytest.approx(0.2 - abs((1.4 + 0.5) / 2 - 1.0))
    assert found.equitable_threat[0] == pytest.approx(scores[0].equitable_threat[0]
                                                      - 0.5 * (scores[1].equitable_threat[0] + scores[2].equitable_threat[0]))
    assert np.isnan(compare_event_scores([experiment[1]], [baseline[0]]).equitable_threat[0])


# ---- means and consistency


def test_area_weights():
    assert area_weighted_mean([1.0, 4.0, np.nan], [0.0, 60.0, 0.0]) == pytest.approx(2.0, rel=1e-14)
    assert area_weighted_mean([1.0, 4.0], [0.0, 60.0], np.array([False, True])) == 4.0
    assert np.isnan(area_weighted_mean([np.nan], [0.0]))


def test_the_order_of_cells_does_not_change_a_mean():
    rng = np.random.default_rng(31)
    values, latitude, order = rng.normal(size=500), rng.uniform(-60, 90, 500), rng.permutation(500)
    assert area_weighted_mean(values, latitude) == area_weighted_mean(values[order], latitude[order])


def test_an_optimal_filter_is_consistent_and_a_wrong_error_shows():
    rng = np.random.default_rng(32)
    n, s2, r = 40000, 0.0009, 0.0004
    group = np.r_[rng.integers(0, 2, n), np.full(49, 2)]
    truth_error, noise = np.sqrt(s2) * rng.normal(size=n + 49), np.sqrt(r) * rng.normal(size=n + 49)
    innovation = noise - truth_error
    residual = innovation * (1.0 - s2 / (s2 + r))
    found = consistency_ratios(innovation, residual, np.full(n + 49, s2), np.full(n + 49, r), group, 3)
    np.testing.assert_allclose([found.total[:2], found.observation[:2], found.background[:2]], 1.0, atol=0.05)
    assert found.n[2] == 49 and np.isnan(found.total[2])
    doubled = consistency_ratios(innovation, residual, np.full(n + 49, s2), np.full(n + 49, 2 * r), group, 3)
    assert doubled.observation[0] == pytest.approx(0.5, abs=0.03)
    assert cross_term(residual, rng.normal(size=n + 49), group, 3)[0] == pytest.approx(0.0, abs=1e-3)
    missing = innovation.copy()
    missing[:10] = np.nan
    assert consistency_ratios(missing, residual, np.full(n + 49, s2), np.full(n + 49, r), group, 3).n.sum() == n + 39


# ---- significance

LATITUDE, LONGITUDE = (part.ravel() for part in np.meshgrid(np.arange(0.125, 20, 0.25), np.arange(-9.875, 10, 0.25)))


def test_blocks_are_two_degrees():
    blocks = block_of(LATITUDE, LONGITUDE)
    assert len(np.unique(blocks)) == 100 and (np.unique(blocks, return_counts=True)[1] == 64).all()
    assert block_of([0.5], [-0.5])[0] == block_of([0.5], [359.5])[0] != block_of([0.5], [0.5])[0]


def test_one_cell_is_drawn_of_each_block_with_equal_chance():
    block = np.repeat([0, 1, 2], [2, 3, 5])
    random = generator(1)
    drawn = np.bincount(np.concatenate([one_per_block(block, random) for _ in range(3000)]), minlength=10)
    assert [drawn[:2].sum(), drawn[2:5].sum(), drawn[5:].sum()] == [3000] * 3
    np.testing.assert_allclose(drawn / 3000, np.repeat([1 / 2, 1 / 3, 1 / 5], [2, 3, 5]), atol=0.04)


def test_a_weighted_median_is_that_of_repeated_values():
    rng = np.random.default_rng(33)
    for _ in range(200):
        values, weights = np.sort(rng.integers(0, 9, 8)).astype(float), rng.integers(0, 4, 8)
        if weights.sum():
            assert _weighted_median(values, weights, np.arange(8)) == np.median(np.repeat(values, weights))


def test_a_shared_error_of_blocks_is_not_significant_but_a_shift_is():
    """Cells of a block are equal: a test on all 6400 cells would find every class significant."""
    rng = np.random.default_rng(34)
    blocks = np.unique(block_of(LATITUDE, LONGITUDE), return_inverse=True)[1]
    land_cover = np.where(LATITUDE < 10, 7, 10)
    land_cover[LATITUDE > 16] = 12
    keep = (land_cover != 12) | (LONGITUDE > 4)
    shift = np.where(land_cover == 10, 0.1, 0.0)
    found = [by_land_cover((0.1 * rng.normal(size=100)[blocks] + shift)[keep], LATITUDE[keep], LONGITUDE[keep],
                           land_cover[keep], seed, n_resamples=200) for seed in range(20)]
    classes = [[result[k] for result in found] for k in range(3)]
    assert [results[0].land_cover for results in classes] == [7, 10, 12]
    assert sum(result.significant for result in classes[0]) <= 4
    assert all(result.significant and result.lower > 0.0 for result in classes[1])
    assert all(np.isnan(result.p_value) and not result.significant and result.n_blocks < 20 for result in classes[2])
    assert sum(result.lower <= 0.0 <= result.upper for result in classes[0]) >= 15


def test_the_same_seed_gives_the_same_result():
    difference = np.random.default_rng(35).normal(size=LATITUDE.size)
    cover = np.full(LATITUDE.size, 7)
    first, again, other = (by_land_cover(difference, LATITUDE, LONGITUDE, cover, seed, n_resamples=50) for seed in (1, 1, 2))
    assert first == again != other


def test_nothing_that_differs_is_not_significant():
    assert signed_rank_p_value(np.zeros(30)) == 1.0
    assert block_bootstrap_median(np.zeros(40), np.arange(40), generator(1), 20) == (0.0, 0.0)


def test_moving_blocks_cover_the_mean_of_a_series_with_memory():
    """About 95 % of intervals hold the true mean with blocks, far fewer without."""
    rng = np.random.default_rng(36)

    def series():
        values = rng.normal(size=120)
        for i in range(1, 120):
            values[i] += 0.6 * values[i - 1]
        return values

    samples = [series() for _ in range(200)]
    covered = [sum(not moving_block_bootstrap(values, length, seed, 300).significant for seed, values in enumerate(samples))
               for length in (1, 10)]
    assert covered[0] < 150 and covered[1] > 165
    shifted = moving_block_bootstrap(samples[0] + 3.0)
    assert shifted.significant and shifted.lower < shifted.mean < shifted.upper


def test_blocks_of_a_series_with_gaps_and_refusals():
    series = np.r_[np.nan, np.arange(10.0), np.nan]
    found = moving_block_bootstrap(series, 3)
    assert found.mean == 4.5 and 0.0 <= found.lower < 4.5 < found.upper <= 9.0
    with pytest.raises(ValueError, match="blocks of 5"):
        moving_block_bootstrap([1.0, 2.0])


def daily_differences(n_days, seed):
    """Return a series with the memory of a few days, as those of scores."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0.1, 1.0, n_days)
    for day in range(1, n_days):
        values[day] += 0.5 * values[day - 1]
    return values


def blockwise_means(series, length, draw, n_resamples):
    """Return the means of resamples, block by block as Künsch (1989) describes it."""
    means = []
    for _ in range(n_resamples):
        resample = []
        while len(resample) < len(series):
            start = draw(len(series) - length + 1)
            resample.extend(series[start:start + length])
        means.append(math.fsum(resample[:len(series)]) / len(series))
    return sorted(means)


@pytest.mark.parametrize("n_days", [31, 62])
def test_intervals_are_those_of_another_program(n_days):
    """Of other random numbers, so that bounds agree to what 20000 against 2000 resamples allow."""
    series = daily_differences(n_days, n_days)
    means = blockwise_means(series.tolist(), 5, random.Random(3).randrange, 20000)
    found = moving_block_bootstrap(series)
    assert found.mean == pytest.approx(series.mean(), rel=1e-14)
    width = means[19499] - means[499]
    assert found.lower == pytest.approx(means[499], abs=0.05 * width)
    assert found.upper == pytest.approx(means[19499], abs=0.05 * width)
    single = moving_block_bootstrap(series, 1)
    assert found.upper - found.lower > 1.2 * (single.upper - single.lower)  # memory counts


def test_the_spread_of_resamples_is_that_of_block_means():
    """The variance of the mean of independent blocks is known: that of all blocks over their number."""
    series = daily_differences(60, 4)
    blocks = np.lib.stride_tricks.sliding_window_view(series, 5).mean(axis=1)
    found = moving_block_bootstrap(series, 5, n_resamples=20000)
    assert (found.upper - found.lower) / (2.0 * 1.96) == pytest.approx(blocks.std() / np.sqrt(12.0), rel=0.03)


def test_chance_of_few_days_is_not_significant():
    """Of series without a change about 5 % may be called significant; the bare resampling of few blocks calls many more."""
    rng = np.random.default_rng(11)
    for n_days, least in ((4, 0.2), (7, 0.1), (14, 0.05)):
        found = [moving_block_bootstrap(rng.normal(size=n_days), 2, seed, 400) for seed in range(300)]
        bare, allowed = (np.mean([one.significant for one in some]) for some in (
            found, [widened(one, n_days / 2.0) for one in found]))
        assert bare > least and allowed < min(bare, 0.08), (n_days, bare, allowed)
    series = rng.normal(size=8)
    found = widened(moving_block_bootstrap(series, 1, n_resamples=20000), 8)  # then the interval is Student's
    half = 2.365 * series.std(ddof=1) / np.sqrt(8.0)
    assert 0.5 * (found.upper - found.lower) == pytest.approx(half, rel=0.04)
    steady = widened(moving_block_bootstrap(np.full(3, -0.5), 2), 1.5)
    assert steady.significant and steady.lower == steady.upper == -0.5
