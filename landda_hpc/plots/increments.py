"""Where observations were assimilated and what the analyses changed, as maps."""

import numpy as np

from landda_hpc.plots.experiments import axes_of_grid
from landda_hpc.plots.maps import draw_map
from landda_hpc.plots.scales import pretty_units, scale_of

MOISTURE = "m3 m-3"


def increments_page(latitudes, longitudes, panels, land, title):
    """Return a page of maps of sums and means over analyses.

    Parameters
    ----------
    latitudes, longitudes : array (n_rows,), (n_columns,)
    panels : list of (str, str, array, str)
        Title, label, field ``(n_rows, n_columns)`` [m3 m-3] and note of each map.
    land : array of bool (n_rows, n_columns)
    title : str
    """
    figure, axes = axes_of_grid(latitudes, longitudes, len(panels))
    for axis, (name, label, field, note) in zip(axes, panels):
        scale = scale_of(field, MOISTURE, "difference", f"{label} [{pretty_units(MOISTURE)}]")
        draw_map(axis, latitudes, longitudes, field, scale, name, land, note)
    figure.suptitle(title, fontsize=12, fontweight="bold")
    return figure


def mean_on_grid(latitudes, longitudes, latitude, longitude, values):
    """Return the means of values at places on a grid ``(n_rows, n_columns)``, NaN where there are none.

    Places off the grid are left out; rows and columns are evenly spaced.
    """
    row, column = (np.rint((place - axis[0]) / (axis[1] - axis[0])).astype(np.int64) if len(axis) > 1
                   else np.zeros(len(place), np.int64) for axis, place in ((latitudes, latitude), (longitudes, longitude)))
    inside = (row >= 0) & (row < len(latitudes)) & (column >= 0) & (column < len(longitudes)) & np.isfinite(values)
    cell = row[inside] * len(longitudes) + column[inside]
    n_cells = len(latitudes) * len(longitudes)
    total, count = np.bincount(cell, values[inside], n_cells), np.bincount(cell, minlength=n_cells)
    return np.divide(total, count, out=np.full(n_cells, np.nan), where=count > 0).reshape(len(latitudes), len(longitudes))
