"""Pages of means over places of a run on a domain: by latitude, and of regions over time.

Every function takes a :class:`~landda_hpc.plots.grid_history.GridHistory` and what
:func:`~landda_hpc.plots.reductions.reduce_history` made of it, and gives a Figure.
"""

import matplotlib.dates
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from landda_hpc.domain.regions import TITLES
from landda_hpc.plots.grid_page import footer, heading
from landda_hpc.plots.maps import degrees
from landda_hpc.plots.scales import displayed, scale_of

FEW_RECORDS = 4  # up to which a diagram of latitude and time shows nothing
COLOURS = ("#1b1b1b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")  # Okabe and Ito (2008)
BAND = "Shaded: mean -+ spread of the cells (root of their mean variance)."


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
    heading(figure, history, f"zonal means over land, profiles: {when}")
    footer(figure, history, quantities if spread else ())
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
    _plain(axis)


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
    if len(history.latitudes) > 1:
        axis.set_ylim(history.latitudes.min(), history.latitudes.max())
    axis.yaxis.set_major_formatter(lambda value, _: degrees(value, "N", "S"))
    if np.ptp(history.latitudes) > 100.0:
        axis.yaxis.set_major_locator(MultipleLocator(30.0))


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
        times = middle if quantity.averaged else history.times
        for axis, kind, values in zip(row, ("mean", "spread"), (series.regional, series.regional_spread)):
            if values is None:
                axis.set_axis_off()
                continue
            band = series.regional_spread if kind == "mean" and len(drawn) == 1 else None
            _series(axis, times, values[:, drawn], None if band is None else band[:, drawn[0]], quantity, kind)
            _time_axis(axis, history)
    labels = [f"{TITLES.get(regions[number].name, 'Region')} ({regions[number].describe()})" for number in drawn]
    below.legend(axes[0, 0].lines[:len(drawn)], labels, loc="center", ncols=3, fontsize=8, frameon=False)
    heading(figure, history, f"area means over land, {_span(history)}")
    footer(figure, history, quantities if spread else (), BAND if spread and len(drawn) == 1 else "")
    return figure


def _series(axis, times, values, band, quantity, kind):
    """Draw the series of the regions ``(n_times, n_regions)`` of one quantity, the first thicker, and a band around it."""
    shown, units = displayed(values, quantity.units, kind)
    for number, line in enumerate(shown.T):
        axis.plot(times, line, color=COLOURS[number % len(COLOURS)], lw=2.0 if number == 0 else 1.2,
                  marker="o" if len(times) < 3 else None, ms=3.0)
    if band is not None:
        width = displayed(band, quantity.units, "spread")[0]
        axis.fill_between(times, shown[:, 0] - width, shown[:, 0] + width, color=COLOURS[0], alpha=0.15, lw=0.0)
    axis.set_ylabel(f"{kind} [{units}]", fontsize=8)
    axis.set_title(quantity.title if kind == "mean" else "ensemble spread", loc="left", fontsize=9,
                   fontweight="bold" if kind == "mean" else "normal")
    if kind == "spread":
        axis.set_ylim(bottom=0.0)
    _plain(axis)


def _plain(axis):
    """Give an axis of lines a light grid, small labels and no box."""
    axis.grid(True, color="0.9", lw=0.6)
    axis.tick_params(labelsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _time_axis(axis, history):
    locator = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=7)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
    axis.xaxis.get_offset_text().set_size(8)
    axis.set_xlim(history.bounds[0, 0], history.bounds[-1, 1])


def _span(history):
    return " to ".join(str(time)[:16].replace("T", " ") for time in (history.bounds[0, 0], history.times[-1])) + " UTC"
