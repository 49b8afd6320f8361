"""Means of a history on a grid over rows and over regions, weighted with the area of the cells.

The spread of a mean over places is given as the root of their mean variance: how uncertain a place is, not how uncertain the
mean is, which would need the members.
"""

from typing import NamedTuple

import numpy as np


class Reduced(NamedTuple):
    """Series of one quantity.

    Attributes
    ----------
    zonal, zonal_spread : ndarray (n_times, n_rows)
        NaN for a row without land.
    regional, regional_spread : ndarray (n_times, n_regions)
        NaN for a region without land. The spreads are None for a single member.
    """

    zonal: np.ndarray
    zonal_spread: np.ndarray | None
    regional: np.ndarray
    regional_spread: np.ndarray | None


def reduce_history(history, quantity, regions=()):
    """Return the :class:`Reduced` of a quantity of a :class:`~landda_hpc.plots.grid_history.GridHistory`."""
    covers = np.array([region.covers(history.latitudes[:, None], history.longitudes[None, :]) for region in regions])
    weights = covers.reshape(len(regions), history.cell_area.size) * history.cell_area.reshape(-1)
    parts = []
    for block in history.blocks():
        mean, spread = history.read(quantity, block)
        squares = None if spread is None else spread**2
        parts.append((row_means(mean), None if spread is None else np.sqrt(row_means(squares)),
                      area_means(mean, weights), None if spread is None else np.sqrt(area_means(squares, weights))))
    return Reduced(*(None if series[0] is None else np.concatenate(series) for series in zip(*parts)))


def row_means(values):
    """Return the mean over the known cells of each row of ``(..., n_rows, n_columns)``; cells of a row are of equal area."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=-1) / known.sum(axis=-1)


def area_means(values, weights):
    """Return the weighted means over the known cells ``(n_times, n_regions)``.

    Parameters
    ----------
    values : ndarray (n_times, n_rows, n_columns)
    weights : ndarray (n_regions, n_rows * n_columns)
    """
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    with np.errstate(invalid="ignore"):
        return np.where(known, flat, 0.0) @ weights.T / (known @ weights.T)


def area_mean(values, cell_area):
    """Return the area-weighted mean of the known cells of one field ``(n_rows, n_columns)``."""
    return float(area_means(np.asarray(values)[None], np.asarray(cell_area).reshape(1, -1))[0, 0])
