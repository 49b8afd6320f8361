"""An atmosphere for trials: the weather made from the climate, over a land of its own that reacts to the soil moisture.

The generator gives the air over each column. Below it lies a well mixed layer whose temperature and humidity depart from the
generator's by what the surface gives beyond equal shares of sensible and latent heat::

    d(dT)/dt = 0.5 (H - LE) / (c_p M) - dT / tau
    d(dq)/dt = 0.5 (LE - H) / (L_v M) - dq / tau

with the fluxes ``H`` and ``LE`` of Noah 2.7.1 under the departing air, the mass ``M`` [kg m-2] and the time ``tau`` in which
the layer forgets. Dry soil makes it warmer and drier, wet soil cooler and moister; no enthalpy is added. The humidity stays
between a tenth of the generator's and saturation; what is beyond does not count. Radiation and precipitation of a generator
with errors are limited to what a hand-over may hold. Columns are shared by the ranks.
"""

import numpy as np

from landda_hpc.constants import HEAT_CAPACITY_AIR, LATENT_HEAT_VAPORISATION
from landda_hpc.coupling.atmosphere import (
    FIELDS,
    FORCING,
    FORECAST,
    HOUR,
    Atmosphere,
    AtmosphereColumns,
    AtmosphereRun,
    Description,
    Insertion,
    Outputs,
    Series,
    hours,
)
from landda_hpc.coupling.lower_boundary import SCREEN_HEIGHT, WIND_HEIGHT, LandLowerBoundary
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError
from landda_hpc.io.restart import Checkpoint, Field, read_restart, write_restart
from landda_hpc.noah import ice
from landda_hpc.noah.driver import Options
from landda_hpc.noah.processes import DESCRIPTIONS
from landda_hpc.noah.soil_water import LEAST_SOIL_WATER
from landda_hpc.noah.types import Forcing
from landda_hpc.parallel import SerialCommunicator

STEP = 3600  # s, of the weather
LEAST_SHARE = 0.1  # of the generator's humidity
#: Maps of a domain by the name of what they give the land columns.
MAPS = {"land_cover": "land_cover", "soil_class": "soil_class", "green_vegetation_fraction": "green_vegetation_fraction",
        "green_vegetation_fraction_min": "green_vegetation_fraction_min",
        "green_vegetation_fraction_max": "green_vegetation_fraction_max", "deep_soil_temperature": "deep_soil_temperature",
        "slope_class": "slope_class", "max_snow_albedo": "maximum_snow_albedo", "albedo": "background_albedo"}
GIVEN = (*FORCING, "t2m", "q2m", "u10m", "v10m")
AIR = ("temperature_departure", "humidity_departure")
KIND = "atmosphere restart"
ROWS = {"swdown": "shortwave_down", "lwdown": "longwave_down", "rainf": "precipitation"}
MEANS = tuple(name for name in GIVEN if FIELDS[name].mean)


class WeatherAtmosphere(Atmosphere):
    """Weather over the land points of a domain.

    Parameters
    ----------
    domain : Domain
        Of all columns.
    first_values : callable
        ``first_values(domain, parameters, time)`` returns the values of a cold start of the land.
    weather_of : callable
        ``weather_of(domain)`` returns the generator of some of the columns; its numbers are those of hours.
    weather : str
        What determines these, for the identity of restarts.
    communicator : Communicator
    layer_thickness : sequence of float
        Of the soil [m].
    mixed_layer : float
        [kg m-2]
    relaxation : float
        [s]
    soil_table : str
    """

    def __init__(self, domain, first_values, weather_of, weather, communicator, layer_thickness, mixed_layer=1000.0,
                 relaxation=43200.0, soil_table="statsgo"):
        self._communicator, self._domain, self._first_values = communicator, domain, first_values
        self._weather_of, self._weather_identity = weather_of, weather
        self._mass, self._relaxation, self._tables = float(mixed_layer), float(relaxation), soil_table
        self._band = split_evenly(domain.n_total, communicator.size)[communicator.rank]
        self._own = domain.take(self._band.slice)
        self._weather = self._weather_of(self._own)
        self._layer_thickness = tuple(layer_thickness)
        self._land = self._new_land(communicator, self._own)
        self._land.set_up(domain.points, self._maps(self._own), self._band)
        self._set_heights(self._land)
        self._air = np.zeros((len(AIR), self._band.n_points))
        self._description = self._describe()

    def _new_land(self, communicator, domain):
        return LandLowerBoundary(Options(as_271=tuple(DESCRIPTIONS)), self._layer_thickness, communicator=communicator,
                                 scheme=domain.land_cover_scheme, soil_table=self._tables)

    @staticmethod
    def _maps(domain):
        return {given: domain.fields[name] for name, given in MAPS.items() if name in domain.fields}

    @staticmethod
    def _set_heights(land):
        land.parameters["reference_height_temperature"][:] = SCREEN_HEIGHT
        land.parameters["reference_height_wind"][:] = WIND_HEIGHT

    def _describe(self):
        domain, communicator = self._domain, self._communicator
        parameters = self._land.parameters
        soil = communicator.gather_points(parameters["surface_kind"] == ice.LAND, self._band)
        porosity = communicator.gather_points(parameters["porosity"], self._band)
        soil, porosity = communicator.broadcast((soil, porosity))
        columns = AtmosphereColumns.of_domain(domain, soil)
        identity = {"atmosphere": "weather", "domain": domain.digest(), "weather": self._weather_identity,
                    "mass": str(self._mass), "relaxation": str(self._relaxation), **self._land.identity}
        return Description("weather made from the climate", columns, "one well mixed layer at the surface", GIVEN, STEP, False,
                           False, True, identity, (np.full(domain.n_total, LEAST_SOIL_WATER), porosity))

    def describe(self):
        """Return the :class:`~landda_hpc.coupling.atmosphere.Description`."""
        return self._description

    # ---- restarts

    def cold_start(self, time, source=None):
        """Return the restart of a file, or of air without departures over a first guess of the soil."""
        if source is not None:
            return self.load(source)
        land = self._land
        land.start(self._domain.points, self._maps(self._own), self._first_values(self._own, land.parameters, time), time,
                   self._band)
        self._set_heights(land)
        self._air[:] = 0.0
        return self._checkpoint()

    def _checkpoint(self):
        fields, scalars = self._land.checkpoint()
        air = {name: Field(values.copy(), ("point",), units) for name, values, units in zip(AIR, self._air, ("K", "kg kg-1"))}
        return Checkpoint(fields | air, scalars)

    def save(self, restart, path):
        """Write a restart, each rank its columns."""
        write_restart(path, *restart, self._description.identity, self._domain.points, self._band, self._communicator, {},
                      kind=KIND)

    def load(self, path):
        """Return the restart of a file.

        Raises
        ------
        RestartError
            For a damaged file and one of another atmosphere.
        """
        return read_restart(path, self._description.identity, self._domain.points, self._band, self._communicator, kind=KIND)

    # ---- run

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        """Integrate hour by hour: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.run`."""
        if increments is not None:
            raise ConfigError("The atmosphere of kind weather takes no increments.")
        self._land.resume(restart)
        self._air[:] = [restart.fields[name].values for name in AIR]
        insertion = self._insert(soil_moisture, t0) if soil_moisture is not None else None
        recorder = _Recorder(outputs, self._communicator, self._band)
        restarts, previous, means = {}, self._weather.at(t0 - HOUR), None
        for time in hours(t0, t1):
            now = self._weather.at(time)
            if recorder.wants(time):
                recorder.take(time, self._instants(previous, now), means)
            if time in outputs.restarts:
                restarts[time] = self._checkpoint()
            if time < t1:
                means = self._hour(now, time)
                recorder.rain(means["rainf"])
            previous = now
        return AtmosphereRun(self._checkpoint(), restarts, *recorder.series(), insertion)

    def _insert(self, theta, time):
        land, gather = self._land, self._communicator.gather_points
        before = land.model.state.soil_moisture.mean(axis=2)
        report = land.insert_soil_moisture(theta[:, self._band.slice], time)
        after = land.model.state.soil_moisture.mean(axis=2)
        before, after = gather(before, self._band, 1), gather(after, self._band, 1)
        counts = self._communicator.gather_object(report[1:7])
        if not self._communicator.is_root:
            return None
        inserted, without, ice_columns, raised, lowered, limited = (sum(count) for count in zip(*counts))
        return Insertion(before, after, f"soil moisture inserted at {time}: {inserted} layers, {without} without a value, "
                         f"{ice_columns} columns of ice, {raised} raised to {LEAST_SOIL_WATER:g}, {lowered} lowered to the "
                         f"porosity, ice of {limited} limited to the water")

    def _air_of(self, generated):
        """Return temperature and humidity of the generator with the departures of the mixed layer."""
        temperature = generated.air_temperature + self._air[0]
        moist = saturated_humidity(temperature, generated.surface_pressure)
        least = np.minimum(LEAST_SHARE * generated.specific_humidity, moist)
        return temperature, np.clip(generated.specific_humidity + self._air[1], least, moist)

    def _instants(self, previous, now):
        """Return the instant fields between two hours of the generator."""
        between = Forcing(*(0.5 * (before + after) for before, after in zip(previous, now)))
        temperature, humidity = self._air_of(between)
        return {"tair": temperature, "qair": humidity, "uwind": between.eastward_wind, "vwind": between.northward_wind,
                "psurf": between.surface_pressure, "t2m": temperature, "q2m": humidity, "u10m": between.eastward_wind,
                "v10m": between.northward_wind}

    def _hour(self, generated, time):
        """Advance land and mixed layer by an hour and return the means over it."""
        temperature, humidity = self._air_of(generated)
        air = generated._replace(air_temperature=temperature, specific_humidity=humidity,
                                 **{row: np.clip(getattr(generated, row), FORCING[name].least, FORCING[name].greatest)
                                    for name, row in ROWS.items()})
        fluxes = self._land.advance(air, time, time + HOUR)
        excess = 0.5 * (fluxes.sensible_heat_flux - fluxes.latent_heat_flux)
        heat, vapour = excess / (HEAT_CAPACITY_AIR * self._mass), -excess / (LATENT_HEAT_VAPORISATION * self._mass)
        self._air[:] = (self._air + STEP * np.stack([heat, vapour])) / (1.0 + STEP / self._relaxation)
        return {"swdown": air.shortwave_down, "lwdown": air.longwave_down, "rainf": air.precipitation}

    def warm_up(self):
        """Compile the kernels by an hour of one column of its own."""
        if self._own.n_total == 0:
            return
        domain, time = self._own.take(np.array([0])), np.datetime64("2000-01-01T00:00:00", "s")
        land = self._new_land(SerialCommunicator(), domain)
        land.set_up(domain.points, self._maps(domain))
        land.start(domain.points, self._maps(domain), self._first_values(domain, land.parameters, time), time)
        self._set_heights(land)
        land.advance(self._weather_of(domain).at(time), time, time + HOUR)


def saturated_humidity(temperature, pressure):
    """Return the specific humidity of saturation over water [kg kg-1] at a temperature [K] and pressure [Pa] (Bolton 1980)."""
    vapour = 611.2 * np.exp(17.67 * (temperature - 273.15) / (temperature - 29.65))
    return 0.622 * vapour / (pressure - 0.378 * vapour)


class _Recorder:
    """Gathers what is wanted of a run, time by time, on the root."""

    def __init__(self, outputs, communicator, band):
        self._outputs, self._communicator, self._band = outputs, communicator, band
        spans = [span for span in (outputs.forcing, outputs.trajectory) if span is not None]
        self._wanted = {time for span in spans for time in hours(*span)} | set(outputs.forecast)
        self._records, self._rain, self._hours, self._forecast_rain = {}, 0.0, 0, {}

    def wants(self, time):
        """Return whether the fields of a time are wanted."""
        return time in self._wanted

    def rain(self, rate):
        """Add the precipitation of an hour."""
        self._rain, self._hours = self._rain + rate, self._hours + 1

    def take(self, time, instants, means):
        """Keep the fields of a time; ``means`` are those of the hour before, None at the begin of the run."""
        nothing = np.full(self._band.n_points, np.nan)
        since = self._rain / self._hours if self._hours else nothing
        local = [instants[name] if name in instants else (nothing if means is None else means[name]) for name in GIVEN]
        gathered = self._communicator.gather_points(np.stack([*local, since]), self._band, 1)
        if self._communicator.is_root:
            self._records[time] = gathered
        if time in self._outputs.forecast:
            self._rain, self._hours = 0.0, 0

    def series(self):
        """Return forcing, forecast and trajectory: Series on the root, None elsewhere and where not wanted."""
        outputs = self._outputs
        if not self._communicator.is_root:
            return None, None, None
        forcing = self._series(hours(*outputs.forcing), GIVEN, {}) if outputs.forcing is not None else None
        forecast = (self._series(np.array(outputs.forecast), FORECAST, {"rainf": len(GIVEN)})
                    if len(outputs.forecast) else None)
        trajectory = self._series(hours(*outputs.trajectory), GIVEN, {}) if outputs.trajectory is not None else None
        if forcing is not None:
            for name in MEANS:
                forcing.fields[name][0] = np.nan
        return forcing, forecast, trajectory

    def _series(self, times, names, rows):
        return Series(times, {name: np.stack([self._records[time][rows.get(name, GIVEN.index(name))] for time in times])
                              for name in names})
