"""Figures of the scores of forecasts: maps, time-height sections, change with lead, scores of rain.

Changes are an experiment minus the baseline: blue is better. Every function gives a Figure.
"""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots.experiments import BETTER, COLOURS, OTHER, axes_of_grid, dates, plain
from landda_hpc.plots.maps import draw_map
from landda_hpc.plots.scales import pretty_units, scale_of

PANEL = (3.4, 2.5)  # inches
NOTHING = 1.0e-9  # change of a score that is rounding
EPOCH_DAY = 10957  # 2000-01-01 in days since 1970-01-01


def rmsd_maps(latitude, longitude, rmsd, names, title, units, means):
    """Return maps of the RMSD over time of the baseline and of its change.

    Parameters
    ----------
    latitude, longitude : array (n_rows,), (n_columns,)
    rmsd : array (n_experiments, n_rows, n_columns)
    names : sequence of str
        The baseline first.
    title, units : str
    means : sequence of float
        Area means: of the baseline, then of the changes.
    """
    figure, axes = axes_of_grid(latitude, longitude, len(names))
    label = f"RMSD [{pretty_units(units)}]"
    draw_map(axes[0], latitude, longitude, rmsd[0], scale_of(rmsd[0], units, "spread", label), names[0],
             note=f"mean {means[0]:.4g}")
    changes = rmsd[1:] - rmsd[0]
    if len(changes):
        scale = scale_of(changes, units, "difference", f"change of {label}", colour_map=BETTER)
        for axis, name, change, mean in zip(axes[1:], names[1:], changes, means[1:]):
            draw_map(axis, latitude, longitude, change, scale, f"{name} minus {names[0]}", note=f"mean {mean:+.2g}")
    figure.suptitle(f"{title}: blue is better", fontsize=12, fontweight="bold")
    return figure


def sections(days, pressures, changes, names, regions, title, units):
    """Return time-height sections of the change of RMSD, a row for each experiment and a column for each region.

    Parameters
    ----------
    days : array (n_days,)
        Since 2000-01-01.
    pressures : array (n_levels,)
        [hPa], ascending.
    changes : array (n_days, n_levels, n_experiments - 1, n_regions)
    names, regions : sequence of str
        Experiments, the baseline first; regions.
    title, units : str
    """
    scale = scale_of(changes, units, "difference", f"change of RMSD [{pretty_units(units)}]", colour_map=BETTER)
    figure = Figure(figsize=(2.7 * len(regions) + 0.8, 2.1 * (len(names) - 1) + 1.3), layout="constrained")
    axes = np.atleast_2d(figure.subplots(len(names) - 1, len(regions), sharex=True, sharey=True, squeeze=False))
    edges = np.concatenate([pressures[:1], 0.5 * (pressures[1:] + pressures[:-1]), pressures[-1:]])
    if len(pressures) == 1:
        edges = np.array([0.9, 1.1]) * pressures[0]
    when = np.append(days, days[-1] + 1) + EPOCH_DAY
    for row, name, number in zip(axes, names[1:], range(len(names) - 1)):
        for axis, region, place in zip(row, regions, range(len(regions))):
            mesh = axis.pcolormesh(when, edges, changes[:, :, number, place].T, cmap=scale.colours, norm=scale.norm,
                                   rasterized=True)
            axis.set_title(f"{name}, {region}", fontsize=9, fontweight="bold", loc="left")
            axis.xaxis_date()
            dates(axis, most=6)
            axis.tick_params(labelsize=7.5)
        row[0].set_ylabel("pressure [hPa]", fontsize=8)
    axes[0, 0].invert_yaxis()
    figure.colorbar(mesh, ax=axes, label=scale.label, extend=scale.extend, shrink=0.8, pad=0.01)
    figure.suptitle(f"{title}: blue is better", fontsize=12, fontweight="bold")
    return figure


def change_with_lead(leads, tests, names, regions, title, units):
    """Return the change of RMSD against the lead, a panel for each region, with intervals.

    Parameters
    ----------
    leads : sequence of float
        [d]
    tests : dict of (str, str, float) to Interval or None
        By experiment, region and lead.
    names, regions : sequence of str
        Experiments, the baseline first; regions.
    title, units : str
    """
    figure, axes = _panels(len(regions))
    width = 0.12
    for axis, region in zip(axes, regions):
        axis.axhline(0.0, color="0.4", lw=0.8)
        for number, name in enumerate(names[1:]):
            found = [tests.get((name, region, lead)) for lead in leads]
            known = [(lead + width * (number - 0.5 * (len(names) - 2)), test) for lead, test in zip(leads, found) if test]
            if known:
                places, values = zip(*known)
                mean = np.array([test.mean for test in values])
                reach = np.abs(np.array([[test.lower, test.upper] for test in values]).T - mean)
                colour = COLOURS.get(name, OTHER)
                axis.errorbar(places, mean, reach, fmt="-", lw=1.2, capsize=2, color=colour)
                axis.plot([], [], "o-", ms=3.5, lw=1.2, color=colour, label=name)
                for place, test in known:
                    axis.plot(place, test.mean, "o", ms=4, mec=colour, mfc=colour if test.significant else "white")
        axis.set_title(region, fontsize=9, fontweight="bold", loc="left")
        axis.set_xticks(list(leads))
        plain(axis)
    _labels(figure, axes, "lead [d]", f"change [{pretty_units(units)}]")
    figure.suptitle(f"{title}: below zero is better, filled where significant", fontsize=12, fontweight="bold")
    return figure


def rain_scores(thresholds, scores, changes, names, regions):
    """Return scores of rain and their changes against the threshold, a row for each and a column for each region.

    Parameters
    ----------
    thresholds : array (n_thresholds,)
        [mm d-1]
    scores : dict of str to dict of (str, str) to array (n_thresholds,)
        ``FB`` and ``ETS`` by experiment and region, means of the leads.
    changes : dict of str to dict of (str, str) to array (n_thresholds,)
        ``dFB`` and ``dETS`` likewise, without the baseline; empty for a single experiment.
    names, regions : sequence of str
        Experiments, the baseline first.
    """
    rows = {**scores, **changes}
    labels = {"FB": "frequency bias", "ETS": "equitable threat score", "dFB": "change of |FB - 1|\n(negative is better)",
              "dETS": "change of ETS\n(positive is better)"}
    figure = Figure(figsize=(2.4 * len(regions) + 0.6, 2.2 * len(rows) + 0.9), layout="constrained")
    axes = figure.subplots(len(rows), len(regions), sharex=True, sharey="row", squeeze=False)
    for row, (score, values) in zip(axes, rows.items()):
        for axis, region in zip(row, regions):
            drawn = [name for name in names if (name, region) in values]
            for number, name in enumerate(drawn):
                colour, places = COLOURS.get(name, OTHER), np.arange(len(thresholds))
                if score in changes:
                    width = 0.8 / len(drawn)
                    axis.bar(places + width * (number - 0.5 * (len(drawn) - 1)), values[name, region], width, color=colour,
                             label=name)
                else:
                    thicker = 2.0 if name == names[0] else 1.0  # to be seen where another experiment has the same scores
                    axis.plot(places, values[name, region], "o-", ms=3 * thicker, lw=1.2 * thicker, color=colour, label=name)
            if score != "ETS":
                axis.axhline(1.0 if score == "FB" else 0.0, color="0.4", lw=0.8)
            axis.set_xticks(range(len(thresholds)), [f"{threshold:g}" for threshold in thresholds], fontsize=7)
            plain(axis)
        row[0].set_ylabel(labels[score], fontsize=8)
        if score in changes and np.nanmax(np.abs(list(values.values())), initial=0.0) < NOTHING:
            row[0].set_ylim(-0.01, 0.01)
            for axis in row:
                axis.text(0.5, 0.56, "no change", fontsize=8, color="0.4", ha="center", transform=axis.transAxes)
    for axis, region in zip(axes[0], regions):
        axis.set_title(region, fontsize=9, fontweight="bold", loc="left")
    for axis in axes[-1]:
        axis.set_xlabel(f"threshold [{pretty_units('mm d-1')}]", fontsize=8)
    lines = axes[0, 0].get_legend_handles_labels()
    figure.legend(*lines, fontsize=8, frameon=False, ncols=len(names), loc="outside lower right")
    figure.suptitle("Daily precipitation against gauges, mean of the leads", fontsize=12, fontweight="bold")
    return figure


def _panels(n_regions):
    columns = min(3, n_regions)
    rows = -(-n_regions // columns)
    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, sharex=True)).ravel()
    for axis in axes[n_regions:]:
        axis.set_axis_off()
    return figure, axes[:n_regions]


def _labels(figure, axes, x_label, y_label):
    for axis in axes:
        axis.set_xlabel(x_label, fontsize=8)
        axis.set_ylabel(y_label, fontsize=8)
    lines = axes[0].get_legend_handles_labels()[0]
    if lines:
        axes[0].legend(fontsize=7, frameon=False)
