"""Parameters of the points as Noah 2.7.1 derives them, in place of the tables of Noah 3.3.

The vegetation and soil files of Noah 2.7.1 in LIS are not public. What they hold for a class (porosity, potential,
conductivity, b, quartz; roots, stomata, snow) is taken from the tables of 3.3, leaf area and roughness from the middle of
their range there; what the 2.7.1 driver computes from these is computed as it does. Values of maps, of sites and of
pedotransfer functions come before and are used.
"""

import numpy as np

from landda_hpc.noah.parameters import WATER_SOIL

SAND = 1  # soil class of points without one
FIELD_CAPACITY_CONDUCTIVITY = 5.79e-9  # m s-1, of soil at the reference moisture
WILTING_SUCTION = 200.0  # m
DRAINAGE_SLOPE = 1.0
SOIL_CONSTANTS = {"direct_evaporation_exponent": 2.0, "ground_shading_exponent": -2.0, "mineral_heat_capacity": 2.0e6,
                  "deep_soil_depth": 8.0, "reference_conductivity": 2.0e-6, "reference_runoff_parameter": 3.0,
                  "frozen_ground_parameter": 0.15, "drainage_slope": DRAINAGE_SLOPE}
VEGETATION_CONSTANTS = {"canopy_exponent": 0.5, "canopy_capacity": 0.5e-3, "maximum_stomatal_resistance": 5000.0,
                        "optimum_temperature": 298.0}
SNOW_COVER_SHAPE = 4.0
EMISSIVITY = 1.0
HELD = ("leaf_area_index", "background_roughness_length")


def soil_classes(soil, as_271):
    """Return soil classes ``(n_points,)`` with those of land without one, or of water, as the variant wants them."""
    soil = np.atleast_1d(np.asarray(soil, np.int64))
    return np.where((soil <= 0) | (soil == WATER_SOIL), SAND, soil) if "soil_parameters" in as_271 else soil


def apply_variant(parameters, seasons, as_271):
    """Replace what the processes named in ``as_271`` take from Noah 2.7.1, after all maps and before the first date.

    Parameters
    ----------
    parameters : LandParameters
    seasons : Seasons
    as_271 : sequence of str
        Of :data:`landda_hpc.noah.processes.DESCRIPTIONS`.
    """
    if "soil_parameters" in as_271:
        for name, value in SOIL_CONSTANTS.items():
            parameters[name][:] = value
        derived = derived_soil_parameters(parameters["porosity"], parameters["saturated_potential"],
                                          parameters["saturated_conductivity"], parameters["b_exponent"])
        for name, values in derived.items():
            parameters[name][:] = values
    if "vegetation_parameters" in as_271:
        for name, value in VEGETATION_CONSTANTS.items():
            parameters[name][:] = value
        for name in HELD:
            low, high = seasons.ends[name]
            seasons.ends[name] = (0.5 * (low + high),) * 2
    if "emissivity" in as_271:
        black = np.full(len(seasons.shift_hours), EMISSIVITY)
        seasons.ends["background_emissivity"] = black, black
        seasons.monthly = {name: months for name, months in seasons.monthly.items() if name != "background_emissivity"}
    if "snow_cover" in as_271:
        parameters["snow_cover_shape"][:] = SNOW_COVER_SHAPE


def derived_soil_parameters(porosity, saturated_potential, saturated_conductivity, b_exponent):
    """Return diffusivity [m2 s-1], stress threshold, wilting point and air-dry moisture [m3 m-3] by name.

    The threshold is a sixth of the way from the moisture at which soil conducts 5.79e-9 m s-1 (0.5 mm a day) to the
    porosity, the wilting point half the moisture at a suction of 200 m (Chen and Dudhia 2001,
    doi:10.1175/1520-0493(2001)129<0569:CAALSH>2.0.CO;2). All are zero where the soil has no porosity, b or conductivity.
    """
    usable = (porosity > 0.0) & (b_exponent > 0.0) & (saturated_conductivity > 0.0)
    ws, psi, b, k = (np.where(usable, values, 1.0) for values in (porosity, saturated_potential, b_exponent,
                                                                  saturated_conductivity))
    conducting = ws * (FIELD_CAPACITY_CONDUCTIVITY / k) ** (1.0 / (2.0 * b + 3.0))
    dry = ws * (WILTING_SUCTION / psi) ** (-1.0 / b)
    wilting = dry - 0.5 * dry
    found = {"saturated_diffusivity": b * k * (psi / ws),
             "stress_threshold": conducting + (ws - conducting) / 6.0, "wilting_point": wilting, "air_dry_moisture": wilting}
    return {name: np.where(usable, values, 0.0) for name, values in found.items()}
