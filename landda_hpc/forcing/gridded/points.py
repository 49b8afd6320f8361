"""Values of one field at the points of a rank: read, checked, converted, interpolated, short holes filled."""

import logging

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.quantities import QUANTITIES
from landda_hpc.forcing.gridded.timeline import NONE

logger = logging.getLogger(__name__)
KEPT = 4  # records as they were read, so that a difference reads none twice


class FieldAtPoints:
    """One field of a set of files.

    Parameters
    ----------
    timeline : Timeline
    scans : sequence of Scan
    weights : Weights
    reader : Reader
    max_gap : int
        Longest hole that is filled [s].
    """

    def __init__(self, timeline, scans, weights, reader, max_gap):
        self.timeline, self._scans, self._weights, self._reader = timeline, scans, weights, reader
        self._quantity = QUANTITIES[timeline.field]
        self._longest = max_gap // timeline.step
        self._records, self._n_filled = {}, 0

    def at(self, number):
        """Return the field ``(n_points,)`` at an instant or in an interval of the timeline, without missing values.

        A hole no longer than ``max_gap`` is crossed by a straight line, of precipitation taken as dry, at an end of the
        records filled with the nearest value: as for towers.

        Raises
        ------
        InputError
            For missing values in a longer hole and for numbers that are not plausible: file, field, time, cells.
        """
        if not self._weights.cells.size:
            return np.zeros(self._weights.matrix.shape[0])  # a rank without points
        values = self._at(number)
        if values is None or np.isnan(values).any():
            values = self._filled(number, values)
        return values

    def _at(self, number):
        """Return what the records have: NaN where missing, None where there is no record."""
        timeline = self.timeline
        if not 0 <= number < timeline.n or timeline.record[number] == NONE:
            return None
        cells, found, path = self._cells(number)
        finite = cells[np.isfinite(cells)]
        least, greatest = self._quantity.least, self._quantity.greatest
        if finite.size and (finite.min() < least or finite.max() > greatest):
            wrong = np.flatnonzero((cells < least) | (cells > greatest))
            raise InputError(
                f"{path}: {found.name} ({timeline.field}) of {timeline.span(number)} UTC is not within {least:g} to "
                f"{greatest:g} {self._quantity.units} in {wrong.size} of {cells.size} cells, first {cells[wrong[0]]:g} at "
                f"{self._place(wrong[0])}. Check the units and the kind of {found.name}.")
        return self._weights.matrix @ cells

    def _cells(self, number):
        """Return the cells with a weight in the units of the field, and the field and path of the file they are from."""
        timeline = self.timeline
        record, before = int(timeline.record[number]), int(timeline.before[number])
        cells, found, path = self._record(record)
        change = found.conversion
        seconds = timeline.seconds[record]
        if before != NONE:
            earlier, other, _ = self._record(before)
            if found.conversion.amount:
                cells = cells - earlier
            else:
                cells = (cells * seconds - earlier * timeline.seconds[before]) / timeline.step
        cells = cells * change.factor + (change.offset if before == NONE else 0.0)
        noise = self._quantity.noise
        if change.amount:
            cells /= timeline.step
        if self._quantity.flux:
            noise += found.noise / (timeline.step if change.amount else 1.0)
            cells[(cells < 0.0) & (cells >= -noise)] = 0.0
        return cells, found, path

    def _record(self, record):
        """Return the numbers of a record as they are stored, of cells with a weight."""
        scan = self._scans[self.timeline.file[record]]
        found = scan.fields[self.timeline.field]
        if record not in self._records:
            weights = self._weights
            cells = self._reader.read(scan.path, found, self.timeline.place[record], weights.rows, weights.shape, weights.cells)
            self._records = dict(list(self._records.items())[1 - KEPT:])
            self._records[record] = cells
        return self._records[record], found, scan.path

    def _place(self, cell):
        """Return where a cell with a weight is, in words."""
        axes = self._scans[self.timeline.file[self.timeline.record[self.timeline.record != NONE][0]]].axes
        row, column = divmod(int(self._weights.cells[cell]), axes.shape[1])
        return f"{axes.latitude[self._weights.rows.start + row]:g} N {axes.longitude[column]:g} E"

    def _filled(self, number, values):
        """Return the values with their holes filled from the records around, or raise."""
        n_points = self._weights.matrix.shape[0]
        own = np.full(n_points, np.nan) if values is None else values
        before, after = np.full((2, n_points), np.nan)
        steps_before, steps_after = np.zeros((2, n_points))
        ended = [False, False]
        for distance in range(1, self._longest + 1):
            for side, (found, steps) in ((-1, (before, steps_before)), (1, (after, steps_after))):
                ended[side > 0] |= not 0 <= number + side * distance < self.timeline.n
                open_ = np.isnan(own) & np.isnan(found)
                if ended[side > 0] or not open_.any():
                    continue
                other = self._at(number + side * distance)
                if other is not None:
                    found[open_] = other[open_]
                    steps[open_ & ~np.isnan(found)] = distance
        hole = np.isnan(own)
        both = hole & ~np.isnan(before) & ~np.isnan(after)
        length = np.where(both, steps_before + steps_after - 1.0, np.inf)
        # At an end of the records the nearest value is held.
        held = hole & ~both & ((~np.isnan(before) & ended[1]) | (~np.isnan(after) & ended[0]))
        reached = np.where(np.isnan(before), steps_after, steps_before)
        length = np.where(held, reached + self._beyond(number, held, before), length)
        fine = hole & (length <= self._longest)
        if (hole & ~fine).any():
            self._refuse(number, values, hole & ~fine)
        if self._quantity.flux and self._quantity.units == QUANTITIES["rainf"].units:
            filled = np.zeros(n_points)
        else:
            share = steps_before / np.maximum(steps_before + steps_after, 1.0)
            line = before + (after - before) * share
            filled = np.where(both, line, np.where(np.isnan(before), after, before))
        self._n_filled += int(hole.sum())
        logger.warning("%s: missing at %d of %d points of this rank for %s UTC, filled (max_gap)", self.timeline.field,
                       int(hole.sum()), n_points, self.timeline.span(number))
        return np.where(hole, filled, own)

    def _beyond(self, number, held, before):
        """Return how many more instants or intervals a hole at an end of the records has, up to that end."""
        to_end = max(self.timeline.n - 1 - number, 0)
        to_start = max(min(number, self.timeline.n - 1), 0)
        return np.where(held & ~np.isnan(before), to_end, to_start)

    def _refuse(self, number, values, missing):
        """Raise the error about missing values."""
        timeline = self.timeline
        n_points = len(missing)
        if values is None:
            raise InputError(
                f"forcing.files: no file has {timeline.field} for {timeline.span(number)} UTC; it is missing in all cells.\n"
                f"  the files have {timeline.span(0)} to {timeline.span(timeline.n - 1)} UTC every {timeline.step} s\n"
                f"  try      forcing.max_gap: {self._longest * timeline.step + timeline.step} (seconds) if a fill will do")
        cells, found, path = self._cells(number)
        n_missing = int(np.isnan(cells).sum())
        first = int(np.argmax(np.isnan(cells)))
        raise InputError(
            f"{path}: {found.name} ({timeline.field}) is missing for {timeline.span(number)} UTC in {n_missing} of "
            f"{cells.size} cells, first {self._place(first)}; {int(missing.sum())} of {n_points} points of this rank need "
            f"them.\n  try      forcing.max_gap: {timeline.step} (seconds) fills a hole of one record by a straight line, or "
            "fetch the file again")
