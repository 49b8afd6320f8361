"""Figures of experiments compared: maps of errors and of their change, triple collocation beside the truth, land cover, series.

Maps come as an xarray Dataset ``[experiment, quantity, latitude, longitude]``; every function gives a Figure. A change is the
experiment minus the baseline: blue is better.
"""

import matplotlib.dates
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from landda_hpc.plots.maps import axis_shape, draw_map
from landda_hpc.plots.reductions import area_mean
from landda_hpc.plots.scales import pretty_units, scale_of

COLOURS = {"CTL": "#4d4d4d", "SG_AT": "#0072b2", "SG_SP": "#d55e00", "MT_ATSP": "#009e73"}
OTHER = "#cc79a7"
MAP_WIDTH = 5.2  # inches
MOISTURE = pretty_units("m3 m-3")
BETTER = "RdBu_r"
TITLES = {"rmse": "RMSE", "ubrmse": "ubRMSE", "surface": "surface layer", "second_layer": "second layer",
          "root_zone": "root zone, 0-1 m"}
MANY = 200  # cells that are drawn small
FEWEST = 5  # cells of a class that a box is drawn for


def map_axes(dataset, n_panels, columns=2):
    """Return a figure of maps of a dataset and its axes ``(n_panels,)``, so many to a row."""
    return axes_of_grid(dataset["latitude"].values, dataset["longitude"].values, n_panels, columns)


def axes_of_grid(latitudes, longitudes, n_panels, columns=2):
    """Return a figure of maps of a grid and its axes ``(n_panels,)``, so many to a row."""
    columns = min(columns, n_panels)
    rows = -(-n_panels // columns)
    height = min(MAP_WIDTH * axis_shape(latitudes, longitudes), 0.9 * MAP_WIDTH)
    figure = Figure(figsize=(MAP_WIDTH * columns, (height + 0.75) * rows + 0.5), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes[n_panels:]:
        axis.set_axis_off()
    return figure, axes[:n_panels]


def field_map(axis, dataset, values, scale, title, note=""):
    """Draw one map of a dataset."""
    draw_map(axis, dataset["latitude"].values, dataset["longitude"].values, values, scale, title, land_of(dataset), note)


def land_of(dataset):
    """Return the land cells of a dataset of maps."""
    return np.isfinite(dataset["land_cover"].values)


def mean_over(dataset, values):
    """Return the area-weighted mean of a map."""
    area = np.cos(np.radians(dataset["latitude"].values))[:, None]
    return area_mean(values, np.broadcast_to(area, values.shape))


def change_page(dataset, quantity, metric="rmse"):
    """Return maps of a score of the baseline and of its change in every experiment."""
    names = list(dataset["experiment"].values)
    fields = dataset[metric].sel(quantity=quantity)
    baseline = fields.sel(experiment=names[0]).values
    changes = {name: fields.sel(experiment=name).values - baseline for name in names[1:]}
    figure, axes = map_axes(dataset, len(names))
    label = f"{TITLES[metric]} [{MOISTURE}]"
    field_map(axes[0], dataset, baseline, scale_of(baseline, "m3 m-3", "spread", label), names[0],
              f"mean {mean_over(dataset, baseline):.4f}")
    if changes:
        scale = scale_of(np.stack(list(changes.values())), "m3 m-3", "difference", f"change of {label}", colour_map=BETTER)
        for axis, (name, change) in zip(axes[1:], changes.items()):
            field_map(axis, dataset, change, scale, f"{name} minus {names[0]}", _better(dataset, change, baseline))
    figure.suptitle(f"{TITLES[metric]} against the truth, {TITLES[quantity]}: blue is better", fontsize=12, fontweight="bold")
    return figure


def _better(dataset, change, baseline):
    known = np.isfinite(change)
    if not known.any():
        return "no cells"
    relative = 100.0 * mean_over(dataset, change) / mean_over(dataset, np.where(known, baseline, np.nan))
    return f"{relative:+.1f} %, better in {100.0 * (change[known] < 0.0).mean():.0f} % of cells"


def fmse_page(dataset):
    """Return maps of the fMSE of the baseline by triple collocation, of its change and of the true change, by experiment."""
    names, known = list(dataset["triplet"].values), "true_fmse" in dataset
    columns = 3 if known else 2
    figure, axes = map_axes(dataset, columns * len(names), columns)
    fraction = scale_of(np.array([0.0, 1.0]), "1", "mean", "fMSE", (0.0, 1.0))
    for row, name in zip(axes.reshape(-1, columns), names):
        one = dataset.sel(triplet=name)
        valid = one["tca_valid"].values == 1.0
        control, changes = np.where(valid, one["tca_fmse"].sel(member="CTL").values, np.nan), {}
        changes["triple collocation"] = one["tca_fmse_change"].values, control
        if known:
            changes["truth"] = (np.where(valid, one["true_fmse_change"].values, np.nan),
                                np.where(valid, one["true_fmse"].sel(member="CTL").values, np.nan))
        change = scale_of(np.stack([values for values, _ in changes.values()]), "1", "difference", "change of fMSE",
                          colour_map=BETTER)
        field_map(row[0], dataset, control, fraction, "CTL, triple collocation", f"{int(valid.sum())} valid cells")
        for axis, (kind, (values, baseline)) in zip(row[1:], changes.items()):
            field_map(axis, dataset, values, change, f"{name} minus CTL, {kind}", _better(dataset, values, baseline))
    figure.suptitle("Share of noise in the variance of surface soil moisture (fMSE): blue is better", fontsize=12,
                    fontweight="bold")
    return figure


def error_page(dataset, checks):
    """Return the estimated over the true fMSE of cells, by triplet and data set.

    ``checks`` holds, by triplet, the ratio of estimated to true error variance by data set.
    """
    names = list(dataset["triplet"].values)
    members = list(dataset["member"].values)
    figure = Figure(figsize=(2.6 * len(members), 2.75 * len(names) + 0.5), layout="constrained")
    axes = np.atleast_2d(figure.subplots(len(names), len(members), sharex=True, sharey=True))
    for row, name in zip(axes, names):
        one = dataset.sel(triplet=name)
        valid = one["tca_valid"].values == 1.0
        for axis, member, (label, ratio) in zip(row, members, checks[name].items()):
            true, estimated = (one[key].sel(member=member).values[valid] for key in ("true_fmse", "tca_fmse"))
            axis.plot([0, 1], [0, 1], color="0.6", lw=0.8, zorder=1)
            few = len(true) < MANY
            axis.plot(true, estimated, ".", ms=7 if few else 3, alpha=0.7 if few else 0.4, mew=0,
                      color=COLOURS.get(name, OTHER), rasterized=True)
            axis.set_title(name if label == "experiment" else label, fontsize=9, fontweight="bold", loc="left")
            axis.text(0.97, 0.04, f"error variance {ratio:.2f} of the true", transform=axis.transAxes, ha="right", fontsize=7.5)
            axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
            plain(axis)
        row[0].set_ylabel(f"triplet of {name}\nestimated fMSE", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("true fMSE", fontsize=8)
    figure.suptitle("Triple collocation against the truth, cell by cell", fontsize=12, fontweight="bold")
    return figure


def land_cover_page(panels, names):
    """Return box plots of changes by land cover, a panel each; a star marks a significant class.

    Parameters
    ----------
    panels : list of (title, label, dict of str to (change, land_cover, significant))
        By experiment the changes of cells, their classes, and the set of classes that are significant.
    names : dict of int to str
        Of the classes.
    """
    shown = [sorted(_classes(panel)) for _, _, panel in panels]
    figure = Figure(figsize=(11.0, 3.4 * len(panels) + 0.9), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(panels), 1, squeeze=True))
    for axis, classes, (title, label, panel) in zip(axes, shown, panels):
        _boxes(axis, classes, panel)
        axis.set_xticks(range(len(classes)), [f"{names.get(one, one)}" for one in classes], rotation=28, ha="right",
                        fontsize=7.5)
        axis.set_title(title, loc="left", fontsize=10, fontweight="bold")
        axis.set_ylabel(label, fontsize=8)
        plain(axis)
        handles = [Patch(facecolor=COLOURS.get(name, OTHER), alpha=0.55, label=name) for name in panel]
        axis.legend(handles=handles, fontsize=8, frameon=False, ncols=len(panel), loc="lower right", bbox_to_anchor=(1.0, 1.0))
    figure.supxlabel("Boxes: quartiles and median; whiskers: 5 and 95 % of the cells. Star: p < 0.05, signed-rank test on one "
                     "cell in each block of 2 degrees.", fontsize=7, color="0.35", x=0.01, ha="left")
    return figure


def _classes(panel):
    """Return the classes of a panel that have enough cells."""
    found = set()
    for change, land_cover, _ in panel.values():
        classes, counts = np.unique(land_cover[np.isfinite(change)], return_counts=True)
        found |= set(classes[counts >= FEWEST].tolist())
    return found


def _boxes(axis, classes, panel):
    width = 0.8 / max(len(panel), 1)
    axis.axhline(0.0, color="0.5", lw=0.8)
    for number, (name, (change, land_cover, significant)) in enumerate(panel.items()):
        colour = COLOURS.get(name, OTHER)
        for place, one in enumerate(classes):
            values = change[(land_cover == one) & np.isfinite(change)]
            if not len(values):
                continue
            x = place + (number - 0.5 * (len(panel) - 1)) * width
            box = axis.boxplot([values], positions=[x], widths=0.8 * width, whis=(5, 95), showfliers=False, patch_artist=True,
                               manage_ticks=False)
            box["boxes"][0].set(facecolor=colour, alpha=0.55, edgecolor=colour)
            for part in (*box["whiskers"], *box["caps"]):
                part.set(color=colour, lw=0.8)
            box["medians"][0].set(color="black", lw=1.0)
            if one in significant:
                axis.annotate("*", (x, np.percentile(values, 95)), textcoords="offset points", xytext=(0, -1), ha="center",
                              va="bottom", fontsize=11, color=colour, fontweight="bold")
    axis.set_xlim(-0.6, max(len(classes), 1) - 0.4)
    axis.margins(y=0.12)


def series_page(panels):
    """Return daily series of RMSE (full) and spread (dashed) by experiment.

    ``panels`` is a list of title and, by experiment, days, RMSE and spread.
    """
    figure = Figure(figsize=(11.0, 2.9 * len(panels) + 0.7), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(panels), 1, sharex=True))
    for axis, (title, series) in zip(axes, panels):
        for name, (days, rmse, spread) in series.items():
            axis.plot(days, rmse, color=COLOURS.get(name, OTHER), lw=1.5, label=name)
            axis.plot(days, spread, color=COLOURS.get(name, OTHER), lw=1.0, ls="--")
        axis.set_title(title, loc="left", fontsize=10, fontweight="bold")
        axis.set_ylabel(f"[{MOISTURE}]", fontsize=8)
        axis.set_ylim(bottom=0.0)
        plain(axis)
        dates(axis)
    axes[0].legend(fontsize=8, frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    figure.suptitle("RMSE against the truth (full) and ensemble spread (dashed), area mean", fontsize=12, fontweight="bold")
    return figure


def dates(axis, most=9):
    """Give an axis short dates, not more than ``most``."""
    locator = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=most)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))


def plain(axis):
    """Give an axis a light grid and small ticks."""
    axis.grid(True, color="0.92", lw=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7.5, width=0.5, length=2.5)
    axis.spines[["top", "right"]].set_visible(False)
