"""Product files in words. They are read by a worker process, which damaged files may crash."""

from typing import NamedTuple

from landda_hpc.config.observations import Ascat, Sensors
from landda_hpc.io.guarded import GuardedPool
from landda_hpc.observations.codes import CODES, NAMES
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.guarded_files import as_refusal
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import describe_report
from landda_hpc.observations.tally import add_tallies, tally_lines
from landda_hpc.references.describe import describe_reference
from landda_hpc.references.readers import reference_reader

TIMEOUT = 600.0  # s


class Request(NamedTuple):
    """A file to look into, and what is accepted of it."""

    path: str
    sensors: Sensors


def describe_files(paths, any_satellite=False):
    """Return what is in product files as text, and how many of them are missing or cannot be used.

    Parameters
    ----------
    paths : sequence of str
    any_satellite : bool
        Accept all MetOp satellites and not only those that are assimilated by default.
    """
    sensors = Sensors(ascat=Ascat(platforms=("metop-a", "metop-b", "metop-c"))) if any_satellite else Sensors()
    reports, parts, n_bad = [], [], 0
    with GuardedPool(timeout=TIMEOUT) as pool:
        for request, outcome in pool.map_unordered(look_into, (Request(str(path), sensors) for path in paths)):
            outcome = as_refusal(request.path, outcome)
            if isinstance(outcome, str):
                parts.append(outcome)
            elif isinstance(outcome, FileNotFoundError):
                parts.append(f"{request.path}\n  missing")
            elif isinstance(outcome, ProductRefusal):
                parts.append(f"{request.path}\n  refused     {outcome.reason}: {outcome.found}")
            elif isinstance(outcome, Exception):
                raise outcome
            else:
                reports.append(outcome)
                parts.append(describe_report(outcome))
            n_bad += isinstance(outcome, Exception)
    if len(reports) > 1:
        parts.append("\n".join(["By product and six-hour window",
                                *(f"  {line}" for line in tally_lines(add_tallies(report.tally for report in reports)))]))
    seen = sorted({number for report in reports for number in report.counts.nonzero()[0]})
    if seen:
        parts.append("Codes: " + "; ".join(f"{NAMES[number]} {CODES[number][1]}" for number in seen))
    return "\n".join(parts), n_bad


def look_into(request):
    """Return the report of a file of retrievals, or in words what a file of an evaluation or reference product holds.

    Raises
    ------
    ProductRefusal
    FileNotFoundError
    """
    reader = reference_reader(request.path)
    return read_product(request.path, request.sensors).report if reader is None else describe_reference(request.path, reader)
