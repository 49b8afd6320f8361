"""Experiments that are compared, of a twin or of runs without a truth: their histories and the land points they share."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.config import load_config
from landda_hpc.domain.dataset import SHIPPED, read_domain
from landda_hpc.errors import InputError
from landda_hpc.workflow.figures import open_history
from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY

BASELINE = "CTL"
EXPERIMENTS = (BASELINE, "SG_AT", "SG_SP", "MT_ATSP")
BLOCK_BYTES = 2**26  # of one variable of one history, read at a time
CLOSE = 0.05  # of a cell, that coordinates may differ


class Points(NamedTuple):
    """Land points that all histories hold, ``(n_points,)`` each, by ascending global cell id."""

    cell: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    land_cover: np.ndarray

    @property
    def n_points(self):
        """Their number."""
        return len(self.cell)


class History:
    """The history of one run at the points of a twin.

    Parameters
    ----------
    run : path
        Folder or file.
    """

    def __init__(self, run):
        self.dataset = open_history(run)
        self.path = Path(self.dataset.encoding["source"])
        if "latitude" not in self.dataset.dims or "soil_moisture" not in self.dataset:
            raise InputError(f"{self.path} is no history on a domain with soil_moisture, which the scores need.")
        self.times = self.dataset["time"].values.astype("datetime64[s]")
        self.row = self.column = self._records = None

    @property
    def thickness(self):
        """Thickness of the layers [m]."""
        return self.dataset["layer_thickness"].values.astype(np.float64)

    def places(self, latitude, longitude):
        """Return row and column of places, -1 where the grid has no cell for them."""
        found = []
        for name, values, turn in (("latitude", latitude, np.inf), ("longitude", longitude, 360.0)):
            centres = self.dataset[name].values.astype(np.float64)
            size = centres[1] - centres[0] if len(centres) > 1 else 1.0
            offset = (values - centres[0] + 0.5 * size) if turn == np.inf else np.mod(values - centres[0] + 0.5 * size, turn)
            index = np.floor(offset / size).astype(np.int64)
            close = np.abs(offset / size - 0.5 - index) < CLOSE
            found.append(np.where(close & (index >= 0) & (index < len(centres)), index, -1))
        return np.where((found[0] >= 0) & (found[1] >= 0), found, -1)

    def choose(self, row, column, times):
        """Keep the places and the times that :meth:`read` gives."""
        self.row, self.column = row, column
        self._records = np.searchsorted(self.times, times)

    def has(self, name):
        """Tell whether the history holds a variable."""
        return name in self.dataset

    def read(self, name, times=slice(None), points=slice(None), layer=slice(None)):
        """Return a variable ``(n_times, [n_layers,] n_points)`` at chosen times and a slice of the points."""
        records, row, column = self._records[times], self.row[points], self.column[points]
        rows = slice(int(row.min()), int(row.max()) + 1)
        variable = self.dataset[name]
        if "layer" in variable.dims:
            variable = variable.isel(layer=layer)
        values = variable.isel(time=_slice_of(records), latitude=rows).values
        return np.asarray(values[..., row - rows.start, column], np.float64)


def _slice_of(records):
    """Return indices as a slice where they are evenly spaced, which is read much faster."""
    steps = np.unique(np.diff(records))
    if len(records) and len(steps) <= 1:
        step = int(steps[0]) if len(steps) else 1
        return slice(int(records[0]), int(records[-1]) + 1, step)
    return records


class Twin(NamedTuple):
    """Open experiments, of a twin folder or of runs.

    Attributes
    ----------
    folder : Path
        Of the twin, or that results go to.
    experiments : dict of str to History
        Those that are there, the baseline first.
    truth : History or None
        None for runs, whose truth is not known.
    points : Points
    times : ndarray of datetime64[s] (n_times,)
        That all histories have, within the period.
    thickness : ndarray (n_layers,)
        [m]
    configurations : dict of str to RunConfig
        Of the experiments that have one.
    land_cover_scheme : str
    domain_path : str
    observations : Path or None
        Folder of gridded observations.
    """

    folder: Path
    experiments: dict
    truth: History | None
    points: Points
    times: np.ndarray
    thickness: np.ndarray
    configurations: dict
    land_cover_scheme: str
    domain_path: str
    observations: Path | None

    @property
    def is_coupled(self):
        """Whether an experiment is coupled with an atmosphere."""
        return any(config.atmosphere is not None for config in self.configurations.values())

    @property
    def histories(self):
        """All histories, that of the truth first."""
        return [*([self.truth] if self.truth is not None else []), *self.experiments.values()]

    @property
    def seconds(self):
        """The times in seconds since the first."""
        return (self.times - self.times[0]).astype(np.float64)

    @property
    def days(self):
        """Length of the period [days]."""
        interval = np.median(np.diff(self.times).astype(np.int64)) if len(self.times) > 1 else 0
        return float(((self.times[-1] - self.times[0]).astype(np.int64) + interval) / 86400.0)

    def blocks(self):
        """Yield slices of the points, whole rows of the grid, whose series fit into memory."""
        row, n_columns = self.histories[0].row, self.histories[0].dataset.sizes["longitude"]
        per_row = 8 * len(self.times) * len(self.thickness) * n_columns
        block = (row - row[0]) // max(1, BLOCK_BYTES // per_row)
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        for start, stop in zip(starts, np.append(starts[1:], len(row))):
            yield slice(int(start), int(stop))

    def close(self):
        """Close the histories."""
        for history in self.histories:
            history.dataset.close()


def is_twin(folder):
    """Tell whether a folder is that of a twin experiment."""
    return (Path(folder) / BASELINE).is_dir()


def open_twin(folder, start=None, end=None):
    """Return the :class:`Twin` of a folder, for times after ``start`` up to ``end`` (datetime64; all by default).

    Raises
    ------
    InputError
        Without a truth or a baseline, or without common times or points.
    """
    folder = Path(folder)
    names = [name for name in EXPERIMENTS if (folder / name / HISTORY).exists()]
    if BASELINE not in names or not (folder / "truth" / HISTORY).exists():
        raise InputError(f"{folder} is no finished twin experiment: expected truth/history.nc and {BASELINE}/history.nc. "
                         "`landda twin` makes them.")
    return _open(folder, {name: folder / name for name in names}, folder / "truth", folder / "observations", start, end)


def open_runs(runs, folder, observations=None, start=None, end=None):
    """Return the :class:`Twin` of runs, without a truth; arguments and exceptions are otherwise those of :func:`open_twin`.

    Parameters
    ----------
    runs : dict of str to path
        Folders by name, the baseline first.
    folder : path
        That results go to.
    observations : path, optional
        Folder of gridded observations; by default that of the first configuration which names one.
    """
    return _open(Path(folder), {name: Path(path) for name, path in runs.items()}, None, observations, start, end)


def _open(folder, runs, truth, observations, start, end):
    """Return the :class:`Twin` of runs and a truth where there is one."""
    experiments = {name: History(path) for name, path in runs.items()}
    truth = None if truth is None else History(truth)
    configurations = {name: load_config(path / CONFIGURATION) for name, path in runs.items() if (path / CONFIGURATION).exists()}
    domain = _domain(folder, runs, configurations)
    histories = [*([truth] if truth is not None else []), *experiments.values()]
    _check_layers(histories)
    times = _common_times(histories, start, end)
    latitude, longitude = domain.grid.positions(domain.cell)
    places = [history.places(latitude, longitude) for history in histories]
    inside = np.all([place[0] >= 0 for place in places], axis=0)
    if not len(times) or not inside.any():
        whose = f"{', '.join(runs)}" if truth is None else f"the truth and the experiments {', '.join(runs)}"
        raise InputError(f"{folder}: {whose} have {len(times)} times and "
                         f"{int(inside.sum())} land points of {domain.path} in common, expected some. Check the periods of the "
                         "runs and the domain of their configurations.")
    for history, place in zip(histories, places):
        history.choose(*place[:, inside], times)
    points = Points(domain.cell[inside], latitude[inside], longitude[inside], domain.fields["land_cover"][inside])
    if observations is None:
        observations = next((one.observations.folder for one in configurations.values() if one.observations.folder), None)
    return Twin(folder, experiments, truth, points, times, histories[-1].thickness, configurations, domain.land_cover_scheme,
                domain.path, None if observations is None else Path(observations))


def _check_layers(histories):
    """Refuse runs whose soil layers differ: they cannot be compared layer by layer."""
    first = histories[0]
    for history in histories[1:]:
        if not np.array_equal(history.thickness, first.thickness):
            raise InputError(f"{history.path} has the soil layers {history.thickness.tolist()} m, but {first.path} "
                             f"{first.thickness.tolist()} m; expected the same.")


def _common_times(histories, start, end):
    times = histories[0].times
    for history in histories[1:]:
        times = np.intersect1d(times, history.times)
    inside = np.ones(len(times), bool)
    if start is not None:
        inside &= times > np.datetime64(start, "s")
    if end is not None:
        inside &= times <= np.datetime64(end, "s")
    return times[inside]


def _domain(folder, runs, configurations):
    """Return the domain beside the experiments or that which their configuration names."""
    if (folder / "domain.nc").exists():
        return read_domain(folder / "domain.nc")
    sections = {name: config.domain for name, config in configurations.items() if config.domain is not None}
    if not sections:
        raise InputError(f"{folder} has neither a domain.nc nor a configuration.yaml of an experiment with a domain; the "
                         "scores need the land cover of the cells.")
    name, section = next(iter(sections.items()))
    candidates = [section.file] if section.file in SHIPPED else [
        base / section.file for base in (folder, runs[name], runs[name].parent, Path()) if (base / section.file).exists()]
    if not candidates:
        raise InputError(f"The domain {section.file} of {runs[name] / CONFIGURATION} is not there. Put it into "
                         f"{folder} as domain.nc.")
    domain = read_domain(candidates[0])
    return domain if section.region is None else domain.within(*section.region)
