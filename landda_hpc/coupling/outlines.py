"""Outlines of columns: corners of cells, control volumes of nodes, and the mesh of a cubed sphere."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.cubed_sphere import CENTRE, X_AXIS, Y_AXIS, CubedSphere, lattice_keys
from landda_hpc.domain.grid import Grid


class Mesh(NamedTuple):
    """Corners ``(n_corners,)`` [degrees] and those of each quadrilateral ``(n_faces, 4)``, counter-clockwise from outside."""

    latitude: np.ndarray
    longitude: np.ndarray
    faces: np.ndarray


def patch_mesh(sphere):
    """Return the :class:`Mesh` of the patches of a cubed sphere: its cells, or the parts of elements that nodes own."""
    tangent = sphere.edge_tangents
    n = len(tangent) - 1
    keys = lattice_keys(n, 2 * np.arange(n + 1) - n)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    face, row, column = np.unravel_index(first, keys.shape)
    x, y, z = (CENTRE[face] + tangent[column, None] * X_AXIS[face] + tangent[row, None] * Y_AXIS[face]).T + 0.0
    return Mesh(np.degrees(np.arctan2(z, np.hypot(x, y))), np.mod(np.degrees(np.arctan2(y, x)), 360.0),
                _quadrilaterals(inverse.reshape(keys.shape)))


def node_mesh(sphere):
    """Return the :class:`Mesh` whose corners are the nodes of the spectral elements; each element has ``(np - 1)^2`` faces."""
    nodes = sphere.elements.reshape(-1, sphere.np, sphere.np)
    return Mesh(sphere.latitude, sphere.longitude, _quadrilaterals(nodes))


def _quadrilaterals(lattice):
    """Return the corners of the quadrilaterals of lattices ``(k, n, n)`` of corner numbers."""
    corners = lattice[:, :-1, :-1], lattice[:, :-1, 1:], lattice[:, 1:, 1:], lattice[:, 1:, :-1]
    return np.stack(corners, axis=-1).reshape(-1, 4)


def outlines(grid):
    """Return latitudes and longitudes of the corners of the columns ``(n_columns, n_corners)`` [degrees], None for points.

    Corners go counter-clockwise; those of a node that has fewer than others repeat the last.
    """
    if isinstance(grid, Grid):
        south, west = np.meshgrid(grid.latitude_edges[:-1], grid.longitude_edges[:-1], indexing="ij")
        south, west = south.reshape(-1, 1), west.reshape(-1, 1)
        size = grid.resolution
        latitude = np.clip(south + size * np.array([0, 0, 1, 1]), -90.0, 90.0)
        return latitude, west + size * np.array([0, 1, 1, 0])
    if not isinstance(grid, CubedSphere):
        return None
    mesh = patch_mesh(grid)
    corners = _round_nodes(grid, mesh) if grid.is_nodes else mesh.faces
    return mesh.latitude[corners], mesh.longitude[corners]


def _round_nodes(sphere, mesh):
    """Return the corners ``(n_columns, 8)`` of the patches of each node, in order, without a corner that is the node itself."""
    column = np.repeat(sphere.patch_column, 4)
    pair = np.unique(np.stack([column, mesh.faces.ravel()], axis=1), axis=0)
    column, corner = pair.T
    north, east = np.radians(mesh.latitude[corner]), np.radians(mesh.longitude[corner])
    place = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    middle = sphere.vectors[column]
    across = np.cross([0.3, 0.5, 0.8], middle)
    direction = np.arctan2((place * np.cross(middle, across)).sum(axis=1), (place * across).sum(axis=1))
    apart = np.linalg.norm(place - middle, axis=1) > 1.0e-9
    column, corner, direction = column[apart], corner[apart], direction[apart]
    order = np.lexsort((direction, column))
    column, corner = column[order], corner[order]
    count = np.bincount(column, minlength=sphere.n_columns)
    first = np.cumsum(count) - count
    place = first[:, None] + np.minimum(np.arange(count.max()), count[:, None] - 1)
    return corner[place]
