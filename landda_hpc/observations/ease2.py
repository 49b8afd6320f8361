"""EASE-Grid 2.0, global cylindrical equal-area grids of 36 and 25 km on WGS 84 (standard parallel 30 degrees, EPSG:6933).

Row 0 is the northernmost, column 0 starts at 180 W; indices are zero-based as in SMAP files.

References
----------
Brodzik et al. (2012), doi:10.3390/ijgi1010032; Snyder (1987), USGS Professional Paper 1395, section 10.
"""

from typing import NamedTuple

import numpy as np

SEMI_MAJOR_AXIS = 6378137.0  # m, WGS 84
ECCENTRICITY = 0.0818191908426
_SINE_30 = 0.5
#: Scale along the equator.
SCALE = np.sqrt(1.0 - _SINE_30**2) / np.sqrt(1.0 - (ECCENTRICITY * _SINE_30) ** 2)


class EaseGrid(NamedTuple):
    """A global grid.

    ``cell_size`` [m]; ``west``, ``north``: projected coordinates of the outer corner of row 0, column 0 [m].
    """

    name: str
    n_rows: int
    n_columns: int
    cell_size: float
    west: float
    north: float

    def cell(self, latitude, longitude):
        """Return row and column of the cells that contain points; row -1 where the grid ends before the pole.

        Parameters
        ----------
        latitude, longitude : array_like
            Degrees; longitude in [-180, 180).
        """
        x, y = project(latitude, longitude)
        column = np.floor((x - self.west) / self.cell_size).astype(np.int64) % self.n_columns
        row = np.floor((self.north - y) / self.cell_size).astype(np.int64)
        return np.where((row >= 0) & (row < self.n_rows), row, -1), column

    def centre(self, row, column):
        """Return latitude and longitude [degrees] of the centres of cells."""
        x = self.west + (np.asarray(column) + 0.5) * self.cell_size
        y = self.north - (np.asarray(row) + 0.5) * self.cell_size
        return unproject(x, y)

    @property
    def width(self):
        """Extent of a cell in longitude [degrees]."""
        return 360.0 / self.n_columns


M36 = EaseGrid("EASE-Grid 2.0 M36", 406, 964, 36032.220840584, -17367530.445161, 7314540.830639)
M25 = EaseGrid("EASE-Grid 2.0 M25", 584, 1388, 25025.260000000, -17367530.440000, 7307375.920000)


def project(latitude, longitude):
    """Return the projected coordinates [m] of points [degrees]."""
    x = SEMI_MAJOR_AXIS * SCALE * np.deg2rad(np.asarray(longitude, np.float64))
    y = SEMI_MAJOR_AXIS * _authalic(np.sin(np.deg2rad(np.asarray(latitude, np.float64)))) / (2.0 * SCALE)
    return x, y


def unproject(x, y):
    """Return latitude and longitude [degrees] of projected coordinates [m], NaN beyond the poles.

    Newton's method on the authalic function, whose derivative is ``2 (1 - e^2) cos(phi) / (1 - e^2 sin^2 phi)^2``; with the
    sine as unknown it converges at the poles too.
    """
    e2 = ECCENTRICITY**2
    wanted = 2.0 * SCALE * np.asarray(y, np.float64) / SEMI_MAJOR_AXIS
    sine = np.clip(wanted / _authalic(1.0), -1.0, 1.0)
    for _ in range(6):
        slope = 2.0 * (1.0 - e2) / (1.0 - e2 * sine**2) ** 2
        sine = np.clip(sine + (wanted - _authalic(sine)) / slope, -1.0, 1.0)
    on_globe = np.abs(wanted) <= _authalic(1.0) * (1.0 + 1e-12)
    latitude = np.where(on_globe, np.rad2deg(np.arcsin(sine)), np.nan)
    return latitude, np.rad2deg(np.asarray(x, np.float64) / (SEMI_MAJOR_AXIS * SCALE))


def _authalic(sine):
    """Return ``q`` of the sine of a latitude (Snyder, equation 3-12)."""
    e = ECCENTRICITY
    return (1.0 - e**2) * (sine / (1.0 - (e * sine) ** 2) - np.log((1.0 - e * sine) / (1.0 + e * sine)) / (2.0 * e))
