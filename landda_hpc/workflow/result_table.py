"""A table of results: one definition for CSV, text and HTML."""

import csv
import html
from typing import NamedTuple

import numpy as np


class ResultTable(NamedTuple):
    """A table.

    Attributes
    ----------
    name : str
        Of its file.
    title : str
    columns : tuple of str
        Headings with units.
    rows : list of tuple
        Text, whole numbers, floats and truth values; NaN is shown as a dash.
    note : str
        How to read it.
    """

    name: str
    title: str
    columns: tuple
    rows: list
    note: str = ""

    def write(self, folder):
        """Write the table as CSV with all digits and return the path."""
        path = folder / f"{self.name}.csv"
        with open(path, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.columns)
            writer.writerows([_plain(value) for value in row] for row in self.rows)
        return path

    def text(self):
        """Return the table as aligned text."""
        cells = [list(self.columns), *([shown(value) for value in row] for row in self.rows)]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        left = self._left()
        lines = ["  " + "  ".join(cell.ljust(width) if is_left else cell.rjust(width)
                                  for cell, width, is_left in zip(row, widths, left)).rstrip() for row in cells]
        return "\n".join([self.title, *lines])

    def html(self):
        """Return the table as HTML."""
        left = [' class="text"' if is_left else "" for is_left in self._left()]
        head = "".join(f"<th{kind}>{html.escape(name)}</th>" for name, kind in zip(self.columns, left))
        body = "\n".join("<tr>" + "".join(f"<td{kind}>{html.escape(shown(value))}</td>" for value, kind in zip(row, left)) + "</tr>"
                         for row in self.rows)
        note = f"<p class=\"note\">{html.escape(self.note)}</p>" if self.note else ""
        return (f"<div class=\"table\"><table><caption>{html.escape(self.title)}</caption>\n<thead><tr>{head}</tr></thead>\n"
                f"<tbody>\n{body}\n</tbody></table></div>{note}")

    def _left(self):
        """Tell which columns are aligned to the left: those that hold text."""
        return [any(isinstance(row[place], str) for row in self.rows) for place in range(len(self.columns))]


def shown(value):
    """Return a value as people read it: four digits, a dash for what is not known."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}" if np.isfinite(value) else "-"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    return str(value)


def _plain(value):
    return int(value) if isinstance(value, (bool, np.bool_)) else value
