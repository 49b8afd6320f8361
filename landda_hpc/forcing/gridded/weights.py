"""Weights from a source grid to points: bilinear, nearest, or area means over the cells of the points; made once.

A source that has values on land only, or whose land is known, counts with its land: weights are taken away over the sea and the
rest scaled up, and a point with less than a twentieth of them left takes the nearest land cell within 500 km. Only the rows of
the source from the first to the last with a weight are read.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError

BILINEAR, NEAREST, CONSERVATIVE = "bilinear", "nearest", "conservative"
LEAST_WEIGHT = 0.05  # of the whole, that land must have
FARTHEST = 500.0  # km, to the nearest land cell
EARTH_RADIUS = 6371.0  # km
TINY = 1.0e-9


class Targets(NamedTuple):
    """Points to interpolate to: degrees north and east, and the size of their cells [degrees]."""

    latitude: np.ndarray
    longitude: np.ndarray
    resolution: float


class Weights(NamedTuple):
    """Weights of the cells of some rows of a source.

    Attributes
    ----------
    matrix : csr_matrix (n_points, n_cells)
    cells : ndarray of int64 (n_cells,)
        Those with a weight, counted within the rows.
    rows : slice
        Of the source, as they lie in the file.
    shape : tuple of int
        Rows and columns of the whole source.
    n_nearest : int
        Points that take the nearest land cell.
    """

    matrix: object
    cells: np.ndarray
    rows: slice
    shape: tuple
    n_nearest: int


def make_weights(axes, targets, method=BILINEAR, land=None, where=""):
    """Return the :class:`Weights` of a source grid for points.

    Parameters
    ----------
    axes : Axes
        In any order of latitudes and longitudes.
    targets : Targets
    method : str
        ``bilinear``, ``nearest`` or ``conservative``.
    land : ndarray of bool (n_rows, n_columns), optional
        Cells that have values; all by default.
    where : str
        Name of the source for messages.

    Raises
    ------
    InputError
        For axes that are no grid, for points outside the source, and where there is no land near a point.
    """
    source = _Source.of(axes, where)
    index, weight = {BILINEAR: _bilinear, NEAREST: _nearest, CONSERVATIVE: _conservative}[method](source, targets)
    n_nearest = 0
    if land is not None:
        index, weight, n_nearest = _on_land(source, targets, index, weight, np.asarray(land), where)
    n_columns = source.n_columns
    keep = weight > 0.0
    used, column = np.unique(index[keep], return_inverse=True)
    first, last = (int(used[0]) // n_columns, int(used[-1]) // n_columns) if used.size else (0, 0)
    place = np.broadcast_to(np.arange(len(weight))[:, None], weight.shape)[keep]
    from scipy.sparse import csr_matrix  # here, for it is slow to load and most runs do without

    matrix = csr_matrix((weight[keep], (place, column)), shape=(len(weight), len(used)))
    matrix.sum_duplicates()
    return Weights(matrix, used - first * n_columns, slice(first, last + 1), axes.shape, n_nearest)


class _Source(NamedTuple):
    """A source grid in ascending order, with the place of its rows and columns in the file."""

    latitude: np.ndarray
    longitude: np.ndarray
    row: np.ndarray
    column: np.ndarray
    closed: bool
    where: str

    @property
    def n_columns(self):
        """Columns of the file."""
        return len(self.column)

    @classmethod
    def of(cls, axes, where):
        latitude, longitude = (np.asarray(axis, np.float64) for axis in axes)
        steps = np.diff(latitude)
        if len(latitude) < 2 or len(longitude) < 2 or not ((steps > 0.0).all() or (steps < 0.0).all()):
            raise InputError(f"{where}: latitudes that neither rise nor fall, or a single row or column, are no grid.")
        if np.abs(latitude).max() > 90.0 + TINY or longitude.min() < -180.0 - 1e-6 or longitude.max() > 360.0 + 1e-6:
            raise InputError(f"{where}: latitudes to {np.abs(latitude).max():g}, longitudes {longitude.min():g} to "
                             f"{longitude.max():g}, expected degrees.")
        east = np.mod(longitude, 360.0)
        column = np.argsort(east, kind="stable")
        gaps = np.diff(np.append(east[column], east[column[0]] + 360.0))
        if (gaps[:-1] < 1.0e-6).any():
            raise InputError(f"{where}: longitudes repeat.")
        step = np.median(gaps)
        closed = bool(gaps.max() < 1.5 * step)
        if not closed:  # the widest gap becomes the seam
            column = np.roll(column, -(int(np.argmax(gaps)) + 1))
        ordered = np.unwrap(east[column], period=360.0)
        row = np.argsort(latitude)
        return cls(latitude[row], ordered, row, column, closed, where)


def _neighbours(source, targets):
    """Return rows and columns below and above each point, in the order of the source, and the weights of those above."""
    latitude, longitude = source.latitude, source.longitude
    margin = 0.5 * np.median(np.diff(latitude)) + 1.0e-6
    east = longitude[0] + np.mod(targets.longitude - longitude[0], 360.0)
    axis = np.append(longitude, longitude[0] + 360.0) if source.closed else longitude
    side = 0.5 * np.median(np.diff(longitude)) + 1.0e-6
    if not source.closed:
        east = np.where(east > axis[-1] + side, east - 360.0, east)  # just west of the first column
    pole = 90.0 - np.abs(latitude[[0, -1]]) < 3.0 * margin  # rows that end at a pole have nothing beyond
    outside = (((targets.latitude < latitude[0] - margin) & ~pole[0]) | ((targets.latitude > latitude[-1] + margin) & ~pole[1])
               | (east < axis[0] - side) | (east > axis[-1] + side))
    if outside.any():
        first = int(np.argmax(outside))
        raise InputError(
            f"{source.where}: {int(outside.sum())} of {len(outside)} points lie outside its grid, {latitude[0]:g} to "
            f"{latitude[-1]:g} N, {longitude[0]:g} to {longitude[-1]:g} E; first {targets.latitude[first]:g} N "
            f"{targets.longitude[first]:g} E. Choose a domain.region inside.")
    found = []
    for axis_, values in ((latitude, targets.latitude), (axis, east)):
        below = np.clip(np.searchsorted(axis_, values, side="right") - 1, 0, len(axis_) - 2)
        above = np.clip((values - axis_[below]) / (axis_[below + 1] - axis_[below]), 0.0, 1.0)
        # Centres that are the same but for the rounding of single precision take one cell.
        above = np.where(above < 1.0e-4, 0.0, np.where(above > 1.0 - 1.0e-4, 1.0, above))
        found.append((below, above))
    (row, row_above), (column, column_above) = found
    return row, row_above, column, (column + 1) % len(longitude), column_above


def _bilinear(source, targets):
    row, row_above, column, next_column, column_above = _neighbours(source, targets)
    index = np.stack([source.row[r] * source.n_columns + source.column[c]
                      for r in (row, row + 1) for c in (column, next_column)], axis=1)
    weight = np.stack([r * c for r in (1.0 - row_above, row_above) for c in (1.0 - column_above, column_above)], axis=1)
    return index, weight


def _nearest(source, targets):
    row, row_above, column, next_column, column_above = _neighbours(source, targets)
    rows = source.row[np.where(row_above > 0.5, row + 1, row)]
    columns = source.column[np.where(column_above > 0.5, next_column, column)]
    return (rows * source.n_columns + columns)[:, None], np.ones((len(rows), 1))


def _conservative(source, targets):
    """Return cells that overlap the cell of each point, with the overlapping area."""
    _neighbours(source, targets)  # refuses points outside
    half = 0.5 * targets.resolution
    edges = np.clip(_edges(source.latitude), -90.0, 90.0)
    low, high = (np.clip(targets.latitude + side * half, -90.0, 90.0) for side in (-1.0, 1.0))
    sine = [np.sin(np.deg2rad(values)) for values in (edges, low, high)]
    rows, row_weight = _overlaps(*sine)
    columns_edges = _edges(source.longitude)
    if source.closed:
        columns_edges[-1] = columns_edges[0] + 360.0
    west = columns_edges[0] + np.mod(targets.longitude - half - columns_edges[0], 360.0)
    around = np.concatenate([columns_edges, columns_edges[1:] + 360.0]) if source.closed else columns_edges
    columns, column_weight = _overlaps(around, west, west + targets.resolution)
    index = (source.row[rows][:, :, None] * source.n_columns
             + source.column[columns % len(source.column)][:, None, :]).reshape(len(rows), -1)
    weight = (row_weight[:, :, None] * column_weight[:, None, :]).reshape(len(rows), -1)
    return index, weight / _total(weight)[:, None]


def _total(weight):
    """Return the sums over the last axis, term by term: zeros at the end, of which a band may have more, change no bit."""
    return np.cumsum(weight, axis=1)[:, -1]


def _edges(centres):
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2.0 * centres[0] - middle[0]], middle, [2.0 * centres[-1] - middle[-1]]])


def _overlaps(edges, low, high):
    """Return, for each target, the source intervals from the first that it touches and the lengths of the overlaps."""
    first = np.clip(np.searchsorted(edges, low, side="right") - 1, 0, len(edges) - 2)
    last = np.clip(np.searchsorted(edges, high, side="left") - 1, 0, len(edges) - 2)
    place = first[:, None] + np.arange(int((last - first).max()) + 1 if len(first) else 1)
    kept = np.minimum(place, len(edges) - 2)
    length = np.minimum(edges[kept + 1], high[:, None]) - np.maximum(edges[kept], low[:, None])
    return kept, np.where(place == kept, np.maximum(length, 0.0), 0.0)


def _on_land(source, targets, index, weight, land, where):
    """Return indices and weights on land alone, and the number of points that take the nearest cell."""
    if land.shape != (len(source.row), source.n_columns):
        raise InputError(f"{where}: a land mask of {land.shape} cells, expected {(len(source.row), source.n_columns)}.")
    flat = land.reshape(-1)
    weight = np.where(flat[index], weight, 0.0)
    total = _total(weight)
    lacking = np.flatnonzero(total < LEAST_WEIGHT)
    weight /= np.where(total > 0.0, total, 1.0)[:, None]
    if not lacking.size:
        return index, weight, 0
    cells = np.flatnonzero(flat)
    if not cells.size:
        raise InputError(f"{where}: no cell has a value.")
    latitude, longitude = np.empty(len(source.row)), np.empty(source.n_columns)
    latitude[source.row], longitude[source.column] = source.latitude, source.longitude
    row, column = np.divmod(cells, source.n_columns)
    from scipy.spatial import cKDTree  # here, for it is slow to load and most runs do without

    tree = cKDTree(_vectors(latitude[row], longitude[column]))
    chord, nearest = tree.query(_vectors(targets.latitude[lacking], targets.longitude[lacking]))
    distance = 2.0 * EARTH_RADIUS * np.arcsin(np.minimum(0.5 * chord, 1.0))
    if (distance > FARTHEST).any():
        far = lacking[distance > FARTHEST]
        raise InputError(
            f"{where}: {len(far)} of {len(targets.latitude)} points have no cell with values within {FARTHEST:g} km, first "
            f"{targets.latitude[far[0]]:g} N {targets.longitude[far[0]]:g} E. Choose a domain.region or another land mask.")
    index, weight = index.copy(), weight.copy()
    index[lacking, 0], weight[lacking] = cells[nearest], 0.0
    weight[lacking, 0] = 1.0
    return index, weight, len(lacking)


def _vectors(latitude, longitude):
    """Return unit vectors ``(n, 3)``."""
    north, east = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
