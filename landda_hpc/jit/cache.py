"""The folder of compiled kernels, named by a digest of everything that goes into them.

Numba notices an edit of a kernel's own file, not of a kernel that it calls from another. So the folder carries a
digest of the sources of all modules that hold kernels and of the modules of the package that these import, of the
compilers' versions and of the processor. It is ``${XDG_CACHE_HOME:-~/.cache}/landda_hpc/kernels/<digest>``;
``LANDDA_CACHE_DIR`` (or ``NUMBA_CACHE_DIR``) replaces all but the last part. On many nodes it should be a folder that
all of them see.
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
    """Return the cache folder of this process; it exists and can be written."""
    root = Path(__file__).resolve().parents[1]
    digest = source_digest(root, (*versions(), *processor.wanted()))
    wanted = base_folder() / digest
    try:
        _prepare(wanted)
    except OSError as error:
        wanted = _temporary_base() / digest
        _prepare(wanted)
        warnings.warn(f"Compiled kernels cannot be kept in {base_folder()} ({error}); {wanted.parent} is used instead. "
                      "Set LANDDA_CACHE_DIR to a folder that can be written.", stacklevel=2)
    return wanted


def base_folder():
    """Return the folder that holds one folder per digest."""
    given = os.environ.get("LANDDA_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path(os.path.expanduser("~")) / ".cache") / PACKAGE / "kernels"


def versions():
    """Return what compiles the kernels."""
    return (platform.python_implementation(), platform.python_version(), platform.machine(),
            *(importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")))


def source_digest(root, further=()):
    """Return the digest of the kernel sources of the package in folder ``root`` and of some further words."""
    digest = hashlib.sha256("\n".join(further).encode())
    for path in kernel_sources(root):
        digest.update(f"\n{path.relative_to(root)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kernel_sources(root):
    """Return, sorted, the modules that use the kernel decorators and the modules of the package that they import."""
    texts = {path: path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    found = {path for path, text in texts.items() if f"{PACKAGE}.jit" in text}
    open_ends = set(found)
    while open_ends:
        imported = set().union(*(_imported(texts[path], root) for path in open_ends))
        open_ends = {path for path in imported if path in texts} - found
        found |= open_ends
    return sorted(found)


def _imported(text, root):
    """Return the files that may be what a source imports from the package; some need not exist."""
    names = set()
    for module, listed, plain in _IMPORT.findall(text):
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
    return files


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


def _last_use(marker):
    """Return when a folder was last used; another process may have removed it meanwhile."""
    try:
        return marker.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _temporary_base():
    """Return a folder for temporary kernels that only this user can write: compiled code in it will be run."""
    shared = Path(tempfile.gettempdir()) / f"{PACKAGE}-{os.getuid()}"
    shared.mkdir(mode=0o700, exist_ok=True)
    owner = shared.lstat()
    if owner.st_uid != os.getuid() or owner.st_mode & 0o022 or shared.is_symlink():
        shared = Path(tempfile.mkdtemp(prefix=f"{PACKAGE}-"))
    return shared / "kernels"
