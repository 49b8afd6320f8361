"""Where compiled kernels come from and go to: the folders of :mod:`landda_hpc.jit.cache`, and another rank of the run.

Numba asks for a kernel by its types, processor and code. What the root of a run has loaded or compiled is sent to the other
ranks (:mod:`landda_hpc.jit.warm_up`), so that thousands of them open no file of the cache.
"""

import contextlib
import pickle
import warnings

from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator
from numba.core.serialize import dumps

from landda_hpc.jit import cache

_received = {}  # (kernel, Numba's key): pickled content
_gathering = []  # the innermost collection last


class Gathered:
    """What is loaded or compiled while it gathers.

    Parameters
    ----------
    on_first_missing : callable
        Called once, before the first kernel is compiled that was not kept.

    Attributes
    ----------
    content : dict
        For :func:`receive` on another rank.
    """

    def __init__(self, on_first_missing):
        self.content, self.complete, self._on_first_missing = {}, True, on_first_missing

    def add(self, kernel, key, data):
        """Add a compiled version."""
        self.content[kernel, key] = dumps(data)

    def miss(self):
        """Note that something has to be compiled."""
        if self.complete:
            self.complete = False
            self._on_first_missing()


@contextlib.contextmanager
def gathering(on_first_missing):
    """Give the :class:`Gathered` of what is loaded and compiled inside the context."""
    gathered = Gathered(on_first_missing)
    _gathering.append(gathered)
    try:
        yield gathered
    finally:
        _gathering.remove(gathered)


def receive(content):
    """Use compiled kernels that another process has gathered; those for another processor are never asked for."""
    _received.update(content)


class KernelFiles:
    """The compiled versions of one kernel: as they were received, in the cache folder, and in the spare one."""

    def __init__(self, locator, filename_base):
        self._locator, self._filename_base = locator, filename_base
        self._kernel = (locator.module, filename_base)

    def load(self, key):
        """Return what is kept under Numba's key, None if nothing is."""
        sent = _received.get((self._kernel, key))
        found = self._load(key) if sent is None else pickle.loads(sent)
        for gathered in _gathering:
            gathered.miss() if found is None else gathered.add(self._kernel, key, found)
        return found

    def _load(self, key):
        for folder in cache.folders():
            try:
                found = self._in(folder).load(key)
            except (OSError, EOFError, pickle.UnpicklingError):  # cut by a full disk or a crash: compiled again
                continue
            if found is not None:
                return found
        return None

    def save(self, key, data):
        """Keep a compiled version, in the spare folder where the other cannot be written."""
        for gathered in _gathering:
            gathered.add(self._kernel, key, data)
        try:
            self._save(cache.folder(), key, data)
        except OSError as error:
            cache.tell_of_spare(error.strerror)
            try:
                self._save(cache.spare_folder(), key, data)
            except OSError as spare_error:
                warnings.warn(f"Kernels cannot be kept in {cache.spare_folder()} either ({spare_error.strerror}): every start "
                              "compiles them.", stacklevel=2)

    def _save(self, folder, key, data):
        cache.make_module_folder(folder / self._locator.name)
        self._in(folder).save(key, data)

    def flush(self):
        """Forget what is kept in the cache folder."""
        self._in(cache.folder()).flush()

    def _in(self, folder):
        return IndexDataCacheFile(str(folder / self._locator.name), self._filename_base, self._locator.get_source_stamp())


class KernelLocator(_CacheLocator):
    """The place of one kernel's compiled versions; sources are read when it is asked for, not before."""

    def __init__(self, function, source):
        self._py_file = source  # Numba names it in warnings
        self._line, self._closed_over = function.__code__.co_firstlineno, function.__closure__ is not None
        self.module = function.__module__

    @property
    def name(self):
        """The name of the folder, which says all about the sources."""
        return cache.module_folder(self._py_file, self._closed_over)

    def ensure_cache_path(self):
        """Do nothing: the folder is made with the first file in it."""

    def get_cache_path(self):
        """Return the folder of the module's kernels."""
        return str(cache.folder() / self.name)

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
    """The compiled versions of one kernel in this package's folders; other users of Numba keep theirs."""

    _impl_class = KernelCacheContent

    def __init__(self, function):  # without Numba's, which would read the sources of every kernel that is imported
        self._name, self._py_func = repr(function), function
        self._impl = self._impl_class(function)
        self._cache_file = KernelFiles(self._impl.locator, self._impl.filename_base)
        self.enable()

    @property
    def cache_path(self):
        """The folder of the module's kernels."""
        return self._impl.locator.get_cache_path()
