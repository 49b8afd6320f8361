"""How changes of soil moisture stay within the soil."""

import numpy as np
import pytest

from landda_hpc.assimilation.increments import ALL_ACCEPTED, NONE_ACCEPTED, PART_ACCEPTED, Bounds, apply_candidate

SOIL = np.array([[0.050, 0.045, 0.040, 0.030], [0.20, 0.22, 0.24, 0.21], [0.30] * 4, [0.30] * 4])
POROSITY = 0.439


def moved(increments, active=(True,) * 4, ice=0.0, **bounds):
    """Return code, total and liquid water after candidates of the worked example."""
    total = SOIL[:, None, :].copy()
    liquid = total - ice
    candidate = SOIL + np.array(increments)[:, None]
    code = apply_candidate(total, liquid, candidate, 0, np.array(active), np.zeros(4, bool), POROSITY,
                           Bounds(bias_correction=False)._replace(**bounds))
    return code, total[:, 0], liquid[:, 0]


def test_worked_example():
    code, total, liquid = moved([-0.015, -0.005, 0.0, 0.0])
    assert code == PART_ACCEPTED
    np.testing.assert_allclose(total, [[0.035, 0.030, 0.025, 0.030], [0.195, 0.215, 0.235, 0.215], [0.3] * 4,
                                       [0.3] * 4], atol=1e-15)
    assert (liquid == total).all()


def test_too_few_good_members_change_nothing():
    code, total, liquid = moved([-0.026, 0.0, 0.0, 0.0])
    assert code == NONE_ACCEPTED and (total == SOIL).all() and (liquid == SOIL).all()


def test_all_good_members_take_their_candidates():
    code, total, _ = moved([0.01, 0.02, 0.0, -0.01])
    assert code == ALL_ACCEPTED
    np.testing.assert_allclose(total - SOIL, np.array([0.01, 0.02, 0.0, -0.01])[:, None] * np.ones(4), atol=1e-15)


def test_ice_stays():
    _, total, liquid = moved([0.02, 0.01, 0.0, 0.0], ice=0.005)
    np.testing.assert_allclose(total - liquid, 0.005, atol=1e-15)


def test_inactive_layers_stay_to_the_last_bit():
    """A layer that would fail the test does not count while it is inactive."""
    code, total, _ = moved([-0.026, 0.01, 0.01, 0.01], active=(False, True, False, True))
    assert code == ALL_ACCEPTED
    assert (total[[0, 2]] == SOIL[[0, 2]]).all() and (total[[1, 3]] != SOIL[[1, 3]]).all()


def test_the_first_layer_is_limited_first():
    _, total, _ = moved([0.6, 0.0, 0.0, 0.0], clip=True)
    assert total[0].max() == pytest.approx(POROSITY - 0.02)


def test_clipping_limits_each_value():
    code, total, liquid = moved([-0.04, 0.0, 0.0, 0.0], clip=True)
    assert code == PART_ACCEPTED
    np.testing.assert_allclose(total[0], 0.02)
    assert (liquid == total).all()


def test_rejected_members_are_centred_on_the_unperturbed_one():
    code, total, _ = moved([-0.026, 0.0, 0.0, 0.0], bias_correction=True)
    assert code == NONE_ACCEPTED
    assert (total[:, 3] == SOIL[:, 3]).all()
    np.testing.assert_allclose(total[1, :3].mean(), SOIL[1, 3], atol=1e-15)
