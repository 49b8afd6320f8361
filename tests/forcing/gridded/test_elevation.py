"""The height correction against numbers worked out apart and the hydrostatic balance."""

import numpy as np

from landda_hpc.forcing.gridded.elevation import correct_for_height, saturation_vapour_pressure


def test_a_thousand_metres_up():
    temperature, humidity, pressure, factor = correct_for_height(*np.array([[290.0], [0.008], [1.0e5], [1000.0]]))
    assert temperature[0] == 283.5
    np.testing.assert_allclose(pressure, 1.0e5 * np.exp(-9.80616 * 1000.0 / (287.0 * 286.75)), rtol=1e-14)
    ratio = 287.0 / 461.5

    def relative(q, p, t):
        return q * p / (ratio + (1.0 - ratio) * q) / saturation_vapour_pressure(np.array(t))

    np.testing.assert_allclose(relative(humidity[0], pressure[0], 283.5), relative(0.008, 1.0e5, 290.0), rtol=1e-12)
    vapour = saturation_vapour_pressure(np.array(283.5)) / saturation_vapour_pressure(np.array(290.0))
    np.testing.assert_allclose(factor, vapour ** (1 / 7) * (283.5 / 290.0) ** 4, rtol=1e-12)


def test_no_difference_changes_no_bit_and_extremes_are_limited():
    state = np.array([[250.0, 300.0], [0.0, 0.015], [7.0e4, 1.0e5]])
    same = correct_for_height(*state, np.zeros(2))
    assert (same[0] == state[0]).all() and (same[2] == state[2]).all() and (same[3] == 1.0).all()
    np.testing.assert_allclose(same[1], state[1], rtol=1e-14)
    factor = correct_for_height(*state, np.array([9000.0, -9000.0]))[3]
    assert factor.min() == 0.6 and factor.max() == 1.4
