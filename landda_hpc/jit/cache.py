"""The folder of compiled kernels, named by digests of everything that goes into them.

Numba notices an edit of a kernel's own file, not of a kernel that it calls from another, and takes a copy of a file for an
edit of it. So kernels are kept by content: the folder carries a digest of the compilers' versions and of the processor,
and in it the kernels of a module have a folder with a digest of its source and of all modules of the package that it
imports, directly or not. It is ``${XDG_CACHE_HOME:-~/.cache}/landda_hpc/kernels/<digest>/<module>-<digest>``;
``LANDDA_CACHE_DIR`` (or ``NUMBA_CACHE_DIR``) replaces what comes before the first digest. Another checkout of the same
sources finds the same kernels. The folder may be read-only: what is missing in it is compiled into a spare one on the node.
"""

import functools
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import tempfile
import time
import warnings
from pathlib import Path

from landda_hpc.jit import processor

PACKAGE = "landda_hpc"
KEPT_DIGESTS = 5
KEPT_SECONDS = 7 * 86400.0  # since its last start, in which a folder may still be in use
MARKER = "kernels-of-landda_hpc"
_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]*)|import\s+([^\n]*))", re.MULTILINE)


@functools.cache
def folder():
    """Return the cache folder of this process; it exists, and can be written unless it was filled elsewhere."""
    wanted = base_folder() / _name()
    try:
        _prepare(wanted)
    except OSError as error:
        if (wanted / MARKER).exists():  # read-only and shared: what is in it is used
            return wanted
        wanted = spare_folder()
        _prepare(wanted)
        tell_of_spare(error.strerror)
    return wanted


@functools.cache
def spare_folder():
    """Return the folder on this node for kernels that cannot be kept in the other; it need not exist."""
    return _temporary_base() / _name()


def folders():
    """Give the folders to look for kernels in."""
    yield folder()
    if _temporary().is_dir() and spare_folder() != folder():
        yield spare_folder()


@functools.cache
def tell_of_spare(reason):
    """Warn, once, that kernels go to the spare folder."""
    warnings.warn(f"Compiled kernels cannot be kept in {base_folder()} ({reason}); {spare_folder().parent} on this node is "
                  "used instead. Set LANDDA_CACHE_DIR to a folder that can be written, or fill that one with `landda warmup`.",
                  stacklevel=2)


def _name():
    return _digest("\n".join((*versions(), *processor.wanted())).encode())


def base_folder():
    """Return the folder that holds one folder per compiler and processor."""
    given = os.environ.get("LANDDA_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path(os.path.expanduser("~")) / ".cache") / PACKAGE / "kernels"


def versions():
    """Return what compiles the kernels."""
    return (platform.python_implementation(), platform.python_version(), platform.machine(),
            *(importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")))


@functools.cache
def module_folder(source, closed_over=False):
    """Return the name of the folder for the kernels of a source file.

    Parameters
    ----------
    source : str
        Path of the file.
    closed_over : bool
        For kernels that close over others, which may come from any module: all sources of kernels count.
    """
    path, root = Path(source).resolve(), Path(__file__).resolve().parents[1]
    inside = path.is_relative_to(root)
    name = ".".join(path.relative_to(root).with_suffix("").parts) if inside else path.stem
    sources = kernel_sources(root) if closed_over or not inside else needed_sources([path], root)
    return f"{name}-{source_digest(root, sources, () if inside else (path.read_text(encoding='utf-8'),))}"


def source_digest(root, sources, further=()):
    """Return the digest of sources of the package in folder ``root`` and of some further words."""
    content = "\n".join(further).encode()
    return _digest(content + b"".join(f"\n{path.relative_to(root)}\n{_text(path)}".encode() for path in sources))


@functools.cache
def kernel_sources(root):
    """Return, sorted, the modules that use the kernel decorators and the modules of the package that they import."""
    return needed_sources([path for path in root.rglob("*.py") if f"{PACKAGE}.jit" in _text(path)], root)


def needed_sources(sources, root):
    """Return, sorted, sources and the modules of the package that they import, directly or not."""
    found = open_ends = set(sources)
    while open_ends:
        open_ends = set().union(*(_imported(path, root) for path in open_ends)) - found
        found = found | open_ends
    return sorted(found)


@functools.cache
def _text(path):
    return path.read_text(encoding="utf-8")


def _digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


@functools.cache
def _imported(source, root):
    """Return the files of the package that a source imports."""
    names = set()
    for module, listed, plain in _IMPORT.findall(_text(source)):
        if module:
            items = re.sub(r"#[^\n]*", "", listed).strip("()").split(",")
            names.update((module, *(f"{module}.{item.split()[0]}" for item in items if item.split())))
        else:
            names.update(item.split()[0] for item in plain.split(",") if item.split())
    files = set()
    for name in names:
        package, *parts = name.split(".")
        if package == PACKAGE:
            stem = root.joinpath(*parts)
            files.update((stem.with_suffix(".py") if parts else root / "__init__.py", stem / "__init__.py"))
    return {path for path in files if path.is_file()}


def make_module_folder(path):
    """Create the folder for the kernels of a module and remove the oldest ones of its former sources."""
    path.mkdir(parents=True, exist_ok=True)
    former = sorted(path.parent.glob(f"{path.name.rpartition('-')[0]}-*"), key=_last_use, reverse=True)
    for old in former[KEPT_DIGESTS:]:
        if time.time() - _last_use(old) > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def _prepare(wanted):
    """Create the folder, mark it as used now and remove the oldest ones, but none that a running process may use."""
    new = not wanted.is_dir()
    wanted.mkdir(parents=True, exist_ok=True)
    (wanted / MARKER).touch()
    if new:
        markers = sorted(wanted.parent.glob(f"*/{MARKER}"), key=_last_use, reverse=True)
        for marker in markers[KEPT_DIGESTS:]:
            if time.time() - _last_use(marker) > KEPT_SECONDS:
                shutil.rmtree(marker.parent, ignore_errors=True)


def _last_use(path):
    """Return when a folder was last used or added to; another process may have removed it meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _temporary():
    return Path(tempfile.gettempdir()) / f"{PACKAGE}-{os.getuid()}"


def _temporary_base():
    """Return a folder for temporary kernels that only this user can write: compiled code in it will be run."""
    shared = _temporary()
    shared.mkdir(mode=0o700, exist_ok=True)
    owner = shared.lstat()
    if owner.st_uid != os.getuid() or owner.st_mode & 0o022 or shared.is_symlink():
        shared = Path(tempfile.mkdtemp(prefix=f"{PACKAGE}-"))
    return shared / "kernels"
