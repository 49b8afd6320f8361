"""One step of glacier and sea-ice columns of a tile (spec, chapter 7).

Three kinds share the loops: the separate glacial routine (7.3), sea ice and land ice inside the land routine (7.2). None
has liquid water in the ground: melt and rain leave as runoff or vanish as the scheme has it, and are booked.
"""

from landda_hpc.constants import FREEZING_POINT, LATENT_HEAT_SUBLIMATION, STEFAN_BOLTZMANN
from landda_hpc.jit import driver_kernel
from landda_hpc.noah import ice, snow
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.noah.tiles.tridiagonal import solve_increments


@driver_kernel
def make_ice_ground(S, layers):
    """Give ice columns no vegetation, full water content and the layers of their kind."""
    n_layers = len(layers)
    for w in range(WIDTH):
        S[r.green_vegetation_fraction + w] = 0.0
        S[r.cover_before + w] = S[r.snow_cover_fraction + w]
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            sea_ice = S[r.surface_kind + w] == ice.SEA_ICE
            configured = S[r.layer_thickness + row + w]
            S[r.layer_thickness + row + w] = ice.SEA_ICE_DEPTH / n_layers if sea_ice else configured
            S[r.soil_moisture + row + w] = 1.0
            S[r.liquid_soil_moisture + row + w] = 1.0


@driver_kernel
def raise_pack(S, as_271):
    """Give ice columns their least pack; in Noah 2.7.1 sea ice begins each step with it and has a fixed deep temperature."""
    for w in range(WIDTH):
        least, least_depth = ice.least_pack(S[r.surface_kind + w])
        pack = S[r.snow_water_equivalent + w]
        thin = pack < least
        if as_271.sea_ice:
            sea_ice = S[r.surface_kind + w] == ice.SEA_ICE
            thin = thin or sea_ice
            S[r.deep_soil_temperature + w] = (ice.SEA_ICE_DEEP_TEMPERATURE_271 if sea_ice
                                              else S[r.deep_soil_temperature + w])
        S[r.ice_pack_made + w] = least - pack if thin else 0.0
        S[r.snow_water_equivalent + w] = least if thin else pack
        S[r.snow_depth + w] = least_depth if thin else S[r.snow_depth + w]


@driver_kernel
def settle_fresh_snow(S, as_271):
    """Reset the density of fresh snow on ice that was covered and is cold."""
    for w in range(WIDTH):
        gains = S[r.snowing + w] > 0.5 or S[r.freezing_rain + w] > 0.5
        covered = gains and S[r.cover_before + w] > 0.99
        cold_ice = S[r.soil_temperature + w] < FREEZING_POINT - 5.0
        cold_snowfall = (S[r.snowing + w] > 0.5 and S[r.skin_temperature + w] < 273.0
                         and S[r.air_temperature + w] < 273.0)
        density = 0.2 if (covered and (cold_ice or cold_snowfall)) else S[r.snow_density + w]
        S[r.snow_density + w] = density
        S[r.snow_conductivity + w] = snow.snow_conductivity(density, as_271)


@driver_kernel
def ice_properties(S, time_step, as_271):
    """Set snow cover, albedo, emissivity, roughness, conductivity and the first ground heat flux of ice columns."""
    for w in range(WIDTH):
        kind = S[r.surface_kind + w]
        sea_ice = kind == ice.SEA_ICE
        partial = snow.snow_cover(S[r.snow_water_equivalent + w], S[r.full_cover_snow_water + w],
                                  S[r.snow_cover_shape + w])
        cover = partial if kind == ice.LAND_ICE else 1.0
        weight = 0.5 if kind == ice.GLACIER else S[r.livneh_weight + w]
        albedo, age = snow.snow_albedo(cover, S[r.snow_age + w], S[r.snowing + w] > 0.5, time_step,
                                       S[r.background_albedo + w], S[r.maximum_snow_albedo + w], weight, as_271)
        emissivity = snow.snow_emissivity(cover, S[r.background_emissivity + w])
        background = S[r.background_roughness_length + w]
        S[r.snow_cover_fraction + w] = cover
        of_sea_ice = ice.SEA_ICE_ALBEDO_271 if as_271.sea_ice else ice.SEA_ICE_ALBEDO
        S[r.albedo + w] = of_sea_ice if sea_ice else albedo
        of_ice = emissivity if as_271.emissivity else ice.SEA_ICE_EMISSIVITY
        S[r.emissivity + w] = of_ice if sea_ice else emissivity
        S[r.snow_age + w] = S[r.snow_age + w] if sea_ice else age
        smoothed = False if as_271.snow_roughness else cover > 0.0
        S[r.roughness_length + w] = (snow.snow_roughness(cover, background, S[r.snow_depth + w]) if smoothed
                                     else background)
        half_layer = S[r.layer_bottom + w] / 2.0
        medium = ice.SEA_ICE_CONDUCTIVITY
        buried = False if as_271.snow_cover else not sea_ice and cover > 0.97
        medium = S[r.snow_conductivity + w] if buried else medium
        thickness = S[r.snow_depth + w] + half_layer
        mixed = S[r.snow_depth + w] / thickness * S[r.snow_conductivity + w] + half_layer / thickness * medium
        conductivity = mixed * cover + medium * (1.0 - cover)
        limited = min(thickness, 2.0 * half_layer)
        S[r.top_conductivity + w] = conductivity
        S[r.first_ground_heat + w] = conductivity * (S[r.skin_temperature + w] - S[r.soil_temperature + w]) / limited


@driver_kernel
def balance_ice(S, time_step, as_271):
    """Solve the surface balance of ice columns: deposition or sublimation, melt, skin temperature, ground heat."""
    for w in range(WIDTH):
        glacier = S[r.surface_kind + w] == ice.GLACIER
        cover = S[r.snow_cover_fraction + w]
        potential = S[r.potential_evaporation + w]
        frost = potential <= 0.0
        richardson, downward = S[r.bulk_richardson_number + w], S[r.downward_radiation + w]
        reduced = (ice.reduced_deposition(potential, richardson, downward) if glacier
                   else snow.reduced_deposition(potential, cover, richardson, downward))
        if as_271.snow_balance:
            reduced = potential
        potential = reduced if frost else potential
        sublimation = 0.0 if frost else (potential if glacier else potential * cover)
        loss = (potential if frost else sublimation) * 0.001 * time_step
        frost_heat = potential * (LATENT_HEAT_SUBLIMATION if glacier else snow.latent_heat_of_mixture(cover))
        heat = frost_heat if frost else sublimation * LATENT_HEAT_SUBLIMATION
        rain_heat = snow.precipitation_heat(S[r.snowing + w] > 0.5, S[r.precipitation + w], S[r.skin_temperature + w],
                                            S[r.air_temperature + w])
        thickness = S[r.snow_depth + w] + S[r.layer_bottom + w] / 2.0
        soil_temperature, conductivity = S[r.soil_temperature + w], S[r.top_conductivity + w]
        emissivity = S[r.emissivity + w]
        if as_271.emissivity:
            emissivity = snow.SNOW_EMISSIVITY * cover + (1.0 - cover)
            S[r.thermal_emission + w] = emissivity * STEFAN_BOLTZMANN * S[r.air_temperature_4 + w]
        unmelted = snow.snow_surface_temperature(
            S[r.air_temperature + w], S[r.lifted_air_temperature + w], soil_temperature, downward,
            S[r.thermal_emission + w], rain_heat, S[r.freezing_rain_heat + w], heat, S[r.transfer + w],
            S[r.penman_factor + w], conductivity, thickness)
        melting = unmelted > FREEZING_POINT
        square = cover * cover
        skin = FREEZING_POINT * square + unmelted * (1.0 - square) if melting else unmelted
        distance = min(thickness, S[r.layer_bottom + w]) if melting else thickness
        ground_heat = conductivity * (skin - soil_temperature) / distance
        pack = S[r.snow_water_equivalent + w]
        left = pack - loss
        vanishes = melting and left <= snow.SMALLEST_MELTING_PACK
        melts = melting and not vanishes
        excess = snow.melt_heat(downward, rain_heat, S[r.freezing_rain_heat + w], emissivity, skin,
                                ground_heat, S[r.transfer + w], S[r.lifted_air_temperature + w], heat)
        melted_pack, rate, melt, used = snow.melt_pack(left, excess, time_step)
        new_pack = melted_pack if melts else (0.0 if vanishes else max(left, 0.0))
        # Where the Richardson rule turned the sign, the pack loses water that no flux carries away.
        unseen = -loss if (frost and potential > 0.0) else 0.0
        S[r.snow_leak + w] = S[r.snow_leak + w] + (0.0 if melts else new_pack - left) + unseen
        S[r.energy_leak + w] = excess - used if melts else (excess if vanishes else 0.0)
        S[r.potential_evaporation + w] = potential
        S[r.snow_sublimation + w] = sublimation
        S[r.evaporation_heat + w] = heat
        S[r.precipitation_heat + w] = rain_heat
        S[r.melting_surface + w] = 1.0 if melting else 0.0
        S[r.melt_heat + w] = used if melts else 0.0
        S[r.melt_rate + w] = rate if melts else 0.0
        S[r.snow_melt + w] = melt if melts else 0.0
        S[r.snow_water_equivalent + w] = new_pack
        S[r.skin_temperature + w] = skin
        S[r.ground_heat + w] = ground_heat
        S[r.dew + w] = -potential * 0.001 if frost else 0.0
        S[r.soil_top_temperature + w] = soil_temperature + 0.5 * ground_heat * S[r.layer_bottom + w] / conductivity


@driver_kernel
def conduct_ice_heat(S, layers, time_step):
    """Advance the temperature of the ice by one step (HRTICE; Yen 1981)."""
    last = len(layers) - 1
    for k in range(len(layers)):
        row = k * WIDTH
        below = row + WIDTH if k < last else row
        above = row - WIDTH if k > 0 else row
        for w in range(WIDTH):
            sea_ice = S[r.surface_kind + w] == ice.SEA_ICE
            top = S[r.layer_bottom + above + w] if k > 0 else 0.0
            bottom = S[r.layer_bottom + row + w]
            centre = 0.5 * (top + bottom)
            capacity = ice.SEA_ICE_HEAT_CAPACITY if sea_ice else ice.land_ice_heat_capacity(centre)
            deeper = S[r.top_conductivity + w] if sea_ice else ice.land_ice_conductivity(centre)
            conductivity = S[r.top_conductivity + w] if k == 0 else deeper
            deep = bottom if sea_ice else ice.LAND_ICE_DEEP_DEPTH
            temperature, thickness = S[r.soil_temperature + row + w], S[r.layer_difference + row + w]
            span = S[r.layer_bottom + below + w] - top if k < last else 2.0 * (deep - centre)
            next_temperature = S[r.soil_temperature + below + w] if k < last else S[r.deep_soil_temperature + w]
            gradient = (temperature - next_temperature) / (0.5 * span)
            stored = thickness * capacity
            surface_flux = conductivity * (S[r.soil_top_temperature + w] - temperature) / (0.5 * thickness)
            inflow = S[r.upper_conductivity + w] * S[r.upper_gradient + w] if k > 0 else surface_flux
            upper = -conductivity * (2.0 / span) / stored if k < last else 0.0
            lower = -S[r.upper_conductivity + w] * S[r.upper_inverse_distance + w] / stored if k > 0 else 0.0
            to_surface = conductivity / (0.5 * thickness * stored) if k == 0 else 0.0
            S[r.right_hand_side + row + w] = (inflow - conductivity * gradient) / stored
            S[r.matrix_upper + row + w] = upper
            S[r.matrix_lower + row + w] = lower
            S[r.matrix_diagonal + row + w] = -(lower + upper) + to_surface
            S[r.upper_conductivity + w] = conductivity
            S[r.upper_gradient + w] = gradient
            S[r.upper_inverse_distance + w] = 2.0 / span
    solve_increments(S, layers, time_step)
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.soil_temperature + row + w] = S[r.soil_temperature + row + w] + S[r.right_hand_side + row + w]


@driver_kernel
def compact_ice(S, time_step):
    """Compact the pack, or reset one that has become thinner than ice columns keep."""
    for w in range(WIDTH):
        kind = S[r.surface_kind + w]
        least, least_depth = ice.least_pack(kind)
        pack = S[r.snow_water_equivalent + w]
        keeps = pack >= least
        depth, density = snow.compact_snow(pack, S[r.snow_density + w], time_step, S[r.skin_temperature + w],
                                           S[r.soil_top_temperature + w])
        S[r.ice_pack_made + w] = S[r.ice_pack_made + w] + (0.0 if keeps else least - pack)
        S[r.snow_water_equivalent + w] = pack if keeps else least
        S[r.snow_depth + w] = depth if keeps else least_depth
        S[r.snow_density + w] = density if keeps else S[r.snow_density + w]
        S[r.snow_cover_fraction + w] = S[r.snow_cover_fraction + w] if (keeps or kind == ice.GLACIER) else 1.0


@driver_kernel
def close_ice(S, layers, time_step):
    """Set the results of an ice step; components of evaporation that do not exist are zero."""
    for w in range(WIDTH):
        evaporates = S[r.potential_evaporation + w] > 0.0
        cover = S[r.snow_cover_fraction + w]
        glacier = S[r.surface_kind + w] == ice.GLACIER
        kinematic = S[r.snow_sublimation + w]
        S[r.kinematic_evaporation + w] = kinematic
        S[r.evaporation + w] = kinematic if evaporates else S[r.potential_evaporation + w]
        S[r.potential_evaporation_rate + w] = S[r.potential_evaporation + w]
        latent = LATENT_HEAT_SUBLIMATION if glacier else snow.latent_heat_of_mixture(cover)
        potential = S[r.potential_evaporation + w] * latent
        S[r.potential_evaporation + w] = potential
        S[r.snow_sublimation + w] = kinematic * LATENT_HEAT_SUBLIMATION
        flux = S[r.snow_sublimation + w] if evaporates else potential
        S[r.latent_heat_flux + w] = flux
        ratio = 0.0 if potential == 0.0 else flux / (potential if potential != 0.0 else 1.0)
        # What the separate glacial routine does not return is zero, and its surface has one temperature.
        S[r.evaporation_ratio + w] = 0.0 if glacier else ratio
        S[r.snow_density + w] = 0.0 if glacier else S[r.snow_density + w]
        S[r.soil_top_temperature + w] = S[r.skin_temperature + w] if glacier else S[r.soil_top_temperature + w]
        S[r.surface_runoff + w] = S[r.snow_melt + w] / time_step
        S[r.average_surface_temperature + w] = (S[r.soil_top_temperature + w] * (1.0 - cover)
                                                + S[r.skin_temperature + w] * cover)
        # Rain on ice reaches no store and no runoff in this scheme.
        S[r.ice_leak + w] = S[r.ice_pack_made + w] - S[r.liquid_precipitation + w] * 0.001 * time_step
        S[r.direct_evaporation + w] = 0.0
        S[r.canopy_evaporation + w] = 0.0
        S[r.transpiration_total + w] = 0.0
        S[r.canopy_resistance + w] = 0.0
        S[r.plant_coefficient + w] = 0.0
        S[r.radiation_stress + w] = 0.0
        S[r.temperature_stress + w] = 0.0
        S[r.humidity_stress + w] = 0.0
        S[r.water_stress + w] = 0.0
        S[r.drip + w] = 0.0
        S[r.drainage + w] = 0.0
        S[r.excess_depth + w] = 0.0
        S[r.column_water + w] = 0.0
        S[r.root_zone_availability + w] = 0.0
        S[r.convergence_failures + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.transpiration + row + w] = 0.0
            S[r.availability + row + w] = 0.0 if S[r.surface_kind + w] == ice.GLACIER else 1.0
