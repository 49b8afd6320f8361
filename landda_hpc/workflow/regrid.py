"""From the grid of a file to a verification grid."""

import numpy as np

from landda_hpc.coupling.recognise import sphere_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.forcing.gridded.files import Axes
from landda_hpc.forcing.gridded.weights import CONSERVATIVE, Targets, make_weights

ALLOWANCE = 1.0e-6  # degree


def remap_to(source, grid, method):
    """Return the function from values on a source, flat, to values ``(n_cells,)`` on a grid; a missing value spreads.

    Cells outside a source are missing. Columns of a cubed sphere are recognised by their positions, in any order. Where columns
    are some cells of a grid, a cell takes the one that its centre is in, or the area mean; cells take the nearest of other
    columns.

    Parameters
    ----------
    source : SourceGrid
    grid : Grid
    method : str
        ``bilinear`` or ``conservative``.
    """
    if source.grid is not None:
        return _from_cells(source, grid, method)
    if source.columns:
        return _from_columns(source, grid, method)
    return _from_axes(Axes(source.latitude, source.longitude), grid, method)


def _from_axes(axes, grid, method):
    latitude, longitude = (axis.ravel() for axis in np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij"))
    inside = _spans(axes.latitude, latitude) & _surrounds(axes.longitude, longitude)
    if not inside.any():
        return lambda values: np.full(len(inside), np.nan)
    weights = make_weights(axes, Targets(latitude[inside], longitude[inside], grid.resolution), method)
    first = weights.rows.start * weights.shape[1]

    def apply(values):
        found = np.full(len(inside), np.nan)
        found[inside] = weights.matrix @ values[first + weights.cells]
        return found

    return apply


def _spans(axis, latitude):
    """Return which latitudes lie within half a row of an axis, or beyond its last row before a pole."""
    low, high = np.min(axis), np.max(axis)
    half = 0.5 * np.median(np.abs(np.diff(axis))) + ALLOWANCE
    low, high = (-90.0 if low - 3.0 * half < -90.0 else low - half), (90.0 if high + 3.0 * half > 90.0 else high + half)
    return (latitude >= low) & (latitude <= high)


def _surrounds(axis, longitude):
    """Return which longitudes lie within half a column of an axis that may end anywhere."""
    east = np.sort(np.mod(axis, 360.0))
    gaps = np.diff(np.append(east, east[0] + 360.0))
    step, widest = np.median(gaps), int(np.argmax(gaps))
    if gaps[widest] < 1.5 * step:
        return np.ones(len(longitude), bool)
    west = east[(widest + 1) % len(east)] - 0.5 * step - ALLOWANCE
    return np.mod(longitude - west, 360.0) <= 360.0 - gaps[widest] + step + 2.0 * ALLOWANCE


def _from_cells(source, grid, method):
    """Return the function from some cells of a grid."""
    own = source.grid
    if method == CONSERVATIVE:
        whole = _from_axes(Axes(own.latitudes, own.longitudes), grid, method)

        def means(values):
            full = np.full(own.n_rows * own.n_columns, np.nan)
            full[source.cell] = values
            return whole(full)

        return means
    latitude, longitude = np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij")
    row = np.floor((latitude.ravel() - own.south) / own.resolution + ALLOWANCE).astype(np.int64)
    column = np.floor(np.mod(longitude.ravel() - own.west, 360.0) / own.resolution + ALLOWANCE).astype(np.int64)
    inside = (row >= 0) & (row < own.n_rows) & (column < own.n_columns)
    place = np.full(own.n_rows * own.n_columns, -1)
    place[source.cell] = np.arange(len(source.cell))
    place = np.where(inside, place[np.where(inside, row * own.n_columns + column, 0)], -1)
    return lambda values: np.where(place >= 0, values[place], np.nan)


def _from_columns(source, grid, method):
    sphere, order = sphere_of(source.latitude, source.longitude)
    if sphere is None:
        return Remap.nearest(source, grid).apply
    remap = getattr(Remap, method)(sphere, grid)
    return lambda values: remap.apply(values[order])
