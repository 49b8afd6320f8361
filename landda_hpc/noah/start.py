"""Cold start of the land state: uniform profiles or given ones, liquid water consistent with the temperature."""

import numpy as np

from landda_hpc.constants import FREEZING_POINT
from landda_hpc.errors import ConfigError
from landda_hpc.jit import driver_kernel
from landda_hpc.noah import ice, soil_heat

FIRST_EXCHANGE_COEFFICIENT = 1.0e-4  # m s-1
FIRST_EMISSIVITY = 0.96
NEWTON_PASSES = 100  # of the ice content, more than it needs to settle
HUMIDITY_FROM_FORCING = -0.5  # marks a surface humidity that the first step takes from the forcing


def cold_start(state, parameters, values):
    """Fill a state for the first step (spec 3.3).

    Parameters
    ----------
    state : LandState
        Filled in place; members of a point start equal.
    parameters : LandParameters
        With the seasonal planes of the first date.
    values : dict
        ``soil_temperature`` and ``soil_moisture`` ``(n_layers, n_points)``; ``skin_temperature`` ``(n_points,)``;
        optional ``liquid_soil_moisture`` (by default all that can be liquid at the temperature),
        ``snow_water_equivalent``, ``snow_depth``, ``canopy_water``, ``albedo``, ``roughness_length``.

    Raises
    ------
    ConfigError
        Where the moisture is not between 0.02 and the porosity, or a temperature is not one in kelvin.
    """
    moisture, temperature = values["soil_moisture"], values["soil_temperature"]
    # Ice columns have no soil water; the scheme counts their layers as full.
    is_ice = parameters["surface_kind"] != ice.LAND
    moisture = np.where(is_ice, 1.0, moisture)
    porosity = np.where(is_ice, 1.0, parameters["porosity"])
    _check(temperature, (temperature > 150.0) & (temperature < 400.0), "soil_temperature", "150 to 400 K")
    _check(moisture, (moisture >= 0.02) & (moisture <= porosity), "soil_moisture",
           f"0.02 to the porosity (at most {max(porosity, default=0.0):.3f} here)")
    liquid = values.get("liquid_soil_moisture")
    liquid = liquid_at(temperature, moisture, parameters) if liquid is None else liquid
    liquid = np.where(is_ice, 1.0, liquid)
    _check(liquid, (liquid >= 0.0) & (liquid <= moisture), "liquid_soil_moisture", "0 to the soil moisture")
    zero = np.zeros(len(porosity))
    pack, depth = values.get("snow_water_equivalent", zero), values.get("snow_depth", zero)
    _check(pack, (pack == 0.0) | (depth * 1000.0 >= pack), "snow_depth", "at least the water equivalent / 1000")
    start = {"soil_temperature": temperature, "soil_moisture": moisture, "liquid_soil_moisture": liquid,
             "skin_temperature": values["skin_temperature"], "canopy_water": values.get("canopy_water", zero),
             "snow_water_equivalent": pack, "snow_depth": depth, "snow_cover_fraction": zero, "snow_age": zero,
             "heat_exchange_coefficient": zero + FIRST_EXCHANGE_COEFFICIENT,
             "momentum_exchange_coefficient": zero + FIRST_EXCHANGE_COEFFICIENT,
             "roughness_length": values.get("roughness_length", parameters["background_roughness_length"]),
             "emissivity": zero + FIRST_EMISSIVITY, "albedo": values.get("albedo", parameters["background_albedo"]),
             "surface_specific_humidity": zero + HUMIDITY_FROM_FORCING}
    for name, value in start.items():
        getattr(state, name)[...] = value[..., None]


def _check(values, good, name, expected):
    if not np.all(good):
        bad = np.asarray(values)[~np.broadcast_to(good, np.shape(values))]
        raise ConfigError(f"The initial {name} of {bad.size} layers or points cannot be used: found {bad.flat[0]:g}, "
                          f"expected {expected}.")


def liquid_at(temperature, moisture, parameters):
    """Return the liquid part of ``moisture`` [m3 m-3] at a temperature [K], arrays ``(n_layers, n_points)``."""
    liquid = np.array(moisture, np.float64)
    _freeze(liquid, np.asarray(temperature, np.float64), parameters["surface_kind"] == ice.LAND, parameters["porosity"],
            parameters["saturated_potential"], parameters["b_exponent"])
    return liquid


@driver_kernel
def _freeze(liquid, temperature, is_land, porosity, saturated_potential, b_exponent):
    """Take what must be ice at its temperature out of ``liquid``, which holds the total water."""
    n_layers, n_points = liquid.shape
    for layer in range(n_layers):
        for point in range(n_points):
            if is_land[point] and temperature[layer, point] <= FREEZING_POINT - soil_heat.TOLERANCE:
                frozen = 0.0
                for _ in range(NEWTON_PASSES):
                    frozen = soil_heat.newton_ice(frozen, temperature[layer, point], liquid[layer, point], porosity[point],
                                                  saturated_potential[point], b_exponent[point])
                liquid[layer, point] -= frozen
