"""Product files in words."""

from landda_hpc.config.observations import Ascat, Sensors
from landda_hpc.observations.codes import CODES, NAMES
from landda_hpc.observations.formats import read_available
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import describe_report
from landda_hpc.observations.tally import add_tallies, tally_lines
from landda_hpc.references.describe import describe_reference
from landda_hpc.references.readers import reference_reader


def describe_files(paths, any_satellite=False):
    """Return what is in product files as text, and how many of them are missing or cannot be used.

    Parameters
    ----------
    paths : sequence of str
    any_satellite : bool
        Accept all MetOp satellites and not only those that are assimilated by default.
    """
    sensors = Sensors(ascat=Ascat(platforms=("metop-a", "metop-b", "metop-c"))) if any_satellite else Sensors()
    paths, parts, unusable = _references(paths)
    products, missing, refused = read_available(paths, sensors)
    refused = unusable + refused
    parts += [describe_report(product.report) for product in products]
    parts += [f"{path}\n  missing" for path in missing]
    parts += [f"{refusal.path}\n  refused     {refusal.reason}: {refusal.found}" for refusal in refused]
    if len(products) > 1:
        parts.append("\n".join(["By product and six-hour window",
                                *(f"  {line}" for line in tally_lines(add_tallies(p.report.tally for p in products)))]))
    seen = sorted({number for product in products for number in product.report.counts.nonzero()[0]})
    if seen:
        parts.append("Codes: " + "; ".join(f"{NAMES[number]} {CODES[number][1]}" for number in seen))
    return "\n".join(parts), len(missing) + len(refused)


def _references(paths):
    """Return the paths of other files, what evaluation and reference products hold, and the refusals among those."""
    others, parts, refused = [], [], []
    for path in paths:
        try:
            reader = reference_reader(path)
            if reader is None:
                others.append(path)
            else:
                parts.append(describe_reference(path, reader))
        except FileNotFoundError:
            others.append(path)
        except ProductRefusal as refusal:
            refused.append(refusal)
    return others, parts, refused
