"""Figures of a run on a domain: which pages, of which quantities, into which files."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.regions import STANDARD, parse_region
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.plots.experiments import axes_of_grid
from landda_hpc.plots.grid_history import GridHistory
from landda_hpc.plots.grid_maps import difference_page, maps_page
from landda_hpc.plots.grid_series import regions_page, zonal_page
from landda_hpc.plots.maps import draw_map
from landda_hpc.plots.reductions import reduce_history
from landda_hpc.plots.scales import scale_of
from landda_hpc.workflow.increment_maps import draw_increments

DOTS_PER_INCH = 150
PAGES = ("maps", "zonal", "regions", "increments", "exchange")
MOISTURE = ("surface_soil_moisture", "root_zone_soil_moisture")
OVERVIEW = ("skin_temperature", "snow_water_equivalent", "latent_heat_flux", "sensible_heat_flux", "precipitation",
            "evaporation")


class Choice(NamedTuple):
    """What the user asked for.

    Attributes
    ----------
    variables : tuple of str
        Soil moisture and an overview by default.
    time : str or None
        ISO time of the record, the last by default.
    mean : bool
        The whole history instead of a record.
    regions : tuple of str
        Standard names or ``S,N,W,E``; a single one also cuts the maps.
    pages : tuple of str
        Of :data:`PAGES`; all by default.
    """

    variables: tuple = ()
    time: str | None = None
    mean: bool = False
    regions: tuple = ()
    pages: tuple = ()


def draw_grid_run(dataset, path, folder, choice=Choice(), say=lambda path: None):
    """Draw a run on a domain into a folder and return the paths of the figures.

    Parameters
    ----------
    dataset : xarray.Dataset
        Open, not in memory.
    path : Path
        Of the history, for messages.
    folder : Path
    choice : Choice
    say : callable
        Called with the path of each figure when it is there.
    """
    history, regions = _open(dataset, path, choice)
    record = None if choice.mean else history.record_of(choice.time)
    land = _land(history)
    paths = []

    def save(figure, name):
        paths.append(_save(figure, folder, f"{name}{_stamp(history, choice, record)}"))
        say(paths[-1])

    wanted = choice.pages or PAGES
    for name, names in _groups(history, choice.variables):
        quantities = _quantities(history, names)
        if "maps" in wanted:
            save(maps_page(history, quantities, record, land), f"maps_{name}")
        if "zonal" in wanted or "regions" in wanted:
            reduced = [reduce_history(history, quantity, regions) for quantity in quantities]
            if "zonal" in wanted:
                save(zonal_page(history, quantities, reduced, record), f"zonal_{name}")
            if "regions" in wanted:
                save(regions_page(history, quantities, reduced, regions), f"regions_{name}")
    overview = _quantities(history, [name for name in OVERVIEW if name in history.variables])
    if overview and not choice.variables and "maps" in wanted:
        save(maps_page(history, overview, record, land, spread=False), "maps_overview")
    if "increments" in wanted and not choice.variables:
        time = history.times[record] if choice.time is not None else None
        figure = draw_increments(path.parent, history, land, time)
        if figure is not None:
            save(figure, "increments")
    return paths


def draw_difference(dataset, path, other_dataset, other_path, folder, choice=Choice(), say=lambda path: None):
    """Draw maps of one run minus another on the same grid into a folder and return the paths of the figures.

    Raises
    ------
    ConfigError
        For runs whose grids, layers or times differ.
    """
    history, _ = _open(dataset, path, choice)
    other, _ = _open(other_dataset, other_path, choice)
    for name in ("latitudes", "longitudes"):
        ours, theirs = getattr(history, name), getattr(other, name)
        if ours.shape != theirs.shape or np.abs(ours - theirs).max() > 1e-6:
            raise ConfigError(f"{path} and {other_path} are on different grids: {len(ours)} {name} from {ours[0]:g} to "
                              f"{ours[-1]:g} against {len(theirs)} from {theirs[0]:g} to {theirs[-1]:g}. Runs can be "
                              "compared on one grid only.")
    record = None if choice.mean else history.record_of(choice.time)
    other_record = None if choice.mean else other.record_of(str(history.times[record]))
    if (history.times[record] != other.times[other_record]) if record is not None else not np.array_equal(
            history.bounds, other.bounds):
        raise ConfigError(f"{path} and {other_path} have different times: {history.when(record)} against "
                          f"{other.when(other_record)}. Choose a --time at which both have a record.")
    paths = []
    for name, names in _groups(history, choice.variables):
        quantities = _quantities(history, names)
        for quantity, of_other in zip(quantities, _quantities(other, names)):
            if quantity.weights is not None and not np.array_equal(quantity.weights, of_other.weights):
                raise ConfigError(f"{path} and {other_path} have different soil layers; they cannot be compared.")
        figure = difference_page(history, other, quantities, record, other_record, _land(history))
        paths.append(_save(figure, folder, f"difference_{name}_{_slug(other.name)}{_stamp(history, choice, record)}"))
        say(paths[-1])
    return paths


def _open(dataset, path, choice):
    """Return the history, cut to a single region, and the regions of the series."""
    regions = [parse_region(text) for text in choice.regions]
    history = GridHistory(dataset, path, regions[0] if len(regions) == 1 else None)
    return history, regions or list(STANDARD.values())


def _groups(history, variables):
    """Return the group of each page, its own name and those of what it draws: each variable, or soil moisture by default."""
    if variables:
        return [(_slug(name), (name,)) for name in dict.fromkeys(variables)]
    return [("soil_moisture", MOISTURE)] if "soil_moisture" in history.variables else []


def _quantities(history, names):
    return [quantity for name in names for quantity in history.quantities(name)]


def _land(history):
    """Return the cells that have a value in the first record, those of the land."""
    if not history.variables:
        raise InputError(f"{history.path} has no variables on its grid.")
    quantity = history.quantities(history.variables[0])[0]
    return np.isfinite(history.field(quantity, 0)[0])


def _stamp(history, choice, record):
    """Return the part of a file name that tells the time where it was asked for, and a region."""
    stamp = ""
    if choice.mean:
        stamp = "_mean"
    elif choice.time is not None:
        stamp = "_" + "".join(letter for letter in str(history.times[record].astype("datetime64[m]")) if letter.isalnum())
    return stamp + (f"_{_slug(choice.regions[0])}" if len(choice.regions) == 1 else "")


def _slug(name):
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in name).strip("_").lower()


def _save(figure, folder, name):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=DOTS_PER_INCH)
    return path


def draw_coverage(counts, domain, folder):
    """Draw maps of how many observations of each sensor the points have, into ``coverage.png``; return its path.

    Parameters
    ----------
    counts : dict of str to ndarray (n_points,)
    domain : Domain
    folder : Path
    """
    grid, path = domain.points.grid, Path(folder) / "coverage.png"
    figure, axes = axes_of_grid(grid.latitudes, grid.longitudes, len(counts))
    for axis, (sensor, count) in zip(axes, sorted(counts.items())):
        field = np.full(grid.n_rows * grid.n_columns, np.nan)
        field[domain.cell] = np.where(count > 0, count, np.nan)
        draw_map(axis, grid.latitudes, grid.longitudes, field.reshape(grid.n_rows, grid.n_columns),
                 scale_of(field, "1", "spread", "observations"), sensor, note=f"{int(count.sum())} observations")
    figure.savefig(path, dpi=DOTS_PER_INCH)
    return path
