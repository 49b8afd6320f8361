"""The maps of one file on its own grid, turned to rows from the south and columns from the west, and cut to another grid."""

from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError

UNDEFINED = -9999.0  # of LDT, LIS and GLDAS, whether the attributes say so or not
LARGEST_OFFSET = 0.01  # of a cell, between the centres of a file and those of the grid it is taken for
ROUNDING = 3.0e-5  # degrees, of coordinates in single precision


class Layers(NamedTuple):
    """What one file says of a domain.

    Attributes
    ----------
    path, kind : str
    grid : Grid
    land : ndarray of bool (n_rows, n_columns) or None
        Its land mask, where it has one.
    fields : dict of str to ndarray
        Those of :data:`landda_hpc.domain.dataset.FIELDS`, ``(n_rows, n_columns)`` or ``(12, n_rows, n_columns)``, NaN where
        the file says nothing.
    scheme : str or None
        Scheme of its land-cover classes.
    notes : tuple of str
        Conversions and assumptions, for the attributes.
    attributes : dict of str to str
    """

    path: str
    kind: str
    grid: Grid
    land: np.ndarray | None
    fields: dict
    scheme: str | None = None
    notes: tuple = ()
    attributes: dict = {}

    def onto(self, grid):
        """Return the same maps on another grid, whose cells must be cells of this one.

        Raises
        ------
        InputError
            Where they are not.
        """
        if grid == self.grid:
            return self
        rows = (grid.south - self.grid.south) / grid.resolution + np.arange(grid.n_rows)
        columns = (grid.west - self.grid.west) / grid.resolution + np.arange(grid.n_columns)
        whole_rows, whole_columns = np.round(rows).astype(int), np.round(columns).astype(int)
        if self.grid.n_columns * self.grid.resolution > 360.0 - 1e-6:
            whole_columns = np.mod(whole_columns, self.grid.n_columns)
        offset = max(np.abs(rows - np.round(rows)).max(), np.abs(columns - np.round(columns)).max())
        inside = (whole_rows.min() >= 0 and whole_rows.max() < self.grid.n_rows
                  and whole_columns.min() >= 0 and whole_columns.max() < self.grid.n_columns)
        if abs(grid.resolution - self.grid.resolution) > 1e-6 * grid.resolution or offset > LARGEST_OFFSET or not inside:
            raise InputError(f"{self.path} does not have the cells of the first file.\n  found     {self.grid.describe()}\n"
                             f"  expected  a grid that holds {grid.describe()}\n"
                             "  Files can be combined on one grid only. `landda static --resolution` builds a domain on any.")
        place = (..., *np.ix_(whole_rows, whole_columns))
        return self._replace(grid=grid, land=None if self.land is None else self.land[place],
                             fields={name: values[place] for name, values in self.fields.items()})


class Axes(NamedTuple):
    """A grid and how maps of a file are turned to it: north first or not, and the column that becomes the first."""

    grid: Grid
    north_first: bool
    first_column: int

    def turned(self, values):
        """Return maps ``(..., n_rows, n_columns)`` of the file as the grid has them."""
        values = values[..., ::-1, :] if self.north_first else values
        return np.ascontiguousarray(np.roll(values, -self.first_column, axis=-1))


def read_axes(path, latitude, longitude):
    """Return the :class:`Axes` of coordinates ``(n,)`` or ``(n_rows, n_columns)``, NaN where a file leaves them out.

    Raises
    ------
    InputError
        For a grid that is not regular in latitude and longitude.
    """
    latitude, longitude = (np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan) for values in (latitude, longitude))
    if longitude.ndim == 2:
        latitude, longitude = _along(path, latitude, 1, "latitude"), _along(path, _unwrapped(longitude), 0, "longitude")
    known = latitude[np.isfinite(latitude)]
    north_first = known.size > 1 and bool(known[0] > known[-1])
    rows = _even(path, latitude[::-1] if north_first else latitude, "latitude")
    columns = _even(path, _unwrapped(longitude), "longitude")
    columns = columns - 360.0 * np.floor((columns[0] + 180.0) / 360.0)
    first = 0
    if len(columns) * (columns[1] - columns[0]) > 360.0 - 1e-3:
        first = int(np.searchsorted(columns, 180.0)) % len(columns)
        columns = np.concatenate([columns[first:] - (360.0 if first else 0.0), columns[:first]])
    try:
        grid = Grid.of_centres(rows, columns)
    except ConfigError as error:
        raise InputError(f"{path}: {error}") from error
    offset = max(np.abs(grid.latitudes - rows).max(), np.abs(grid.longitudes - columns).max()) / grid.resolution
    if offset > LARGEST_OFFSET or grid.south < -90.0 - 1e-6 or grid.latitude_edges[-1] > 90.0 + 1e-6:
        raise InputError(f"{path}: the cells are not those of a grid that divides the globe.\n  found     first centre "
                         f"{rows[0]:.6g} N {columns[0]:.6g} E, cells of {grid.resolution:g} degrees\n"
                         "  expected  centres at whole or half cells from the equator and Greenwich, no cell beyond a pole")
    return Axes(grid, north_first, first)


def _unwrapped(longitude):
    """Return longitudes without the jump at the date line, along the last axis; NaN stays."""
    longitude = np.array(longitude, np.float64)
    for row in longitude.reshape(-1, longitude.shape[-1]):
        known = np.isfinite(row)
        row[known] = np.unwrap(row[known], period=360.0)
    return longitude


def _along(path, values, axis, name):
    """Return the coordinate that is the same everywhere along ``axis``."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    spread = np.abs(np.where(known, values - np.expand_dims(mean, axis), 0.0)).max()
    if spread > 1e-3:
        raise InputError(f"{path}: the grid is not regular in latitude and longitude: along one {'row' if axis else 'column'} "
                         f"the {name} differs by {spread:.3g} degrees. Only regular latitude-longitude grids can be used.")
    return mean


def _even(path, centres, name):
    """Return evenly spaced centres, those that are missing put in."""
    known = np.flatnonzero(np.isfinite(centres))
    if len(known) < 2:
        raise InputError(f"{path}: the {name} has {len(known)} value(s), but a grid needs two rows and two columns at least.")
    first, last = known[0], known[-1]
    step = (centres[last] - centres[first]) / (last - first)
    even = centres[first] + step * (np.arange(len(centres)) - first)
    worst = np.abs(even - centres)[known].max()
    if step <= 0.0 or worst > max(1e-3 * step, ROUNDING):
        raise InputError(f"{path}: the {name} is not evenly spaced and ascending: steps of {step:.6g} degrees in the mean, off "
                         f"by up to {worst:.3g}. Only regular latitude-longitude grids can be used.")
    return even


def read_maps(file, name, axes):
    """Return a variable as float64 maps on the grid, without a time axis of length 1, NaN where missing."""
    variable = file.variables[name]
    values = np.ma.filled(variable[:].astype(np.float64), np.nan)
    values[values == UNDEFINED] = np.nan
    if values.ndim > 2 and variable.dimensions[0].lower() == "time" and values.shape[0] == 1:
        values = values[0]
    if values.shape[-2:] != axes.grid.shape:
        raise InputError(f"{file.filepath()}: {name} has the shape {variable.shape}, which does not end in the rows and "
                         f"columns of the coordinates, {axes.grid.shape}.")
    return axes.turned(values)


def fraction(values, units=""):
    """Return values as fractions of 1, and whether they were percent: their units say so, or they are too large for 1."""
    percent = "%" in units or "percent" in units.lower() or (np.isfinite(values).any() and np.nanmax(values) > 1.5)
    return (values / 100.0 if percent else values), bool(percent)
