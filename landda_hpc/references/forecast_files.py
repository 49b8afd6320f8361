"""Forecasts and analyses in files, found by quantity, level, start and lead, and put on a verification grid.

NetCDF goes through :mod:`landda_hpc.references.forecast_netcdf`, GRIB through :mod:`landda_hpc.references.forecast_grib`. Files
are looked through once; a field is read when it is asked for.
"""

import functools
from pathlib import Path

from landda_hpc.errors import InputError
from landda_hpc.references import grib
from landda_hpc.references.forecast_grib import index_grib
from landda_hpc.references.forecast_netcdf import PROFILE, RAIN, SCREEN, index_netcdf
from landda_hpc.references.forecast_rain import Rain
from landda_hpc.references.gauge_files import all_files
from landda_hpc.references.humidity import humidity_of_dewpoint, humidity_of_relative
from landda_hpc.times import SECONDS_PER_DAY

BEGINNINGS = (grib.SIGNATURE, b"CDF", b"\x89HDF")


class ForecastFiles:
    """All fields of the files of one experiment, or of analyses.

    Parameters
    ----------
    paths : sequence of path
        Files and folders; of these what begins as NetCDF or GRIB do.
    remap : callable
        ``remap(source, grid, method)`` of a :class:`SourceGrid`, a verification grid and ``bilinear`` or ``conservative``
        returns the function from values on the source, flat, to values on the grid ``(n_cells,)``.
    period : (float or None, float or None)
        Forecasts that start after the first and up to the second [s since 2000-01-01] count.
    named : dict of str to str, optional
        Names of variables of NetCDF, by :data:`~landda_hpc.references.forecast_netcdf.KEYS`.

    Raises
    ------
    InputError
        If there are no files, none of them holds a known field, or one cannot be read.
    """

    def __init__(self, paths, remap, period=(None, None), named=None):
        self._remap, self._remaps = remap, {}
        self._loaders, self._rain, self._terrain = {}, Rain(), None
        files = [path for path in all_files(paths) if path in set(map(Path, paths)) or _head(path).startswith(BEGINNINGS)]
        for path in files:
            index = index_grib(path) if _head(path) == grib.SIGNATURE else index_netcdf(path, named)
            self._loaders |= {slot: load for slot, load in index.fields.items() if _within(slot.start, period)}
            self._rain.add({key: intervals for key, intervals in index.rain.items() if _within(key[1], period)})
            self._terrain = self._terrain or index.terrain
        self._derive()
        if not (self.slots() or self._rain.starts()):
            known = [name for names in (*SCREEN.values(), *PROFILE.values(), *RAIN.values()) for name in names]
            raise InputError(f"{', '.join(map(str, paths))}: no temperature, humidity or rain in {len(files)} files. Known "
                             f"names are {', '.join(known)}; --name gives others.")

    def slots(self):
        """Return the slots of temperature and humidity."""
        return [slot for slot in self._loaders if slot.quantity in ("air_temperature", "specific_humidity")]

    def read(self, slot, grid):
        """Return a field on a verification grid ``(n_cells,)`` in SI units, NaN where missing."""
        values, source = self._loaders[slot]()
        return self._on_grid(values, source, grid, "bilinear")

    def terrain(self, grid):
        """Return the height of the surface [m] on a grid ``(n_cells,)``, NaN where missing; None where no file has it."""
        return None if self._terrain is None else self._on_grid(*self._terrain(), grid, "bilinear")

    def rain_starts(self):
        """Return the starts at 00 UTC [s since 2000-01-01] of forecasts of rain."""
        return [start for start in self._rain.starts() if start % SECONDS_PER_DAY == 0.0]

    def daily_rain(self, start, lead_day, grid):
        """Return the rain [mm] of a day of a forecast on a grid ``(n_cells,)``, None where files do not cover it.

        Parameters
        ----------
        start : float
            [s since 2000-01-01]
        lead_day : int
            1 is from 0 to 24 h after the start.
        """
        day = start + (lead_day - 1) * SECONDS_PER_DAY
        found = self._rain.between(start, day, day + SECONDS_PER_DAY)
        return None if found is None else self._on_grid(*found, grid, "conservative")

    def _on_grid(self, values, source, grid, method):
        key = (*source.key, id(grid), method)
        if key not in self._remaps:
            self._remaps[key] = self._remap(source, grid, method)
        return self._remaps[key](values)

    def _derive(self):
        """Add specific humidity from dew point or relative humidity."""
        for slot, load in list(self._loaders.items()):
            humid = slot._replace(quantity="specific_humidity")
            if humid in self._loaders:
                continue
            if slot.quantity == "dewpoint_temperature":
                pressure = self._loaders.get(slot._replace(quantity="surface_pressure", vertical=""))
                if pressure is not None:
                    self._loaders[humid] = functools.partial(_combined, humidity_of_dewpoint, load, pressure)
            elif slot.quantity == "relative_humidity":
                temperature = self._loaders.get(slot._replace(quantity="air_temperature"))
                if temperature is not None:
                    self._loaders[humid] = functools.partial(_combined, functools.partial(
                        _of_relative, float(slot.vertical.removesuffix(" Pa"))), load, temperature)


def _within(start, period):
    after, until = period
    return (after is None or start > after) and (until is None or start <= until)


def _combined(function, first, second):
    (one, source), (other, _) = first(), second()
    return function(one, other), source


def _of_relative(pressure, relative, temperature):
    return humidity_of_relative(relative, temperature, pressure)


def _head(path):
    with open(path, "rb") as file:
        return file.read(len(grib.SIGNATURE))
