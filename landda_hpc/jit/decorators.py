"""The decorators of kernels."""

import os

import numba
from numba.core import config
from numba.extending import register_jitable

from landda_hpc.jit.keep import KernelCache
from landda_hpc.jit.precision import KernelCompiler

#: NumPy's division by zero (infinity, not an exception, which would stop vectorisation); never fast-math.
ARITHMETIC = {"error_model": "numpy"}

#: No counting of the references to arrays. Numba counts on entry and exit of every function, atomically, for each array of
#: each tuple that it gets: half the time of a function that is called for a point and takes tens of them. Such a function
#: cannot make arrays; Numba refuses to compile one that does.
UNCOUNTED = {"_nrt": False}

#: Functions that become part of their callers: LLVM inlines them whatever their size.
INLINED_MIXED_FLAGS = {**ARITHMETIC, **UNCOUNTED, "forceinline": True}
INLINED_FLAGS = {**INLINED_MIXED_FLAGS, "pipeline_class": KernelCompiler}


def kernel(function):
    """Compile a function that is inlined into its callers; it makes and returns no arrays."""
    return _compiled(function, **INLINED_FLAGS)


def driver_kernel(function=None, *, parallel=False, mixed_precision=False, makes_arrays=True):
    """Compile a function that loops over points or columns; used bare or with options.

    Parameters
    ----------
    parallel : bool
        Run its ``numba.prange`` loops on threads. A kernel without them must not ask for it.
    mixed_precision : bool
        Leave float64 literals and scalars as they are beside float32 arguments.
    makes_arrays : bool
        Whether it makes or returns arrays, also the copies of an assignment between slices. If not, calls are cheaper.
    """
    if function is None:
        return lambda decorated: driver_kernel(decorated, parallel=parallel, mixed_precision=mixed_precision,
                                               makes_arrays=makes_arrays)
    flags = ({} if mixed_precision else {"pipeline_class": KernelCompiler}) | ({} if makes_arrays else UNCOUNTED)
    # Without the lock of the interpreter a thread reads the next forcing meanwhile.
    return _compiled(function, parallel=parallel, nogil=True, **ARITHMETIC, **flags)


def inlined(function):
    """Let kernels inline a plain function, which stays interpreted where Python calls it."""
    return register_jitable(**INLINED_FLAGS)(function)


def inlined_mixed(function):
    """Let kernels inline a plain function that uses double precision beside float32 arguments on purpose."""
    return register_jitable(**INLINED_MIXED_FLAGS)(function)


def _compiled(function, **flags):
    """Return the function under Numba, kept in this package's cache folder."""
    # Nothing calls kernels through C pointers; leaving that entry out shortens compilation.
    compiled = numba.njit(no_cfunc_wrapper=True, **flags)(function)
    if os.path.isfile(function.__code__.co_filename) and not config.DISABLE_JIT:
        compiled._cache = KernelCache(function)
    return compiled
