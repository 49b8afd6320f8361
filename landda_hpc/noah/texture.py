"""Soil classes and soil parameters from the fractions of sand, clay and silt (spec, appendix B)."""

import numpy as np

BEDROCK = 15


def statsgo_class(sand, clay, silt):
    """Return the STATSGO class of each point; fractions 0 to 1, arrays of one shape. Undefined (negative) clay gives 0."""
    sand, clay, silt = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in (sand, clay, silt)))
    rules = [
        (1, (sand >= 0.85) & (1.5 * clay + silt <= 0.15)),
        (2, 2.0 * clay + silt <= 0.30),
        (3, (clay < 0.07) & (silt < 0.50) & (sand > 0.43) & (sand < 0.52)),
        (3, (2.0 * clay + silt > 0.30) & (clay <= 0.20) & (sand >= 0.52)),
        (6, (clay >= 0.07) & (clay <= 0.27) & (silt >= 0.28) & (silt < 0.50) & (sand < 0.52)),
        (4, (silt >= 0.50) & (clay >= 0.12) & (clay <= 0.27)),
        (4, (silt >= 0.50) & (silt < 0.80) & (clay < 0.12)),
        (5, (silt >= 0.80) & (clay < 0.12)),
        (7, (clay > 0.20) & (clay < 0.35) & (silt < 0.28) & (sand >= 0.45)),
        (9, (clay > 0.27) & (clay < 0.40) & (sand > 0.20) & (sand < 0.45)),
        (8, (clay > 0.27) & (clay < 0.40) & (sand <= 0.20)),
        (10, (clay >= 0.35) & (sand >= 0.45)),
        (12, (clay >= 0.40) & (sand < 0.45) & (silt < 0.40)),
        (11, (clay >= 0.40) & (silt >= 0.40)),
    ]
    classes = np.select([rule for _, rule in rules], [number for number, _ in rules], BEDROCK)
    return np.where(clay < 0.0, 0, classes)


def pedotransfer(sand, clay):
    """Return porosity [m3 m-3], saturated potential [m], saturated conductivity [m s-1] and b (Cosby et al. 1984).

    Fractions 0 to 1; doi:10.1029/WR020i006p00682.
    """
    sand_percent, clay_percent = 100.0 * np.asarray(sand), 100.0 * np.asarray(clay)
    porosity = 0.489 - 0.00126 * sand_percent
    potential = 10.0 * 10.0 ** (1.88 - 0.0131 * sand_percent) / 1000.0
    conductivity = 0.0070556 * 10.0 ** (-0.884 + 0.0153 * sand_percent) / 1000.0
    return porosity, potential, conductivity, 2.91 + 0.159 * clay_percent
