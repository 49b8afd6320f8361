"""The update equations of the stochastic ensemble Kalman filter for one column, observations and their noise given.

With anomalies ``X'`` of the state and ``Y'`` of the predicted observations over N members (Burgers et al. 1998; Reichle et
al. 2002, doi:10.1175/1525-7541(2002)003<0728>2.0.CO;2)::

    K = X' Y'^T / (N - 1)  W^-1,    W = Y' Y'^T / (N - 1) + R
    increment_n = K (y + eps_n - yhat_n)

``W`` is never inverted. Both functions fill :class:`Update` and take the number of observations as an argument, so that the
arrays of the largest column serve all.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.assimilation.linear_algebra import cholesky, solve_cholesky, solve_lu
from landda_hpc.jit import driver_kernel


class Update(NamedTuple):
    """What an update leaves, and its work space.

    ``increments`` is ``(n_state, n_members)``; ``innovation`` (observation minus mean predicted one), ``variance`` (of the
    predicted observations) and ``freedom`` (degrees of freedom for signal) are ``(n_obs,)``. The others are work space.
    """

    increments: np.ndarray
    innovation: np.ndarray
    variance: np.ndarray
    freedom: np.ndarray
    anomalies: np.ndarray
    total_covariance: np.ndarray
    right: np.ndarray


@driver_kernel
def empty_update(n_state, n_obs, n_members):
    """Return an :class:`Update` for up to ``n_obs`` observations."""
    return Update(np.zeros((n_state, n_members)), np.zeros(n_obs), np.zeros(n_obs), np.zeros(n_obs),
                  np.zeros((max(n_obs, 1), n_members)), np.zeros((n_obs, n_obs)), np.zeros((n_obs, n_members + 1 + n_obs)))


@driver_kernel(makes_arrays=False)
def mean_of_row(values, row):
    """Return the mean over members of one row of ``(n, n_members)``."""
    total = 0.0
    for member in range(values.shape[1]):
        total += values[row, member]
    return total / values.shape[1]


@driver_kernel(makes_arrays=False)
def mean_and_variance(values, row):
    """Return the mean and the sample variance over members of one row of ``(n, n_members)``."""
    mean, total = mean_of_row(values, row), 0.0
    for member in range(values.shape[1]):
        total += (values[row, member] - mean) ** 2
    return mean, total / (values.shape[1] - 1)


@driver_kernel(makes_arrays=False)
def _add_regression(state, predictors, row_of_predictors, weights, row_of_weights, increments):
    """Add ``cov(x, predictor) weight_n`` to the increments of every state variable."""
    n_state, n_members = state.shape
    for row in range(n_state):
        mean, covariance = mean_of_row(state, row), 0.0
        for member in range(n_members):
            covariance += (state[row, member] - mean) * predictors[row_of_predictors, member]
        covariance /= n_members - 1
        for member in range(n_members):
            increments[row, member] += covariance * weights[row_of_weights, member]


@driver_kernel(makes_arrays=False)
def general_update(state, predicted, observed, error_covariance, noise, n_obs, update):
    """Compute the increments for any predicted observations and any error covariance.

    Parameters
    ----------
    state : ndarray (n_state, n_members)
    predicted, noise : ndarray (at least n_obs, n_members)
        Predicted observations of the members and perturbations of the observations.
    observed : ndarray (at least n_obs,)
    error_covariance : ndarray (at least n_obs, at least n_obs)
    update : Update
        Filled.

    Returns
    -------
    solved : bool
        False for a singular ``W``; the increments are zero then.
    chi_square : float
        ``d^T W^-1 d`` of the innovations.
    """
    n_members = state.shape[1]
    right, anomalies = update.right, update.anomalies
    update.increments[:] = 0.0
    for obs in range(n_obs):
        mean = mean_of_row(predicted, obs)
        update.innovation[obs] = observed[obs] - mean
        for member in range(n_members):
            anomalies[obs, member] = predicted[obs, member] - mean
            right[obs, member] = observed[obs] + noise[obs, member] - predicted[obs, member]
        right[obs, n_members] = update.innovation[obs]
    _covariances(error_covariance, n_obs, update, True)
    solved = cholesky(update.total_covariance, n_obs)
    if solved:
        solve_cholesky(update.total_covariance, n_obs, right, n_members + 1 + n_obs)
    else:
        _covariances(error_covariance, n_obs, update, False)
        solved = solve_lu(update.total_covariance, n_obs, right, n_members + 1 + n_obs)
    if not solved:
        update.freedom[:n_obs] = 0.0
        return False, 0.0
    chi_square = 0.0
    for obs in range(n_obs):
        chi_square += update.innovation[obs] * right[obs, n_members]
        update.freedom[obs] = right[obs, n_members + 1 + obs]
        _add_regression(state, anomalies, obs, right, obs, update.increments)
    return True, chi_square


@driver_kernel(makes_arrays=False)
def _covariances(error_covariance, n_obs, update, right_too):
    """Set ``W`` and the variances from the anomalies and, if wanted, the last columns of the right-hand sides to ``Cyy``."""
    n_members = update.anomalies.shape[1]
    for first in range(n_obs):
        for second in range(n_obs):
            covariance = 0.0
            for member in range(n_members):
                covariance += update.anomalies[first, member] * update.anomalies[second, member]
            covariance /= n_members - 1
            update.total_covariance[first, second] = covariance + error_covariance[first, second]
            if right_too:
                update.right[first, n_members + 1 + second] = covariance
        if right_too:
            update.variance[first] = update.right[first, n_members + 1 + first]


@driver_kernel(makes_arrays=False)
def one_quantity_update(state, predicted, observed, error_variance, noise, n_obs, update):
    """Compute the increments where all observations see the same quantity with independent errors.

    They act like one observation, the mean weighted with ``q_i = 1 / r_i``, of error variance ``1 / sum q_i``.

    Parameters
    ----------
    predicted : ndarray (n, n_members)
        Its first row counts.
    error_variance : ndarray (at least n_obs,)
        Above zero.
    state, observed, noise, n_obs, update
        As in :func:`general_update`.

    Returns
    -------
    chi_square : float
    """
    n_members = state.shape[1]
    weighted, anomalies = update.right, update.anomalies
    mean, variance = mean_and_variance(predicted, 0)
    weights, innovation = 0.0, 0.0
    weighted[0, :n_members] = 0.0
    for obs in range(n_obs):
        weight = 1.0 / error_variance[obs]
        weights += weight
        update.innovation[obs], update.variance[obs] = observed[obs] - mean, variance
        innovation += weight * update.innovation[obs]
        for member in range(n_members):
            weighted[0, member] += weight * (observed[obs] + noise[obs, member] - predicted[0, member])
    innovation /= weights
    total_variance = variance + 1.0 / weights
    chi_square = innovation * innovation / total_variance
    for obs in range(n_obs):
        weight = 1.0 / error_variance[obs]
        chi_square += weight * (update.innovation[obs] - innovation) ** 2
        update.freedom[obs] = variance / total_variance * weight / weights
    for member in range(n_members):
        anomalies[0, member] = predicted[0, member] - mean
        weighted[0, member] /= weights * total_variance
    update.increments[:] = 0.0
    _add_regression(state, anomalies, 0, weighted, 0, update.increments)
    return chi_square
