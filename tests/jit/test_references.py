"""Kernels that make no arrays leave the counts of references alone."""

from typing import NamedTuple

import numpy as np
import pytest
from numba.core.errors import NumbaError

from landda_hpc.jit import driver_kernel, kernel
from tests.jit.kernels import compiled_only

pytestmark = compiled_only


class Pair(NamedTuple):
    source: np.ndarray
    target: np.ndarray


@kernel
def copy_one(pair, index):
    pair.target[index] = pair.source[index]


def calls_of_counts(dispatcher):
    code = dispatcher.inspect_llvm(dispatcher.signatures[0])
    return code.count("call void @NRT_incref") + code.count("call void @NRT_decref")


def test_arrays_of_a_tuple_are_used_uncounted(fresh_cache):
    @driver_kernel
    def counted(pair):
        for index in range(len(pair.source)):
            copy_one(pair, index)

    @driver_kernel(makes_arrays=False)
    def uncounted(pair):
        for index in range(len(pair.source)):
            copy_one(pair, index)

    source = np.arange(5.0)
    for compiled in (counted, uncounted):
        target = np.zeros(5)
        compiled(Pair(source, target))
        assert (target == source).all()
    assert calls_of_counts(counted) > 0
    assert calls_of_counts(uncounted) == 0


def test_making_and_returning_arrays_is_refused():
    @driver_kernel(makes_arrays=False)
    def made(n):
        values = np.empty(n)
        return values[0]

    @driver_kernel(makes_arrays=False)
    def part(values):
        return values[1:]

    for compiled, argument in ((made, 3), (part, np.zeros(3))):
        with pytest.raises(NumbaError):
            compiled(argument)
