"""Functions for workers that return, fail, crash, hang or grow."""

import ctypes
import os
import sys
import time

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.refusal import ProductRefusal


class Strange(Exception):
    """Pickle can write it but not make it again."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def act(kind):
    if kind == "crash":
        ctypes.string_at(0)
    if kind == "abort":
        os.abort()
    if kind == "hang":
        while True:
            time.sleep(0.1)
    if kind == "grow":
        return np.ones(1 << 27)  # 1 GiB
    if kind == "bug":
        return {}["nothing"]
    if kind == "refuse":
        raise ProductRefusal("file.nc", "damaged", "a hole.", "Mend it.")
    if kind == "input":
        raise InputError("not here")
    if kind == "strange":
        raise Strange(1, 2)
    if kind == "lambda":
        return lambda: 0
    if kind == "print":
        print("chatter of a library")
        os.write(2, b"more of it")
    return np.arange(1000) * float(len(kind)), kind


def modules_and_variables(_):
    from landda_hpc.observations import formats  # noqa: F401
    from landda_hpc.references import readers  # noqa: F401

    return [name for name in sys.modules if name.startswith("mpi4py")], [
        name for name in os.environ if name.startswith(("OMPI_", "PMIX_"))]


def process(_):
    return os.getpid()


def crash_if_used(path):
    """Die in a process that another call has used before."""
    if hasattr(sys, "landda_used") and path.endswith("second"):
        os.abort()
    sys.landda_used = True
    return path


def added(item, numbers, more):
    """Return an item and what is shared, added."""
    return item + numbers.sum() + more
