"""What land and atmosphere handed over in a run: the soil moisture that was inserted, and the forcing over time."""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots.experiments import axes_of_grid, dates, plain
from landda_hpc.plots.maps import draw_map
from landda_hpc.plots.scales import scale_of

#: Titles and units of the panels, by field.
PANELS = {"tair": ("air temperature", "K"), "qair": ("specific humidity", "g kg-1"), "swdown": ("shortwave", "W m-2"),
          "lwdown": ("longwave", "W m-2"), "rainf": ("precipitation", "mm day-1"),
          "inserted": ("soil water inserted", "kg m-2")}
FACTORS = {"qair": 1000.0, "rainf": 86400.0}
DRY_TO_WET = "BrBG"


def insertion_page(latitudes, longitudes, differences, title):
    """Return maps of the soil moisture inserted minus what was there, one for each layer.

    Parameters
    ----------
    latitudes, longitudes : ndarray (n_rows,), (n_columns,)
    differences : ndarray (n_layers, n_rows, n_columns)
        [m3 m-3], NaN where nothing was inserted.
    title : str
    """
    figure, axes = axes_of_grid(latitudes, longitudes, len(differences))
    scale = scale_of(differences, "m3 m-3", "difference", "inserted minus own soil moisture [m3 m-3]", colour_map=DRY_TO_WET)
    for layer, (axis, field) in enumerate(zip(np.ravel(axes), differences), 1):
        known = field[np.isfinite(field)]
        note = f"mean {known.mean():+.4f}, standard deviation {known.std():.4f}" if known.size else "nothing inserted"
        draw_map(axis, latitudes, longitudes, field, scale, f"layer {layer}", note=note)
    figure.suptitle(title, fontsize=12, fontweight="bold")
    return figure


def forcing_page(times, means, cycles, inserted, title):
    """Return series of the forcing, means over the land columns, and of the water inserted in each cycle.

    Parameters
    ----------
    times : ndarray of datetime64 (n_times,)
    means : dict of str to ndarray (n_times,)
        By field; NaN breaks the line.
    cycles : ndarray of datetime64 (n_cycles,)
        Of the hand-overs.
    inserted : ndarray (n_cycles,)
        [kg m-2]
    title : str
    """
    figure = Figure(figsize=(10.0, 9.0), layout="constrained")
    axes = figure.subplots(len(PANELS), 1, sharex=True)
    for axis, (name, (label, units)) in zip(axes, PANELS.items()):
        if name == "inserted":
            axis.axhline(0.0, color="0.7", lw=0.8)
            axis.vlines(cycles, 0.0, inserted, color="#2c7fb8", lw=1.5)
            axis.plot(cycles, inserted, "o", color="#2c7fb8", ms=3)
        else:
            axis.plot(times, FACTORS.get(name, 1.0) * means[name], color="#253494", lw=1.0)
        axis.set_ylabel(f"{label}\n[{units}]", fontsize=8)
        axis.tick_params(labelsize=8)
        plain(axis)
    dates(axes[-1])
    figure.suptitle(title, fontsize=12, fontweight="bold")
    return figure
