"""The land model set up from reference arrays of Noah 3.3: names, units and layout of the reference.

The functions that advance it are those of a run; there is no special path.
"""

import numpy as np

from landda_hpc.noah import tables
from landda_hpc.noah.driver import LandModel, Options
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.noah.types import Forcing

#: Reference names of the state and the factor from their units to those of the model.
STATE = {"t1": ("skin_temperature", 1.0), "stc": ("soil_temperature", 1.0), "smc": ("soil_moisture", 1.0),
         "sh2o": ("liquid_soil_moisture", 1.0), "cmc": ("canopy_water", 1000.0),
         "sneqv": ("snow_water_equivalent", 1000.0), "snowh": ("snow_depth", 1.0),
         "sncovr": ("snow_cover_fraction", 1.0), "snotime1": ("snow_age", 1.0),
         "ch": ("heat_exchange_coefficient", 1.0), "cm": ("momentum_exchange_coefficient", 1.0),
         "z0": ("roughness_length", 1.0), "emiss": ("emissivity", 1.0), "albedo": ("albedo", 1.0),
         "q1": ("surface_specific_humidity", 1.0)}

#: Reference names of the parameters; a factor turns the sign of depths that the reference counts upwards.
PARAMETERS = {"shdfac": "green_vegetation_fraction", "lai": "leaf_area_index", "alb": "background_albedo",
              "embrd": "background_emissivity", "z0brd": "background_roughness_length",
              "z0brd_old": "previous_background_roughness_length", "nroot": "n_root_layers",
              "rsmin": "minimum_stomatal_resistance", "rsmax": "maximum_stomatal_resistance",
              "rgl": "radiation_stress_parameter", "hs": "humidity_stress_parameter", "topt": "optimum_temperature",
              "snup": "full_cover_snow_water", "snoalb": "maximum_snow_albedo", "czil": "zilitinkevich_coefficient",
              "cmcmax": "canopy_capacity", "cfactr": "canopy_exponent", "smcmax": "porosity",
              "smcref": "stress_threshold", "smcwlt": "wilting_point", "smcdry": "air_dry_moisture",
              "bexp": "b_exponent", "psisat": "saturated_potential", "dksat": "saturated_conductivity",
              "dwsat": "saturated_diffusivity", "quartz": "quartz", "fxexp": "direct_evaporation_exponent",
              "sbeta": "ground_shading_exponent", "csoil": "mineral_heat_capacity", "salp": "snow_cover_shape",
              "lvcoef": "livneh_weight", "refdk": "reference_conductivity", "refkdt": "reference_runoff_parameter",
              "frzk": "frozen_ground_parameter", "slope": "drainage_slope", "tbot": "deep_soil_temperature",
              "zh": "reference_height_temperature", "zm": "reference_height_wind", "ice": "surface_kind",
              "zbot": "deep_soil_depth", "sldpth": "layer_thickness"}
SIGNS = {"zbot": -1.0}

FLUXES = {"qle": "latent_heat_flux", "qh": "sensible_heat_flux", "ssoil": "ground_heat", "fdown": "downward_radiation",
          "swnet": "net_shortwave", "lwnet": "net_longwave", "evap": "evaporation",
          "eta_kinematic": "kinematic_evaporation", "ec": "canopy_evaporation", "edir": "direct_evaporation",
          "et": "transpiration", "ett": "transpiration_total", "esnow": "snow_sublimation",
          "etp": "potential_evaporation", "drip": "drip", "dew": "dew", "beta": "evaporation_ratio",
          "flx1": "precipitation_heat", "flx2": "freezing_rain_heat", "flx3": "melt_heat", "snomlt": "snow_melt",
          "runoff1": "surface_runoff", "runoff2": "drainage", "runoff3": "excess_depth",
          "tsoil": "soil_top_temperature", "avgsurft": "average_surface_temperature",
          "soilw": "root_zone_availability", "soilm": "column_water", "smav": "availability",
          "rc": "canopy_resistance", "pc": "plant_coefficient", "rcs": "radiation_stress", "rct": "temperature_stress",
          "rcq": "humidity_stress", "rcsoil": "water_stress", "ribb": "bulk_richardson_number",
          "ustar": "friction_velocity", "qtau": "momentum_stress", "sndens": "snow_density",
          "eres": "energy_residual", "wres": "water_residual"}

#: Quantities inside the step that survive it.
INTERMEDIATE = {"sfcspd": "wind_speed", "q2": "humidity", "lwdn": "longwave_absorbed", "solnet": "shortwave_net",
                "ffrozp": "frozen_fraction", "th2": "lifted_air_temperature", "t2v": "virtual_air_temperature",
                "q2sat": "saturation_humidity", "dqsdt2": "saturation_slope", "kdt": "runoff_parameter",
                "frzx": "frozen_infiltration_parameter", "albedo_new": "albedo", "ssoil_first": "first_ground_heat",
                "rch": "transfer", "rr": "penman_factor", "epsca": "penman_scale", "t24": "air_temperature_4",
                "etp_penman": "penman_potential", "flx2_penman": "freezing_rain_heat", "snowng": "snowing",
                "frzgra": "freezing_rain"}

FORCING = {"tair": "air_temperature", "qair": "specific_humidity", "wind_e": "eastward_wind",
           "wind_n": "northward_wind", "psurf": "surface_pressure", "swdown": "shortwave_down",
           "lwdown": "longwave_down", "rainf": "precipitation"}


class ReferenceModel:
    """A :class:`LandModel` whose inputs are set from reference arrays, one point and one member per case."""

    def __init__(self, groups, precision, options=Options(), outputs=()):
        n_points, n_layers = groups["sldpth"].shape
        self.parameters = LandParameters(n_layers, n_points)
        self.set_parameters(groups)
        self.parameters.set_two_pass_limit()
        names = [name for name in outputs if name != "water_residual"]
        if "water_residual" in outputs:
            names += ["water_closure", "snow_leak", "soil_leak", "ice_leak"]
        self.model = LandModel(self.parameters, 1, names, precision, options)

    def set_parameters(self, values):
        """Store the reference parameters among ``values`` (name -> array ``(n_points,)`` or ``(n_points, n_layers)``)."""
        for name, array in values.items():
            if name in PARAMETERS:
                self.parameters[PARAMETERS[name]][:] = np.asarray(array, np.float64).T * SIGNS.get(name, 1.0)
        if "vegtype" in values:
            urban_class = tables.special_classes("modis_igbp").urban
            self.parameters["urban"][:] = np.asarray(values["vegtype"]) == urban_class

    def set_state(self, values):
        """Store the reference state."""
        for name, (field, factor) in STATE.items():
            getattr(self.model.state, field)[..., 0] = np.asarray(values[name], np.float64).T * factor

    def state(self, name):
        """Return a state variable in the reference's units and layout."""
        field, factor = STATE[name]
        return np.array(getattr(self.model.state, field)[..., 0], np.float64).T / factor

    def output(self, row):
        """Return an output row in the reference's layout."""
        if row == "water_residual":
            return -1000.0 * sum(self.output(part) for part in ("water_closure", "snow_leak", "soil_leak", "ice_leak"))
        return np.array(self.model.outputs[row][..., 0], np.float64).T

    def advance(self, forcing, time_step):
        """Advance by one step; ``forcing`` maps reference names to arrays ``(n_points,)``."""
        fields = Forcing(*(np.asarray(forcing[name], np.float64) for name in FORCING))
        self.model.advance(fields, fields.shortwave_down, fields.longwave_down, fields.precipitation, time_step)
