"""Scores against a truth: against slow loops and constructed errors."""

import numpy as np
import pytest

from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.experiments import cell_scores, check_errors, depth_weights, global_means, moving_mean, true_errors
from landda_hpc.verification.metrics import correlation, scores

SECONDS = np.arange(400) * 10800.0


@pytest.fixture
def series():
    random = np.random.default_rng(1)
    truth = 0.3 + 0.05 * random.standard_normal((400, 5)) + 0.1 * np.sin(SECONDS / 2.0e6)[:, None]
    values = 0.02 + 0.9 * truth + 0.02 * random.standard_normal(truth.shape)
    values[random.random(values.shape) < 0.2] = np.nan
    truth[random.random(truth.shape) < 0.1] = np.nan
    return values, truth


def naive_mean(values, seconds, width, share):
    result = np.full(values.shape, np.nan)
    for i, time in enumerate(seconds):
        window = values[np.abs(seconds - time) <= 0.5 * width]
        known = np.isfinite(window)
        for cell in range(values.shape[1]):
            if known[:, cell].sum() >= max(share * len(window), 1):
                result[i, cell] = window[known[:, cell], cell].mean()
    return result


def test_weights_of_layers_cut_at_the_depth():
    np.testing.assert_allclose(depth_weights([0.1, 0.3, 0.6, 1.0], 1.0), [0.1, 0.3, 0.6, 0.0], rtol=1e-14)
    np.testing.assert_allclose(depth_weights([0.5, 1.0], 1.0), [0.5, 0.5], rtol=1e-14)


def test_moving_mean_against_a_loop(series):
    values = series[0]
    values[100:180, 2] = np.nan  # a gap longer than a window of ten days
    found = moving_mean(values, SECONDS, 10 * 86400.0, 0.5)
    np.testing.assert_allclose(found, naive_mean(values, SECONDS, 10 * 86400.0, 0.5), rtol=1e-12)
    assert np.isnan(found[140, 2])


def test_scores_are_those_of_each_cell_by_itself(series):
    values, truth = series
    found = cell_scores(values, truth, SECONDS, np.full(values.shape, 0.03))
    for cell in range(5):
        one = scores(values[:, cell], truth[:, cell])
        assert found.n[cell] == one.n
        np.testing.assert_allclose([found.bias[cell], found.rmse[cell], found.ubrmse[cell], found.correlation[cell]],
                                   [one.bias, one.rmse, one.ubrmse, one.correlation], rtol=1e-12)
    np.testing.assert_allclose(found.spread, 0.03, rtol=1e-14)


def test_anomalies_leave_the_slow_course_out(series):
    values, truth = series
    known = np.isfinite(values) & np.isfinite(truth)
    values, truth = np.where(known, values, np.nan), np.where(known, truth, np.nan)
    found = cell_scores(values, truth, SECONDS)
    anomalies = [one - naive_mean(one, SECONDS, 35 * 86400.0, 0.25) for one in (values, truth)]
    expected = [correlation(anomalies[0][:, cell], anomalies[1][:, cell]) for cell in range(5)]
    np.testing.assert_allclose(found.anomaly_correlation, expected, rtol=1e-10)
    assert (found.anomaly_correlation < found.correlation - 0.01).all()


def test_constant_and_missing_series_have_no_correlation():
    truth = np.full((400, 3), 0.1)
    truth[:, 2] = np.nan
    values = truth + 0.01 * np.random.default_rng(2).standard_normal(truth.shape)
    values[:, 1] = 0.3
    found = cell_scores(values, truth, SECONDS)
    assert np.isnan(found.correlation).all() and np.isnan(found.anomaly_correlation).all()
    np.testing.assert_allclose(found.rmse[1], 0.2, rtol=1e-12)
    assert found.n[2] == 0 and np.isnan(found.rmse[2])
    means = global_means(found, np.array([0.0, 0.0, 0.0]))
    np.testing.assert_allclose(means["rmse"], found.rmse[:2].mean(), rtol=1e-12)
    assert np.isnan(means["correlation"])


def test_true_error_is_what_the_truth_does_not_explain():
    random = np.random.default_rng(3)
    truth = random.standard_normal(200)
    noise = random.standard_normal(200)
    noise -= noise.mean()
    noise -= truth * ((truth - truth.mean()) @ noise) / ((truth - truth.mean()) @ truth)
    noise -= noise.mean()
    moments = CoMoments.of_series(5.0 + 3.0 * truth + noise, truth)
    error, fmse = true_errors(moments, 1)
    np.testing.assert_allclose(error[0, 0], noise.var(ddof=1), rtol=1e-10)
    np.testing.assert_allclose(fmse[0, 0], noise.var(ddof=1) / (5.0 + 3.0 * truth + noise).var(ddof=1), rtol=1e-10)


def test_check_of_error_variances_counts_only_what_is_valid():
    estimated, true = np.array([1.1, 2.0, 9.0, 1.0, 0.9]), np.array([1.0, 1.0, 1.0, np.nan, 1.0])
    valid, n = np.array([True, True, False, True, True]), np.array([200, 200, 200, 200, 50])
    found = check_errors(estimated, true, valid, n, np.zeros(5), enough=100, tolerance=0.15)
    assert (found.n_valid, found.n_enough, found.within) == (3, 2, 0.5)
    np.testing.assert_allclose([found.ratio, found.median_ratio], [4.0 / 3.0, 1.1])
    nothing = check_errors(estimated, true, np.zeros(5, bool), n, np.zeros(5))
    assert nothing.n_valid == 0 and np.isnan(nothing.ratio) and np.isnan(nothing.within)
