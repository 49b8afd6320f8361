"""The rows of the scratch buffer of a tile.

Each name of the tables below becomes a constant of this module: the offset of the first of its ``WIDTH`` values in the
buffer. Column ``w`` of the tile has its skin temperature at ``S[rows.skin_temperature + w]`` and the soil temperature of
layer ``k`` at ``S[rows.soil_temperature + k * WIDTH + w]``.
"""

from landda_hpc import variables

WIDTH = 64  # columns of a tile
MAX_LAYERS = 10

#: State, in the order of :data:`landda_hpc.variables.STATE`; water stores are in metres inside the tile.
STATE = tuple(variables.STATE)
LAYERED_STATE = tuple(name for name, variable in variables.STATE.items() if variable.dims == variables.LAYERED)

#: Forcing, in the order of :data:`landda_hpc.variables.FORCING`.
FORCING = tuple(variables.FORCING)

#: What comes with the forcing of a step and is the same for all members of a point.
BESIDE_FORCING = {
    "forcing_records": "count, records that the means of the step were made of",
    "forced_heat_exchange": "m s-1, sum over the records, NaN where it is not forced",
    "forced_momentum_exchange": "m s-1, sum over the records, NaN where it is not forced",
}

#: Parameters that follow the season, one value per point.
SEASONAL_PARAMETERS = {
    "green_vegetation_fraction": "1",
    "leaf_area_index": "m2 m-2",
    "background_albedo": "1",
    "background_emissivity": "1",
    "background_roughness_length": "m",
    "previous_background_roughness_length": "m, that of the step before",
}

#: Parameters that stay, one value per point.
STATIC_PARAMETERS = {
    "n_root_layers": "count",
    "minimum_stomatal_resistance": "s m-1",
    "maximum_stomatal_resistance": "s m-1",
    "radiation_stress_parameter": "W m-2",
    "humidity_stress_parameter": "1",
    "optimum_temperature": "K",
    "full_cover_snow_water": "m",
    "maximum_snow_albedo": "1",
    "zilitinkevich_coefficient": "1",
    "canopy_capacity": "m",
    "canopy_exponent": "1",
    "porosity": "m3 m-3",
    "stress_threshold": "m3 m-3",
    "wilting_point": "m3 m-3",
    "air_dry_moisture": "m3 m-3",
    "b_exponent": "1",
    "saturated_potential": "m",
    "saturated_conductivity": "m s-1",
    "saturated_diffusivity": "m2 s-1",
    "quartz": "1",
    "direct_evaporation_exponent": "1",
    "ground_shading_exponent": "1",
    "mineral_heat_capacity": "J m-3 K-1",
    "snow_cover_shape": "1",
    "livneh_weight": "1",
    "reference_conductivity": "m s-1",
    "reference_runoff_parameter": "1",
    "frozen_ground_parameter": "m",
    "drainage_slope": "1",
    "deep_soil_depth": "m",
    "deep_soil_temperature": "K",
    "reference_height_temperature": "m",
    "reference_height_wind": "m",
    "two_pass_limit": "1, saturation above which soil water is solved in two passes",
    "surface_kind": "code of noah.parameters",
    "urban": "0 or 1",
}

#: Quantities of the step, named as in style: the driver's, the surface layer's, snow, radiation, evaporation, water, heat.
STEP = {
    # driver
    "wind_speed": "m s-1",
    "humidity": "kg kg-1, with its floor",
    "longwave_absorbed": "W m-2, downward times the emissivity of the step before",
    "shortwave_net": "W m-2, with the albedo of the step before",
    "frozen_fraction": "1",
    "lifted_air_temperature": "K",
    "virtual_air_temperature": "K",
    "saturation_humidity": "kg kg-1",
    "saturation_slope": "kg kg-1 K-1",
    "runoff_parameter": "1",
    "frozen_infiltration_parameter": "m",
    # surface layer
    "friction_velocity": "m s-1",
    "bulk_richardson_number": "1",
    "exchange_buoyancy": "m s-2 K-1",
    "exchange_difference": "K",
    "exchange_wind_squared": "m2 s-2",
    "exchange_exponent": "m-1/2 s1/2",
    "exchange_convective": "m2 s-2",
    "exchange_inverse_length": "m-1",
    "exchange_log_heat": "1",
    "exchange_top_heat": "m; 1 in the MYJ scheme",
    "exchange_top_wind": "1, stability",
    "exchange_foot_wind": "1, stability",
    "exchange_foot_heat": "1, stability",
    "exchange_profile_momentum": "1",
    "exchange_profile_heat": "1",
    "exchange_roughness_heat": "m",
    "exchange_roughness_wind": "m",
    # snow
    "snow_density": "1",
    "snow_conductivity": "W m-1 K-1",
    "snowing": "0 or 1",
    "freezing_rain": "0 or 1",
    "has_snow": "0 or 1",
    "liquid_precipitation": "kg m-2 s-1, the part not added to the pack",
    "melting_surface": "0 or 1",
    "cover_before": "1, snow cover when the step began",
    "ice_pack_made": "m, snow that ice columns are given to keep their least pack",
    "snow_melt": "m",
    "melt_rate": "m s-1",
    # radiation and ground heat
    "top_conductivity": "W m-1 K-1",
    "first_ground_heat": "W m-2, downward, from the old temperatures",
    "downward_radiation": "W m-2, net shortwave plus absorbed longwave",
    "air_temperature_4": "K4",
    "thermal_emission": "W m-2, at air temperature",
    "transfer": "W m-2 K-1",
    "penman_factor": "1",
    "penman_scale": "K",
    "potential_evaporation": "kg m-2 s-1; W m-2 after closing",
    "potential_evaporation_rate": "kg m-2 s-1",
    "penman_potential": "kg m-2 s-1, before the reduction of deposition",
    # canopy resistance
    "radiation_stress": "1",
    "temperature_stress": "1",
    "humidity_stress": "1",
    "water_stress": "1",
    "canopy_resistance": "s m-1",
    "plant_coefficient": "1",
    "root_depth": "m",
    # evaporation
    "direct_evaporation": "m s-1; W m-2 after closing",
    "canopy_evaporation": "m s-1; W m-2 after closing",
    "transpiration_total": "m s-1; W m-2 after closing",
    "snow_sublimation": "kg m-2 s-1; W m-2 after closing",
    "snow_free_evaporation": "kg m-2 s-1",
    "evaporation_heat": "W m-2, latent heat of the snow balance",
    "kinematic_evaporation": "kg m-2 s-1",
    "evaporation": "kg m-2 s-1",
    "dew": "m s-1",
    "evaporation_ratio": "1",
    "balance_ratio": "1, the evaporation ratio in the surface balance",
    "wetness_sum": "1",
    "mean_root_wetness": "1",
    "transpiration_demand": "m s-1",
    # soil and canopy water
    "surface_water": "m s-1",
    "canopy_change": "m s-1",
    "drip": "m",
    "ground_water_input": "m s-1",
    "infiltration": "m s-1",
    "surface_runoff": "m s-1",
    "drainage": "m s-1; with the excess after closing",
    "excess_depth": "m; m s-1 after closing",
    "largest_ice": "m3 m-3",
    "two_passes": "0 or 1",
    "wettest_layer": "1, largest liquid saturation",
    "water_deficit": "m",
    "ice_depth": "m",
    "created_water": "m, made by the least water content",
    "upper_flux": "m s-1, from the layer above",
    "upper_exchange": "m s-1, diffusive exchange with the layer above",
    # heat
    "surface_forcing": "K, Y of the heat step",
    "surface_coupling": "1, Z of the heat step",
    "soil_top_temperature": "K",
    "ground_heat": "W m-2, downward; upward after closing",
    "layer_heat": "W m-2",
    "upper_temperature": "K, at the top of the layer",
    "lower_temperature": "K, at the bottom of the layer",
    "mean_temperature": "K",
    "freezing_layer": "0 or 1",
    "newton_ice": "m3 m-3",
    "newton_active": "0 or 1",
    "free_water": "m3 m-3",
    "upper_conductivity": "W m-1 K-1",
    "upper_gradient": "K m-1",
    "upper_inverse_distance": "m-1",
    "precipitation_heat": "W m-2, F1",
    "freezing_rain_heat": "W m-2, F2",
    "melt_heat": "W m-2, F3",
    "transfer_skin_temperature": "K, skin temperature when the step began",
    # results
    "latent_heat_flux": "W m-2, upward",
    "sensible_heat_flux": "W m-2, upward",
    "ground_heat_flux": "W m-2, positive into the soil",
    "snowfall": "kg m-2 s-1, precipitation in air below the freezing point",
    "net_shortwave": "W m-2",
    "net_longwave": "W m-2",
    "momentum_stress": "N m-2",
    "average_surface_temperature": "K",
    "column_water": "m",
    "root_zone_availability": "1",
    "energy_residual": "W m-2, of the full balance, not linearised",
    "energy_closure": "W m-2, residual of the linearised balance",
    "energy_leak": "W m-2, heat of melting that found no snow",
    "water_before": "m",
    "snow_leak": "m, water that the least packs drop and sublimation beyond the pack makes",
    "soil_leak": "m, water that the least soil moisture makes",
    "ice_leak": "m, water that ice columns are given, less the rain that they lose",
    "water_closure": "m, residual of the water balance with the leak booked",
    "convergence_failures": "count",
    "status": "code of noah.column",
}

#: Quantities of every layer.
LAYERED_STEP = {
    "layer_thickness": "m, as configured",
    "layer_bottom": "m, depth",
    "layer_difference": "m, difference of the depths",
    "ice": "m3 m-3",
    "transpiration": "m s-1; W m-2 after closing",
    "root_wetness": "1",
    "coefficient_moisture": "m3 m-3, profile that the coefficients are taken from",
    "diffusivity": "m2 s-1",
    "hydraulic_conductivity": "m s-1",
    "matrix_lower": "s-1",
    "matrix_diagonal": "s-1",
    "matrix_upper": "s-1",
    "right_hand_side": "s-1",
    "solver_p": "1",
    "solver_q": "1",
    "new_liquid": "m3 m-3",
    "new_total": "m3 m-3",
    "availability": "1",
    "heat_capacity": "J m-3 K-1",
}


def _assign():
    offsets, row = {}, 0
    layered = LAYERED_STATE + tuple(LAYERED_STEP)
    for name in (*STATE, *FORCING, *BESIDE_FORCING, *SEASONAL_PARAMETERS, *STATIC_PARAMETERS, *STEP, *LAYERED_STEP):
        if name in offsets or (name in globals() and not name.startswith("_")):
            raise NameError(f"the row {name} would be defined twice")
        offsets[name] = row * WIDTH
        row += MAX_LAYERS if name in layered else 1
    return offsets, row


OFFSETS, N_ROWS = _assign()
globals().update(OFFSETS)


def is_layered(name):
    """Return whether a row name has one row per layer."""
    return name in LAYERED_STATE or name in LAYERED_STEP
