"""Memory of this process, from Linux; None where the system does not tell."""

import ctypes
import gc
import os
import re
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


def resident():
    """Return the resident memory of this process [bytes], or None."""
    return _field("VmRSS")


def peak():
    """Return the greatest resident memory since the start or :func:`reset_peak` [bytes], or None."""
    return _field("VmHWM")


def reset_peak():
    """Let :func:`peak` begin anew and return whether the system allows it."""
    if not os.access(_CLEAR, os.W_OK):
        return False
    _CLEAR.write_text(RESET_PEAK)
    return True


def release():
    """Give memory that was freed back to the system, where the C library can; else it still counts as resident."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _field(name):
    if not _STATUS.exists():
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    return 1024 * int(found[1]) if found else None
