"""What kernels compute: IEEE arithmetic, and single precision from the same source."""

import re

import numpy as np
import pytest
from numba import prange, types

from landda_hpc.jit import driver_kernel
from landda_hpc.jit.precision import is_single
from tests.jit.kernels import THIRD, compiled_only, fill, mixed_bag, scratch


def double_arithmetic(dispatcher):
    """Return the operations on float64 in the code of a kernel's only version, but for reading Python's arguments."""
    code = dispatcher.inspect_llvm(dispatcher.signatures[0])
    operations = re.findall(r"= (?:f\w+|call|sitofp|select)[^\n@(]*double[^\n]*", code)
    return [operation for operation in operations if "@PyFloat" not in operation]


@compiled_only
class TestArithmetic:
    """IEEE arithmetic, as in NumPy."""

    def test_division_by_zero_is_infinite(self):
        @driver_kernel
        def divide(x, y):
            return x / y
        assert divide(1.0, 0.0) == np.inf
        assert np.isnan(divide(0.0, 0.0))

    def test_nan_stays_visible_and_order_of_operations_counts(self):
        @driver_kernel
        def is_nan(x):
            return x != x

        @driver_kernel
        def rounding_error(x, y):
            return (x + y) - x
        assert is_nan(np.nan)
        assert rounding_error(1.0e16, 1.0) == 0.0

    def test_products_and_sums_are_not_fused(self, fresh_cache):
        @driver_kernel
        def product_and_sum(x, y, z):
            return x * y + z
        x = 1.0 + 2.0**-30
        assert product_and_sum(x, x, -(1.0 + 2.0**-29)) == 0.0

    def test_threads_give_the_same_numbers(self):
        @driver_kernel(parallel=True)
        def threaded(x, result):
            for i in prange(x.size):
                result[i] = mixed_bag(x[i], x[i], x[i] > 1.0)

        x = np.linspace(0.1, 2.0, 300)
        results = np.empty_like(x)
        threaded(x, results)
        serial = np.array([mixed_bag(number, number, number > 1.0) for number in x])
        assert results.tobytes() == serial.tobytes()


@compiled_only
class TestSinglePrecision:
    """A kernel with float32 arguments computes in float32."""

    def test_no_double_arithmetic_is_left(self, fresh_cache):
        local = driver_kernel(fill.py_func)
        local(scratch(np.float32), 900.0)
        assert "x float>" in local.inspect_llvm(local.signatures[0])
        assert double_arithmetic(local) == ["= fptrunc double %arg.time_step to float"]

    def test_numbers_agree_with_double_precision(self):
        single, double = scratch(np.float32), scratch(np.float64)
        fill(single, 900.0)
        fill(double, 900.0)
        assert not np.array_equal(single, double.astype(np.float32))
        np.testing.assert_allclose(single, double, rtol=1e-5)

    def test_numbers_are_those_of_numpy(self):
        @driver_kernel
        def scaled(x, factor):
            return (x * 0.1 + THIRD) * factor - 1
        x = np.float32(0.7)
        expected = (x * np.float32(0.1) + np.float32(THIRD)) * np.float32(1.0e-3) - np.float32(1.0)
        assert scaled(x, 1.0e-3) == float(expected)
        assert scaled(x, 1.0e-3) == float(scaled.py_func(x, 1.0e-3))

    def test_double_precision_is_left_alone(self):
        @driver_kernel
        def tenth(x):
            return x * 0.1 + THIRD
        assert tenth(0.7) == 0.7 * 0.1 + THIRD

    def test_arrays_of_both_precisions_follow_numba(self):
        @driver_kernel
        def accumulate(values, total):
            for value in values:
                total[0] += value * 0.1
        values, total = np.full(3, 0.3, np.float32), np.zeros(1)
        accumulate(values, total)
        assert total[0] == sum(float(value) * 0.1 for value in values)

    def test_mixed_precision_on_request(self):
        @driver_kernel(mixed_precision=True)
        def mean(values):
            total = 0.0
            for value in values:
                total += value
            return total / values.size
        values = np.full(10, 0.1, np.float32)
        assert mean(values) == sum(float(value) for value in values) / 10

    @pytest.mark.parametrize(("arguments", "expected"), [
        ([types.float32], True),
        ([types.float32[::1], types.float64], True),
        ([types.Tuple([types.int64, types.float32[::1]])], True),
        ([types.UniTuple(types.UniTuple(types.float32[::1], 2), 2)], True),
        ([types.float32[::1], types.float64[::1]], False),
        ([types.float32, types.Tuple([types.float64[::1]])], False),
        ([types.float64], False),
        ([types.int64, types.boolean], False),
        ([], False),
    ])
    def test_which_arguments_ask_for_it(self, arguments, expected):
        assert is_single(arguments) is expected
