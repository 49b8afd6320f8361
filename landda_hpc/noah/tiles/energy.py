"""Potential evaporation, canopy resistance and evaporation of a tile, and the surface balance without snow."""

from landda_hpc.constants import (
    FREEZING_POINT,
    HEAT_CAPACITY_AIR_PENMAN,
    HEAT_CAPACITY_RAIN,
    LATENT_HEAT_SUBLIMATION,
    LATENT_HEAT_VAPORISATION,
    STEFAN_BOLTZMANN,
    VIRTUAL_FACTOR,
)
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.noah import evaporation, snow, soil_heat, soil_water
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.vmath import exp


@kernel
def balance_emissivity(S, w, as_271):
    """Return the emissivity [1] of column ``w`` in the surface balance, apart from that of the snow in Noah 2.7.1."""
    return 1.0 if as_271.emissivity else S[r.emissivity + w]


@kernel
def soil_conductivity(S, w, row, as_271):
    """Return the conductivity of the soil of column ``w`` in the layer whose rows begin at ``row`` [W m-1 K-1]."""
    soil = soil_heat.thermal_conductivity(S[r.soil_moisture + row + w], S[r.liquid_soil_moisture + row + w],
                                          S[r.porosity + w], S[r.quartz + w], as_271)
    built = False if as_271.urban else S[r.urban + w] > 0.5
    return soil_heat.URBAN_CONDUCTIVITY if built else soil


@driver_kernel
def override_urban(S, as_271):
    """Replace vegetation and soil parameters of urban columns."""
    for w in range(WIDTH):
        urban = S[r.urban + w] > 0.5
        S[r.green_vegetation_fraction + w] = 0.05 if urban else S[r.green_vegetation_fraction + w]
        S[r.minimum_stomatal_resistance + w] = 400.0 if urban else S[r.minimum_stomatal_resistance + w]
        S[r.porosity + w] = 0.45 if urban else S[r.porosity + w]
        S[r.stress_threshold + w] = 0.42 if urban else S[r.stress_threshold + w]
        S[r.wilting_point + w] = 0.40 if urban else S[r.wilting_point + w]
        built = False if as_271.urban else urban
        S[r.air_dry_moisture + w] = 0.40 if built else S[r.air_dry_moisture + w]
        S[r.two_pass_limit + w] = soil_water.OTHER_TWO_PASS_LIMIT if urban else S[r.two_pass_limit + w]


@driver_kernel
def geometry(S, layers):
    """Set depths of the layers and of the roots and the water in the column when the step begins [m]."""
    for w in range(WIDTH):
        S[r.root_depth + w] = 0.0
        S[r.water_before + w] = S[r.canopy_water + w] + S[r.snow_water_equivalent + w]
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            above = S[r.layer_bottom + row - WIDTH + w] if k > 0 else 0.0
            bottom = above + S[r.layer_thickness + row + w]
            S[r.layer_bottom + row + w] = bottom
            S[r.layer_difference + row + w] = bottom - above
            S[r.root_depth + w] = bottom if k < S[r.n_root_layers + w] else S[r.root_depth + w]
            S[r.water_before + w] = S[r.water_before + w] + S[r.soil_moisture + row + w] * (bottom - above)


@driver_kernel
def shaded_conductivity(S, as_271):
    """Set the conductivity of the first soil layer under its vegetation [W m-1 K-1]."""
    for w in range(WIDTH):
        soil = soil_conductivity(S, w, 0, as_271)
        S[r.top_conductivity + w] = soil * exp(S[r.ground_shading_exponent + w] * S[r.green_vegetation_fraction + w])


@driver_kernel
def first_ground_heat(S, as_271):
    """Set the ground heat flux of the old temperatures [W m-2], which only feeds the potential evaporation.

    Soil and snow are averaged by depth and by cover (Lunardini 1981).
    """
    for w in range(WIDTH):
        cover = S[r.snow_cover_fraction + w]
        has_snow = S[r.has_snow + w] > 0.5
        half_layer = S[r.layer_bottom + w] / 2.0
        buried = False if as_271.snow_cover else cover > 0.97
        soil = S[r.snow_conductivity + w] if buried else S[r.top_conductivity + w]
        thickness = S[r.snow_depth + w] + half_layer
        mixed = (S[r.snow_depth + w] / thickness * S[r.snow_conductivity + w] + half_layer / thickness * soil)
        mixed = mixed * cover + soil * (1.0 - cover)
        conductivity = mixed if has_snow else soil
        distance = thickness if has_snow else half_layer
        S[r.top_conductivity + w] = conductivity
        S[r.first_ground_heat + w] = conductivity * (S[r.skin_temperature + w] - S[r.soil_temperature + w]) / distance
        S[r.ground_heat + w] = S[r.first_ground_heat + w]


@driver_kernel
def penman(S, over_ice, as_271):
    """Set potential evaporation and what the surface balance takes from it.

    ``over_ice`` chooses the latent heat by the skin temperature, as on glaciers and sea ice, and not by snow cover.
    """
    for w in range(WIDTH):
        temperature, cover = S[r.air_temperature + w], S[r.snow_cover_fraction + w]
        precipitation = S[r.precipitation + w]
        over_cp = evaporation.penman_latent_over_cp()
        to_ice = LATENT_HEAT_SUBLIMATION / LATENT_HEAT_VAPORISATION
        mixed_over_cp = (1.0 - cover) * over_cp + cover * over_cp * to_ice
        warm = S[r.skin_temperature + w] > FREEZING_POINT
        ice_over_cp = over_cp if warm else over_cp * to_ice
        ice_latent = LATENT_HEAT_VAPORISATION if warm else LATENT_HEAT_SUBLIMATION
        latent_over_cp = ice_over_cp if over_ice else mixed_over_cp
        latent_heat = ice_latent if over_ice else snow.latent_heat_of_mixture(cover)
        if as_271.latent_heat:
            latent_over_cp, latent_heat = over_cp, LATENT_HEAT_VAPORISATION
        fourth = temperature * temperature * temperature * temperature
        pressure = S[r.surface_pressure + w]
        virtual = temperature * (1.0 + VIRTUAL_FACTOR * S[r.humidity + w])
        heat_coefficient = S[r.heat_exchange_coefficient + w]
        transfer = snow.air_density(pressure, virtual) * HEAT_CAPACITY_AIR_PENMAN * heat_coefficient
        emissivity = balance_emissivity(S, w, as_271)
        factor = evaporation.penman_factor(emissivity, fourth, pressure, heat_coefficient, transfer,
                                           precipitation, S[r.snowing + w] > 0.5)
        freezing = evaporation.freezing_rain_heat(precipitation) if S[r.freezing_rain + w] > 0.5 else 0.0
        shortwave = (S[r.shortwave_down + w] * (1.0 - S[r.albedo + w]) if as_271.net_radiation
                     else S[r.shortwave_net + w])
        downward = shortwave + S[r.longwave_absorbed + w]
        emission = emissivity * STEFAN_BOLTZMANN * fourth
        net = downward - emission - S[r.first_ground_heat + w] - freezing
        potential, scale = evaporation.potential_evaporation(
            latent_over_cp, latent_heat, S[r.saturation_humidity + w], S[r.saturation_slope + w], S[r.humidity + w],
            factor, transfer, net, S[r.lifted_air_temperature + w], temperature)
        S[r.air_temperature_4 + w] = fourth
        S[r.virtual_air_temperature + w] = virtual
        S[r.transfer + w] = transfer
        S[r.penman_factor + w] = factor
        S[r.penman_scale + w] = scale
        S[r.downward_radiation + w] = downward
        S[r.thermal_emission + w] = emission
        S[r.freezing_rain_heat + w] = freezing
        S[r.potential_evaporation + w] = potential
        S[r.penman_potential + w] = potential


@driver_kernel
def canopy_resistance(S, layers, as_271):
    """Set the stress factors, the canopy resistance and the plant coefficient of columns with vegetation."""
    for w in range(WIDTH):
        S[r.water_stress + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            rooted = k < S[r.n_root_layers + w]
            wetness = evaporation.wetness_between(S[r.liquid_soil_moisture + row + w], S[r.wilting_point + w],
                                                  S[r.stress_threshold + w])
            share = S[r.layer_difference + row + w] / S[r.root_depth + w] * wetness
            S[r.root_wetness + row + w] = wetness if rooted else 0.0
            S[r.water_stress + w] = S[r.water_stress + w] + (share if rooted else 0.0)
    for w in range(WIDTH):
        green = S[r.green_vegetation_fraction + w] > 0.0
        minimum, leaves = S[r.minimum_stomatal_resistance + w], S[r.leaf_area_index + w]
        light = evaporation.radiation_stress(S[r.shortwave_down + w], leaves, S[r.radiation_stress_parameter + w],
                                             minimum, S[r.maximum_stomatal_resistance + w])
        warmth = evaporation.temperature_stress(S[r.air_temperature + w], S[r.optimum_temperature + w])
        dryness = evaporation.humidity_stress(S[r.saturation_humidity + w], S[r.humidity + w],
                                              S[r.humidity_stress_parameter + w])
        water = max(S[r.water_stress + w], 0.0001)
        resistance = minimum / (leaves * light * warmth * dryness * water)
        plant = evaporation.plant_coefficient(resistance, S[r.heat_exchange_coefficient + w],
                                              balance_emissivity(S, w, as_271),
                                              S[r.air_temperature_4 + w], S[r.surface_pressure + w],
                                              S[r.saturation_slope + w])
        S[r.radiation_stress + w] = light if green else 0.0
        S[r.temperature_stress + w] = warmth if green else 0.0
        S[r.humidity_stress + w] = dryness if green else 0.0
        S[r.water_stress + w] = water if green else 0.0
        S[r.canopy_resistance + w] = resistance if green else 0.0
        S[r.plant_coefficient + w] = plant if green else 0.0


@driver_kernel
def evaporate(S, layers, time_step, as_271):
    """Set the components of evaporation [m s-1] from the moisture at the start of the step (EVAPO).

    With snow they count for the snow-free part of the ground. Without evaporation all are zero.
    """
    for w in range(WIDTH):
        rate = max(S[r.potential_evaporation + w], 0.0) * 0.001
        green = S[r.green_vegetation_fraction + w]
        free = 1.0 - S[r.snow_cover_fraction + w]
        moisture = S[r.liquid_soil_moisture + w] if as_271.soil_evaporation else S[r.soil_moisture + w]
        fraction = evaporation.direct_evaporation_fraction(moisture, S[r.air_dry_moisture + w],
                                                           S[r.porosity + w], S[r.direct_evaporation_exponent + w])
        wet = evaporation.canopy_wetness(S[r.canopy_water + w], S[r.canopy_capacity + w], S[r.canopy_exponent + w])
        from_canopy = min(S[r.canopy_water + w] / time_step, green * wet * rate)
        S[r.direct_evaporation + w] = fraction * (1.0 - green) * rate * free
        S[r.canopy_evaporation + w] = from_canopy * free
        S[r.transpiration_demand + w] = green * S[r.plant_coefficient + w] * rate * (1.0 - wet)
        S[r.wetness_sum + w] = 0.0
    _share_transpiration(S, layers)


@driver_kernel
def _share_transpiration(S, layers):
    """Divide the transpiration of the snow-free part among the root layers by their wetness (TRANSP)."""
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.wetness_sum + w] = S[r.wetness_sum + w] + S[r.root_wetness + row + w]
    for w in range(WIDTH):
        S[r.mean_root_wetness + w] = S[r.wetness_sum + w] / max(S[r.n_root_layers + w], 1.0)
        S[r.wetness_sum + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            wetness = S[r.root_wetness + row + w]
            share = S[r.layer_thickness + row + w] / S[r.root_depth + w] + wetness - S[r.mean_root_wetness + w]
            weight = wetness * max(share, 0.0) if k < S[r.n_root_layers + w] else 0.0
            S[r.root_wetness + row + w] = weight
            S[r.wetness_sum + w] = S[r.wetness_sum + w] + weight
    for w in range(WIDTH):
        S[r.wetness_sum + w] = S[r.wetness_sum + w] if S[r.wetness_sum + w] > 0.0 else 1.0
        S[r.transpiration_total + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            free = 1.0 - S[r.snow_cover_fraction + w]
            layer = S[r.transpiration_demand + w] * S[r.root_wetness + row + w] / S[r.wetness_sum + w] * free
            S[r.transpiration + row + w] = layer
            S[r.transpiration_total + w] = S[r.transpiration_total + w] + layer


@driver_kernel
def deliver_water(S, as_271):
    """Set the water that reaches the surface of columns without snow [m s-1], dew, and the evaporation so far."""
    for w in range(WIDTH):
        potential = S[r.potential_evaporation + w]
        has_snow = S[r.has_snow + w] > 0.5
        dew = 0.0 if potential > 0.0 else -potential * 0.001
        rain = S[r.precipitation + w] * 0.001
        total = (S[r.direct_evaporation + w] + S[r.transpiration_total + w] + S[r.canopy_evaporation + w])
        S[r.snow_free_evaporation + w] = total * 1000.0
        S[r.dew + w] = dew
        S[r.surface_water + w] = rain if potential > 0.0 else rain + dew
        without_snow = S[r.snow_free_evaporation + w] if potential > 0.0 else potential
        if as_271.surface_humidity:
            S[r.kinematic_evaporation + w] = without_snow if potential > 0.0 else 0.0
        else:
            S[r.kinematic_evaporation + w] = without_snow
        ratio = without_snow / (potential if potential != 0.0 else 1.0)
        ratio = 1.0 if potential < 0.0 else ratio
        S[r.balance_ratio + w] = 0.0 if (potential == 0.0 or has_snow) else ratio
        S[r.snow_sublimation + w] = 0.0
        S[r.snow_melt + w] = 0.0
        S[r.melt_rate + w] = 0.0
        S[r.melt_heat + w] = 0.0
        S[r.energy_leak + w] = 0.0
        S[r.evaporation_heat + w] = 0.0
        S[r.melting_surface + w] = 0.0


@driver_kernel
def force_soil_heat(S, as_271):
    """Set what drives the soil heat step: the balance of the surface, linear in the temperature of the first layer."""
    for w in range(WIDTH):
        factor, transfer = S[r.penman_factor + w], S[r.transfer + w]
        has_snow = S[r.has_snow + w] > 0.5
        soil = soil_conductivity(S, w, 0, as_271)
        soil = soil * exp(S[r.ground_shading_exponent + w] * S[r.green_vegetation_fraction + w])
        conductivity = S[r.top_conductivity + w] if has_snow else soil
        temperature = S[r.air_temperature + w]
        depth = S[r.layer_bottom + w]
        balance = (temperature + ((S[r.downward_radiation + w] - S[r.thermal_emission + w]) / transfer
                                  + S[r.lifted_air_temperature + w] - temperature
                                  - S[r.balance_ratio + w] * S[r.penman_scale + w]) / factor)
        coupling = conductivity / (0.5 * depth * transfer * factor) + 1.0
        soil_top = S[r.soil_temperature + w] + 0.5 * S[r.ground_heat + w] * depth / conductivity
        S[r.top_conductivity + w] = conductivity
        S[r.surface_forcing + w] = soil_top if has_snow else balance
        S[r.surface_coupling + w] = 1.0 if has_snow else coupling


@driver_kernel
def skin_from_soil(S, as_271):
    """Set skin temperature and ground heat of columns without snow from the new soil temperature."""
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        coupling, soil = S[r.surface_coupling + w], S[r.soil_temperature + w]
        skin = (S[r.surface_forcing + w] + (coupling - 1.0) * soil) / coupling
        ground = S[r.top_conductivity + w] * (skin - soil) / (0.5 * S[r.layer_bottom + w])
        rain_heat = (0.0 if as_271.rain_heat
                     else HEAT_CAPACITY_RAIN * S[r.precipitation + w] * (skin - S[r.air_temperature + w]))
        S[r.soil_top_temperature + w] = S[r.surface_forcing + w] if has_snow else skin
        S[r.skin_temperature + w] = S[r.skin_temperature + w] if has_snow else skin
        S[r.ground_heat + w] = S[r.ground_heat + w] if has_snow else ground
        S[r.precipitation_heat + w] = S[r.precipitation_heat + w] if has_snow else rain_heat
