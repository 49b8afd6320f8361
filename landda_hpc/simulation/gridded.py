"""Daily gridded products: all passes of one direction in a day on a fixed grid, the later pass over the earlier one."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from landda_hpc.simulation.draws import errors
from landda_hpc.simulation.orbits import ORBITS
from landda_hpc.simulation.sampling import Lattice
from landda_hpc.times import SECONDS_PER_DAY


class DaySample(NamedTuple):
    """Footprints of a day ``(n,)``, a later one of the same cell after an earlier one.

    ``index`` counts the cells of the lattice; ``surface`` is the truth, ``green`` the vegetation; ``noise`` are errors of unit
    variance; ``footprint`` numbers the cells of the product's grid and ``half`` the half orbits.
    """

    index: np.ndarray
    point: np.ndarray
    seconds: np.ndarray
    surface: tuple
    green: np.ndarray
    noise: np.ndarray
    footprint: np.ndarray
    half: np.ndarray


class DailySampler:
    """Samples the truth for one platform and grid.

    Parameters
    ----------
    scene : Scene
    settings : SimulationSettings
    platform : str
        Key of :data:`~landda_hpc.simulation.orbits.ORBITS`.
    stream : int
        Of the errors.
    shape : tuple of int
        Rows and columns of the product's grid.
    centre : callable
        Returns latitude and longitude of rows and columns.
    spacing : float
        Size of the product's cells [km].
    """

    def __init__(self, scene, settings, platform, stream, shape, centre, spacing):
        self.orbit, self._scene, self._settings, self._stream = ORBITS[platform], scene, settings, stream
        every = settings.every(spacing, scene.domain.grid)
        row, column = (part.reshape(-1) for part in np.meshgrid(*(np.arange(every // 2, size, every) for size in shape),
                                                                indexing="ij"))
        self.lattice = Lattice(scene, self.orbit, row, column, *centre(row, column))
        self._footprint = self.lattice.row.astype(np.int64) * shape[1] + self.lattice.column

    def day(self, start, ascending, window):
        """Return the :class:`DaySample` of the day that begins at ``start`` [s since 2000-01-01 00:00 UTC], or None."""
        parts = []
        for half, visits in self.lattice.visits_between(start, start + SECONDS_PER_DAY, ascending):
            index = visits.index
            surface = window.at(self.lattice.point[index], visits.seconds)
            keep = surface.known & ~self._scene.ice[self.lattice.point[index]]
            index, seconds = index[keep], visits.seconds[keep]
            point, footprint = self.lattice.point[index], self._footprint[index]
            noise = errors(self._settings, self._stream, self._scene.cell[point], footprint, seconds, 0, half)
            parts.append((index, point, seconds, np.stack([values[keep] for values in surface]), noise, footprint,
                          np.full(len(index), half)))
        if not parts or not sum(len(part[0]) for part in parts):
            return None
        kind = type(surface)
        index, point, seconds, surface, noise, footprint, half = (np.concatenate(items, axis=-1) for items in zip(*parts))
        green = self._scene.greenness(start)[point]
        return DaySample(index, point, seconds, kind(*surface), green, noise, footprint, half)


@contextmanager
def filled(grids, place, values):
    """Put values at places of grids that are otherwise missing, and take them out again; a later one replaces an earlier one.

    Parameters
    ----------
    grids : dict of str to ndarray
        Made once, since making them for every day takes longer than packing them.
    place : tuple of ndarray (n,)
        Indices.
    values : dict of str to ndarray (n,) or number
    """
    missing = {name: grid[0, 0] for name, grid in grids.items()}
    for name, grid in grids.items():
        grid[place] = values[name]
    try:
        yield grids
    finally:
        for name, grid in grids.items():
            grid[place] = missing[name]
