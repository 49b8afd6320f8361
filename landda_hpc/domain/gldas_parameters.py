"""Parameter files of GLDAS-2: ``GLDASp4_landmask_025d.nc4`` and those of elevation, domveg and soiltexture.

One variable a file, ``(time = 1, lat, lon)``, south first, -9999 over the sea. The dominant vegetation is that of the Noah
model: 20 classes of the modified IGBP scheme of MODIS. A file of the elevation is a land mask as well.
"""

import numpy as np

from landda_hpc.domain import classes
from landda_hpc.domain.layers import Layers, read_axes, read_maps

KIND = "GLDAS parameters"
SCHEME = "modis_igbp"
MASK, ELEVATION, COVER, SOIL = "GLDAS_mask", "GLDAS_elevation", "GLDAS_domveg", "GLDAS_soiltex"


def recognises(file):
    """Tell whether an open NetCDF file is of this kind."""
    return any(name in file.variables for name in (MASK, ELEVATION, COVER, SOIL))


def read(path, file):
    """Return the :class:`~landda_hpc.domain.layers.Layers` of an open file."""
    axes = read_axes(path, file.variables["lat"][:], file.variables["lon"][:])
    land, fields, notes = None, {}, []
    if MASK in file.variables:
        land = read_maps(file, MASK, axes) == 1.0
    if ELEVATION in file.variables:
        fields["elevation"] = read_maps(file, ELEVATION, axes)
        land = np.isfinite(fields["elevation"]) if land is None else land
        notes += ["land where there is an elevation"] if MASK not in file.variables else []
    if COVER in file.variables:
        fields["land_cover"] = _classes(path, file, COVER, axes, land, classes.n_classes(SCHEME),
                                        classes.water_classes(SCHEME))
        notes.append(f"{COVER} taken as classes of the modified IGBP scheme")
    if SOIL in file.variables:
        fields["soil_class"] = _classes(path, file, SOIL, axes, land, classes.MOST_SOIL_CLASSES, (classes.WATER_SOIL,))
    return Layers(str(path), KIND, axes.grid, land, fields, SCHEME if COVER in file.variables else None, tuple(notes))


def _classes(path, file, name, axes, land, largest, water):
    """Return classes, NaN for water and 0."""
    values = read_maps(file, name, axes)
    values = np.where(np.isin(values, (0, *water)), np.nan, values)
    classes.check_range(path, name, values, land, largest, axes.grid)
    return values
