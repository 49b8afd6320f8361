"""Kernels to compile: all that would become float64, in a loop over a scratch buffer."""

import numpy as np
import pytest
from numba import config

import landda_hpc
from landda_hpc import constants
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.vmath import exp

WIDTH = 64
THIRD = 1.0 / 3.0
WEIGHTS = (0.1, 0.7)
compiled_only = pytest.mark.skipif(config.DISABLE_JIT, reason="asks what the compiler does, which is switched off")


@kernel
def no_argument():
    return 1.0 / 270.0


@kernel
def mixed_bag(x, y, flag):
    """Use all that would become float64: literals, constants, integers, selects, calls and quotients of integers."""
    freezing = x * 0.1 + landda_hpc.constants.FREEZING_POINT / constants.FREEZING_POINT + THIRD * WEIGHTS[1]
    selected = freezing if flag else 0
    limited = max(0, min(selected, 3))
    total = 0
    for index in range(3):
        total += limited * index
    count = 3
    return total / 2 + exp(-limited) + (count / 7) * x**2 + abs(y) * no_argument() + 2 * y - 1


@driver_kernel
def fill(S, time_step):
    for w in range(WIDTH):
        S[2 * WIDTH + w] = mixed_bag(S[w], S[WIDTH + w], S[w] > 1) * time_step + w


def scratch(precision):
    """Return a scratch buffer of three rows."""
    return np.linspace(0.1, 2.0, 3 * WIDTH).astype(precision)
