"""Units that a tower file may use, and the way from each to SI."""

from landda_hpc.errors import InputError

PER_RECORD = "per record"  # the amount of one record: divided by its length to become a rate

#: variable of a file -> unit -> (factor, offset) with SI = factor * value + offset; the first unit is SI
TOWER_UNITS = {
    "air_temperature": {"K": (1.0, 0.0), "C": (1.0, 273.15), "degC": (1.0, 273.15)},
    "specific_humidity": {"kg kg-1": (1.0, 0.0), "g kg-1": (1e-3, 0.0)},
    "relative_humidity": {"%": (1.0, 0.0), "1": (100.0, 0.0)},
    "wind_speed": {"m s-1": (1.0, 0.0), "km h-1": (1.0 / 3.6, 0.0)},
    "wind_direction": {"degree": (1.0, 0.0)},
    "eastward_wind": {"m s-1": (1.0, 0.0)},
    "northward_wind": {"m s-1": (1.0, 0.0)},
    "surface_pressure": {"Pa": (1.0, 0.0), "hPa": (100.0, 0.0), "kPa": (1000.0, 0.0)},
    "shortwave_down": {"W m-2": (1.0, 0.0)},
    "longwave_down": {"W m-2": (1.0, 0.0)},
    "heat_exchange_coefficient": {"m s-1": (1.0, 0.0)},
    "momentum_exchange_coefficient": {"m s-1": (1.0, 0.0)},
    "precipitation": {"kg m-2 s-1": (1.0, 0.0), "mm h-1": (1.0 / 3600.0, 0.0), "mm/h": (1.0 / 3600.0, 0.0),
                      "mm": PER_RECORD},
}

#: quantity of an observation -> unit -> (factor, offset); other quantities are kept in the unit of the file
OBSERVED_UNITS = {
    "soil_moisture": {"m3 m-3": (1.0, 0.0), "%": (0.01, 0.0)},
    "soil_temperature": {"K": (1.0, 0.0), "C": (1.0, 273.15), "degC": (1.0, 273.15)},
    "skin_temperature": {"K": (1.0, 0.0), "C": (1.0, 273.15), "degC": (1.0, 273.15)},
    "latent_heat_flux": {"W m-2": (1.0, 0.0)},
    "sensible_heat_flux": {"W m-2": (1.0, 0.0)},
    "ground_heat_flux": {"W m-2": (1.0, 0.0)},
    "snow_depth": {"m": (1.0, 0.0), "cm": (0.01, 0.0)},
    "snow_water_equivalent": {"kg m-2": (1.0, 0.0), "mm": (1.0, 0.0)},
}


def to_si(path, name, unit, values, interval):
    """Return a column of a tower file in SI; raises :class:`InputError` for a unknown name or unit."""
    units = TOWER_UNITS.get(name)
    if units is None:
        raise InputError(f"{path}: column {name!r} is not known. Known: {', '.join(TOWER_UNITS)}, and obs_ columns.")
    if unit not in units:
        raise InputError(f"{path}: unit {unit!r} of {name} is not known. Known: {', '.join(units)}.")
    if units[unit] is PER_RECORD:
        return values / interval
    factor, offset = units[unit]
    return values * factor + offset


def observed_to_si(path, quantity, unit, values):
    """Return ``(values, unit)`` of an observed column, in SI where the quantity is known."""
    units = OBSERVED_UNITS.get(quantity)
    if units is None:
        return values, unit
    if unit not in units:
        raise InputError(f"{path}: unit {unit!r} of obs_{quantity} is not known. Known: {', '.join(units)}.")
    factor, offset = units[unit]
    return values * factor + offset, next(iter(units))
