"""Regular latitude-longitude grids: rows from the south, columns eastward, cells of equal size in degrees."""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError

EARTH_RADIUS = 6371000.0  # m, authalic sphere
SINGLE_PRECISION = 3.2e-5  # degrees, the most that the difference of two rounded longitudes is off
GLOBE_SIZE = 1.0e-9  # degrees, tolerance of sizes and edges


class Grid(NamedTuple):
    """A grid by its size and its south-western corner.

    Attributes
    ----------
    n_rows, n_columns : int
    resolution : float
        Size of a cell [degrees].
    south, west : float
        Edges [degrees].
    """

    n_rows: int
    n_columns: int
    resolution: float
    south: float
    west: float

    @classmethod
    def covering(cls, resolution, south=-60.0, north=90.0, west=-180.0, east=180.0):
        """Return the grid of a region whose edges lie on cell edges of the global grid of that resolution.

        Raises
        ------
        ConfigError
            For edges that are not.
        """
        counts = []
        for low, high, first, name in ((south, north, -90.0, "latitude"), (west, east, -180.0, "longitude")):
            steps = (high - low) / resolution
            offset = (low - first) / resolution
            if high <= low or max(abs(steps - round(steps)), abs(offset - round(offset))) > 1e-6:
                raise ConfigError(f"A region from {low:g} to {high:g} degrees of {name} has no whole cells of "
                                  f"{resolution:g} degrees. Choose edges that are multiples of the resolution from "
                                  f"{first:g}.")
            counts.append(round(steps))
        if south < -90.0 or north > 90.0 or east - west > 360.0 + GLOBE_SIZE:
            raise ConfigError(f"The region {south:g} to {north:g} N, {west:g} to {east:g} E is larger than the globe.")
        return cls(*counts, float(resolution), float(south), float(west))

    @classmethod
    def of_centres(cls, latitudes, longitudes):
        """Return the grid whose cell centres are given, ascending and evenly spaced.

        Raises
        ------
        ConfigError
            For centres that are not those of such a grid.
        """
        latitudes, longitudes = np.asarray(latitudes, np.float64), np.asarray(longitudes, np.float64)
        steps = np.concatenate([np.diff(latitudes), np.diff(longitudes)])
        resolution = float(np.median(steps)) if steps.size else 0.0
        if resolution <= 0.0 or np.abs(steps - resolution).max() > max(1e-4 * resolution, SINGLE_PRECISION):
            raise ConfigError("The coordinates are not those of a regular grid: latitude must ascend from the south, "
                              "longitude eastward, both in equal steps of the same size; found steps from "
                              f"{steps.min() if steps.size else 0.0:g} to {steps.max() if steps.size else 0.0:g} degrees.")
        # Single-precision coordinates of files are off by up to 1e-5 degrees; cells sit on multiples of half a cell.
        resolution = round(resolution * 3600.0) / 3600.0
        south, west = (round(float(first) / resolution * 2.0) / 2.0 * resolution - 0.5 * resolution
                       for first in (latitudes[0], longitudes[0]))
        return cls(len(latitudes), len(longitudes), resolution, south, west)

    @property
    def shape(self):
        """Rows and columns."""
        return self.n_rows, self.n_columns

    @property
    def latitude_edges(self):
        """Edges of the rows ``(n_rows + 1,)`` [degrees]."""
        return self.south + self.resolution * np.arange(self.n_rows + 1)

    @property
    def longitude_edges(self):
        """Edges of the columns ``(n_columns + 1,)`` [degrees]."""
        return self.west + self.resolution * np.arange(self.n_columns + 1)

    @property
    def latitudes(self):
        """Centres of the rows [degrees north]."""
        return self.south + self.resolution * (np.arange(self.n_rows) + 0.5)

    @property
    def longitudes(self):
        """Centres of the columns [degrees east]."""
        return self.west + self.resolution * (np.arange(self.n_columns) + 0.5)

    @property
    def cell_area(self):
        """Area of a cell of each row ``(n_rows,)`` [m2]."""
        bands = np.diff(np.sin(np.deg2rad(self.latitude_edges)))
        return EARTH_RADIUS**2 * np.deg2rad(self.resolution) * bands

    def positions(self, cell):
        """Return latitude and longitude [degrees] of global cell ids ``row * n_columns + column``."""
        row, column = np.divmod(np.asarray(cell, np.int64), self.n_columns)
        return self.latitudes[row], self.longitudes[column]

    def around(self, cell):
        """Return the smallest grid that holds all the cells, and their ids in it."""
        rows, columns = np.divmod(np.asarray(cell, np.int64), self.n_columns)
        first_row, first_column = int(rows.min()), int(columns.min())
        part = Grid(int(rows.max()) - first_row + 1, int(columns.max()) - first_column + 1, self.resolution,
                    self.south + first_row * self.resolution, self.west + first_column * self.resolution)
        return part, (rows - first_row) * part.n_columns + columns - first_column

    def on_globe(self, cell):
        """Return the grid of the whole globe that this one is a part of, and ids of cells in it; itself where there is none.

        Cells keep their ids, and with them their random numbers, whatever part of the globe a file covers.
        """
        counts = [180.0 / self.resolution, 360.0 / self.resolution, (self.south + 90.0) / self.resolution,
                  (self.west + 180.0) / self.resolution]
        if max(abs(count - round(count)) for count in counts) > 1e-6:
            return self, np.asarray(cell, np.int64)
        n_rows, n_columns, first_row, first_column = (round(count) for count in counts)
        rows, columns = np.divmod(np.asarray(cell, np.int64), self.n_columns)
        globe = Grid(n_rows, n_columns, self.resolution, -90.0, -180.0)
        return globe, (rows + first_row) * n_columns + (columns + first_column) % n_columns

    def describe(self):
        """Return the grid in words."""
        return (f"{self.n_rows} x {self.n_columns} cells of {self.resolution:g} degrees, {self.south:g} to "
                f"{self.latitude_edges[-1]:g} N, {self.west:g} to {self.longitude_edges[-1]:g} E")
