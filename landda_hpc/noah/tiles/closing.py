"""Closing of a step: fluxes in W m-2, diagnostics and the balances of water and energy, for a tile."""

from landda_hpc.constants import (
    GAS_CONSTANT_DRY_AIR,
    HEAT_CAPACITY_AIR,
    LATENT_HEAT_SUBLIMATION,
    LATENT_HEAT_VAPORISATION,
    STEFAN_BOLTZMANN,
)
from landda_hpc.jit import driver_kernel
from landda_hpc.noah import snow
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH


@driver_kernel
def close_step(S, layers, time_step, as_271):
    """Set the results of a land step: fluxes, availability and evaporation totals (spec, chapter 6)."""
    for w in range(WIDTH):
        has_snow = S[r.has_snow + w] > 0.5
        evaporates = S[r.potential_evaporation + w] > 0.0
        cover = S[r.snow_cover_fraction + w]
        under_snow = 0.0 if as_271.surface_humidity else S[r.snow_sublimation + w] + S[r.snow_free_evaporation + w]
        S[r.kinematic_evaporation + w] = under_snow if has_snow else S[r.kinematic_evaporation + w]
        components = (S[r.direct_evaporation + w] + S[r.canopy_evaporation + w]
                      + S[r.transpiration_total + w]) * 1000.0
        S[r.evaporation + w] = (components + S[r.snow_sublimation + w] if evaporates
                                else S[r.potential_evaporation + w])
        vapour = 1000.0 * LATENT_HEAT_VAPORISATION
        S[r.direct_evaporation + w] = S[r.direct_evaporation + w] * vapour
        S[r.canopy_evaporation + w] = S[r.canopy_evaporation + w] * vapour
        S[r.transpiration_total + w] = S[r.transpiration_total + w] * vapour
        S[r.snow_sublimation + w] = S[r.snow_sublimation + w] * LATENT_HEAT_SUBLIMATION
        S[r.potential_evaporation_rate + w] = S[r.potential_evaporation + w]
        potential = S[r.potential_evaporation + w] * snow.latent_heat_of_mixture(cover)
        S[r.potential_evaporation + w] = potential
        latent = (S[r.direct_evaporation + w] + S[r.canopy_evaporation + w] + S[r.transpiration_total + w]
                  + S[r.snow_sublimation + w])
        latent = latent if evaporates else potential
        S[r.latent_heat_flux + w] = latent
        S[r.evaporation_ratio + w] = 0.0 if potential == 0.0 else latent / (potential if potential != 0.0 else 1.0)
        S[r.excess_depth + w] = S[r.excess_depth + w] / time_step
        S[r.drainage + w] = S[r.drainage + w] + S[r.excess_depth + w]
        S[r.average_surface_temperature + w] = (S[r.soil_top_temperature + w] * (1.0 - cover)
                                                + S[r.skin_temperature + w] * cover)
    _availability(S, layers, as_271)


@driver_kernel
def _availability(S, layers, as_271):
    """Set the water of the column and how much of it plants can take, by layer and in the root zone."""
    for w in range(WIDTH):
        S[r.column_water + w] = 0.0
        S[r.root_zone_availability + w] = 0.0
        S[r.wetness_sum + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            thickness = S[r.layer_difference + row + w]
            available = S[r.soil_moisture + row + w] - S[r.wilting_point + w]
            capacity = S[r.porosity + w] - S[r.wilting_point + w]
            rooted = True if as_271.availability else k < max(S[r.n_root_layers + w], 1.0)
            S[r.transpiration + row + w] = S[r.transpiration + row + w] * (1000.0 * LATENT_HEAT_VAPORISATION)
            S[r.availability + row + w] = available / capacity
            S[r.column_water + w] = S[r.column_water + w] + S[r.soil_moisture + row + w] * thickness
            S[r.root_zone_availability + w] = (S[r.root_zone_availability + w]
                                               + (available * thickness if rooted else 0.0))
            S[r.wetness_sum + w] = S[r.wetness_sum + w] + (capacity * thickness if rooted else 0.0)
    for w in range(WIDTH):
        capacity = S[r.wetness_sum + w]
        holds = capacity >= 1.0e-6
        S[r.root_zone_availability + w] = (S[r.root_zone_availability + w] / (capacity if holds else 1.0) if holds
                                           else 0.0)
        S[r.column_water + w] = S[r.column_water + w] if holds else 0.0


@driver_kernel
def surface_diagnostics(S, as_271):
    """Set turbulent fluxes, surface humidity, radiation and snowfall, which land and ice columns share.

    The net longwave counts the sum of the forcing records in the step, as LIS writes it, not their mean.
    """
    for w in range(WIDTH):
        pressure, virtual = S[r.surface_pressure + w], S[r.virtual_air_temperature + w]
        density = pressure / (GAS_CONSTANT_DRY_AIR * virtual)
        skin, emissivity = S[r.skin_temperature + w], S[r.emissivity + w]
        S[r.surface_specific_humidity + w] = (S[r.humidity + w] + S[r.kinematic_evaporation + w] * HEAT_CAPACITY_AIR
                                              / S[r.transfer + w])
        S[r.sensible_heat_flux + w] = -(S[r.heat_exchange_coefficient + w] * HEAT_CAPACITY_AIR * density
                                        ) * (S[r.lifted_air_temperature + w] - skin)
        S[r.ground_heat_flux + w] = S[r.ground_heat + w]
        S[r.ground_heat + w] = -S[r.ground_heat + w]
        S[r.snowfall + w] = S[r.precipitation + w] * S[r.frozen_fraction + w]
        S[r.net_shortwave + w] = S[r.shortwave_down + w] * (1.0 - S[r.albedo + w])
        absorbed = 1.0 if as_271.emissivity else emissivity
        S[r.net_longwave + w] = (absorbed * S[r.longwave_down + w] * S[r.forcing_records + w]
                                 - emissivity * STEFAN_BOLTZMANN * skin * skin * skin * skin)
        S[r.momentum_stress + w] = density * S[r.momentum_exchange_coefficient + w] * S[r.friction_velocity + w]


@driver_kernel
def close_balances(S, layers, time_step):
    """Set the residuals of the balances.

    ``energy_residual`` is that of the full balance, which the scheme does not close because it linearises emission
    about the air temperature. ``energy_closure`` is that of the linearised balance and ``water_closure`` that of the
    water balance with the known leaks booked: both are rounding, or something is wrong.
    """
    for w in range(WIDTH):
        skin, transfer = S[r.skin_temperature + w], S[r.transfer + w]
        emission = S[r.emissivity + w] * STEFAN_BOLTZMANN * skin * skin * skin * skin
        S[r.energy_residual + w] = (S[r.downward_radiation + w] - emission - S[r.sensible_heat_flux + w]
                                    - S[r.latent_heat_flux + w] + S[r.ground_heat + w] - S[r.precipitation_heat + w]
                                    - S[r.freezing_rain_heat + w] - S[r.melt_heat + w])
        stored = transfer * S[r.penman_factor + w] * (skin - S[r.air_temperature + w])
        gained = (S[r.downward_radiation + w] - S[r.thermal_emission + w]
                  + transfer * (S[r.lifted_air_temperature + w] - S[r.air_temperature + w]) + S[r.ground_heat + w])
        under_snow = S[r.evaporation_heat + w] + S[r.precipitation_heat + w] + S[r.freezing_rain_heat + w]
        has_snow = S[r.has_snow + w] > 0.5
        # A melting surface is a mixture of ice at the freezing point and ground: its balance is the melt heat itself.
        known = not (has_snow and S[r.melting_surface + w] > 0.5)
        lost = under_snow if has_snow else S[r.balance_ratio + w] * S[r.penman_scale + w] * transfer
        S[r.energy_closure + w] = gained - lost - stored if known else 0.0
        S[r.water_closure + w] = (S[r.canopy_water + w] + S[r.snow_water_equivalent + w] - S[r.water_before + w]
                                  - (S[r.snow_leak + w] + S[r.soil_leak + w] + S[r.ice_leak + w])
                                  - time_step * (S[r.precipitation + w] * 0.001 - S[r.evaporation + w] * 0.001
                                                 - S[r.surface_runoff + w] - S[r.drainage + w]))
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.water_closure + w] = (S[r.water_closure + w]
                                      + S[r.soil_moisture + row + w] * S[r.layer_difference + row + w])
