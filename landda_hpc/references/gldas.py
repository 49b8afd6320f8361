"""GLDAS Noah at 0.25 degrees: 3-hourly NetCDF (2.1), GRIB (1), and what series of locations made of it call the variables.

Soil moisture is stored as kg m-2 of a layer; dividing by 1000 kg m-3 and the thickness gives m3 m-3.
"""

from landda_hpc.observations.netcdf import numbers, open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.time_units import seconds_since_2000
from landda_hpc.references.grid_field import make_field
from landda_hpc.references.quantities import Source

PRODUCT = "gldas"
LAYERS = {"0_10": (0.0, 0.1), "10_40": (0.1, 0.4), "40_100": (0.4, 1.0), "100_200": (1.0, 2.0)}  # m
NAMES = {
    "Tair_f_inst": Source("air_temperature"), "Qair_f_inst": Source("specific_humidity"),
    "Psurf_f_inst": Source("surface_pressure"), "Wind_f_inst": Source("wind_speed"),
    "SWdown_f_tavg": Source("downward_shortwave_flux"), "LWdown_f_tavg": Source("downward_longwave_flux"),
    "Rainf_f_tavg": Source("precipitation"), "SWE_inst": Source("snow_water_equivalent"),
    **{f"SoilMoi{layer}cm_inst": Source("soil_moisture", f"{top:g}-{bottom:g} m", 1.0e-3 / (bottom - top))
       for layer, (top, bottom) in LAYERS.items()},
    **{f"SoilTMP{layer}cm_inst": Source("soil_temperature", f"{top:g}-{bottom:g} m")
       for layer, (top, bottom) in LAYERS.items()},
}
#: Parameters of GLDAS-1 GRIB; the layers are numbered from below in the files at hand (4 varies most), 1 is the deepest.
GRIB_CENTRE = 221
GRIB_PARAMETERS = {85: "SoilTMP", 86: "SoilMoi"}
GRIB_LAYERS = {4: "0_10", 3: "10_40", 2: "40_100", 1: "100_200"}


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return (all(name in fields for name in ("lat", "lon", "time")) and "location_id" not in fields
            and any(name in fields for name in NAMES))


def read_gldas(path, quantities=None):
    """Return the :class:`~landda_hpc.references.grid_field.GridField` of every known variable of a file.

    Parameters
    ----------
    path : str or Path
    quantities : container of str, optional
        Those to read; all by default.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no variable of GLDAS on lat and lon.")
        time = seconds_since_2000(numbers(fields["time"]), text(fields["time"].attributes, "units"))
        latitude, longitude = numbers(fields["lat"]), numbers(fields["lon"])
        return tuple(make_field(numbers(fields[name]), latitude, longitude, time, source, PRODUCT, path)
                     for name, source in NAMES.items()
                     if name in fields and (quantities is None or source.quantity in quantities))
