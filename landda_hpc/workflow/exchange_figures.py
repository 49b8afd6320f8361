"""Figures of what was handed over in a coupled run, from the files of its exchange."""

from pathlib import Path

import h5netcdf
import numpy as np

from landda_hpc.coupling.column_files import times_of
from landda_hpc.coupling.column_places import read_columns
from landda_hpc.coupling.exchange_files import AFTER, BEFORE, FOLDER
from landda_hpc.coupling.remap import Remap
from landda_hpc.domain.grid import Grid
from landda_hpc.plots.exchange import PANELS, forcing_page, insertion_page

DOTS_PER_INCH = 130
WATER = 1000.0  # kg m-3


def has_exchange(folder):
    """Return whether a run folder has files of an exchange."""
    return any((Path(folder) / FOLDER).glob("forcing_*.nc"))


def draw_exchange(run_folder, folder, layer_thickness, say=lambda path: None):
    """Draw the hand-overs of a run into a folder and return the paths of the figures.

    Parameters
    ----------
    run_folder, folder : Path
    layer_thickness : ndarray (n_layers,)
        [m]
    say : callable
        Called with the path of each figure.
    """
    files = sorted((Path(run_folder) / FOLDER).glob("forcing_*.nc"))
    columns = read_columns(files[-1])
    times, means, cycles, inserted, last = [], {name: [] for name in PANELS if name != "inserted"}, [], [], None
    weight = np.where(columns.land, columns.area, 0.0)
    weight = weight / weight.sum()
    for path in files:
        window = times_of(path)
        times.append(window[1:])
        with h5netcdf.File(path, "r") as file:
            for name, values in means.items():
                values.append(file[name][1:] @ weight)
            if AFTER in file.variables:
                difference = file[AFTER][...] - file[BEFORE][...]
                cycles.append(window[0])
                inserted.append(float(np.nansum(WATER * np.asarray(layer_thickness) @ np.nan_to_num(difference) * weight)))
                last = difference
    title, figures = Path(run_folder).name, {}
    if last is not None:
        differences = np.where(columns.land, last, np.nan)
        figures["exchange_inserted"] = insertion_page(*_on_map(columns, differences),
                                                      f"{title}: soil moisture handed over for the cycle of {cycles[-1]} UTC")
    figures["exchange_forcing"] = forcing_page(np.concatenate(times), {name: np.concatenate(values) for name, values in
                                                                       means.items()}, np.array(cycles, "datetime64[s]"),
                                               np.array(inserted), f"{title}: forcing of the land, mean over land columns")
    paths = []
    for name, figure in figures.items():
        paths.append(Path(folder) / f"{name}.png")
        figure.savefig(paths[-1], dpi=DOTS_PER_INCH)
        say(paths[-1])
    return paths


def _on_map(columns, values):
    """Return latitudes, longitudes and values ``(n_layers, n_rows, n_columns)`` for a map; without a grid it is the nearest."""
    if isinstance(columns.grid, Grid):
        grid, cell = columns.grid.around(columns.place)
        full = np.full((len(values), grid.n_rows * grid.n_columns), np.nan)
        full[:, cell] = values
    else:
        source = columns
        if columns.grid is not None:  # places of the sphere without a column, such as the sea, stay empty
            source, given = columns.grid, values
            values = np.full((len(given), source.n_columns), np.nan)
            values[:, columns.place] = given
        spacing = 2.0 ** np.round(np.log2(np.sqrt(np.median(columns.area)) * 180.0 / np.pi))
        grid = Grid.covering(180.0 / np.ceil(180.0 / spacing), -90.0, 90.0)
        full = Remap.nearest(source, grid).apply(values)
    return grid.latitudes, grid.longitudes, full.reshape(len(values), *grid.shape)
