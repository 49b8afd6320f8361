"""A run at towers on one rank: its points, model, perturbations and means, one step of it and its checkpoint.

The order within a step is that of the assimilation system: parameters of the date, forcing, its perturbation, the land
model, perturbation of the soil moisture, output, checkpoint.
"""

import logging
from pathlib import Path

import numpy as np

from landda_hpc import variables
from landda_hpc.config import RunConfig
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError
from landda_hpc.forcing.series import TowerForcing
from landda_hpc.io.restart import Field, write_restart
from landda_hpc.noah.deep_temperature import LaggedDeepTemperature
from landda_hpc.noah.driver import SUMMED, LandModel, Options
from landda_hpc.noah.start import cold_start
from landda_hpc.perturb.ensemble import EnsemblePerturbation
from landda_hpc.perturb.generator import EPOCH
from landda_hpc.workflow.budget import close_budget, water_storage
from landda_hpc.workflow.outputs import DEFAULT, IntervalMeans
from landda_hpc.workflow.points import build_points, first_state, land_parameters, point_set
from landda_hpc.workflow.progress import SectionTimers
from landda_hpc.workflow.replay import column_error

SURFACE_TEMPERATURE = "average_surface_temperature"
COLLECTIVE = {"auto": None, "parallel": None, "gather": False}  # of parallel.io
logger = logging.getLogger(__name__)


def run_folder(config):
    """Return the folder of a run's outputs."""
    return Path(config.run.folder or Path("runs") / config.run.name)


class TowerRun:
    """Everything one rank needs for a run at towers.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that file names of the configuration are relative to.
    communicator : Communicator
    """

    def __init__(self, config: RunConfig, base, communicator):
        self.config, self.communicator = config, communicator
        self.folder = run_folder(config)
        self.time_step = config.run.time_step
        towers = build_points(config, base)
        self.points = point_set(towers)
        self.band = split_evenly(self.points.n_total, communicator.size)[communicator.rank]
        land_parameters(towers, config.noah)  # every rank checks all points, so that all raise the same error
        self.towers = towers[self.band.slice]
        self.inputs = sorted({str(tower.record.path) for tower in towers if Path(tower.record.path).exists()})
        records = [tower.record for tower in towers]
        self.forcing = TowerForcing(records, self.band, self.time_step, config.run.start, config.run.end)
        self.start, self.end = self.forcing.start, self.forcing.stop
        self.forcing.require_period(self.start, self.end)
        self.notes = list(dict.fromkeys(note for record in records for note in record.notes))
        self.n_members = config.ensemble.size
        self.means = IntervalMeans(config.output.variables or DEFAULT, (self.band.n_points, self.n_members),
                                   self.time_step)
        self.parameters, self.seasons = land_parameters(self.towers, config.noah)
        lag = config.noah.deep_temperature_lag
        self.deep_temperature = (LaggedDeepTemperature(lag, self.parameters["deep_soil_temperature"]) if lag else None)
        rows = dict.fromkeys(self.means.rows + ((SURFACE_TEMPERATURE,) if lag else ()))
        self.model = LandModel(
            self.parameters, self.n_members, tuple(rows), config.run.precision,
            Options(config.noah.surface_layer == "older", config.noah.roughness_dependent_czil),
            config.parallel.threads_per_rank)
        self.perturbation = EnsemblePerturbation(config, self.points.cell[self.band.slice], self.parameters)
        self.masked = np.zeros(self.band.n_points, bool)
        self.step = 0
        self.timers = SectionTimers()
        self._by_member = [np.empty((self.band.n_points, self.n_members)) for _ in range(3)]
        self._storage = np.zeros((self.band.n_points, self.n_members))

    @property
    def time(self):
        """Model time, the start of the next step."""
        return self.start + np.timedelta64(self.step * self.time_step, "s")

    @property
    def n_steps(self):
        """Steps of the whole run."""
        return self.forcing.n_steps

    @property
    def identity(self):
        """What a checkpoint must share with this run."""
        return {"configuration": self.config.digest(), "start": str(self.start), "n_layers": str(self.model.n_layers),
                "precision": self.model.dtype.name,
                "land_points": ", ".join(self.points.names or ())}

    def cold_start(self):
        """Set the state of the first step."""
        self.seasons.update(self.parameters, self.start)
        cold_start(self.model.state, self.parameters, first_state(self.towers, self.parameters))
        self._storage = water_storage(self.model.state, self.parameters["layer_thickness"])

    # ---- checkpoint

    def fields(self):
        """Return all that the next step reads, as fields of a restart file."""
        fields = {name: Field(getattr(self.model.state, name), variable.dims, variable.units)
                  for name, variable in variables.STATE.items()}
        fields["background_roughness_length"] = Field(self.parameters["background_roughness_length"], ("point",), "m")
        fields["storage_at_start"] = Field(self._storage, ("point", "member"), "kg m-2")
        fields["masked"] = Field(self.masked.astype(np.int8), ("point",))
        fields |= {f"sum_{name}": Field(self.model.sums[name], ("point",)) for name in SUMMED}
        fields |= {f"interval_{name}": Field(values, ("point", "member"))
                   for name, values in self.means.sums.items()}
        if self.deep_temperature is not None:
            fields["deep_soil_temperature"] = Field(self.parameters["deep_soil_temperature"], ("point",), "K")
            fields |= {f"deep_{name}": Field(values, ("variable", "point")[-values.ndim:])
                       for name, values in vars(self.deep_temperature).items()}
        return fields | self.perturbation.fields()

    def write_checkpoint(self, catalog, attributes):
        """Write a restart file for the present time."""
        collective = COLLECTIVE[self.config.parallel.io]
        scalars = {"time": str(self.time), "step": self.step, "interval_steps": self.means.n_steps,
                   "perturbation": self.perturbation.scalars()}
        write_restart(catalog.path(self.time), self.fields(), scalars, self.identity, self.points, self.band,
                      self.communicator, attributes, collective)
        self.communicator.barrier()
        if self.communicator.is_root:
            catalog.prune()
        logger.info("checkpoint %s", catalog.path(self.time).name)

    def restore(self, catalog):
        """Continue from the newest checkpoint."""
        path, checkpoint = catalog.newest(self.identity, self.points, self.band, self.communicator, self.n_members)
        fields, scalars = checkpoint.fields, checkpoint.scalars
        for name in variables.STATE:
            getattr(self.model.state, name)[...] = fields[name].values
        self.step = scalars["step"]
        before = self.time - np.timedelta64(self.time_step, "s")
        if self.step > 0:
            self.seasons.update(self.parameters, before)
            self.parameters.override_urban()
        self.parameters["background_roughness_length"][:] = fields["background_roughness_length"].values
        self._storage[:] = fields["storage_at_start"].values
        self.masked[:] = fields["masked"].values.astype(bool)
        for name in SUMMED:
            self.model.sums[name][:] = fields[f"sum_{name}"].values
        for name in self.means.sums:
            if f"interval_{name}" not in fields:
                raise ConfigError(f"output.variables: {name} was not part of the run that {path} belongs to; "
                                  "a resumed run writes the same variables.")
            self.means.sums[name][:] = fields[f"interval_{name}"].values
        self.means.n_steps = scalars["interval_steps"]
        if self.deep_temperature is not None:
            self.parameters["deep_soil_temperature"][:] = fields["deep_soil_temperature"].values
            for name, values in vars(self.deep_temperature).items():
                values[:] = fields[f"deep_{name}"].values
        self.perturbation.restore(fields, scalars["perturbation"])
        logger.info("resumed from %s at %s", path, self.time)

    # ---- one step

    def advance(self):
        """Advance by one step and return its end."""
        time, timers = self.time, self.timers
        end = time + np.timedelta64(self.time_step, "s")
        with timers("forcing"):
            self.seasons.update(self.parameters, time)
            forcing = self.forcing.at(time)
        with timers("perturbation"):
            self.perturbation.perturb_forcing(time, forcing, *self._by_member)
        with timers("noah"):
            good = self.model.advance(forcing, *self._by_member, self.time_step)
            if not good:
                self._handle_failures(time, forcing)
        with timers("perturbation"):
            self.perturbation.perturb_state(end, self.model.state)
        with timers("averages"):
            self.means.add(self.model.outputs)
            if self.deep_temperature is not None:
                surface = self.model.outputs[SURFACE_TEMPERATURE].mean(axis=1, dtype=np.float64)
                self.deep_temperature.update(surface, end, self.time_step, self.parameters["deep_soil_temperature"])
        self.step += 1
        return end

    def _handle_failures(self, time, forcing):
        """Mask the points of columns that went wrong, or stop with a replay file of the first."""
        self.model.status[self.masked] = 0
        failed = self.model.status.any(axis=1)
        if not failed.any():
            return
        error = column_error(self.folder / "failed", self.model, self.band, self.points, forcing, self._by_member,
                             self.time_step, 1, time, self.step, self.communicator.rank)
        if self.config.run.on_column_error == "stop":
            raise error
        self.masked |= failed
        self.model.status[failed] = 0
        logger.warning("%s\n  masked %d points, %d in all on this rank", error, int(failed.sum()),
                       int(self.masked.sum()))

    def history_fields(self):
        """Return the variables of a history record, masked points as NaN, and begin a new interval."""
        fields = self.means.finish(self.model.state)
        if self.masked.any():
            for name, values in fields.items():
                fields[name] = np.where(self.masked[:, None], np.nan, values)
        return fields

    def budget(self):
        """Return the :class:`~landda_hpc.workflow.budget.WaterBudget` of the run so far."""
        storage = water_storage(self.model.state, self.parameters["layer_thickness"])
        return close_budget(self.model.sums, self._storage, storage, self.perturbation.water_added, self.time_step,
                            self.n_members, self.communicator, self.band)

    def warm_up(self):
        """Compile or load all kernels on the first state, which is put back afterwards."""
        planes = self.model.planes.copy()
        sums = {name: values.copy() for name, values in self.model.sums.items()}
        spare = EnsemblePerturbation(self.config, self.points.cell[self.band.slice], self.parameters)
        forcing = self.forcing.at(self.start)
        spare.perturb_forcing(EPOCH, forcing, *self._by_member)
        self.model.advance(forcing, *self._by_member, self.time_step)
        spare.perturb_state(EPOCH, self.model.state)
        self.model.planes[:] = planes
        self.model.status[:] = 0
        for name, values in sums.items():
            self.model.sums[name][:] = values
