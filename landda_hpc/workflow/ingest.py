"""From product files to gridded observations by sensor and day (:mod:`landda_hpc.observations.store`).

Files are read in groups by guarded workers, each rank its share, and the root adds what they hold to the files of the days.
What was done is remembered by name, size, time and checksum of each file, so that a folder that grows is ingested again in the
time of what is new; a file that moved is the same file, and one that changed replaces what it gave. A file that cannot be used
is named with its reason and left out; the others go on.
"""

import csv
import json
import logging
import os
import re
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.config.observations import Ascat, Smap
from landda_hpc.errors import ConfigError
from landda_hpc.io.guarded import GuardedPool, WorkerFailure
from landda_hpc.io.provenance import sha256
from landda_hpc.observations.codes import N_CODES, NUMBERS, named_counts
from landda_hpc.observations.formats import evaluation_reader, read_product
from landda_hpc.observations.gridded import GriddedObservations, sensor_of
from landda_hpc.observations.gridding import grid_batch
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import span
from landda_hpc.observations.resampling import resample
from landda_hpc.observations.store import Day, day_path, days_of, merge_days, read_parts, without, write_day
from landda_hpc.observations.tally import add_tallies, merge_stages, tally
from landda_hpc.observations.versions import ASCENDING, BOTH, DESCENDING, Granule

GROUP = 512  # files between two writings of the days
INDEX, QUARANTINE, COUNTS = "ingested.jsonl", "quarantine.csv", "counts.csv"
#: Refusals of files that are broken; the others are whole files of something else.
BROKEN = ("empty", "truncated", "damaged", "inconsistent", "unreadable", "crashed", "hangs", "memory")
#: What products are tested with whose sensor a configuration leaves out.
DEFAULTS = {"ascat": Ascat(), "smap": Smap()}
PREFERRED = {"ascat": {"12.5km": "ascat_l2_125", "25km": "ascat_l2_250"}}
_STAMP = re.compile(r"(?:19|20)\d{6}T?\d{4,6}|(?:19|20)\d{6}")
logger = logging.getLogger(__name__)


class FileContent(NamedTuple):
    """What one file gave: its granule, the observations at the points and the counts by product, window and code."""

    granule: Granule
    observations: GriddedObservations
    counts: dict


class Record(NamedTuple):
    """What is remembered of a file.

    Attributes
    ----------
    path : str
    size, modified : int
        Bytes, and time of the last change [ns].
    sha256 : str
    reason, found : str
        Why it was refused, empty if it was not.
    sensor : str
    days : tuple of str
        Files of days that hold something of it.
    counts : dict
        ``{"product window": {code: count}}``.
    """

    path: str
    size: int
    modified: int
    sha256: str
    reason: str = ""
    found: str = ""
    sensor: str = ""
    days: tuple = ()
    counts: dict = {}


class Summary(NamedTuple):
    """What an ingest did; the coverage counts observations of the days that were written by sensor and point."""

    text: str
    coverage: dict
    n_files: int
    n_bytes: int
    n_received: int
    n_refused: int


def store_settings(sensors, sensor, grid):
    """Return the settings that gridded observations of a sensor depend on: quality control and grid."""
    section = getattr(sensors, sensor, None) or DEFAULTS.get(sensor)
    kept = ("platforms", "nodes", "passes", "quality", "algorithm", "qc")
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


def ingest(inputs, domain, folder, sensors, communicator, say=logger.info, n_workers=None, quarantine=None):
    """Ingest product files and return a :class:`Summary` on the root, None elsewhere.

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
    n_workers : int, optional
        Processes of this rank that read files; by default the cores, shared by the ranks.
    quarantine : path, optional
        Folder that files which are broken are moved to; by default they stay where they are.
    """
    folder, started = Path(folder), time.perf_counter()
    n_workers = n_workers or max(1, len(os.sched_getaffinity(0)) // communicator.size)
    if communicator.is_root:
        folder.mkdir(parents=True, exist_ok=True)
    paths, records = communicator.broadcast((find_products(inputs), _load(folder / INDEX)) if communicator.is_root else None)
    new = [path for path in paths if not _is_unchanged(records.get(str(path)), path)]
    known = frozenset(record.sha256 for record in records.values() if not record.reason)
    keeper = _Keeper(folder, domain, sensors, records) if communicator.is_root else None
    with GuardedPool(n_workers, shared=(domain.points, sensors, known)) as pool:
        for first in range(0, len(new), GROUP):
            group = new[first:first + GROUP]
            own = list(pool.map_unordered(grid_file, group[communicator.rank::communicator.size]))
            parts = communicator.gather_object(own)
            if communicator.is_root:
                keeper.add(sum(parts, []))
                say(f"ingested {min(first + GROUP, len(new))} of {len(new)} files")
    communicator.barrier()
    if not communicator.is_root:
        return None
    keeper.finish(quarantine)
    return keeper.summary(paths, time.perf_counter() - started)


def _is_unchanged(record, path):
    """Return whether a file is as it was when it was ingested."""
    status = path.stat()
    return record is not None and (record.size, record.modified) == (status.st_size, status.st_mtime_ns)


def grid_file(path, points, sensors, known):
    """Return the checksum of a file and its :class:`FileContent`, None if the checksum is a known one; called in a worker.

    Raises
    ------
    ProductRefusal
    """
    checksum = sha256(path)
    if checksum in known:
        return checksum, None
    read = evaluation_reader(path)
    if read is not None:
        batch = read(path)
        granule = _granule(checksum, batch, batch.product, "hdf5", batch.time, np.nan)
        return checksum, FileContent(granule, resample(batch, points), tally(batch.product, batch.time, batch.code))
    product = read_product(path, sensors)
    result, report = grid_batch(product.batch, points), product.report
    granule = _granule(checksum, product.batch, report.product, report.container, (report.first_time, report.last_time),
                       report.processed)
    return checksum, FileContent(granule, result.observations, merge_stages(report.tally, result.tally))


def _granule(checksum, batch, product, container, times, processed):
    sensor = sensor_of(product)
    platforms = np.unique(batch.platform)
    direction = BOTH
    if sensor != "ascat" and batch.size and batch.ascending.all() == batch.ascending.any():
        direction = ASCENDING if batch.ascending[0] else DESCENDING
    first, last = span(np.asarray(times))
    return Granule(checksum, sensor, product, container, int(platforms[0]) if len(platforms) == 1 else -1, direction, first,
                   last, processed)


class _Keeper:
    """The store of an ingest on the root: files of the days, the index, counts and coverage."""

    def __init__(self, folder, domain, sensors, records):
        self._folder, self._domain, self._sensors = folder, domain, sensors
        self._records, self._new = records, []
        self._coverage, self._numbers = {}, {}

    def add(self, outcomes):
        """Take what the workers found in files and write the days that it changes."""
        contents, days, before = {}, {}, {}
        for path, outcome in sorted(outcomes, key=lambda item: str(item[0])):
            record, content = self._record(path, outcome)
            if content is not None and record.sha256 not in contents:
                contents[record.sha256], days[record.sha256] = content, record.days
            before[record.path] = self._records.get(record.path)
            self._records[record.path] = record
            self._new.append(record)
        current = {record.sha256 for record in self._records.values() if not record.reason}
        gone = [record for record in before.values() if record is not None and not record.reason
                and record.sha256 not in current]
        self._write_days(contents, days, gone)
        with open(self._folder / INDEX, "a") as file:
            for record in self._new[len(self._new) - len(before):]:
                file.write(json.dumps(record._asdict()) + "\n")
        self._write_tables()

    def _record(self, path, outcome):
        """Return the record of a file and its content, None if there is none to be added."""
        status = path.stat()
        common = {"path": str(path), "size": status.st_size, "modified": status.st_mtime_ns}
        if isinstance(outcome, (ProductRefusal, WorkerFailure)):
            return Record(**common, sha256=sha256(path), reason=outcome.reason, found=outcome.found), None
        if isinstance(outcome, Exception):
            raise outcome
        checksum, content = outcome
        if content is None:
            twin = next(record for record in self._records.values() if record.sha256 == checksum and not record.reason)
            return twin._replace(**common), None
        counts = {f"{product} {start}": named_counts(of_window) for (product, start), of_window in content.counts.items()}
        return (Record(**common, sha256=checksum, sensor=content.granule.sensor, days=self._days(content), counts=counts),
                content)

    def _days(self, content):
        """Return the names of the files of days that a granule touches: with its observations and with its time."""
        days = set(days_of(content.observations.time))
        if np.isfinite(content.granule.first):
            first, last = (days_of(edge) for edge in (content.granule.first, content.granule.last))
            days |= set(np.arange(first, last + 1))
        return tuple(day_path("", content.granule.sensor, day).name for day in sorted(days))

    def _write_days(self, contents, days, gone):
        """Write every file of a day that new contents or files that are gone change."""
        names = sorted({name for touched in (*days.values(), *(record.days for record in gone)) for name in touched})
        lost = {record.sha256 for record in gone}
        for name in names:
            sensor, day = name.rsplit("_", 1)[0], np.datetime64(_date(name))
            settings = store_settings(self._sensors, sensor, self._domain.grid)
            parts = [self._part(contents[checksum], day) for checksum in contents if name in days[checksum]]
            before = read_parts(self._folder / name, self._domain.cell, settings)
            if before is not None:
                parts.insert(0, without(before, lost))
            merged = merge_days(parts)
            resolved, *self._numbers[name] = write_day(self._folder / name, merged, self._domain.cell, settings,
                                                       self._preferred(sensor))
            self._coverage.setdefault(sensor, {})[name] = np.bincount(resolved.point, minlength=self._domain.points.n_total)

    def _part(self, content, day):
        """Return what a granule gives to one day."""
        mine = content.observations.select(days_of(content.observations.time) == day)
        return Day(mine, np.zeros(mine.size, np.int64), (content.granule,))

    def _preferred(self, sensor):
        nodes = getattr(getattr(self._sensors, sensor, None), "nodes", "12.5km")
        return PREFERRED.get(sensor, {}).get(nodes, "")

    def _write_tables(self):
        """Write the counts of all files that count, and the files that do not."""
        with open(self._folder / COUNTS, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("product", "window_start", "code", "count"))
            for (product, start), of_window in sorted(self._counts(self._records.values()).items()):
                writer.writerows((product, start, name, count) for name, count in named_counts(of_window).items())
        refused = [record for _, record in sorted(self._records.items()) if record.reason]
        with open(self._folder / QUARANTINE, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("file", "reason", "found", "bytes", "sha256"))
            writer.writerows((record.path, record.reason, record.found, record.size, record.sha256) for record in refused)

    @staticmethod
    def _counts(records):
        """Return the counts by product, window and code of records, each content once."""
        tallies = []
        for record in {record.sha256: record for record in records if not record.reason}.values():
            for key, counted in record.counts.items():
                product, start = key.rsplit(" ", 1)
                counts = np.zeros(N_CODES, np.int64)
                for name, count in counted.items():
                    counts[NUMBERS[name]] = count
                tallies.append({(product, int(start)): counts})
        return add_tallies(tallies)

    def finish(self, quarantine):
        """Move files that are broken to the quarantine, if there is one."""
        self._write_tables()
        for record in (record for record in self._new if record.reason in BROKEN and quarantine is not None):
            place = Path(quarantine)
            place.mkdir(parents=True, exist_ok=True)
            target = place / Path(record.path).name
            if target.exists():
                target = place / f"{record.sha256[:12]}_{target.name}"
            shutil.move(record.path, target)

    def summary(self, paths, seconds):
        """Return the :class:`Summary`."""
        refused = [record for record in self._new if record.reason]
        n_bytes = sum(record.size for record in self._new)
        counts = {}
        for (product, _), of_window in self._counts(self._new).items():
            counts[product] = counts.get(product, 0) + of_window
        n_received = int(sum(total.sum() for total in counts.values()))
        lines = [f"{len(paths)} files, {len(self._new)} of them new or changed, {len(refused)} refused"
                 + (f", see {self._folder / QUARANTINE}" if refused else "")]
        lines += [f"  {record.path}: {record.reason}, {record.found}" for record in refused[:5]]
        lines += [f"  {product}: received {total.sum()}; "
                  + ", ".join(f"{name} {count}" for name, count in named_counts(total).items())
                  for product, total in counts.items()]
        for sensor, by_day in sorted(self._coverage.items()):
            kept = sum(by_day.values())
            lines.append(f"  {sensor}: {kept.sum()} observations at {(kept > 0).sum()} of {len(kept)} points, "
                         f"{_date(min(by_day))} to {_date(max(by_day))}, {len(by_day)} days")
        superseded, repeated = np.sum(list(self._numbers.values()), axis=0) if self._numbers else (0, 0)
        if superseded or repeated:
            lines.append(f"  left out: {superseded} of other versions of files, {repeated} that came again")
        if self._new:
            lines.append(f"  {n_bytes / 1e6:.1f} MB in {seconds:.1f} s: {n_bytes / 1e6 / seconds:.1f} MB/s, "
                         f"{n_received / seconds:.3g} nodes and cells per second")
        coverage = {sensor: sum(by_day.values()) for sensor, by_day in self._coverage.items()}
        return Summary("\n".join(lines), coverage, len(self._new), n_bytes, n_received, len(refused))


def _date(name):
    """Return the date in the name of a file of a day."""
    stamp = name.removesuffix(".h5").rsplit("_", 1)[1]
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"


def _load(path):
    """Return the records of a store by path; later lines replace earlier ones."""
    records = {}
    if path.exists():
        for line in path.read_text().splitlines():
            content = json.loads(line)
            records[content["path"]] = Record(**{**content, "days": tuple(content["days"])})
    return records
