"""Maps of a domain that the class tables of Noah can stand in for."""

import numpy as np

from landda_hpc.noah import tables
from landda_hpc.noah.parameters import Seasons


def max_snow_albedo(land_cover, scheme):
    """Return the maximum snow albedo of the class of each point ``(n_points,)`` [1]."""
    return tables.class_table(tables.LAND_COVER_SCHEMES[scheme]).values("maxalb_pct", land_cover) / 100.0


def albedo(land_cover, greenness, least, greatest, scheme):
    """Return the snow-free albedo ``(12, n_points)`` of the classes for monthly greenness and its annual range [1]."""
    seasons = Seasons(land_cover, greenness, np.zeros(len(land_cover)), scheme, least, greatest)
    bright, dark = seasons.ends["background_albedo"]
    weight = np.stack([seasons.weight(month) for month in greenness])
    return (1.0 - weight) * bright + weight * dark
