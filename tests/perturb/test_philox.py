"""Known answers of the random numbers."""

import mpmath
import numpy as np
import pytest

from landda_hpc.perturb.philox import cos_of_turns, philox, split_seed, standard_normal

ZERO = (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
ONES = (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)


@pytest.mark.parametrize("word, expected", [(0, ZERO), (0xFFFFFFFF, ONES)])
def test_words(word, expected):
    assert tuple(int(value) for value in philox(*(np.uint64(word),) * 6)) == expected


@pytest.mark.parametrize("counter, expected", [((1, 0, 0, 0, 0), 2.256545152430136),
                                               ((2, 123456, 19, 7, 3), -2.564591482540673),
                                               ((101, 1036799, 5, 100000, 0), 1.481445509881358)])
def test_normals(counter, expected):
    assert standard_normal(*split_seed(20220301), *counter) == pytest.approx(expected, rel=2e-15)


def test_a_large_seed_uses_both_words():
    assert split_seed(5 * 2**32 + 7) == (7, 5)
    assert standard_normal(*split_seed(2**32), 1, 0, 0, 0, 0) != standard_normal(*split_seed(0), 1, 0, 0, 0, 0)


def test_cosine_is_within_two_ulp():
    turns = np.concatenate([np.random.default_rng(1).random(3000), np.arange(1, 8) / 8.0 + 1e-9, [0.0, 1.0]])
    with mpmath.workdps(40):
        for value in turns:
            exact = mpmath.cos(2 * mpmath.pi * mpmath.mpf(float(value)))
            unit = max(np.spacing(abs(float(exact))), 2.0**-60)
            # Where the cosine vanishes the angle itself carries the rounding of 2 pi.
            assert abs(cos_of_turns(value) - exact) <= 2 * unit + mpmath.mpf(2) ** -53 * abs(mpmath.sin(exact)) + 2**-54
