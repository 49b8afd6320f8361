"""Derive the constants of ``landda_hpc.vmath`` with mpmath and print them as Python source.

Every polynomial approximates what is left of a function after its leading terms, over the reduced range of its
argument: the Chebyshev interpolant in 60 digits, its coefficients rounded once. Run it after a change of range or
degree:

    python tools/make_vmath_coefficients.py double > landda_hpc/vmath/double_constants.py
    python tools/make_vmath_coefficients.py single > landda_hpc/vmath/single_constants.py
"""

import argparse

import numpy as np
from mpmath import atan, atanh, chebyfit, exp, log, mp, mpf, nstr, pi, sqrt

mp.dps = 60

HALF_LN2 = log(2) / 2 * (1 + mpf(2) ** -20)  # the rounding of x / ln 2 may put the remainder a little outside
LARGEST_ATANH = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * (1 + mpf(2) ** -20)
LARGEST_ARCTAN = mpf(1) / 4  # of the ratio squared, see the reduction in the functions


def exp_rest(r):
    """Return ``(e^r - 1 - r) / r^2``, by its series where the difference cancels."""
    if abs(r) < mpf(10) ** -12:
        return mpf(1) / 2 + r / 6 + r * r / 24
    return (exp(r) - 1 - r) / r**2


def log_rest(z):
    """Return ``(2 atanh(s) / s - 2) / z`` with ``z = s^2``."""
    if z < mpf(10) ** -12:
        return mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7
    s = sqrt(z)
    return (2 * atanh(s) / s - 2) / z


def log_second_rest(z):
    """Return ``(2 atanh(s) / s - 2 - 2 z / 3) / z^2`` with ``z = s^2``."""
    if z < mpf(10) ** -12:
        return mpf(2) / 5 + 2 * z / 7 + 2 * z * z / 9
    return (log_rest(z) - mpf(2) / 3) / z


def arctan_rest(z):
    """Return ``(atan(t) / t - 1) / z`` with ``z = t^2``."""
    if z < mpf(10) ** -12:
        return -mpf(1) / 3 + z / 5 - z * z / 7
    t = sqrt(z)
    return (atan(t) / t - 1) / z


EXP = ("EXP", exp_rest, -HALF_LN2, HALF_LN2)
LOG = ("LOG", log_rest, mpf(0), LARGEST_ATANH)
LOG_SECOND = ("LOG_SECOND", log_second_rest, mpf(0), LARGEST_ATANH)
ARCTAN = ("ARCTAN", arctan_rest, mpf(0), LARGEST_ARCTAN)


def rounded(value, precision):
    """Return ``value`` rounded to nearest in the precision, as an exact multiple-precision number."""
    return leading(value, 53 if precision is np.float64 else 24)


def leading(value, bits):
    """Return the leading ``bits`` bits of ``value``, rounded to nearest."""
    with mp.workprec(bits):
        short = +value
    return short


def literal(value, precision):
    """Return Python source that evaluates to ``value``, which the precision must hold exactly."""
    number = float(value)
    assert mpf(number) == value, "the constant does not fit"
    return repr(number) if precision is np.float64 else f"np.float32({float(np.float32(number))!r})"


def print_polynomial(family, degree, precision, suffix=""):
    """Print the coefficients of one polynomial, constant term first, with its error before rounding."""
    name, function, lower, upper = family
    coefficients, error = chebyfit(function, [lower, upper], degree + 1, error=True)
    print(f"# {function.__doc__.split('Return ')[1].split(',')[0].rstrip('.')}, degree {degree}, "
          f"error {nstr(error, 2)} on [{nstr(lower, 5)}, {nstr(upper, 5)}]")
    print(f"{name}{suffix} = (")
    for value in reversed(coefficients):
        print(f"    {literal(rounded(value, precision), precision)},")
    print(")\n")


def print_split(name, value, bits, precision):
    """Print ``value`` as a sum of a number of few bits, whose products with integers are exact, and the rest."""
    high = leading(value, bits)
    print(f"{name}_HIGH = {literal(high, precision)}")
    print(f"{name}_LOW = {literal(rounded(value - high, precision), precision)}")


def print_constant(name, value, precision):
    """Print one rounded constant."""
    print(f"{name} = {literal(rounded(value, precision), precision)}")


def print_double():
    """Print the constants of double precision."""
    print_polynomial(EXP, 9, np.float64)
    print_polynomial(LOG, 6, np.float64)
    print_polynomial(LOG_SECOND, 7, np.float64)
    print_polynomial(ARCTAN, 13, np.float64)
    # A reduced exponent has at most 11 bits and a shortened factor 26: these products with a high part are exact.
    print_split("LN2", log(2), 42, np.float64)
    print_split("LOG10_2", log(2, 10), 42, np.float64)
    print_split("LOG10_E", 1 / log(10), 26, np.float64)
    print_split("LOG_FIRST", mpf(2) / 3, 26, np.float64)
    print_split("HALF_PI", pi / 2, 53, np.float64)
    print_split("QUARTER_PI", pi / 4, 53, np.float64)
    print_constant("INVERSE_LN2", 1 / log(2), np.float64)
    print_constant("LOG2_10", log(10, 2), np.float64)
    print_constant("LN10", log(10), np.float64)
    print_split("TWO_THIRDS", mpf(2) / 3, 26, np.float64)


def print_single():
    """Print the constants of single precision, and those of its powers, which are computed in double precision."""
    print_polynomial(EXP, 4, np.float32)
    print_polynomial(LOG, 2, np.float32)
    print_polynomial(ARCTAN, 6, np.float32)
    # A reduced exponent has at most 8 bits and a shortened factor 12: these products with a high part are exact.
    print_split("LN2", log(2), 16, np.float32)
    print_split("LOG10_2", log(2, 10), 16, np.float32)
    print_split("LOG10_E", 1 / log(10), 12, np.float32)
    print_split("HALF_PI", pi / 2, 24, np.float32)
    print_split("QUARTER_PI", pi / 4, 24, np.float32)
    print_constant("INVERSE_LN2", 1 / log(2), np.float32)
    print_constant("LOG2_10", log(10, 2), np.float32)
    print_constant("LN10", log(10), np.float32)
    print()
    print_polynomial(EXP, 4, np.float64, suffix="_OF_POWER")
    print_polynomial(LOG, 3, np.float64, suffix="_OF_POWER")
    print_constant("LN2_OF_POWER", log(2), np.float64)
    print_constant("INVERSE_LN2_OF_POWER", 1 / log(2), np.float64)


def main():
    """Print one module of constants."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("precision", choices=("double", "single"))
    precision = parser.parse_args().precision
    print(f'"""Constants of ``vmath.{precision}``, made by ``tools/make_vmath_coefficients.py {precision}``."""\n')
    if precision == "double":
        print_double()
    else:
        print("import numpy as np\n")
        print_single()


if __name__ == "__main__":
    main()
