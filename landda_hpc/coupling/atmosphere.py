"""What an atmosphere is to the land: an object with six operations, and what goes in and comes out of them.

The cycle at a time ``T`` calls ``run`` from ``T - 3 h`` to ``T + 9 h`` with the soil moisture of the land at ``T - 3 h``, asks
for the forcing from ``T`` to ``T + 6 h`` and for the restart at ``T + 3 h``, and goes on from the end where a forecast is due.

All ranks call the operations together. Arrays of all columns (:class:`Series`, :class:`Insertion`) are on the root alone; the
soil moisture that goes in is on every rank, and each takes of it what it needs.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.observe import model_equivalents
from landda_hpc.domain.grid import EARTH_RADIUS, Grid

HOUR = np.timedelta64(3600, "s")


class ForcingField(NamedTuple):
    """Units, whether a value is the mean over the interval before its time, plausible limits, CF name, what it is."""

    units: str
    mean: bool
    least: float
    greatest: float
    standard_name: str
    long_name: str


#: Fields that an atmosphere gives; a mean carries the time of the end of its interval.
FORCING = {
    "tair": ForcingField("K", False, 170.0, 340.0, "air_temperature", "temperature of the lowest level"),
    "qair": ForcingField("kg kg-1", False, 0.0, 0.05, "specific_humidity", "specific humidity of the lowest level"),
    "uwind": ForcingField("m s-1", False, -150.0, 150.0, "eastward_wind", "eastward wind of the lowest level"),
    "vwind": ForcingField("m s-1", False, -150.0, 150.0, "northward_wind", "northward wind of the lowest level"),
    "psurf": ForcingField("Pa", False, 3.0e4, 1.1e5, "surface_air_pressure", "surface pressure"),
    "swdown": ForcingField("W m-2", True, 0.0, 1500.0, "surface_downwelling_shortwave_flux_in_air",
                           "downward shortwave radiation"),
    "lwdown": ForcingField("W m-2", True, 30.0, 700.0, "surface_downwelling_longwave_flux_in_air",
                           "downward longwave radiation"),
    "rainf": ForcingField("kg m-2 s-1", True, 0.0, 0.1, "precipitation_flux", "precipitation, rain and snow"),
}
#: Fields that it may give beside; without ``zref`` the others are at the heights of the configuration.
OPTIONAL = {
    "zref": ForcingField("m", False, 0.5, 500.0, "height", "height of the lowest level above the ground"),
    "rainf_c": ForcingField("kg m-2 s-1", True, 0.0, 0.1, "convective_precipitation_flux", "convective precipitation"),
    "t2m": ForcingField("K", False, 170.0, 340.0, "air_temperature", "temperature at 2 m"),
    "q2m": ForcingField("kg kg-1", False, 0.0, 0.05, "specific_humidity", "specific humidity at 2 m"),
    "u10m": ForcingField("m s-1", False, -150.0, 150.0, "eastward_wind", "eastward wind at 10 m"),
    "v10m": ForcingField("m s-1", False, -150.0, 150.0, "northward_wind", "northward wind at 10 m"),
}
FIELDS = FORCING | OPTIONAL
FORECAST = ("t2m", "q2m", "rainf")
NOISE = 1.0e-6  # kg m-2 s-1, of precipitation below zero, which becomes zero


class AtmosphereColumns(NamedTuple):
    """Where the columns of an atmosphere are, arrays ``(n_columns,)``.

    Attributes
    ----------
    latitude, longitude : ndarray
        Degrees north and east.
    area : ndarray
        That each stands for [steradian].
    land : ndarray of bool
        Columns with soil, which take soil moisture.
    grid : Grid, CubedSphere or None
        That the columns are on.
    place : ndarray of int or None
        Cell or column of that grid that each is.
    soil_class : ndarray of int or None
    elevation : ndarray or None
        Terrain [m], which a correction for height needs.
    """

    latitude: np.ndarray
    longitude: np.ndarray
    area: np.ndarray
    land: np.ndarray
    grid: object = None
    place: np.ndarray | None = None
    soil_class: np.ndarray | None = None
    elevation: np.ndarray | None = None

    @classmethod
    def of_domain(cls, domain, land=None):
        """Return the points of a :class:`~landda_hpc.domain.dataset.Domain` on any grid as columns."""
        if isinstance(domain.grid, Grid):
            area = domain.grid.cell_area[domain.cell // domain.grid.n_columns] / EARTH_RADIUS**2
        else:
            area = domain.grid.area[domain.cell]
        land = np.ones(domain.n_total, bool) if land is None else land
        return cls(*domain.grid.positions(domain.cell), area, land, domain.grid, domain.cell, domain.fields["soil_class"],
                   domain.fields.get("elevation"))

    @property
    def n_columns(self):
        """How many."""
        return len(self.latitude)

    @property
    def is_whole(self):
        """Whether every place of the grid has a column."""
        return self.n_columns == int(np.prod(self.grid.shape))

    def on_grid(self, values, missing):
        """Return values of the columns in the order of the grid, flat."""
        full = np.full(int(np.prod(self.grid.shape)), missing, np.asarray(values).dtype)
        full[self.place] = values
        return full


class Description(NamedTuple):
    """What an atmosphere is and can do.

    Attributes
    ----------
    name : str
    columns : AtmosphereColumns
    vertical : str
        Its vertical coordinate, in words.
    fields : tuple of str
        Of :data:`FIELDS`, that it gives.
    interval : int
        Shortest between outputs [s].
    accepts_increments, runs_ensembles : bool
    is_model : bool
        Whether what it gives depends on the soil moisture; otherwise nothing is run after the last cycle of the land.
    identity : dict of str to str
        What determines its numbers, beside what goes in.
    limits : tuple of ndarray or None
        Least and greatest soil moisture of its soils ``(n_columns,)``, for the transfer of wetness.
    """

    name: str
    columns: AtmosphereColumns
    vertical: str
    fields: tuple
    interval: int
    accepts_increments: bool
    runs_ensembles: bool
    is_model: bool
    identity: dict
    limits: tuple | None = None


class Outputs(NamedTuple):
    """What a run shall give.

    Attributes
    ----------
    forcing : tuple of datetime64 or None
        First and last time, hourly.
    restarts : tuple of datetime64
        Times before the end at which a restart is wanted too.
    forecast : tuple of datetime64
        Times of the records of :data:`FORECAST`; precipitation is the mean since the one before, or the begin of the run.
    trajectory : tuple of datetime64 or None
        First and last time, hourly, of the states for ``observe``.
    """

    forcing: tuple | None = None
    restarts: tuple = ()
    forecast: tuple = ()
    trajectory: tuple | None = None


class Series(NamedTuple):
    """Fields over time on all columns.

    Attributes
    ----------
    time : ndarray of datetime64[s] (n_times,)
    fields : dict of str to ndarray (n_times, n_columns)
        A mean whose interval begins before the series is NaN at the first time.
    """

    time: np.ndarray
    fields: dict


class Insertion(NamedTuple):
    """Soil moisture ``(n_layers, n_columns)`` of the atmosphere's land before and after the hand-over, and a report."""

    before: np.ndarray
    after: np.ndarray
    text: str


class AtmosphereRun(NamedTuple):
    """What a run gave: restarts on every rank, the others on the root and None elsewhere or where not asked for."""

    restart: object
    restarts: dict
    forcing: Series | None = None
    forecast: Series | None = None
    trajectory: Series | None = None
    insertion: Insertion | None = None


class Atmosphere(ABC):
    """The six operations.

    A class of the user's, ``atmosphere: {kind: python, object: my_model:MyAtmosphere}``, is made by
    ``MyAtmosphere(communicator, **arguments)`` with the arguments of the configuration.
    """

    #: Ending of the names of its restart files; each restart is one file.
    suffix = ".h5"
    #: Whether a class of the user's knows nothing of ranks: it is made, and its operations are called, on the root alone.
    on_root_alone = False

    @abstractmethod
    def describe(self):
        """Return the :class:`Description`."""

    @abstractmethod
    def cold_start(self, time, source=None):
        """Return a restart valid at a time: of a restart file ``source``, or of the atmosphere's own making."""

    @abstractmethod
    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        """Integrate from ``t0`` to ``t1`` and return an :class:`AtmosphereRun`.

        Parameters
        ----------
        restart : object
            Valid at ``t0``; it stays as it is.
        t0, t1 : datetime64
        soil_moisture : ndarray (n_layers, n_columns), optional
            Put into the atmosphere's own land at ``t0`` [m3 m-3]; NaN where there is none.
        increments : object, optional
            Analysis increments over time, where it accepts them.
        outputs : Outputs
        """

    @abstractmethod
    def save(self, restart, path):
        """Write a restart; continuing from the file gives the same bits as not stopping."""

    @abstractmethod
    def load(self, path):
        """Return the restart of a file."""

    def observe(self, trajectory, obs):
        """Return the model equivalents of observations: see :func:`landda_hpc.coupling.observe.model_equivalents`."""
        return model_equivalents(trajectory, self.describe().columns, obs)

    def warm_up(self):
        """Compile what it needs; called on one rank, then on the others, so it must not communicate."""
        return None


def hours(start, end):
    """Return the hours from a time to another, both included ``(n,)``."""
    return np.arange(np.datetime64(start, "s"), np.datetime64(end, "s") + HOUR, HOUR)
