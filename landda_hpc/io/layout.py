"""How the points of a run lie in a history file: along one dimension, or on the cells of a grid with gaps between them.

A band of points is a contiguous run of cells in row-major order; on a grid each rank writes its cells and the sea up to the
next rank's, which is at most three rectangles: the end of a row, whole rows, the beginning of a row.
"""

import numpy as np


class PointLayout:
    """Points along one dimension.

    Parameters
    ----------
    points : PointSet
    band : Band
    """

    dims = ("point",)

    def __init__(self, points, band):
        self._points, self._band = points, band
        self.sizes = (points.n_total,)
        self.chunk = self.sizes
        self.attributes = {"featureType": "timeSeries"}

    def coordinates(self):
        """Return ``(name, dims, values, units, standard name)`` of the coordinates."""
        points = self._points
        return [("latitude", ("point",), points.latitude, "degrees_north", "latitude"),
                ("longitude", ("point",), points.longitude, "degrees_east", "longitude"),
                ("cell", ("point",), points.cell, "1", None)]

    def spread(self, values, whole):
        """Return values ``(..., n_points)`` of this rank, or of the ``whole`` run, as they are written."""
        return values

    def rectangles(self, values, whole):
        """Return ``(start, part)`` of the one rectangle of ``values``, the start in the file's last dimensions."""
        return [((0 if whole else self._band.start,), values)]


class GridLayout:
    """Cells of the smallest rectangle of the grid that holds all points.

    Parameters
    ----------
    points : PointSet
        With a grid.
    band : Band

    Attributes
    ----------
    grid : Grid
        Of the file.
    cells : ndarray of int64 (n_total,)
        Cell of each point of the run in it.
    """

    dims = ("latitude", "longitude")

    def __init__(self, points, band):
        self.grid, self.cells = points.grid.around(points.cell)
        self.sizes = self.grid.shape
        self.chunk = self.sizes
        self.attributes = {}
        n_cells, n_total = self.grid.n_rows * self.grid.n_columns, points.n_total
        # Each rank begins at its first point and ends where the next begins; the first also has what is before.
        begin = 0 if band.start == 0 else (int(self.cells[band.start]) if band.start < n_total else n_cells)
        end = int(self.cells[band.stop]) if band.stop < n_total else n_cells
        self._own = (begin, end) if band.n_points else (begin, begin)
        self._band = band

    def coordinates(self):
        """Return ``(name, dims, values, units, standard name)`` of the coordinates."""
        return [("latitude", ("latitude",), self.grid.latitudes, "degrees_north", "latitude"),
                ("longitude", ("longitude",), self.grid.longitudes, "degrees_east", "longitude")]

    def spread(self, values, whole):
        """Return values ``(..., n_points)`` of this rank, or of the ``whole`` run, on its cells, NaN elsewhere."""
        begin, end = (0, self.grid.n_rows * self.grid.n_columns) if whole else self._own
        cells = self.cells if whole else self.cells[self._band.slice]
        full = np.full((*values.shape[:-1], end - begin), np.nan, values.dtype)
        full[..., cells - begin] = values
        return full

    def rectangles(self, values, whole):
        """Return ``(start, part)`` of three rectangles of ``values``, starts in the file's last dimensions; some may be empty.

        Three on every rank, because all take part in collective writes; a union of them is beyond HDF5 1.10.8 in parallel.
        """
        begin, end = (0, self.grid.n_rows * self.grid.n_columns) if whole else self._own
        n_columns, first, rectangles = self.grid.n_columns, begin, []
        whole_rows = -(-begin // n_columns) * n_columns, end // n_columns * n_columns
        for stop in (min(whole_rows[0], end), max(whole_rows[1], min(whole_rows[0], end)), end):
            part = values[..., first - begin:stop - begin]
            width = n_columns if (stop - first) % n_columns == 0 else stop - first
            rectangles.append((divmod(first, n_columns), part.reshape(*part.shape[:-1], -1, width)))
            first = stop
        return rectangles


def layout_of(points, band):
    """Return the layout of a set of points."""
    return PointLayout(points, band) if points.grid is None else GridLayout(points, band)
