"""A run on one rank: its points, model, perturbations and means, one step of it and its checkpoint.

The order within a step is that of the assimilation system: parameters of the date, forcing, its perturbation, the land
model, perturbation of the soil moisture, analysis of observations, output, checkpoint.
"""

import json
import logging
from pathlib import Path

import numpy as np

from landda_hpc import variables
from landda_hpc.assimilation.warm_up import compile_filter
from landda_hpc.config import RunConfig
from landda_hpc.domain.cost import cost_of_state
from landda_hpc.errors import ConfigError, RestartError
from landda_hpc.io.members import Scaled, mean_and_spread
from landda_hpc.io.restart import Checkpoint, Field, read_restart, write_restart
from landda_hpc.io.slab import compile_checksum, point_axis
from landda_hpc.noah.deep_temperature import LaggedDeepTemperature
from landda_hpc.noah.driver import SHARED, SUMMED, LandModel, Options
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.noah.start import cold_start, liquid_at
from landda_hpc.noah.types import Beside
from landda_hpc.observations.model_qc import limits_of
from landda_hpc.perturb.ensemble import EnsemblePerturbation
from landda_hpc.perturb.generator import CHUNK, parts_of
from landda_hpc.times import EPOCH
from landda_hpc.workflow.assimilation import Assimilation
from landda_hpc.workflow.budget import close_budget, water_storage
from landda_hpc.workflow.equilibrium import Equilibrium
from landda_hpc.workflow.outputs import IntervalMeans
from landda_hpc.workflow.overpass import OverpassSampler
from landda_hpc.workflow.places import find_places
from landda_hpc.workflow.progress import SectionTimers
from landda_hpc.workflow.replay import column_error
from landda_hpc.workflow.run_files import run_folder

SURFACE_TEMPERATURE = "average_surface_temperature"
COLLECTIVE = {"auto": None, "parallel": None, "gather": False}  # of parallel.io
logger = logging.getLogger(__name__)


class LandRun:
    """Everything one rank needs for a run.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that file names of the configuration are relative to.
    communicator : Communicator
    watch_equilibrium : bool
        Report how the soil changes over the years.
    places : Places, optional
        Of this rank, where points changed hands in a run; by default they are cut by the predicted cost of the points.
    timers : SectionTimers, optional
    """

    def __init__(self, config: RunConfig, base, communicator, watch_equilibrium=False, places=None, timers=None):
        self.config, self.base, self.communicator = config, Path(base), communicator
        self.timers = SectionTimers() if timers is None else timers
        self.folder = run_folder(config)
        self.time_step = config.run.time_step
        moved = places is not None
        self.places = places = places if moved else find_places(config, base, communicator)
        self.points, self.band, self.notes, self.inputs = places.points, places.band, places.notes, places.inputs
        self.parameters, self.seasons, self.forcing = places.parameters, places.seasons, places.forcing
        self.start, self.end = places.start, places.end
        self.n_steps = int((self.end - self.start) / np.timedelta64(self.time_step, "s"))
        if self.start + np.timedelta64(self.n_steps * self.time_step, "s") != self.end:
            raise ConfigError(f"The run of steps of {self.time_step} s from {self.start} does not end at {self.end} UTC. "
                              "Choose an end on a step.")
        self.n_members = config.ensemble.size
        self.means = IntervalMeans(config.output.variables or places.default_variables, self.time_step,
                                   config.noah.layer_thickness, self.band.n_points, self.n_members)
        lag = config.noah.deep_temperature_lag
        self.deep_temperature = LaggedDeepTemperature(lag, self.parameters["deep_soil_temperature"]) if lag else None
        self.model = self._land_model(self.parameters)
        self.perturbation = EnsemblePerturbation(config, self.points.cell[self.band.slice], self.parameters)
        self.assimilation = self._assimilation(moved) if config.sensors.enabled() else None
        self.sampler = (OverpassSampler(config.output.overpass, self.points.longitude[self.band.slice], self.time_step,
                                        limits_of(config.model_qc)) if config.output.overpass else None)
        self.masked = np.zeros(self.band.n_points, bool)
        cycle = config.forcing.cycle or (0, 0)
        self.equilibrium = (Equilibrium(self.start, cycle[1] - cycle[0] + 1, self.band, self.model.n_layers, communicator,
                                        self.folder / "equilibrium.csv") if watch_equilibrium else None)
        self.step = 0
        self._parts = parts_of(self.band.n_points)
        self._by_member = np.empty((3, min(self.band.n_points, CHUNK), self.n_members))
        self._rain = np.zeros((2, self.band.n_points, 1))
        self._storage = np.zeros(self.band.n_points)

    def _assimilation(self, checked):
        return Assimilation(self.config, self.base, self.folder, self.points, self.band, self.parameters,
                            self.places.land_cover, self.communicator, self.timers, checked)

    def _land_model(self, parameters):
        noah = self.config.noah
        outputs = dict.fromkeys(((SURFACE_TEMPERATURE,) if noah.deep_temperature_lag else ()) + self.means.memory.rows)
        options = Options(noah.surface_layer == "older", noah.roughness_dependent_czil, noah.as_271)
        return LandModel(parameters, self.n_members, outputs, self.config.run.precision, options,
                         self.config.parallel.threads_per_rank, self.means.rows)

    @property
    def time(self):
        """Model time, the start of the next step."""
        return self.start + np.timedelta64(self.step * self.time_step, "s")

    @property
    def history_start(self):
        """Time that the intervals of the history count from; what is before is spin-up."""
        return self.start if self.config.run.start is None else self.config.run.start

    @property
    def identity(self):
        """What a checkpoint must share with this run."""
        choices = {key: json.dumps(value) for key, value in self.config.choices().items()}
        return {**choices, "configuration": self.config.digest(), "start": str(self.start),
                "n_layers": str(self.model.n_layers), "precision": self.model.dtype.name, **self.places.identity}

    def begin(self, first_state=None):
        """Set the state of the first step: that of a restart file if one is given or configured, else a cold start."""
        values = self._cold_start()
        if first_state is None and self.config.run.first_state is not None:
            first_state = self.base / self.config.run.first_state
        if first_state is not None:
            self._take_state(first_state)
        elif "roughness_length" in values:
            self.seasons.begin_with(self.parameters, values["roughness_length"])
        self._storage = water_storage(self.model.state, self.parameters["layer_thickness"])
        self.means.memory.begin(self.model)
        if self.equilibrium is not None:
            self.equilibrium.look(self.start, self.model.state)

    def _cold_start(self):
        """Set the state and the parameters of a cold start and return its values."""
        self.seasons.update(self.parameters, self.start)
        values = self.places.first_values()
        cold_start(self.model.state, self.parameters, values)
        return values

    def _take_state(self, path):
        """Copy the state of a restart file of any run on the same points."""
        fields = read_restart(path, None, self.points, self.band, self.communicator, self.n_members).fields
        for name in variables.STATE:
            target, values = getattr(self.model.state, name), fields[name].values
            if target.shape != values.shape:
                raise RestartError(f"{path}: {name} has the shape {values.shape} on this rank, expected {target.shape}. "
                                   "The file belongs to a run with other soil layers.")
            target[...] = values

    # ---- checkpoint

    def fields(self):
        """Return all that the next step reads, as fields of a restart file."""
        fields = {name: Field(getattr(self.model.state, name), variable.dims, variable.units)
                  for name, variable in variables.STATE.items()}
        fields["background_roughness_length"] = Field(self.parameters["background_roughness_length"], ("point",), "m")
        fields["storage_at_start"] = Field(self._storage, ("point",), "kg m-2")
        fields["masked"] = Field(self.masked.astype(np.int8), ("point",))
        fields |= {f"sum_{name}": Field(self.model.sums[name], ("point",)) for name in SUMMED}
        if self.means.n_steps:  # else an interval begins, and all its totals are 0
            fields |= {f"interval_{name}": Field(values, ("point", "alike") if name in SHARED
                                                 else ("layer", "point", "member")[-values.ndim:])
                       for name, values in self.model.totals.items()}
        if self.deep_temperature is not None:
            fields["deep_soil_temperature"] = Field(self.parameters["deep_soil_temperature"], ("point",), "K")
            fields |= {f"deep_{name}": Field(values, ("variable", "point")[-values.ndim:])
                       for name, values in vars(self.deep_temperature).items()}
        for part in (self.equilibrium, self.sampler, self.assimilation, self.means.memory):
            if part is not None:
                fields |= part.fields()
        return fields | self.perturbation.fields()

    def scalars(self):
        """Return the numbers and texts of a checkpoint, the same on all ranks."""
        return {"time": str(self.time), "step": self.step, "interval_steps": self.means.n_steps,
                "interval_totals": list(self.model.totals), "perturbation": self.perturbation.scalars()}

    def write_checkpoint(self, catalog, attributes, finisher=None):
        """Write a restart file for the present time; a :class:`~landda_hpc.io.atomic.Finisher` puts it on the disk."""
        collective = COLLECTIVE[self.config.parallel.io]
        write_restart(catalog.path(self.time), self.fields(), self.scalars(), self.identity, self.points, self.band,
                      self.communicator, attributes, collective, finisher=finisher, then=catalog.prune,
                      spare=catalog.spare)
        self.communicator.barrier()
        logger.info("checkpoint %s", catalog.path(self.time).name)

    def restore(self, catalog):
        """Continue from the newest checkpoint."""
        path, checkpoint = catalog.newest(self.identity, self.points, self.band, self.communicator, self.n_members)
        self._take(checkpoint, path)
        logger.info("resumed from %s at %s", path, self.time)

    def _take(self, checkpoint, origin):
        """Take all that a checkpoint holds; ``origin`` names it in messages."""
        fields, scalars = checkpoint.fields, checkpoint.scalars
        if "interval_totals" not in scalars:
            raise RestartError(f"{origin} was written by an earlier version of the package, whose checkpoints this one cannot "
                               "continue.\n  Continue with that version, or start again; run.first_state takes its state.")
        for name in variables.STATE:
            getattr(self.model.state, name)[...] = fields[name].values
        self.step = scalars["step"]
        before = self.time - np.timedelta64(self.time_step, "s")
        if self.step > 0:
            self.seasons.update(self.parameters, before)
            if "urban" not in self.model.options.as_271:
                self.parameters.override_urban()
        self.parameters["background_roughness_length"][:] = fields["background_roughness_length"].values
        self._storage[:] = fields["storage_at_start"].values
        for part in (self.equilibrium, self.sampler, self.assimilation, self.means.memory):
            if part is not None:
                part.restore(fields)
        self.masked[:] = fields["masked"].values.astype(bool)
        if self.assimilation is not None:
            self.assimilation.exclude(self.masked)
        for name in SUMMED:
            self.model.sums[name][:] = fields[f"sum_{name}"].values
        for name, total in self.model.totals.items():
            if name not in scalars["interval_totals"]:
                raise ConfigError(f"output.variables: {name} was not part of the run that {origin} belongs to; "
                                  "a resumed run writes the same variables.")
            total[:] = fields[f"interval_{name}"].values[..., :total.shape[-1]] if scalars["interval_steps"] else 0.0
        self.means.n_steps = scalars["interval_steps"]
        if self.deep_temperature is not None:
            self.parameters["deep_soil_temperature"][:] = fields["deep_soil_temperature"].values
            for name, values in vars(self.deep_temperature).items():
                values[:] = fields[f"deep_{name}"].values
        self.perturbation.restore(fields, scalars["perturbation"])

    def cost(self):
        """Return what a step of each point costs now ``(n_points,)``, relative to thawed dry ground."""
        return cost_of_state(self.model.state, self.parameters, self.model.options.as_271)

    def on_bands(self, bands, new_bands):
        """Return this run on other bands, with all that it has done; the ranks exchange the points that change hands."""
        from landda_hpc.workflow.domain_places import moved_places

        places = moved_places(self.places, bands, new_bands, self.config, self.base, self.communicator)
        run = LandRun(self.config, self.base, self.communicator, self.equilibrium is not None, places, self.timers)
        run._cold_start()
        fields = {name: field._replace(values=self.communicator.move_points(field.values, bands, new_bands,
                                                                            point_axis(field.dims)))
                  for name, field in self.fields().items()}
        run._take(Checkpoint(fields, self.scalars()), "the other bands")
        return run

    # ---- one step

    def advance(self):
        """Advance by one step and return its end."""
        time, timers = self.time, self.timers
        end = time + np.timedelta64(self.time_step, "s")
        with timers("forcing"):
            self.seasons.update(self.parameters, time)
            forcing = self.forcing.at(time)
            beside = self.places.beside(time) if self.places.beside else Beside()
        self._advance_model(time, forcing, beside)
        with timers("perturbation"):
            self.perturbation.perturb_state(end, self.model.state)
        mean_rain, last_rain = self._rain
        if self.assimilation is not None and end > self.history_start:
            with timers("analysis"):
                self.assimilation.analyse(end, self.model.state, mean_rain)
        if self.sampler is not None:
            self.sampler.look(end, self.model, last_rain, self.parameters, self.places.land_cover)
        with timers("averages"):
            self.means.n_steps += 1
            self.means.memory.look(self.model)
            if self.deep_temperature is not None:
                surface = self.model.outputs[SURFACE_TEMPERATURE].mean(axis=1, dtype=np.float64)
                self.deep_temperature.update(surface, end, self.time_step, self.parameters["deep_soil_temperature"])
        self.step += 1
        if self.equilibrium is not None:
            self.equilibrium.look(end, self.model.state)
        return end

    def wait_for_ranks(self):
        """Wait until all ranks are here, before they write: what slower ranks cost is not to count as time of the files."""
        with self.timers("wait for ranks"):
            self.communicator.barrier()

    def _advance_model(self, time, forcing, beside):
        """Perturb the forcing and advance the land model, some points after the other: their forcing stays in the cache."""
        timers, model, failed = self.timers, self.model, None
        with timers("perturbation"):
            self.perturbation.begin_forcing(time)
        with timers("noah"):
            model.begin_step(forcing, self.time_step, beside)
        for points in self._parts:
            by_member = self._by_member[:, :points.stop - points.start]
            with timers("perturbation"):
                self.perturbation.perturb_forcing(points, forcing, *by_member)
                self._rain[0, points, 0], self._rain[1, points, 0] = by_member[2].mean(axis=1), by_member[2, :, -1]
            with timers("noah"):
                model.advance_points(points, *by_member)
                model.status[points][self.masked[points]] = 0
                if failed is None and model.status[points].any():
                    failed = points.start, by_member.copy()
        model.end_step()
        if failed is not None:
            self._handle_failures(time, forcing, beside, *failed)

    def _handle_failures(self, time, forcing, beside, first_point, by_member):
        """Mask the points of columns that went wrong, or stop with a replay file of the first.

        ``by_member`` : forcing of the members ``(3, n, n_members)`` of the points from ``first_point`` on, which hold it.
        """
        failed = self.model.status.any(axis=1)
        error = column_error(self.folder / "failed", self.model, self.band, self.points, forcing, first_point, by_member,
                             self.time_step, beside, time, self.step, self.communicator.rank)
        if self.config.run.on_column_error == "stop":
            raise error
        self.masked |= failed
        if self.assimilation is not None:
            self.assimilation.exclude(self.masked)
        self.model.status[failed] = 0
        logger.warning("%s\n  masked %d points, %d in all on this rank", error, int(failed.sum()),
                       int(self.masked.sum()))

    def history_field(self):
        """Return a function that gives a variable of the history record by its name, masked points as NaN."""
        given = self.means.fields(self.model)
        if not self.masked.any():
            return given
        return lambda name: np.where(self.masked[:, None], np.nan, given(name).product())

    def budget(self):
        """Return the :class:`~landda_hpc.workflow.budget.WaterBudget` of the run so far."""
        storage = water_storage(self.model.state, self.parameters["layer_thickness"])
        analysis = self.assimilation.water_added if self.assimilation is not None else np.zeros(self.band.n_points)
        return close_budget(self.model.sums, self._storage, storage, self.perturbation.water_added, analysis, self.time_step,
                            self.n_members, self.communicator, self.band)

    def warm_up(self):
        """Compile or load all kernels by a step of a column of its own, which leaves this run as it is.

        Nothing is computed before it by a kernel: on an empty cache all ranks would compile.
        """
        if self.places.example is not None:
            forcing = self.places.example()
        else:
            forcing = self.forcing.at(self.start) if self.config.atmosphere is None else self.forcing.example(self.start)
        if self.band.n_points == 0:
            return
        parameters = LandParameters(self.model.n_layers, 1)
        parameters.planes[:] = self.parameters.planes[:, :1]
        model = self._land_model(parameters)
        model.planes[:] = 1.0  # any number will do
        liquid_at(np.full((self.model.n_layers, 1), 270.0), np.full((self.model.n_layers, 1), 0.3), parameters)
        spare = EnsemblePerturbation(self.config, self.points.cell[self.band.slice][:1], parameters)
        forcing, by_member = type(forcing)(*(values[:1] for values in forcing)), np.empty((3, 1, self.n_members))
        spare.begin_forcing(EPOCH)
        spare.perturb_forcing(slice(0, 1), forcing, *by_member)
        model.advance(forcing, *by_member, self.time_step)
        for planes in model.planes, by_member:
            mean_and_spread(Scaled(planes))
        spare.perturb_state(EPOCH, model.state)
        compile_checksum()
        land_cover = self.places.land_cover  # None where no observation is looked at
        land_cover = None if land_cover is None else land_cover[:1]
        if self.sampler is not None:
            self.sampler.compile(model, np.zeros((1, 1)), parameters, land_cover)
        if self.assimilation is not None:
            compile_filter(self.model.n_layers, self.n_members, self.model.dtype)
            self.assimilation.compile(self.history_start, model.state, np.zeros((1, 1)), parameters, land_cover)
