"""A cost model of a six-hour cycle from measurements on this machine, for numbers of ranks that it does not have.

Time of a cycle = steps x (time that a step takes whatever its size + whole tiles of the dearest band x time per column)
+ collective calls x their latency + files / bandwidth. Every term is measured: the first two by cycles of two sizes on one
rank, latencies by the package's collective verbs on two and more ranks, the number of calls by counting them in a run, the
bandwidth by restart files. The prediction is compared with a cycle on one and on two ranks.
"""

import json
import os
import platform
import statistics

import numpy as np

from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.bench_cycle import COMPUTING, bench_cycle
from landda_hpc.workflow.bench_io import bench_io
from landda_hpc.workflow.bench_scaling import find_launcher, start_cycle, start_ranks
from landda_hpc.workflow.cost_classes import class_costs
from landda_hpc.workflow.year_states import year_states

#: Land points of global domains without the sea; that of 0.09 degrees by the area of the cells.
POINTS = {"0.25 deg": 243426, "0.09 deg": round(243426 * (0.25 / 0.09) ** 2)}
SMALL, LARGE = 150, 2400  # points of the two sizes
REPEATS = 3
#: Of classes, by number of bands, in the worst month with `parallel.rebalance: 1d`; `landda bench balance`.
IMBALANCE = {1: 1.0, 64: 1.010, 512: 1.032, 4096: 1.151}
ASSUMPTIONS = (
    "a column costs the same on all cores: memory bandwidth and clock do not fall when all cores of a node work; "
    "`landda bench scaling` measures it",
    "the dearest band costs more than the mean by what `landda bench balance` finds for the worst month with "
    f"`parallel.rebalance: 1d` ({', '.join(f'{value:g} on {count} ranks' for count, value in IMBALANCE.items())}), in whole "
    f"tiles of {WIDTH}; the time that points take to change hands is not counted",
    "a verb's latency grows with log2 of the ranks (gather: with the ranks); those beyond the cores of this machine share "
    "cores, so their latency is too long",
    "files go to one disk of the bandwidth measured here, whatever the number of ranks; a parallel file system is faster",
    "one checkpoint and two records of history each cycle, as `landda bench cycle` writes them")


class CountingCommunicator(SerialCommunicator):
    """Counts the collective calls of a run."""

    def __init__(self):
        self.calls = dict.fromkeys(("gather", "broadcast", "barrier", "any"), 0)

    def gather_object(self, value):
        self.calls["gather"] += 1
        return super().gather_object(value)

    def broadcast(self, value):
        self.calls["broadcast"] += 1
        return super().broadcast(value)

    def barrier(self):
        self.calls["barrier"] += 1

    def any(self, flag):
        self.calls["any"] += 1
        return bool(flag)


def bench_model(parent=".", ranks=(64, 512, 4096), members=20, precision="float64", time_step=1800, launcher=None,
                collective_ranks=(2, 4, 8, 16), say=print):
    """Return a dict of what was measured, of the predictions and of their check on one and two ranks.

    Parameters
    ----------
    parent : path
        Folder on the disk that is to be measured.
    ranks : sequence of int
        To predict.
    members, time_step : int
    precision : str
    launcher : str, optional
    collective_ranks : sequence of int
    say : callable
        Told of the progress.
    """
    launcher, case = find_launcher(launcher), {"members": members, "precision": precision, "time_step": time_step}
    say("classes of columns through a year")
    classes = class_costs(year_states(), precision)
    say("cycles of two sizes")
    cycles = {points: [bench_cycle(SerialCommunicator(), parent, points=points, **case) for _ in range(REPEATS)]
              for points in (SMALL, LARGE)}
    step, column = _line(cycles, members)
    calls = _calls_of_a_cycle(parent, case)
    say("files")
    files = bench_io(SerialCommunicator(), parent, members=members, precision=precision)
    say("collective calls")
    latencies = [_collectives(launcher, count) for count in collective_ranks]
    fits = {verb: _fit(verb, latencies) for verb in calls}
    measured = {"classes_ns": classes, "step_s": step, "column_s": column, "collective_calls_per_cycle": calls,
                "collectives_us": latencies, "collective_fits": fits,
                "restart_megabytes_per_s": files["megabytes_per_s"]["restart"],
                "history_megabytes_per_s": files["megabytes_per_s"]["history"],
                "restart_bytes_per_column": files["restart_bytes_per_column"],
                "history_bytes_per_point": files["history_bytes_per_record"] / files["points"],
                "steps": cycles[LARGE][0]["steps"], "members": members}
    predictions = [predict(measured, points, count) | {"domain": name} for name, points in POINTS.items() for count in ranks]
    say("check on one and two ranks")
    checks = [_check(measured, launcher, count, case, parent) for count in (1, 2)]
    return {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "precision": precision,
            "time_step_s": time_step, "assumptions": list(ASSUMPTIONS), "measured": measured, "predictions": predictions,
            "checks": checks}


def predict(measured, points, ranks, imbalance=None):
    """Return the predicted times of a cycle [s] on a number of ranks and the efficiency against one rank.

    Parameters
    ----------
    measured : dict
        See :func:`bench_model`.
    points, ranks : int
    imbalance : float, optional
        Of the classes of columns among the bands; that of :data:`IMBALANCE` by default.
    """
    if imbalance is None:
        imbalance = float(np.interp(np.log2(ranks), np.log2(list(IMBALANCE)), list(IMBALANCE.values())))
    members, steps = measured["members"], measured["steps"]

    def computing(own, factor):
        tiles = -(-own * members // WIDTH) * WIDTH
        return steps * (measured["step_s"] + tiles * measured["column_s"] * factor)

    own = -(-points // ranks)
    compute = computing(own, imbalance)
    collective = 1e-6 * sum(count * _latency(measured["collective_fits"][verb], ranks)
                            for verb, count in measured["collective_calls_per_cycle"].items()) if ranks > 1 else 0.0
    restart = points * members * measured["restart_bytes_per_column"] / 1e6 / measured["restart_megabytes_per_s"]
    history = 2.0 * points * measured["history_bytes_per_point"] / 1e6 / measured["history_megabytes_per_s"]
    single = computing(points, 1.0)
    return {"points": points, "ranks": ranks, "points_per_rank": own, "computing_s": compute, "collective_s": collective,
            "files_s": restart + history, "cycle_s": compute + collective + restart + history,
            "efficiency_without_files": single / (ranks * (compute + collective)),
            "efficiency": (single + restart + history) / (ranks * (compute + collective + restart + history))}


def _line(cycles, members):
    """Return seconds of a step whatever its size and seconds per column and step, by the processor's time."""
    times = {points: statistics.median(result["computing_processor_s"] / result["steps"] for result in results)
             for points, results in cycles.items()}
    column = (times[LARGE] - times[SMALL]) / ((LARGE - SMALL) * members)
    return max(times[SMALL] - SMALL * members * column, 0.0), column


def _calls_of_a_cycle(parent, case):
    """Return how often a cycle calls each verb: the difference of runs of two cycles and of one."""
    counts = []
    for cycles in (1, 2):
        communicator = CountingCommunicator()
        bench_cycle(communicator, parent, "5deg", SMALL, cycles=cycles, **case)
        counts.append(communicator.calls)
    return {verb: counts[1][verb] - counts[0][verb] for verb in counts[0]}


def _collectives(launcher, count):
    program = ("import json; from landda_hpc.parallel import world_communicator as world; "
               "from landda_hpc.workflow.bench_collectives import bench_collectives as bench; c = world(); r = bench(c); "
               "c.is_root and print(json.dumps(r))")
    return json.loads(start_ranks(launcher, count, "-c", program).splitlines()[-1])


def _growth(verb, ranks):
    """Return what a verb's latency grows with."""
    return ranks if verb == "gather" else np.log2(ranks)


def _fit(verb, latencies):
    """Return the line of a verb's latency [us] over what it grows with, least squares over all ranks."""
    ranks = np.array([entry["ranks"] for entry in latencies], float)
    values = np.array([entry[verb] for entry in latencies])
    slope, start = np.polyfit(_growth(verb, ranks), values, 1) if len(ranks) > 1 else (0.0, values[0])
    return {"verb": verb, "start_us": max(float(start), 0.0), "slope_us": max(float(slope), 0.0)}


def _latency(fit, ranks):
    return fit["start_us"] + fit["slope_us"] * float(_growth(fit["verb"], ranks))


def _check(measured, launcher, count, case, parent):
    """Compare the prediction with a cycle on some ranks."""
    options = {"members": case["members"], "precision": case["precision"], "time-step": case["time_step"],
               "folder": str(parent)}
    found = start_cycle(launcher, count, LARGE, options)
    predicted = predict(measured, LARGE, count, found["computing_imbalance"])
    return {"ranks": count, "points": LARGE, "predicted_computing_s": predicted["computing_s"],
            "measured_computing_processor_s": found["computing_processor_s"], "measured_computing_s": found["computing_s"],
            "predicted_cycle_s": predicted["cycle_s"], "measured_cycle_s": found["loop_s"],
            "sections": {name: found["sections_s"][name]["max"] for name in COMPUTING}}


def model_text(results):
    """Return the results as a table."""
    measured = results["measured"]
    lines = [f"cost model of a 6-h cycle, {measured['members']} members, {results['precision']}, steps of "
             f"{results['time_step_s']} s, measured on {results['cores']} cores", "assumed:"]
    lines += [f"  {text}" for text in results["assumptions"]]
    classes = measured["classes_ns"]
    lines += ["measured:",
              f"  a step takes {1e6 * measured['step_s']:.0f} us and {1e9 * measured['column_s']:.0f} ns per column",
              "  Noah by class [ns per column and step]: thawed "
              f"{classes['thawed']:.0f}, snow {classes['snow']:+.0f}, frozen {classes['frozen']:+.0f}, "
              f"wet {classes['wet']:+.0f}, sun {classes['sun']:+.0f}, rain {classes['rain']:+.0f}; "
              f"residual of small bands {classes['residual_std']:.0f}",
              "  collective calls per cycle: "
              + ", ".join(f"{count} {verb}" for verb, count in measured["collective_calls_per_cycle"].items())]
    lines += [f"  {entry['ranks']:3d} ranks: " + ", ".join(f"{verb} {entry[verb]:.1f} us" for verb in entry if verb != "ranks")
              + (" (share cores)" if entry["ranks"] > results["cores"] else "") for entry in measured["collectives_us"]]
    lines += [f"  restart {measured['restart_megabytes_per_s']:.0f} MB/s of {measured['restart_bytes_per_column']:.0f} bytes "
              f"per column, history {measured['history_megabytes_per_s']:.0f} MB/s",
              f"{'domain':9s} {'ranks':>6s} {'points each':>11s} {'computing s':>12s} {'collective s':>12s} {'files s':>9s} "
              f"{'cycle s':>9s} {'efficiency':>10s} {'with files':>10s}"]
    lines += [f"{row['domain']:9s} {row['ranks']:6d} {row['points_per_rank']:11d} {row['computing_s']:12.4f} "
              f"{row['collective_s']:12.4f} {row['files_s']:9.2f} {row['cycle_s']:9.2f} "
              f"{row['efficiency_without_files']:10.3f} {row['efficiency']:10.3f}" for row in results["predictions"]]
    for check in results["checks"]:
        lines += [f"check, {check['points']} points, {check['ranks']} rank(s)",
                  f"  computing predicted {check['predicted_computing_s']:.3f} s, measured "
                  f"{check['measured_computing_processor_s']:.3f} s of the processor, {check['measured_computing_s']:.3f} s of "
                  "the clock",
                  f"  cycle predicted {check['predicted_cycle_s']:.3f} s, measured {check['measured_cycle_s']:.3f} s"]
    return "\n".join(lines)
