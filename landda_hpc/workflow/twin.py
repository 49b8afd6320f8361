"""A twin experiment from end to end: truth, products, climatologies, experiments, scores, report.

Each stage remembers what it was made from; it is skipped when nothing of that has changed, continued when it was cut, and
made anew otherwise.
"""

import hashlib
import json
import logging
import shlex
import shutil
import sys
from pathlib import Path

import landda_hpc
from landda_hpc.observations.batch import seconds_of
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.simulate import simulate_products
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.workflow.climatology import make_climatologies
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.ingest import ingest
from landda_hpc.workflow.run import run
from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY, OVERPASS
from landda_hpc.workflow.twin_runs import (
    CLIMATOLOGY,
    OBSERVATIONS,
    OPEN_LOOP,
    PRODUCTS,
    TRUTH,
    HistoryTruth,
    climatology_config,
    ensemble_start,
    experiment_config,
    open_loop_config,
    truth_config,
)

STAGES = "stages"
logger = logging.getLogger(__name__)


class TwinExperiment:
    """The stages of a twin experiment.

    Parameters
    ----------
    config : TwinConfig
    base : Path
        Folder that file names of the configuration are relative to.
    communicator : Communicator
    say : callable
        Told which stage runs; called on the root.
    """

    def __init__(self, config, base, communicator, say):
        self.config, self.base, self.communicator, self._say = config, Path(base), communicator, say
        self.folder = Path(config.twin.folder or Path("twin") / config.twin.name)
        truth_config(config, self.folder), open_loop_config(config, self.folder)
        for name in config.experiments:  # all configurations are checked before anything runs
            experiment_config(config, self.folder, name)

    def run(self):
        """Run all stages and return the path of the report on the root."""
        config, folder = self.config, self.folder
        domain = self._domain().digest()
        models = {TRUTH: truth_config(config, folder), OPEN_LOOP: open_loop_config(config, folder)}
        truth, model = (self._stage(name, [own.digest(), domain], lambda own=own: self._model(own), [folder / name])
                        for name, own in models.items())
        products = self._stage(PRODUCTS, [truth, self._dump(config.twin.products, {"keep"})], self._products,
                               [folder / PRODUCTS])
        observations = self._stage(OBSERVATIONS, [products, self._dump(config.sensors)], self._observations,
                                   [folder / OBSERVATIONS])
        climatology = self._stage(CLIMATOLOGY, [observations, model, self._dump(config.sensors)], self._climatologies,
                                  [folder / CLIMATOLOGY])
        runs = []
        for name, sensors in config.experiments.items():
            own = experiment_config(config, folder, name)
            before = [model, climatology, observations] if sensors else [model]
            runs.append(self._stage(name, [own.digest(), *before], lambda own=own: self._model(own), [folder / name]))
        self._stage("report", [truth, observations, *runs], self._report, [])
        return folder / "report.html"

    def _dump(self, section, without=()):
        return section.model_dump(mode="json", exclude=set(without))

    def _stage(self, name, inputs, make, outputs):
        """Make a stage unless it was made from the same; return the digest of what it is made from."""
        inputs = {"version": landda_hpc.__version__, "inputs": inputs, "end": str(self.config.twin.end)}
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
        record = self.folder / STAGES / f"{name}.json"
        state = self.communicator.broadcast(_state(record, digest) if self.communicator.is_root else None)
        # Products that are not kept are needed again only when their observations are.
        missing = not all(path.exists() for path in outputs) and not (
            name == PRODUCTS and _state(self.folder / STAGES / f"{OBSERVATIONS}.json", None) == "done")
        if state == "done" and not self.communicator.any(missing):
            self._tell(f"{name}: nothing has changed")
            return digest
        if self.communicator.is_root:
            if state == "other":
                for path in outputs:
                    shutil.rmtree(path, ignore_errors=True)
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps({"digest": digest, "done": False}))
        self.communicator.barrier()
        self._tell(f"{name}: {'continued' if state == 'begun' else 'begins'}")
        make()
        self.communicator.barrier()
        if self.communicator.is_root:
            record.write_text(json.dumps({"digest": digest, "done": True}))
        return digest

    def _tell(self, text):
        if self.communicator.is_root:
            self._say(text)

    def _model(self, config):
        begun = self.communicator.broadcast((Path(config.run.folder) / CONFIGURATION).exists() if self.communicator.is_root
                                            else None)
        run(config, self.communicator, self.base, resume=begun)

    def _domain(self):
        return configured_domain(truth_config(self.config, self.folder).domain, self.base)

    def _products(self):
        twin = self.config.twin
        truth = HistoryTruth(self.folder / TRUTH / HISTORY, self._domain())
        settings = SimulationSettings(seed=twin.products.seed, spacing=twin.products.spacing)
        for products, start in ((twin.products.assimilated, twin.record_start), (twin.products.evaluation, twin.evaluate_from)):
            if products:
                simulate_products(truth, start, twin.end, products, self.folder / PRODUCTS, settings, self.communicator,
                                  self._tell if self.communicator.is_root else None, self._wanted)

    def _wanted(self, seconds):
        """Whether a file that begins at a time [s since 2000] is simulated: of the record, those of every so-manieth day."""
        twin = self.config.twin
        day = (seconds - float(seconds_of(twin.record_start))) // SECONDS_PER_DAY
        return seconds >= float(seconds_of(ensemble_start(twin))) or day % twin.products.record_every == 0

    def _observations(self):
        summary = ingest([self.folder / PRODUCTS], self._domain(), self.folder / OBSERVATIONS, self.config.sensors,
                         self.communicator, self._tell)
        if self.communicator.is_root:
            self._tell(summary.text)
        if self.communicator.is_root and not self.config.twin.products.keep:
            shutil.rmtree(self.folder / PRODUCTS)

    def _climatologies(self):
        twin = self.config.twin
        first, last = twin.record_start.astype("datetime64[D]"), ensemble_start(twin).astype("datetime64[D]") - 1
        text = make_climatologies(climatology_config(self.config, self.folder), self.base, [self.folder / OPEN_LOOP / OVERPASS],
                                  first, last, self.communicator)
        self._tell(text)

    def _report(self):
        from landda_hpc.workflow.report import write_report

        if self.communicator.is_root:
            write_report(self.folder, self.config.twin.evaluate_from, command="landda " + shlex.join(sys.argv[1:]),
                         say=self._say)


def _state(record, digest):
    """Return whether a stage is done, begun, of other inputs (where a digest is given), or new."""
    if not record.exists():
        return "new"
    stored = json.loads(record.read_text())
    if digest is not None and stored["digest"] != digest:
        return "other"
    return "done" if stored["done"] else "begun"
