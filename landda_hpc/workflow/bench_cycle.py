"""One whole assimilation cycle as a run does it, by section: ``landda.workflow.run`` itself is what is timed.

A run over the first cycle compiles, spins the ensemble up and leaves a checkpoint; resumed from it, the same run does the
cycles that are measured, with history every three hours and a checkpoint at the end of each. The first forcing, which
prepares a month, counts among the forcing by the part of a month that the cycles are.
"""

import platform
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.config import load_config
from landda_hpc.domain.dataset import read_domain
from landda_hpc.workflow import memory
from landda_hpc.workflow.bench_inputs import CYCLE, write_inputs
from landda_hpc.workflow.cycle_file import cycle_file
from landda_hpc.workflow.run import run

COMPUTING = ("forcing", "perturbation", "noah", "analysis", "averages")
#: What steps wait for because of files; the last restart file is waited for once, at the end of a run.
WRITING = ("history", "restart", "wait for disk")
#: What is to be reached: share of the time of the land model (of the processor, but for files), microseconds, bytes.
TARGETS = {"perturbation_share": 0.15, "forcing_share": 0.10, "history_and_restart_share": 0.10,
           "filter_us_per_analysed_cell": 5.0, "bytes_per_column": 400.0}
MONTH = 30.4 * 86400.0  # s
START = np.datetime64("2022-04-10T00:00:00", "s")  # no month, which the weather prepares for, begins in the cycles


@contextmanager
def shared_folder(communicator, parent):
    """Make a folder that all ranks see inside ``parent`` and remove it at the end."""
    made = tempfile.mkdtemp(prefix="landda_bench_", dir=parent) if communicator.is_root else None
    folder = Path(communicator.broadcast(made))
    try:
        yield folder
    finally:
        communicator.barrier()
        if communicator.is_root:
            shutil.rmtree(folder)


def bench_cycle(communicator, parent=".", domain="2.5deg", points=None, members=20, precision="float64", time_step=1800,
                sensors=("ascat", "smap"), cycles=1, spin_up_years=0, start=START):
    """Return a dict of where the time and the memory of cycles go, the same on all ranks.

    Parameters
    ----------
    communicator : Communicator
    parent : path
        Folder on the disk that is to be measured; all ranks see it.
    domain : str
        A shipped domain or a file.
    points : int, optional
        Spread evenly over those of the domain; all by default.
    members, time_step, cycles, spin_up_years : int
    precision : str
    sensors : sequence of str
    start : datetime64
    """
    with shared_folder(communicator, Path(parent).resolve()) as folder:
        path = folder / "cycle.yaml"
        if communicator.is_root:
            write_inputs(folder, domain, points, members, precision, time_step, sensors, start, cycles + 1, spin_up_years)
        communicator.barrier()
        config = load_config(path)
        middle = str(start + np.timedelta64(CYCLE, "s"))
        run(load_config(path, [f"run.end={middle}"]), communicator, folder)
        memory.release()
        before, known = memory.resident(), memory.reset_peak()
        timers = run(config, communicator, folder, resume=True).timers  # which measures the peak of the time loop
        peak = memory.peak()
        own = {"seconds": timers.seconds, "processor": timers.processor, "peak": peak, 
               "added": peak - before if known else None}
        parts = communicator.gather_object(own)
        results = None
        if communicator.is_root:
            analysed = _analysed(Path(config.run.folder), start, cycles) if sensors else 0
            n_points = read_domain(config.domain.file).n_total
            results = {"machine": platform.processor() or platform.machine(), "ranks": communicator.size, "domain": domain,
                       "points": n_points, "members": members, "precision": precision, "time_step_s": time_step,
                       "steps": cycles * CYCLE // time_step, "cycles": cycles, "sensors": list(sensors),
                       **_summary(parts, n_points, members, time_step, cycles * CYCLE // time_step, analysed)}
        return communicator.broadcast(results)


def _analysed(folder, start, cycles):
    """Return the number of analyses of points in the cycles after the first."""
    count = 0
    for number in range(2, cycles + 2):
        with h5py.File(cycle_file(folder, start + np.timedelta64(number * CYCLE, "s")), "r") as file:
            count += int((file["n_used"][()] > 0).sum())
    return count


def _summary(parts, n_points, members, time_step, n_steps, analysed):
    """Return what the seconds and the memory of all ranks mean."""
    seconds, processor = ([part[kind] for part in parts] for kind in ("seconds", "processor"))
    sections = {name: {"min": min(values), "mean": sum(values) / len(values), "max": max(values)}
                for name in seconds[0] for values in [[own.get(name, 0.0) for own in seconds]]}
    total = {name: sum(own.get(name, 0.0) for own in seconds) for name in seconds[0]}
    used = {name: sum(own.get(name, 0.0) for own in processor) for name in processor[0]}
    column_steps = n_points * members * n_steps
    noah = total["noah"]
    computing, computing_used = ([sum(own.get(name, 0.0) for name in COMPUTING) for own in kind]
                                 for kind in (seconds, processor))
    added = [part["added"] for part in parts]
    forcing = used["forcing"] + used["first forcing"] * n_steps * time_step / MONTH
    measured = {"perturbation_share": used["perturbation"] / used["noah"], "forcing_share": forcing / used["noah"],
                "history_and_restart_share": sum(total[name] for name in WRITING) / noah,
                "filter_us_per_analysed_cell": 1e6 * used["of it filter"] / analysed if analysed else None,
                "bytes_per_column": sum(added) / (n_points * members) if None not in added else None}
    return {"loop_s": sections["time loop"]["max"], "computing_s": max(computing),
            "computing_processor_s": max(computing_used),
            "computing_imbalance": max(computing_used) * len(computing_used) / sum(computing_used),
            "noah_ns_per_column_step": 1e9 * used["noah"] / column_steps,
            "all_ns_per_column_step": 1e9 * sum(computing_used) / column_steps,
            "processor_ns_per_column_step": {name: 1e9 * value / column_steps for name, value in used.items()},
            "analysed_points": analysed, "peak_memory_bytes_by_rank": [part["peak"] for part in parts], "sections_s": sections,
            "targets": {name: {"value": measured[name], "below": limit,
                               "met": None if measured[name] is None else measured[name] < limit}
                        for name, limit in TARGETS.items()}}


def cycle_text(results):
    """Return the results as a table."""
    noah = results["sections_s"]["noah"]["mean"]
    lines = [f"{results['cycles']} cycle(s) of 6 h: {results['points']} points of {results['members']} members, "
             f"{results['steps']} steps of {results['time_step_s']} s, {results['precision']}, {results['ranks']} rank(s), "
             f"{results['analysed_points']} analyses of points",
             f"{'section':18s} {'min s':>9s} {'mean s':>9s} {'max s':>9s} {'of Noah':>9s}"]
    lines += [f"{name:18s} {part['min']:9.3f} {part['mean']:9.3f} {part['max']:9.3f} {100.0 * part['mean'] / noah:8.1f}%"
              for name, part in results["sections_s"].items()]
    lines += [f"Noah {results['noah_ns_per_column_step']:.0f} ns, all {results['all_ns_per_column_step']:.0f} ns of the "
              f"processor per column and step; slowest rank over mean {results['computing_imbalance']:.3f}",
              "peak memory by rank: " + ", ".join("?" if value is None else f"{value / 2**20:.0f} MiB"
                                                  for value in results["peak_memory_bytes_by_rank"])]
    for name, target in results["targets"].items():
        value = "not measured" if target["value"] is None else f"{target['value']:.3g}"
        verdict = {True: "met", False: "missed", None: ""}[target["met"]]
        lines.append(f"{name:30s} {value:>12s}   target below {target['below']:g}   {verdict}")
    return "\n".join(lines)
