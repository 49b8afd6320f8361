"""Pages of a run on a domain: maps of mean and spread, zonal means, series of regions, differences between two runs.

Every function takes :class:`~landda_hpc.plots.grid_history.GridHistory` and gives a Figure; nothing needs a display or network.
"""

import matplotlib.dates
import numpy as np
from matplotlib.figure import Figure

from landda_hpc.domain.regions import TITLES
from landda_hpc.plots.maps import axis_shape, draw_map
from landda_hpc.plots.reductions import area_mean, reduce_history
from landda_hpc.plots.scales import displayed, scale_of

MAP_WIDTH = 5.6  # inches
FEW_RECORDS = 4  # up to which a diagram of latitude and time shows nothing
COLOURS = ("#1b1b1b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")  # Okabe and Ito (2008)
BOUND = "Spread of the root zone: mean of the spreads of its layers, the upper bound of the true one."


def maps_page(history, quantities, record, land=None, spread=True):
    """Return a page with a row of maps for each quantity, mean and spread, of a record or of all with None.

    Without `spread`, or where there is a single member, means only, two to a row.
    """
    spread = spread and any(history.has_spread(quantity) for quantity in quantities)
    panels = []
    for quantity in quantities:
        mean, deviation = history.field(quantity, record)
        panels.append((quantity, "mean", mean))
        if spread:
            panels.append((quantity, "spread", deviation))
    figure, axes = _map_axes(history, len(panels))
    for axis, (quantity, kind, values) in zip(axes, panels):
        if values is None:
            axis.set_axis_off()
            continue
        name = "ensemble mean" if history.n_members != 1 else ""
        name = "ensemble spread" if kind == "spread" else name
        _field_map(axis, history, quantity, kind, values, name, land)
    _heading(figure, history, history.when(record))
    _footer(figure, history, quantities if spread else ())
    return figure


def difference_page(history, other, quantities, record, other_record, land=None):
    """Return a page of maps of one run minus another: means, and spreads where both have one."""
    panels = []
    for quantity in quantities:
        ours, theirs = history.field(quantity, record), other.field(quantity, other_record)
        panels.append((quantity, "ensemble mean" if history.n_members != 1 else "", ours[0] - theirs[0]))
        if ours[1] is not None and theirs[1] is not None:
            panels.append((quantity, "ensemble spread", ours[1] - theirs[1]))
    figure, axes = _map_axes(history, len(panels))
    for axis, (quantity, name, values) in zip(axes, panels):
        _field_map(axis, history, quantity, "difference", values, name, land)
    figure.suptitle(f"{history.name} minus {other.name}\n{history.when(record)}", fontsize=12, fontweight="bold")
    _footer(figure, history, quantities)
    return figure


def _map_axes(history, n_panels):
    """Return a figure with as many axes for maps, two to a row, of the shape of the grid."""
    columns = min(n_panels, 2)
    rows = -(-n_panels // columns)
    height = min(MAP_WIDTH * axis_shape(history.latitudes, history.longitudes), 1.5 * MAP_WIDTH)
    figure = Figure(figsize=(MAP_WIDTH * columns, (height + 0.75) * rows + 0.85), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes[n_panels:]:
        axis.set_axis_off()
    return figure, axes[:n_panels]


def _field_map(axis, history, quantity, kind, values, name, land):
    """Draw one panel of a page of maps with its area mean, of a difference also the root mean square."""
    values, units = displayed(values, quantity.units, kind)
    scale = scale_of(values, quantity.units, kind, f"{'difference ' if kind == 'difference' else ''}[{units}]")
    note = ""
    if np.isfinite(values).any():
        mean, square = area_mean(values, history.cell_area), np.sqrt(area_mean(values**2, history.cell_area))
        note = {"mean": f"area mean {mean:.3g}", "spread": f"area rms {square:.3g}",
                "difference": f"area mean {mean:.3g}, rms {square:.3g}"}[kind]
    title = quantity.title + (f"\n{name}" if name else "")
    draw_map(axis, history.latitudes, history.longitudes, values, scale, title, land, note)


def zonal_page(history, quantities, reduced, record):
    """Return a page with a row for each quantity: profiles of mean and spread, and latitude against time.

    Parameters
    ----------
    history : GridHistory
    quantities : sequence of Quantity
    reduced : sequence of Reduced
        Of each quantity.
    record : int or None
        Whose profile is drawn; of the whole history with None.
    """
    diagram = len(history.times) > FEW_RECORDS
    spread = any(series.zonal_spread is not None for series in reduced)
    widths = [1.0] + [1.0] * spread + [2.2] * diagram + [2.2] * (diagram and spread)
    figure = Figure(figsize=(2.1 + 2.0 * sum(widths), 3.0 * len(quantities) + 0.9), layout="constrained")
    axes = figure.subplots(len(quantities), len(widths), squeeze=False, sharey=True, width_ratios=widths)
    for row, quantity, series in zip(axes, quantities, reduced):
        panels = iter(row)
        kinds = [("mean", series.zonal)] + ([("spread", series.zonal_spread)] if spread else [])
        for kind, values in kinds:
            _profile(next(panels), history, quantity, kind, values, record)
        for kind, values in kinds if diagram else ():
            _latitude_time(next(panels), history, quantity, kind, values)
        row[0].set_ylabel("latitude", fontsize=8)
        row[0].set_title(quantity.title, loc="left", fontsize=9, fontweight="bold")
    _latitude_axis(axes[0, 0], history)
    when = history.when(record)
    _heading(figure, history, f"zonal means over land, profiles: {when}")
    _footer(figure, history, quantities if spread else ())
    return figure


def _profile(axis, history, quantity, kind, values, record):
    if values is None:
        axis.set_axis_off()
        return
    if record is not None:
        profile = values[record]
    else:
        profile = values.mean(axis=0) if kind == "mean" else np.sqrt((values**2).mean(axis=0))
    shown, units = displayed(profile, quantity.units, kind)
    axis.plot(shown, history.latitudes, color=COLOURS[1 if kind == "mean" else 2], lw=1.3,
              marker="o" if len(shown) < 3 else None)
    axis.set_xlabel(f"{kind} [{units}]", fontsize=8)
    if kind == "spread":
        axis.set_xlim(left=0.0)
    axis.locator_params(axis="x", nbins=4)
    axis.grid(True, color="0.9", lw=0.6)
    axis.tick_params(labelsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _latitude_time(axis, history, quantity, kind, values):
    if values is None:
        axis.set_axis_off()
        return
    shown, units = displayed(values, quantity.units, kind)
    scale = scale_of(shown, quantity.units, kind, f"{kind} [{units}]", _zonal_limits(shown, quantity, kind))
    axis.set_facecolor("0.94")
    edges = np.concatenate([history.bounds[:1, 0], history.times])
    half = 0.5 * (history.latitudes[1] - history.latitudes[0]) if len(history.latitudes) > 1 else 0.5
    rows = np.append(history.latitudes - half, history.latitudes[-1] + half)
    image = axis.pcolormesh(matplotlib.dates.date2num(edges), rows, np.ma.masked_invalid(shown.T), cmap=scale.colours,
                            norm=scale.norm, rasterized=True)
    bar = axis.figure.colorbar(image, ax=axis, pad=0.02, aspect=25, extend=scale.extend)
    bar.set_label(scale.label, fontsize=8)
    bar.ax.tick_params(labelsize=7.5)
    axis.tick_params(labelsize=8)
    _time_axis(axis, history)


def _zonal_limits(values, quantity, kind):
    """Return limits of a diagram of soil moisture, whose range over rows is narrower than over cells; None for others."""
    if quantity.units != "m3 m-3" or not np.isfinite(values).any():
        return None
    low, high = np.nanpercentile(values, (1.0, 99.0))
    return (0.0 if kind == "spread" else low, high) if high > low else None


def _latitude_axis(axis, history):
    axis.set_ylim(history.latitudes.min(), history.latitudes.max()) if len(history.latitudes) > 1 else None
    axis.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}$\\degree${'N' if value > 0 else 'S' if value < 0 else ''}")
    if np.ptp(history.latitudes) > 100.0:
        axis.set_yticks(np.arange(-90, 91, 30)[(np.arange(-90, 91, 30) >= history.latitudes.min() - 15.0)
                                               & (np.arange(-90, 91, 30) <= history.latitudes.max())])


def regions_page(history, quantities, reduced, regions):
    """Return a page with a row for each quantity: area means of regions over time, left the mean, right the spread.

    Bands around the means are drawn for a single region only; those of several would hide each other.
    """
    spread = any(series.regional_spread is not None for series in reduced)
    n_rows = len(quantities)
    figure = Figure(figsize=(11.5, 2.7 * n_rows + 1.5), layout="constrained")
    parts = figure.add_gridspec(n_rows + 1, 1 + spread, height_ratios=[2.7] * n_rows + [0.45])
    axes = np.array([[figure.add_subplot(parts[row, column]) for column in range(1 + spread)] for row in range(n_rows)])
    below = figure.add_subplot(parts[-1, :])
    below.set_axis_off()
    middle = history.bounds[:, 0] + (history.bounds[:, 1] - history.bounds[:, 0]) // 2
    drawn = [number for number in range(len(regions))
             if any(np.isfinite(series.regional[:, number]).any() for series in reduced)]
    for row, quantity, series in zip(axes, quantities, reduced):
        times = middle if "mean" in quantity.title.rsplit(",", 1)[-1] else history.times
        for axis, kind, values in zip(row, ("mean", "spread"), (series.regional, series.regional_spread)):
            if values is None:
                axis.set_axis_off()
                continue
            for number in drawn:
                shown, units = displayed(values[:, number], quantity.units, kind)
                axis.plot(times, shown, color=COLOURS[number % len(COLOURS)], lw=2.0 if number == 0 else 1.2,
                          marker="o" if len(times) < 3 else None, ms=3.0)
                if kind == "mean" and series.regional_spread is not None and len(drawn) == 1:
                    width = displayed(series.regional_spread[:, number], quantity.units, "spread")[0]
                    axis.fill_between(times, shown - width, shown + width, color=COLOURS[number], alpha=0.15, lw=0.0)
            axis.set_ylabel(f"{kind} [{units}]", fontsize=8)
            axis.set_title(quantity.title if kind == "mean" else "ensemble spread", loc="left", fontsize=9,
                           fontweight="bold" if kind == "mean" else "normal")
            axis.grid(True, color="0.9", lw=0.6)
            axis.tick_params(labelsize=8)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
            if kind == "spread":
                axis.set_ylim(bottom=0.0)
            _time_axis(axis, history)
    labels = [f"{TITLES.get(regions[number].name, 'Region')} ({regions[number].describe()})" for number in drawn]
    below.legend(axes[0, 0].lines[:len(drawn)], labels, loc="center", ncols=3, fontsize=8, frameon=False)
    note = "area means over land"
    if spread and len(drawn) == 1:
        note += ", shaded: mean spread of the cells"
    _heading(figure, history, f"{note}, {_span(history)}")
    _footer(figure, history, quantities if spread else ())
    return figure


def _time_axis(axis, history):
    locator = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=7)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
    axis.xaxis.get_offset_text().set_size(8)
    axis.set_xlim(history.bounds[0, 0], history.bounds[-1, 1])


def _span(history):
    return " to ".join(str(time)[:16].replace("T", " ") for time in (history.bounds[0, 0], history.times[-1])) + " UTC"


def _heading(figure, history, text):
    figure.suptitle(f"{history.name}, {history.members_text()}: {text}", fontsize=12, fontweight="bold")


def _footer(figure, history, quantities):
    """Write ensemble, version and grid under a page, and what its spread of the root zone is."""
    size = abs(history.longitudes[1] - history.longitudes[0]) if len(history.longitudes) > 1 else 0.0
    lines = [f"Noah 3.3, {size:g}$\\degree$ grid, landda_hpc {history.version}".rstrip()]
    if any(history.spread_is_bound(quantity) for quantity in quantities):
        lines.append(BOUND)
    figure.supxlabel("   ".join(lines), fontsize=7, x=0.01, ha="left", color="0.35")
