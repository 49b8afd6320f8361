"""From the grid of a file to a verification grid."""

import numpy as np

from landda_hpc.coupling.recognise import sphere_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.forcing.gridded.files import Axes
from landda_hpc.forcing.gridded.weights import Targets, make_weights


def remap_to(source, grid, method):
    """Return the function from values on a source, flat, to values ``(n_cells,)`` on a grid; a missing value spreads.

    Columns of a cubed sphere are recognised by their positions, in any order; cells take the nearest of other columns.

    Parameters
    ----------
    source : SourceGrid
    grid : Grid
    method : str
        ``bilinear`` or ``conservative``.
    """
    if source.columns:
        return _from_columns(source, grid, method)
    latitude, longitude = np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij")
    targets = Targets(latitude.ravel(), longitude.ravel(), grid.resolution)
    weights = make_weights(Axes(source.latitude, source.longitude), targets, method)
    first = weights.rows.start * weights.shape[1]
    return lambda values: weights.matrix @ values[first + weights.cells]


def _from_columns(source, grid, method):
    sphere, order = sphere_of(source.latitude, source.longitude)
    if sphere is None:
        return Remap.nearest(source, grid).apply
    remap = getattr(Remap, method)(sphere, grid)
    return lambda values: remap.apply(values[order])
