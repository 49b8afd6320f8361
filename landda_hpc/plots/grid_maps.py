"""Pages of maps of a run on a domain: mean and spread, and one run minus another.

Every function takes a :class:`~landda_hpc.plots.grid_history.GridHistory` and gives a Figure; nothing needs a
display or a network.
"""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots.grid_page import footer, heading
from landda_hpc.plots.maps import axis_shape, draw_map
from landda_hpc.plots.reductions import area_mean
from landda_hpc.plots.scales import displayed, scale_of

MAP_WIDTH = 5.6  # inches


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
    heading(figure, history, history.when(record))
    footer(figure, history, quantities if spread else ())
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
    title = " minus ".join(f"{run.name} ({run.members_text()})" for run in (history, other))
    figure.suptitle(f"{title}\n{history.when(record)}", fontsize=12, fontweight="bold")
    footer(figure, history, quantities)
    return figure


def _map_axes(history, n_panels):
    """Return a figure with as many axes for maps, two to a row, of the shape of the grid."""
    columns = min(n_panels, 2)
    rows = -(-n_panels // columns)
    height = min(MAP_WIDTH * axis_shape(history.latitudes, history.longitudes), MAP_WIDTH)
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
