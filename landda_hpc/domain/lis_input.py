"""Domain files of the Land Data Toolkit, ``lis_input.d01.nc`` (spec, products 11).

Maps are ``[class or month,] north_south, east_west``, south first, -9999 where undefined. Land cover and texture are fractions
of the area by class; the dominant class is the one of greatest fraction, counted from 1. SURFACETYPE is not read: it tells
which model of LIS runs a tile, not how much of the cell the tile covers. Where LANDMASK says land, water is no candidate.
"""

import numpy as np

from landda_hpc.domain import classes
from landda_hpc.domain.layers import UNDEFINED, Layers, fraction, read_axes, read_maps
from landda_hpc.errors import InputError
from landda_hpc.noah.texture import statsgo_class

KIND = "LDT lis_input"
#: Numbers of special classes by attribute.
SPECIAL = {"urban": "URBANCLASS", "bare": "BARESOILCLASS", "snow_ice": "SNOWCLASS", "water": "WATERCLASS"}
FRACTIONS = {"GREENNESS": "green_vegetation_fraction", "SHDMIN": "green_vegetation_fraction_min",
             "SHDMAX": "green_vegetation_fraction_max", "ALBEDO": "albedo", "MXSNALBEDO": "max_snow_albedo"}
QUARTER_DAYS = (30.0, 119.0, 211.0, 303.0)  # since 1 January: 31 January, 30 April, 31 July and 31 October
MID_MONTH_DAYS = (14.0, 45.0, 73.0, 104.0, 134.0, 165.0, 195.0, 226.0, 257.0, 287.0, 318.0, 348.0)


def recognises(file):
    """Tell whether an open NetCDF file is of this kind."""
    return "LANDMASK" in file.variables and "north_south" in file.dimensions


def read(path, file):
    """Return the :class:`~landda_hpc.domain.layers.Layers` of an open file."""
    projection = str(getattr(file, "MAP_PROJECTION", "EQUIDISTANT CYLINDRICAL"))
    if "CYLINDRICAL" not in projection.upper():
        raise InputError(f"{path}: MAP_PROJECTION = {projection!r}, but only grids regular in latitude and longitude "
                         "(EQUIDISTANT CYLINDRICAL) can be used. Make the file with LDT on a latlon grid.")
    coordinates = (np.ma.filled(file.variables[name][:].astype(np.float64), np.nan) for name in ("lat", "lon"))
    axes = read_axes(path, *(np.where(values == UNDEFINED, np.nan, values) for values in coordinates))
    land = read_maps(file, "LANDMASK", axes) == 1.0
    if "DOMAINMASK" in file.variables:
        land &= read_maps(file, "DOMAINMASK", axes) != 0.0
    fields, notes = _fractions(path, file, axes)
    scheme = None
    if "LANDCOVER" in file.variables:
        scheme = _land_cover(path, file, axes, land, fields, notes)
    _soil(path, file, axes, land, fields, notes)
    if "ELEVATION" in file.variables:
        fields["elevation"] = _binned(file, "ELEVATION", "ELEVFGRD", axes)
    if "TBOT" in file.variables:
        fields["deep_soil_temperature"] = read_maps(file, "TBOT", axes)
    if "SLOPETYPE" in file.variables:
        fields["slope_class"] = slope_classes(path, "SLOPETYPE", read_maps(file, "SLOPETYPE", axes), land, axes.grid)
    return Layers(str(path), KIND, axes.grid, land, fields, scheme, tuple(notes))


def slope_classes(path, name, values, land, grid):
    """Return slope classes, 3 where there is none, as LIS does."""
    values = np.where(values > 0.0, values, 3.0)
    classes.check_range(path, name, values, land, 9, grid)
    return values


def _fractions(path, file, axes):
    fields, notes = {}, []
    for name, field in FRACTIONS.items():
        if name not in file.variables:
            continue
        values = read_maps(file, name, axes)
        values, percent = fraction(values, str(getattr(file.variables[name], "units", "")))
        notes += [f"{name} taken as percent"] if percent else []
        if field in ("green_vegetation_fraction", "albedo"):
            values = _months(path, name, values, notes)
        else:
            values = values[0] if values.ndim == 3 and len(values) == 1 else values
        fields[field] = values
    return fields, notes


def _months(path, name, values, notes):
    """Return twelve months; four quarters are interpolated in time."""
    if values.ndim == 3 and len(values) == 12:
        return values
    if values.ndim != 3 or len(values) != 4:
        found = len(values) if values.ndim == 3 else 1
        raise InputError(f"{path}: {name} has {found} time(s), expected 12 months or 4 quarters.")
    notes.append(f"{name} interpolated from quarters, taken as of 31 January, 30 April, 31 July and 31 October")
    days = np.array([QUARTER_DAYS[-1] - 365.0, *QUARTER_DAYS, QUARTER_DAYS[0] + 365.0])
    around = values[[3, 0, 1, 2, 3, 0]]
    below = np.searchsorted(days, MID_MONTH_DAYS, side="right") - 1
    weight = ((np.array(MID_MONTH_DAYS) - days[below]) / np.diff(days)[below])[:, None, None]
    return (1.0 - weight) * around[below] + weight * around[below + 1]


def _land_cover(path, file, axes, land, fields, notes):
    fractions = read_maps(file, "LANDCOVER", axes)
    scheme = classes.scheme_of(path, "LANDCOVER_SCHEME", getattr(file, "LANDCOVER_SCHEME", ""))
    classes.check_special(path, scheme, {kind: (getattr(file, name, None), name) for kind, name in SPECIAL.items()})
    if fractions.ndim == 2:
        raise InputError(f"{path}: LANDCOVER has no classes; expected (sfctypes, north_south, east_west).")
    classes.check_fractions(path, "LANDCOVER", fractions)
    water = classes.water_classes(scheme)
    cover = classes.dominant(fractions, water)
    classes.check_range(path, "LANDCOVER", cover, land, classes.n_classes(scheme), axes.grid)
    fields["land_cover"] = cover
    fields["land_fraction"] = 1.0 - np.clip(classes.share(fractions, water), 0.0, 1.0)
    notes.append("land fraction: 1 less the water of LANDCOVER")
    return scheme


def _soil(path, file, axes, land, fields, notes):
    if "TEXTURE" in file.variables:
        texture = read_maps(file, "TEXTURE", axes)
        if texture.ndim == 3:
            classes.check_soil_scheme(path, getattr(file, "SOILTEXT_SCHEME", ""), len(texture))
            classes.check_fractions(path, "TEXTURE", texture)
            texture = classes.dominant(texture, (classes.WATER_SOIL,))
        else:
            classes.check_soil_scheme(path, getattr(file, "SOILTEXT_SCHEME", ""), 0)
        classes.check_range(path, "TEXTURE", texture, land, classes.MOST_SOIL_CLASSES, axes.grid)
        fields["soil_class"] = texture
    elif {"SAND", "CLAY", "SILT"} <= set(file.variables):
        parts = [_binned(file, name, "SOILSFGRD", axes) for name in ("SAND", "CLAY", "SILT")]
        total = sum(parts)
        known = np.isfinite(total) & (total > 0.0)
        sand, clay, silt = (np.where(known, part, 0.0) / np.where(known, total, 1.0) for part in parts)
        fields["soil_class"] = np.where(known, statsgo_class(sand, clay, silt), np.nan)
        notes.append("soil class from SAND, CLAY and SILT by the USDA triangle")


def _binned(file, name, weight_name, axes):
    """Return the mean over the bins of a map, weighted by the share of each bin where the file gives it."""
    values = read_maps(file, name, axes)
    if values.ndim == 2:
        return values
    weights = np.ones(values.shape)
    if weight_name in file.variables and file.variables[weight_name].ndim == 3:
        weights = np.nan_to_num(read_maps(file, weight_name, axes), nan=0.0)
    weights = np.where(np.isfinite(values), weights, 0.0)
    total = weights.sum(axis=0)
    mean = (weights * np.nan_to_num(values)).sum(axis=0)
    return np.divide(mean, total, out=np.full(total.shape, np.nan), where=total > 0.0)
