"""Reports of comparisons with reference files: worst differences, what is allowed, and where."""

from typing import NamedTuple

import h5py
import numpy as np

from landda_hpc.errors import InputError


class Difference(NamedTuple):
    """The worst difference of one variable against what is allowed."""

    variable: str
    rule: str
    worst: float
    relative: float
    allowed: float
    where: str
    passed: bool


class Report(NamedTuple):
    """Differences of one reference file."""

    path: str
    precision: str
    n_cases: int
    differences: list

    @property
    def passed(self):
        """Whether every rule held."""
        return all(difference.passed for difference in self.differences)

    def text(self, failed_only=False):
        """Return the report as a table, of all comparisons or of the failed ones."""
        lines = [f"{self.path}: {self.n_cases} cases, {self.precision}",
                 f"{'variable':24s} {'rule':44s} {'found':>11s} {'allowed':>10s} {'relative':>10s}  worst case"]
        for d in self.differences:
            if failed_only and d.passed:
                continue
            verdict = "" if d.passed else "  FAILED"
            lines.append(f"{d.variable:24s} {d.rule:44s} {d.worst:11.3e} {d.allowed:10.1e} {d.relative:10.2e}  "
                         f"{d.where}{verdict}")
        failed = sum(not d.passed for d in self.differences)
        lines.append(f"{len(self.differences)} comparisons, {failed} failed")
        return "\n".join(lines)


class Tally:
    """Collects comparisons of many cases and keeps the worst of every variable and rule, measured by what is allowed."""

    def __init__(self):
        self._worst = {}

    def add(self, variable, rule, case, found, expected, allowed):
        """Compare arrays of one shape (or exact values with ``allowed`` zero); NaN counts as infinitely far."""
        found, expected = (np.atleast_1d(np.asarray(values, np.float64)) for values in (found, expected))
        if found.shape != expected.shape:
            raise InputError(f"case {case}: {variable} has shape {found.shape}, the reference {expected.shape}.")
        difference = np.abs(found - expected)
        difference[np.isnan(difference)] = np.inf
        limit = np.broadcast_to(np.asarray(allowed, np.float64), difference.shape)
        place = np.unravel_index(np.argmax(difference - limit), difference.shape)
        worst, size = float(difference[place]), float(abs(expected[place]))
        entry = Difference(variable, rule, worst, worst / size if size > 0.0 else 0.0, float(limit[place]), f"case {case}",
                           bool((difference <= limit).all()))
        known = self._worst.get((variable, rule))
        if known is None or (not entry.passed, worst, entry.allowed) > (not known.passed, known.worst, known.allowed):
            self._worst[variable, rule] = entry

    def differences(self):
        """Return the worst :class:`Difference` of every variable and rule, sorted."""
        return [self._worst[key] for key in sorted(self._worst)]


def open_reference(path, what):
    """Return an open HDF5 file; ``what`` says what was expected in it.

    Raises
    ------
    InputError
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} cannot be read as HDF5: {error}. Expected {what}.") from error
