"""What an ingest tells at its end: files, retrievals by reason code, observations by satellite, days."""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.batch import PLATFORMS
from landda_hpc.observations.codes import ACCEPTED, NAMES, named_counts
from landda_hpc.observations.store import read_cells
from landda_hpc.workflow.ingest_records import QUARANTINE, total_counts
from landda_hpc.workflow.result_table import ResultTable

MOST_NAMED = 5  # refused files that are told one by one


class Summary(NamedTuple):
    """What an ingest did.

    Attributes
    ----------
    text : str
    coverage : dict of str to ndarray (n_points,)
        Observations of the days that were written, by sensor.
    n_files, n_bytes, n_received, n_refused : int
        New or changed files, their size, their nodes and cells, and how many of them cannot be used.
    """

    text: str
    coverage: dict
    n_files: int
    n_bytes: int
    n_received: int
    n_refused: int


def date_of(name):
    """Return the date, as ISO text, in the name of a file of a day."""
    stamp = name.removesuffix(".h5").rsplit("_", 1)[1]
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"


def summarise(folder, domain, n_files, new, known, left_out, seconds):
    """Return the :class:`Summary` of an ingest.

    Parameters
    ----------
    folder : Path
        Of the store.
    domain : Domain
    n_files : int
        That were asked for.
    new : list of Record
        Of files that are new or changed.
    known : set of str
        Paths of those whose content was known.
    left_out : dict of str to tuple of int
        For each file of a day that was written, observations of other versions of files and those that came again.
    seconds : float
        That it took.
    """
    refused = [record for record in new if record.reason]
    n_bytes = sum(record.size for record in new)
    counts = {}
    for (product, _), of_window in total_counts(record for record in new if record.path not in known).items():
        counts[product] = counts.get(product, 0) + of_window
    n_received = int(sum(total.sum() for total in counts.values()))
    lines = [f"{n_files} files, {len(new)} of them new or changed, {len(refused)} refused"
             + (f", see {folder / QUARANTINE}" if refused else "")
             + (f"; {len(known)} known by their checksum" if known else "")]
    lines += [f"  {record.path}: {record.reason}, {record.found}" for record in refused[:MOST_NAMED]]
    if len(refused) > MOST_NAMED:
        lines.append(f"  and {len(refused) - MOST_NAMED} more: " + ", ".join(
            f"{reason} {sum(record.reason == reason for record in refused)}"
            for reason in sorted({record.reason for record in refused})))
    coverage, days = _days(folder, domain, sorted(left_out))
    lines += [table.text() for table in (_products(counts), days) if table.rows]
    lines += [f"  {sensor}: at {(count > 0).sum()} of {len(count)} points" for sensor, count in sorted(coverage.items())]
    superseded, repeated = np.sum(list(left_out.values()), axis=0) if left_out else (0, 0)
    if superseded or repeated:
        lines.append(f"  left out: {superseded} of other versions of files, {repeated} that came again")
    if new:
        lines.append(f"  {n_bytes / 1e6:.1f} MB in {seconds:.1f} s: {n_bytes / 1e6 / seconds:.1f} MB/s, "
                     f"{n_received / seconds:.3g} nodes and cells per second")
    return Summary("\n".join(lines), coverage, len(new), n_bytes, n_received, len(refused))


def _products(counts):
    """Return a table of the retrievals of new files by product."""
    rows = []
    for product, total in counts.items():
        reasons = ", ".join(f"{name} {count}" for name, count in named_counts(total).items() if name != NAMES[ACCEPTED])
        kept = int(total[ACCEPTED])
        rows.append((product, int(total.sum()), kept, int(total.sum()) - kept, reasons))
    return ResultTable("products", "Nodes and cells of the files", ("product", "received", "kept", "rejected", "by code"), rows)


def _days(folder, domain, names):
    """Return observations per point by sensor, and a table by sensor and platform, of files of days."""
    coverage, found = {}, {}
    for name in names:
        sensor = name.rsplit("_", 1)[0]
        cell, platform = read_cells(folder / name)
        counted = np.bincount(np.searchsorted(domain.cell, cell), minlength=domain.n_total)
        coverage[sensor] = coverage.get(sensor, 0) + counted
        for index in np.unique(platform):
            key = sensor, PLATFORMS[index] if index >= 0 else "unknown"
            days, number = found.get(key, ([], 0))
            found[key] = [*days, date_of(name)], number + int((platform == index).sum())
    rows = [(sensor, platform, number, len(days), min(days), max(days))
            for (sensor, platform), (days, number) in sorted(found.items())]
    return coverage, ResultTable("days", "Observations at the points, in the days that were written",
                                 ("sensor", "platform", "observations", "days", "first", "last"), rows)
