"""A run from start to end: claims its folder, steps through the forcing, writes history and checkpoints, tells the budget."""

import logging
import resource
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import CheckpointStop, ConfigError, LanddaError, OutputError
from landda_hpc.io.atomic import Finisher
from landda_hpc.io.provenance import provenance
from landda_hpc.io.restart import RestartCatalog
from landda_hpc.jit import compile_on_root_first
from landda_hpc.workflow import memory
from landda_hpc.workflow.budget import energy_text
from landda_hpc.workflow.cycle_file import run_counts
from landda_hpc.workflow.interrupt import Interrupt
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.logs import RunLog
from landda_hpc.workflow.progress import Progress
from landda_hpc.workflow.rebalance import Rebalancing
from landda_hpc.workflow.run_files import CONFIGURATION, run_folder
from landda_hpc.workflow.run_outputs import RunOutputs
from landda_hpc.workflow.saved_configuration import saved_configuration
from landda_hpc.workflow.spin_up import finished_state, spin_up_config

CHECK_INTERVAL = 3600  # s of model time between looks at signals and the wall time
logger = logging.getLogger(__name__)


class Summary(NamedTuple):
    """What a finished run tells: its folder, the water budget (None after a dry run), the masked points, timers."""

    folder: Path
    budget: object
    n_masked: int
    timers: object


def run(config, communicator, base=".", resume=False, dry_run=False, go_on=False):
    """Run a configuration and return a :class:`Summary`.

    ``resume`` continues a run from its newest checkpoint; ``go_on`` does so if it was begun and begins it if not.

    Raises
    ------
    CheckpointStop
        When a signal or the wall time ended the run early; ``resume=True`` continues it.
    LanddaError
        For everything a user can act on.
    """
    folder = run_folder(config)
    if go_on:
        resume = communicator.broadcast(_is_begun(folder) if communicator.is_root else None)
    _claim(folder, resume, dry_run, communicator)
    first_state = None
    if config.spin_up.years and not dry_run:
        first_state = _spin_up(spin_up_config(config, folder), communicator, base)
    return _logged_run(config, communicator, base, resume, dry_run, first_state=first_state)


def _spin_up(config, communicator, base):
    """Run a spin-up, or what is left of it, and return the restart file at its end."""
    done = communicator.broadcast(finished_state(config) if communicator.is_root else None)
    if done is None:
        begun = communicator.broadcast(_is_begun(run_folder(config)) if communicator.is_root else None)
        _claim(run_folder(config), begun, False, communicator)
        _logged_run(config, communicator, base, begun, False, watch_equilibrium=True)
        done = communicator.broadcast(finished_state(config) if communicator.is_root else None)
    return done


def _is_begun(folder):
    return (folder / CONFIGURATION).exists()


def _logged_run(config, communicator, base, resume, dry_run, **options):
    log = RunLog(config.log.level, communicator, None if dry_run else run_folder(config) / "run.log")
    try:
        return _run(config, communicator, base, resume, dry_run, log, **options)
    finally:
        log.close()


def _claim(folder, resume, dry_run, communicator):
    """Refuse a folder that holds another run, or make it."""
    taken = communicator.broadcast(_is_begun(folder) if communicator.is_root else None)
    if taken and not resume and not dry_run:
        raise ConfigError(f"{folder} already holds a run. Give run.folder another name, remove it, or continue it with "
                          "--resume.")
    problem = None
    if communicator.is_root and not dry_run:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"{folder} cannot be made: {error}. Give run.folder a place that can be written."
    problem = communicator.broadcast(problem)
    if problem:
        raise OutputError(problem)


def _run(config, communicator, base, resume, dry_run, log, first_state=None, watch_equilibrium=False):
    job = LandRun(config, base, communicator, watch_equilibrium)
    logger.info("%d points, %d members, %d rank(s), %s to %s UTC, %d steps of %d s", job.points.n_total,
                job.n_members, communicator.size, job.start, job.end, job.n_steps, job.time_step)
    for note in job.notes:
        logger.info("forcing: %s", note)
    if dry_run:
        job.begin()
        _coupled(job)
        logger.info("dry run: configuration, inputs and first state are usable; nothing was run")
        return Summary(job.folder, None, 0, job.timers)
    resume = resume and _has_checkpoint(job)
    if communicator.is_root:
        (job.folder / CONFIGURATION).write_text(saved_configuration(config, base, job.folder))
    coupled = _coupled(job)
    with job.timers("compilation"):
        compile_on_root_first(communicator, lambda: [part.warm_up() for part in (job, coupled) if part is not None])
    with job.timers("first state"):
        _begin(job, first_state, resume)
    command = "landda " + shlex.join(sys.argv[1:])
    attributes = provenance(command, config.resolved_yaml(), config.ensemble.seed, communicator.size, job.inputs)
    attributes |= {"notes": "\n".join(job.notes), "title": config.run.name}
    catalog = RestartCatalog(job.folder, config.restart.keep)
    if resume:
        job.restore(catalog)
    balance = Rebalancing()
    if config.parallel.rebalance and (resume or first_state is not None or config.run.first_state is not None):
        job = balance.rebalanced(job)  # a cold start has no snow yet, which the climate knows of
    if coupled is None and job.step < job.n_steps:
        with job.timers("first forcing"):  # the weather prepares a whole month
            job.forcing.at(job.time)
    memory.release()  # what the start needed and no step does
    memory.reset_peak()
    timers, taken = job.timers, [job]
    del job  # the loop takes it over, so that it goes when points change hands: another run has their numbers then
    with timers("time loop"):
        job = _loop(taken, resume, catalog, attributes, log, coupled, balance)
    return _finish(job)


def _coupled(job):
    """Return the :class:`~landda_hpc.workflow.coupled_cycle.CoupledCycle` of a run with an atmosphere, else None."""
    if job.config.atmosphere is None:
        return None
    from landda_hpc.workflow.coupled_cycle import CoupledCycle

    return CoupledCycle(job.config, job.base, job.folder, job.communicator)


def _begin(job, first_state, resume):
    """Set the first state; one that cannot be used leaves the folder free for another try."""
    try:
        job.begin(first_state)
    except LanddaError:
        if job.communicator.is_root and not resume:
            (job.folder / CONFIGURATION).unlink()
        raise


def _has_checkpoint(job):
    """Return whether a run that is to be resumed has a checkpoint; one that was begun may have none yet."""
    found, begun = job.communicator.broadcast(
        (bool(RestartCatalog(job.folder).files()), _is_begun(job.folder) or bool(job.config.spin_up.years))
        if job.communicator.is_root else None)
    if begun and not found:
        logger.warning("%s has no checkpoint yet; the run starts from its beginning", job.folder)
    return found or not begun


def _loop(taken, resume, catalog, attributes, log, coupled, balance):
    """Step to the end and return the job, which is another one where points changed hands; it is taken from a list."""
    job = taken.pop()
    config, communicator, outputs = job.config, job.communicator, RunOutputs(job, attributes, resume)
    finisher, written = Finisher(), 0.0  # s, that the last checkpoint took until the steps went on
    progress = Progress(job.n_steps - job.step, job.time_step, communicator, config.log.progress)
    in_cycles = job.assimilation is not None or coupled is not None or config.run.stop_after_cycles is not None
    check_interval = config.cycle.length if in_cycles else CHECK_INTERVAL  # a cycle is not cut
    if coupled is not None:
        coupled.attributes = attributes
    n_cycles = 0
    with Interrupt(communicator, config.run.wall_time) as interrupt:

        def checkpoint():
            nonlocal written
            job.wait_for_ranks()
            with job.timers("wait for disk"):
                finisher.wait(communicator)  # the old files that it removes make room
            before = job.timers.seconds.get("restart", 0.0)
            with job.timers("restart"):
                outputs.flush()
                job.write_checkpoint(catalog, attributes, finisher)
            written = job.timers.seconds["restart"] - before

        try:
            if coupled is not None and coupled.is_boundary(job.time):
                coupled.run_atmosphere(job, job.step == job.n_steps)
                reason = interrupt.reason() if job.step < job.n_steps else None
                if reason:
                    raise CheckpointStop(f"Stopped at {job.time} because of {reason}; the atmosphere of that time is done. "
                                         "Continue with --resume.")
            while job.step < job.n_steps:
                log.at(job.time)
                end = job.advance()
                if coupled is not None:
                    coupled.after_step(job, end)
                recorded = int((end - job.history_start) / np.timedelta64(1, "s"))
                outputs.step(end, recorded)
                progress.advance(end)
                last = job.step == job.n_steps
                interrupt.checkpoint_seconds = written + finisher.seconds
                n_cycles += recorded > 0 and recorded % config.cycle.length == 0
                reason = interrupt.reason() if recorded % check_interval == 0 and not last else None
                saved = bool(reason or last or recorded % config.restart.interval == 0)
                if saved:
                    checkpoint()
                if coupled is not None and coupled.is_boundary(end) and not reason:
                    finisher.wait(communicator)  # what is handed over must not be ahead of the checkpoint
                    coupled.run_atmosphere(job, last)
                    reason = interrupt.reason() if not last else None
                if not reason and n_cycles == config.run.stop_after_cycles and not last:
                    reason = f"run.stop_after_cycles: {n_cycles}"
                if reason and not saved:
                    checkpoint()
                if reason or last:
                    with job.timers("last restart on disk"):
                        finisher.wait(communicator)
                if reason:
                    raise CheckpointStop(f"Stopped at {job.time} because of {reason}; the checkpoint is written. "
                                         "Continue with --resume.")
                if config.parallel.rebalance and recorded % config.parallel.rebalance == 0 and not last:
                    with job.timers("rebalancing"):
                        outputs.flush()
                        moved = balance.rebalanced(job)
                        if moved is not job:
                            job, outputs = moved, RunOutputs(moved, attributes, True)
        finally:
            progress.close()
            finisher.join()  # this rank alone: after an error the others may not come
            if communicator.is_root:
                catalog.discard_spare()
    return job


def _finish(job):
    budget = job.budget()
    energy = energy_text(job.model.sums, job.n_steps, job.n_members, job.communicator, job.band)
    peaks = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, (memory.peak() or 0) // 2**20
    counts = job.communicator.gather_object((int(job.masked.sum()), peaks, job.model.sums["convergence_failures"].sum()))
    table = job.timers.summary(job.communicator)
    perturbed = job.perturbation.summary(job.communicator)
    n_masked = 0
    if job.communicator.is_root:
        n_masked, n_unsolved = sum(count[0] for count in counts), sum(count[2] for count in counts)
        logger.info("seconds by section over ranks\n%s", table)
        logger.info("peak memory by rank: %s MiB, in the time loop %s MiB",
                    *(", ".join(str(count[1][when]) for count in counts) for when in (0, 1)))
        if perturbed:
            logger.info("%s", perturbed)
        if job.assimilation is not None:
            counts_by_code = run_counts(job.folder)
            logger.info("observations: %d at the points, %s", sum(counts_by_code.values()),
                        ", ".join(f"{name} {count}" for name, count in counts_by_code.items()))
        logger.info("water budget, mean over points and members\n%s", budget.text())
        logger.info("energy, mean over steps, points and members\n%s", energy)
        if n_unsolved:
            logger.warning("the supercooled water of %d layers did not converge in ten passes and took the fallback",
                           int(n_unsolved))
        if n_masked:
            logger.warning("%d points were masked", n_masked)
        logger.info("done: %s", job.folder)
    budget.check(job.n_steps, job.model.dtype)
    return Summary(job.folder, budget, job.communicator.broadcast(n_masked), job.timers)
