"""What a benchmark of whole cycles runs on: some points of a domain, products that see them, climatologies, a configuration.

The points are spread evenly over those of the domain, so that any number of them has its mix of climates. Observations are
made up, and so are the climatologies; what reads, corrects, tests and assimilates them cannot tell.
"""

from pathlib import Path

import numpy as np
import yaml

from landda_hpc.bias.climatology import Climatology
from landda_hpc.bias.climatology_file import write_climatology
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.bias.quantile_match import NODES
from landda_hpc.config import load_config
from landda_hpc.domain.dataset import read_domain, write_domain
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError
from landda_hpc.observations.batch import PLATFORMS, seconds_of
from landda_hpc.observations.gridded import GriddedObservations, product_index
from landda_hpc.observations.store import day_of, day_path, days_of, write_day
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.climatology import MODEL, OBSERVED, UNITS, climatology_path, model_record, observed_record
from landda_hpc.workflow.ingest import store_settings

CYCLE = 21600  # s
SPIN_UP = 86400  # s of the ensemble, for its spread
SEEN = 0.3  # share of the points that a product sees in a cycle: a swath passes two or three times in two days
SAMPLES, DAYS = 1000, 366  # of the climatologies
#: Range of the values of a product and of the model [units of the product, m3 m-3].
RANGES = {"ascat": (10.0, 90.0), "smap": (0.10, 0.40)}
MODEL_RANGE = (0.15, 0.35)
PLATFORM = {"ascat": ("metop-b", "ascat_l2_125"), "smap": ("smap", "smap_l2")}


def write_inputs(folder, domain, points, members, precision, time_step, sensors, start, n_cycles, spin_up_years=0):
    """Write all inputs of ``n_cycles`` cycles into a folder and return the path of the configuration.

    Parameters
    ----------
    folder : Path
    domain : str
        A shipped domain or a file.
    points : int or None
        How many of its points; all by default.
    members : int
    precision : str
    time_step : int
        [s]
    sensors : sequence of str
    start : datetime64
    n_cycles : int
    spin_up_years : int
        Of one member, before the ensemble starts.
    """
    whole = read_domain(domain)
    points = whole.n_total if points is None else points
    if not 0 < points <= whole.n_total:
        raise ConfigError(f"{points} points are not to be had from {domain}, which has {whole.n_total}. Take a finer domain "
                          "(`landda static --resolution 0.25`) or fewer points.")
    chosen = np.floor((np.arange(points) + 0.5) * whole.n_total / points).astype(int)
    domain_file = folder / "domain.nc"
    write_domain(domain_file, whole.take(chosen))
    document = {
        "run": {"name": "cycle", "folder": str(folder / "run"), "start": str(start), "end": _time(start, n_cycles * CYCLE),
                "time_step": time_step, "precision": precision},
        "domain": {"file": str(domain_file)}, "ensemble": {"size": members},
        "spin_up": {"years": spin_up_years, "ensemble": SPIN_UP}, "sensors": {sensor: {} for sensor in sensors},
        "observations": {"folder": "observations", "climatology": "climatology"}, "output": {"interval": CYCLE // 2},
        "restart": {"interval": CYCLE}, "log": {"progress": False, "level": "WARNING"}}
    path = folder / "cycle.yaml"
    path.write_text(yaml.safe_dump(document))
    if sensors:
        _write_observations(folder, load_config(path), read_domain(domain_file), n_cycles)
    return path


def _time(start, seconds):
    return str(np.datetime64(start, "s") + np.timedelta64(seconds, "s"))


def _write_observations(folder, config, domain, n_cycles):
    """Write the climatologies and the observations of all cycles."""
    random = np.random.default_rng(20220301)
    (folder / "observations").mkdir()
    first, n = seconds_of(config.run.start), domain.n_total
    for sensor in config.sensors.enabled():
        for kind, record, limits in ((OBSERVED, observed_record(config, sensor, domain.grid), RANGES[sensor]),
                                     (MODEL, model_record(config, sensor), MODEL_RANGE)):
            write_climatology(climatology_path(folder / "climatology", sensor, kind), _uniform(n, *limits), record,
                              domain.points, split_evenly(n, 1)[0], SerialCommunicator(), {}, DayMeans(n))
        point = np.concatenate([np.flatnonzero(random.random(n) < SEEN) for _ in range(n_cycles)])
        cycle = np.cumsum(np.append(0, np.diff(point) < 0))
        time = first + CYCLE * (cycle + random.random(len(point)))
        order = np.lexsort((point, time))
        point, time = point[order], time[order]
        name, product = PLATFORM[sensor]
        value = random.uniform(*RANGES[sensor], len(point))
        given = GriddedObservations(
            point, value, np.full(len(point), np.nan), time, np.full(len(point), PLATFORMS.index(name), np.int16),
            np.full(len(point), product_index(product), np.int16), np.ones(len(point), np.int32), np.zeros(len(point), bool),
            np.zeros(len(point), np.int16), UNITS[sensor])
        settings = store_settings(config.sensors, sensor, domain.grid)
        for day in np.unique(days_of(time)):
            write_day(day_path(Path(folder) / "observations", sensor, day), day_of(given.select(days_of(time) == day)),
                      domain.cell, settings)


def _uniform(n_cells, low, high):
    """Return the climatology of values that are spread evenly between two numbers in every month and cell."""
    shape = (13, n_cells)
    counts = np.full(shape, SAMPLES, np.int64)
    nodes = low + (high - low) * np.asarray(NODES, np.float64)[:, None, None]
    return Climatology(counts, np.full(shape, 0.5 * (low + high)), np.full(shape, (high - low) ** 2 / 12.0 * (SAMPLES - 1)),
                       np.full(shape, low), np.full(shape, high), np.broadcast_to(nodes, (len(NODES), *shape)).copy(),
                       np.broadcast_to(nodes, (len(NODES), 12, n_cells)).copy())
