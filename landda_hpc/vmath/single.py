"""Elementary functions in single precision: as in ``vmath.double``, with shorter polynomials.

Constants carry their type and the literals follow the arguments, see ``jit.precision``. A power multiplies the error
of its logarithm by up to a hundred; it is computed in double precision with short polynomials, which is faster than
sums of two.
"""

import numpy as np

from landda_hpc.jit import inlined, inlined_mixed
from landda_hpc.vmath import single_constants as c

ONE_BITS = 0x3F800000
EXPONENT_MASK = 0x7F800000
MAGNITUDE_MASK = 0x7FFFFFFF
SIGN_MASK = -0x80000000
LEADING_MASK = -(1 << 12)  # keeps sign, exponent and the leading 12 bits
SQRT_HALF_TO_ONE = 0x3F800000 - 0x3F3504F3  # bit distance from sqrt(1/2) to 1
BIAS = 127
FRACTION_BITS = 23
ROUNDER = np.float32(1.5 * 2.0**23)
UNITS_BITS = 0x4B000000
SMALLEST_NORMAL = np.float32(2.0**-126)
SUBNORMAL_SCALE = np.float32(2.0**25)
NORMAL_OFFSET = np.float32(2.0**23 + 127)
SUBNORMAL_OFFSET = np.float32(2.0**23 + 127 + 25)
BEYOND_EXP = np.float32(110.0)
BEYOND_EXP10 = np.float32(50.0)
INFINITY = np.float32(np.inf)
NOT_A_NUMBER = np.float32(np.nan)

DOUBLE_ROUNDER = 1.5 * 2.0**52
DOUBLE_UNITS = 2.0**52
DOUBLE_UNITS_BITS = 0x4330000000000000
DOUBLE_ONE_BITS = 0x3FF0000000000000
DOUBLE_EXPONENT_MASK = 0x7FF0000000000000
DOUBLE_SQRT_HALF_TO_ONE = 0x3FF0000000000000 - 0x3FE6A09E667F3BCD
DOUBLE_LARGEST = (2.0 - 2.0**-52) * 2.0**1023
BEYOND_POWER = 200.0


@inlined
def _bits(x):
    return np.float32(x).view(np.int32)


@inlined
def _from_bits(bits):
    return np.int32(bits).view(np.float32)


@inlined
def _leading(x):
    """Return ``x`` cut to its leading 12 bits."""
    return _from_bits(_bits(x) & LEADING_MASK)


@inlined
def _clamp(x, limit):
    """Return ``x`` within plus or minus ``limit``; NaN passes."""
    x = -limit if x < -limit else x
    return limit if x > limit else x


@inlined
def _scaled_exp(r, rounded):
    """Return ``2^k e^r`` for ``|r| <= 0.35`` and ``rounded = k + ROUNDER``, in two steps that reach all subnormals."""
    p = c.EXP
    r2 = r * r
    value = 1.0 + (r + r2 * ((p[0] + r * p[1]) + r2 * ((p[2] + r * p[3]) + r2 * p[4])))
    half = (rounded - ROUNDER) * 0.5 + ROUNDER
    first = _from_bits((_bits(half) + BIAS) << FRACTION_BITS)
    second = _from_bits((_bits(rounded) - _bits(half) + BIAS) << FRACTION_BITS)
    return value * first * second


@inlined
def exp(x):
    """Return ``e`` to the power ``x``."""
    x = _clamp(np.float32(x), BEYOND_EXP)
    rounded = x * c.INVERSE_LN2 + ROUNDER
    k = rounded - ROUNDER
    return _scaled_exp((x - k * c.LN2_HIGH) - k * c.LN2_LOW, rounded)


@inlined
def exp10(x):
    """Return 10 to the power ``x``."""
    x = _clamp(np.float32(x), BEYOND_EXP10)
    rounded = x * c.LOG2_10 + ROUNDER
    k = rounded - ROUNDER
    return _scaled_exp(((x - k * c.LOG10_2_HIGH) - k * c.LOG10_2_LOW) * c.LN10, rounded)


@inlined
def _split(x):
    """Return ``k`` and ``m`` of ``x = 2^k m`` with ``sqrt(1/2) <= m < sqrt(2)``, for ``x`` positive and finite."""
    subnormal = x < SMALLEST_NORMAL
    bits = _bits(x * SUBNORMAL_SCALE if subnormal else x)
    exponent = (bits + SQRT_HALF_TO_ONE) & EXPONENT_MASK
    m = _from_bits(bits - (exponent - ONE_BITS))
    biased = _from_bits((exponent >> FRACTION_BITS) | UNITS_BITS)
    return biased - (SUBNORMAL_OFFSET if subnormal else NORMAL_OFFSET), m


@inlined
def _log_correction(f):
    """Return ``f - log(1 + f)`` for ``sqrt(1/2) <= 1 + f <= sqrt(2)``."""
    s = f / (2.0 + f)
    z = s * s
    p = c.LOG
    return s * (f - z * ((p[0] + z * p[1]) + (z * z) * p[2]))


@inlined
def _with_poles(x, value):
    """Return a logarithm with its values at zero, below, at infinity and NaN."""
    value = value if x < INFINITY else x
    return value if x > 0.0 else (-INFINITY if x == 0.0 else NOT_A_NUMBER)


@inlined
def log(x):
    """Return the natural logarithm."""
    x = np.float32(x)
    k, m = _split(x)
    f = m - 1.0
    return _with_poles(x, k * c.LN2_HIGH + (f - (_log_correction(f) - k * c.LN2_LOW)))


@inlined
def log10(x):
    """Return the decimal logarithm."""
    x = np.float32(x)
    k, m = _split(x)
    f = m - 1.0
    correction = _log_correction(f)
    natural = f - correction
    high = _leading(natural)
    low = (natural - high) + ((f - natural) - correction)
    small = low * (c.LOG10_E_HIGH + c.LOG10_E_LOW) + (high * c.LOG10_E_LOW + k * c.LOG10_2_LOW)
    return _with_poles(x, k * c.LOG10_2_HIGH + (high * c.LOG10_E_HIGH + small))


@inlined
def arctan(x):
    """Return the angle whose tangent is ``x`` [rad]."""
    x = np.float32(x)
    bits = _bits(x)
    a = _from_bits(bits & MAGNITUDE_MASK)
    middle, large = a > 0.5, a > 2.5
    numerator = -1.0 if large else (a - 1.0 if middle else a)
    denominator = a if large else (a + 1.0 if middle else 1.0)
    base_high = c.HALF_PI_HIGH if large else (c.QUARTER_PI_HIGH if middle else 0.0)
    base_low = c.HALF_PI_LOW if large else (c.QUARTER_PI_LOW if middle else 0.0)
    t = numerator / denominator
    z = t * t
    z2 = z * z
    p = c.ARCTAN
    rest = ((p[0] + z * p[1]) + z2 * (p[2] + z * p[3])) + (z2 * z2) * ((p[4] + z * p[5]) + z2 * p[6])
    value = base_high + ((t * z * rest + base_low) + t)
    return _from_bits(_bits(value) | (bits & SIGN_MASK))


@inlined_mixed
def _power_of_double(x, y):
    """Return ``x^y`` for a float64 ``x``, zero or a float32 number, and a float64 ``y``; correct to about 2^-27."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits + DOUBLE_SQRT_HALF_TO_ONE) & DOUBLE_EXPONENT_MASK
    f = np.int64(bits - (exponent - DOUBLE_ONE_BITS)).view(np.float64) - 1.0
    k = np.int64((exponent >> 52) | DOUBLE_UNITS_BITS).view(np.float64) - (DOUBLE_UNITS + 1023.0)
    s = f / (2.0 + f)
    z = s * s
    p = c.LOG_OF_POWER
    correction = s * (f - z * ((p[0] + z * p[1]) + (z * z) * (p[2] + z * p[3])))
    logarithm = k * c.LN2_OF_POWER + (f - correction)
    # The largest number stands for infinity, so that the exponent zero gives one at zero and infinity too.
    logarithm = logarithm if x > 0.0 else (-DOUBLE_LARGEST if x == 0.0 else np.nan)
    logarithm = DOUBLE_LARGEST if x > DOUBLE_LARGEST else logarithm
    product = y * logarithm
    product = -BEYOND_POWER if product < -BEYOND_POWER else product
    product = BEYOND_POWER if product > BEYOND_POWER else product
    rounded = product * c.INVERSE_LN2_OF_POWER + DOUBLE_ROUNDER
    r = product - (rounded - DOUBLE_ROUNDER) * c.LN2_OF_POWER
    r2 = r * r
    q = c.EXP_OF_POWER
    value = 1.0 + (r + r2 * ((q[0] + r * q[1]) + r2 * ((q[2] + r * q[3]) + r2 * q[4])))
    return value * np.int64((np.float64(rounded).view(np.int64) + 1023) << 52).view(np.float64)


@inlined_mixed
def power(x, y):
    """Return ``x`` to the power ``y``."""
    return np.float32(_power_of_double(np.float64(x), np.float64(y)))


@inlined_mixed
def two_thirds_power(x):
    """Return the magnitude of ``x`` to the power 2/3."""
    return np.float32(_power_of_double(abs(np.float64(x)), np.float64(2.0 / 3.0)))
