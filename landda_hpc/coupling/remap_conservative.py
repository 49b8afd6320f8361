"""Areas of overlap between the columns of two grids, as sparse matrices."""

import numpy as np
from scipy.sparse import csr_matrix, kron

from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.overlap import overlaps
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError


def overlap_matrix(source_grid, target_grid):
    """Return the areas of overlap ``(n_target, n_source)`` [steradian].

    Raises
    ------
    ConfigError
        Unless one side is a latitude-longitude grid and the other such a grid or a cubed sphere.
    """
    if isinstance(target_grid, CubedSphere) and isinstance(source_grid, Grid):
        return _cells_to_sphere(source_grid, target_grid)
    if isinstance(source_grid, CubedSphere) and isinstance(target_grid, Grid):
        return _cells_to_sphere(target_grid, source_grid).T.tocsr()
    if isinstance(source_grid, Grid) and isinstance(target_grid, Grid):
        return _cells_to_cells(source_grid, target_grid)
    raise ConfigError("Conservative weights need a latitude-longitude grid on one side and such a grid or a cubed sphere on "
                      "the other. Use bilinear or nearest.")


def _cells_to_sphere(grid, sphere):
    patch, row, column, area = overlaps(sphere.edge_tangents, grid.latitude_edges, grid.longitude_edges)
    matrix = csr_matrix((area, (sphere.patch_column[patch], row * grid.n_columns + column)),
                        shape=(sphere.n_columns, grid.n_rows * grid.n_columns))
    matrix.sum_duplicates()
    return matrix


def _cells_to_cells(source, target):
    rows = _common(np.sin(np.radians(target.latitude_edges)), np.sin(np.radians(source.latitude_edges)))
    east = np.radians(source.longitude_edges)
    columns = sum(_common(np.radians(target.longitude_edges) + turn * 2.0 * np.pi, east) for turn in (-2, -1, 0, 1, 2))
    return kron(rows, columns, format="csr")


def _common(targets, sources):
    """Return the lengths that intervals have in common, sparse ``(n_targets, n_sources)``."""
    low = np.maximum(targets[:-1, None], sources[None, :-1])
    length = np.minimum(targets[1:, None], sources[None, 1:]) - low
    smallest = 1.0e-12 * min(np.diff(targets).min(), np.diff(sources).min())
    return csr_matrix(np.where(length > smallest, length, 0.0))
