"""The two worked columns of the description of Noah 3.3 (appendix F), every printed number."""

import numpy as np
import pytest

from tests.noah.columns import advance, worked_column

SNOW_FREE = {
    "saturation_humidity": 0.0170597920432063, "saturation_slope": 0.00104248799867863,
    "friction_velocity": 0.337744761653794, "bulk_richardson_number": -0.471656189688775,
    "transfer": 33.5387337307902, "penman_factor": 1.17573105632578, "penman_scale": 14.085702427814,
    "canopy_resistance": 42.9994951264373, "plant_coefficient": 0.721525235577535,
    "runoff_parameter": 5.07, "frozen_infiltration_parameter": 0.176202166628,
    "potential_evaporation": 472.416623137601, "latent_heat_flux": 300.421960720637,
    "sensible_heat_flux": 68.7700279145394, "ground_heat": -21.8079274951468, "evaporation": 0.000120120735993857,
    "direct_evaporation": 45.9836186357887, "canopy_evaporation": 179.269504036826,
    "transpiration_total": 75.1688380480216, "transpiration": (2.41503826432016, 22.8563915527283, 49.8974082309731, 0),
    "snow_sublimation": 0, "precipitation_heat": 0.873239873545928, "freezing_rain_heat": 0, "melt_heat": 0,
    "snow_melt": 0, "surface_runoff": 9.4289113514396e-11, "drainage": 1.98053542898049e-09,
    "soil_top_temperature": 297.070269970474}
SNOW_FREE_STATE = {
    "skin_temperature": 297.070269970474,
    "soil_temperature": (294.132247428366, 290.992987012898, 288.006805521288, 286.002299548552),
    "soil_moisture": (0.250754133572585, 0.269845219487299, 0.279943924987985, 0.299985736228728),
    "liquid_soil_moisture": (0.250754133572585, 0.269845219487299, 0.279943924987985, 0.299985736228728),
    "canopy_water": 0.178977566067058, "snow_water_equivalent": 0, "snow_depth": 0, "snow_age": 0,
    "momentum_exchange_coefficient": 0.0334552589426672, "heat_exchange_coefficient": 0.0290047819663727,
    "snow_cover_fraction": 0, "albedo": 0.205, "emissivity": 0.945, "roughness_length": 0.1125,
    "surface_specific_humidity": 0.0125976694968378}
MELTING = {
    "saturation_humidity": 0.00382420352274544, "saturation_slope": 0.000278997490316917,
    "friction_velocity": 0.270081467482484, "bulk_richardson_number": -0.052555860627175,
    "transfer": 25.1007283201562, "penman_factor": 1.18894646143773, "penman_scale": 4.25365922861704,
    "canopy_resistance": 3457923.09865726, "plant_coefficient": 2.23452054666926e-05,
    "potential_evaporation": 106.769944664041, "latent_heat_flux": 82.0161438725289,
    "sensible_heat_flux": 57.1448751302866, "ground_heat": -10.5441151980296, "evaporation": 2.95405744204843e-05,
    "direct_evaporation": 12.0387049499822, "canopy_evaporation": 0, "transpiration_total": 0.000164427954920921,
    "transpiration": (0, 7.0791158959241e-05, 9.36367959616798e-05, 0), "snow_sublimation": 69.9772744945918,
    "precipitation_heat": 0.16848, "freezing_rain_heat": 0, "melt_heat": 38.2808219678143,
    "snow_melt": 0.000206613132060167, "surface_runoff": 7.88513110199967e-10, "drainage": 2.7438545840277e-11,
    "soil_top_temperature": 273.68709072944, "snow_density": 0.199855041021946}
MELTING_STATE = {
    "skin_temperature": 274.796448834379,
    "soil_temperature": (272.800046427792, 273.602153457308, 274.99910932658, 276.998383420936),
    "soil_moisture": (0.341552066667965, 0.329988449815096, 0.31000416604666, 0.300000916033202),
    "liquid_soil_moisture": (0.202249470871042, 0.329988449815096, 0.31000416604666, 0.300000916033202),
    "canopy_water": 4.13226264120335e-02, "snow_water_equivalent": 12.108878354127, "snow_depth": 0.0605883058651362,
    "snow_age": 0, "momentum_exchange_coefficient": 0.0178440687386423,
    "heat_exchange_coefficient": 0.0206109944960896, "snow_cover_fraction": 0.626980755338992,
    "albedo": 0.578411147455936, "emissivity": 0.943472163218432, "roughness_length": 0.0106494601076054,
    "surface_specific_humidity": 0.00428217713155153}


def _snow_free():
    state = {"skin_temperature": 297.0, "soil_temperature": (294.0, 291.0, 288.0, 286.0),
             "soil_moisture": (0.25, 0.27, 0.28, 0.30), "liquid_soil_moisture": (0.25, 0.27, 0.28, 0.30),
             "canopy_water": 0.2, "heat_exchange_coefficient": 0.010, "momentum_exchange_coefficient": 0.012,
             "albedo": 0.2, "emissivity": 0.94, "surface_specific_humidity": 0.012, "roughness_length": 0.11,
             "previous_background_roughness_length": 0.11}
    return worked_column(10, 6, 0.6, 0.70, 285.0, state, (295.0, 0.009, 3.0, 0.0, 98000.0, 600.0, 350.0, 1e-4))


def _melting():
    state = {"skin_temperature": 272.9, "soil_temperature": (272.8, 273.6, 275.0, 277.0),
             "soil_moisture": (0.34, 0.33, 0.31, 0.30), "liquid_soil_moisture": (0.20, 0.33, 0.31, 0.30),
             "snow_water_equivalent": 12.0, "snow_depth": 0.06, "heat_exchange_coefficient": 0.008,
             "momentum_exchange_coefficient": 0.010, "albedo": 0.45, "emissivity": 0.945, "snow_age": 172800.0,
             "surface_specific_humidity": 0.0035, "roughness_length": 0.02,
             "previous_background_roughness_length": 0.0225}
    return worked_column(7, 8, 0.2, 0.65, 280.0, state, (272.5, 0.0031, 4.0, 0.0, 95000.0, 450.0, 260.0, 2e-4))


@pytest.mark.parametrize("make, values, states", [(_snow_free, SNOW_FREE, SNOW_FREE_STATE),
                                                  (_melting, MELTING, MELTING_STATE)])
def test_worked_column(make, values, states):
    model, forcing = make()
    assert advance(model, forcing)
    for name, expected in values.items():
        np.testing.assert_allclose(model.outputs[name][..., 0, 0], expected, rtol=2e-11, atol=1e-24, err_msg=name)
    for name, expected in states.items():
        found = getattr(model.state, name)[..., 0, 0]
        np.testing.assert_allclose(found, expected, rtol=2e-12, atol=1e-24, err_msg=name)
