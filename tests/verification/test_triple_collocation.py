"""Triple collocation and instrumental variables: worked examples, synthetic data, merging, screening."""

import numpy as np
import pytest

from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.instrumental_variable import correlated_errors, instrumental_variable, pair_moments, triple_moments
from landda_hpc.verification.triple_collocation import compare_experiments, correlation_p_value, triple_collocation

WORKED = np.array([[0.0034, 0.0020, 0.0030], [0.0020, 0.0020, 0.0024], [0.0030, 0.0024, 0.0052]])
SCALE, ERROR = np.array([1.0, 0.8, 120.0]), np.array([0.02, 0.03, 3.0])


def triplets(n, rng, error=ERROR):
    """Return truth and three data sets ``(4, n)``, the third in per cent."""
    truth = rng.normal(0.25, 0.05, n)
    return np.array([truth, *(0.1 + s * truth + e * rng.normal(size=n) for s, e in zip(SCALE, error))])


def test_worked_example():
    found = triple_collocation(100, WORKED)
    np.testing.assert_allclose(found.error_variance[:, 0], [0.0009, 0.0004, 0.0016], rtol=1e-12)
    np.testing.assert_allclose(found.fmse[:, 0], [0.264706, 0.2, 0.307692], atol=5e-7)
    np.testing.assert_allclose(found.r_squared[:, 0], [0.735294, 0.8, 0.692308], atol=5e-7)
    assert found.snr_db[0, 0] == pytest.approx(4.436975, abs=5e-7)
    np.testing.assert_allclose(found.beta[:, 0], [1.0, 0.8, 1.2], rtol=1e-12)
    assert found.valid[0]


def test_synthetic_triplets_recover_the_error_variances():
    """n = 20000: within 8 %, four times the sampling deviation; in each data set's own units."""
    rng = np.random.default_rng(20)
    for _ in range(10):
        data = triplets(20000, rng)
        moments = CoMoments.of_series(*data[1:])
        found = triple_collocation(moments.n, moments.covariance())
        np.testing.assert_allclose(found.error_variance[:, 0], ERROR ** 2, rtol=0.08)
        np.testing.assert_allclose(found.beta[:, 0], SCALE, rtol=0.05)
        truth = [np.corrcoef(data[0], one)[0, 1] ** 2 for one in data[1:]]
        np.testing.assert_allclose(found.r_squared[:, 0], truth, atol=0.03)
        assert found.valid[0]


def test_moments_equal_numpy_cell_by_cell_with_gaps():
    rng = np.random.default_rng(21)
    values, cell = rng.normal(280.0, 0.1, (4, 900)), rng.integers(0, 5, 900)
    values[rng.integers(0, 4, 90), rng.integers(0, 900, 90)] = np.nan
    moments = CoMoments(4, 6)
    parts = [CoMoments(4, 6) for _ in range(3)]
    for rows, part in zip(np.array_split(np.arange(900), 3), parts):
        moments.add(values[:, rows], cell[rows])
        part.add(values[:, rows], cell[rows])
    parts[2].merge(parts[0])
    parts[2].merge(parts[1])
    for found in (moments, parts[2]):
        for one in range(5):
            used = values[:, (cell == one) & np.isfinite(values).all(axis=0)]
            assert found.n[one] == used.shape[1]
            np.testing.assert_allclose(found.covariance()[..., one], np.cov(used), rtol=1e-9, atol=1e-14)
    assert np.isnan(moments.covariance()[..., 5]).all() and np.array_equal(moments.n, parts[2].n)
    np.testing.assert_array_equal(moments.covariance(), moments.covariance().swapaxes(0, 1))


def test_series_of_many_cells_equal_series_one_by_one():
    series = np.random.default_rng(22).normal(size=(3, 50, 4))
    together = CoMoments.of_series(*series).covariance()
    for cell in range(4):
        assert np.array_equal(together[..., cell], CoMoments.of_series(*series[:, :, cell]).covariance()[..., 0])


def test_wrong_shapes_and_cells_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 4\)"):
        CoMoments(3, 2).add(np.zeros((2, 4)), np.zeros(4, int))
    with pytest.raises(ValueError, match="expected 0 to 1"):
        CoMoments(1, 2).add(np.zeros((1, 2)), [0, 2])


@pytest.mark.parametrize("n, covariance, valid", [
    (30, WORKED, True), (29, WORKED, False), (6, WORKED, False),
    (100, WORKED * np.array([[1, -1, 1], [-1, 1, 1], [1, 1, 1]]), False),  # one pair is anticorrelated
    (100, WORKED + np.diag([0.2, 0, 0]), False),  # not significant
    (100, [[1.0, 0.9, 0.5], [0.9, 1.0, 0.9], [0.5, 0.9, 1.0]], False)])  # negative error variance of y
def test_screening(n, covariance, valid):
    found = triple_collocation(n, covariance, minimum=30)
    assert found.valid[0] == valid


def test_inadmissible_triplets_are_not_clipped():
    found = triple_collocation(100, [[1.0, 0.9, 0.5], [0.9, 1.0, 0.9], [0.5, 0.9, 1.0]])
    assert found.fmse[1, 0] < 0.0 and found.r_squared[1, 0] > 1.0 and np.isnan(found.snr_db[1, 0])


@pytest.mark.parametrize("n", [3, 10, 446])
def test_p_values_equal_scipys(n):
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(23)
    for _ in range(20):
        x, y = rng.normal(size=(2, n))
        expected = stats.pearsonr(x, y + 0.2 * x)
        assert correlation_p_value(expected.statistic, n) == pytest.approx(expected.pvalue, rel=1e-9)
    assert correlation_p_value(1.0 + 2e-16, n) == 0.0 and np.isnan(correlation_p_value(0.5, 2))


def test_experiments_are_compared_over_the_same_times_and_cells():
    """The experiment has 3/4 of the baseline's error variance; where either is missing neither counts."""
    rng = np.random.default_rng(24)
    n_times, n_cells = 4000, 6
    truth = rng.normal(0.25, 0.05, (n_times, n_cells))
    x, y, experiment, baseline = (truth + e * rng.normal(size=truth.shape) for e in (0.03, 0.03, 0.02598, 0.03))
    experiment[rng.random(truth.shape) < 0.3] = np.nan
    baseline[:, 5] = 0.25 + 0.05 * rng.normal(size=n_times)
    latitude = np.array([0.0, 60.0, 0.0, 0.0, 0.0, 0.0])
    found = compare_experiments(CoMoments.of_series(x, y, experiment, baseline), latitude)
    assert np.array_equal(found.experiment.n, found.baseline.n) and (found.experiment.n < 0.75 * n_times).all()
    assert found.common.tolist() == [True] * 5 + [False] and found.n_cells == 5
    fmse = [result.fmse[2, :5] @ np.array([1, 0.5, 1, 1, 1]) for result in (found.experiment, found.baseline)]
    assert found.change == pytest.approx(100 * (fmse[0] / fmse[1] - 1), rel=1e-12)
    assert -27.0 < found.change < -15.0  # expected -20 %


# ---- instrumental variables


def moments_of(covariance, n=100):
    moments = CoMoments(len(covariance), 1)
    moments.n[:] = n
    moments.products = np.reshape(covariance, (len(covariance), len(covariance), 1)) * (n - 1)
    return moments


def worked_pair(n=100, lag_xy=0.0016, lag_y=0.00128):
    c = np.full((4, 4), np.nan)
    c[0, 0], c[1, 1], c[0, 1], c[0, 3], c[1, 3] = 0.0034, 0.0020, 0.0020, lag_xy, lag_y
    return moments_of(c, n)


def test_worked_instrument():
    found = instrumental_variable(worked_pair())
    np.testing.assert_allclose([values[0] for values in found], [1.25, 0.0009, 0.0004], rtol=1e-12)


@pytest.mark.parametrize("change", [{"n": 59}, {"lag_y": -0.001}, {"lag_xy": -0.001}, {"lag_xy": 0.0040}])
def test_requirements_of_the_instrument(change):
    """Too few pairs, no memory, opposite signs, an error variance below zero."""
    assert all(np.isnan(values[0]) for values in instrumental_variable(worked_pair(**change)))


def test_worked_common_errors():
    """i = x, j = z, k = y."""
    c = np.full((5, 5), np.nan)
    c[0, 0], c[1, 1], c[2, 2] = 0.0034, 0.0052, 0.0020
    c[0, 1], c[0, 2], c[1, 2] = 0.0033, 0.0020, 0.0024
    c[1, 3], c[2, 4], c[0, 4], c[1, 4] = 0.00288, 0.00128, 0.0016, 0.00192
    found = correlated_errors(moments_of(c))
    np.testing.assert_allclose([values[0] for values in found], [0.0009, 0.0016, 0.0004, 0.0004, 0.0003], rtol=1e-12)


def red_noise(n, memory, rng):
    noise = rng.normal(size=n) * np.sqrt(1 - memory ** 2)
    for i in range(1, n):
        noise[i] += memory * noise[i - 1]
    return noise


def test_synthetic_series_give_their_errors():
    """Model errors have a memory, errors of the satellites do not; model i and satellite j share a white error."""
    rng = np.random.default_rng(25)
    n = 100000
    truth = 0.05 * red_noise(n, 0.8, rng)
    common = 0.01 * rng.normal(size=n)
    model = truth + 0.02 * red_noise(n, 0.7, rng)
    satellite = 0.8 * truth + 0.03 * rng.normal(size=n)
    pair = instrumental_variable(pair_moments(model, satellite))
    np.testing.assert_allclose([pair.scale[0], pair.error_x[0], pair.error_y[0]], [1.25, 0.0004, 0.0009], rtol=0.06)
    i, j = truth + 0.02 * rng.normal(size=n) + common, 1.2 * truth + 0.02 * rng.normal(size=n) + common
    found = correlated_errors(triple_moments(i, j, satellite))
    assert found.error_ij[0] == pytest.approx(1e-4, rel=0.25)
    np.testing.assert_allclose([found.error_i[0], found.error_j[0], found.error_k[0], found.error_k_by_j[0]],
                               [5e-4, 5e-4, 9e-4, 9e-4], rtol=0.12)
    white = instrumental_variable(pair_moments(i, satellite), white_errors=True)
    assert white.scale[0] == pytest.approx(1.25, rel=0.05)


def test_a_gap_takes_both_lagged_pairs():
    x, y = np.random.default_rng(26).normal(size=(2, 100))
    y[50] = np.nan
    assert pair_moments(x, y).n[0] == 97
