"""What the variables of the products are: ERA5, ERA5-Land, GLDAS, and CF files by standard name."""

from typing import NamedTuple

from landda_hpc.forcing.gridded.quantities import INSTANT, MEAN, QUANTITIES, RUNNING, SUM

HOUR, DAY = 3600, 86400
FORMATS = ("gldas", "era5", "era5_land", "cf")


class Named(NamedTuple):
    """A variable: its field, what its number stands for, and over which time [s] before its label where that is fixed.

    ``units`` replaces those of the file.
    """

    field: str
    kind: str | None = None
    interval: int | None = None
    units: str | None = None


GLDAS = {
    "Tair_f_inst": Named("tair", INSTANT), "Qair_f_inst": Named("qair", INSTANT), "Psurf_f_inst": Named("psurf", INSTANT),
    "Wind_f_inst": Named("wind", INSTANT), "SWdown_f_tavg": Named("swdown", MEAN, 3 * HOUR),
    "LWdown_f_tavg": Named("lwdown", MEAN, 3 * HOUR), "Rainf_f_tavg": Named("rainf", MEAN, 3 * HOUR),
}
_SCREEN = {**dict.fromkeys(("t2m", "2t"), Named("tair", INSTANT)), **dict.fromkeys(("d2m", "2d"), Named("tdew", INSTANT)),
           "sp": Named("psurf", INSTANT), **dict.fromkeys(("u10", "10u"), Named("uwind", INSTANT)),
           **dict.fromkeys(("v10", "10v"), Named("vwind", INSTANT))}
_ACCUMULATED = {"ssrd": "swdown", "strd": "lwdown", "tp": "rainf"}
ERA5 = {
    **_SCREEN, **{name: Named(field, SUM, HOUR) for name, field in _ACCUMULATED.items()},
    **dict.fromkeys(("msdwswrf", "avg_sdswrf"), Named("swdown", MEAN, HOUR)),
    **dict.fromkeys(("msdwlwrf", "avg_sdlwrf"), Named("lwdown", MEAN, HOUR)),
    **dict.fromkeys(("mtpr", "avg_tprate"), Named("rainf", MEAN, HOUR)),
}
ERA5_LAND = {**_SCREEN, **{name: Named(field, RUNNING, DAY) for name, field in _ACCUMULATED.items()}}
BY_STANDARD_NAME = {
    "air_temperature": "tair", "specific_humidity": "qair", "dew_point_temperature": "tdew", "relative_humidity": "relhum",
    "eastward_wind": "uwind", "northward_wind": "vwind", "wind_speed": "wind", "surface_air_pressure": "psurf",
    "surface_downwelling_shortwave_flux_in_air": "swdown", "surface_downwelling_longwave_flux_in_air": "lwdown",
    "precipitation_flux": "rainf", "precipitation_amount": "rainf", "lwe_thickness_of_precipitation_amount": "rainf",
    "lwe_precipitation_rate": "rainf",
    "integral_wrt_time_of_surface_downwelling_shortwave_flux_in_air": "swdown",
    "integral_wrt_time_of_surface_downwelling_longwave_flux_in_air": "lwdown",
}
PRODUCTS = {"gldas": GLDAS, "era5": ERA5, "era5_land": ERA5_LAND}
ERA5_LAND_SPACING = 0.15  # degrees, below which fields of ECMWF's names are taken for ERA5-Land: 0.1 against 0.25
STATIC = {
    "orography": ("GLDAS_elevation", "orog", "elevation", "altitude", "HGT", "hgt", "z", "topo", "surface_altitude"),
    "land_mask": ("lsm", "land_mask", "GLDAS_mask", "landmask", "LANDMASK", "sftlf", "mask"),
}


def named(name, standard_name, format_name, mapping):
    """Return the :class:`Named` of a variable, or None.

    Parameters
    ----------
    name, standard_name : str
        Of the variable, the latter empty if it has none.
    format_name : str
        One of :data:`FORMATS`.
    mapping : dict of str to Named, or None
        By name, of the user; it takes the place of the table of the product.
    """
    if mapping:
        return mapping.get(name)
    if format_name in PRODUCTS:
        return PRODUCTS[format_name].get(name)
    if name in QUANTITIES:
        return Named(name)
    field = BY_STANDARD_NAME.get(standard_name)
    return Named(field) if field else None


def recognise(names, spacing):
    """Return the format that variables of these names on a grid of that spacing [degrees] have; cf if none is known."""
    if any(name in GLDAS for name in names):
        return "gldas"
    if any(name in ERA5 for name in names):
        has_running = not any(name in ERA5 and name not in ERA5_LAND for name in names)
        return "era5_land" if has_running and spacing < ERA5_LAND_SPACING else "era5"
    return "cf"
