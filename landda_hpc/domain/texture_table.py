"""Soil texture from land cover and climate: the commonest STATSGO class of each combination, from a packaged table.

Stands in for a texture map where none may be passed on. The table was counted once, by ``tools/make_texture_table.py``, on
HWSD at 0.25 degrees; it is a summary of 320 classes and holds no map.
"""

import csv
from functools import lru_cache
from importlib import resources

import numpy as np

from landda_hpc.times import SECONDS_PER_YEAR

TEMPERATURE_EDGES = (268.15, 278.15, 288.15, 296.15)  # K, annual mean
PRECIPITATION_EDGES = (250.0, 600.0, 1200.0)  # mm a year
N_COVERS = 16
SHAPE = (N_COVERS, len(TEMPERATURE_EDGES) + 1, len(PRECIPITATION_EDGES) + 1)


def combination(land_cover, temperature, precipitation):
    """Return the indices into the table of each point.

    Parameters
    ----------
    land_cover : ndarray of int (n_points,)
        IGBP class 1 to 16.
    temperature, precipitation : ndarray (12, n_points)
        Monthly means [K, kg m-2 s-1].
    """
    return (np.asarray(land_cover) - 1, np.digitize(temperature.mean(axis=0), TEMPERATURE_EDGES),
            np.digitize(precipitation.mean(axis=0) * SECONDS_PER_YEAR, PRECIPITATION_EDGES))


@lru_cache
def _table():
    text = resources.files("landda_hpc.domain").joinpath("texture_by_climate.csv").read_text()
    table = np.zeros(SHAPE, np.int64)
    for row in list(csv.reader(text.splitlines()))[2:]:
        cover, warmth, wetness, soil = (int(value) for value in row)
        table[cover - 1, warmth, wetness] = soil
    return table


def classes(land_cover, temperature, precipitation):
    """Return the STATSGO class of each point ``(n_points,)``; arguments as in :func:`combination`."""
    return _table()[combination(land_cover, temperature, precipitation)]
