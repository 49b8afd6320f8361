"""A table of results: one definition for CSV, text and HTML."""

import csv
import html
from typing import NamedTuple

import numpy as np

LONG = 40  # characters of a text that may take several lines


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
        left = self._left()
        head = "".join(f"<th{_kind(is_left)}>{escaped(name)}</th>" for name, is_left in zip(self.columns, left))
        body = "\n".join("<tr>" + "".join(f"<td{_kind(is_left, shown(value))}>{escaped(shown(value))}</td>"
                                          for value, is_left in zip(row, left)) + "</tr>" for row in self.rows)
        note = f"<p class=\"note\">{html.escape(self.note)}</p>" if self.note else ""
        return (f"<div class=\"table\"><table><caption>{escaped(self.title)}</caption>\n<thead><tr>{head}</tr></thead>\n"
                f"<tbody>\n{body}\n</tbody></table></div>{note}")

    def _left(self):
        """Tell which columns are aligned to the left: those that hold text."""
        return [any(isinstance(row[place], str) for row in self.rows) for place in range(len(self.columns))]


def _kind(is_left, text=""):
    """Return the class of a cell: numbers have none, long texts may be broken into lines."""
    return "" if not is_left else ' class="text long"' if len(text) > LONG else ' class="text"'


def escaped(text):
    """Return text as HTML, units with raised exponents."""
    return html.escape(text).replace("m3 m-3", "m\u00b3\u00a0m\u207b\u00b3")


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
