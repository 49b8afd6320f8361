"""SMAP level-2 passive soil moisture of one half orbit on the 36 km EASE grid: truth with gain, offset and error of each cell.

Nothing is retrieved from frozen or snow-covered ground, over open water and where radio interference is strong. Retrievals
with a surface condition above its lower threshold are not recommended.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.ease2 import M36
from landda_hpc.simulation.draws import STREAM_SCENE, STREAM_SMAP, errors, normal
from landda_hpc.simulation.orbits import ORBITS
from landda_hpc.simulation.sampling import Lattice

SPACING = M36.cell_size * 1.0e-3  # km
LEAST, GREATEST = 0.02, 0.5  # m3 m-3, valid range of recommended retrievals
DENSE_VEGETATION = 5.0  # kg m-2
WATER_LOWER, WATER_UPPER = 0.05, 0.5
MOUNTAINOUS, TOO_MOUNTAINOUS = 350.0, 900.0  # m, relief of the domain's cells
RECOMMENDED, UNCERTAIN, UNCERTAIN_FROZEN, SKIPPED, OVER_SEA = 0, 1, 9, 7, 15  # values of the retrieval flag
STATIC_WATER, COAST, URBAN, SNOW, PERMANENT_ICE, FROZEN_RADIOMETER, FROZEN_MODEL, MOUNTAINS, VEGETATION = (
    1, 4, 8, 32, 64, 128, 256, 512, 1024)
POOR, INTERFERENCE, CORRECTED = 1, 4, 8  # bits of the brightness-temperature flags
REPEATED_SIZE = 256  # the number of cells of a thinned file is a multiple of this: its structure serves many files


class Granule(NamedTuple):
    """Cells of a half orbit ``(n,)`` in the order of the file, column by column, and what was retrieved; NaN where nothing."""

    row: np.ndarray
    column: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    point: np.ndarray
    seconds: np.ndarray
    soil_moisture: np.ndarray
    retrieval_flag: np.ndarray
    surface_flag: np.ndarray
    brightness_flag: np.ndarray
    vegetation_water: np.ndarray
    opacity: np.ndarray
    water_fraction: np.ndarray
    surface_temperature: np.ndarray


class SmapSimulator:
    """Half orbits of SMAP.

    Parameters
    ----------
    scene : Scene
    settings : SimulationSettings

    Attributes
    ----------
    gain, offset, error_std : ndarray (n_points,)
        Of the retrieval [1, m3 m-3, m3 m-3]; the error is for bare ground.
    """

    def __init__(self, scene, settings):
        self.orbit, self._scene, self._settings = ORBITS["smap"], scene, settings
        self._every = settings.every(SPACING, scene.domain.grid)
        column, row = (part.reshape(-1) for part in np.meshgrid(np.arange(self._every // 2, M36.n_columns, self._every),
                                                                np.arange(self._every // 2, M36.n_rows, self._every),
                                                                indexing="ij"))
        self.lattice = Lattice(scene, self.orbit, row, column, *M36.centre(row, column), land_only=False)
        trait = [scene.trait(30 + number) for number in range(3)]
        self.gain = 1.0 + np.clip(0.12 * trait[0], -0.3, 0.3)
        self.offset = 0.025 * trait[1]
        self.error_std = 0.024 * np.exp(0.2 * trait[2])
        self.middle = 0.5 * (scene.wilting_point + 0.8 * scene.porosity)
        footprint = self._footprint()
        kind = normal(scene.seed, STREAM_SCENE, footprint, 35)
        # Inland water: none for most, a little for a tenth, much for some.
        self._water = np.where(self.lattice.point < 0, 1.0, np.where(kind > 1.3, 0.04 * np.exp(2.0 * (kind - 1.3)), 0.0))
        self._town = normal(scene.seed, STREAM_SCENE, footprint, 36) > 2.2
        self._interference = np.maximum(normal(scene.seed, STREAM_SCENE, footprint, 37) - 1.5, 0.0)

    def _footprint(self):
        return self.lattice.row.astype(np.int64) * M36.n_columns + self.lattice.column

    def cover(self, point):
        """Return the IGBP class at points ``(n,)``; anything where there is none."""
        return self._scene.cover[np.maximum(point, 0)]

    def kept_cells(self, half):
        """Return the visits of a half orbit, in a thinned file with no more sea than fills it up to its size."""
        visits = self.lattice.visits(half)
        if self._every == 1:
            return visits
        land = self.lattice.point[visits.index] >= 0
        wanted = min(-(-max(land.sum(), 1) // REPEATED_SIZE) * REPEATED_SIZE, len(land))
        kept = land | (np.cumsum(~land) <= wanted - land.sum())
        return type(visits)(*(values[kept] for values in visits))

    def retrieve(self, half, window):
        """Return the :class:`Granule` of a half orbit.

        Parameters
        ----------
        half : int
            Index of the half orbit.
        window : TruthWindow
        """
        visits, scene, lattice = self.kept_cells(half), self._scene, self.lattice
        index = visits.index
        point = lattice.point[index]
        land, at = point >= 0, np.maximum(point, 0)
        surface = window.at(at, visits.seconds)
        green = scene.greenness(visits.seconds[0] if len(index) else 0.0)[at]
        forest = scene.forest[at]
        water = self._water[index]
        vegetation = green * np.where(forest, 13.0, 5.0)
        interference = self._interference[index] + np.minimum(normal(
            scene.seed, STREAM_SMAP, self._footprint()[index], 1, half), 1.0) * 0.5
        poor, strong = (self._interference[index] > 0) & (interference > 0.2), interference > 0.9
        frozen, snow = surface.soil_temperature <= 273.15, surface.snow_water_equivalent > 1.0

        conditions = ((water > WATER_LOWER, STATIC_WATER | 2), ((water > WATER_LOWER) & (water < 1.0), COAST),
                      (self._town[index] | scene.urban[at], URBAN), (snow | scene.ice[at], SNOW),
                      (scene.ice[at], PERMANENT_ICE), (frozen | snow, FROZEN_RADIOMETER), (frozen, FROZEN_MODEL),
                      (scene.relief[at] > MOUNTAINOUS, MOUNTAINS), (vegetation > DENSE_VEGETATION, VEGETATION))
        surface_flag = sum(np.where(there & land, bit, 0) for there, bit in conditions) + np.where(land, 0, 7)

        noise = errors(self._settings, STREAM_SMAP, scene.cell[at], self._footprint()[index], visits.seconds, 0, half)
        value = (surface.soil_moisture + self.offset[at] + (self.gain[at] - 1.0) * (surface.soil_moisture - self.middle[at])
                 + (self.error_std[at] + 0.02 * green) * noise)
        value = np.maximum(value, LEAST)  # the retrieval searches from there on
        skipped = (~land | ~surface.known | frozen | snow | scene.ice[at] | strong | (water > WATER_UPPER)
                   | (scene.relief[at] > TOO_MOUNTAINOUS) | ((surface_flag == 0) & (value > GREATEST)))
        flag = np.where(~land, OVER_SEA, np.where(skipped, SKIPPED, np.where(surface_flag > 0, UNCERTAIN, RECOMMENDED)))
        nothing = np.where(skipped, np.nan, 1.0)
        return Granule(lattice.row[index], lattice.column[index], lattice.latitude[index], lattice.longitude[index], point,
                       visits.seconds, value * nothing, flag, surface_flag,
                       np.where(poor & land, INTERFERENCE | np.where(strong, POOR, CORRECTED), 0),
                       np.where(land, vegetation, np.nan), 0.12 * vegetation * nothing, water,
                       np.where(land & surface.known, surface.skin_temperature, np.nan))
