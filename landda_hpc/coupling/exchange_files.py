"""The files that land and atmosphere hand over, NetCDF-4 on the columns of the atmosphere, and their names in a run's folder.

``exchange/soil_moisture_<time>.nc``
    the analysis of the land 3 h before a cycle, as the atmosphere takes it.
``exchange/forcing_<cycle>.nc``
    what the atmosphere gives for the six hours after a cycle, and the soil moisture of its land before and after the hand-over.
``exchange/atmosphere_<cycle>_<lead>``
    restarts of the atmosphere.
``forecasts/forecast_<cycle>.nc``
    temperature and humidity at 2 m and precipitation of a forecast.

Numbers are float64, so that a run that goes on from files is the run that did not stop.
"""

from contextlib import contextmanager
from pathlib import Path

import h5netcdf
import numpy as np

from landda_hpc.coupling.atmosphere import FIELDS, FORECAST, Series
from landda_hpc.coupling.column_places import REGULAR
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.exchange_integrity import CHANGED, CONTENT, UNREADABLE, content_checksum
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.times import UNIX_EPOCH, seconds_since

FOLDER, FORECASTS = "exchange", "forecasts"
TIME_UNITS = f"seconds since {UNIX_EPOCH}".replace("T", " ")
BEFORE, AFTER, HANDED = "soil_moisture_before", "soil_moisture_after", "soil_moisture"
HOUR = np.timedelta64(1, "h")


def stamp(time):
    """Return a time as it stands in the names of files, such as ``20220301T06``."""
    return np.datetime_as_string(np.datetime64(time, "s"), "h").replace("-", "")


class ExchangePaths:
    """Paths of the files of a run.

    Parameters
    ----------
    folder : Path
        Of the run.
    suffix : str
        Of the restart files of the atmosphere.
    """

    def __init__(self, folder, suffix=".h5"):
        self.folder, self.suffix = Path(folder) / FOLDER, suffix
        self.forecasts = Path(folder) / FORECASTS

    def soil_moisture(self, time):
        """Return the path of the soil moisture of a time."""
        return self.folder / f"soil_moisture_{stamp(time)}.nc"

    def forcing(self, cycle):
        """Return the path of the forcing from the time of a cycle on."""
        return self.folder / f"forcing_{stamp(cycle)}.nc"

    def restart(self, cycle, time):
        """Return the path of a restart at a time in the run of the atmosphere of a cycle."""
        return self.folder / f"atmosphere_{stamp(cycle)}_{int((time - cycle) / HOUR):+03d}h{self.suffix}"

    def restarts(self):
        """Return ``{path: cycle}`` of the restarts that are there."""
        found = {}
        for path in sorted(self.folder.glob(f"atmosphere_*h{self.suffix}")):
            day, hour = path.name.split("_")[1].split("T")
            found[path] = np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour}", "s")
        return found

    def begun(self, cycle):
        """Return the path of the first records of a forecast that is not finished."""
        return self.folder / f"forecast_begun_{stamp(cycle)}.nc"

    def forecast(self, cycle):
        """Return the path of a forecast."""
        return self.forecasts / f"forecast_{stamp(cycle)}.nc"


def write_soil_moisture(path, theta, time, columns, attributes, layer_thickness):
    """Write soil moisture ``(n_layers, n_columns)`` [m3 m-3] of a time, and the thickness of its layers ``(n_layers,)`` [m]."""
    with _new(path, columns, attributes, theta.nbytes) as file:
        file.dimensions["layer"] = len(theta)
        _put(file, "layer_thickness", ("layer",), np.asarray(layer_thickness, np.float64), "m", "thickness of the soil layers",
             "cell_thickness")
        file.dimensions["time"] = 1
        _times(file, np.array([time]))
        _put(file, HANDED, ("time", "layer", "ncol"), theta[None], "m3 m-3", "ensemble mean of the analysis, total water",
             "volume_fraction_of_condensed_water_in_soil")


def read_soil_moisture(path, time):
    """Return the soil moisture ``(n_layers, n_columns)`` of a file, which must be that of a time.

    Raises
    ------
    InputError
        For a file that is missing, damaged or of another time.
    """
    try:
        with h5netcdf.File(path, "r") as file:
            found = UNIX_EPOCH + np.timedelta64(int(file["time"][0]), "s")
            problem = None
            if found != time:
                problem = f"it is that of {found} UTC, expected {time}"
            elif file.attrs.get(CONTENT) != content_checksum(file):
                problem = CHANGED
            values = np.asarray(file[HANDED][0], np.float64)
    except UNREADABLE as error:
        problem = str(error)
    if problem is not None:
        raise InputError(f"{path}, the soil moisture for the atmosphere, cannot be used: {problem}. Only the land makes it "
                         "again: remove the newest restart_*.h5 of the run and resume, or start again in another folder.")
    return values


def write_forcing(path, series, columns, attributes, insertion=None):
    """Write the :class:`~landda_hpc.coupling.atmosphere.Series` of a forcing and what was inserted before it."""
    n_bytes = sum(values.nbytes for values in series.fields.values())
    with _new(path, columns, attributes, n_bytes) as file:
        _series(file, series)
        if insertion is not None:
            file.dimensions["layer"] = len(insertion.before)
            for name, values, what in ((BEFORE, insertion.before, "before"), (AFTER, insertion.after, "after")):
                _put(file, name, ("layer", "ncol"), values, "m3 m-3", f"soil moisture of the atmosphere's land {what} the "
                     "hand-over", "volume_fraction_of_condensed_water_in_soil")


def write_forecast(path, start, series, columns, attributes):
    """Write the records of a forecast that started at a time."""
    with _new(path, columns, attributes, sum(values.nbytes for values in series.fields.values())) as file:
        _series(file, series)
        variable = file.create_variable("forecast_reference_time", (), np.int64, data=seconds_since(UNIX_EPOCH, start))
        variable.attrs["units"], variable.attrs["calendar"] = TIME_UNITS, "standard"
        variable.attrs["standard_name"] = "forecast_reference_time"


def read_forecast(path):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Series` of a file of :func:`write_forecast`."""
    with h5netcdf.File(path, "r") as file:
        time = UNIX_EPOCH + np.asarray(file["time"][:]).astype("timedelta64[s]")
        return Series(time, {name: np.asarray(file[name][:], np.float64) for name in FORECAST})


@contextmanager
def _new(path, columns, attributes, n_bytes):
    """Give a file with its columns that appears whole, with the checksum of its numbers; the root writes it alone."""
    with replacing(path, SerialCommunicator(), n_bytes) as temporary, h5netcdf.File(temporary, "w") as file:
        for name, value in {"Conventions": "CF-1.10", **attributes, **_grid_attributes(columns.grid)}.items():
            file.attrs[name] = value
        file.dimensions["ncol"] = columns.n_columns
        _put(file, "lat", ("ncol",), columns.latitude, "degrees_north", "latitude", "latitude")
        _put(file, "lon", ("ncol",), columns.longitude, "degrees_east", "longitude", "longitude")
        _put(file, "area", ("ncol",), columns.area, "steradian", "area that a column stands for", "cell_area")
        _put(file, "land", ("ncol",), columns.land.astype(np.int8), "1", "columns with soil", "land_binary_mask")
        if isinstance(columns.grid, Grid):
            _put(file, "cell", ("ncol",), columns.place, "1", "cell of the grid, from the south-western corner by rows", None)
        if columns.soil_class is not None:
            _put(file, "soil_class", ("ncol",), columns.soil_class, "1", "STATSGO soil texture class", "soil_type")
        if columns.elevation is not None:
            _put(file, "orography", ("ncol",), columns.elevation, "m", "terrain of the atmosphere", "surface_altitude")
        yield file
        file.attrs[CONTENT] = content_checksum(file)


def _grid_attributes(grid):
    """Return the global attributes that tell a grid."""
    if isinstance(grid, Grid):
        return dict(zip(REGULAR, (grid.n_rows, grid.n_columns, grid.resolution, grid.south, grid.west)))
    if isinstance(grid, CubedSphere):
        return {"ne": grid.ne, "np": grid.np, "grid": "GLL" if grid.is_nodes else f"pg{grid.pg}"}
    return {}


def _times(file, times):
    seconds = (np.asarray(times, "datetime64[s]") - UNIX_EPOCH).astype(np.int64)
    variable = file.create_variable("time", ("time",), np.int64, data=seconds)
    variable.attrs["units"], variable.attrs["calendar"], variable.attrs["standard_name"] = TIME_UNITS, "standard", "time"


def _series(file, series):
    file.dimensions["time"] = len(series.time)
    _times(file, series.time)
    for name, values in series.fields.items():
        known = FIELDS[name]
        _put(file, name, ("time", "ncol"), values, known.units, known.long_name, known.standard_name,
             "time: mean (over the interval that ends then)" if known.mean else "time: point")


def _put(file, name, dims, values, units, long_name, standard_name, cell_methods=None):
    values = np.asarray(values)
    more = {"fillvalue": np.nan} if values.dtype.kind == "f" and values.ndim > 1 else {}
    variable = file.create_variable(name, dims, values.dtype, data=values, **more)
    variable.attrs["units"], variable.attrs["long_name"] = units, long_name
    if standard_name:
        variable.attrs["standard_name"] = standard_name
    if cell_methods:
        variable.attrs["cell_methods"] = cell_methods
    if len(dims) > 1:
        variable.attrs["coordinates"] = "lat lon"
