"""What the simulators know of every land point beside the truth: soil, vegetation, relief, climate and fixed random traits."""

import math

import numpy as np
from scipy.special import ndtr

from landda_hpc.errors import InputError
from landda_hpc.noah import tables
from landda_hpc.simulation.draws import STREAM_SCENE, normal
from landda_hpc.times import EPOCH, SECONDS_PER_YEAR

FOREST = (1, 2, 3, 4, 5)
WETLAND, URBAN, SNOW_ICE, BARREN = 11, 13, 15, 16
KILOMETRES_PER_DEGREE = 111.195


class Scene:
    """Properties of the land points of a domain ``(n_points,)``.

    Parameters
    ----------
    domain : Domain
        With the monthly climate; its cells are those that random traits are keyed by.
    seed : int

    Attributes
    ----------
    cell : ndarray of int64
    cover : ndarray of int64
        IGBP class.
    porosity, wilting_point : ndarray
        Of the class tables [m3 m-3]; the truth may have others.
    forest, barren, ice, urban, wetland : ndarray of bool
    relief : ndarray
        Standard deviation of the elevation among neighbouring cells [m].
    """

    def __init__(self, domain, seed):
        if "climate_air_temperature" not in domain.fields:
            raise InputError(f"{domain.path or 'the domain'} has no monthly climate, which the frost and snow probabilities of "
                             "simulated products come from. `landda static` builds a domain with it.")
        self.domain, self.seed = domain, seed
        self.cell = domain.cell
        self.cover = domain.fields["land_cover"]
        soil = tables.class_table(tables.SOIL_TABLES["statsgo"])
        self.porosity, self.wilting_point = (soil.values(name, domain.fields["soil_class"]) for name in ("smcmax", "smcwlt"))
        self.forest = np.isin(self.cover, FOREST)
        self.barren, self.ice, self.urban, self.wetland = (self.cover == kind for kind in (BARREN, SNOW_ICE, URBAN, WETLAND))
        self.relief = _relief(domain)
        self._point_of_cell = np.full(domain.grid.n_rows * domain.grid.n_columns, -1, np.int64)
        self._point_of_cell[domain.cell] = np.arange(domain.n_total)

    def trait(self, number):
        """Return a fixed standard normal number of every point."""
        return normal(self.seed, STREAM_SCENE, self.cell, number)

    def point_at(self, latitude, longitude):
        """Return the land point whose cell holds each place ``(n,)``; -1 where there is none."""
        grid = self.domain.grid
        row = np.floor((np.asarray(latitude) - grid.south) / grid.resolution).astype(np.int64)
        column = np.floor(np.mod(np.asarray(longitude) - grid.west, 360.0) / grid.resolution).astype(np.int64)
        inside = (row >= 0) & (row < grid.n_rows) & (column < grid.n_columns)
        return np.where(inside, self._point_of_cell[np.where(inside, row * grid.n_columns + column, 0)], -1)

    def monthly(self, name, seconds):
        """Return a monthly field of the domain on a day ``(n_points,)``, linear between the middles of the months."""
        day = EPOCH + np.timedelta64(int(seconds), "s")
        year = day.astype("datetime64[Y]")
        fraction = (day - year.astype("datetime64[s]")).astype(np.int64) / SECONDS_PER_YEAR * 12.0 - 0.5
        below = math.floor(fraction)
        weight, fields = fraction - below, self.domain.fields[name]
        return (1.0 - weight) * fields[below % 12] + weight * fields[(below + 1) % 12]

    def greenness(self, seconds):
        """Return the green vegetation fraction on a day ``(n_points,)``."""
        return self.monthly("green_vegetation_fraction", seconds)

    def frost_probabilities(self, seconds):
        """Return the climatological probabilities of snow cover and of frozen soil on a day ``(n_points,)`` [%]."""
        air = self.monthly("climate_air_temperature", seconds)
        return 100.0 * ndtr((272.65 - air) / 3.0), 100.0 * ndtr((273.15 - air) / 3.0)


def _relief(domain):
    """Return the standard deviation of the elevation of each point and its land neighbours [m]."""
    elevation = domain.on_grid(domain.fields["elevation"])
    padded = np.pad(elevation, ((1, 1), (0, 0)), constant_values=np.nan)
    rows = elevation.shape[0]
    around = np.stack([np.roll(padded[1 + up:1 + up + rows], shift, axis=1) for up in (-1, 0, 1) for shift in (-1, 0, 1)])
    around = around.reshape(9, -1)[:, domain.cell]
    count = np.isfinite(around).sum(axis=0)
    mean = np.nansum(around, axis=0) / count
    return np.sqrt(np.nansum((around - mean) ** 2, axis=0) / count)
