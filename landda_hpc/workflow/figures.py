"""Figures and scores of a finished run, from its history and the observations of its records."""

from pathlib import Path

import numpy as np
import xarray

from landda_hpc.config import load_config
from landda_hpc.errors import InputError
from landda_hpc.plots.history import has, interval_bounds, values_of
from landda_hpc.plots.pairs import layer_of_depth, pair_series
from landda_hpc.plots.tower import plot_tower
from landda_hpc.verification.metrics import score_table, scores
from landda_hpc.workflow.tower_places import build_points

DOTS_PER_INCH = 120


def open_run(run):
    """Return the history dataset of a run and its folder; ``run`` is the folder or the history file."""
    run = Path(run)
    history = run / "history.nc" if run.is_dir() else run
    if not history.exists():
        raise InputError(f"{history} does not exist. Give the folder of a run or its history file.")
    try:
        return xarray.load_dataset(history, engine="h5netcdf"), history.parent
    except (OSError, ValueError) as error:
        raise InputError(f"{history} cannot be read as a history file: {error}.") from error


def _points(folder):
    """Return the points of the run's configuration, none where the folder has no configuration."""
    saved = folder / "configuration.yaml"
    return build_points(load_config(saved), folder) if saved.exists() else []


def draw_run(run, point=None, output=None):
    """Draw one point or all of them and return the paths of the figures."""
    dataset, folder = open_run(run)
    points = _points(folder)
    n_points = dataset.sizes["point"]
    if point is not None and not 0 <= point < n_points:
        raise InputError(f"{run} has the points 0 to {n_points - 1}, not {point}.")
    paths = []
    for number in range(n_points) if point is None else [point]:
        name = points[number].name if points else f"point {number}"
        record = points[number].record if points else None
        notes = [note for note in record.notes if "estimated" in note] if record else []
        figure = plot_tower(dataset, record.observations if record else None, number, name, _title(dataset), notes)
        path = Path(output) if output and point is not None else folder / f"{_slug(name)}.png"
        figure.savefig(path, dpi=DOTS_PER_INCH)
        paths.append(path)
    return paths


def _title(dataset):
    members = "an ensemble" if any(name.endswith("_spread") for name in dataset.data_vars) else "one member"
    return f"Noah 3.3, {members}"


def _slug(name):
    return "".join(letter if letter.isalnum() else "_" for letter in name).strip("_").lower()


def run_scores(run):
    """Return ``{point: {observed quantity: (Scores, units)}}`` of a run."""
    dataset, folder = open_run(run)
    bounds = interval_bounds(dataset)
    table = {}
    for number, point in enumerate(_points(folder)):
        rows = {}
        for key, series in point.record.observations.items():
            if not has(dataset, series.quantity):
                continue
            layer = (layer_of_depth(dataset["layer_thickness"].values, series.depth)
                     if "layer" in dataset[series.quantity].dims else None)
            model, observed = pair_series(bounds, values_of(dataset, series.quantity, number, layer), series)[-2:]
            if np.isfinite(model).any():
                rows[key] = (scores(model, observed), series.units)
        table[point.name] = rows
    return table


def score_text(run):
    """Return the scores of a run as text."""
    tables = [f"{name}\n{score_table(rows)}" for name, rows in run_scores(run).items() if rows]
    return "\n\n".join(tables) if tables else "nothing was observed at the points of this run"
