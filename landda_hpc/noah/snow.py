"""Snow: density, conductivity, cover, albedo, roughness, surface balance, melt and compaction.

Scalar functions of one column. Depths and water equivalents are in metres, densities relative to water.
"""

from landda_hpc.constants import (
    FREEZING_POINT,
    GAS_CONSTANT_DRY_AIR,
    HEAT_CAPACITY_RAIN,
    HEAT_CAPACITY_SNOWFALL,
    LATENT_HEAT_FUSION,
    LATENT_HEAT_SUBLIMATION,
    LATENT_HEAT_VAPORISATION,
    SNOW_EMISSIVITY,
    STEFAN_BOLTZMANN,
)
from landda_hpc.jit import kernel
from landda_hpc.vmath import exp, power

SMALLEST_PACK = 1.0e-7  # m, less is dropped when a step starts
SMALLEST_MELTING_PACK = 1.0e-6  # m, least pack kept after sublimation and melt
WARM_SURFACE = 275.15  # K, where Noah 2.7.1 leaves no thin snow
LARGEST_COVER = 0.98  # 1, on land
DENSEST_SNOW = 0.40
LIGHTEST_SNOW = 0.05


@kernel
def snow_conductivity(density, as_271):
    """Return the heat conductivity of snow [W m-1 K-1] (Dyachkova 1960, doubled as in Noah 3.3; CSNOW)."""
    factor = 1.0 if as_271.snow_conductivity else 2.0
    return factor * 0.11631 * 0.328 * power(10.0, 2.25 * density)


@kernel
def add_fresh_snow(air_temperature, snowfall, depth, density, as_271):
    """Return depth [m] and density [1] of the pack after ``snowfall`` [m water] (Gottlib 1980; SNOW_NEW)."""
    celsius = air_temperature - FREEZING_POINT
    warmth = max(celsius + 15.0, 0.0)
    fresh_density = LIGHTEST_SNOW if celsius <= -15.0 else LIGHTEST_SNOW + 0.0017 * power(warmth, 1.5)
    old_depth = 100.0 * depth
    fresh_depth = 100.0 * snowfall / fresh_density
    total = old_depth + fresh_depth
    mixed = (old_depth * density + fresh_depth * fresh_density) / total
    if as_271.fresh_snow:
        new_density = mixed
    else:
        new_density = max(fresh_density, density) if total < 1.0e-3 else mixed
    return 0.01 * total, new_density


@kernel
def snow_cover(water_equivalent, full_cover, shape):
    """Return the fraction of the ground under snow [1] before its upper limit (Koren et al. 1999; SNFRAC)."""
    ratio = water_equivalent / full_cover
    partial = 1.0 - (exp(-shape * ratio) - ratio * exp(-shape))
    return partial if water_equivalent < full_cover else 1.0


@kernel
def snow_albedo(cover, age, snowing, time_step, background_albedo, maximum_albedo, livneh_weight, as_271):
    """Return albedo [1] and snow age [s] of the column (Livneh et al. 2010, doi:10.1175/2009JHM1174.1; ALCALC).

    In Noah 2.7.1 snow has its maximum albedo at all ages.
    """
    if as_271.snow_albedo:
        static = background_albedo + cover * (maximum_albedo - background_albedo)
        return min(static, maximum_albedo), age
    fresh = maximum_albedo + livneh_weight * (0.85 - maximum_albedo)
    new_age = 0.0 if snowing else age + time_step
    aged = fresh * power(0.94, power(new_age / 86400.0, 0.58))
    snow = max(fresh if snowing else aged, background_albedo)
    albedo = background_albedo + cover * (snow - background_albedo)
    return min(albedo, snow), new_age


@kernel
def snow_emissivity(cover, background_emissivity):
    """Return the emissivity [1] of ground partly under snow."""
    return background_emissivity + cover * (SNOW_EMISSIVITY - background_emissivity)


@kernel
def snow_roughness(cover, background_roughness, depth):
    """Return the roughness length [m] of ground partly under snow (SNOWZ0)."""
    free = 7.0 * background_roughness - depth
    covered = 0.001 if free <= 0.0007 else free / 7.0
    return (1.0 - cover) * background_roughness + cover * covered


@kernel
def reduced_deposition(potential, cover, richardson, downward_radiation):
    """Return the deposition rate [kg m-2 s-1, <= 0] after its reduction under stable stratification on land."""
    damped = (min(potential * (1.0 - richardson), 0.0) * cover / 0.980 + potential * (0.980 - cover)) / 0.980
    return damped if (richardson >= 0.1 and downward_radiation > 150.0) else potential


@kernel
def precipitation_heat(snowing, precipitation, skin_temperature, air_temperature):
    """Return the heat that warms precipitation to the surface temperature [W m-2]."""
    capacity = HEAT_CAPACITY_SNOWFALL if snowing else HEAT_CAPACITY_RAIN
    return capacity * precipitation * (skin_temperature - air_temperature)


@kernel
def snow_surface_temperature(air_temperature, lifted_temperature, soil_temperature, radiation, emission,
                             precipitation_heat_flux, freezing_rain_heat, evaporation_heat, transfer, penman_factor,
                             conductivity, thickness):
    """Return the temperature T12 [K] that balances the snow surface without melt (SNOPAC).

    ``radiation`` is net shortwave plus absorbed longwave, ``emission`` the thermal emission at air temperature and
    ``transfer`` the product of air density, heat capacity and exchange coefficient [W m-2 K-1].
    """
    to_soil = conductivity / (thickness * penman_factor * transfer)
    net = radiation - precipitation_heat_flux - freezing_rain_heat - emission
    forced = (air_temperature
              + (net / transfer + lifted_temperature - air_temperature - evaporation_heat / transfer) / penman_factor)
    return (forced + to_soil * soil_temperature) / (1.0 + to_soil)


@kernel
def melt_heat(radiation, precipitation_heat_flux, freezing_rain_heat, emissivity, skin_temperature, ground_heat,
              transfer, lifted_temperature, evaporation_heat):
    """Return the heat left for melting [W m-2], at least zero."""
    squared = skin_temperature * skin_temperature
    rest = (radiation - precipitation_heat_flux - freezing_rain_heat
            - emissivity * STEFAN_BOLTZMANN * (squared * squared) - ground_heat
            - transfer * (skin_temperature - lifted_temperature) - evaporation_heat)
    return max(rest, 0.0)


@kernel
def melt_pack(pack, heat, time_step):
    """Return the pack [m], the melt rate [m s-1], the melt [m] and the heat used [W m-2] after melting."""
    rate = heat * 0.001 / LATENT_HEAT_FUSION
    left = pack - rate * time_step
    keeps = left >= SMALLEST_MELTING_PACK
    all_rate = pack / time_step
    new_rate = rate if keeps else all_rate
    melt = rate * time_step if keeps else pack
    used = heat if keeps else all_rate * 1000.0 * LATENT_HEAT_FUSION
    return left if keeps else 0.0, new_rate, melt, used


@kernel
def compact_snow(water_equivalent, density, time_step, skin_temperature, soil_top_temperature):
    """Return depth [m] and density [1] of the pack after compaction (Anderson 1976; SNOWPACK).

    The density is that from before sublimation and melt, the depth follows from the new water equivalent.
    """
    hours = time_step / 3600.0
    skin = skin_temperature - FREEZING_POINT
    soil_top = soil_top_temperature - FREEZING_POINT
    centimetres = 100.0 * water_equivalent
    load = max(centimetres, 1.0e-2)
    x = hours * 0.01 * exp(0.08 * (0.5 * (skin + soil_top)) - 21.0 * density) * load
    growth = 1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0)))
    dry = max(min(density * growth, DENSEST_SNOW), LIGHTEST_SNOW)
    liquid = 0.13 * hours / 24.0
    wet = min(dry * (1.0 - liquid) + liquid, DENSEST_SNOW)
    new_density = wet if skin >= 0.0 else dry
    return 0.01 * (centimetres / new_density), new_density


@kernel
def latent_heat_of_mixture(cover):
    """Return the latent heat of evaporation from ground partly under snow [J kg-1]."""
    return (1.0 - cover) * LATENT_HEAT_VAPORISATION + cover * LATENT_HEAT_SUBLIMATION


@kernel
def air_density(pressure, virtual_temperature):
    """Return the density of air [kg m-3]."""
    return pressure / (GAS_CONSTANT_DRY_AIR * virtual_temperature)
