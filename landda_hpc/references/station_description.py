"""``*_static_variables.csv`` of the International Soil Moisture Network: soil, land cover and climate at a station."""

import csv

from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.summary import Summary

HEADER = b"quantity_name;unit;depth_from[m];depth_to[m];value;"
FIRST = ("name", "units", "top", "bottom", "value")
LARGEST = 1_000_000  # bytes


def recognises(head):
    """Tell whether the first bytes of a file are of this kind."""
    return head.startswith(HEADER)


def read_description(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with a line for each quantity.

    Raises
    ------
    ProductRefusal
    """
    with open(path, "rb") as file:
        content = file.read(LARGEST).decode("utf-8", "replace")
    try:
        rows = [row for row in csv.reader(content.splitlines(), delimiter=";") if row][1:]
    except csv.Error as error:
        raise ProductRefusal(path, "damaged", f"{error}.", "Fetch it again.") from error
    short = [number for number, row in enumerate(rows, 2) if len(row) < len(FIRST)]
    if short or not rows:
        where = f"line {short[0]} has fewer than {len(FIRST)} columns" if short else "it has no quantities"
        raise ProductRefusal(path, "truncated", f"{where}.", "Fetch it again.")
    lines = []
    for name, units, top, bottom, value, *_ in rows:
        depth = f", {top} to {bottom} m" if top and bottom else ""
        lines.append("".join(letter if letter.isprintable() else "?" for letter in f"{name}{depth}: {value} {units}".rstrip()))
    return Summary(tuple(lines), {}, source_files=(str(path),))
