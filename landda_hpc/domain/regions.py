"""Regions of latitude and longitude: those of the WMO's standard verification and a user's own."""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError


class Region(NamedTuple):
    """A region by its bounds [degrees], which belong to it; ``east`` may lie beyond 180 to cross the date line."""

    name: str
    south: float
    north: float
    west: float
    east: float

    def covers(self, latitudes, longitudes):
        """Return whether places lie in the region; the arrays are broadcast against each other."""
        latitudes, longitudes = np.asarray(latitudes), np.asarray(longitudes)
        return ((latitudes >= self.south) & (latitudes <= self.north)
                & (np.mod(longitudes - self.west, 360.0) <= self.east - self.west))

    def describe(self):
        """Return the bounds in words."""
        def degrees(value, positive, negative):
            return f"{abs(value):g}{positive if value > 0.0 else negative if value < 0.0 else ''}"

        latitude = f"{degrees(self.south, 'N', 'S')} to {degrees(self.north, 'N', 'S')}"
        if self.east - self.west >= 360.0:
            return latitude
        west, east = (np.mod(edge + 180.0, 360.0) - 180.0 for edge in (self.west, self.east))
        return f"{latitude}, {degrees(west, 'E', 'W')} to {degrees(east, 'E', 'W')}"


#: Regions of the WMO's standard verification; NH and SH are the extratropics.
STANDARD = {region.name: region for region in (
    Region("GLOB", -90.0, 90.0, -180.0, 180.0), Region("NH", 20.0, 90.0, -180.0, 180.0),
    Region("TROP", -20.0, 20.0, -180.0, 180.0), Region("SH", -90.0, -20.0, -180.0, 180.0),
    Region("EU", 25.0, 70.0, -10.0, 28.0), Region("ASIA", 25.0, 65.0, 60.0, 145.0))}
TITLES = {"GLOB": "All land", "NH": "Northern extratropics", "TROP": "Tropics", "SH": "Southern extratropics",
          "EU": "Europe", "ASIA": "Asia"}


def parse_region(text):
    """Return the :class:`Region` of ``"S,N,W,E"`` in degrees or of a standard name.

    Raises
    ------
    ConfigError
        For anything else.
    """
    if text.strip().upper() in STANDARD:
        return STANDARD[text.strip().upper()]
    try:
        south, north, west, east = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"The region {text!r} is not understood. Give south,north,west,east in degrees, such as "
                          f"35,72,-12,42, or one of {', '.join(STANDARD)}.") from None
    if east <= west:
        east += 360.0  # across the date line
    if not (-90.0 <= south < north <= 90.0 and -360.0 <= west < east <= west + 360.0):
        raise ConfigError(f"The region {text!r} has impossible bounds; expected -90 <= south < north <= 90 and longitudes "
                          "that span at most 360 degrees, in the order south,north,west,east.")
    return Region(text.strip(), south, north, west, east)
