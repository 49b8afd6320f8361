"""How kernels are compiled: the decorators, and the one home of their flags.

Kernels know numbers only. They are compiled by Numba with IEEE arithmetic (no fast-math, nothing fused), NumPy's
division by zero, and are kept in a folder that a change of any kernel source renames (``jit.cache``). The processor
they are made for is chosen in ``jit.processor``; ``jit.precision`` explains single precision.

A loop over a tile becomes vector instructions if its length is a constant, its rows lie in one scratch buffer at
offsets whose range is known, and its conditions are selects (``a if condition else b``)::

    for k in range(min(max(n_layers, 0), MAX_LAYERS)):  # a bare n_layers: 37 instead of 3.8 ns an element
        for w in range(WIDTH):
            S[OUT + k * WIDTH + w] = power(S[IN + k * WIDTH + w], S[EXPONENT + w])

A constant ``n_layers`` or the length of a tuple serves as well. Look-ups in tables do not become vectors, nor does a
loop with one in it: give them a loop of their own between two others. LLVM's options stay at their defaults:
``-unroll-threshold=3000`` unrolls the inner loop before it can become vectors (ten times slower), and
``-runtime-memory-check-threshold`` makes no difference to loops in one buffer.
"""

from landda_hpc.jit import processor

processor.choose()  # before Numba is imported: it reads its settings once

from landda_hpc.jit.decorators import INLINED_MIXED_FLAGS, driver_kernel, inlined, inlined_mixed, kernel  # noqa: E402
from landda_hpc.jit.warm_up import compile_on_root_first  # noqa: E402

__all__ = ["INLINED_MIXED_FLAGS", "compile_on_root_first", "driver_kernel", "inlined", "inlined_mixed", "kernel"]
