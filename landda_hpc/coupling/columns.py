"""What a remapping needs to know of a grid, whatever its kind: positions and areas of its columns."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.domain.grid import Grid


class Columns(NamedTuple):
    """Columns of one side of a remapping.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Rows and columns of a latitude-longitude grid, else ``(n_columns,)``.
    latitude, longitude : ndarray (n_columns,)
        [degrees]
    area : ndarray (n_columns,)
        On the unit sphere [steradian]; zero for points.
    """

    name: str
    shape: tuple
    latitude: np.ndarray
    longitude: np.ndarray
    area: np.ndarray

    @property
    def n_columns(self):
        """Number of columns."""
        return len(self.latitude)


def columns_of(grid):
    """Return the :class:`Columns` of a grid, of a cubed sphere, or of anything with ``latitude`` and ``longitude``."""
    if isinstance(grid, Columns):
        return grid
    if isinstance(grid, Grid):
        latitude, longitude = np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij")
        # A row that is centred on a pole ends there.
        sines = np.sin(np.radians(np.clip(grid.latitude_edges, -90.0, 90.0)))
        area = np.repeat(np.radians(grid.resolution) * np.diff(sines), grid.n_columns)
        name = f"{grid.resolution:.9g} degrees from {grid.south:.9g} N {grid.west:.9g} E"
        return Columns(name, grid.shape, latitude.ravel(), longitude.ravel(), area)
    latitude, longitude = (np.asarray(values, np.float64) for values in (grid.latitude, grid.longitude))
    if isinstance(grid, CubedSphere):
        return Columns(grid.name, grid.shape, latitude, longitude, grid.area)
    return Columns(f"{len(latitude)} points", latitude.shape, latitude, longitude, np.zeros(len(latitude)))
