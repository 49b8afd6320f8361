"""The history of a run on a domain, read record by record: quantities as they are drawn, with the spread of the ensemble.

A quantity is a variable, one layer of it, or the mean over the root zone. Files hold the mean and the spread of every
variable; members only on request. The spread of the root zone is exact with members, else the mean of the spreads of the
layers, which is its upper bound and is reached where the layers vary together.
"""

from typing import NamedTuple

import numpy as np
import yaml

from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.plots.history import interval_bounds

ROOT_ZONE = 1.0  # m
BLOCK_VALUES = 2**23  # read at once
DERIVED = {"surface_soil_moisture": ("soil_moisture", 0), "root_zone_soil_moisture": ("soil_moisture", "root")}
SUFFIXES = ("_spread", "_members")
TITLES = {"surface_soil_moisture": "Surface soil moisture", "root_zone_soil_moisture": "Root-zone soil moisture"}


class Quantity(NamedTuple):
    """What is drawn.

    Attributes
    ----------
    key, title : str
    variable : str
        In the file.
    weights : ndarray (n_layers,) or None
        Of the layers; None without layers.
    units : str
    averaged : bool
        Whether it is a mean over the output interval rather than the state at its end.
    """

    key: str
    title: str
    variable: str
    weights: np.ndarray | None
    units: str
    averaged: bool = False


class GridHistory:
    """An open history dataset on a grid.

    Parameters
    ----------
    dataset : xarray.Dataset
        Dimensions ``time``, ``latitude``, ``longitude`` and perhaps ``layer``; not yet in memory.
    path : Path
        For messages.
    region : Region, optional
        Only its part of the grid is read.
    """

    def __init__(self, dataset, path, region=None):
        self.path = path
        self.dataset = dataset if region is None else _cut(dataset, region, path)
        self.latitudes = self.dataset["latitude"].values.astype(np.float64)
        self.longitudes = self.dataset["longitude"].values.astype(np.float64)
        self.bounds = interval_bounds(dataset)
        self.times = self.bounds[:, 1]
        if not len(self.times):
            raise InputError(f"{path} has no records yet.")
        settings = yaml.safe_load(dataset.attrs.get("configuration", "")) or {}
        self.name = settings.get("run", {}).get("name") or path.resolve().parent.name
        self.n_members = (dataset.sizes.get("member") or settings.get("ensemble", {}).get("size")
                          or (None if any(str(name).endswith("_spread") for name in dataset) else 1))
        self.version = dataset.attrs.get("version", "")
        self.cell_area = _cell_area(self.latitudes, self.longitudes)

    @property
    def variables(self):
        """Names of the variables that can be drawn."""
        return [str(name) for name in self.dataset if {"time", "latitude", "longitude"} <= set(self.dataset[name].dims)
                and not str(name).endswith(SUFFIXES)]

    def quantities(self, name):
        """Return the quantities of a name: a variable (all its layers), ``variable:layer`` counted from 1, or a derived one.

        Raises
        ------
        ConfigError
            For a name that the file does not have.
        """
        variable, _, number = name.partition(":")
        source, layer = DERIVED.get(variable, (variable, None))
        if source not in self.variables:
            known = [*(key for key, (of, _) in DERIVED.items() if of in self.variables), *self.variables]
            raise ConfigError(f"{self.path} has no variable {name}. It has {', '.join(known)}.")
        array = self.dataset[source]
        title = array.attrs.get("long_name", source).removeprefix("ensemble mean of ")
        title = title[:1].upper() + title[1:]
        units = array.attrs.get("units", "1")
        if "layer" not in array.dims:
            if number:
                raise ConfigError(f"{source} has no layers, so {name} cannot be drawn; give {source}.")
            averaged = "time: mean" in array.attrs.get("cell_methods", "")
            return [Quantity(source, title + (self._interval_text() if averaged else ""), source, None, units, averaged)]
        thickness = self.dataset["layer_thickness"].values.astype(np.float64)
        bottoms = np.cumsum(thickness)
        if layer == "root":
            inside = np.clip(np.minimum(bottoms, ROOT_ZONE) - (bottoms - thickness), 0.0, None)
            depths = f", 0-{min(ROOT_ZONE, bottoms[-1]) * 100.0:.0f} cm"
            return [Quantity(variable, TITLES[variable] + depths, source, inside / inside.sum(), units)]
        if number and not (number.isdigit() and 1 <= int(number) <= len(thickness)):
            raise ConfigError(f"{source} has the layers 1 to {len(thickness)}, not {number}.")
        chosen = [layer] if layer is not None else [int(number) - 1] if number else range(len(thickness))
        return [Quantity(variable if layer is not None else f"{source}_{index + 1}",
                         f"{TITLES.get(variable, title)}, {(bottoms[index] - thickness[index]) * 100.0:.0f}-"
                         f"{bottoms[index] * 100.0:.0f} cm", source, np.eye(len(thickness))[index], units)
                for index in chosen]

    def record_of(self, time=None):
        """Return the number of the record whose interval holds a time, its end included; the last without a time."""
        if time is None:
            return len(self.times) - 1
        try:
            moment = np.datetime64(time.rstrip("Z")).astype("datetime64[s]")
        except ValueError:
            raise ConfigError(f"The time {time!r} is not understood; give it as 2001-06-03T06:00 (UTC).") from None
        found = np.flatnonzero((moment > self.bounds[:, 0]) & (moment <= self.bounds[:, 1]))
        if not found.size:
            raise ConfigError(f"{self.path} has no record of {moment} UTC. Its {len(self.times)} records end at "
                              f"{self.times[0]} to {self.times[-1]} UTC.")
        return int(found[0])

    def has_spread(self, quantity):
        """Tell whether the file holds the spread of a quantity."""
        return f"{quantity.variable}_spread" in self.dataset

    def spread_is_bound(self, quantity):
        """Tell whether the spread is that upper bound."""
        return (self.has_spread(quantity) and quantity.weights is not None and (quantity.weights > 0.0).sum() > 1
                and f"{quantity.variable}_members" not in self.dataset)

    def read(self, quantity, records):
        """Return mean and spread ``(n_records, n_rows, n_columns)`` of a slice of records; the spread may be None."""
        mean = self._weighted(quantity.variable, quantity, records)
        if not self.has_spread(quantity):
            return mean, None
        if quantity.weights is not None and f"{quantity.variable}_members" in self.dataset:
            return mean, self._weighted(f"{quantity.variable}_members", quantity, records).std(axis=1, ddof=1)
        return mean, self._weighted(f"{quantity.variable}_spread", quantity, records)

    def blocks(self):
        """Return slices of records that are read at once."""
        n_layers, n_members = self.dataset.sizes.get("layer", 1), self.dataset.sizes.get("member", 1)
        length = max(1, BLOCK_VALUES // (len(self.latitudes) * len(self.longitudes) * n_layers * n_members))
        return [slice(first, min(first + length, len(self.times))) for first in range(0, len(self.times), length)]

    def field(self, quantity, record):
        """Return mean and spread ``(n_rows, n_columns)`` of a record, or over all records with None.

        The spread over a time is the root of the mean variance.
        """
        if record is not None:
            mean, spread = self.read(quantity, slice(record, record + 1))
            return mean[0], None if spread is None else spread[0]
        total = variance = 0.0
        for block in self.blocks():
            mean, spread = self.read(quantity, block)
            total = total + mean.sum(axis=0)
            variance = variance + (0.0 if spread is None else (spread**2).sum(axis=0))
        n_records = len(self.times)
        return total / n_records, np.sqrt(variance / n_records) if self.has_spread(quantity) else None

    def when(self, record):
        """Return the valid time of a record, or of all with None, in words."""
        if record is None:
            return f"mean of {len(self.times)} records, {_minutes(self.bounds[0, 0])} to {_minutes(self.times[-1])} UTC"
        return f"{_minutes(self.times[record])} UTC"

    def members_text(self):
        """Return the ensemble size in words."""
        if self.n_members is None:
            return "an ensemble"
        return f"{self.n_members} members" if self.n_members > 1 else "one member"

    def _interval_text(self):
        hours = float(np.median((self.bounds[:, 1] - self.bounds[:, 0]).astype(np.int64))) / 3600.0
        return f", {hours:g} h mean"

    def _weighted(self, name, quantity, records):
        """Return a variable of some records in float64, layers weighted: ``time, [member,] latitude, longitude``."""
        array = self.dataset[name].isel(time=records)
        if quantity.weights is None:
            return array.values.astype(np.float64)
        used = np.flatnonzero(quantity.weights)
        array = array.isel(layer=slice(int(used[0]), int(used[-1]) + 1)).transpose("layer", ...)
        return np.tensordot(quantity.weights[used[0]:used[-1] + 1], array.values.astype(np.float64), axes=1)


def _cell_area(latitudes, longitudes):
    """Return the area of the cells ``(n_rows, n_columns)`` [m2] of an even grid given by its centres."""
    steps = np.concatenate([np.diff(latitudes), np.diff(longitudes)])
    size = float(np.median(steps)) if steps.size else 1.0
    grid = Grid(len(latitudes), len(longitudes), size, latitudes[0] - 0.5 * size, longitudes[0] - 0.5 * size)
    return np.repeat(grid.cell_area[:, None], len(longitudes), axis=1)


def _cut(dataset, region, path):
    """Return the part of a dataset in a region; longitudes then ascend from its western edge."""
    longitudes = dataset["longitude"].values
    eastward = np.mod(longitudes - region.west, 360.0)
    rows = np.flatnonzero(region.covers(dataset["latitude"].values, region.west))
    columns = np.argsort(eastward, kind="stable")
    columns = columns[eastward[columns] <= region.east - region.west]
    if not rows.size or not columns.size:
        raise ConfigError(f"{path} has no cells in the region {region.describe()}.")
    chosen = slice(columns[0], columns[-1] + 1) if (np.diff(columns) == 1).all() else columns  # a slice is read quicker
    part = dataset.isel(latitude=slice(rows[0], rows[-1] + 1), longitude=chosen)
    return part.assign_coords(longitude=region.west + eastward[columns])


def _minutes(time):
    return str(time.astype("datetime64[m]")).replace("T", " ")
