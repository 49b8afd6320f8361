"""GEOGRID files of WRF, ``geo_em.d01.nc``, on regular latitude-longitude grids.

Maps are ``(Time = 1, [class or month,] south_north, west_east)``. ALBEDO12M and SNOALB are percent. SOILTEMP is the annual mean
temperature of the soil as if at sea level; WRF takes it to the height of the terrain by 6.5 K km-1, and so does this reader.
"""

import numpy as np

from landda_hpc.domain import classes
from landda_hpc.domain.layers import Layers, fraction, read_axes, read_maps
from landda_hpc.domain.lis_input import slope_classes
from landda_hpc.errors import InputError

KIND = "WRF geo_em"
PROJECTIONS = {1: "Lambert conformal", 2: "polar stereographic", 3: "Mercator", 6: "latitude-longitude"}
LATITUDE_LONGITUDE = 6
LAPSE_RATE = 0.0065  # K m-1
SPECIAL = {"urban": "ISURBAN", "snow_ice": "ISICE", "water": "ISWATER"}


def recognises(file):
    """Tell whether an open NetCDF file is of this kind."""
    return "XLAT_M" in file.variables and "south_north" in file.dimensions


def read(path, file):
    """Return the :class:`~landda_hpc.domain.layers.Layers` of an open file."""
    projection = int(getattr(file, "MAP_PROJ", LATITUDE_LONGITUDE))
    if projection != LATITUDE_LONGITUDE or abs(float(getattr(file, "POLE_LAT", 90.0)) - 90.0) > 1e-6:
        name = PROJECTIONS.get(projection, projection)
        turned = " with a turned pole" if projection == LATITUDE_LONGITUDE else ""
        raise InputError(f"{path}: the grid is {name}{turned}, but only grids regular in latitude and longitude can be used. "
                         "Run geogrid with map_proj = 'lat-lon', or build a domain of the region with "
                         "`landda static --resolution --region`.")
    axes = read_axes(path, file.variables["XLAT_M"][0], file.variables["XLONG_M"][0])
    fields, notes = {}, []
    land = read_maps(file, "LANDMASK", axes) == 1.0 if "LANDMASK" in file.variables else None
    scheme = _land_cover(path, file, axes, land, fields)
    _soil(path, file, axes, land, fields)
    for name, field in (("GREENFRAC", "green_vegetation_fraction"), ("ALBEDO12M", "albedo"), ("SNOALB", "max_snow_albedo")):
        if name in file.variables:
            fields[field] = fraction(read_maps(file, name, axes), str(getattr(file.variables[name], "units", "")))[0]
    if "HGT_M" in file.variables:
        fields["elevation"] = read_maps(file, "HGT_M", axes)
    if {"SOILTEMP", "HGT_M"} <= set(file.variables):
        sea_level = read_maps(file, "SOILTEMP", axes)
        fields["deep_soil_temperature"] = np.where(sea_level > 0.0, sea_level - LAPSE_RATE * fields["elevation"], np.nan)
        notes.append("SOILTEMP taken from sea level to HGT_M by 6.5 K km-1")
    if "SLOPECAT" in file.variables:
        fields["slope_class"] = slope_classes(path, "SLOPECAT", read_maps(file, "SLOPECAT", axes), land, axes.grid)
    return Layers(str(path), KIND, axes.grid, land, fields, scheme, tuple(notes))


def _land_cover(path, file, axes, land, fields):
    name = next((name for name in ("LANDUSEF", "LU_INDEX") if name in file.variables), None)
    if name is None:
        return None
    scheme = classes.scheme_of(path, "MMINLU", getattr(file, "MMINLU", ""))
    classes.check_special(path, scheme, {kind: (getattr(file, key, None), key) for kind, key in SPECIAL.items()})
    values, water = read_maps(file, name, axes), classes.water_classes(scheme)
    if name == "LANDUSEF":
        classes.check_fractions(path, name, values)
        fields["land_fraction"] = 1.0 - np.clip(classes.share(values, water), 0.0, 1.0)
        values = classes.dominant(values, water)
    else:
        values = np.where(np.isin(values, water), np.nan, values)
    classes.check_range(path, name, values, land, classes.n_classes(scheme), axes.grid)
    fields["land_cover"] = values
    return scheme


def _soil(path, file, axes, land, fields):
    name = next((name for name in ("SOILCTOP", "SCT_DOM") if name in file.variables), None)
    if name is None:
        return
    values = read_maps(file, name, axes)
    if name == "SOILCTOP":
        classes.check_soil_scheme(path, "", len(values))
        classes.check_fractions(path, name, values)
        values = classes.dominant(values, (classes.WATER_SOIL,))
    else:
        values = np.where(values == classes.WATER_SOIL, np.nan, values)
    classes.check_range(path, name, values, land, classes.MOST_SOIL_CLASSES, axes.grid)
    fields["soil_class"] = values
