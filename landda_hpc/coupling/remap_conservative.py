"""Areas of overlap between the columns of two grids, as sparse matrices."""

import numpy as np
from scipy.sparse import csr_matrix, kron

from landda_hpc.coupling.cubed_sphere import N_FACES, CubedSphere, patch_areas
from landda_hpc.coupling.overlap import overlaps
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.parallel.shares import in_shares

SAME_EDGE = 1.0e-12  # of tangents: edges of two cubed spheres that are closer are one


def overlap_matrix(source_grid, target_grid, communicator=None):
    """Return the areas of overlap ``(n_target, n_source)`` [steradian] on the root, None elsewhere.

    Parameters
    ----------
    source_grid, target_grid : Grid or CubedSphere
    communicator : Communicator, optional
        Whose ranks share the patches of a cubed sphere; all call this together.

    Raises
    ------
    ConfigError
        For a side that has no outlines: mere points.
    """
    communicator = communicator or SerialCommunicator()
    for grid in (source_grid, target_grid):
        if not isinstance(grid, (Grid, CubedSphere)):
            raise ConfigError("Conservative weights need latitude-longitude grids or cubed spheres on both sides; one side is "
                              "points. Use bilinear or nearest.")
    if isinstance(target_grid, CubedSphere) and isinstance(source_grid, Grid):
        return _cells_to_sphere(source_grid, target_grid, communicator)
    if isinstance(source_grid, CubedSphere) and isinstance(target_grid, Grid):
        matrix = _cells_to_sphere(target_grid, source_grid, communicator)
        return None if matrix is None else matrix.T.tocsr()
    if not communicator.is_root:
        return None
    both_are_spheres = isinstance(source_grid, CubedSphere)
    return _sphere_to_sphere(source_grid, target_grid) if both_are_spheres else _cells_to_cells(source_grid, target_grid)


def _cells_to_sphere(grid, sphere, communicator):
    tangents = sphere.edge_tangents
    found = in_shares(communicator, len(sphere.patch_column), lambda first, last: overlaps(
        tangents, grid.latitude_edges, grid.longitude_edges, first, last))
    if found is None:
        return None
    patch, row, column, area = found
    matrix = csr_matrix((area, (sphere.patch_column[patch], row * grid.n_columns + column)),
                        shape=(sphere.n_columns, grid.n_rows * grid.n_columns))
    matrix.sum_duplicates()
    return matrix


def _sphere_to_sphere(source, target):
    """Cubed spheres have the same faces and the same lines of equal angle, so common patches are such patches again."""
    edges = np.sort(np.concatenate([source.edge_tangents, target.edge_tangents]))
    edges = edges[np.append(True, np.diff(edges) > SAME_EDGE)]
    middle = 0.5 * (edges[:-1] + edges[1:])
    columns = []
    for sphere in (source, target):
        n = len(sphere.edge_tangents) - 1
        line = np.searchsorted(sphere.edge_tangents, middle) - 1
        patch = np.arange(N_FACES)[:, None, None] * n * n + line[:, None] * n + line
        columns.append(sphere.patch_column[patch.ravel()])
    area = np.tile(patch_areas(edges).ravel(), N_FACES)
    matrix = csr_matrix((area, (columns[1], columns[0])), shape=(target.n_columns, source.n_columns))
    matrix.sum_duplicates()
    return matrix


def _cells_to_cells(source, target):
    # A row that is centred on a pole ends there.
    rows = _common(*(np.sin(np.radians(np.clip(grid.latitude_edges, -90.0, 90.0))) for grid in (target, source)))
    east = np.radians(source.longitude_edges)
    columns = sum(_common(np.radians(target.longitude_edges) + turn * 2.0 * np.pi, east) for turn in (-2, -1, 0, 1, 2))
    return kron(rows, columns, format="csr")


def _common(targets, sources):
    """Return the lengths that intervals have in common, sparse ``(n_targets, n_sources)``."""
    low = np.maximum(targets[:-1, None], sources[None, :-1])
    length = np.minimum(targets[1:, None], sources[None, 1:]) - low
    smallest = 1.0e-12 * min(np.diff(targets).min(), np.diff(sources).min())
    return csr_matrix(np.where(length > smallest, length, 0.0))
