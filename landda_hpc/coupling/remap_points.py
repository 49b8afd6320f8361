"""Weights of interpolation to points: bilinear, nearest and by the basis of spectral elements, also as means over cells.

Bilinear is in latitude and longitude on a latitude-longitude grid (beyond its last row the mean of that row stands for the
pole), in the angles within the sub-cell of four nodes on spectral elements, and among the four (at a cube's corner three)
centres round a corner on cells of a cubed sphere.
"""

import numpy as np
from scipy.sparse import csr_matrix, vstack
from scipy.spatial import cKDTree

from landda_hpc.coupling.cubed_sphere import CENTRE, X_AXIS, Y_AXIS, gauss_lobatto, lattice_keys, locate, vectors_of
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError

EARTH_RADIUS = 6371.0  # km
CELLS_AT_ONCE = 10000
AT_EDGE = 1.0e-9  # degrees
NEWTON_STEPS = 12
CONVERGED = 1.0e-9  # of the size of a quadrilateral
AT_SIDE = 1.0e-6  # of a side, within which a point belongs to both neighbours


def nearest_columns(source, latitude, longitude, among=None, farthest=np.inf):
    """Return the nearest column of a source to each point, -1 where none is within ``farthest`` [km].

    Parameters
    ----------
    source : Columns
    latitude, longitude : ndarray (n,)
        [degrees]
    among : ndarray of bool (n_source,), optional
        Columns that may be taken.
    """
    columns = np.arange(source.n_columns) if among is None else np.flatnonzero(among)
    if not columns.size:
        return np.full(len(latitude), -1)
    tree = cKDTree(vectors_of(source.latitude[columns], source.longitude[columns]))
    chord, found = tree.query(vectors_of(latitude, longitude))
    distance = 2.0 * EARTH_RADIUS * np.arcsin(np.minimum(0.5 * chord, 1.0))
    return np.where(distance <= farthest, columns[found], -1)


def bilinear_matrix(grid, latitude, longitude):
    """Return the bilinear weights ``(n, n_source)`` of points; rows of points outside a regional grid are empty.

    Raises
    ------
    ConfigError
        For a source without neighbours: mere points.
    """
    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    if isinstance(grid, Grid):
        return _of_axes(grid, latitude, longitude)
    if not hasattr(grid, "ne"):
        raise ConfigError("Bilinear weights need a latitude-longitude grid or a cubed sphere as a source; these are points. "
                          "Use nearest.")
    return _of_nodes(grid, latitude, longitude, _hat) if grid.is_nodes else _of_cells(grid, latitude, longitude)


def basis_matrix(sphere, latitude, longitude):
    """Return the weights ``(n, n_source)`` that evaluate the polynomials of spectral elements at points; some are negative.

    Raises
    ------
    ConfigError
        For a source that has no spectral elements.
    """
    if not getattr(sphere, "is_nodes", False):
        raise ConfigError("Weights by basis need nodes of spectral elements as a source, such as ne30np4.")
    return _of_nodes(sphere, np.asarray(latitude, np.float64), np.asarray(longitude, np.float64), _lagrange)


def cell_mean_matrix(sphere, grid, first, last, q=8):
    """Return the weights ``(last - first, n_source)`` of the means of the polynomials over cells of a latitude-longitude grid.

    Parameters
    ----------
    sphere : CubedSphere
        Of spectral elements.
    grid : Grid
    first, last : int
        The cells ``first`` to ``last - 1``.
    q : int
        Points of a cell in both directions, in equal steps of longitude and of the sine of latitude.

    Raises
    ------
    ConfigError
        For a target that has no cells.
    """
    if not isinstance(grid, Grid):
        raise ConfigError("Weights by cell_mean need a latitude-longitude grid as a target. Use conservative.")
    steps = (np.arange(q) + 0.5) / q
    sines = np.sin(np.radians(np.clip(grid.latitude_edges, -90.0, 90.0)))
    parts = []
    for begin in range(first, last, CELLS_AT_ONCE):
        row, column = np.divmod(np.arange(begin, min(begin + CELLS_AT_ONCE, last)), grid.n_columns)
        sine = sines[row][:, None] + steps * (sines[row + 1] - sines[row])[:, None]
        north = np.repeat(np.degrees(np.arcsin(sine)), q, axis=1).ravel()
        east = np.tile(grid.longitude_edges[column][:, None] + steps * grid.resolution, (1, q)).ravel()
        points = basis_matrix(sphere, north, east)
        mean = csr_matrix((points.data / q**2, points.indices, points.indptr[::q * q]), shape=(len(row), sphere.n_columns))
        mean.sum_duplicates()
        parts.append(mean)
    return vstack(parts, format="csr") if parts else csr_matrix((0, sphere.n_columns))


def _matrix(index, weight, n_source):
    """Return the matrix of indices and weights ``(n, k)`` without zeros."""
    kept = weight != 0.0
    rows = np.broadcast_to(np.arange(len(index))[:, None], index.shape)
    matrix = csr_matrix((weight[kept], (rows[kept], index[kept])), shape=(len(index), n_source))
    matrix.sum_duplicates()
    return matrix


# ---- latitude-longitude grid


def _of_axes(grid, latitude, longitude):
    height = (latitude - grid.latitudes[0]) / grid.resolution
    east = np.mod(longitude - grid.west, 360.0)
    closed = abs(grid.n_columns * grid.resolution - 360.0) < AT_EDGE
    along = east / grid.resolution - 0.5
    row = np.clip(np.floor(height), 0, max(grid.n_rows - 2, 0)).astype(np.int64)
    row_above = np.clip(height - row, 0.0, 1.0) if grid.n_rows > 1 else np.zeros(len(row))
    if closed:
        column = np.floor(along).astype(np.int64)
        column_above = along - column
        column, after = np.mod(column, grid.n_columns), np.mod(column + 1, grid.n_columns)
    else:
        along = np.where(along > grid.n_columns - 0.5 + AT_EDGE, along - 360.0 / grid.resolution, along)
        column = np.clip(np.floor(along), 0, max(grid.n_columns - 2, 0)).astype(np.int64)
        column_above = np.clip(along - column, 0.0, 1.0) if grid.n_columns > 1 else np.zeros(len(column))
        after = np.minimum(column + 1, grid.n_columns - 1)
    last = grid.n_rows - 1
    outside = (height < -0.5 - AT_EDGE) | (height > last + 0.5 + AT_EDGE)
    if not closed:
        outside |= (along < -0.5 - AT_EDGE) | (along > grid.n_columns - 0.5 + AT_EDGE)
    index = np.stack([r * grid.n_columns + c for r in (row, np.minimum(row + 1, last)) for c in (column, after)], axis=1)
    weight = np.stack([r * c for r in (1.0 - row_above, row_above) for c in (1.0 - column_above, column_above)], axis=1)
    weight[outside] = 0.0
    matrix = _matrix(index, weight, grid.n_rows * grid.n_columns)
    if not closed:
        return matrix
    # Beyond the last row towards a pole, the mean of the row takes over.
    for beyond, side, of_row in ((-2.0 * height, grid.south + 90.0, 0), (2.0 * (height - last),
                                                                         90.0 - grid.latitude_edges[-1], last)):
        share = np.where((beyond > 0.0) & ~outside & (abs(side) < AT_EDGE), np.minimum(beyond, 1.0), 0.0)
        at = np.flatnonzero(share)
        if at.size:
            whole = np.full((at.size, grid.n_columns), 1.0 / grid.n_columns) * share[at, None]
            cells = np.broadcast_to(of_row * grid.n_columns + np.arange(grid.n_columns), whole.shape)
            rows = np.broadcast_to(at[:, None], whole.shape)
            scale = np.repeat(1.0 - share, np.diff(matrix.indptr))
            matrix = csr_matrix((matrix.data * scale, matrix.indices, matrix.indptr), shape=matrix.shape)
            matrix = (matrix + csr_matrix((whole.ravel(), (rows.ravel(), cells.ravel())), shape=matrix.shape)).tocsr()
    return matrix


# ---- nodes of spectral elements


def _of_nodes(sphere, latitude, longitude, shape_functions):
    face, *angles = locate(latitude, longitude)
    found = []
    for angle in angles:
        place = (angle + np.pi / 4.0) / (np.pi / 2.0) * sphere.ne
        element = np.clip(np.floor(place), 0, sphere.ne - 1).astype(np.int64)
        found.append((element, shape_functions(np.clip(2.0 * (place - element) - 1.0, -1.0, 1.0), gauss_lobatto(sphere.np)[0])))
    (i, along_x), (j, along_y) = found
    nodes = sphere.elements[face * sphere.ne**2 + j * sphere.ne + i]
    weight = (along_y[:, :, None] * along_x[:, None, :]).reshape(len(face), -1)
    return _matrix(nodes, weight, sphere.n_columns)


def _hat(place, nodes):
    """Return the piecewise linear functions ``(n, np)`` of the nodes at places in [-1, 1]."""
    below = np.clip(np.searchsorted(nodes, place, side="right") - 1, 0, len(nodes) - 2)
    above = (place - nodes[below]) / (nodes[below + 1] - nodes[below])
    values = np.zeros((len(place), len(nodes)))
    values[np.arange(len(place)), below] = 1.0 - above
    values[np.arange(len(place)), below + 1] = above
    return values


def _lagrange(place, nodes):
    """Return the Lagrange polynomials ``(n, np)`` of the nodes at places in [-1, 1]."""
    return np.stack([np.prod([(place - other) / (node - other) for other in nodes if other != node], axis=0)
                     for node in nodes], axis=1)


# ---- cells of a cubed sphere


def _of_cells(sphere, latitude, longitude):
    n = sphere.ne * sphere.pg
    face, *angles = locate(latitude, longitude)
    i, j = (np.clip(np.floor((angle + np.pi / 4.0) / (np.pi / 2.0) * n), 0, n - 1).astype(np.int64) for angle in angles)
    corner_at, cells_round = _cells_round_corners(sphere, n)
    points = vectors_of(latitude, longitude)
    index = np.zeros((len(face), 4), np.int64)
    weight = np.zeros((len(face), 4))
    best = np.full(len(face), -np.inf)
    for up in (0, 1):
        for right in (0, 1):
            cells = cells_round[corner_at[face, j + up, i + right]]
            trial = _shares(sphere.vectors[cells], points, cells)
            inside = trial.min(axis=1)
            better = inside > best
            index[better], weight[better], best[better] = np.maximum(cells[better], 0), trial[better], inside[better]
    weight = np.maximum(weight, 0.0)  # a point on the side of two neighbourhoods is outside both by rounding
    return _matrix(index, weight / weight.sum(axis=1)[:, None], sphere.n_columns)


def _cells_round_corners(sphere, n):
    """Return the numbers of the corners ``(6, n + 1, n + 1)`` and the cells round each ``(n_corners, 4)``, -1 for none."""
    keys = lattice_keys(n, 2 * np.arange(n + 1) - n)
    _, at = np.unique(keys, return_inverse=True)
    at = at.reshape(keys.shape)
    corner = np.stack([at[:, :-1, :-1], at[:, :-1, 1:], at[:, 1:, 1:], at[:, 1:, :-1]], axis=-1).ravel()
    cell = np.repeat(np.arange(sphere.n_columns), 4)
    tangent = sphere.edge_tangents
    place = (CENTRE[:, None, None] + tangent[None, None, :, None] * X_AXIS[:, None, None]
             + tangent[None, :, None, None] * Y_AXIS[:, None, None])
    middle = np.empty((at.max() + 1, 3))
    middle[at] = place / np.linalg.norm(place, axis=-1)[..., None]
    # Round a corner in the order of the direction, so that the four are a quadrilateral.
    east = np.cross([0.3, 0.5, 0.8], middle)
    north = np.cross(middle, east)
    towards = sphere.vectors[cell]
    direction = np.arctan2((towards * north[corner]).sum(axis=1), (towards * east[corner]).sum(axis=1))
    order = np.lexsort((direction, corner))
    first = np.searchsorted(corner[order], np.arange(len(middle)))
    round_ = np.full((len(middle), 4), -1)
    round_[corner[order], np.arange(len(order)) - first[corner[order]]] = cell[order]
    return at, round_


def _shares(vectors, points, cells):
    """Return weights of three or four vectors ``(n, 4, 3)`` at points ``(n, 3)``; a point outside has a negative one."""
    shares = np.full((len(points), 4), -1.0)
    three = cells[:, 3] < 0
    if three.any():
        part = np.linalg.solve(vectors[three, :3].transpose(0, 2, 1), points[three][..., None])[..., 0]
        shares[three, :3], shares[three, 3] = part / part.sum(axis=1)[:, None], 0.0
        lowest = part.min(axis=1)
        shares[three, 3] = np.where(lowest < 0.0, lowest, 0.0)
    four = ~three
    if four.any():
        shares[four] = _in_quadrilateral(vectors[four], points[four])
    return shares


def _in_quadrilateral(vectors, points):
    """Return the bilinear weights of the corners of quadrilaterals at points, on the plane that touches the sphere there."""
    east = np.cross(points, np.eye(3)[np.argmin(np.abs(points), axis=1)])
    east /= np.linalg.norm(east, axis=1)[:, None]
    north = np.cross(points, east)
    towards = np.einsum("nkc,nc->nk", vectors, points)
    plane = np.stack([np.einsum("nkc,nc->nk", vectors, axis) / towards for axis in (east, north)], axis=-1)
    a, b, c = plane[:, 0], plane[:, 1] - plane[:, 0], plane[:, 3] - plane[:, 0]
    d = plane[:, 0] - plane[:, 1] + plane[:, 2] - plane[:, 3]
    u = v = np.full(len(points), 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(NEWTON_STEPS):
            residual = a + u[:, None] * b + v[:, None] * c + (u * v)[:, None] * d
            du, dv = b + v[:, None] * d, c + u[:, None] * d
            determinant = du[:, 0] * dv[:, 1] - du[:, 1] * dv[:, 0]
            u = u - (residual[:, 0] * dv[:, 1] - residual[:, 1] * dv[:, 0]) / determinant
            v = v - (du[:, 0] * residual[:, 1] - du[:, 1] * residual[:, 0]) / determinant
        weight = np.stack([(1.0 - u) * (1.0 - v), u * (1.0 - v), u * v, (1.0 - u) * v], axis=1)
        missed = np.abs(np.einsum("nk,nkc->nc", weight, plane)).max(axis=1) / np.abs(plane).max(axis=(1, 2))
    # Far outside Newton's method may end anywhere, and products of two negative factors would look like weights.
    inside = (missed < CONVERGED) & (towards.min(axis=1) > 0.0)
    inside &= (np.minimum(u, v) > -AT_SIDE) & (np.maximum(u, v) < 1.0 + AT_SIDE)
    weight[~inside] = -1.0
    return weight
