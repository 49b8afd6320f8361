"""A start state for towers whose file has none: a guess that a spin-up has to replace."""

import numpy as np

DAMPING_DEPTH = 2.0  # m, of the annual temperature wave in a moist mineral soil
SEASON_DAYS = 30


def estimate_start_state(record, layer_thickness):
    """Return soil and skin temperature, no snow and a dry canopy, by the names of the registry.

    ``T(z) = T_deep + (T_air - T_deep) exp(-z / 2 m)`` at the middle of each layer, with the mean air temperature of the
    first 30 days. Soil moisture is not in it: that depends on the soil class.

    Parameters
    ----------
    record : TowerRecord
    layer_thickness : sequence of float
        [m].
    """
    season = record.times < record.start + np.timedelta64(SEASON_DAYS, "D")
    bottoms = np.cumsum(layer_thickness)
    middles = bottoms - np.asarray(layer_thickness) / 2.0
    deep = record.site.deep_soil_temperature
    excess = record.air_temperature[season].mean() - deep
    return {"soil_temperature": tuple(float(value) for value in deep + excess * np.exp(-middles / DAMPING_DEPTH)),
            "skin_temperature": float(record.air_temperature[0]), "canopy_water": 0.0, "snow_water_equivalent": 0.0,
            "snow_depth": 0.0}
