"""Kernels compiled ahead: for the prologue of jobs, and on the nodes of a cluster."""

import shutil
from pathlib import Path

from landda_hpc.config import load_config
from landda_hpc.jit import cache
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.land_run import LandRun


def copy_kernels(source):
    """Copy the kernels of another cache folder that fit this machine; return how many files are new."""
    own = cache.folder()
    given = Path(source).expanduser() / own.name
    n_new = 0
    for path in sorted(given.rglob("*")) if given.is_dir() else ():
        target = own / path.relative_to(given)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            n_new += 1
    return n_new


def compile_for(config):
    """Compile, or load, every kernel that the run of a configuration file calls."""
    loaded = load_config(config)
    LandRun(loaded, Path(config).parent, SerialCommunicator()).warm_up()


def content():
    """Return the cache folder, the number of files in it and their bytes."""
    sizes = [path.stat().st_size for path in cache.folder().rglob("*") if path.is_file()]
    return cache.folder(), len(sizes), sum(sizes)
