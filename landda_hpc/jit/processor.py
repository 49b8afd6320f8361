"""The processor that kernels are compiled for, chosen once per process and before Numba is imported.

The default is the machine's own. ``LANDDA_CPU`` names another (an LLVM name such as ``x86-64-v3``) and
``LANDDA_CPU_FEATURES`` its features (such as ``+avx2,-avx512f``; empty for what the name implies). All ranks of a run
share compiled kernels through the cache folder, whose name covers both: on a cluster of mixed nodes give the oldest
node's name to all of them. Results do not depend on the choice.
"""

import os
import sys

import llvmlite.binding as llvm

CPU = "LANDDA_CPU"
FEATURES = "LANDDA_CPU_FEATURES"


def wanted():
    """Return the name and the features of the processor to compile for, both as LLVM writes them.

    Numba's own settings count after this package's; a name without features stands for what it implies.
    """
    named = os.environ.get(CPU)
    name = named or os.environ.get("NUMBA_CPU_NAME")
    features = os.environ.get(FEATURES)
    if features is None and not named:
        features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if name else host_features()
    return name or llvm.get_host_cpu_name(), features


def host_features():
    """Return the features of this machine, with whole 512-bit vectors where it has them.

    LLVM prefers 256 bits on many Intel processors, where a soil column took 100 ns against 75 with 512. On AMD's Zen
    4 it uses 512 anyway (``exp`` 1.0 ns, with 256 bits 1.4).
    """
    features = llvm.get_host_cpu_features()
    flat = features.flatten()
    return flat + ",-prefer-256-bit" if features.get("avx512f") else flat


def choose():
    """Tell Numba which processor to compile for, also where it has been imported before."""
    name, features = wanted()
    os.environ["NUMBA_CPU_NAME"] = name
    os.environ["NUMBA_CPU_FEATURES"] = features
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()
