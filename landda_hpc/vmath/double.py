"""Elementary functions in double precision.

A number is taken apart as ``2^k m`` with ``m`` around one, or its exponential as ``2^k e^r`` with ``|r| <= ln(2) /
2``, and only the rest ``m`` or ``r`` meets a polynomial. Polynomials are summed in pairs (Estrin), which leaves the
processor more to do at once than Horner's chain.

Where a power needs more than 53 bits, numbers are sums of two: the leading 26 bits, whose products are exact, and the
rest (Dekker 1971, doi:10.1007/BF01397083). The order of operations is part of the method; do not rearrange.
"""

import numpy as np

from landda_hpc.jit import inlined, inlined_mixed
from landda_hpc.vmath import double_constants as c

ONE_BITS = 0x3FF0000000000000
EXPONENT_MASK = 0x7FF0000000000000
MAGNITUDE_MASK = 0x7FFFFFFFFFFFFFFF
SIGN_MASK = -0x8000000000000000
LEADING_MASK = -(1 << 27)  # keeps sign, exponent and the leading 26 bits
SQRT_HALF_TO_ONE = 0x3FF0000000000000 - 0x3FE6A09E667F3BCD  # bit distance from sqrt(1/2) to 1
BIAS = 1023
FRACTION_BITS = 52
# Adding it leaves a number rounded to an integer, whose two's complement stands in the low bits.
ROUNDER = 1.5 * 2.0**52
UNITS = 2.0**52  # its low bits are a non-negative integer that is added to it by their bits
UNITS_BITS = 0x4330000000000000
SMALLEST_NORMAL = 2.0**-1022
LARGEST = (2.0 - 2.0**-52) * 2.0**1023
SUBNORMAL_SHIFT = 54
BEYOND_EXP = 800.0  # e to plus or minus this is far beyond the range
BEYOND_EXP10 = 350.0


@inlined
def _bits(x):
    return np.float64(x).view(np.int64)


@inlined
def _from_bits(bits):
    return np.int64(bits).view(np.float64)


@inlined
def _leading(x):
    """Return ``x`` cut to its leading 26 bits."""
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
    low = (p[0] + r * p[1]) + r2 * (p[2] + r * p[3])
    high = ((p[4] + r * p[5]) + r2 * (p[6] + r * p[7])) + (r2 * r2) * (p[8] + r * p[9])
    value = 1.0 + (r + r2 * (low + (r2 * r2) * high))
    half = (rounded - ROUNDER) * 0.5 + ROUNDER
    first = _from_bits((_bits(half) + BIAS) << FRACTION_BITS)
    second = _from_bits((_bits(rounded) - _bits(half) + BIAS) << FRACTION_BITS)
    return value * first * second


@inlined
def _exp_of_sum(high, low):
    """Return ``e^(high + low)`` for ``|high| <= 800`` and a ``low`` that is small beside it."""
    rounded = high * c.INVERSE_LN2 + ROUNDER
    k = rounded - ROUNDER
    return _scaled_exp(((high - k * c.LN2_HIGH) - k * c.LN2_LOW) + low, rounded)


@inlined
def exp(x):
    """Return ``e`` to the power ``x``."""
    return _exp_of_sum(_clamp(np.float64(x), BEYOND_EXP), 0.0)


@inlined
def exp10(x):
    """Return 10 to the power ``x``."""
    x = _clamp(np.float64(x), BEYOND_EXP10)
    rounded = x * c.LOG2_10 + ROUNDER
    k = rounded - ROUNDER
    return _scaled_exp(((x - k * c.LOG10_2_HIGH) - k * c.LOG10_2_LOW) * c.LN10, rounded)


@inlined
def _split(x):
    """Return ``k`` and ``m`` of ``x = 2^k m`` with ``sqrt(1/2) <= m < sqrt(2)``, for ``x`` positive and finite."""
    subnormal = x < SMALLEST_NORMAL
    bits = _bits(x * 2.0**SUBNORMAL_SHIFT if subnormal else x)
    exponent = (bits + SQRT_HALF_TO_ONE) & EXPONENT_MASK
    m = _from_bits(bits - (exponent - ONE_BITS))
    biased = _from_bits((exponent >> FRACTION_BITS) | UNITS_BITS)
    return biased - (UNITS + (BIAS + SUBNORMAL_SHIFT) if subnormal else UNITS + BIAS), m


@inlined
def _log_correction(f):
    """Return ``f - log(1 + f)`` for ``sqrt(1/2) <= 1 + f <= sqrt(2)``.

    With ``s = f / (2 + f)``, ``log(1 + f) = 2 atanh(s) = f - s (f - R(s^2))``: ``f`` is exact and the correction small.
    """
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    p = c.LOG
    rest = z * (((p[0] + z * p[1]) + z2 * (p[2] + z * p[3])) + (z2 * z2) * ((p[4] + z * p[5]) + z2 * p[6]))
    return s * (f - rest)


@inlined
def _with_poles(x, value):
    """Return a logarithm with its values at zero, below, at infinity and NaN."""
    value = value if x < np.inf else x
    return value if x > 0.0 else (-np.inf if x == 0.0 else np.nan)


@inlined
def log(x):
    """Return the natural logarithm."""
    x = np.float64(x)
    k, m = _split(x)
    f = m - 1.0
    return _with_poles(x, k * c.LN2_HIGH + (f - (_log_correction(f) - k * c.LN2_LOW)))


@inlined
def log10(x):
    """Return the decimal logarithm."""
    x = np.float64(x)
    k, m = _split(x)
    f = m - 1.0
    correction = _log_correction(f)
    natural = f - correction
    high = _leading(natural)
    low = (natural - high) + ((f - natural) - correction)
    small = low * (c.LOG10_E_HIGH + c.LOG10_E_LOW) + (high * c.LOG10_E_LOW + k * c.LOG10_2_LOW)
    return _with_poles(x, k * c.LOG10_2_HIGH + (high * c.LOG10_E_HIGH + small))


@inlined
def _log_as_sum(x):
    """Return ``log(x)`` as the sum of 26 leading bits and the rest, to about 2^-63 of its size.

    ``log(m) = 2 s + s U(z)`` with ``s = (m - 1) / (m + 1)``, ``z = s^2`` and ``U = (2/3) z + z^2 (2/5 + ...)``.
    Quotient, square and first term are carried as high and low parts; of the rest of ``U`` plain precision is enough.
    """
    k, m = _split(x)
    numerator, denominator = m - 1.0, m + 1.0
    inverse = 1.0 / denominator
    s = numerator * inverse
    z = s * s
    z2 = z * z
    p = c.LOG_SECOND
    tail = z2 * (((p[0] + z * p[1]) + z2 * (p[2] + z * p[3]))
                 + (z2 * z2) * ((p[4] + z * p[5]) + z2 * (p[6] + z * p[7])))
    s_high, denominator_high = _leading(s), _leading(denominator)
    denominator_low = m - (denominator_high - 1.0)
    s_low = ((numerator - s_high * denominator_high) - s_high * denominator_low) * inverse
    z_high = _leading(z)
    z_low = (s_high * s_high - z_high) + s_low * (s_high + s)
    first = c.LOG_FIRST_HIGH * z_high
    rest = (c.LOG_FIRST_LOW * z + c.LOG_FIRST_HIGH * z_low) + tail
    u_high = _leading(first + rest)
    u_low = rest - (u_high - first)
    product = s_high * u_high
    whole = k * c.LN2_HIGH
    high = _leading(whole + (2.0 * s_high + product))
    small = (s_low * (2.0 + u_high) + s * u_low) + k * c.LN2_LOW
    return high, (((whole - high) + 2.0 * s_high) + product) + small


@inlined
def _power_of_sum(x, y, y_high, y_low):
    """Return ``x^(y_high + y_low)``, ``y`` being their rounded sum and ``y_high`` having 26 bits."""
    log_high, log_low = _log_as_sum(x)
    logarithm = log_high + log_low
    # The largest number stands for infinity, so that the exponent zero gives one at zero and infinity too.
    logarithm = logarithm if x > 0.0 else (-LARGEST if x == 0.0 else np.nan)
    logarithm = LARGEST if x > LARGEST else logarithm
    product = y * logarithm
    clamped = _clamp(product, BEYOND_EXP)
    low = (y_high * log_high - product) + (y_high * log_low + y_low * logarithm)
    return _exp_of_sum(clamped, low if clamped == product else 0.0)


@inlined_mixed
def power(x, y):
    """Return ``x`` to the power ``y``."""
    x, y = np.float64(x), np.float64(y)
    y_high = _leading(y)
    return _power_of_sum(x, y, y_high, y - y_high)


@inlined
def two_thirds_power(x):
    """Return the magnitude of ``x`` to the power 2/3."""
    return _power_of_sum(abs(np.float64(x)), 2.0 / 3.0, c.TWO_THIRDS_HIGH, c.TWO_THIRDS_LOW)


@inlined
def arctan(x):
    """Return the angle whose tangent is ``x`` [rad]."""
    x = np.float64(x)
    bits = _bits(x)
    a = _from_bits(bits & MAGNITUDE_MASK)
    # arctan(a) is that of a, of (a - 1) / (a + 1) beside pi / 4 or of -1 / a beside pi / 2: at most 0.5 in size.
    middle, large = a > 0.5, a > 2.5
    numerator = -1.0 if large else (a - 1.0 if middle else a)
    denominator = a if large else (a + 1.0 if middle else 1.0)
    base_high = c.HALF_PI_HIGH if large else (c.QUARTER_PI_HIGH if middle else 0.0)
    base_low = c.HALF_PI_LOW if large else (c.QUARTER_PI_LOW if middle else 0.0)
    t = numerator / denominator
    z = t * t
    z2 = z * z
    z4 = z2 * z2
    p = c.ARCTAN
    low = ((p[0] + z * p[1]) + z2 * (p[2] + z * p[3])) + z4 * ((p[4] + z * p[5]) + z2 * (p[6] + z * p[7]))
    high = ((p[8] + z * p[9]) + z2 * (p[10] + z * p[11])) + z4 * (p[12] + z * p[13])
    value = base_high + ((t * z * (low + (z4 * z4) * high) + base_low) + t)
    return _from_bits(_bits(value) | (bits & SIGN_MASK))
