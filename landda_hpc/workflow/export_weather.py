"""The generated weather written to files in the layouts of ERA5, ERA5-Land and GLDAS, for trying out forcing from files.

Instants are means of the hours before and after, fluxes means or sums of hours, labelled at their end. Where the domain has no
land, values are missing.
"""

from pathlib import Path

import h5netcdf
import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.references.humidity import dewpoint_of_humidity
from landda_hpc.times import UNIX_EPOCH

HOUR = np.timedelta64(3600, "s")
LAYOUTS = ("era5", "era5_land", "gldas")
GLDAS_HOURS = 3
#: Name, units and, for fluxes, the factor from a rate to the number in the file.
ECMWF = {"t2m": ("K", None), "d2m": ("K", None), "sp": ("Pa", None), "u10": ("m s**-1", None), "v10": ("m s**-1", None),
         "ssrd": ("J m**-2", 3600.0), "strd": ("J m**-2", 3600.0), "tp": ("m", 3.6)}
GLDAS = {"Tair_f_inst": ("K", None), "Qair_f_inst": ("kg kg-1", None), "Psurf_f_inst": ("Pa", None),
         "Wind_f_inst": ("m s-1", None), "SWdown_f_tavg": ("W m-2", 1.0), "LWdown_f_tavg": ("W m-2", 1.0),
         "Rainf_f_tavg": ("kg m-2 s-1", 1.0)}


def export_weather(domain, seed, layout, first, last, folder):
    """Write the weather of a domain for ``first`` to ``last`` (datetime64, whole days) and return the files.

    ``orography.nc`` with the terrain of the domain is written beside them. ERA5 files hold a day, GLDAS files three hours.
    """
    first, last = np.datetime64(first, "s"), np.datetime64(last, "s")
    if last <= first or any((time - time.astype("datetime64[D]")) / HOUR % GLDAS_HOURS for time in (first, last)):
        raise ConfigError(f"The period {first} to {last} is empty or does not begin and end on a multiple of 3 h.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    places = domain.grid.positions(domain.cell)
    weather = WeatherForcing(*places, domain.fields["elevation"], domain.fields["climate_air_temperature"],
                             domain.fields["climate_precipitation"], seed, 3600)
    grid, cell = domain.grid.around(domain.cell)
    there = domain._replace(grid=grid, cell=cell)
    _write(folder / "orography.nc", there, layout, None, {"orog": ("m", there.fields["elevation"][None])})
    files, pending, running = [], [], np.zeros((3, domain.n_total))
    before = weather.at(first - HOUR)
    every = GLDAS_HOURS if layout == "gldas" else 1
    sums, n_summed = np.zeros((3, domain.n_total)), 0
    for time in np.arange(first, last + HOUR, HOUR):
        after = weather.at(time)
        sums, n_summed = sums + np.stack([before.shortwave_down, before.longwave_down, before.precipitation]), n_summed + 1
        hour = int((time - time.astype("datetime64[D]")) / HOUR)
        if hour % every == 0:
            rates = sums / n_summed
            sums, n_summed = np.zeros_like(sums), 0
            if layout == "era5_land":
                running = rates if hour == 1 else running + rates
                rates = running
            pending.append((time, _values(layout, [0.5 * (one + other) for one, other in zip(before, after)], rates)))
            if layout == "gldas" or hour == 23 or time == last:
                files.append(_flush(folder, there, layout, pending))
                pending = []
        before = after
    return files


def _values(layout, instant, rates):
    """Return the numbers of one time in the order of the layout."""
    temperature, humidity, east, north, pressure = instant[:5]
    if layout == "gldas":
        return [temperature, humidity, pressure, np.hypot(east, north), *rates]
    dew_point = dewpoint_of_humidity(humidity, pressure)
    factors = [ECMWF[name][1] for name in ("ssrd", "strd", "tp")]
    return [temperature, dew_point, pressure, east, north, *(factor * rate for factor, rate in zip(factors, rates))]


def _flush(folder, domain, layout, pending):
    """Write the times that are pending to one file."""
    times = np.array([time for time, _ in pending])
    table = GLDAS if layout == "gldas" else ECMWF
    name = (f"GLDAS_NOAH_3H.A{_text(times[0], '%Y%m%d.%H%M')}.nc4" if layout == "gldas"
            else f"{layout}_{_text(times[0], '%Y%m%d')}.nc")
    fields = {key: (units, np.stack([values[number] for _, values in pending]))
              for number, (key, (units, _)) in enumerate(table.items())}
    _write(folder / name, domain, layout, times, fields)
    return folder / name


def _text(time, pattern):
    return time.astype(object).strftime(pattern)


def _write(path, domain, layout, times, fields):
    """Write maps: ERA5 from the north and from 0 to 360 degrees, GLDAS from the south and from -180."""
    ecmwf = layout != "gldas"
    row, column = ("latitude", "longitude") if ecmwf else ("lat", "lon")
    longitudes = np.mod(domain.grid.longitudes, 360.0) if ecmwf else domain.grid.longitudes
    east = np.argsort(longitudes)
    north = slice(None, None, -1 if ecmwf else 1)
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {row: domain.grid.n_rows, column: domain.grid.n_columns}
        file.create_variable(row, (row,), np.float32, data=domain.grid.latitudes[north]).attrs["units"] = "degrees_north"
        file.create_variable(column, (column,), np.float32, data=longitudes[east]).attrs["units"] = "degrees_east"
        dims = (row, column)
        if times is not None:
            clock = "valid_time" if ecmwf else "time"
            file.dimensions[clock] = len(times)
            seconds = (times - UNIX_EPOCH).astype(np.int64)
            variable = file.create_variable(clock, (clock,), np.int64, data=seconds if ecmwf else seconds // 60)
            variable.attrs["units"] = f"{'seconds' if ecmwf else 'minutes'} since 1970-01-01 00:00:00"
            variable.attrs["calendar"] = "standard"
            dims = (clock, row, column)
        for name, (units, values) in fields.items():
            maps = domain.on_grid(values.astype(np.float32))[:, north][:, :, east]
            variable = file.create_variable(name, dims, np.float32, data=maps if times is not None else maps[0],
                                            fillvalue=np.float32(-9999.0), compression="gzip", compression_opts=1, shuffle=True)
            variable[...] = np.where(np.isnan(maps if times is not None else maps[0]), np.float32(-9999.0),
                                     maps if times is not None else maps[0])
            variable.attrs["units"] = units
