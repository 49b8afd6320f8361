"""How kernels are compiled: the decorators, and the one home of their flags.

Kernels know numbers only. They are compiled by Numba with IEEE arithmetic (no fast-math, nothing fused), NumPy's division
by zero, and are kept in a folder that a change of any kernel source renames (`jit.cache`). The processor they are made for is
chosen in `jit.processor`, single precision is explained in `jit.precision`.

A loop over a tile becomes vector instructions if its length is a constant, all its rows lie in one scratch buffer at
constant offsets, and conditions are selects (``a if condition else b``)::

    for w in range(WIDTH):
        S[OUT + w] = saturation_pressure(S[IN + w])
"""

from landda_hpc.jit import processor

processor.choose()  # before Numba is imported: it reads its settings once

from landda_hpc.jit.decorators import (INLINED_MIXED_FLAGS, driver_kernel, inlined, inlined_mixed,  # noqa: E402
                                       kernel)
from landda_hpc.jit.warm_up import compile_on_root_first  # noqa: E402

__all__ = ["INLINED_MIXED_FLAGS", "compile_on_root_first", "driver_kernel", "inlined", "inlined_mixed", "kernel"]
