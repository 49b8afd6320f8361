"""From product files to gridded observations by sensor and day (:mod:`landda_hpc.observations.store`).

Files are read in groups, each rank its share, and the root adds what they hold to the files of the days. What was done is
remembered with each file's size and checksum, so that a folder that grows is ingested again in the time of what is new. A
file that cannot be used is named with its reason and left out; the others go on.
"""

import csv
import json
import logging
import re
from pathlib import Path

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.io.provenance import sha256
from landda_hpc.observations.codes import N_CODES, NUMBERS, named_counts
from landda_hpc.observations.formats import evaluation_reader, read_product
from landda_hpc.observations.gridded import sensor_of
from landda_hpc.observations.gridding import grid_batch
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.resampling import resample
from landda_hpc.observations.store import day_path, days_of, join_passes, read_day, write_day
from landda_hpc.observations.tally import add_tallies, merge_stages, tally

GROUP = 512  # files between two writings of the days
INDEX, REFUSED, COUNTS = "ingested.json", "refused.csv", "counts.csv"
_STAMP = re.compile(r"(?:19|20)\d{6}T?\d{4,6}|(?:19|20)\d{6}")
logger = logging.getLogger(__name__)


def store_settings(sensors, sensor, grid):
    """Return the settings that gridded observations of a sensor depend on: quality control and grid."""
    section = getattr(sensors, sensor, None)
    kept = ("platforms", "passes", "quality", "qc")
    own = section.model_dump(mode="json", include=set(kept)) if section is not None else {}
    return {"sensor": sensor, **own, "grid": [float(value) for value in grid]}


def find_products(inputs):
    """Return the product files among files and folders, in the order of the times in their names.

    Raises
    ------
    ConfigError
        For an input that does not exist or a folder without files.
    """
    paths = []
    for given in map(Path, inputs):
        found = sorted(path for path in given.rglob("*") if path.is_file()) if given.is_dir() else [given]
        if not given.exists() or not found:
            raise ConfigError(f"{given} {'holds no files' if given.exists() else 'does not exist'}; give product files or "
                              "folders of them.")
        paths += found
    return sorted(dict.fromkeys(paths), key=lambda path: (_stamp(path.name), path.name))


def _stamp(name):
    """Return the first date and time in a file name as digits, or nothing."""
    found = _STAMP.search(name)
    return re.sub(r"\D", "", found[0]).ljust(14, "0") if found else ""


def ingest(inputs, domain, folder, sensors, communicator, say=logger.info):
    """Ingest product files and return a summary as text on the root, None elsewhere.

    Parameters
    ----------
    inputs : sequence of path
        Files or folders.
    domain : Domain
    folder : path
        Of the gridded observations; added to if it has some.
    sensors : Sensors
        Quality control.
    communicator : Communicator
    say : callable
        Told of the progress.
    """
    folder = Path(folder)
    if communicator.is_root:
        folder.mkdir(parents=True, exist_ok=True)
    paths = communicator.broadcast(find_products(inputs) if communicator.is_root else None)
    done = communicator.broadcast(_load(folder / INDEX) if communicator.is_root else None)
    new = [path for path in paths if done.get(str(path), {}).get("size") != path.stat().st_size]
    points, tallies, refused = domain.points, [], []
    for first in range(0, len(new), GROUP):
        group = new[first:first + GROUP]
        parts = communicator.gather_object(_read(group[communicator.rank::communicator.size], points, sensors))
        if communicator.is_root:
            gridded, own, bad, index = (sum(pieces, []) for pieces in zip(*parts))
            _add(folder, gridded, domain, sensors)
            tallies += own
            refused += bad
            done |= dict(index)
            _keep(folder, done, refused, add_tallies([_load_counts(folder / COUNTS), *own]))
            say(f"ingested {min(first + GROUP, len(new))} of {len(new)} files")
    communicator.barrier()
    return _summary(paths, new, refused, add_tallies(tallies)) if communicator.is_root else None


def _read(paths, points, sensors):
    """Return gridded observations, tallies, refusals and index entries of files."""
    gridded, tallies, refused, index = [], [], [], []
    for path in paths:
        entry = {"size": path.stat().st_size, "sha256": sha256(path)}
        try:
            sensor, observations, counts = _gridded(path, points, sensors)
        except ProductRefusal as refusal:
            refused.append((str(path), refusal.reason, refusal.found))
            entry["refused"] = refusal.reason
        else:
            tallies.append(counts)
            if observations.size:
                gridded.append((sensor, observations))
        index.append((str(path), entry))
    return gridded, tallies, refused, index


def _gridded(path, points, sensors):
    """Return the sensor of a file, its observations at the points and the counts by code."""
    read = evaluation_reader(path)
    if read is not None:
        batch = read(path)
        return sensor_of(batch.product), resample(batch, points), tally(batch.product, batch.time, batch.code)
    product = read_product(path, sensors)
    result = grid_batch(product.batch, points)
    return sensor_of(product.batch.product), result.observations, merge_stages(product.report.tally, result.tally)


def _add(folder, gridded, domain, sensors):
    """Add observations to the files of their days."""
    for sensor in dict.fromkeys(name for name, _ in gridded):
        settings = store_settings(sensors, sensor, domain.grid)
        by_day = {}
        for name, observations in gridded:
            if name == sensor:
                days = days_of(observations.time)
                for day in np.unique(days):
                    by_day.setdefault(day, []).append(observations.select(days == day))
        for day, parts in by_day.items():
            path = day_path(folder, sensor, day)
            before = read_day(path, domain.cell, settings)
            parts = parts if before is None else [before, *parts]
            together = parts[0]._replace(**{name: np.concatenate([getattr(part, name) for part in parts])
                                            for name in parts[0]._fields if name != "units"})
            joined, n_repeated = join_passes(together)
            if n_repeated:
                logger.info("%s: %d observations came again and are kept once", path.name, n_repeated)
            write_day(path, joined, domain.cell, settings)


def _load(path):
    return json.loads(path.read_text()) if path.exists() else {}


def _load_counts(path):
    """Return the counts by product, six-hour window and code that were written before."""
    counts = {}
    if path.exists():
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                key = row["product"], int(row["window_start"])
                counts.setdefault(key, np.zeros(N_CODES, np.int64))[NUMBERS[row["code"]]] = int(row["count"])
    return counts


def _keep(folder, done, refused, counts):
    """Write what was done, what was refused, and the counts by product, window and code."""
    (folder / INDEX).write_text(json.dumps(done, indent=0, sort_keys=True))
    with open(folder / COUNTS, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("product", "window_start", "code", "count"))
        writer.writerows((product, start, name, count) for (product, start), of_window in sorted(counts.items())
                         for name, count in named_counts(of_window).items())
    if refused:
        with open(folder / REFUSED, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("file", "reason", "found"), *refused])


def _summary(paths, new, refused, counts):
    lines = [f"{len(paths)} files, {len(new)} of them new, {len(refused)} refused" + (f", see {REFUSED}" if refused else "")]
    lines += [f"  {path}: {reason}, {found}" for path, reason, found in refused[:5]]
    by_product = {}
    for (product, _), of_window in counts.items():
        by_product[product] = by_product.get(product, 0) + of_window
    lines += [f"  {product}: received {total.sum()}; "
              + ", ".join(f"{name} {count}" for name, count in named_counts(total).items())
              for product, total in by_product.items()]
    return "\n".join(lines)
