"""From product files to gridded observations by sensor and day (:mod:`landda_hpc.observations.store`).

Files are read in groups by guarded workers, each rank its share, and the root adds what they hold to the files of the days.
What was done is remembered by name, size, time and checksum of each file, so that a folder that grows is ingested again in the
time of what is new; a file that moved is the same file, and one that changed replaces what it gave. A file that cannot be used
is named with its reason and left out; the others go on.
"""

import logging
import os
import re
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.config.observations import Ascat, Smap
from landda_hpc.errors import ConfigError, LanddaError
from landda_hpc.io.guarded import GuardedPool, WorkerFailure
from landda_hpc.io.provenance import sha256
from landda_hpc.observations.codes import named_counts
from landda_hpc.observations.formats import evaluation_reader, read_product
from landda_hpc.observations.gridded import GriddedObservations, sensor_of
from landda_hpc.observations.gridding import grid_batch
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import span
from landda_hpc.observations.resampling import resample
from landda_hpc.observations.store import Day, check_settings, day_path, days_of, merge_days, read_parts, without, write_day
from landda_hpc.observations.tally import merge_stages, tally
from landda_hpc.observations.versions import ASCENDING, BOTH, DESCENDING, Granule
from landda_hpc.workflow.ingest_records import INDEX, Record, append_records, load_records, write_tables
from landda_hpc.workflow.ingest_summary import date_of, summarise

GROUP = 512  # files between two writings of the days
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


def store_settings(sensors, sensor, grid):
    """Return the settings that gridded observations of a sensor depend on: quality control and grid."""
    section = getattr(sensors, sensor, None) or DEFAULTS.get(sensor)
    kept = ("platforms", "nodes", "passes", "quality", "algorithm", "qc")
    own = section.model_dump(mode="json", include=set(kept)) if section is not None else {}
    return {"sensor": sensor, **own, "grid": [float(value) for value in grid]}


def find_products(inputs, leave_out=None):
    """Return the product files among files and folders as absolute paths, in the order of the times in their names.

    Parameters
    ----------
    inputs : sequence of path
    leave_out : path, optional
        A folder whose files do not count.

    Raises
    ------
    ConfigError
        For an input that does not exist or a folder without files.
    """
    paths = []
    put_aside = None if leave_out is None else Path(leave_out).absolute()
    for given in (Path(os.path.abspath(path)) for path in inputs):
        found = sorted(path for path in given.rglob("*") if path.is_file()) if given.is_dir() else [given]
        found = [path for path in found if put_aside is None or not path.is_relative_to(put_aside)]
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
    paths, new, records = communicator.broadcast(_begin(inputs, domain, folder, sensors, quarantine)
                                                 if communicator.is_root else None)
    looked_at = {str(path) for path in new}
    known = frozenset(record.sha256 for record in records.values() if record.in_store and record.path not in looked_at)
    keeper = _Keeper(folder, domain, sensors, records) if communicator.is_root else None
    with GuardedPool(n_workers, shared=(domain.points, sensors, known)) as pool:
        for first in range(0, len(new), GROUP):
            group = new[first:first + GROUP]
            items = [(path, _checksum_of(records.get(str(path)))) for path in group[communicator.rank::communicator.size]]
            # As they are before they are read: a file that grows meanwhile is read again next time.
            marks = {path: _mark(path) for path, _ in items}
            own = [(path, marks[path], outcome) for (path, _), outcome in pool.map_unordered(grid_file, items)]
            parts = communicator.gather_object(own)
            if communicator.is_root:
                keeper.add(sum(parts, []))
                say(f"ingested {min(first + GROUP, len(new))} of {len(new)} files")
    communicator.barrier()
    if not communicator.is_root:
        return None
    keeper.move_broken(quarantine)
    return keeper.summary(len(paths), time.perf_counter() - started)


def _begin(inputs, domain, folder, sensors, quarantine):
    """Return all files, those to be looked at, and the records of the store, once its settings are found to be these."""
    for sensor, path in {path.name.rsplit("_", 1)[0]: path for path in sorted(folder.glob("*_????????.h5"))}.items():
        check_settings(path, store_settings(sensors, sensor, domain.grid))
    present = {path.name for path in folder.glob("*.h5")}
    # Without one of its days a file is no more in the store, nor are others of the same content.
    records = {name: record._replace(in_store=not record.reason and present.issuperset(record.days))
               for name, record in load_records(folder / INDEX).items()}
    paths = find_products(inputs, quarantine)
    return paths, [path for path in paths if not _is_unchanged(records.get(str(path)), path)], records


def _is_unchanged(record, path):
    """Return whether a file is as it was when it was ingested."""
    if record is None or record.moved_to or not (record.reason or record.in_store):
        return False
    return (record.size, record.modified) == _mark(path)


def _mark(path):
    """Return size [bytes] and time of the last change [ns] of a file, -1 where it is there no more."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _checksum_of(record):
    """Return the checksum of the content that a file gave before, if it gave any."""
    return record.sha256 if record is not None and record.in_store else ""


def grid_file(item, points, sensors, known):
    """Return the checksum of a file and its :class:`FileContent`, None if that is in the store; called in a worker.

    Parameters
    ----------
    item : tuple
        The path, and the checksum that the file had before.
    points : PointSet
    sensors : Sensors
    known : frozenset of str
        Checksums of other files in the store.

    Raises
    ------
    ProductRefusal
    """
    path, before = item
    try:
        checksum = sha256(path)
    except PermissionError as error:
        raise ProductRefusal(path, "unreadable", f"{error.strerror}.") from error
    if checksum == before or checksum in known:
        return checksum, None
    try:
        product = read_product(path, sensors)
    except ProductRefusal as refusal:
        # Products that are only compared with are fewer, and to recognise them takes longer.
        read = evaluation_reader(path) if refusal.reason == "foreign" else None
        if read is None:
            raise
        batch = read(path)
        granule = _granule(checksum, batch, batch.product, "hdf5", batch.time, np.nan)
        return checksum, FileContent(granule, resample(batch, points), tally(batch.product, batch.time, batch.code))
    result, report = grid_batch(product.batch, points), product.report
    granule = _granule(checksum, product.batch, report.product, report.container, (report.first_time, report.last_time),
                       report.processed, report.release)
    return checksum, FileContent(granule, result.observations, merge_stages(report.tally, result.tally))


def _granule(checksum, batch, product, container, times, processed, release=""):
    sensor = sensor_of(product)
    platforms = np.unique(batch.platform)
    direction = BOTH
    if sensor != "ascat" and batch.size and batch.ascending.all() == batch.ascending.any():
        direction = ASCENDING if batch.ascending[0] else DESCENDING
    first, last = span(np.asarray(times))
    return Granule(checksum, sensor, product, container, int(platforms[0]) if len(platforms) == 1 else -1, direction, first,
                   last, processed, release)


class _Keeper:
    """The store of an ingest on the root: files of the days, the index and the tables."""

    def __init__(self, folder, domain, sensors, records):
        self._folder, self._domain, self._sensors = folder, domain, sensors
        self._records, self._new, self._known, self._n_left_out = records, [], set(), {}

    def add(self, outcomes):
        """Take what the workers found in files and write the days that it changes."""
        contents, days, before, new = {}, {}, [], []
        for path, mark, outcome in sorted(outcomes, key=lambda item: str(item[0])):
            if isinstance(outcome, FileNotFoundError):
                logger.warning("%s was gone before it was read", path)
                continue
            record, content = self._record(path, mark, outcome)
            if content is not None:
                contents[record.sha256], days[record.sha256] = content, record.days
            before.append(self._records.get(record.path))
            new.append(record)
        self._records |= {record.path: record for record in new}
        current = {record.sha256 for record in self._records.values() if record.in_store}
        gone = [record for record in before if record is not None and not record.reason and record.sha256 not in current]
        self._write_days(contents, days, gone)
        append_records(self._folder / INDEX, new)
        write_tables(self._folder, self._records)
        self._new += new

    def _record(self, path, mark, outcome):
        """Return the record of a file and its content, None if there is none to be added."""
        common = {"path": str(path), "size": mark[0], "modified": mark[1]}
        if isinstance(outcome, Exception):
            reason, found = _reason(path, outcome)
            checksum = "" if reason == "unreadable" else sha256(path)
            return Record(**common, sha256=checksum, reason=reason, found=found, in_store=False), None
        checksum, content = outcome
        if content is None:
            twin = next(record for record in self._records.values() if record.sha256 == checksum and record.in_store)
            self._known.add(str(path))
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
            sensor, day = name.rsplit("_", 1)[0], np.datetime64(date_of(name))
            settings = store_settings(self._sensors, sensor, self._domain.grid)
            parts = [self._part(contents[checksum], day) for checksum in contents if name in days[checksum]]
            before = read_parts(self._folder / name, self._domain.cell, settings)
            if before is not None:
                parts.insert(0, without(before, lost))
            if parts:
                self._n_left_out[name] = write_day(self._folder / name, merge_days(parts), self._domain.cell, settings,
                                                   self._preferred(sensor))[1:]

    def _part(self, content, day):
        """Return what a granule gives to one day."""
        mine = content.observations.select(days_of(content.observations.time) == day)
        return Day(mine, np.zeros(mine.size, np.int64), (content.granule,))

    def _preferred(self, sensor):
        nodes = getattr(getattr(self._sensors, sensor, None), "nodes", "12.5km")
        return PREFERRED.get(sensor, {}).get(nodes, "")

    def move_broken(self, quarantine):
        """Move files that are broken to the quarantine, if there is one; nothing there is overwritten."""
        moved = []
        for record in (record for record in self._new if record.reason in BROKEN and quarantine is not None):
            target = Path(quarantine).absolute() / Path(record.path).name
            target.parent.mkdir(parents=True, exist_ok=True)
            number = 0
            while target.exists():
                number += 1
                target = target.with_name(f"{number}_{Path(record.path).name}")
            try:
                shutil.move(record.path, target)
            except OSError as error:
                logger.warning("%s cannot be moved to %s: %s", record.path, target, error.strerror)
            else:
                moved.append(record._replace(moved_to=str(target)))
        self._records |= {record.path: record for record in moved}
        append_records(self._folder / INDEX, moved)
        write_tables(self._folder, self._records)

    def summary(self, n_files, seconds):
        """Return the :class:`~landda_hpc.workflow.ingest_summary.Summary`."""
        return summarise(self._folder, self._domain, n_files, self._new, self._known, self._n_left_out, seconds)


def _reason(path, error):
    """Return why a file is refused and what was found, of the exception that its reading ended with.

    Raises
    ------
    LanddaError
        For what is not the file's fault, such as a library that is missing.
    """
    if isinstance(error, (ProductRefusal, WorkerFailure)):
        return error.reason, error.found
    if isinstance(error, LanddaError):
        raise error
    if isinstance(error, OSError) and error.errno is not None:
        return "unreadable", f"{error.strerror}."
    logger.warning("%s: the reader did not expect what it found", path, exc_info=error)
    return "damaged", f"reading failed ({type(error).__name__}): {error}."
