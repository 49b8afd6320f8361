"""Figures and scores of a finished run, from its history and the observations of its records."""

from pathlib import Path

import numpy as np
import xarray

from landda_hpc.config import load_config
from landda_hpc.domain.dataset import SHIPPED, domain_path, read_domain
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.plots.domain_page import domain_page
from landda_hpc.plots.history import has, interval_bounds, values_of
from landda_hpc.plots.pairs import layer_of_depth, pair_series
from landda_hpc.plots.tower import plot_tower
from landda_hpc.verification.metrics import score_table, scores
from landda_hpc.workflow import grid_figures
from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY
from landda_hpc.workflow.tower_places import build_points

DOTS_PER_INCH = 120
GRID_OPTIONS = {"variables": "--variable", "time": "--time", "mean": "--mean", "regions": "--region", "pages": "--page"}


def draw(run, say, point=None, output=None, against=None, with_scores=False, **choice):
    """Draw a run folder, a history file or a domain and call ``say`` with the path of each figure.

    ``choice`` holds the fields of :class:`~landda_hpc.workflow.grid_figures.Choice`; what it and the other options mean
    depends on what is drawn, and one that means nothing is an error.
    """
    chosen = [GRID_OPTIONS[name] for name, value in choice.items() if value] + ["--against"] * bool(against)
    of_towers = ["--point"] * (point is not None) + ["--scores"] * with_scores
    if _is_domain(run):
        _refuse(chosen + of_towers, f"{run} is a domain, not a run")
        say(_draw_domain(run, output))
        return
    with open_history(run) as dataset:
        path = Path(dataset.encoding["source"])
        if "point" in dataset.dims:
            _refuse(chosen, f"{run} is a run at towers, not on a domain")
            for figure in draw_run(run, point, output):
                say(figure)
            return
        _refuse(of_towers, f"{run} is a run on a domain, not at towers")
        choice = grid_figures.Choice(**choice)
        folder = output or path.parent
        if against is None:
            grid_figures.draw_grid_run(dataset, path, folder, choice, say)
            _draw_exchange(dataset, path.parent, folder, choice, say)
            return
        if choice.pages:
            raise ConfigError("--page does not go with --against, which draws maps.")
        with open_history(against) as other:
            if "point" in other.dims:
                raise ConfigError(f"{against} is a run at towers; a run on a domain is compared with another one.")
            grid_figures.draw_difference(dataset, path, other, Path(other.encoding["source"]), folder, choice, say)


def _draw_exchange(dataset, run_folder, folder, choice, say):
    """Draw the hand-overs of a coupled run; of another one that is asked for them, say so."""
    from landda_hpc.workflow.exchange_figures import draw_exchange, has_exchange

    if not has_exchange(run_folder):
        _refuse(["--page exchange"] * ("exchange" in choice.pages), f"{run_folder} is not a coupled run")
    elif not choice.pages or "exchange" in choice.pages:
        draw_exchange(run_folder, folder, dataset["layer_thickness"].values, say)


def _refuse(options, why):
    if options:
        raise ConfigError(f"{', '.join(options)} cannot be used: {why}.")


def _is_domain(run):
    """Tell whether a path is that of a domain file or the name of a shipped one."""
    import h5py

    path = Path(run)
    if not path.exists():
        return str(run) in SHIPPED
    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        return "land_mask" in file and "time" not in file


def _draw_domain(run, output):
    """Draw the page of a domain beside its file, of a shipped one into the working folder."""
    path = domain_path(run)
    target = Path(output) if output else (Path(f"{path.stem}.png") if str(run) in SHIPPED and not Path(run).exists()
                                          else path.with_suffix(".png"))
    target.parent.mkdir(parents=True, exist_ok=True)
    domain_page(read_domain(run), f"Domain {path.stem.removeprefix('domain_')}").savefig(target, dpi=grid_figures.DOTS_PER_INCH)
    return target


def open_history(run):
    """Return the open history dataset of a run; ``run`` is the folder or the history file."""
    run = Path(run)
    history = run / HISTORY if run.is_dir() else run
    if not history.exists():
        raise InputError(f"{history} does not exist. Give the folder of a run or its history file.")
    try:
        dataset = xarray.open_dataset(history, engine="h5netcdf")
    except (OSError, ValueError) as error:
        raise InputError(f"{history} cannot be read as a history file: {error}. Give the folder of a run, its history "
                         "file or a domain file.") from error
    if "time" not in dataset.dims or not ({"point"} <= set(dataset.dims) or {"latitude", "longitude"} <= set(dataset.dims)):
        dims = ", ".join(map(str, dataset.dims)) or "none"
        dataset.close()
        raise InputError(f"{history} is no history of a run: its dimensions are {dims}; expected time and point, or time, "
                         "latitude and longitude.")
    return dataset


def open_run(run):
    """Return the history dataset of a run at towers, in memory, and its folder."""
    with open_history(run) as dataset:
        return dataset.load(), Path(dataset.encoding["source"]).parent


def _points(folder):
    """Return the points of the run's configuration, none where the folder has no configuration."""
    saved = folder / CONFIGURATION
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
