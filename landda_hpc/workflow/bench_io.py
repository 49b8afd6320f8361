"""Speed of the files of a run on a disk, against what ``dd`` with a final fsync reaches there.

A restart file of a whole state is written as a run writes it, all ranks together, in turn with ``dd`` of as many bytes by
rank 0; medians are compared. Reading it back is timed too: the file is then still in memory, so that tells the cost of
HDF5 and the checksums, not the disk.
"""

import platform
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np

from landda_hpc.config import load_config
from landda_hpc.errors import OutputError
from landda_hpc.io.provenance import provenance
from landda_hpc.io.restart import RestartCatalog
from landda_hpc.jit import compile_on_root_first
from landda_hpc.workflow.bench_cycle import START, shared_folder
from landda_hpc.workflow.bench_inputs import write_inputs
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.run_outputs import RunOutputs

TARGET = 0.60  # of the speed of dd
RECORDS = 8  # of history in one writing


def bench_io(communicator, parent=".", domain="2.5deg", points=None, members=20, precision="float64", repeats=5):
    """Return a dict of the speed of restart and history files [MB s-1], None off the root.

    Parameters
    ----------
    communicator : Communicator
    parent : path
        Folder on the disk that is to be measured; all ranks see it.
    domain : str
    points : int, optional
    members, repeats : int
    precision : str
    """
    with shared_folder(communicator, Path(parent).resolve()) as folder:
        if communicator.is_root:
            write_inputs(folder, domain, points, members, precision, 1800, (), START, 4)
        communicator.barrier()
        config = load_config(folder / "cycle.yaml")
        job = LandRun(config, folder, communicator)
        compile_on_root_first(communicator, job.warm_up)
        job.begin()
        job.advance()
        catalog, attributes = RestartCatalog(job.folder, 1), provenance("", "", 0, communicator.size)
        if communicator.is_root:
            job.folder.mkdir()
        communicator.barrier()
        seconds = {"restart": [], "dd": [], "read": [], "history": []}
        for _ in range(repeats):
            job.step += 1  # another file, which is written over the one before the last as in a run
            seconds["restart"].append(_timed(communicator, lambda: job.write_checkpoint(catalog, attributes)))
            seconds["dd"].append(_timed(communicator, lambda: _dd(communicator, folder / "dd", catalog)))
            seconds["read"].append(_timed(communicator, lambda: job.restore(catalog)))
        outputs = RunOutputs(job, attributes, False)
        for _ in range(repeats):
            seconds["history"].append(_timed(communicator, lambda: _history(job, outputs)))
        if not communicator.is_root:
            return None
        size, history_size = catalog.files()[-1].stat().st_size, (job.folder / "history.nc").stat().st_size / repeats
        rate = {name: size / 1e6 / statistics.median(values) for name, values in seconds.items() if values}
        rate["history"] = history_size / 1e6 / statistics.median(seconds["history"])
        return {"machine": platform.processor() or platform.machine(), "ranks": communicator.size, "folder": str(parent),
                "points": job.points.n_total, "members": members, "precision": precision, "repeats": repeats,
                "restart_bytes": size, "restart_bytes_per_column": size / (job.points.n_total * members),
                "history_bytes_per_record": history_size / RECORDS, "megabytes_per_s": rate,
                "seconds": {name: {"median": statistics.median(values), "min": min(values), "max": max(values)}
                            for name, values in seconds.items() if values},
                "restart_of_dd": {"value": rate["restart"] / rate["dd"], "above": TARGET,
                                  "met": rate["restart"] >= TARGET * rate["dd"]}}


def _timed(communicator, work):
    communicator.barrier()
    begin = time.perf_counter()
    work()
    communicator.barrier()
    return time.perf_counter() - begin


def _history(job, outputs):
    """Write some records of the history, all of the present state, and put them on the disk."""
    for _ in range(RECORDS):
        job.means.n_steps = 1
        outputs.step(job.history_start + np.timedelta64(job.config.output.interval, "s"), job.config.output.interval)
    outputs.flush()


def _dd(communicator, path, catalog):
    """Let ``dd`` write a file of the size of the last restart file and flush it to the disk, on the root."""
    if not communicator.is_root:
        return
    blocks = max(-(-catalog.files()[-1].stat().st_size // 2**20), 1)
    process = subprocess.run(["dd", "if=/dev/zero", f"of={path}", "bs=1M", f"count={blocks}", "conv=fsync"],
                             capture_output=True, text=True, check=False)
    if process.returncode:
        raise OutputError(f"dd could not write {path}: {process.stderr.strip()}")
    path.unlink()


def io_text(results):
    """Return the results as a table."""
    lines = [f"files of {results['points']} points of {results['members']} members, {results['precision']}, in "
             f"{results['folder']}, {results['ranks']} rank(s), median of {results['repeats']}",
             f"restart {results['restart_bytes'] / 1e6:.1f} MB, {results['restart_bytes_per_column']:.0f} bytes per column; "
             f"record of history {results['history_bytes_per_record'] / 1e6:.2f} MB",
             f"{'what':10s} {'MB/s':>9s} {'median s':>9s} {'min s':>9s} {'max s':>9s}"]
    lines += [f"{name:10s} {results['megabytes_per_s'][name]:9.0f} {part['median']:9.3f} {part['min']:9.3f} {part['max']:9.3f}"
              for name, part in results["seconds"].items()]
    share = results["restart_of_dd"]
    lines.append(f"restart reaches {100.0 * share['value']:.0f} % of dd with fsync, target at least "
                 f"{100.0 * share['above']:.0f} %   {'met' if share['met'] else 'missed'}")
    return "\n".join(lines)
