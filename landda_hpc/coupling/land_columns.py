"""Parameters of the land columns of an atmosphere, from what is known of each: classes, greenness, albedo, deep temperature."""

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.noah.parameters import Seasons, apply_maps, static_parameters
from landda_hpc.noah.parameters_271 import apply_variant, soil_classes

REQUIRED = ("land_cover", "soil_class", "green_vegetation_fraction", "deep_soil_temperature")
#: Values that replace those of the classes, NaN where the class stays.
OWN = ("maximum_snow_albedo", "porosity", "saturated_potential", "saturated_conductivity", "b_exponent", "quartz",
       "drainage_slope")
#: Monthly maps in place of what follows the greenness.
MONTHLY = ("background_albedo", "background_emissivity", "background_roughness_length", "leaf_area_index")
KNOWN = (*REQUIRED, "slope_class", "surface_kind", "green_vegetation_fraction_min", "green_vegetation_fraction_max", *OWN,
         *MONTHLY)


def land_columns(values, longitude, layer_thickness, as_271=(), scheme="modis_igbp", soil_table="statsgo"):
    """Return :class:`~landda_hpc.noah.parameters.LandParameters` and Seasons of columns.

    Parameters
    ----------
    values : dict of str to ndarray
        ``land_cover``, ``soil_class`` (classes), ``green_vegetation_fraction`` ``(12, n_columns)`` and
        ``deep_soil_temperature`` [K]; optional: ``slope_class`` (by default 1), ``surface_kind`` (codes of
        :mod:`landda_hpc.noah.ice`), the annual extremes of the greenness, :data:`OWN` ``(n_columns,)`` and
        :data:`MONTHLY` ``(12, n_columns)``.
    longitude : ndarray (n_columns,)
        Degrees east.
    layer_thickness : sequence of float
        [m]
    as_271 : sequence of str
        Processes as in Noah 2.7.1.
    scheme, soil_table : str
        Tables that the classes belong to.

    Raises
    ------
    ConfigError
        For missing or unknown values and for classes that the tables do not have.
    """
    missing = [name for name in REQUIRED if name not in values]
    unknown = [name for name in values if name not in KNOWN]
    if missing or unknown:
        raise ConfigError("The parameters of the land columns are not those that Noah needs.\n"
                          f"  missing  {', '.join(missing) or 'none'}\n  unknown  {', '.join(unknown) or 'none'}\n"
                          f"  known    {', '.join(KNOWN)}")
    cover = np.asarray(values["land_cover"], np.int64)
    parameters = static_parameters(cover, soil_classes(values["soil_class"], as_271),
                                   values.get("slope_class", np.ones(len(cover), np.int64)), layer_thickness, scheme,
                                   soil_table, values.get("surface_kind"))
    parameters["deep_soil_temperature"][:] = values["deep_soil_temperature"]
    apply_maps(parameters, **{name: np.asarray(values[name], np.float64) for name in OWN if name in values})
    seasons = Seasons(cover, values["green_vegetation_fraction"], longitude, scheme,
                      values.get("green_vegetation_fraction_min"), values.get("green_vegetation_fraction_max"),
                      {name: np.asarray(values[name], np.float64) for name in MONTHLY if name in values})
    apply_variant(parameters, seasons, as_271)
    return parameters, seasons
