"""Exchange coefficients between the surface and the forcing height (SFCDIF).

Two schemes: the Mellor-Yamada-Janjic one with tabulated stability functions (Janjic 1994; Chen and Zhang 2009) and the
older one (Chen et al. 1997). Both take the coefficients of the previous step as a first guess and make five passes
without a test of convergence. The functions here are one pass for one column; the loops stand in ``tiles.exchange``.
"""

import math

import numpy as np

from landda_hpc.constants import GRAVITY, GRAVITY_OLDER_SURFACE_LAYER, KAPPA, KARMAN, VIRTUAL_FACTOR_MYJ
from landda_hpc.jit import kernel
from landda_hpc.vmath import arctan, exp, log, power, two_thirds_power

N_PASSES = 5
TABLE_SIZE = 10001
TABLE_START = -5.0
TABLE_STEP = (1.0 - TABLE_START) / (TABLE_SIZE - 1)


def stability_tables():
    """Return the MYJ stability functions of momentum and heat and the largest stability they are used at.

    The abscissa advances by repeated addition and the look-up interpolates linearly, as the scheme was tuned with
    (spec of Noah 3.3, 3.6.2; Paulson 1970, Holtslag and de Bruin 1988).

    Returns
    -------
    momentum, heat : ndarray (10001,)
    largest : float
    """
    abscissa = np.empty(TABLE_SIZE)
    value = TABLE_START
    for index in range(TABLE_SIZE):
        abscissa[index] = value
        value += TABLE_STEP
    momentum, heat = np.empty(TABLE_SIZE), np.empty(TABLE_SIZE)
    for index, s in enumerate(abscissa):
        if s < 0.0:
            x = math.sqrt(math.sqrt(1.0 - 16.0 * s))
            momentum[index] = (-2.0 * math.log((x + 1.0) / 2.0) - math.log((x * x + 1.0) / 2.0)
                               + 2.0 * math.atan(x) - 3.1415926 / 2.0)
            heat[index] = -2.0 * math.log((x * x + 1.0) / 2.0)
        else:
            momentum[index] = 0.7 * s + 0.75 * s * (6.0 - 0.35 * s) * math.exp(-0.35 * s)
            heat[index] = momentum[index]
    return momentum, heat, abscissa[-1] - 1.0e-6


@kernel
def zilitinkevich_exponent(zilitinkevich, roughness, depends_on_roughness, urban):
    """Return the factor of ``sqrt(u* z0)`` in the roughness length of heat [m-1/2 s1/2] (Chen and Zhang 2009)."""
    from_roughness = power(10.0, -0.40 * roughness / 0.07)
    coefficient = from_roughness if (depends_on_roughness and not urban) else zilitinkevich
    return -coefficient * KARMAN * 258.2


@kernel
def friction_velocity(momentum_coefficient, wind_squared, convective_squared, floor):
    """Return the friction velocity [m s-1] from the wind and the convective velocity, squared [m2 s-2]."""
    velocity = math.sqrt(momentum_coefficient * math.sqrt(wind_squared + convective_squared))
    return max(velocity, floor)


@kernel
def convective_velocity_squared(buoyancy, heat_coefficient, temperature_difference):
    """Return Beljaars' (1995) convective velocity squared [m2 s-2] for a boundary layer of 1000 m."""
    return 1.2 * 1.2 * two_thirds_power(abs(buoyancy * 1000.0 * heat_coefficient * temperature_difference))


@kernel
def table_position(stability):
    """Return index and weight of the linear interpolation in a table, both as numbers of the kernel's precision."""
    position = (stability - TABLE_START) / TABLE_STEP
    index = math.floor(position)
    weight = position - index
    # Comparisons that are false for NaN keep a column without a number from reading outside the table.
    index = index if index > 0.0 else 0.0
    return (index if index < TABLE_SIZE - 2.0 else TABLE_SIZE - 2.0), weight


@kernel
def myj_start(air_temperature, humidity, wind, pressure, skin_temperature, surface_humidity, height_wind,
              height_temperature, exponent):
    """Return what stays fixed over the passes of the MYJ scheme.

    Returns
    -------
    buoyancy : float
        ``g / theta_air`` [m s-2 K-1].
    difference : float
        Virtual potential temperature, air minus surface [K].
    wind_squared : float
        [m2 s-2], with a floor.
    richardson : float
        Bulk Richardson number [1].
    stable_exponent : float
        Zilitinkevich factor, increased under stable stratification.
    """
    to_potential = power(1.0e5 / pressure, KAPPA)
    theta_air = air_temperature * to_potential
    theta_surface = skin_temperature * to_potential
    buoyancy = GRAVITY / theta_air
    # The difference before the factor keeps its digits in single precision.
    difference = ((air_temperature - skin_temperature) * to_potential
                  * ((humidity + surface_humidity) * (0.5 * VIRTUAL_FACTOR_MYJ) + 1.0)
                  + (humidity - surface_humidity) * (0.5 * (theta_air + theta_surface) * VIRTUAL_FACTOR_MYJ))
    wind_squared = max(wind * wind, 1.0e-6)
    richardson = buoyancy * difference * height_wind * height_wind / wind_squared / height_temperature
    ratio = richardson / 0.505
    growth = 10.0 * (ratio * ratio) if richardson < 0.505 else 10.0
    stable_exponent = exponent * (1.0 + growth) if difference > 0.0 else exponent
    return buoyancy, difference, wind_squared, richardson, stable_exponent


@kernel
def limit(value, lower, upper):
    """Return ``value`` raised to ``lower`` first and cut at ``upper`` then."""
    raised = max(value, lower)
    return min(raised, upper)


@kernel
def myj_arguments(heat_coefficient, velocity, difference, buoyancy, exponent, roughness, background_roughness,
                  height_wind, height_temperature, largest):
    """Return the four stabilities that a pass looks up and the logarithms of its profiles.

    Returns
    -------
    top_wind, foot_wind, top_heat, foot_heat : float
        Height over Obukhov length, within the limits of the tables.
    log_wind, log_heat : float
    """
    depth_wind, depth_heat = height_wind + roughness, height_temperature + roughness
    ratio_wind = depth_wind / roughness
    roughness_heat = max(background_roughness * exp(exponent * math.sqrt(velocity * background_roughness)), 1.0e-28)
    ratio_heat = depth_heat / roughness_heat
    inverse_length = KARMAN * buoyancy * heat_coefficient * difference / (velocity * velocity * velocity)
    return (limit(depth_wind * inverse_length, -5.0, largest),
            limit(roughness * inverse_length, -5.0 / ratio_wind, largest / ratio_wind),
            limit(depth_heat * inverse_length, -5.0, largest),
            limit(roughness_heat * inverse_length, -5.0 / ratio_heat, largest / ratio_heat),
            log(ratio_wind), log(ratio_heat))


@kernel
def myj_finish(profile_momentum, profile_heat, velocity, difference, buoyancy, wind_squared, height_temperature):
    """Return heat and momentum coefficients [m s-1] and the friction velocity [m s-1] after a MYJ pass."""
    smallest = 1.0e-4 / height_temperature
    new_momentum = max(KARMAN * velocity / profile_momentum, smallest)
    new_heat = max(KARMAN * velocity / profile_heat, smallest)
    convective = convective_velocity_squared(buoyancy, new_heat, difference)
    convective = convective if difference <= 0.0 else 0.0
    return new_heat, new_momentum, friction_velocity(new_momentum, wind_squared, convective, 1.0e-9)


@kernel
def paulson_momentum(stability):
    """Return the unstable profile correction of momentum [1] (Paulson 1970)."""
    x = math.sqrt(math.sqrt(1.0 - 16.0 * stability))
    return (-2.0 * log((x + 1.0) / 2.0) - log((x * x + 1.0) / 2.0) + 2.0 * arctan(x) - 3.14159265 / 2.0)


@kernel
def paulson_heat(stability):
    """Return the unstable profile correction of heat [1] (Paulson 1970)."""
    x = math.sqrt(math.sqrt(1.0 - 16.0 * stability))
    return -2.0 * log((x * x + 1.0) / 2.0)


@kernel
def older_buoyancy():
    """Return ``g / 270 K`` of the older scheme [m s-2 K-1]."""
    return (1.0 / 270.0) * GRAVITY_OLDER_SURFACE_LAYER


@kernel
def lowered_wind(wind, height, height_wind, roughness):
    """Return the wind [m s-1] at ``height`` by the logarithmic profile if it was measured above that, at least 0.01."""
    lowered = wind * log((height + roughness) / roughness) / log((height_wind + roughness) / roughness)
    return max(lowered if height < height_wind else wind, 0.01)


@kernel
def older_roughness_heat(roughness, exponent, velocity, as_271):
    """Return the roughness length of heat of the older scheme [m]; Noah 2.7.1 replaces one that is next to nothing."""
    roughness_heat = roughness * exp(exponent * math.sqrt(velocity * roughness))
    if as_271.surface_layer:
        roughness_heat = 1.0e-6 if roughness_heat < 1.0e-15 else roughness_heat
    return roughness_heat


@kernel
def older_coefficient(velocity, profile, smallest, as_271):
    """Return an exchange coefficient of the older scheme [m s-1]; in Noah 2.7.1 also for a profile that vanishes."""
    if as_271.surface_layer:
        coefficient = max(KARMAN * velocity / (profile if profile != 0.0 else 1.0), smallest)
        coefficient = coefficient if profile != 0.0 else smallest
    else:
        coefficient = max(KARMAN * velocity / profile, smallest)
    return coefficient


@kernel
def older_pass(heat_coefficient, momentum_coefficient, inverse_length, convective, log_heat, top_heat, roughness_heat,
               difference, wind_squared, exponent, roughness, height_wind, height_temperature, as_271):
    """Return the state of the older scheme after one pass, in the order of its first seven arguments, and u* [m s-1].

    The profile of heat uses the logarithm from before the update of the roughness length of heat in the same pass.
    """
    buoyancy = older_buoyancy()
    smallest = 0.001 / height_wind
    stability_heat = max(top_heat * inverse_length, -5.0)
    inverse_length = stability_heat / top_heat
    stability = (height_wind + roughness) * inverse_length
    stability_foot = roughness * inverse_length
    stability_heat_foot = roughness_heat * inverse_length
    log_wind = log((height_wind + roughness) / roughness)
    unstable = inverse_length < 0.0
    # The square roots of the unstable branch must not see a stable column, and the other way round.
    momentum = (paulson_momentum(min(stability, 0.0)) - paulson_momentum(min(stability_foot, 0.0)) if unstable
                else 5.0 * min(stability, 1.0) - 5.0 * stability_foot)
    heat = (paulson_heat(min(stability_heat, 0.0)) - paulson_heat(min(stability_heat_foot, 0.0)) if unstable
            else 5.0 * min(stability_heat, 1.0) - 5.0 * stability_heat_foot)
    profile_momentum = momentum + log_wind
    profile_heat = heat + log_heat
    velocity = friction_velocity(momentum_coefficient, wind_squared, convective, 0.07)
    roughness_heat = older_roughness_heat(roughness, exponent, velocity, as_271)
    top_heat = height_temperature + roughness_heat
    log_heat = log(top_heat / roughness_heat)
    momentum_coefficient = older_coefficient(velocity, profile_momentum, smallest, as_271)
    heat_coefficient = older_coefficient(velocity, profile_heat, smallest, as_271)
    convective = convective_velocity_squared(buoyancy, heat_coefficient, difference)
    new_inverse = KARMAN * buoyancy * heat_coefficient * difference / (velocity * velocity * velocity)
    inverse_length = inverse_length * (1.0 - 0.85) + new_inverse * 0.85
    return (heat_coefficient, momentum_coefficient, inverse_length, convective, log_heat, top_heat, roughness_heat,
            velocity)
