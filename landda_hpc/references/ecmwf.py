"""ERA5, ERA5-Land and IFS: fields near the surface, in the soil and on pressure levels, in NetCDF of either Data Store.

The old store packs into integers of NetCDF-3 with ``time``; the new one writes NetCDF-4 with ``valid_time``. A dimension
``expver`` holds ERA5 and the preliminary ERA5T side by side, of which the one that is there is taken.
"""

import numpy as np

from landda_hpc.observations.netcdf import numbers, open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.time_units import seconds_since_2000
from landda_hpc.references.grid_field import make_field
from landda_hpc.references.quantities import Source

PRODUCT = "ecmwf"
SOIL = ("0-0.07 m", "0.07-0.28 m", "0.28-1 m", "1-2.89 m")
NAMES = {
    "t2m": Source("air_temperature", "2 m"), "d2m": Source("dewpoint_temperature", "2 m"), "sp": Source("surface_pressure"),
    "msl": Source("mean_sea_level_pressure"), "t": Source("air_temperature"), "q": Source("specific_humidity"),
    "r": Source("relative_humidity", scale=0.01), "z": Source("geopotential"), "u": Source("eastward_wind"),
    "v": Source("northward_wind"), "u10": Source("eastward_wind", "10 m"), "v10": Source("northward_wind", "10 m"),
    **{f"swvl{number}": Source("soil_moisture", layer) for number, layer in enumerate(SOIL, 1)},
    **{f"stl{number}": Source("soil_temperature", layer) for number, layer in enumerate(SOIL, 1)},
}
#: The same by their names in GRIB.
OTHER_NAMES = {"t2m": "2t", "d2m": "2d", "u10": "10u", "v10": "10v"}
SHORT_NAMES = {OTHER_NAMES.get(name, name): source for name, source in NAMES.items()} | {
    f"swi{number}": Source("soil_wetness_index", layer) for number, layer in enumerate(SOIL, 1)}
LEVELS, TIMES, HPA = ("pressure_level", "level"), ("valid_time", "time"), 100.0


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return all(name in fields for name in ("latitude", "longitude")) and any(name in fields for name in NAMES)


def read_ecmwf(path, quantities=None):
    """Return a :class:`~landda_hpc.references.grid_field.GridField` of every known variable, level and member of a file.

    Arguments and exceptions are those of ``gldas.read_gldas``.
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no variable of ERA5 on latitude and longitude.")
        clock = next((name for name in TIMES if name in fields), None)
        if clock is None:
            raise ProductRefusal(path, "unsupported", "it has no time.")
        time = seconds_since_2000(numbers(fields[clock]), text(fields[clock].attributes, "units"))
        found = []
        for name, source in NAMES.items():
            if name in fields and (quantities is None or source.quantity in quantities):
                found += _variable(path, fields, fields[name], source, np.atleast_1d(time))
        return tuple(found)


def _variable(path, fields, variable, source, time):
    """Return the fields of one variable: one for each level and member."""
    values, dimensions = numbers(variable), list(variable.dimensions)
    if "expver" in dimensions:
        axis = dimensions.index("expver")
        versions = np.moveaxis(values, axis, 0)
        values = versions[0]
        for other in versions[1:]:
            values = np.where(np.isnan(values), other, values)
        dimensions.pop(axis)
    level = next((name for name in LEVELS if name in dimensions), None)
    for name in (level, "number"):
        axis = dimensions.index(name) if name in dimensions else None
        values = values[None] if axis is None else np.moveaxis(values, axis, 0)
        dimensions.insert(0, dimensions.pop(axis) if axis is not None else "")
    # Members come first, then levels.
    heights = numbers(fields[level]) if level in fields else [None] * values.shape[1]
    return [make_field(values[member, index], numbers(fields["latitude"]), numbers(fields["longitude"]), time,
                       source if height is None else source._replace(vertical=f"{height * HPA:g} Pa"), PRODUCT, path,
                       member=member)
            for member in range(values.shape[0]) for index, height in enumerate(heights)]
