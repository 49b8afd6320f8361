"""From footprints to the land points of a run.

ASCAT nodes are averaged over the grid cell, one observation for each platform and pass. A cell takes the value of the SMAP
cell that contains its centre, so neighbours may share one; where grid cells are wider than the product's, those of its cells
whose centre lies inside are averaged like nodes. Nothing is filled: a cell without a footprint has no observation.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.observations.codes import ACCEPTED, reject
from landda_hpc.observations.ease2 import M25, M36
from landda_hpc.observations.gridded import GriddedObservations, product_index
from landda_hpc.observations.same_cell import reject_same_cell, reject_same_node
from landda_hpc.observations.tally import tally

PASS = 600.0  # s, between observations of one pass over a cell

#: Grids of the products that have cells of their own.
PRODUCT_GRIDS = {"smap_l2": M36, "smos_ic": M25}


class Gridding(NamedTuple):
    """Observations at points and what became of the footprints.

    ``observations``: :class:`GriddedObservations`; ``code`` ``(n_footprints,)``: codes of the footprints of the batch, those
    that were accepted before now also with D1 (duplicate) and G1 (no land point takes it); ``tally``: counts of the footprints
    that were accepted before.
    """

    observations: GriddedObservations
    code: np.ndarray
    tally: dict


def grid_batch(batch, points):
    """Return the :class:`Gridding` of the accepted observations of a batch.

    Parameters
    ----------
    batch : landda_hpc.observations.batch.ObservationBatch
        Of all files of a cycle together, since a pass over a cell may be cut between files.
    points : landda_hpc.domain.points.PointSet
        With a grid; any resolution.

    Raises
    ------
    ConfigError
        For points without a grid.
    """
    if points.grid is None:
        raise ConfigError("Observations are put on the grid of a domain; these points have none. Run on a domain.")
    received = batch.code == ACCEPTED
    batch = batch._replace(code=batch.code.copy())
    product_grid = PRODUCT_GRIDS.get(batch.product)
    if product_grid is None:
        reject_same_node(batch)
    else:
        if batch.cell_row is None:
            row, column = product_grid.cell(batch.latitude, batch.longitude)
            batch = batch._replace(cell_row=row, cell_column=column)
        reject_same_cell(batch.code, batch.cell_row, batch.cell_column, batch.time, PASS)
    point, footprint = _takers(batch, product_grid, points)
    taken = np.zeros(batch.size, bool)
    taken[footprint] = True
    reject(batch.code, ~taken, "G1")
    observations = _average(batch, point, footprint)
    return Gridding(observations, batch.code, tally(batch.product, batch.time[received], batch.code[received]))


def land_point_of_cells(points):
    """Return the point of every cell of the grid ``(n_rows * n_columns,)``, -1 where there is no land point."""
    lookup = np.full(points.grid.n_rows * points.grid.n_columns, -1, np.int64)
    lookup[points.cell] = np.arange(points.n_total)
    return lookup


def cells_of(grid, latitude, longitude):
    """Return the cell ids of places [degrees], -1 outside; a place on an edge belongs to the cell north or east of it."""
    row = np.floor((np.asarray(latitude) - grid.south) / grid.resolution).astype(np.int64)
    around = round(360.0 / grid.resolution)
    # Eastward of the western edge, so that a region across the date line is in one piece.
    column = np.floor(np.mod(np.asarray(longitude) - grid.west, 360.0) / grid.resolution).astype(np.int64) % around
    at_pole = (row == grid.n_rows) & (np.asarray(latitude) == 90.0)
    row = np.where(at_pole, grid.n_rows - 1, row)
    inside = (row >= 0) & (row < grid.n_rows) & (column < grid.n_columns)
    return np.where(inside, row * grid.n_columns + column, -1)


def _takers(batch, product_grid, points):
    """Return pairs of a point and an accepted footprint that it takes, as two index arrays."""
    accepted = np.flatnonzero(batch.code == ACCEPTED)
    if product_grid is None:
        return _takers_of_nodes(batch, accepted, points)
    by_row = _rows_that_average(product_grid, points.grid)
    row = points.cell // points.grid.n_columns
    pairs = [_takers_of_nodes(batch, accepted, points), _takers_of_centres(batch, accepted, product_grid, points)]
    kept = [by_row[row[pairs[0][0]]], ~by_row[row[pairs[1][0]]]]
    return tuple(np.concatenate([pair[side][keep] for pair, keep in zip(pairs, kept)]) for side in (0, 1))


def _takers_of_nodes(batch, accepted, points):
    """Return pairs where the footprint's centre lies in the cell of the point."""
    cell = cells_of(points.grid, batch.latitude[accepted], batch.longitude[accepted])
    point = np.where(cell >= 0, land_point_of_cells(points)[cell], -1)
    return point[point >= 0], accepted[point >= 0]


def _takers_of_centres(batch, accepted, product_grid, points):
    """Return pairs where the centre of the point's cell lies in the product's cell."""
    key = batch.cell_row[accepted].astype(np.int64) * product_grid.n_columns + batch.cell_column[accepted]
    order = np.argsort(key, kind="stable")
    row, column = product_grid.cell(points.latitude, points.longitude)
    wanted = np.where(row >= 0, row * product_grid.n_columns + column, -1)
    first, last = (np.searchsorted(key[order], wanted, side=side) for side in ("left", "right"))
    # A cell may have been seen in several passes: each is an observation of its own.
    counts = last - first
    point = np.repeat(np.arange(points.n_total), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return point, accepted[order[np.repeat(first, counts) + within]]


def _rows_that_average(product_grid, grid):
    """Return for every row of the grid whether its cells average the product's cells that are centred in them.

    They do where cells are wider than the product's and a row of the product is centred in them; equal-area cells get
    taller toward the poles, so some rows may have none.
    """
    if grid.resolution <= product_grid.width:
        return np.zeros(grid.n_rows, bool)
    latitude, _ = product_grid.centre(np.arange(product_grid.n_rows), 0)
    row = np.floor((latitude - grid.south) / grid.resolution).astype(np.int64)
    return np.isin(np.arange(grid.n_rows), row)


def _average(batch, point, footprint):
    """Return the means over point, platform and pass, sorted by time, then point, then platform."""
    platform, time = batch.platform[footprint], batch.time[footprint]
    order = np.lexsort((footprint, time, platform, point))
    point, platform, time, footprint = (column[order] for column in (point, platform, time, footprint))
    new = np.ones(len(point), bool)
    new[1:] = (point[1:] != point[:-1]) | (platform[1:] != platform[:-1]) | (time[1:] - time[:-1] > PASS)
    start = np.flatnonzero(new)
    count = np.diff(np.append(start, len(point)))

    def mean(column):
        return np.add.reduceat(column, start) / count if len(start) else np.empty(0)

    # Offsets from the first time keep the mean exact where all are equal.
    mean_time = time[start] + mean(time - np.repeat(time[start], count))
    observations = GriddedObservations(
        point=point[start], value=mean(batch.value[footprint]), error=mean(batch.error[footprint]), time=mean_time,
        platform=platform[start], product=np.full(len(start), product_index(batch.product), np.int16),
        n_footprints=count.astype(np.int32), ascending=batch.ascending[footprint[start]],
        code=np.full(len(start), ACCEPTED, np.int16), units=batch.units)
    return observations.select(np.lexsort((observations.platform, observations.point, observations.time)))
