"""Perturbations of the observations of one point: one draw per member and observation, white in time.

The numbers depend on seed, sensor, cell, member, model step and the place of the observation among those of its sensor in the
cell, so any rank can draw any cell's.
"""

from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.perturb.philox import STREAM_OBSERVATIONS, standard_normal

LANES = 8  # numbers that are drawn side by side


@driver_kernel(makes_arrays=False)
def draw_normals(noise, row, normals, seed_low, seed_high, sensor, cell, draw, ordinal, zero_mean, truncation):
    """Fill a row of ``noise`` (n, n_members) with standard normal numbers, centred over members, then truncated.

    ``normals`` (:func:`padded` ``n_members``,) is work space: what is drawn beyond the members costs less than the last few
    of them one by one.
    """
    n_members = noise.shape[1]
    for member in range(len(normals)):
        normals[member] = standard_normal(seed_low, seed_high, STREAM_OBSERVATIONS + sensor, cell, member, draw, ordinal)
    mean = 0.0
    if zero_mean:
        for member in range(n_members):
            mean += normals[member]
        mean /= n_members
    for member in range(n_members):
        noise[row, member] = min(max(normals[member] - mean, -truncation), truncation)


@kernel
def padded(n_members):
    """Return the least multiple of :data:`LANES` that is not below."""
    return (n_members + LANES - 1) // LANES * LANES


@driver_kernel(makes_arrays=False)
def scale_by_root(noise, root, n_obs):
    """Multiply the first rows of ``noise`` in place by the lower triangular root of the error covariance."""
    for obs in range(n_obs - 1, -1, -1):
        for member in range(noise.shape[1]):
            value = 0.0
            for other in range(obs + 1):
                value += root[obs, other] * noise[other, member]
            noise[obs, member] = value


@driver_kernel(makes_arrays=False)
def spare_last_member(noise, n_obs):
    """Set the last member of the first rows of ``noise`` to zero and centre the others."""
    last = noise.shape[1] - 1
    for obs in range(n_obs):
        mean = 0.0
        for member in range(last):
            mean += noise[obs, member]
        mean /= last
        for member in range(last):
            noise[obs, member] -= mean
        noise[obs, last] = 0.0
