"""The parameter tables of Noah 3.3, read from the CSV files of ``noah/parameters``.

Numbers go from decimal text straight to float64: one process compares porosities exactly.
"""

import csv
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError

LAND_COVER_SCHEMES = {"modis_igbp": "vegetation_modis_igbp.csv", "usgs": "vegetation_usgs.csv",
                      "umd": "vegetation_umd.csv"}
SOIL_TABLES = {"statsgo": "soil_statsgo.csv", "statsgo_wrf39": "soil_statsgo_wrf39.csv"}


class ClassTable(NamedTuple):
    """One table: names of the classes 1, 2, ... and a column ``(n_classes,)`` per parameter."""

    names: tuple
    columns: dict

    @property
    def n_classes(self):
        """Number of classes."""
        return len(self.names)

    def values(self, column, classes):
        """Return the parameter of each class index ``(n,)``, counted from 1."""
        return self.columns[column][np.asarray(classes) - 1]


class SpecialClasses(NamedTuple):
    """Class indices with a meaning of their own in a land-cover scheme; 0 where the scheme has none."""

    urban: int
    bare: int
    snow_ice: int
    water: int


def _rows(file_name):
    """Return header and data rows of a packaged table; its second line gives units."""
    text = resources.files("landda_hpc.noah").joinpath("parameters", file_name).read_text()
    lines = list(csv.reader(text.splitlines()))
    return lines[0], lines[2:]


@lru_cache
def class_table(file_name):
    """Return a :class:`ClassTable` of a packaged file."""
    header, lines = _rows(file_name)
    for number, line in enumerate(lines, 1):
        if int(line[0]) != number:
            raise ConfigError(f"{file_name}: class {line[0]} stands where class {number} was expected.")
    columns = {name: np.array([float(line[index]) for line in lines])
               for index, name in enumerate(header) if index > 1}
    return ClassTable(tuple(line[1] for line in lines), columns)


@lru_cache
def general_values():
    """Return the class-independent parameters by name."""
    return {line[0]: float(line[1]) for line in _rows("general.csv")[1]}


@lru_cache
def slope_values():
    """Return the drainage factors of the slope classes 1, 2, ... as an array."""
    return np.array([float(line[1]) for line in _rows("slope_classes.csv")[1]])


@lru_cache
def special_classes(scheme):
    """Return the :class:`SpecialClasses` of a land-cover scheme."""
    for line in _rows("landcover_flags.csv")[1]:
        if line[1] == LAND_COVER_SCHEMES[scheme]:
            return SpecialClasses(*(int(value) for value in line[2:6]))
    raise ConfigError(f"landcover_flags.csv has no row for the land-cover scheme {scheme}.")
