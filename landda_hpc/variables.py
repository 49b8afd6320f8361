"""The registry of model variables: units, dimensions, CF names and which of them a restart holds.

Readers, writers and plots loop over these tables; a new variable is one line here.
"""

from typing import NamedTuple

COLUMN = ("point", "member")
LAYERED = ("layer", "point", "member")
POINT = ("point",)


class Variable(NamedTuple):
    """Name, units and dimensions of one model variable."""

    name: str
    units: str
    dims: tuple
    long_name: str
    standard_name: str | None = None


def _table(*variables):
    return {variable.name: variable for variable in variables}


#: Prognostic variables of the land model: all that the next step reads.
STATE = _table(
    Variable("soil_temperature", "K", LAYERED, "soil temperature", "soil_temperature"),
    Variable("soil_moisture", "m3 m-3", LAYERED, "total volumetric soil water",
             "volume_fraction_of_condensed_water_in_soil"),
    Variable("liquid_soil_moisture", "m3 m-3", LAYERED, "liquid volumetric soil water"),
    Variable("skin_temperature", "K", COLUMN, "skin temperature", "surface_temperature"),
    Variable("canopy_water", "kg m-2", COLUMN, "water on the canopy", "canopy_water_amount"),
    Variable("snow_water_equivalent", "kg m-2", COLUMN, "snow water equivalent", "surface_snow_amount"),
    Variable("snow_depth", "m", COLUMN, "snow depth", "surface_snow_thickness"),
    Variable("snow_cover_fraction", "1", COLUMN, "snow cover fraction", "surface_snow_area_fraction"),
    Variable("snow_age", "s", COLUMN, "time since the last snowfall"),
    Variable("heat_exchange_coefficient", "m s-1", COLUMN, "heat exchange coefficient times wind speed"),
    Variable("momentum_exchange_coefficient", "m s-1", COLUMN, "momentum exchange coefficient times wind speed"),
    Variable("roughness_length", "m", COLUMN, "momentum roughness length with snow", "surface_roughness_length"),
    Variable("emissivity", "1", COLUMN, "surface emissivity with snow"),
    Variable("albedo", "1", COLUMN, "surface albedo with snow", "surface_albedo"),
    Variable("surface_specific_humidity", "kg kg-1", COLUMN, "effective specific humidity at the surface"),
)

#: Forcing of one time step, per point.
FORCING = _table(
    Variable("air_temperature", "K", POINT, "air temperature", "air_temperature"),
    Variable("specific_humidity", "kg kg-1", POINT, "specific humidity", "specific_humidity"),
    Variable("eastward_wind", "m s-1", POINT, "eastward wind", "eastward_wind"),
    Variable("northward_wind", "m s-1", POINT, "northward wind", "northward_wind"),
    Variable("surface_pressure", "Pa", POINT, "surface pressure", "surface_air_pressure"),
    Variable("shortwave_down", "W m-2", POINT, "downward shortwave radiation",
             "surface_downwelling_shortwave_flux_in_air"),
    Variable("longwave_down", "W m-2", POINT, "downward longwave radiation",
             "surface_downwelling_longwave_flux_in_air"),
    Variable("precipitation", "kg m-2 s-1", POINT, "precipitation rate, rain and snow", "precipitation_flux"),
)
