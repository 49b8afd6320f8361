"""The record of one tower: forcing, site, observations and the story of every conversion made to them.

All readers end here. Times are UTC and name the START of a record; a value holds for (or is the mean over) the
interval that follows. Units are those of :data:`landda_hpc.variables.FORCING`.
"""

from dataclasses import dataclass, field, fields

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.variables import FORCING, STATE

#: Physically possible forcing; a value outside is nearly always a wrong unit, so it stops the run. Temperature and
#: pressure come first because a humidity converted with wrong ones is wrong too.
FORCING_BOUNDS = {
    "air_temperature": (180.0, 340.0),
    "surface_pressure": (4.0e4, 1.1e5),
    "specific_humidity": (0.0, 0.05),
    "eastward_wind": (-75.0, 75.0),
    "northward_wind": (-75.0, 75.0),
    "shortwave_down": (0.0, 1500.0),
    "longwave_down": (50.0, 700.0),
    "precipitation": (0.0, 0.1),
}

#: Exchange coefficients that a record may force [m s-1]; that of heat may fail to be positive, the land model sees to it.
EXCHANGE_BOUNDS = {"heat_exchange_coefficient": (-5.0, 5.0), "momentum_exchange_coefficient": (0.0, 5.0)}


@dataclass(frozen=True)
class TowerSite:
    """What the land model must know about the place of a tower.

    Attributes
    ----------
    name : str
    latitude, longitude : float
        Degrees north and east.
    elevation : float
        Above sea level [m].
    land_cover : int
        Class of MODIFIED_IGBP_MODIS_NOAH.
    soil_type : int
        STATSGO class.
    deep_soil_temperature : float
        Temperature below the deepest layer [K].
    greenness : tuple of 12 floats
        Green vegetation fraction, January to December [1].
    temperature_height, wind_height : float
        Heights of the forcing temperature and humidity, and of the wind, above ground [m].
    slope_class : int
        Class of the slope table that limits drainage.
    time_note : str
        How the time labels of the file were read.
    initial_state : dict or None
        Start values by the names of :data:`landda_hpc.variables.STATE`, soil layers as tuples; may be incomplete.
    set_up : tuple of str
        Where each of the above comes from.
    """

    name: str
    latitude: float
    longitude: float
    elevation: float
    land_cover: int
    soil_type: int
    deep_soil_temperature: float
    greenness: tuple
    temperature_height: float = 2.0
    wind_height: float = 10.0
    slope_class: int = 1
    time_note: str = "UTC"
    initial_state: dict | None = None
    set_up: tuple = ()

    def __post_init__(self):
        problems = []
        if not -90.0 <= self.latitude <= 90.0:
            problems.append(f"latitude {self.latitude} is outside -90..90")
        if not -180.0 <= self.longitude <= 360.0:
            problems.append(f"longitude {self.longitude} is outside -180..360")
        if len(self.greenness) != 12 or not all(0.0 <= value <= 1.0 for value in self.greenness):
            problems.append(f"greenness must be twelve monthly fractions in 0..1, found {self.greenness}")
        if not 180.0 < self.deep_soil_temperature < 330.0:
            problems.append(f"deep_soil_temperature {self.deep_soil_temperature} K is outside 180..330")
        if min(self.temperature_height, self.wind_height) <= 0.0:
            problems.append("temperature_height and wind_height must be positive")
        if problems:
            raise InputError(f"The site of tower {self.name!r} cannot be used:\n  " + "\n  ".join(problems))


@dataclass(frozen=True)
class ObservedSeries:
    """One observed quantity.

    Attributes
    ----------
    quantity : str
        Name of the model variable it is compared to, such as ``soil_moisture``.
    times : ndarray of datetime64[s]
        Start of each averaging interval, or the instant where `interval` is 0; UTC.
    values : ndarray
        NaN where missing.
    units : str
    depth : float or None
        Below the surface [m].
    interval : int
        Averaging time [s]; 0 for instantaneous values.
    description : str
    """

    quantity: str
    times: np.ndarray
    values: np.ndarray
    units: str
    depth: float | None = None
    interval: int = 0
    description: str = ""


@dataclass(frozen=True)
class TowerRecord:
    """Gap-free forcing of one tower with its site and observations.

    Attributes
    ----------
    path : str
        The forcing file.
    times : ndarray of datetime64[s] (n_records,)
        UTC start of each record, evenly spaced by `interval` seconds.
    site : TowerSite
    notes : tuple of str
        Every conversion, repair and estimate made on the way.
    observations : dict of str to ObservedSeries
    air_temperature ... precipitation : ndarray (n_records,)
        The forcing, in SI. A wind without known direction is all eastward.
    heat_exchange_coefficient, momentum_exchange_coefficient : ndarray (n_records,) or None
        In place of those of the surface layer [m s-1].
    """

    path: str
    times: np.ndarray
    interval: int
    site: TowerSite
    air_temperature: np.ndarray
    specific_humidity: np.ndarray
    eastward_wind: np.ndarray
    northward_wind: np.ndarray
    surface_pressure: np.ndarray
    shortwave_down: np.ndarray
    longwave_down: np.ndarray
    precipitation: np.ndarray
    heat_exchange_coefficient: np.ndarray | None = None
    momentum_exchange_coefficient: np.ndarray | None = None
    notes: tuple = ()
    observations: dict = field(default_factory=dict)

    def __post_init__(self):
        steps = np.diff(self.times.astype("datetime64[s]").astype(np.int64))
        if self.times.size == 0 or (steps != self.interval).any():
            raise InputError(f"{self.path}: the records must follow each other every {self.interval} s without holes.")
        for name, bounds in FORCING_BOUNDS.items():
            self._check(name, getattr(self, name), FORCING[name].units, *bounds)
        for name, bounds in EXCHANGE_BOUNDS.items():
            if getattr(self, name) is not None:
                self._check(name, getattr(self, name), STATE[name].units, *bounds)
        if self.heat_exchange_coefficient is None and self.momentum_exchange_coefficient is not None:
            raise InputError(f"{self.path}: momentum_exchange_coefficient without heat_exchange_coefficient; expected both, or "
                             "that of heat alone.")

    def _check(self, name, values, units, lowest, highest):
        """Refuse missing and impossible values, naming the first and their number."""
        if values.shape != self.times.shape:
            raise InputError(f"{self.path}: {name} has {values.size} values, expected {self.times.size}.")
        for bad, what in ((~np.isfinite(values), "is missing"),
                          ((values < lowest) | (values > highest), "is outside its physical bounds")):
            if bad.any():
                first = int(np.argmax(bad))
                raise InputError(
                    f"{self.path}: {name} {what} in {int(bad.sum())} of {values.size} records.\n"
                    f"  first    {self.times[first]} UTC, value {values[first]:g} {units}\n"
                    f"  expected {lowest:g} to {highest:g} {units}\n"
                    f"  try      check the unit of the column, or start and stop the run outside the hole")

    @property
    def start(self):
        """Start of the first record."""
        return self.times[0]

    @property
    def stop(self):
        """End of the last record."""
        return self.times[-1] + np.timedelta64(self.interval, "s")


def site_fields():
    """Return the names of the fields of a site, for readers of user files and overrides."""
    return tuple(entry.name for entry in fields(TowerSite))
