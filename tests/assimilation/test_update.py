"""The update equations: worked examples, identities, the Kalman filter as the limit of many members."""

import numpy as np
import pytest

from landda_hpc.assimilation import linear_algebra
from landda_hpc.assimilation.update import empty_update, general_update, one_quantity_update

ENSEMBLE = np.array([[0.20, 0.24, 0.28], [0.25, 0.30, 0.29]])


def general(state, predicted, observed, covariance, noise):
    update = empty_update(len(state), len(observed), state.shape[1])
    solved, chi_square = general_update(state, predicted, observed, covariance, noise, len(observed), update)
    return update, chi_square, solved


def short(state, observed, error_variance, noise):
    update = empty_update(len(state), len(observed), state.shape[1])
    chi_square = one_quantity_update(state, state, observed, error_variance, noise, len(observed), update)
    return update, chi_square, True


def both_forms(state, observed, error_variance, noise):
    observed, error_variance, noise = (np.array(values, np.float64) for values in (observed, error_variance, noise))
    predicted = np.repeat(state[:1], len(observed), axis=0)
    return (general(state, predicted, observed, np.diag(error_variance), noise),
            short(state, observed, error_variance, noise))


def test_worked_example_of_one_observation():
    for update, _, _ in both_forms(ENSEMBLE, [0.30], [0.02**2], [[0.01, -0.02, 0.01]]):
        np.testing.assert_allclose(update.increments, [[0.088, 0.032, 0.024], [0.044, 0.016, 0.012]], atol=1e-15)
        analysis = ENSEMBLE + update.increments
        np.testing.assert_allclose(analysis, [[0.288, 0.272, 0.304], [0.294, 0.316, 0.302]], atol=1e-15)
        assert update.innovation[0] == pytest.approx(0.06)
        assert update.innovation[0] / np.sqrt(update.variance[0] + 0.02**2) == pytest.approx(1.341641, abs=5e-7)
        assert 0.30 - analysis[0].mean() == pytest.approx(0.012)


def test_worked_example_of_two_sensors():
    for update, chi_square, _ in both_forms(ENSEMBLE, [0.30, 0.26], [0.04**2, 0.02**2],
                                            [[0.02, 0.02, -0.04], [0.01, -0.02, 0.01]]):
        np.testing.assert_allclose(update.increments, [[0.0666667, 0.0133333, -0.01], [0.0333333, 0.0066667, -0.005]],
                                   atol=5e-8)
        np.testing.assert_allclose((ENSEMBLE + update.increments).mean(axis=1), [0.2633333, 0.2916667], atol=5e-8)
        normalised = update.innovation / np.sqrt(update.variance + [0.04**2, 0.02**2])
        np.testing.assert_allclose(normalised, [1.060660, 0.447214], atol=5e-7)
        assert chi_square == pytest.approx(1.2083333, abs=5e-8)
        assert update.freedom.sum() == pytest.approx(5.0 / 6.0)
        np.testing.assert_allclose(update.freedom, [1.0 / 6.0, 4.0 / 6.0])


def test_worked_example_in_series():
    first = both_forms(ENSEMBLE, [0.30], [0.04**2], [[0.02, 0.02, -0.04]])
    for update, _, _ in first:
        middle = ENSEMBLE + update.increments
        np.testing.assert_allclose(middle, [[0.26, 0.28, 0.27], [0.28, 0.32, 0.285]], atol=1e-15)
    for update, _, _ in both_forms(middle, [0.26], [0.02**2], [[0.01, -0.02, 0.01]]):
        np.testing.assert_allclose(middle + update.increments, [[0.262, 0.272, 0.27], [0.284, 0.304, 0.285]], atol=1e-15)


@pytest.mark.parametrize("n_members", [3, 20, 64])
@pytest.mark.parametrize("n_obs", [1, 2, 7])
def test_short_form_equals_the_general_one(n_members, n_obs):
    random = np.random.default_rng(n_members + n_obs)
    for _ in range(20):
        state = 0.25 + 0.03 * random.standard_normal((4, n_members))
        (one, chi_one, _), (other, chi_other, _) = both_forms(
            state, 0.25 + 0.05 * random.standard_normal(n_obs), random.uniform(0.01, 0.08, n_obs) ** 2,
            0.03 * random.standard_normal((n_obs, n_members)))
        np.testing.assert_allclose(one.increments, other.increments, rtol=0.0, atol=1e-12)
        np.testing.assert_allclose(one.freedom, other.freedom, rtol=0.0, atol=1e-12)
        assert chi_one == pytest.approx(chi_other, rel=1e-10)


def test_general_form_equals_the_textbook():
    """Any operator, any error covariance, by inversion."""
    random = np.random.default_rng(5)
    for _ in range(200):
        n_state, n_obs, n_members = random.integers(1, 9), random.integers(1, 7), random.integers(3, 65)
        state = random.standard_normal((n_state, n_members))
        predicted = random.standard_normal((n_obs, n_state)) @ state + 0.1 * random.standard_normal((n_obs, n_members))
        root = random.standard_normal((n_obs, n_obs))
        covariance = root @ root.T + 0.5 * np.eye(n_obs)
        observed, noise = random.standard_normal(n_obs), random.standard_normal((n_obs, n_members))
        both = np.cov(np.vstack((state, predicted)))
        inverse = np.linalg.inv(both[n_state:, n_state:] + covariance)
        gain = both[:n_state, n_state:] @ inverse
        update, chi_square, _ = general(state, predicted, observed, covariance, noise)
        np.testing.assert_allclose(update.increments, gain @ (observed[:, None] + noise - predicted), atol=1e-11)
        departure = observed - predicted.mean(axis=1)
        assert chi_square == pytest.approx(departure @ inverse @ departure)
        np.testing.assert_allclose(update.freedom, np.diag(both[n_state:, n_state:] @ inverse), atol=1e-11)


@pytest.mark.parametrize("n_obs", [2, 5])
def test_identical_observations_equal_one_better_one(n_obs):
    random = np.random.default_rng(n_obs)
    state = 0.25 + 0.03 * random.standard_normal((4, 20))
    one = both_forms(state, [0.29], [0.02**2], np.zeros((1, 20)))
    several = both_forms(state, [0.29] * n_obs, [n_obs * 0.02**2] * n_obs, np.zeros((n_obs, 20)))
    for first, second in zip(one, several):
        np.testing.assert_allclose(first[0].increments, second[0].increments, rtol=0.0, atol=1e-12)
        assert first[0].freedom.sum() == pytest.approx(second[0].freedom.sum(), abs=1e-12)


def test_mean_analysis_is_the_kalman_update_of_the_mean():
    random = np.random.default_rng(7)
    state, noise = 0.25 + 0.03 * random.standard_normal((4, 20)), 0.02 * random.standard_normal((2, 20))
    noise -= noise.mean(axis=1, keepdims=True)
    observed, variance = np.array([0.28, 0.24]), np.array([0.02, 0.03]) ** 2
    covariance = np.cov(state)
    gain = covariance[:, :1] @ np.ones((1, 2)) @ np.linalg.inv(covariance[0, 0] + np.diag(variance))
    expected = state.mean(axis=1) + gain @ (observed - state[0].mean())
    for update, _, _ in both_forms(state, observed, variance, noise):
        np.testing.assert_allclose((state + update.increments).mean(axis=1), expected, rtol=0.0, atol=1e-13)


def test_order_of_members_does_not_matter():
    random = np.random.default_rng(8)
    state, noise = 0.25 + 0.03 * random.standard_normal((4, 20)), 0.02 * random.standard_normal((2, 20))
    order = random.permutation(20)
    for one, other in zip(both_forms(state, [0.28, 0.24], [4e-4, 9e-4], noise),
                          both_forms(np.ascontiguousarray(state[:, order]), [0.28, 0.24], [4e-4, 9e-4], noise[:, order])):
        np.testing.assert_allclose(one[0].increments[:, order], other[0].increments, rtol=0.0, atol=1e-13)


def test_many_members_approach_the_kalman_filter():
    n_members, random = 5000, np.random.default_rng(9)
    mean, root = np.array([0.25, 0.28, 0.30]), np.array([[0.03, 0, 0], [0.015, 0.02, 0], [0.005, 0.01, 0.015]])
    covariance, error = root @ root.T, np.array([0.02, 0.03])
    state = mean[:, None] + root @ random.standard_normal((3, n_members))
    observed = np.array([0.29, 0.27])
    noise = error[:, None] * random.standard_normal((2, n_members))
    operator = np.array([[1.0, 0, 0], [1.0, 0, 0]])
    gain = covariance @ operator.T @ np.linalg.inv(operator @ covariance @ operator.T + np.diag(error**2))
    mean_change, variance = gain @ (observed - operator @ mean), np.diag((np.eye(3) - gain @ operator) @ covariance)
    for update, _, _ in both_forms(state, observed, error**2, noise):
        analysis = state + update.increments
        np.testing.assert_allclose(analysis.mean(axis=1) - mean, mean_change, rtol=0.10)
        np.testing.assert_allclose(analysis.var(axis=1, ddof=1), variance, rtol=0.10)


def test_an_indefinite_system_is_solved_by_elimination():
    """An error covariance that is not positive definite, with a first pivot of zero after the spread is added."""
    state = np.array([[0.0, 1.0, -1.0], [1.0, 0.5, 0.0]])
    covariance = np.array([[-1.0, 2.0], [2.0, 3.0]])
    predicted, observed, noise = np.repeat(state[:1], 2, axis=0), np.array([1.0, 2.0]), np.zeros((2, 3))
    update, _, solved = general(state, predicted, observed, covariance, noise)
    both = np.cov(np.vstack((state, predicted)))
    gain = both[:2, 2:] @ np.linalg.inv(both[2:, 2:] + covariance)
    assert solved
    np.testing.assert_allclose(update.increments, gain @ (observed[:, None] - predicted), atol=1e-14)


def test_a_singular_system_leaves_no_increments():
    state = np.full((2, 4), 0.3)
    update, _, solved = general(state, state, np.array([0.2, 0.2]), np.zeros((2, 2)), np.zeros((2, 4)))
    assert not solved and not update.increments.any() and not update.freedom.any()


def test_solvers_against_numpy():
    random = np.random.default_rng(10)
    for n in range(1, 9):
        root, right = random.standard_normal((n, n)), random.standard_normal((n, 3))
        matrix = root @ root.T + np.eye(n)
        factor, solution = matrix.copy(), right.copy()
        assert linear_algebra.cholesky(factor, n)
        np.testing.assert_allclose(np.tril(factor), np.linalg.cholesky(matrix), atol=1e-13)
        linear_algebra.solve_cholesky(factor, n, solution, 3)
        np.testing.assert_allclose(solution, np.linalg.solve(matrix, right), atol=1e-12)
        general_matrix, solution = root.copy(), right.copy()
        assert linear_algebra.solve_lu(general_matrix, n, solution, 3)
        np.testing.assert_allclose(solution, np.linalg.solve(root, right), rtol=1e-9, atol=1e-9)
