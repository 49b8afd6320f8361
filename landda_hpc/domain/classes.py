"""Classes of other people's maps: fractions to the dominant class, names of schemes, and checks of the numbers."""

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.noah import tables

#: Names of land-cover schemes in LDT, GEOGRID and GLDAS files.
SCHEMES = {"IGBPNCEP": "modis_igbp", "IGBP": "modis_igbp", "MODIS": "modis_igbp", "MODIFIED_IGBP_MODIS_NOAH": "modis_igbp",
           "USGS": "usgs", "USGS-RUC": "usgs", "UMD": "umd"}
MODIS_LAKE, USGS_LAKE = 21, 28  # inland water of GEOGRID, classes beyond the tables
WATER_SOIL, MOST_SOIL_CLASSES = 14, 19
OTHER_SOILS = ("ZOBLER", "ECOCLIMAP")


def scheme_of(path, attribute, name):
    """Return the key of :data:`landda_hpc.noah.tables.LAND_COVER_SCHEMES` of a scheme's name in a file."""
    known = SCHEMES.get(str(name).strip().upper())
    if known is None:
        found = f"{attribute} = {name!r}" if name else f"no attribute {attribute}"
        raise InputError(f"{path}: the land-cover classes are of no scheme that Noah has a table for.\n  found     {found}\n"
                         f"  expected  one of {', '.join(SCHEMES)}")
    return known


def check_special(path, scheme, given):
    """Refuse a file whose numbers of special classes are not those of the scheme.

    ``given`` maps ``urban``, ``bare``, ``snow_ice`` and ``water`` to the number and the attribute that says it; numbers below
    1 say nothing.
    """
    expected = tables.special_classes(scheme)._asdict()
    wrong = [f"{attribute} = {number}, expected {expected[kind]}" for kind, (number, attribute) in given.items()
             if number is not None and number > 0 and expected[kind] > 0 and int(number) != expected[kind]]
    if wrong:
        raise InputError(f"{path}: the classes are not numbered as in the scheme {scheme}: {'; '.join(wrong)}.")


def water_classes(scheme):
    """Return the classes of a scheme that are water."""
    lake = {"modis_igbp": (MODIS_LAKE,), "usgs": (USGS_LAKE,)}.get(scheme, ())
    return (tables.special_classes(scheme).water, *lake)


def dominant(fractions, excluded=()):
    """Return the class, counted from 1, that covers most of each cell, NaN where none does.

    Parameters
    ----------
    fractions : ndarray (n_classes, n_rows, n_columns)
    excluded : sequence of int
        Classes that are not asked, such as water.
    """
    area = np.nan_to_num(fractions, nan=0.0)
    area[[number - 1 for number in excluded if number <= len(area)]] = 0.0
    return np.where(area.max(axis=0) > 0.0, 1.0 + area.argmax(axis=0), np.nan)


def share(fractions, chosen):
    """Return the fraction of each cell under some of the classes, missing ones counted as 0."""
    return np.nan_to_num(fractions[[number - 1 for number in chosen if number <= len(fractions)]], nan=0.0).sum(axis=0)


def check_fractions(path, name, fractions):
    """Refuse fractions of an area that are negative or sum to more than 1."""
    area = np.nan_to_num(fractions, nan=0.0)
    if area.min() < -1e-3 or area.sum(axis=0).max() > 1.01:
        raise InputError(f"{path}: {name} is no fraction of the area by class: values from {area.min():.4g}, sums up to "
                         f"{area.sum(axis=0).max():.4g}, expected 0 to 1.")


def check_range(path, name, classes, land, largest, grid):
    """Refuse classes of land cells that are no whole numbers from 1 to ``largest``; NaN is no class."""
    bad = np.isfinite(classes) & ((classes < 1) | (classes > largest) | (classes != np.round(classes)))
    bad &= True if land is None else land
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InputError(f"{path}: {name} has classes that its table does not have, at {int(bad.sum())} land cells.\n"
                         f"  found     {classes[row, column]:g} at {grid.latitudes[row]:g} N {grid.longitudes[column]:g} E\n"
                         f"  expected  1 to {largest}")


def check_soil_scheme(path, name, n_classes):
    """Refuse soil classes that are not those of STATSGO."""
    if any(other in str(name).upper() for other in OTHER_SOILS) or n_classes > MOST_SOIL_CLASSES:
        raise InputError(f"{path}: the soil classes are not those of STATSGO: SOILTEXT_SCHEME = {name!r}, {n_classes} classes.")


def n_classes(scheme):
    """Return the number of classes that the table of a scheme has."""
    return tables.class_table(tables.LAND_COVER_SCHEMES[scheme]).n_classes
