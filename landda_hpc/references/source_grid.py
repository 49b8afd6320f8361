"""Where the values of a field of a forecast are."""

from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid


class SourceGrid(NamedTuple):
    """Axes ``latitude``, ``longitude`` [degrees], or columns, such as those of the cubed sphere.

    Columns may be some of the cells of a ``grid``, those with the ids ``cell``, as the land of an exchange is.
    """

    latitude: np.ndarray
    longitude: np.ndarray
    columns: bool
    grid: Grid | None = None
    cell: np.ndarray | None = None

    @property
    def key(self):
        """What tells grids apart."""
        return self.latitude.tobytes(), self.longitude.tobytes(), self.columns, self.grid
