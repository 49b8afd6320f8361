"""The page of one tower: forcing, soil, fluxes and snow of a run against what was observed there.

Only panels that have something to show are drawn. Nothing here needs a display or a network.
"""

import matplotlib.dates
import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots import tower_panels as panel
from landda_hpc.plots.history import has
from landda_hpc.plots.tower_page import TowerPage

WIDTH, HEIGHT = 11.0, 1.95  # inches, of the page and of one panel


def plot_tower(dataset, observations=None, point=0, site_name="", title="", notes=()):
    """Return the figure of one point of a history dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
        Dimensions ``time``, ``point``, ``layer`` and perhaps ``member``; variables by their registry names with
        ``<name>_spread`` beside them; ``time_bnds`` and ``layer_thickness`` [m].
    observations : dict of str to ObservedSeries or None
    point : int
    site_name, title : str
        Heading: the tower, and what was run.
    notes : sequence of str
        Printed under the panels, such as an estimated longwave radiation.
    """
    page = TowerPage(dataset, observations or {}, point)
    panels = _panels(page)
    if not panels:
        raise ValueError("the dataset has none of the variables of a tower page")
    figure = Figure(figsize=(WIDTH, HEIGHT * len(panels) + 0.9), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(panels), 1, sharex=True))
    for draw, axis in zip(panels, axes):
        draw(page, axis)
        _finish(axis)
    _time_axis(axes[-1], page.bounds)
    figure.align_ylabels(axes)
    figure.suptitle(": ".join(text for text in (site_name, title) if text), fontsize=12, fontweight="bold")
    footer = page.footer(notes)
    if footer:
        figure.supxlabel(footer, fontsize=7, x=0.01, ha="left", color="0.35")
    return figure


def _panels(page):
    """Return the drawing functions of the panels that have something to show, top to bottom."""
    dataset = page.dataset
    panels = [draw for draw, wanted in (
        (panel.weather, has(dataset, "air_temperature")),
        (panel.radiation, has(dataset, "shortwave_down")),
        (panel.soil_moisture, has(dataset, "soil_moisture")),
        (panel.temperatures, has(dataset, "soil_temperature") or has(dataset, "skin_temperature"))) if wanted]
    panels += [panel.flux_panel(names) for names in panel.flux_groups(page)]
    panels += [panel.snow_panel(name) for name in panel.SNOW if page.snow_matters(name)]
    if has(dataset, "evaporation") and has(dataset, "precipitation"):
        panels.append(panel.water)
    return panels


def _time_axis(axis, bounds):
    """Label the time of the lowest panel; the others follow it."""
    axis.set_xlim(bounds[0, 0], bounds[-1, 1])
    locator = matplotlib.dates.AutoDateLocator(minticks=5, maxticks=12)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
    axis.set_xlabel("UTC", fontsize=8)


def _finish(axis):
    """Give every panel the same grid, ticks and legend."""
    axis.grid(True, color="0.9", lw=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=8)
    axis.yaxis.label.set_size(8)
    axis.spines["top"].set_visible(False)
    axis.legend(loc="upper left", bbox_to_anchor=(1.06, 1.02), fontsize=7, frameon=False, borderaxespad=0.0,
                handlelength=1.6)
