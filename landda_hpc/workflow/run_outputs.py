"""What a run writes while it goes: the history, the samples at overpasses, the files of the assimilation cycles."""

import numpy as np

from landda_hpc.io.history import HistoryWriter
from landda_hpc.workflow.land_run import COLLECTIVE
from landda_hpc.workflow.outputs import KNOWN
from landda_hpc.workflow.run_files import HISTORY, OVERPASS


class RunOutputs:
    """The output files of a run, apart from its checkpoints.

    Parameters
    ----------
    job : LandRun
    attributes : dict of str to str
        Provenance.
    resume : bool
        Continue the files that are there.
    """

    def __init__(self, job, attributes, resume):
        self._job, self._attributes = job, attributes
        self._resume_from = job.time if resume else None
        self._history = self._writer(HISTORY, {name: KNOWN[name] for name in job.means.names}, job.means.methods,
                                     job.n_members, job.config.output.members)
        self._overpass = self._writer(OVERPASS, job.sampler.known, {}, 1, False) if job.sampler is not None else None

    def _writer(self, name, known, methods, n_members, members):
        job, config = self._job, self._job.config
        return HistoryWriter(job.folder / name, known, methods, config.noah.layer_thickness, n_members, job.points, job.band,
                             job.communicator, self._attributes, members, COLLECTIVE[config.parallel.io], self._resume_from,
                             config.output.precision or ("float64" if config.domain is None else "float32"))

    def step(self, end, recorded):
        """Write what is due at the end of a step, ``recorded`` seconds after the history began."""
        job, config = self._job, self._job.config
        if recorded % config.output.interval == 0:
            job.wait_for_ranks()
            with job.timers("history"):
                if recorded > 0:
                    self._history.write(end - np.timedelta64(config.output.interval, "s"), end, job.history_field())
                job.means.begin(job.model)
        if self._overpass is not None and end == end.astype("datetime64[D]"):
            with job.timers("history"):
                if recorded > 0:
                    self._overpass.write(end - np.timedelta64(1, "D"), end, job.sampler.field)
                job.sampler.begin()
        if job.assimilation is not None and recorded > 0 and recorded % config.cycle.length == 0:
            with job.timers("diagnostics"):
                job.assimilation.end_cycle(end, self._attributes)

    def flush(self):
        """Put all records on the disk."""
        self._history.flush()
        if self._overpass is not None:
            self._overpass.flush()
