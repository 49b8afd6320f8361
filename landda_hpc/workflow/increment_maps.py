"""Maps of what the analyses of a run saw and changed, from its files of cycles."""

import json
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.observations.codes import ACCEPTED
from landda_hpc.plots.increments import increments_page, mean_on_grid
from landda_hpc.workflow.cycle_file import FOLDER, cycle_file

DRAWN_LAYERS = (0, 1)


def draw_increments(folder, history, land, time=None):
    """Return the page of innovations and increments of a run, None where it has no analyses.

    Parameters
    ----------
    folder : Path
        Of the run.
    history : GridHistory
        Whose grid is drawn.
    land : array of bool (n_rows, n_columns)
    time : datetime64, optional
        End of a cycle; all cycles by default.
    """
    files = [cycle_file(Path(folder), time)] if time is not None else sorted((Path(folder) / FOLDER).glob("*.h5"))
    observed, analysed = [], []
    for path in filter(Path.exists, files):
        with h5py.File(path, "r") as file:
            names = json.loads(file.attrs["sensors"])
            used = file["code"][()] == ACCEPTED
            places = {int(cell): (latitude, longitude) for cell, latitude, longitude in zip(
                file["cell"][()], file["latitude"][()], file["longitude"][()])}
            observed.append([file[name][()][used] for name in ("sensor", "latitude", "longitude", "innovation")])
            where = np.array([places[int(cell)] for cell in file["point_cell"][()]]).reshape(-1, 2)
            analysed.append([where[:, 0], where[:, 1], *file["applied_increment"][()]])
    if not sum(len(part[0]) for part in analysed):
        return None
    sensor, *seen = (np.concatenate(column) for column in zip(*observed))
    latitude, longitude, *increments = (np.concatenate(column) for column in zip(*analysed))
    axes = history.latitudes, history.longitudes
    panels = [(f"{names[number]}, observed minus forecast", "innovation",
               mean_on_grid(*axes, *(column[sensor == number] for column in seen)),
               f"{(sensor == number).sum()} observations") for number in np.unique(sensor)]
    panels += [(f"layer {layer + 1}, analysis minus forecast", "increment",
                mean_on_grid(*axes, latitude, longitude, increments[layer]),
                f"{len(latitude)} analyses, mean size {np.abs(increments[layer]).mean():.2g}")
               for layer in DRAWN_LAYERS if layer < len(increments)]
    several = "s" if len(files) > 1 else ""
    when = f"cycle to {time} UTC" if time is not None else f"{len(files)} cycle{several} to {history.times[-1]} UTC"
    return increments_page(*axes, panels, land, f"{history.name}: {when}, means of the cells")
