"""Fields from one latitude-longitude grid to another: area averages, fractions by class, bilinear interpolation.

Rows and columns separate: an average over target cells is an average over columns and then over rows, each the difference
of a cumulative integral at the target's edges, which is exact for any pair of grids.
"""

from typing import NamedTuple

import numpy as np


class SourceGrid(NamedTuple):
    """Edges of a source's rows (ascending) and columns (ascending, the whole circle) [degrees]."""

    latitude_edges: np.ndarray
    longitude_edges: np.ndarray


def edges_of(centres):
    """Return the edges half-way between ascending centres, the outer ones as far out as the next are in."""
    centres = np.asarray(centres, np.float64)
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2.0 * centres[0] - middle[0]], middle, [2.0 * centres[-1] - middle[-1]]])


def uniform_source(n_rows, n_columns, west=-180.0):
    """Return the :class:`SourceGrid` of a global grid of equal cells."""
    return SourceGrid(np.linspace(-90.0, 90.0, n_rows + 1), np.linspace(west, west + 360.0, n_columns + 1))


def average(values, valid, source, grid):
    """Return the area average over the valid part of each target cell and the valid fraction of its area.

    Parameters
    ----------
    values : ndarray (..., n_source_rows, n_source_columns)
        South first; ignored where not valid.
    valid : ndarray of bool (n_source_rows, n_source_columns)
    source : SourceGrid
    grid : Grid

    Returns
    -------
    mean : ndarray (..., n_rows, n_columns)
        NaN where nothing is valid.
    fraction : ndarray (n_rows, n_columns)
    """
    weight = _integrate(valid.astype(np.float64), source, grid)
    total = _integrate(np.where(valid, values, 0.0), source, grid)
    full = _integrate(np.ones_like(valid, np.float64), source, grid)
    fraction = weight / full
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(fraction > 1e-12, total / weight, np.nan), fraction


def class_fractions(classes, wanted, source, grid):
    """Return the fraction of the area of each target cell ``(n_wanted, n_rows, n_columns)`` that is of each class."""
    full = _integrate(np.ones(classes.shape), source, grid)
    return np.stack([_integrate((classes == number).astype(np.float64), source, grid) / full for number in wanted])


def bilinear(values, valid, latitudes, longitudes, grid):
    """Return values interpolated to the cell centres, invalid neighbours left out; NaN where all four are invalid.

    Parameters
    ----------
    values : ndarray (..., n_latitudes, n_longitudes)
    latitudes, longitudes : ndarray
        Ascending; longitudes go round the circle.
    """
    rows, row_weight = _neighbours(grid.latitudes, latitudes)
    around = np.append(longitudes, longitudes[0] + 360.0)
    targets = longitudes[0] + np.mod(grid.longitudes - longitudes[0], 360.0)
    columns, column_weight = _neighbours(targets, around)
    total, weight = 0.0, 0.0
    for row, row_part in ((rows, 1.0 - row_weight), (rows + 1, row_weight)):
        for column, column_part in ((columns, 1.0 - column_weight), (columns + 1, column_weight)):
            place = np.ix_(row, column % len(longitudes))
            part = row_part[:, None] * column_part[None, :] * valid[place]
            total = total + np.where(valid[place], values[(..., *place)], 0.0) * part
            weight = weight + part
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 1e-12, total / weight, np.nan)


def fill_nearest(values, missing, wanted):
    """Fill ``missing`` cells that are ``wanted`` from the nearest others, ring by ring, longitude going round.

    Parameters
    ----------
    values : ndarray (..., n_rows, n_columns)
    missing, wanted : ndarray of bool (n_rows, n_columns)

    Returns
    -------
    filled : ndarray
    n_filled : int
    """
    missing = missing.copy()
    n_filled = int((missing & wanted).sum())
    source = np.arange(missing.size).reshape(missing.shape)
    for _ in range(max(missing.shape)):
        if not (missing & wanted).any() or missing.all():
            break
        before = missing.copy()
        for axis, shift in ((1, 1), (1, -1), (0, 1), (0, -1)):
            neighbour_missing = np.roll(before, shift, axis)
            if axis == 0:
                neighbour_missing[0 if shift == 1 else -1] = True
            take = missing & ~neighbour_missing
            source[take] = np.roll(source, shift, axis)[take]
            missing &= ~take
    return values.reshape(*values.shape[:-2], -1)[..., source], n_filled


def _neighbours(targets, centres):
    """Return the index of the centre below each target and the weight of the one above; ends are held."""
    below = np.clip(np.searchsorted(centres, targets, side="right") - 1, 0, len(centres) - 2)
    weight = (targets - centres[below]) / (centres[below + 1] - centres[below])
    return below, np.clip(weight, 0.0, 1.0)


def _integrate(values, source, grid):
    """Return the integral of a field over each target cell (in sine of latitude times degrees of longitude)."""
    edges, values = _turned(source.longitude_edges, values, grid.west)
    over_columns = _differences(values, edges, grid.longitude_edges)
    sines = np.sin(np.deg2rad(np.clip(source.latitude_edges, -90.0, 90.0)))
    targets = np.sin(np.deg2rad(grid.latitude_edges))
    return np.swapaxes(_differences(np.swapaxes(over_columns, -1, -2), sines, targets), -1, -2)


def _turned(edges, values, west):
    """Return a circle of columns cut so that it begins at or before ``west`` and covers 360 degrees from there."""
    first = int(np.searchsorted(edges, edges[0] + np.mod(west - edges[0], 360.0), side="right")) - 1
    turned = np.concatenate([values[..., first:], values[..., :first + 1]], axis=-1)
    starts = np.concatenate([edges[first:-1], edges[:first + 1] + 360.0])
    ends = np.append(starts, edges[first + 1] + 360.0)
    return ends - 360.0 * np.floor((ends[0] - west) / 360.0 + 1.0 - 1e-12), turned


def _differences(values, edges, targets):
    """Return the integral of ``values`` (constant between edges) between target edges, along the last axis."""
    cumulative = np.zeros((*values.shape[:-1], len(edges)))
    np.cumsum(values * np.diff(edges), axis=-1, out=cumulative[..., 1:])
    position = np.interp(targets, edges, np.arange(len(edges)))
    below = np.minimum(position.astype(np.int64), len(edges) - 2)
    above_weight = position - below
    at = cumulative[..., below] * (1.0 - above_weight) + cumulative[..., below + 1] * above_weight
    return np.diff(at, axis=-1)
