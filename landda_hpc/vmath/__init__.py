"""Elementary functions for kernels: vectorisable, accurate and the same on every machine.

Each function is range reduction, a polynomial and arithmetic on exponent bits, without branches or calls, so a loop
over the columns of a tile that uses them becomes vector instructions. They consist of IEEE additions,
multiplications, divisions and bit operations only, never fused, so every machine, vector width and the interpreter
give the same bits.

The precision of the arguments chooses the arithmetic: float32 arguments give a float32 result, a float64 one among them
gives float64; integers and Python numbers follow the others, on their own they are float64.

Results are within 2 units in the last place of the correctly rounded value over the whole range, where subnormal
numbers count as multiples of the smallest one. NaN gives NaN, overflow infinity and underflow zero after gradual loss
of bits.
"""

import numpy as np
from numba import types
from numba.extending import overload

from landda_hpc.jit import INLINED_MIXED_FLAGS
from landda_hpc.vmath import double, single

__all__ = ["arctan", "exp", "exp10", "log", "log10", "power", "two_thirds_power"]


def _both_precisions(function):
    """Give a function its versions of both precisions: chosen by type when compiled, and by a look when interpreted."""
    in_double, in_single = getattr(double, function.__name__), getattr(single, function.__name__)

    def interpreted(*arguments):
        wide = any(isinstance(argument, np.float64) for argument in arguments)
        narrow = any(isinstance(argument, np.float32) for argument in arguments)
        with np.errstate(all="ignore"):
            return in_single(*arguments) if narrow and not wide else in_double(*arguments)

    @overload(interpreted, jit_options=INLINED_MIXED_FLAGS, strict=False)
    def compiled(*arguments):
        kinds = [types.unliteral(argument) for argument in arguments]
        chosen = in_single if types.float32 in kinds and types.float64 not in kinds else in_double
        return lambda *arguments: chosen(*arguments)

    interpreted.__name__ = interpreted.__qualname__ = function.__name__
    interpreted.__doc__ = function.__doc__
    interpreted.__module__ = __name__
    return interpreted


@_both_precisions
def exp(x):
    """Return ``e`` to the power ``x``."""


@_both_precisions
def exp10(x):
    """Return 10 to the power ``x``."""


@_both_precisions
def log(x):
    """Return the natural logarithm: minus infinity at zero, NaN below."""


@_both_precisions
def log10(x):
    """Return the decimal logarithm: minus infinity at zero, NaN below."""


@_both_precisions
def power(x, y):
    """Return ``x`` to the power ``y`` for ``x >= 0``.

    ``0^y`` is 0, 1 and infinity for ``y`` above, at and below zero; a negative ``x`` and NaN in either place give NaN.
    """


@_both_precisions
def two_thirds_power(x):
    """Return ``|x|^(2/3)``, of two thirds exactly and not of the nearest number."""


@_both_precisions
def arctan(x):
    """Return the angle whose tangent is ``x`` [rad], with the sign of ``x``."""
