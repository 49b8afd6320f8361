"""Kernels compiled ahead: for the prologue of jobs, and on the nodes of a cluster."""

import os
import shutil
import tempfile
from pathlib import Path

from landda_hpc.config import load_config
from landda_hpc.jit import cache
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.templates import write_template

#: Shipped configurations and changes of theirs; sensors without climatologies, which are files and whose kernels are small.
USUAL = {"ensemble": (), "globe": ("sensors={ascat: {bias: none}, smap: {bias: none}}", "observations.folder=observations")}


def copy_kernels(source):
    """Copy the kernels of another cache folder that fit this machine; return how many files are new.

    An index of compiled versions comes after its versions, and no file is seen before it is whole.
    """
    own = cache.folder()
    given = Path(source).expanduser() / own.name
    n_new = 0
    for path in sorted(given.rglob("*.nb[ci]")) if given.is_dir() else ():
        target = own / path.relative_to(given)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copyfile(path, part)
            part.replace(target)
            n_new += 1
    return n_new


def compile_for_shipped():
    """Compile what the shipped configurations call, on the globe with both sensors, in both precisions."""
    for template, changes in USUAL.items():
        with tempfile.TemporaryDirectory() as folder:
            config = write_template(folder, template)[0]
            for precision in ("float64", "float32"):
                compile_for(config, (f"run.precision={precision}", *changes))


def compile_for(config, changes=()):
    """Compile, or load, every kernel that the run of a configuration file calls."""
    loaded = load_config(config, changes)
    LandRun(loaded, Path(config).parent, SerialCommunicator()).warm_up()


def content():
    """Return the cache folder, the number of files in it and their bytes."""
    sizes = [path.stat().st_size for path in cache.folder().rglob("*") if path.is_file()]
    return cache.folder(), len(sizes), sum(sizes)
