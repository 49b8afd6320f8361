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

#: Results of a step, means over the output interval.
FLUXES = _table(
    Variable("latent_heat_flux", "W m-2", COLUMN, "latent heat flux, upward", "surface_upward_latent_heat_flux"),
    Variable("sensible_heat_flux", "W m-2", COLUMN, "sensible heat flux, upward", "surface_upward_sensible_heat_flux"),
    Variable("ground_heat_flux", "W m-2", COLUMN, "ground heat flux, positive into the soil",
             "downward_heat_flux_in_soil"),
    Variable("net_shortwave", "W m-2", COLUMN, "net shortwave radiation, downward",
             "surface_net_downward_shortwave_flux"),
    Variable("net_longwave", "W m-2", COLUMN, "net longwave radiation, downward",
             "surface_net_downward_longwave_flux"),
    Variable("melt_heat_flux", "W m-2", COLUMN, "heat that melts snow"),
    Variable("evaporation", "kg m-2 s-1", COLUMN, "evaporation and sublimation", "water_evapotranspiration_flux"),
    Variable("transpiration", "W m-2", COLUMN, "latent heat of transpiration"),
    Variable("direct_evaporation", "W m-2", COLUMN, "latent heat of evaporation from the soil"),
    Variable("canopy_evaporation", "W m-2", COLUMN, "latent heat of evaporation from the canopy"),
    Variable("snow_sublimation", "W m-2", COLUMN, "latent heat of sublimation"),
    Variable("surface_runoff", "kg m-2 s-1", COLUMN, "surface runoff", "surface_runoff_flux"),
    Variable("subsurface_runoff", "kg m-2 s-1", COLUMN, "drainage below the soil", "subsurface_runoff_flux"),
    Variable("snow_melt", "kg m-2 s-1", COLUMN, "snow melt", "surface_snow_melt_flux"),
    Variable("average_surface_temperature", "K", COLUMN, "mean temperature of snow and snow-free ground"),
    Variable("potential_evaporation", "W m-2", COLUMN, "latent heat of potential evaporation"),
    Variable("precipitation_heat", "W m-2", COLUMN, "heat that brings precipitation to the surface temperature"),
    Variable("freezing_rain_heat", "W m-2", COLUMN, "heat of freezing rain, negative"),
    Variable("momentum_stress", "N m-2", COLUMN, "magnitude of the surface stress"),
    Variable("canopy_resistance", "s m-1", COLUMN, "canopy resistance"),
    Variable("root_zone_availability", "1", COLUMN, "plant-available water of the root zone over its capacity"),
    Variable("bulk_richardson_number", "1", COLUMN, "bulk Richardson number"),
    Variable("friction_velocity", "m s-1", COLUMN, "friction velocity"),
    Variable("snowfall", "kg m-2 s-1", COLUMN, "precipitation in air below the freezing point", "snowfall_flux"),
    Variable("bare_soil_temperature", "K", COLUMN, "temperature at the top of the soil, under snow too"),
    Variable("potential_evaporation_rate", "kg m-2 s-1", COLUMN, "potential evaporation", "water_potential_evaporation_flux"),
    Variable("transpiration_rate", "kg m-2 s-1", COLUMN, "transpiration", "transpiration_flux"),
    Variable("direct_evaporation_rate", "kg m-2 s-1", COLUMN, "evaporation from the soil",
             "water_evaporation_flux_from_soil"),
    Variable("canopy_evaporation_rate", "kg m-2 s-1", COLUMN, "evaporation from the canopy",
             "water_evaporation_flux_from_canopy"),
    Variable("snow_sublimation_rate", "kg m-2 s-1", COLUMN, "sublimation", "surface_snow_and_ice_sublimation_flux"),
    Variable("transpiration_by_layer", "W m-2", LAYERED, "latent heat of transpiration from each layer"),
    Variable("green_vegetation_fraction", "1", COLUMN, "green vegetation fraction", "vegetation_area_fraction"),
    Variable("leaf_area_index", "m2 m-2", COLUMN, "leaf area index", "leaf_area_index"),
    Variable("background_roughness_length", "m", COLUMN, "roughness length without snow"),
    Variable("deep_soil_temperature", "K", COLUMN, "temperature below the soil"),
)

#: Results made of others when a record is written: :mod:`landda_hpc.workflow.derived`.
DERIVED = _table(
    Variable("rainfall", "kg m-2 s-1", COLUMN, "precipitation in air not below the freezing point", "rainfall_flux"),
    Variable("bowen_ratio", "1", COLUMN, "sensible over latent heat flux, 0 without evaporation"),
    Variable("evaporative_fraction", "1", COLUMN, "latent heat flux over the sum of latent and sensible heat flux"),
    Variable("soil_water", "kg m-2", LAYERED, "water of each soil layer", "mass_content_of_water_in_soil_layer"),
    Variable("liquid_soil_moisture_ratio", "1", LAYERED, "liquid over the sum of liquid and total soil water, as in LIS"),
    Variable("relative_soil_moisture", "1", LAYERED, "plant-available water over its capacity, at least 0.01, not in cities"),
    Variable("soil_wetness", "1", COLUMN,
             "plant-available water of the column over its capacity, at least 0.01, not in cities"),
    Variable("column_water", "kg m-2", COLUMN, "water of the soil column", "mass_content_of_water_in_soil"),
    Variable("root_zone_water", "kg m-2", COLUMN, "water of the layers with roots"),
    Variable("soil_water_index", "%", COLUMN, "saturation of the layers with roots"),
    Variable("soil_water_change", "kg m-2", COLUMN, "change of the soil water",
             "change_over_time_in_mass_content_of_water_in_soil"),
    Variable("snow_water_change", "kg m-2", COLUMN, "change of the snow water", "change_over_time_in_surface_snow_amount"),
    Variable("canopy_water_change", "kg m-2", COLUMN, "change of the canopy water", "change_over_time_in_canopy_water_amount"),
    Variable("surface_storage_change", "kg m-2 s-1", COLUMN,
             "precipitation less evaporation and runoff, of the step before the interval less that of its last step"),
    Variable("surface_heat_change", "J m-2", COLUMN, "change of the heat stored at the surface, which Noah does not have"),
    Variable("cold_content_change", "J m-2", COLUMN, "heat of freezing rain less that of sublimation"),
    Variable("water_requirement", "kg m-2", COLUMN, "potential evaporation"),
    Variable("actual_evapotranspiration", "kg m-2", COLUMN, "evaporation, or the requirement where that is not positive"),
    Variable("water_requirement_satisfaction", "%", COLUMN, "evaporation over potential evaporation (WRSI)"),
    Variable("surplus_water", "kg m-2", COLUMN, "runoff and drainage"),
    Variable("relative_humidity_at_lowest_temperature", "1", COLUMN,
             "relative humidity of the air in the coldest step since the start", "relative_humidity"),
)

#: Forcing as the members received it, means over the output interval.
MEMBER_FORCING = _table(*(variable._replace(dims=COLUMN) for variable in FORCING.values()))
