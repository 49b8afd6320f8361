"""Forcing of the time steps of a run from tower records.

A step shorter than the record takes the record's value unchanged (constant within the record, so daily sums stay
exact); a longer step takes the mean of its records, component by component for the wind (vector mean). Two things count the
sum of the records in a step, as in LIS: forced exchange coefficients and the net longwave of the history, for which the
number of records goes with the forcing. Everything is tabulated once as ``(n_steps, n_points)``; a step then costs eight
array views.
"""

import numpy as np

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.tower import EXCHANGE_BOUNDS
from landda_hpc.noah.types import Beside, Forcing
from landda_hpc.variables import FORCING


class TowerForcing:
    """Forcing of one band of tower points.

    Parameters
    ----------
    records : list of TowerRecord
        One for each global point; variants of one tower repeat the same object.
    band : Band
        The points of this rank.
    time_step : int
        Of the model [s]; a divisor or a multiple of the record length of every tower of the band.
    start, stop : datetime64 or None
        Period to tabulate, by default what all records have in common.

    Attributes
    ----------
    start, stop : datetime64[s]
        Start of the first and end of the last step that can be given.
    n_steps : int
    """

    def __init__(self, records, band, time_step, start=None, stop=None):
        if len(records) != band.n_total:
            raise ConfigError(f"{len(records)} tower records for {band.n_total} points.")
        self.time_step = int(time_step)
        common_start = max(record.start for record in records)
        common_stop = min(record.stop for record in records)
        self.start = common_start if start is None else np.datetime64(start, "s")
        self.stop = common_stop if stop is None else np.datetime64(stop, "s")
        if self.start < common_start or self.stop > common_stop or self.start >= self.stop:
            raise InputError(
                f"{_names(records)}: no forcing for the whole period {self.start} to {self.stop} UTC; all towers "
                f"together have {common_start} to {common_stop}. Change the start or stop of the run.")
        self.n_steps, rest = divmod(int((self.stop - self.start) / np.timedelta64(1, "s")), self.time_step)
        if stop is not None and rest:
            raise ConfigError(f"The run of steps of {self.time_step} s from {self.start} does not end at {self.stop} "
                              "UTC. Choose a stop on a step.")
        self.stop = self.start + self.n_steps * np.timedelta64(self.time_step, "s")
        self._records = records[band.slice]
        self._n_records = np.array([max(self.time_step // record.interval, 1) for record in self._records], np.float64)
        self._tables = self._tabulate(FORCING)
        self._exchange = self._sums_of_exchange()
        self._usable = np.ones(self.n_steps, dtype=bool)
        for table in self._tables:
            self._usable &= np.isfinite(table).all(axis=1)

    def at(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then, arrays ``[point]``.

        The arrays are read-only views. Raises :class:`InputError`, before anything is computed with it, when the step
        lies outside the records or has a missing value.
        """
        step = self._step(step_start)
        if not self._usable[step]:
            raise InputError(self._missing(step))
        return Forcing(*(table[step] for table in self._tables))

    def beside(self, step_start):
        """Return the :class:`~landda_hpc.noah.types.Beside` of the step that starts then."""
        step = self._step(step_start)
        return Beside(self._n_records, *(table[step] for table in self._exchange))

    def require_period(self, start, stop):
        """Raise :class:`InputError` unless every step of ``[start, stop)`` can be given."""
        if np.datetime64(stop, "s") <= np.datetime64(start, "s"):
            raise ConfigError(f"The period {start} to {stop} is empty.")
        first = self._step(start)
        last = self._step(np.datetime64(stop, "s") - np.timedelta64(self.time_step, "s"))
        unusable = np.flatnonzero(~self._usable[first:last + 1])
        if unusable.size:
            raise InputError(self._missing(first + int(unusable[0])))

    def _step(self, step_start):
        """Return the number of the step that starts at a time."""
        step_start = np.datetime64(step_start, "s")
        seconds = int((step_start - self.start) / np.timedelta64(1, "s"))
        step, rest = divmod(seconds, self.time_step)
        if rest:
            raise ConfigError(f"{step_start} is no start of a step: steps of {self.time_step} s from {self.start} UTC.")
        if not 0 <= step < self.n_steps:
            n_points = len(self._records)
            raise InputError(f"{_names(self._records)}: no forcing (all variables) for the step starting {step_start} "
                             f"UTC at {n_points} of {n_points} points; the records cover {self.start} to {self.stop}.")
        return step

    def _missing(self, step):
        """Return the message about the missing values of a step."""
        time = self.start + step * np.timedelta64(self.time_step, "s")
        lines = []
        for variable, table in zip(FORCING, self._tables):
            bad = np.flatnonzero(~np.isfinite(table[step]))
            if bad.size:
                lines.append(f"  {variable} at {bad.size} of {table.shape[1]} points, "
                             f"first in {self._records[bad[0]].path}")
        return f"Forcing is missing for the step starting {time} UTC:\n" + "\n".join(lines)

    def _sums_of_exchange(self):
        """Return the tables of both exchange coefficients, summed over the records of a step; none where no tower has them."""
        if not any(record.heat_exchange_coefficient is not None for record in self._records):
            return ()
        return [table * self._n_records for table in self._tabulate(EXCHANGE_BOUNDS)]

    def _tabulate(self, names):
        """Return tables ``(n_steps, n_points)`` of some series, C order, read-only; NaN where a record lacks them."""
        places = {}
        for point, record in enumerate(self._records):
            places.setdefault(id(record), (record, []))[1].append(point)
        tables = []
        for name in names:
            table = np.full((self.n_steps, len(self._records)), np.nan)
            for record, points in places.values():
                if getattr(record, name) is not None:
                    table[:, points] = self._on_steps(record, getattr(record, name))[:, np.newaxis]
            table.flags.writeable = False
            tables.append(table)
        return tables

    def _on_steps(self, record, values):
        """Return one series of a record on the steps of the model."""
        first, rest = divmod(int((self.start - record.start) / np.timedelta64(1, "s")), record.interval)
        if self.time_step <= record.interval and record.interval % self.time_step == 0 and rest % self.time_step == 0:
            seconds = rest + np.arange(self.n_steps, dtype=np.int64) * self.time_step
            return values[first + seconds // record.interval]
        if self.time_step % record.interval == 0 and rest == 0:
            per_step = self.time_step // record.interval
            return values[first:first + self.n_steps * per_step].reshape(self.n_steps, per_step).mean(axis=1)
        raise ConfigError(
            f"{record.path}: the time step of {self.time_step} s from {self.start} UTC does not fit its records of "
            f"{record.interval} s from {record.start}. Take a step that divides or is a multiple of {record.interval} "
            "s and start the run at a record.")


def _names(records):
    """Return the distinct files of some records, shortened."""
    paths = list(dict.fromkeys(str(record.path) for record in records))
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
