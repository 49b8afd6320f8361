"""Scaling of a run: time and efficiency against the number of ranks."""

import matplotlib.pyplot as plt

BAR = {"capsize": 3, "marker": "o"}


def scaling_figure(results):
    """Return the figure of the results of ``landda bench scaling``."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    rows = results["rows"]
    ranks = [row["ranks"] for row in rows]
    for name, label in (("computing_s", "computing"), ("loop_s", "with files")):
        _errorbar(left, ranks, [row[name] for row in rows], label)
        _errorbar(right, ranks, [row[f"efficiency_{name}"] for row in rows], label)
    first = rows[0]["computing_s"]["median"]
    ideal = [first if results["kind"] == "weak" else first * ranks[0] / count for count in ranks]
    left.plot(ranks, ideal, "k--", lw=0.8, label="ideal")
    right.axhline(results["target"], color="k", ls=":", lw=0.8, label=f"target {results['target']:.2f}")
    left.set(xlabel="ranks", ylabel="time loop [s]", xscale="log", yscale="linear" if results["kind"] == "weak" else "log")
    right.set(xlabel="ranks", ylabel="efficiency", xscale="log", ylim=(0.0, 1.1))
    if results["kind"] == "weak":
        left.set_ylim(bottom=0.0)
    for axes in (left, right):
        axes.set_xticks(ranks, [str(count) for count in ranks])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.suptitle(f"{results['kind'].capitalize()} scaling, median and range of {results['repeats']} repeats", fontsize=11)
    return figure


def _errorbar(axes, ranks, parts, label):
    middle = [part["median"] for part in parts]
    below, above = ([abs(part[end] - part["median"]) for part in parts] for end in ("min", "max"))
    axes.errorbar(ranks, middle, yerr=(below, above), label=label, **BAR)
