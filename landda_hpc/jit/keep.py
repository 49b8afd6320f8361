"""Numba's file cache with the folders of :mod:`landda_hpc.jit.cache`, where the folder's name says all about the sources."""

import warnings

from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

from landda_hpc.jit import cache


class KernelLocator(_CacheLocator):
    """The place of one kernel's compiled versions."""

    def __init__(self, function, source):
        self._py_file = source  # Numba names it in warnings
        self._line = function.__code__.co_firstlineno
        self._path = cache.folder() / cache.module_folder(source, function.__closure__ is not None)

    def ensure_cache_path(self):
        """Create the folder; called when there is something to keep."""
        cache.make_module_folder(self._path)

    def get_cache_path(self):
        """Return the folder of the module's kernels."""
        return str(self._path)

    def get_source_stamp(self):
        """Return what must be the same beside the folder's name: nothing."""
        return ""

    def get_disambiguator(self):
        """Return what tells kernels of one name apart."""
        return str(self._line)

    @classmethod
    def from_function(cls, py_func, py_file):
        """Return the place of a function that a file defines."""
        return cls(py_func, py_file)


class KernelCacheContent(CompileResultCacheImpl):
    """What Numba keeps of a kernel."""

    _locator_classes = (KernelLocator,)


class KernelCache(FunctionCache):
    """The compiled versions of one kernel in this package's folder; other users of Numba keep theirs."""

    _impl_class = KernelCacheContent

    def save_overload(self, sig, data):
        """Keep a compiled version; in a folder that can only be read nothing is kept, and the first one tells."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            warnings.warn(f"Kernels compiled now cannot be kept in {cache.folder()} ({error.strerror}): every start will "
                          "compile them. Fill the folder with `landda warmup`, or copy it with `landda warmup --from`.",
                          stacklevel=2)
