"""The page of a domain: its maps of land cover, soil, terrain, vegetation and deep temperature."""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.domain.dataset import FIELDS
from landda_hpc.noah.tables import LAND_COVER_SCHEMES, SOIL_TABLES, class_table
from landda_hpc.plots.maps import axis_shape, draw_map
from landda_hpc.plots.scales import class_scale, displayed, scale_of

COVER_COLOURS = ("#1b5e3b", "#0b7a4b", "#6a9e8f", "#6fbf73", "#3f8f5f", "#a08a4c", "#d9c28a", "#a9b85a", "#dcd487", "#c3e08f",
                 "#4aa6a6", "#e08e45", "#6e6e6e", "#edb878", "#bfe3f2", "#efe3c8", "#6ea8d8", "#8d7fae", "#b3a6cc", "#d6cfe3",
                 "#f4a6a6", "#c77c7c", "#9c5a5a", "#7fd0c8", "#58508d", "#bc5090", "#ff6361")
SOIL_COLOURS = ("#f6e8a6", "#ecd06f", "#dbb04b", "#b9c98f", "#8fb57e", "#c08a4e", "#d98f6c", "#7f9f86", "#a56a43", "#c9604a",
                "#8f7fb0", "#7a4a7d", "#3f3a34", "#6ea8d8", "#8c8c8c", "#bfe3f2", "#e6ddd0", "#5b3a3a", "#fffbe8")
MAP_WIDTH = 5.6  # inches
#: Field, heading, limits and colour map.
PLAIN = (("elevation", "Elevation of the land", None, "YlOrBr"),
         ("green_vegetation_fraction_max", "Largest green vegetation fraction of the year", (0.0, 1.0), "YlGn"),
         ("deep_soil_temperature", "Temperature below the soil", None, None),
         ("albedo", "Snow-free albedo, mean of the year", (0.05, 0.45), "cividis"))


def domain_page(domain, title=""):
    """Return the figure of a :class:`~landda_hpc.domain.dataset.Domain`."""
    grid = domain.grid
    land = domain.on_grid(np.ones(domain.n_total)) == 1.0
    height = min(MAP_WIDTH * axis_shape(grid.latitudes, grid.longitudes), MAP_WIDTH)
    figure = Figure(figsize=(2.0 * MAP_WIDTH, 3.0 * (height + 0.75) + 0.9), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.1)
    axes = iter(figure.subplots(3, 2).ravel())
    for name, heading, colours, table in (
            ("land_cover", "Land cover", COVER_COLOURS, LAND_COVER_SCHEMES[domain.land_cover_scheme]),
            ("soil_class", "Soil texture", SOIL_COLOURS, SOIL_TABLES["statsgo"])):
        names = [text.replace("(", " (").capitalize() for text in class_table(table).names]
        scale = class_scale(colours[:len(names)], names)
        values = domain.on_grid(domain.fields[name].astype(np.float64))
        draw_map(next(axes), grid.latitudes, grid.longitudes, values, scale, heading, land)
    for name, heading, limits, colour_map in PLAIN:
        values, units = displayed(_yearly(domain, name), FIELDS[name].units)
        scale = scale_of(values, FIELDS[name].units, "mean", f"[{units}]", limits, colour_map)
        draw_map(next(axes), grid.latitudes, grid.longitudes, values, scale, heading, land)
    figure.suptitle(title or "Domain", fontsize=12, fontweight="bold")
    figure.supxlabel(f"{domain.n_total} land points, {grid.describe()}", fontsize=7, x=0.01, ha="left", color="0.35")
    return figure


def _yearly(domain, name):
    """Return a map of the domain on its grid; of a monthly one the mean of the year."""
    values = domain.on_grid(domain.fields[name])
    return values.mean(axis=0) if values.ndim == 3 else values
