"""Equal-area map projections of the sphere, forward and inverse, for arrays of degrees.

Three cover what is drawn: the Equal Earth projection (Savric, Patterson and Jenny 2019, doi:10.1080/13658816.2018.1504949)
for the globe, Albers' conic and Lambert's cylindrical projection (Snyder 1987, doi:10.3133/pp1395) for regions. Lengths are in
radii of the sphere. ``forward`` maps longitude and latitude to x and y, ``inverse`` back, NaN outside the map.
"""

import numpy as np

EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
NEWTON_STEPS = 6  # reach 1e-12 from the start below everywhere
WIDE = 150.0  # degrees of longitude, beyond which a region is drawn as the globe is
FLAT = 0.15  # cone constant below which the cone is a cylinder


class EqualEarth:
    """The globe, cut half-way round from the central meridian."""

    def __init__(self, central_longitude=0.0):
        self.central_longitude = central_longitude

    def forward(self, longitude, latitude):
        """Return x and y of places in degrees."""
        theta = np.arcsin(0.5 * np.sqrt(3.0) * np.sin(np.deg2rad(latitude)))
        eastward = np.deg2rad(_around(longitude, self.central_longitude))
        return 2.0 * eastward * np.cos(theta) / (np.sqrt(3.0) * _slope(theta)), _height(theta)

    def inverse(self, x, y):
        """Return longitude and latitude [degrees] of x and y."""
        theta = np.array(y, np.float64) / EQUAL_EARTH[0]
        with np.errstate(invalid="ignore", over="ignore"):
            for _ in range(NEWTON_STEPS):
                theta -= (_height(theta) - y) / _slope(theta)
            sine = np.where(np.abs(theta) <= np.pi / 3.0 + 1e-12, 2.0 * np.sin(theta) / np.sqrt(3.0), np.nan)
            eastward = np.rad2deg(0.5 * np.sqrt(3.0) * x * _slope(theta) / np.cos(theta))
            inside = (np.abs(sine) <= 1.0 + 1e-12) & (np.abs(eastward) <= 180.0 + 1e-9)
            latitude = np.rad2deg(np.arcsin(np.clip(sine, -1.0, 1.0)))
        return (np.where(inside, self.central_longitude + eastward, np.nan), np.where(inside, latitude, np.nan))


class Albers:
    """A cone through two parallels, for regions of middle and high latitudes."""

    def __init__(self, central_longitude, first_parallel, second_parallel):
        first, second = np.sin(np.deg2rad([first_parallel, second_parallel]))
        self.central_longitude = central_longitude
        self.cone = 0.5 * (first + second)
        self._constant = 1.0 + first * second  # cos^2 of the first parallel + 2 n sin of it

    def forward(self, longitude, latitude):
        """Return x and y of places in degrees."""
        radius = self._radius(latitude)
        angle = self.cone * np.deg2rad(_around(longitude, self.central_longitude))
        return radius * np.sin(angle), -radius * np.cos(angle)

    def inverse(self, x, y):
        """Return longitude and latitude [degrees] of x and y."""
        sign = np.sign(self.cone)
        radius = np.hypot(x, y)
        eastward = np.rad2deg(np.arctan2(sign * x, -sign * y) / self.cone)
        sine = (self._constant - (radius * self.cone) ** 2) / (2.0 * self.cone)
        inside = (np.abs(sine) <= 1.0 + 1e-12) & (np.abs(eastward) <= 180.0 + 1e-9)
        latitude = np.rad2deg(np.arcsin(np.clip(sine, -1.0, 1.0)))
        return (np.where(inside, self.central_longitude + eastward, np.nan), np.where(inside, latitude, np.nan))

    def _radius(self, latitude):
        return np.sqrt(np.maximum(self._constant - 2.0 * self.cone * np.sin(np.deg2rad(latitude)), 0.0)) / self.cone


class Cylinder:
    """A cylinder through a parallel and its mirror image, for regions of low latitudes."""

    def __init__(self, central_longitude, parallel):
        self.central_longitude = central_longitude
        self._stretch = np.cos(np.deg2rad(parallel))

    def forward(self, longitude, latitude):
        """Return x and y of places in degrees."""
        eastward = np.deg2rad(_around(longitude, self.central_longitude))
        return eastward * self._stretch, np.sin(np.deg2rad(latitude)) / self._stretch

    def inverse(self, x, y):
        """Return longitude and latitude [degrees] of x and y."""
        sine, eastward = np.asarray(y) * self._stretch, np.rad2deg(np.asarray(x) / self._stretch)
        inside = (np.abs(sine) <= 1.0 + 1e-12) & (np.abs(eastward) <= 180.0 + 1e-9)
        latitude = np.rad2deg(np.arcsin(np.clip(sine, -1.0, 1.0)))
        return (np.where(inside, self.central_longitude + eastward, np.nan), np.where(inside, latitude, np.nan))


def projection_of(south, north, west, east):
    """Return the projection that suits a region given by its edges [degrees]."""
    if east - west > WIDE:
        return EqualEarth(0.0 if east - west > 359.0 else 0.5 * (west + east))
    sixth = (north - south) / 6.0
    albers = Albers(0.5 * (west + east), south + sixth, north - sixth)
    if abs(albers.cone) >= FLAT and (south > -20.0 or north < 20.0):
        return albers
    return Cylinder(0.5 * (west + east), 0.5 * max(abs(south), abs(north)))


def _around(longitude, centre):
    """Return longitudes relative to a meridian, -180 to 180; whole circles within half a turn are kept as they are."""
    eastward = np.asarray(longitude, np.float64) - centre
    return np.where(np.abs(eastward) <= 180.0, eastward, np.mod(eastward + 180.0, 360.0) - 180.0)


def _height(theta):
    a1, a2, a3, a4 = EQUAL_EARTH
    square = theta * theta
    return theta * (a1 + square * (a2 + square**2 * (a3 + square * a4)))


def _slope(theta):
    a1, a2, a3, a4 = EQUAL_EARTH
    square = theta * theta
    return a1 + square * (3.0 * a2 + square**2 * (7.0 * a3 + 9.0 * square * a4))
