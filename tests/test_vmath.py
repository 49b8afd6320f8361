"""Elementary functions: accuracy against multiple precision, special values, vectors, the same bits everywhere."""

import hashlib
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import atan, exp, log, mp, mpf
from numba import config

from landda_hpc import vmath
from landda_hpc.jit import cache, driver_kernel

ALLOWED_ERROR = 2.0  # units in the last place
PRECISIONS = (np.float64, np.float32)
WIDTH = 64
TOOL = Path(__file__).resolve().parents[1] / "tools" / "make_vmath_coefficients.py"

EXACT = {
    "exp": exp,
    "exp10": lambda x: exp(x * log(mpf(10))),
    "log": log,
    "log10": lambda x: log(x) / log(mpf(10)),
    "arctan": atan,
    "power": lambda x, y: exp(y * log(x)),
    "two_thirds_power": lambda x: exp(2 * log(abs(x)) / 3),
}


@pytest.fixture(autouse=True)
def forty_digits():
    """Compute the reference with forty digits."""
    with mp.workdps(40):
        yield


def over_arrays(function):
    """Return a compiled loop of one function over arrays."""
    if function is vmath.power:
        @driver_kernel
        def loop(x, y, result):
            for i in range(x.size):
                result[i] = function(x[i], y[i])
    else:
        @driver_kernel
        def loop(x, result):
            for i in range(x.size):
                result[i] = function(x[i])

    def evaluate(*arguments):
        result = np.empty_like(arguments[0])
        loop(*arguments, result)
        return result
    return evaluate


COMPILED = {name: over_arrays(getattr(vmath, name)) for name in EXACT}


def units_in_last_place(value, exact, precision):
    """Return the distance of a result from the exact one, in spacings of the correctly rounded one."""
    with np.errstate(over="ignore"):
        rounded = precision(float(exact))
    if not np.isfinite(rounded) or not np.isfinite(value):
        return 0.0 if value == rounded else np.inf
    return float(abs(mpf(float(value)) - exact) / mpf(float(np.spacing(abs(rounded)))))


def worst(name, precision, *arguments):
    """Return the largest error of a function over arrays of arguments."""
    arguments = [np.asarray(argument, precision) for argument in arguments]
    results = COMPILED[name](*arguments)
    return max(units_in_last_place(result, EXACT[name](*(mpf(float(number)) for number in numbers)), precision)
               for result, *numbers in zip(results, *arguments, strict=True))


def uniform(lower, upper, n=1500, seed=0):
    """Return evenly distributed numbers."""
    return np.random.default_rng(seed).uniform(lower, upper, n)


def neighbours(numbers, precision):
    """Return numbers and, for each, the three next to it on either side."""
    numbers = np.asarray(numbers, precision)
    around = [numbers]
    for direction in (-np.inf, np.inf):
        step = numbers
        for _ in range(3):
            step = np.nextafter(step, precision(direction))
            around.append(step)
    return np.concatenate(around)


EXPONENT_RANGE = {np.float64: (-746.0, 709.78), np.float32: (-104.0, 88.72)}
DECADES = {np.float64: (-323.0, 308.0), np.float32: (-44.5, 38.4)}
LARGEST_EXPONENT = {np.float64: 700.0, np.float32: 87.0}


@pytest.mark.parametrize("precision", PRECISIONS)
class TestAccuracy:
    """Every result is within 2 units in the last place."""

    def test_exp_over_its_range(self, precision):
        lower, upper = EXPONENT_RANGE[precision]
        points = np.concatenate([uniform(lower, upper), uniform(-1.0, 1.0), uniform(lower, 0.94 * lower),
                                 10.0 ** uniform(-20, 0, 100)])
        assert worst("exp", precision, points) < ALLOWED_ERROR

    def test_exp_next_to_overflow(self, precision):
        upper = EXPONENT_RANGE[precision][1]
        assert worst("exp", precision, uniform(upper - 0.34, upper)) < ALLOWED_ERROR

    def test_exp_between_two_reductions(self, precision):
        middles = (np.arange(-100, 100) + 0.5) * np.log(2.0)
        assert worst("exp", precision, neighbours(middles, precision)) < ALLOWED_ERROR

    def test_exp10_over_its_range(self, precision):
        lower, upper = (limit / np.log(10.0) for limit in EXPONENT_RANGE[precision])
        points = np.concatenate([uniform(lower, upper), uniform(-1.0, 1.0), np.arange(-30.0, 31.0)])
        assert worst("exp10", precision, points) < ALLOWED_ERROR

    @pytest.mark.parametrize("name", ["log", "log10"])
    def test_logarithms_over_their_range(self, name, precision):
        lower, upper = DECADES[precision]
        near_one = 1.0 + 10.0 ** uniform(-15, -1, 300) * np.array([1.0, -1.0] * 150)
        points = np.concatenate([10.0 ** uniform(lower, upper), 10.0 ** uniform(-0.3, 0.3), near_one,
                                 neighbours([np.sqrt(0.5), 1.0, np.sqrt(2.0)], precision)])
        points = points[points != 1.0]
        assert worst(name, precision, points) < ALLOWED_ERROR

    @pytest.mark.parametrize("name", ["log", "log10", "two_thirds_power"])
    def test_subnormal_arguments(self, name, precision):
        points = np.finfo(precision).smallest_subnormal * np.arange(1.0, 200.0)
        assert worst(name, precision, points) < ALLOWED_ERROR

    def test_power_over_the_decades(self, precision):
        x = (10.0 ** uniform(*DECADES[precision])).astype(precision)
        limit = LARGEST_EXPONENT[precision]
        y = uniform(-limit, limit, seed=1) / np.log(x.astype(np.float64))
        assert worst("power", precision, x, y) < ALLOWED_ERROR

    @pytest.mark.parametrize("share", [0.01, 0.2, 1.0])
    def test_power_of_bases_near_one(self, precision, share):
        x = np.concatenate([neighbours(np.sqrt([0.5, 2.0]), precision), uniform(0.6, 0.9), uniform(1.1, 1.5)])
        limit = share * LARGEST_EXPONENT[precision]
        y = uniform(-limit, limit, x.size, seed=1) / np.log(x.astype(precision).astype(np.float64))
        assert worst("power", precision, x, y) < ALLOWED_ERROR

    def test_power_of_soil_water(self, precision):
        saturation, exponent = uniform(0.02, 1.0), uniform(2.0, 27.0, seed=1)
        assert worst("power", precision, saturation, exponent) < ALLOWED_ERROR

    def test_two_thirds_power(self, precision):
        x = np.concatenate([10.0 ** uniform(*DECADES[precision]), -uniform(0.0, 10.0, 200) - 1e-3])
        assert worst("two_thirds_power", precision, x) < ALLOWED_ERROR

    def test_arctan(self, precision):
        x = np.concatenate([10.0 ** uniform(*DECADES[precision]), uniform(-4.0, 4.0),
                            neighbours([0.5, 1.0, 2.5, -0.5, -1.0, -2.5], precision)])
        assert worst("arctan", precision, x) < ALLOWED_ERROR


@settings(max_examples=300, deadline=None)
@given(x=st.floats(0.0, exclude_min=True, allow_infinity=False), y=st.floats(allow_nan=False, allow_infinity=False))
def test_power_of_any_two_numbers(x, y):
    exponent = mpf(y) * log(mpf(x))
    if abs(exponent) > 745.2:
        expected = np.inf if exponent > 0 else 0.0
        assert vmath.power(x, y) == expected
    else:
        assert units_in_last_place(vmath.power(x, y), exp(exponent), np.float64) < ALLOWED_ERROR


@settings(max_examples=200, deadline=None)
@given(bits=st.integers(0, 0x7F7FFFFF))
def test_single_precision_of_any_number(bits):
    x = np.uint32(bits).view(np.float32)
    for name in ("exp", "exp10", "log", "log10", "arctan", "two_thirds_power"):
        if x > 0.0 and not (name.startswith("exp") and x > 100.0):
            exact = EXACT[name](mpf(float(x)))
            if exact != 0:
                assert units_in_last_place(getattr(vmath, name)(x), exact, np.float32) < ALLOWED_ERROR


INF, NAN = np.inf, np.nan
SPECIAL = [
    ("exp", (0.0,), 1.0), ("exp", (-0.0,), 1.0), ("exp", (INF,), INF), ("exp", (-INF,), 0.0), ("exp", (NAN,), NAN),
    ("exp", (1e4,), INF), ("exp", (-1e4,), 0.0),
    ("exp10", (0.0,), 1.0), ("exp10", (INF,), INF), ("exp10", (-INF,), 0.0), ("exp10", (NAN,), NAN),
    ("exp10", (1e4,), INF), ("exp10", (-1e4,), 0.0),
    ("log", (1.0,), 0.0), ("log", (0.0,), -INF), ("log", (-0.0,), -INF), ("log", (-1.0,), NAN), ("log", (INF,), INF),
    ("log", (-INF,), NAN), ("log", (NAN,), NAN),
    ("log10", (1.0,), 0.0), ("log10", (0.0,), -INF), ("log10", (-1e-30,), NAN), ("log10", (INF,), INF),
    ("log10", (NAN,), NAN),
    ("power", (0.0, 2.0), 0.0), ("power", (0.0, 1e-3), 0.0), ("power", (0.0, 0.0), 1.0), ("power", (0.0, -2.0), INF),
    ("power", (-0.0, 3.0), 0.0), ("power", (3.0, 0.0), 1.0), ("power", (1.0, 1e30), 1.0), ("power", (2.0, 1e30), INF),
    ("power", (2.0, -1e30), 0.0), ("power", (0.5, 1e30), 0.0), ("power", (INF, 2.0), INF), ("power", (INF, -2.0), 0.0),
    ("power", (INF, 0.0), 1.0), ("power", (2.0, INF), INF), ("power", (0.5, INF), 0.0), ("power", (2.0, -INF), 0.0),
    ("power", (-2.0, 2.0), NAN), ("power", (-2.0, 0.0), NAN), ("power", (NAN, 2.0), NAN), ("power", (2.0, NAN), NAN),
    ("power", (NAN, 0.0), NAN), ("power", (1.0, NAN), NAN),
    ("two_thirds_power", (0.0,), 0.0), ("two_thirds_power", (-0.0,), 0.0), ("two_thirds_power", (INF,), INF),
    ("two_thirds_power", (-INF,), INF), ("two_thirds_power", (NAN,), NAN), ("two_thirds_power", (1.0,), 1.0),
    ("arctan", (0.0,), 0.0), ("arctan", (INF,), np.pi / 2), ("arctan", (-INF,), -np.pi / 2), ("arctan", (NAN,), NAN),
    ("arctan", (1.0,), np.pi / 4),
]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("name", "arguments", "expected"), SPECIAL)
def test_special_values(name, arguments, expected, precision):
    arguments = [precision(argument) for argument in arguments]
    interpreted = getattr(vmath, name)(*arguments)
    compiled = COMPILED[name](*(np.array([argument]) for argument in arguments))[0]
    np.testing.assert_array_equal([interpreted, compiled], [precision(expected)] * 2)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_arctan_keeps_the_sign_of_zero(precision):
    assert np.signbit(vmath.arctan(precision(-0.0)))


def sample(n=400):
    """Return numbers between 1e-6 and 300 of both signs, by integer arithmetic so that every machine has the same."""
    steps = (np.arange(1, n + 1, dtype=np.int64) * 2654435761) % 2**20
    return (steps + 1) / 2**12 * np.where(steps % 2, 1.0, -1.0)


def arguments_of(name, precision):
    """Return arrays of arguments within the domain of a function."""
    x = sample().astype(precision)
    if name == "power":
        return np.abs(x), (sample(800)[400:] / 16).astype(precision)
    return (np.abs(x),) if name.startswith("log") else (x,)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EXACT)
def test_interpreter_gives_the_same_bits(name, precision):
    arguments = arguments_of(name, precision)
    interpreted = [getattr(vmath, name)(*numbers) for numbers in zip(*arguments, strict=True)]
    assert {type(number) for number in interpreted} == {precision}
    assert COMPILED[name](*arguments).tobytes() == np.array(interpreted).tobytes()


@pytest.mark.parametrize(("precision", "expected"), [
    (np.float64, "3146990747c35212"),
    (np.float32, "1ec43f1572a536be"),
])
def test_every_machine_gives_the_same_bits(precision, expected):
    digest = hashlib.sha256()
    for name in sorted(EXACT):
        digest.update(COMPILED[name](*arguments_of(name, precision)).astype(np.dtype(precision).newbyteorder("<")))
    assert digest.hexdigest()[:16] == expected


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="names processors of the x86-64 family")
@pytest.mark.parametrize("processor", ["x86-64", "x86-64-v3"])
def test_other_processors_give_the_same_bits(processor, tmp_path):
    environment = {**os.environ, "LANDDA_CPU": processor, "LANDDA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "pytest", "-q", __file__, "-k", "every_machine or vector_instructions"],
                   env=environment, check=True, cwd=Path(__file__).parents[1])


def test_python_numbers_are_double_and_follow_single():
    assert type(vmath.exp(1)) is type(vmath.exp(1.0)) is np.float64
    assert vmath.exp(0.5) == vmath.exp(np.float64(0.5))
    assert type(vmath.power(np.float32(1.1), 2)) is np.float32
    assert type(vmath.power(2.0, np.float32(1.1))) is np.float32
    assert type(vmath.power(np.float32(1.1), np.float64(2.0))) is np.float64


def test_compiled_mixtures_of_types():
    @driver_kernel
    def mixtures(single, double, result):
        result[0] = vmath.power(single, double)
        result[1] = vmath.power(single, 3)
        result[2] = vmath.exp(2)
        result[3] = vmath.power(2, double)

    result = np.zeros(4)
    mixtures(np.float32(1.1), np.float64(3.3), result)
    expected = [vmath.power(np.float32(1.1), np.float64(3.3)), vmath.power(np.float32(1.1), 3), vmath.exp(2),
                vmath.power(2, np.float64(3.3))]
    assert result.tolist() == [float(number) for number in expected]


@pytest.mark.skipif(config.DISABLE_JIT, reason="asks what the compiler does, which is switched off")
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EXACT)
def test_tile_loops_become_vector_instructions(name, precision, monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)  # code from the cache cannot be inspected
    function = getattr(vmath, name)
    if name == "power":
        @driver_kernel
        def tile(S):
            for w in range(WIDTH):
                S[WIDTH + w] = function(S[w], S[2 * WIDTH + w])
    else:
        @driver_kernel
        def tile(S):
            for w in range(WIDTH):
                S[WIDTH + w] = function(S[w])

    tile(np.ones(3 * WIDTH, precision))
    code = tile.inspect_llvm(tile.signatures[0])
    assert re.search(r"= fmul <\d+ x (double|float)>", code)
    assert not re.search(r"= f(add|sub|mul|div|cmp)[a-z ]* (double|float) ", code), "scalar arithmetic is left"
    assert not re.search(r"= (f\w+|call) (fast|contract|reassoc|nnan|ninf)", code)
    assert not re.search(r"@(llvm\.)?(exp|log|pow|atan)", code)
    assembly = tile.inspect_asm(tile.signatures[0])
    assert not re.search(r"\bvfn?m(add|sub)|\bfmadd", assembly), "a fused operation rounds otherwise than two"
    if precision is np.float32 and name not in ("power", "two_thirds_power"):
        assert "x double>" not in code


@pytest.mark.parametrize("precision", ["double", "single"])
def test_constants_are_what_the_tool_derives(precision):
    printed = subprocess.run([sys.executable, TOOL, precision], capture_output=True, text=True, check=True).stdout
    kept = Path(vmath.__file__).with_name(f"{precision}_constants.py").read_text(encoding="utf-8")
    assert kept.strip() == printed.strip()
