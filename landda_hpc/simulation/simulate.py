"""Simulates products of a truth run over some time: one file per orbit, half orbit or day, in a folder per product."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.simulation.amsr2_lprm import Amsr2Writer
from landda_hpc.simulation.ascat import AscatSimulator
from landda_hpc.simulation.ascat_netcdf import AscatWriter
from landda_hpc.simulation.orbits import half_orbit_start, half_orbits, seconds_since_epoch
from landda_hpc.simulation.scene import Scene
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.smap import SmapSimulator
from landda_hpc.simulation.smap_l2 import SmapWriter
from landda_hpc.simulation.smos_ic import SmosWriter
from landda_hpc.times import SECONDS_PER_DAY

#: Products and the folders that their files go to.
FOLDERS = {"ascat_b": "ascat_l2", "ascat_c": "ascat_l2", "smap": "smap_l2", "amsr2": "amsr2_lprm", "smos": "smos_ic"}
MOST_DAYS, MOST_POINT_DAYS = 8, 100_000  # of the truth that are in memory; at least a day
MARGIN = 2.0 * 3600.0  # s, the last orbit of a block ends after it


class Task(NamedTuple):
    """One file: its product, when it begins [s since 2000-01-01], and a function of folder and window that writes it."""

    product: str
    start: float
    write: object


def simulate_products(truth, start, end, products, folder, settings=None, communicator=None, say=None, wanted=None):
    """Write the files of products whose orbits, half orbits or days begin in ``[start, end)``.

    Parameters
    ----------
    truth : Truth
    start, end : datetime64 or str
        Whole days for the daily products.
    products : sequence of str
        Of :data:`FOLDERS`.
    folder : str or Path
        Gets a folder per product.
    settings : SimulationSettings, optional
    communicator : Communicator, optional
        Each rank writes every so-manieth file; the files are the same for any number of ranks.
    say : callable, optional
        Told about every block of days.
    wanted : callable, optional
        Of the time at which a file begins [s since 2000-01-01 00:00 UTC]: whether it is to be written; all are by default.

    Returns
    -------
    dict of str to int
        Files written of each product, by all ranks.

    Raises
    ------
    ConfigError
        For an unknown product or an empty time span.
    """
    settings = SimulationSettings() if settings is None else settings
    communicator = SerialCommunicator() if communicator is None else communicator
    unknown = [name for name in products if name not in FOLDERS]
    if unknown:
        raise ConfigError(f"Products that cannot be simulated: {', '.join(unknown)}. Known: {', '.join(FOLDERS)}.")
    begin, stop = seconds_since_epoch(start), seconds_since_epoch(end)
    if stop <= begin:
        raise ConfigError(f"No time to simulate products for: from {start} to {end}.")
    for name in products:
        (Path(folder) / FOLDERS[name]).mkdir(parents=True, exist_ok=True)
    scene = Scene(truth.domain, settings.seed)
    planners = {name: _planner(name, scene, settings) for name in dict.fromkeys(products)}
    counts = dict.fromkeys(planners, 0)
    block = SECONDS_PER_DAY * min(max(MOST_POINT_DAYS // truth.domain.n_total, 1), MOST_DAYS)
    for first in np.arange(begin, stop, block):
        last = min(first + block, stop)
        tasks = [task for planner in planners.values() for task in planner(first, last) if wanted is None or wanted(task.start)]
        tasks = tasks[communicator.rank::communicator.size]
        window = truth.window(first - MARGIN, last + MARGIN)
        for task in tasks:
            path = task.write(Path(folder) / FOLDERS[task.product], window)
            counts[task.product] += path is not None
        if say is not None:
            say(f"products simulated for {(last - begin) / SECONDS_PER_DAY:.0f} of "
                f"{(stop - begin) / SECONDS_PER_DAY:.0f} days")
    gathered = communicator.gather_object(counts)
    return communicator.broadcast({name: sum(part[name] for part in gathered) for name in counts}
                                  if communicator.is_root else None)


def _planner(name, scene, settings):
    """Return the function of a time span that lists the :class:`Task` of one product's files that begin in it."""
    if name in ("ascat_b", "ascat_c"):
        simulator = AscatSimulator(scene, settings, {"ascat_b": "metop-b", "ascat_c": "metop-c"}[name])
        writer = AscatWriter(simulator, settings.scrambled_processing_flags)
        return lambda start, end: _orbits(name, simulator.orbit, writer, start, end)
    if name == "smap":
        simulator = SmapSimulator(scene, settings)
        writer = SmapWriter(simulator)
        return lambda start, end: _halves(name, simulator.orbit, writer, start, end)
    writer = {"amsr2": Amsr2Writer, "smos": SmosWriter}[name](scene, settings)
    return lambda start, end: _days(name, writer, start, end)


def _orbits(name, orbit, writer, start, end):
    first, last = (int(np.ceil(time / orbit.period + orbit.phase)) for time in (start, end))
    return [Task(name, orbit.node_time(index), lambda folder, window, index=index: writer.write(folder, index, window))
            for index in range(first, last)]


def _halves(name, orbit, writer, start, end):
    return [Task(name, half_orbit_start(orbit, half), lambda folder, window, half=half: writer.write(folder, half, window))
            for half in half_orbits(orbit, start, end) if half_orbit_start(orbit, half) >= start]


def _days(name, writer, start, end):
    return [Task(name, day, lambda folder, window, day=day, up=up: writer.write(folder, day, up, window))
            for day in np.arange(np.ceil(start / SECONDS_PER_DAY) * SECONDS_PER_DAY, end, SECONDS_PER_DAY)
            for up in (True, False)]
