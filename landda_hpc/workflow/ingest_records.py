"""What a store of gridded observations remembers of the product files that were ingested, and the tables it keeps of them."""

import csv
import json
from typing import NamedTuple

import numpy as np

from landda_hpc.io.atomic import replacing
from landda_hpc.observations.codes import N_CODES, NUMBERS, named_counts
from landda_hpc.observations.tally import add_tallies
from landda_hpc.parallel import SerialCommunicator

INDEX, QUARANTINE, COUNTS = "ingested.jsonl", "quarantine.csv", "counts.csv"


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
    moved_to : str
        Where a broken file was put, empty if it is where it was.
    in_store : bool
        Whether the files of all its days are there.
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
    moved_to: str = ""
    in_store: bool = True


def load_records(path):
    """Return ``{path of a product file: Record}`` of an index, empty if there is none.

    Later lines replace earlier ones; a line that was cut when a writer was killed is dropped, and its file is done again.
    """
    if not path.exists():
        return {}
    text = path.read_text()
    lines = text[:text.rfind("\n") + 1].splitlines()
    records = {}
    for line in lines:
        content = json.loads(line)
        records[content["path"]] = Record(**{**content, "days": tuple(content["days"])})
    if len(records) < len(lines) or not text.endswith("\n"):
        with replacing(path, SerialCommunicator(), len(text)) as temporary:
            temporary.write_text("".join(map(_line, records.values())))
    return records


def append_records(path, records):
    """Add records to an index."""
    with open(path, "a") as file:
        file.write("".join(map(_line, records)))


def _line(record):
    content = record._asdict()
    del content["in_store"]
    return json.dumps(content) + "\n"


def total_counts(records):
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


def write_tables(folder, records):
    """Write the counts of all files that count, and the files that do not.

    Parameters
    ----------
    folder : Path
    records : dict of str to Record
    """
    with open(folder / COUNTS, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("product", "window_start", "code", "count"))
        for (product, start), of_window in sorted(total_counts(records.values()).items()):
            writer.writerows((product, start, name, count) for name, count in named_counts(of_window).items())
    with open(folder / QUARANTINE, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "reason", "found", "bytes", "sha256", "moved_to"))
        writer.writerows((record.path, record.reason, record.found, record.size, record.sha256, record.moved_to)
                         for _, record in sorted(records.items()) if record.reason)
