"""Noah as the land surface of an atmosphere, on any columns: nodes of a cubed sphere, cells of a grid, towers.

An atmosphere takes the fluxes as they are reported, with nothing computed a second time: turbulent fluxes and upward
radiation as means over the interval, surface properties as they are at its end::

    land = LandLowerBoundary(Options(as_271=tuple(DESCRIPTIONS)))
    land.start(columns, values, state, time)
    report = land.insert_soil_moisture(theta, time)
    fluxes = land.advance(forcing, time, time + np.timedelta64(600, "s"), height=z1)
    land.save("land.h5")
"""

import hashlib
import json
from typing import NamedTuple

import numpy as np

from landda_hpc import variables
from landda_hpc.constants import GAS_CONSTANT_DRY_AIR, HEAT_CAPACITY_AIR, KARMAN, VIRTUAL_FACTOR
from landda_hpc.coupling.insertion import insert_soil_moisture
from landda_hpc.coupling.land_columns import land_columns
from landda_hpc.domain.points import Band
from landda_hpc.errors import ColumnError, ConfigError, RestartError
from landda_hpc.io.restart import Checkpoint, Field, read_restart, write_restart
from landda_hpc.noah.column import STATUS
from landda_hpc.noah.driver import SUMMED, LandModel, Options
from landda_hpc.noah.start import cold_start
from landda_hpc.noah.types import LandState
from landda_hpc.parallel.communicator import SerialCommunicator

LONGEST_STEP = 1800.0  # s, of the land model
LARGEST_EXCHANGE = 0.9  # of the lowest layer's air that a step may exchange with the surface
SCREEN_HEIGHT, WIND_HEIGHT = 2.0, 10.0  # m
LEAST_ROUGHNESS_HEAT = 1.0e-15  # m
SUPPLIER = "lower boundary"
HEIGHTS = ("reference_height_temperature", "reference_height_wind")

#: Rows of the kernel that are averaged over the interval, and the factors from their units to those reported.
_MEANS = {"sensible_heat_flux": 1.0, "latent_heat_flux": 1.0, "ground_heat_flux": 1.0, "evaporation": 1.0,
          "momentum_stress": 1.0, "net_shortwave": 1.0, "net_longwave": 1.0, "surface_runoff": 1000.0, "drainage": 1000.0,
          "melt_heat": 1.0}
#: Rows that are reported as they are at the end.
_ENDS = ("friction_velocity", "average_surface_temperature", "lifted_air_temperature", "humidity", "wind_speed")


class SurfaceFluxes(NamedTuple):
    """What the land gives back for an interval, arrays ``(n_columns,)``, means over members.

    Fluxes are means over the interval [W m-2, kg m-2 s-1], upward where they say flux, the ground heat flux into the soil.
    Surface properties are those at its end. ``screen_*`` are at 2 m and ``wind_10m`` at 10 m by neutral logarithmic profiles.
    """

    sensible_heat_flux: np.ndarray
    latent_heat_flux: np.ndarray
    evaporation: np.ndarray
    momentum_stress: np.ndarray
    upward_shortwave: np.ndarray
    upward_longwave: np.ndarray
    ground_heat_flux: np.ndarray
    melt_heat_flux: np.ndarray
    surface_runoff: np.ndarray
    subsurface_runoff: np.ndarray
    skin_temperature: np.ndarray
    albedo: np.ndarray
    emissivity: np.ndarray
    roughness_length: np.ndarray
    snow_water_equivalent: np.ndarray
    surface_specific_humidity: np.ndarray
    heat_exchange_coefficient: np.ndarray
    momentum_exchange_coefficient: np.ndarray
    friction_velocity: np.ndarray
    screen_temperature: np.ndarray
    screen_humidity: np.ndarray
    wind_10m: np.ndarray
    n_steps: int


class LandLowerBoundary:
    """Land columns under an atmosphere.

    Parameters
    ----------
    options : Options
        Of the land model; ``Options(as_271=tuple(processes.DESCRIPTIONS))`` is Noah 2.7.1.
    layer_thickness : sequence of float
        [m]
    n_members : int
        1 for the land of a deterministic atmosphere.
    precision : numpy dtype
    n_threads : int
    communicator : Communicator
        Ranks that share the columns; by default this process has all.
    scheme, soil_table : str
        Tables that the classes belong to.
    """

    def __init__(self, options=Options(), layer_thickness=(0.1, 0.3, 0.6, 1.0), n_members=1, precision=np.float64,
                 n_threads=1, communicator=None, scheme="modis_igbp", soil_table="statsgo"):
        self.options, self.layer_thickness, self.n_members = options, tuple(layer_thickness), n_members
        self.precision, self.n_threads = np.dtype(precision), n_threads
        self.communicator = communicator or SerialCommunicator()
        self._tables = scheme, soil_table
        self.time, self.n_steps, self._last_update = None, 0, None
        self.model = None

    # ---- begin

    def start(self, columns, parameters, state, time, band=None):
        """Set up the columns and their first state.

        Parameters
        ----------
        columns : PointSet
            All columns of all ranks.
        parameters : dict of str to ndarray
            Of this rank's columns, see :func:`landda_hpc.coupling.land_columns.land_columns`.
        state : dict of str to ndarray, or LandState
            Of this rank's columns: values of a cold start, see :func:`landda_hpc.noah.start.cold_start`, or a whole state.
        time : datetime64
            UTC.
        band : Band, optional
            The columns of this rank; by default all.

        Raises
        ------
        ConfigError
            For parameters or a state that Noah cannot use.
        """
        self.set_up(columns, parameters, band)
        self.time = np.datetime64(time, "s")
        self.seasons.update(self.parameters, self.time)
        if isinstance(state, LandState):
            for name, values in zip(variables.STATE, state):
                getattr(self.model.state, name)[...] = values
        else:
            cold_start(self.model.state, self.parameters, {name: np.asarray(values, np.float64)
                                                           for name, values in state.items()})
        self.n_steps, self._last_update = 0, self.time

    def set_up(self, columns, parameters, band=None):
        """Take columns and parameters as in :meth:`start`, before a :meth:`resume` in place of a first state."""
        self.columns, self.band = columns, band or Band(0, columns.n_total, columns.n_total)
        longitude = columns.longitude[self.band.slice]
        self.parameters, self.seasons = land_columns(parameters, longitude, self.layer_thickness, self.options.as_271,
                                                     *self._tables)
        self._parameter_digest = self._digest()
        self.model = LandModel(self.parameters, self.n_members, _ENDS, self.precision, self.options, self.n_threads,
                               tuple(_MEANS))

    def _digest(self):
        """Return a digest of the parameters of all columns, the same on all ranks."""
        planes = self.communicator.gather_points(self.parameters.planes, self.band, axis=1)
        greenness = self.communicator.gather_points(np.asarray(self.seasons.greenness, np.float64), self.band, axis=1)
        root = self.communicator.is_root
        text = hashlib.sha256(planes.tobytes() + greenness.tobytes()).hexdigest() if root else None
        return self.communicator.broadcast(text)

    # ---- during

    def insert_soil_moisture(self, theta, time):
        """Put the soil moisture of an analysis in and return an :class:`~landda_hpc.coupling.insertion.InsertionReport`.

        ``theta`` is ``(n_layers, n_columns)`` [m3 m-3], NaN where there is none; every member receives the same.

        Raises
        ------
        ConfigError
            When the land is not at ``time``.
        """
        self._require_time(time, "insert the soil moisture of")
        return insert_soil_moisture(self.model.state, self.parameters, theta, self.time)

    def advance(self, forcing, t0, t1, height=None, layer_mass=None):
        """Advance from ``t0`` to ``t1`` under a constant forcing and return :class:`SurfaceFluxes`.

        Parameters
        ----------
        forcing : Forcing
            Of the lowest layer of the atmosphere, ``(n_columns,)``.
        t0, t1 : datetime64
            UTC; longer intervals than 1800 s are divided.
        height : ndarray (n_columns,) or float, optional
            Of that layer above the ground [m], for temperature and wind alike; by default as before.
        layer_mass : ndarray (n_columns,) or float, optional
            Air in that layer [kg m-2]. With it the interval is divided so that no step exchanges more than 0.9 of it, and
            its temperature and humidity follow the fluxes from step to step.

        Raises
        ------
        ConfigError
            When the land is not at ``t0``, ``t1`` is not after it, or the height was never given.
        ColumnError
            When a column leaves its physical bounds.
        """
        self._require_time(t0, "begin the step at")
        seconds = float((np.datetime64(t1, "s") - self.time) / np.timedelta64(1, "s"))
        if seconds <= 0.0:
            raise ConfigError(f"The land cannot advance from {self.time} to {t1}; expected a later time.")
        if height is not None:
            self.parameters["reference_height_temperature"][:] = height
            self.parameters["reference_height_wind"][:] = height
        if not (self.parameters["reference_height_temperature"] > 0.0).all():
            raise ConfigError("The land needs the height of the lowest layer above the ground: give height to advance.")
        n_steps = self._number_of_steps(forcing, seconds, layer_mass)
        for totals in self.model.totals.values():
            totals[...] = 0.0
        air = forcing
        for step in range(n_steps):
            # Seasons count whole days, so the time of a part of a step may be a whole second.
            self._last_update = self.time + np.timedelta64(int(step * seconds / n_steps), "s")
            self.seasons.update(self.parameters, self._last_update)
            before = [self.model.totals[name].mean(axis=1) for name in ("sensible_heat_flux", "evaporation")]
            self._step(air, seconds / n_steps)
            if layer_mass is not None:
                heat, vapour = (self.model.totals[name].mean(axis=1) - old for name, old in
                                zip(("sensible_heat_flux", "evaporation"), before))
                share = seconds / n_steps / np.asarray(layer_mass)
                air = air._replace(air_temperature=air.air_temperature + heat * share / HEAT_CAPACITY_AIR,
                                   specific_humidity=air.specific_humidity + vapour * share)
        self.time = np.datetime64(t1, "s")
        return self._fluxes(forcing, n_steps)

    def _require_time(self, time, deed):
        if self.time is None:
            raise ConfigError("The land has not begun: call start or load first.")
        if np.datetime64(time, "s") != self.time:
            raise ConfigError(f"The land is at {self.time} and cannot {deed} {time}.")

    def _number_of_steps(self, forcing, seconds, layer_mass):
        """Return the steps of an interval, the same on all ranks."""
        wanted = int(np.ceil(seconds / LONGEST_STEP))
        if layer_mass is not None and self.band.n_points:
            virtual = forcing.air_temperature * (1.0 + VIRTUAL_FACTOR * forcing.specific_humidity)
            density = forcing.surface_pressure / (GAS_CONSTANT_DRY_AIR * virtual)
            exchanged = density[:, None] * self.model.state.heat_exchange_coefficient * seconds
            largest = float((exchanged / np.reshape(layer_mass, (-1, 1))).max())
            wanted = max(wanted, int(np.ceil(largest / LARGEST_EXCHANGE)))
        counts = self.communicator.gather_object(wanted)
        return self.communicator.broadcast(max(counts) if self.communicator.is_root else None)

    def _step(self, forcing, time_step):
        shape = (self.band.n_points, self.n_members)
        by_member = [np.broadcast_to(np.asarray(values)[:, None], shape)
                     for values in (forcing.shortwave_down, forcing.longwave_down, forcing.precipitation)]
        good = self.model.advance(forcing, *by_member, time_step)
        self.n_steps += 1
        if not good:
            raise self._column_error(forcing, time_step)

    def _column_error(self, forcing, time_step):
        column, member = (int(index) for index in np.argwhere(self.model.status)[0])
        place = self.band.start + column
        air = ", ".join(f"{name} {float(values[column]):.6g}" for name, values in forcing._asdict().items())
        return ColumnError(f"{STATUS[int(self.model.status[column, member])]} after the Noah step\n"
                           f"  where    {self.columns.latitude[place]:.2f} N {self.columns.longitude[place]:.2f} E "
                           f"(column {place}), member {member}\n"
                           f"  when     {self._last_update}, dt {time_step:g} s\n  forcing  {air}\n"
                           f"  count    {int((self.model.status > 0).sum())} columns of this rank")

    def _fluxes(self, forcing, n_steps):
        mean = {name: factor * self.model.totals[name].mean(axis=1) / n_steps for name, factor in _MEANS.items()}
        end = {name: np.asarray(self.model.outputs[name], np.float64).mean(axis=1) for name in _ENDS}
        state = {name: np.asarray(getattr(self.model.state, name), np.float64).mean(axis=1)
                 for name in ("skin_temperature", "albedo", "emissivity", "roughness_length", "snow_water_equivalent",
                              "surface_specific_humidity", "heat_exchange_coefficient", "momentum_exchange_coefficient")}
        return SurfaceFluxes(
            mean["sensible_heat_flux"], mean["latent_heat_flux"], mean["evaporation"], mean["momentum_stress"],
            forcing.shortwave_down - mean["net_shortwave"], forcing.longwave_down - mean["net_longwave"],
            mean["ground_heat_flux"], mean["melt_heat"], mean["surface_runoff"], mean["drainage"],
            **state, friction_velocity=end["friction_velocity"], **self._screen(end, state), n_steps=n_steps)

    def _screen(self, end, state):
        """Return temperature and humidity at 2 m and wind at 10 m, by profiles of neutral air."""
        roughness = self.parameters["background_roughness_length"]
        exponent = -self.parameters["zilitinkevich_coefficient"] * KARMAN * 258.2
        roughness_heat = np.maximum(roughness * np.exp(exponent * np.sqrt(end["friction_velocity"] * roughness)),
                                    LEAST_ROUGHNESS_HEAT)
        height = self.parameters["reference_height_temperature"]
        share = np.log1p(SCREEN_HEIGHT / roughness_heat) / np.log1p(height / roughness_heat)
        skin, moist = state["skin_temperature"], state["surface_specific_humidity"]
        wind_height = self.parameters["reference_height_wind"]
        return {"screen_temperature": skin + (end["lifted_air_temperature"] - skin) * share,
                "screen_humidity": moist + (end["humidity"] - moist) * share,
                "wind_10m": end["wind_speed"] * np.log1p(WIND_HEIGHT / roughness) / np.log1p(wind_height / roughness)}

    # ---- restart

    @property
    def identity(self):
        """What a restart file must share with this land."""
        return {"model": SUPPLIER, "options": json.dumps(self.options._asdict(), sort_keys=True),
                "layer_thickness": json.dumps(self.layer_thickness), "precision": self.precision.name,
                "parameters": self._parameter_digest}

    def save(self, path, attributes=None):
        """Write all that the next step reads, on all ranks; the file is whole or does not exist.

        ``attributes`` are texts for its header, by name.
        """
        write_restart(path, *self.checkpoint(), self.identity, self.columns, self.band, self.communicator, attributes or {})

    def checkpoint(self):
        """Return a :class:`~landda_hpc.io.restart.Checkpoint` of all that the next step reads, copied."""
        fields = {name: Field(getattr(self.model.state, name).copy(), variable.dims, variable.units)
                  for name, variable in variables.STATE.items()}
        for name in HEIGHTS:
            fields[name] = Field(self.parameters[name].copy(), ("point",), "m")
        fields |= {f"sum_{name}": Field(self.model.sums[name].copy(), ("point",)) for name in SUMMED}
        return Checkpoint(fields, {"time": str(self.time), "n_steps": self.n_steps, "last_update": str(self._last_update)})

    def load(self, path, columns=None, parameters=None, band=None):
        """Continue from a file of :meth:`save`, bit for bit as if the run had never stopped.

        ``columns``, ``parameters`` and ``band`` as in :meth:`start`, not needed where that was called.

        Raises
        ------
        RestartError
            For a damaged file, or one of other columns, parameters or options.
        """
        if columns is not None:
            self.set_up(columns, parameters, band)
        elif self.model is None:
            raise RestartError(f"{path}: the land does not know its columns; give columns and parameters to load.")
        self.resume(read_restart(path, self.identity, self.columns, self.band, self.communicator, self.n_members))

    def resume(self, checkpoint):
        """Continue from a :meth:`checkpoint` of this land."""
        fields, scalars = checkpoint
        for name in variables.STATE:
            getattr(self.model.state, name)[...] = fields[name].values
        self.time, self.n_steps = np.datetime64(scalars["time"]), scalars["n_steps"]
        self._last_update = np.datetime64(scalars["last_update"])
        self.seasons.forget_date()
        self.seasons.update(self.parameters, self._last_update)
        if self.n_steps > 0 and "urban" not in self.options.as_271:
            self.parameters.override_urban()
        for name in HEIGHTS:
            self.parameters[name][:] = fields[name].values
        for name in SUMMED:
            self.model.sums[name][:] = fields[f"sum_{name}"].values
