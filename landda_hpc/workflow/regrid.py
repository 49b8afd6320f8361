"""From the grid of a file to a verification grid."""

import numpy as np

from landda_hpc.forcing.gridded.files import Axes
from landda_hpc.forcing.gridded.weights import Targets, make_weights


def remap_to(source, grid, method):
    """Return the function from values on a source, flat, to values ``(n_cells,)`` on a grid; a missing value spreads.

    Parameters
    ----------
    source : SourceGrid
    grid : Grid
    method : str
        ``bilinear`` or ``conservative``.
    """
    latitude, longitude = np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij")
    targets = Targets(latitude.ravel(), longitude.ravel(), grid.resolution)
    weights = make_weights(Axes(source.latitude, source.longitude), targets, method)
    first = weights.rows.start * weights.shape[1]
    return lambda values: weights.matrix @ values[first + weights.cells]
