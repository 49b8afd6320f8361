"""Mean and spread over members: the bits of NumPy, whatever the number of members."""

import numpy as np
import pytest

from landda_hpc.io.members import Scaled, mean_and_spread


@pytest.mark.parametrize("n_members", [2, 7, 8, 9, 20, 31, 128, 130])
@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_the_bits_are_those_of_numpy(n_members, precision):
    values = (np.random.default_rng(n_members).random((3, 37, n_members)) * 300.0 - 20.0).astype(precision)
    values[1, 5, 0] = np.nan
    scaled = Scaled(values, 0.37)
    mean, spread = mean_and_spread(scaled)
    assert np.array_equal(mean, scaled.product().mean(axis=-1), equal_nan=True)
    assert np.array_equal(spread, scaled.product().std(axis=-1, ddof=1), equal_nan=True)


def test_one_member_has_no_spread_and_no_points_no_rows():
    mean, spread = mean_and_spread(Scaled(np.array([[2.0], [3.0]])))
    assert mean.tolist() == [2.0, 3.0] and np.isnan(spread).all()
    assert [part.shape for part in mean_and_spread(Scaled(np.empty((4, 0, 5))))] == [(4, 0)] * 2
