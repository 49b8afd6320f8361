"""Small forcing files whose content is a formula, for tests."""

import netCDF4
import numpy as np

LATITUDES, LONGITUDES = np.arange(60.0, 29.0, -5.0), np.arange(-20.0, 41.0, 5.0)  # north first
CF_NAMES = {"tas": ("air_temperature", "K"), "huss": ("specific_humidity", "kg kg-1"), "uas": ("eastward_wind", "m s-1"),
            "vas": ("northward_wind", "m s-1"), "ps": ("surface_air_pressure", "hPa"),
            "rsds": ("surface_downwelling_shortwave_flux_in_air", "W m-2"),
            "rlds": ("surface_downwelling_longwave_flux_in_air", "W m-2"), "pr": ("precipitation_flux", "mm day-1")}


def field(name, hours, latitudes=LATITUDES, longitudes=LONGITUDES):
    """Return values (time, latitude, longitude) in SI that are linear in time, latitude and longitude."""
    hours = np.asarray(hours, np.float64)[:, None, None]
    plane = 0.01 * np.asarray(latitudes)[:, None] + 0.002 * np.asarray(longitudes)
    base, slope = {"tas": (280.0, 0.5), "huss": (0.004, 1.0e-5), "uas": (3.0, 0.1), "vas": (-2.0, 0.05), "ps": (95000.0, 10.0),
                   "rsds": (200.0, 1.0), "rlds": (300.0, 0.5), "pr": (1.0e-5, 1.0e-7)}[name]
    scale = {"huss": 1.0e-3, "ps": 100.0, "pr": 1.0e-6}.get(name, 1.0)
    return base + slope * hours + scale * plane


def write_cf(path, hours, names=CF_NAMES, since="2001-03-01", calendar="standard", change=None, latitudes=LATITUDES,
             longitudes=LONGITUDES, file_format="NETCDF4", packed=False, coordinates=("lat", "lon"), units=None, bounds=None,
             **options):
    """Write a CF file; ``change(name, values)`` may alter the values, ``units`` those of the file."""
    with netCDF4.Dataset(path, "w", format=file_format) as file:
        for name, values in zip(coordinates, (latitudes, longitudes)):
            file.createDimension(name, len(values))
            file.createVariable(name, "f4", (name,))[:] = values
        file.createDimension("time", None)
        clock = file.createVariable("time", "f8", ("time",))
        clock.units, clock.calendar = f"hours since {since} 00:00:00", calendar
        clock[:] = hours
        if bounds is not None:
            file.createDimension("nv", 2)
            clock.bounds = "time_bnds"
            file.createVariable("time_bnds", "f8", ("time", "nv"))[:] = bounds
        for name, (standard, unit) in names.items():
            values = field(name, hours, latitudes, longitudes)
            values = change(name, values) if change else values
            unit = (units or {}).get(name, unit)
            values = values * {"hPa": 0.01, "mm day-1": 86400.0}.get(unit, 1.0)
            kind, fill = ("i2", -32767) if packed else ("f8", -9999.0)
            variable = file.createVariable(name, kind, ("time", *coordinates), fill_value=fill, **options)
            if packed:
                variable.add_offset = float(np.nanmin(values))
                variable.scale_factor = max(float(np.nanmax(values) - np.nanmin(values)), 1.0e-9) / 60000.0
                variable.add_offset += 30000.0 * variable.scale_factor
            variable[:] = np.ma.masked_invalid(values)
            variable.units, variable.standard_name = unit, standard
    return path
