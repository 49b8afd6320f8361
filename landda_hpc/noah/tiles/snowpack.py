"""Snow of a tile: fresh snow, cover and albedo, the balance of the surface under snow, melt and compaction."""

from landda_hpc.constants import FREEZING_POINT, STEFAN_BOLTZMANN
from landda_hpc.jit import driver_kernel
from landda_hpc.noah import snow
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.noah.tiles.transfer import any_set


@driver_kernel
def receive_precipitation(S, time_step, as_271):
    """Drop tiny packs, decide the phase of the precipitation and add snowfall and freezing rain to the pack."""
    for w in range(WIDTH):
        pack = S[r.snow_water_equivalent + w]
        kept = pack > (0.0 if as_271.least_pack else snow.SMALLEST_PACK)
        S[r.snow_leak + w] = 0.0 if kept else -pack
        S[r.soil_leak + w] = 0.0
        S[r.ice_leak + w] = 0.0
        pack = pack if kept else 0.0
        depth = S[r.snow_depth + w] if kept else 0.0
        if as_271.least_pack:
            depth = 10.0 * pack if depth == 0.0 else depth
        density = pack / (depth if kept else 1.0)
        precipitation = S[r.precipitation + w]
        wet = precipitation > (1.0e-20 if as_271.precipitation_phase else 0.0)
        snowing = wet and S[r.frozen_fraction + w] > 0.5
        freezing_rain = wet and not snowing and S[r.skin_temperature + w] <= FREEZING_POINT
        gains = snowing or freezing_rain
        S[r.snowing + w] = 1.0 if snowing else 0.0
        S[r.freezing_rain + w] = 1.0 if freezing_rain else 0.0
        S[r.liquid_precipitation + w] = 0.0 if gains else precipitation
        fresh = precipitation * time_step * 0.001 if gains else 0.0
        S[r.snow_water_equivalent + w] = pack + fresh
        S[r.snow_depth + w] = depth
        S[r.snow_density + w] = density
        S[r.has_snow + w] = 1.0 if pack + fresh != 0.0 else 0.0
        S[r.snow_conductivity + w] = 1.0
    if any_set(S, r.has_snow):
        _mix_fresh_snow(S, time_step, as_271)


@driver_kernel
def _mix_fresh_snow(S, time_step, as_271):
    for w in range(WIDTH):
        gains = S[r.snowing + w] > 0.5 or S[r.freezing_rain + w] > 0.5
        # A column without fresh snow takes a dummy snowfall so that the formula stays finite; its result is dropped.
        fresh = S[r.precipitation + w] * time_step * 0.001 if gains else 1.0
        depth, density = snow.add_fresh_snow(S[r.air_temperature + w], fresh, S[r.snow_depth + w],
                                             S[r.snow_density + w], as_271)
        S[r.snow_depth + w] = depth if gains else S[r.snow_depth + w]
        S[r.snow_density + w] = density if gains else S[r.snow_density + w]
        conductivity = snow.snow_conductivity(S[r.snow_density + w], as_271)
        S[r.snow_conductivity + w] = conductivity if S[r.has_snow + w] > 0.5 else 1.0


@driver_kernel
def surface_properties(S, time_step, as_271):
    """Set snow cover, albedo, emissivity, roughness and snow age."""
    for w in range(WIDTH):
        S[r.snow_cover_fraction + w] = 0.0
        S[r.albedo + w] = S[r.background_albedo + w]
        S[r.emissivity + w] = S[r.background_emissivity + w]
        S[r.roughness_length + w] = S[r.background_roughness_length + w]
    if any_set(S, r.has_snow):
        _snow_properties(S, time_step, as_271)


@driver_kernel
def _snow_properties(S, time_step, as_271):
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        cover = snow.snow_cover(S[r.snow_water_equivalent + w], S[r.full_cover_snow_water + w],
                                S[r.snow_cover_shape + w])
        cover = cover if as_271.snow_cover else min(cover, snow.LARGEST_COVER)
        albedo, age = snow.snow_albedo(cover, S[r.snow_age + w], S[r.snowing + w] > 0.5, time_step,
                                       S[r.background_albedo + w], S[r.maximum_snow_albedo + w],
                                       S[r.livneh_weight + w], as_271)
        emissivity = snow.snow_emissivity(cover, S[r.background_emissivity + w])
        roughness = snow.snow_roughness(cover, S[r.background_roughness_length + w], S[r.snow_depth + w])
        S[r.snow_cover_fraction + w] = cover if has_snow else 0.0
        S[r.albedo + w] = albedo if has_snow else S[r.albedo + w]
        S[r.snow_age + w] = age if has_snow else S[r.snow_age + w]
        S[r.emissivity + w] = emissivity if has_snow else S[r.emissivity + w]
        smoothed = False if as_271.snow_roughness else has_snow and cover > 0.0
        S[r.roughness_length + w] = roughness if smoothed else S[r.roughness_length + w]


@driver_kernel
def sublimate(S, as_271):
    """Set deposition or sublimation of snow columns and what evaporation takes from the surface balance."""
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        cover = S[r.snow_cover_fraction + w]
        potential = S[r.potential_evaporation + w]
        frost = potential < 0.0 if as_271.snow_balance else potential <= 0.0
        reduced = snow.reduced_deposition(potential, cover, S[r.bulk_richardson_number + w],
                                          S[r.downward_radiation + w])
        if as_271.snow_balance:
            reduced = potential
        potential = reduced if (has_snow and frost) else potential
        S[r.potential_evaporation + w] = potential
        S[r.dew + w] = -potential * 0.001 if (has_snow and frost) else S[r.dew + w]
        sublimation = 0.0 if frost else potential * cover
        evaporation = S[r.snow_free_evaporation + w]
        heat = (potential * snow.latent_heat_of_mixture(cover) if frost
                else sublimation * snow.LATENT_HEAT_SUBLIMATION + evaporation * snow.LATENT_HEAT_VAPORISATION)
        S[r.snow_sublimation + w] = sublimation if has_snow else 0.0
        S[r.evaporation_heat + w] = heat if has_snow else 0.0
        S[r.precipitation_heat + w] = snow.precipitation_heat(
            S[r.snowing + w] > 0.5, S[r.precipitation + w], S[r.skin_temperature + w], S[r.air_temperature + w])


@driver_kernel
def balance_surface(S, time_step, as_271):
    """Solve the surface balance of snow columns: skin temperature, ground heat, melt and what is left of the pack."""
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        cover = S[r.snow_cover_fraction + w]
        pack = S[r.snow_water_equivalent + w]
        frost = S[r.potential_evaporation + w] <= 0.0
        loss = (S[r.potential_evaporation + w] if frost else S[r.snow_sublimation + w]) * 0.001 * time_step
        thickness = S[r.snow_depth + w] + S[r.layer_bottom + w] / 2.0
        soil_temperature = S[r.soil_temperature + w]
        conductivity = S[r.top_conductivity + w]
        emissivity = S[r.emissivity + w]
        if as_271.emissivity:
            emissivity = snow.SNOW_EMISSIVITY * cover + (1.0 - cover)
            emission = emissivity * STEFAN_BOLTZMANN * S[r.air_temperature_4 + w]
            S[r.thermal_emission + w] = emission if has_snow else S[r.thermal_emission + w]
        unmelted = snow.snow_surface_temperature(
            S[r.air_temperature + w], S[r.lifted_air_temperature + w], soil_temperature, S[r.downward_radiation + w],
            S[r.thermal_emission + w], S[r.precipitation_heat + w], S[r.freezing_rain_heat + w],
            S[r.evaporation_heat + w], S[r.transfer + w], S[r.penman_factor + w], conductivity, thickness)
        melting = unmelted > FREEZING_POINT
        square = cover * cover
        skin = FREEZING_POINT * square + unmelted * (1.0 - square) if melting else unmelted
        ground_heat = conductivity * (skin - soil_temperature) / thickness
        left = pack - loss
        vanishes = melting and left <= snow.SMALLEST_MELTING_PACK
        heat = snow.melt_heat(S[r.downward_radiation + w], S[r.precipitation_heat + w], S[r.freezing_rain_heat + w],
                              emissivity, skin, ground_heat, S[r.transfer + w],
                              S[r.lifted_air_temperature + w], S[r.evaporation_heat + w])
        melted_pack, rate, melt, used = snow.melt_pack(left, heat, time_step)
        dry_pack = max(left, 0.0)
        melts = melting and not vanishes and has_snow
        new_pack = melted_pack if melts else (0.0 if vanishes else dry_pack)
        # Sublimation beyond the pack makes vapour from nothing; the remainder of a vanishing pack is lost.
        leak = (0.0 if melts else new_pack - left) if has_snow else 0.0
        S[r.snow_leak + w] = S[r.snow_leak + w] + leak
        S[r.energy_leak + w] = heat - used if melts else (heat if (vanishes and has_snow) else 0.0)
        S[r.melting_surface + w] = 1.0 if (melting and has_snow) else 0.0
        S[r.melt_heat + w] = used if melts else 0.0
        S[r.melt_rate + w] = rate if melts else 0.0
        S[r.snow_melt + w] = melt if melts else 0.0
        S[r.snow_water_equivalent + w] = new_pack if has_snow else pack
        S[r.skin_temperature + w] = skin if has_snow else S[r.skin_temperature + w]
        S[r.ground_heat + w] = ground_heat if has_snow else S[r.ground_heat + w]
        water = S[r.liquid_precipitation + w] * 0.001 + (rate if melts else 0.0)
        S[r.surface_water + w] = water if has_snow else S[r.surface_water + w]


@driver_kernel
def compact(S, time_step):
    """Rebuild depth and density of the packs that are left and clear those that vanished."""
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        pack = S[r.snow_water_equivalent + w]
        left = has_snow and pack > 0.0
        depth, density = snow.compact_snow(pack, S[r.snow_density + w], time_step, S[r.skin_temperature + w],
                                           S[r.soil_top_temperature + w])
        S[r.snow_depth + w] = depth if left else 0.0
        S[r.snow_density + w] = density if left else 0.0
        S[r.snow_conductivity + w] = S[r.snow_conductivity + w] if left else 1.0
        S[r.snow_cover_fraction + w] = S[r.snow_cover_fraction + w] if left else 0.0


@driver_kernel
def remove_warm_snow(S):
    """Remove thin snow from warm surfaces, as Noah 2.7.1 does at the end of a step; its water is lost and booked."""
    for w in range(WIDTH):
        pack = S[r.snow_water_equivalent + w]
        thin = S[r.snow_depth + w] <= 1.0e-6 or pack <= 1.0e-3
        removed = S[r.skin_temperature + w] >= snow.WARM_SURFACE and thin
        S[r.snow_leak + w] = S[r.snow_leak + w] - (pack if removed else 0.0)
        S[r.snow_water_equivalent + w] = 0.0 if removed else pack
        S[r.snow_depth + w] = 0.0 if removed else S[r.snow_depth + w]
