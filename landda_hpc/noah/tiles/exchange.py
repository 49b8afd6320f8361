"""Preparation of the forcing and the surface layer, for a tile (spec of the driver: 3.5 and 3.6)."""

import math

from landda_hpc.constants import ADIABATIC_LAPSE_RATE, FREEZING_POINT, VIRTUAL_FACTOR
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.noah import surface_layer
from landda_hpc.noah.saturation import HIGHEST_SATURATION, saturation_humidity, saturation_humidity_271
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH

LAST_SNOWFALL = 273.16  # K, warmest air with snowfall in Noah 2.7.1
LEAST_FORCED_EXCHANGE = 1.0e-5  # m s-1, in place of a forced coefficient of heat that is not positive


@driver_kernel
def prepare_forcing(S, as_271):
    """Fill the driver's rows: wind and humidity with their floors, phase, humidity at saturation, net radiation."""
    for w in range(WIDTH):
        temperature = S[r.air_temperature + w]
        humidity = S[r.specific_humidity + w]
        east, north = S[r.eastward_wind + w], S[r.northward_wind + w]
        S[r.wind_speed + w] = max(math.sqrt(east * east + north * north), 0.01)
        surface_humidity = S[r.surface_specific_humidity + w]
        S[r.surface_specific_humidity + w] = humidity if surface_humidity < 0.0 else surface_humidity
        cold = temperature <= LAST_SNOWFALL if as_271.precipitation_phase else temperature < FREEZING_POINT
        frozen = S[r.precipitation + w] > 0.0 and cold
        S[r.frozen_fraction + w] = 1.0 if frozen else 0.0
        humidity = max(humidity, 1.0e-6)
        if as_271.air_humidity:
            saturation, slope = saturation_humidity_271(temperature, S[r.surface_pressure + w])
            humidity = HIGHEST_SATURATION * saturation if humidity >= saturation else humidity
        else:
            saturation, slope = saturation_humidity(temperature, S[r.surface_pressure + w])
        S[r.humidity + w] = humidity
        S[r.saturation_humidity + w] = saturation
        S[r.saturation_slope + w] = slope
        S[r.lifted_air_temperature + w] = temperature + ADIABATIC_LAPSE_RATE * S[r.reference_height_temperature + w]
        S[r.virtual_air_temperature + w] = temperature * (1.0 + VIRTUAL_FACTOR * humidity)
        S[r.longwave_absorbed + w] = S[r.longwave_down + w] * (1.0 if as_271.emissivity else S[r.emissivity + w])
        S[r.shortwave_net + w] = S[r.shortwave_down + w] * (1.0 - S[r.albedo + w])
        S[r.transfer_skin_temperature + w] = S[r.skin_temperature + w]
        S[r.runoff_parameter + w] = (S[r.reference_runoff_parameter + w] * S[r.saturated_conductivity + w]
                                     / S[r.reference_conductivity + w])
        threshold = S[r.stress_threshold + w]
        ratio = S[r.porosity + w] / (threshold if threshold != 0.0 else 1.0)
        S[r.frozen_infiltration_parameter + w] = (
            S[r.frozen_ground_parameter + w] * ratio * (0.412 / 0.468) if threshold != 0.0 else 0.0)


@driver_kernel
def guess_forced(S):
    """Start the surface layer from the forced coefficients where there are any (spec of the driver: 3.5 item 13).

    Of both coefficients it is the mean of the records; that of heat alone is the sum of the records, as LIS takes it.
    """
    for w in range(WIDTH):
        heat, momentum = S[r.forced_heat_exchange + w], S[r.forced_momentum_exchange + w]
        heat = LEAST_FORCED_EXCHANGE if heat <= 0.0 else heat
        S[r.forced_heat_exchange + w] = heat
        both = math.isfinite(heat) and math.isfinite(momentum)
        n_records = S[r.forcing_records + w]
        guess = heat / n_records if both else heat
        S[r.heat_exchange_coefficient + w] = guess if math.isfinite(heat) else S[r.heat_exchange_coefficient + w]
        S[r.momentum_exchange_coefficient + w] = (momentum / n_records if both
                                                  else S[r.momentum_exchange_coefficient + w])


@driver_kernel
def keep_forced(S):
    """Put the sums of both forced coefficients in place of the surface layer's, of which u* and Ri stay."""
    for w in range(WIDTH):
        heat, momentum = S[r.forced_heat_exchange + w], S[r.forced_momentum_exchange + w]
        both = math.isfinite(heat) and math.isfinite(momentum)
        S[r.heat_exchange_coefficient + w] = heat if both else S[r.heat_exchange_coefficient + w]
        S[r.momentum_exchange_coefficient + w] = momentum if both else S[r.momentum_exchange_coefficient + w]


@driver_kernel
def myj_surface_layer(S, momentum_table, heat_table, largest, depends_on_roughness):
    """Update the exchange coefficients with the Mellor-Yamada-Janjic scheme."""
    for w in range(WIDTH):
        exponent = surface_layer.zilitinkevich_exponent(S[r.zilitinkevich_coefficient + w], S[r.roughness_length + w],
                                                        depends_on_roughness, S[r.urban + w] > 0.5)
        buoyancy, difference, wind_squared, richardson, exponent = surface_layer.myj_start(
            S[r.air_temperature + w], S[r.humidity + w], S[r.wind_speed + w], S[r.surface_pressure + w],
            S[r.skin_temperature + w], S[r.surface_specific_humidity + w], S[r.reference_height_wind + w],
            S[r.reference_height_temperature + w], exponent)
        S[r.exchange_buoyancy + w] = buoyancy
        S[r.exchange_difference + w] = difference
        S[r.exchange_wind_squared + w] = wind_squared
        S[r.exchange_exponent + w] = exponent
        S[r.bulk_richardson_number + w] = richardson
        # The first guess of the convective velocity counts for both signs of the temperature difference.
        convective = surface_layer.convective_velocity_squared(buoyancy, S[r.heat_exchange_coefficient + w], difference)
        S[r.friction_velocity + w] = surface_layer.friction_velocity(S[r.momentum_exchange_coefficient + w],
                                                                     wind_squared, convective, 1.0e-9)
    for _ in range(surface_layer.N_PASSES):
        _myj_arguments(S, largest)
        _look_up(S, r.exchange_top_wind, r.exchange_foot_wind, r.exchange_profile_momentum, momentum_table)
        _look_up(S, r.exchange_top_heat, r.exchange_foot_heat, r.exchange_profile_heat, heat_table)
        for w in range(WIDTH):
            heat, momentum, velocity = surface_layer.myj_finish(
                S[r.exchange_profile_momentum + w], S[r.exchange_profile_heat + w], S[r.friction_velocity + w],
                S[r.exchange_difference + w], S[r.exchange_buoyancy + w], S[r.exchange_wind_squared + w],
                S[r.reference_height_temperature + w])
            S[r.heat_exchange_coefficient + w] = heat
            S[r.momentum_exchange_coefficient + w] = momentum
            S[r.friction_velocity + w] = velocity


@driver_kernel
def _myj_arguments(S, largest):
    """Set the stabilities that a pass looks up; the logarithms wait in the rows of the profiles."""
    for w in range(WIDTH):
        (S[r.exchange_top_wind + w], S[r.exchange_foot_wind + w], S[r.exchange_top_heat + w],
         S[r.exchange_foot_heat + w], S[r.exchange_profile_momentum + w],
         S[r.exchange_profile_heat + w]) = surface_layer.myj_arguments(
            S[r.heat_exchange_coefficient + w], S[r.friction_velocity + w], S[r.exchange_difference + w],
            S[r.exchange_buoyancy + w], S[r.exchange_exponent + w], S[r.roughness_length + w],
            S[r.previous_background_roughness_length + w], S[r.reference_height_wind + w],
            S[r.reference_height_temperature + w], largest)


@kernel
def _look_up(S, top, foot, profile, table):
    """Add the difference of a stability function between top and foot to the logarithm in the row of the profile.

    The look-ups stand apart because they do not vectorise and would keep the rest of the pass from it.
    """
    for w in range(WIDTH):
        index, weight = surface_layer.table_position(S[top + w])
        upper = int(index)
        foot_index, foot_weight = surface_layer.table_position(S[foot + w])
        lower = int(foot_index)
        at_top = (table[upper + 1] - table[upper]) * weight + table[upper]
        at_foot = (table[lower + 1] - table[lower]) * foot_weight + table[lower]
        S[profile + w] = at_top - at_foot + S[profile + w]


@driver_kernel
def wind_at_one_height(S):
    """Bring the wind down to the height of the air temperature by the logarithmic profile, as Noah 2.7.1 does."""
    for w in range(WIDTH):
        height, height_wind = S[r.reference_height_temperature + w], S[r.reference_height_wind + w]
        S[r.wind_speed + w] = surface_layer.lowered_wind(S[r.wind_speed + w], height, height_wind,
                                                         S[r.background_roughness_length + w])
        S[r.reference_height_wind + w] = height


@driver_kernel
def older_surface_layer(S, depends_on_roughness, as_271):
    """Update the exchange coefficients with the older scheme; the Richardson number of the step stays zero."""
    buoyancy = surface_layer.older_buoyancy()
    for w in range(WIDTH):
        virtual = 1.0 + VIRTUAL_FACTOR * S[r.humidity + w]
        difference = S[r.lifted_air_temperature + w] * virtual - S[r.skin_temperature + w] * virtual
        wind_squared = max(S[r.wind_speed + w] * S[r.wind_speed + w], 1.0e-4)
        roughness = S[r.background_roughness_length + w] if as_271.surface_layer else S[r.roughness_length + w]
        exponent = surface_layer.zilitinkevich_exponent(S[r.zilitinkevich_coefficient + w], roughness,
                                                        depends_on_roughness, S[r.urban + w] > 0.5)
        heat = S[r.heat_exchange_coefficient + w]
        convective = surface_layer.convective_velocity_squared(buoyancy, heat, difference)
        velocity = surface_layer.friction_velocity(S[r.momentum_exchange_coefficient + w], wind_squared, convective,
                                                   0.07)
        roughness_heat = surface_layer.older_roughness_heat(roughness, exponent, velocity, as_271)
        top_heat = S[r.reference_height_temperature + w] + roughness_heat
        S[r.bulk_richardson_number + w] = 0.0
        S[r.exchange_difference + w] = difference
        S[r.exchange_wind_squared + w] = wind_squared
        S[r.exchange_exponent + w] = exponent
        S[r.exchange_convective + w] = convective
        S[r.exchange_roughness_wind + w] = roughness
        S[r.exchange_roughness_heat + w] = roughness_heat
        S[r.exchange_top_heat + w] = top_heat
        S[r.exchange_log_heat + w] = surface_layer.log(top_heat / roughness_heat)
        S[r.exchange_inverse_length + w] = (surface_layer.KARMAN * buoyancy * heat * difference
                                            / (velocity * velocity * velocity))
    for _ in range(surface_layer.N_PASSES):
        for w in range(WIDTH):
            (S[r.heat_exchange_coefficient + w], S[r.momentum_exchange_coefficient + w],
             S[r.exchange_inverse_length + w], S[r.exchange_convective + w], S[r.exchange_log_heat + w],
             S[r.exchange_top_heat + w], S[r.exchange_roughness_heat + w],
             S[r.friction_velocity + w]) = surface_layer.older_pass(
                S[r.heat_exchange_coefficient + w], S[r.momentum_exchange_coefficient + w],
                S[r.exchange_inverse_length + w], S[r.exchange_convective + w], S[r.exchange_log_heat + w],
                S[r.exchange_top_heat + w], S[r.exchange_roughness_heat + w], S[r.exchange_difference + w],
                S[r.exchange_wind_squared + w], S[r.exchange_exponent + w], S[r.exchange_roughness_wind + w],
                S[r.reference_height_wind + w], S[r.reference_height_temperature + w], as_271)
