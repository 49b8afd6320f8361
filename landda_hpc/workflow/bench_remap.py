"""Time and memory of remapping weights and of their application."""

import platform
import resource
import statistics
import time

import numba
import numpy as np

from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import warm_up
from landda_hpc.jit import compile_on_root_first
from landda_hpc.parallel.communicator import SerialCommunicator

METHODS = ("conservative", "bilinear", "nearest")
FIELDS = 8  # applied at once: the forcing of a step
MEGABYTE = 1.0e6


def bench_remap(grid_name="0.25deg", spheres=("ne30np4", "ne120np4"), methods=METHODS, repeats=5, communicator=None):
    """Return a dict of the seconds for the weights, their number and bytes, and the milliseconds of a field, both ways.

    Compilation and the geometry of the spheres are told apart; memory is the largest of the root's process so far. The ranks of
    a communicator share the making of weights, and each applies them to its share of the targets.
    """
    communicator = communicator or SerialCommunicator()
    grid = grid_of(grid_name)
    begin = time.perf_counter()
    compile_on_root_first(communicator, warm_up)
    results = {"machine": platform.processor() or platform.machine(), "grid": grid_name, "fields": FIELDS, "repeats": repeats,
               "ranks": communicator.size, "threads": numba.get_num_threads(), "compile_s": time.perf_counter() - begin,
               "cases": []}
    for name in spheres:
        sphere = grid_of(name)
        begin = time.perf_counter()
        _ = sphere.area, sphere.latitude, sphere.longitude, sphere.patch_column
        geometry = time.perf_counter() - begin
        for method in methods:
            for (source, target), way in zip(_both_ways(grid, sphere), ("to sphere", "to grid")):
                results["cases"].append({"sphere": name, "method": method, "way": way, "geometry_s": geometry,
                                         **_time_case(method, source, target, repeats, communicator)})
    return results


def _both_ways(grid, sphere):
    return (grid, sphere), (sphere, grid)


def _time_case(method, source, target, repeats, communicator):
    communicator.barrier()
    begin = time.perf_counter()
    remap = getattr(Remap, method)(source, target, communicator=communicator)
    communicator.barrier()
    seconds = time.perf_counter() - begin
    values = np.random.default_rng(1).random((FIELDS, remap.n_source))
    part = remap.rows(*(rank * remap.n_target // communicator.size for rank in (communicator.rank, communicator.rank + 1)))
    times = []
    for _ in range(repeats):
        communicator.barrier()
        begin = time.perf_counter()
        part.apply(values)
        communicator.barrier()
        times.append(1.0e3 * (time.perf_counter() - begin) / FIELDS)
    size = remap.weight.nbytes + remap.index.nbytes + remap.start.nbytes
    return {"weights": len(remap.weight), "weights_s": seconds, "weights_MB": size / MEGABYTE,
            "apply_ms": statistics.median(times),
            "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE}


def bench_remap_text(results):
    """Return the results as a table."""
    lines = [f"remapping of {results['grid']} on {results['ranks']} ranks of {results['threads']} threads, {results['fields']} "
             f"fields at once, median of {results['repeats']}; compilation {results['compile_s']:.1f} s",
             f"{'sphere':10s} {'method':13s} {'way':10s} {'geometry s':>10s} {'weights s':>9s} {'weights':>9s} {'MB':>7s} "
             f"{'ms a field':>10s} {'peak MB':>8s}"]
    lines += [f"{case['sphere']:10s} {case['method']:13s} {case['way']:10s} {case['geometry_s']:10.2f} "
              f"{case['weights_s']:9.2f} {case['weights']:9d} {case['weights_MB']:7.1f} {case['apply_ms']:10.2f} "
              f"{case['peak_MB']:8.0f}"
              for case in results["cases"]]
    return "\n".join(lines)
