"""Strong and weak scaling: ``landda bench cycle`` started by itself on one rank count after the other.

The repeats of the rank counts take turns, so that other work on the machine hits all alike. What counts is the time loop of
the slowest rank; starting, compiling and spinning up do not.
"""

import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from landda_hpc.errors import ConfigError, LanddaError
from landda_hpc.workflow.job import launch_command

TARGETS = {"weak": 0.95, "strong": 0.93}  # efficiency of computing
#: Of the slowest rank: all sections but the files, the same by the processor's time, the time loop with its files.
MEASURES = ("computing_s", "computing_processor_s", "loop_s")


def find_launcher(given=None):
    """Return the command that starts ranks, ``{ranks}`` standing for their number.

    Raises
    ------
    ConfigError
        Without any launcher.
    """
    if given:
        return given if "{ranks}" in given else f"{given} -n {{ranks}}"
    if "SLURM_JOB_ID" in os.environ and shutil.which("srun"):
        return " ".join(launch_command("auto", "{ranks}"))
    for name in ("mpirun", "mpiexec", "srun"):
        if shutil.which(name):
            return f"{name} -n {{ranks}}"
    raise ConfigError("Neither srun, mpirun nor mpiexec is on the PATH: load the MPI module, or give --launcher.")


def bench_scaling(kind, ranks, repeats=5, launcher=None, points=None, say=print, **case):
    """Return a dict of times and efficiencies by number of ranks.

    Parameters
    ----------
    kind : str
        ``strong``: the same points on all rank counts; ``weak``: as many points on each rank.
    ranks : sequence of int
        The first is what the others are compared with.
    repeats : int
    launcher : str, optional
    points : int, optional
        Of the run (strong) or of each rank (weak); by default all of the domain, or its share for the most ranks.
    say : callable
        Told of the progress.
    case : dict
        Options of ``landda bench cycle`` by their long names; None is left out, True is a flag.
    """
    launcher = find_launcher(launcher)
    if kind == "weak" and points is None:
        raise ConfigError("Weak scaling needs --points, the number on each rank.")
    measured = {count: [] for count in ranks}
    for repeat in range(repeats):
        for count in ranks:
            result = start_cycle(launcher, count, points and (points * count if kind == "weak" else points), case)
            measured[count].append(result)
            say(f"repeat {repeat + 1} of {repeats}, {count} rank(s): computing {result['computing_s']:.3f} s, time loop "
                f"{result['loop_s']:.3f} s")
    rows = [_row(kind, count, measured[count], ranks[0], measured[ranks[0]]) for count in ranks]
    return {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "kind": kind, "launcher": launcher,
            "repeats": repeats, "target": TARGETS[kind], "case": {"points": points, **case},
            "steps": measured[ranks[0]][0]["steps"], "rows": rows,
            "oversubscribed": [count for count in ranks if "SLURM_JOB_ID" not in os.environ and count > os.cpu_count()]}


def start_cycle(launcher, count, points, case):
    """Run ``landda bench cycle`` on some ranks and return its results.

    Raises
    ------
    LanddaError
        If it fails, and if the launcher did not join the ranks into one run.
    """
    options = [f"--{name}" if value is True else f"--{name}={value}" for name, value in {**case, "points": points}.items()
               if value not in (None, False)]
    with tempfile.TemporaryDirectory(prefix="landda_scaling_", dir=case.get("folder", ".")) as folder:
        output = Path(folder) / "cycle.json"
        start_ranks(launcher, count, "-m", "landda_hpc.cli", "bench", "cycle", *options, "--output", str(output))
        results = json.loads(output.read_text())
    if results["ranks"] != count:
        raise LanddaError(f"{launcher.format(ranks=count)} started {count} runs of {results['ranks']} rank(s), not one of "
                          f"{count}: the launcher and the MPI library do not know each other. In a job of SLURM give "
                          "--launcher 'srun --mpi=pmix' or --launcher mpirun.")
    return results


def start_ranks(launcher, count, *words):
    """Run this Python with some words on some ranks and return what it prints."""
    command = [*shlex.split(launcher.format(ranks=count)), sys.executable, *words]
    process = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if process.returncode:
        raise LanddaError(f"The benchmark on {count} rank(s) failed with exit code {process.returncode}.\n"
                          f"  command  {shlex.join(command)}\n{process.stderr[-2000:]}")
    return process.stdout


def _row(kind, count, results, first, reference):
    """Return medians, spread and efficiency of one number of ranks; efficiencies pair the repeats that ran side by side."""
    row = {"ranks": count, "points": results[0]["points"]}
    ideal = 1.0 if kind == "weak" else first / count
    for name in MEASURES:
        values = [result[name] for result in results]
        paired = [ideal * one[name] / value for one, value in zip(reference, values)]
        row[name] = {"median": statistics.median(values), "min": min(values), "max": max(values)}
        row[f"efficiency_{name}"] = {"median": statistics.median(paired), "min": min(paired), "max": max(paired)}
    row["noah_ns_per_column_step"] = statistics.median(result["noah_ns_per_column_step"] for result in results)
    row["imbalance"] = statistics.median(result["computing_imbalance"] for result in results)
    row["met"] = row["efficiency_computing_s"]["median"] >= TARGETS[kind]
    return row


def scaling_text(results):
    """Return the results as a table."""
    lines = [f"{results['kind']} scaling, {results['steps']} steps, median of {results['repeats']} (least to greatest), "
             f"{results['launcher']}",
             f"{'ranks':>5s} {'points':>8s} {'computing s':>24s} {'efficiency':>24s} {'of the processor':>24s} "
             f"{'with files s':>24s} {'efficiency':>24s} {'imbalance':>9s}"]

    def spread(part):
        return f"{part['median']:.3f} ({part['min']:.3f} to {part['max']:.3f})"

    lines += [f"{row['ranks']:5d} {row['points']:8d} {spread(row['computing_s']):>24s} "
              f"{spread(row['efficiency_computing_s']):>24s} {spread(row['efficiency_computing_processor_s']):>24s} "
              f"{spread(row['loop_s']):>24s} "
              f"{spread(row['efficiency_loop_s']):>24s} {row['imbalance']:9.3f}" for row in results["rows"]]
    lines.append(f"target: efficiency of computing at least {results['target']:.2f}: "
                 + ", ".join(f"{row['ranks']} ranks {'met' if row['met'] else 'missed'}" for row in results["rows"][1:]))
    if results["oversubscribed"]:
        lines.append(f"more ranks than the {results['cores']} cores: {results['oversubscribed']}; their efficiency means "
                     "nothing")
    return "\n".join(lines)
