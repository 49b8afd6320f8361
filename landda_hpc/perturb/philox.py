"""Counter-based random numbers: Philox-4x32-10 and one standard normal per counter value.

A number depends only on (seed, stream, cell, member, draw, variable), so any rank can draw any cell's and a restarted run
continues with the same ones (Salmon et al. 2011, doi:10.1145/2063384.2063405).
"""

import math

import numpy as np

from landda_hpc.jit import kernel
from landda_hpc.vmath import log

STREAM_FORCING, STREAM_STATE, STREAM_OBSERVATIONS = 1, 2, 100
MEMBERS_PER_STREAM = 65536
N_ROUNDS = 10

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_INVERSE_FACTORIALS = tuple(1.0 / math.factorial(n) for n in range(20))


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Return four random 32-bit words of a counter of four and a key of two 32-bit words, all as uint64."""
    for _ in range(N_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = ((product_1 >> _SHIFT) ^ c1 ^ k0, product_1 & _MASK,
                          (product_0 >> _SHIFT) ^ c3 ^ k1, product_0 & _MASK)
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@kernel
def cos_of_turns(turns):
    """Return ``cos(2 pi turns)`` for 0 <= turns <= 1, by octants and Taylor polynomials, within 2 ulp."""
    quarter = math.floor(4.0 * turns + 0.5)
    angle = 2.0 * math.pi * (turns - 0.25 * quarter)
    square = angle * angle
    sine, cosine = 0.0, 0.0
    for n in range(17, 0, -2):
        sine = _INVERSE_FACTORIALS[n] - square * sine
    for n in range(18, -1, -2):
        cosine = _INVERSE_FACTORIALS[n] - square * cosine
    sine = sine * angle
    value = sine if (quarter == 1.0 or quarter == 3.0) else cosine  # a remainder would be a call
    return -value if (quarter == 1.0 or quarter == 2.0) else value


@kernel
def unit_interval(high, low):
    """Return a number in (0, 1) made of the top 53 bits of two words."""
    return (np.float64(high >> np.uint64(5)) * 67108864.0 + np.float64(low >> np.uint64(6)) + 0.5) / 9007199254740992.0


@kernel
def standard_normal(seed_low, seed_high, stream, cell, member, draw, variable):
    """Return the standard normal number of a counter (Box and Muller).

    Parameters
    ----------
    seed_low, seed_high : uint64
        The seed modulo and divided by 2^32.
    stream, cell, member, draw, variable : int
        What the number is for; ``cell`` is the global cell id.
    """
    second = np.uint64(member + MEMBERS_PER_STREAM * stream)
    w0, w1, w2, w3 = philox(np.uint64(cell) & _MASK, second & _MASK, np.uint64(draw) & _MASK,
                            np.uint64(variable) & _MASK, seed_low, seed_high)
    radius = math.sqrt(-2.0 * log(unit_interval(w0, w1)))
    return radius * cos_of_turns(unit_interval(w2, w3))


def split_seed(seed):
    """Return the two key words of a seed."""
    return np.uint64(seed % 2**32), np.uint64(seed // 2**32 % 2**32)
