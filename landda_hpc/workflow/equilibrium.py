"""How far a spin-up still is from equilibrium: the change of the soil from one anniversary of its start to the next."""

import csv
import logging

import numpy as np

from landda_hpc.io.restart import Field

QUIET = {"soil_moisture": 0.001, "soil_temperature": 0.05}  # m3 m-3 and K a year, that count as no change
YEARS_PER_DECADE = 10.0
HEADER = ("year_end", "variable", "layer", "mean_change_per_decade", "rms_change_per_year", "quiet_share")
logger = logging.getLogger(__name__)


class Equilibrium:
    """Watches the soil of a run at the anniversaries of its start.

    Parameters
    ----------
    start : datetime64
    band : Band
    n_layers : int
    communicator : Communicator
    path : Path
        CSV file that gets a line per year, variable and layer.
    """

    def __init__(self, start, band, n_layers, communicator, path):
        self._start, self._band, self._communicator, self._path = start, band, communicator, path
        self._before = {name: np.full((n_layers, band.n_points), np.nan) for name in QUIET}

    def fields(self):
        """Return the soil of the last anniversary as fields of a restart file."""
        return {f"anniversary_{name}": Field(values, ("layer", "point")) for name, values in self._before.items()}

    def restore(self, fields):
        """Take the soil of the last anniversary from a restart file."""
        for name, values in self._before.items():
            values[:] = fields[f"anniversary_{name}"].values

    def look(self, time, state):
        """Compare with a year before, if ``time`` is an anniversary; all ranks must ask."""
        if not self._is_anniversary(time):
            return
        rows = []
        for name, before in self._before.items():
            now = np.mean(getattr(state, name), axis=-1, dtype=np.float64)
            known = not self._communicator.any(np.isnan(before).any())
            for layer in range(len(now)) if known else ():
                rows.append((str(time), name, layer + 1, *self._changes(now[layer] - before[layer], QUIET[name])))
            before[:] = now
        if rows and self._communicator.is_root:
            self._write(rows)

    def _is_anniversary(self, time):
        """Whether whole years have passed; a start on 29 February counts as the 28th in other years."""
        offset = self._start - self._start.astype("datetime64[M]")
        month = time.astype("datetime64[M]")
        years, rest = divmod(int((month - self._start.astype("datetime64[M]")).astype(np.int64)), 12)
        return rest == 0 and years >= 0 and time == min(month + offset, month + 1 - np.timedelta64(86400, "s") + offset
                                                        % np.timedelta64(86400, "s"))

    def _changes(self, change, quiet):
        """Return mean change a decade, root mean square change a year and the share of quiet points."""
        n_total = self._band.n_total
        total = self._communicator.sum_reproducibly(change, self._band)
        squares = self._communicator.sum_reproducibly(change**2, self._band)
        calm = self._communicator.sum_reproducibly((np.abs(change) <= quiet).astype(np.float64), self._band)
        return YEARS_PER_DECADE * total / n_total, float(np.sqrt(squares / n_total)), calm / n_total

    def _write(self, rows):
        new = not self._path.exists()
        with open(self._path, "a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(HEADER)
            writer.writerows((*row[:3], *(f"{value:.6g}" for value in row[3:])) for row in rows)
        lines = [f"  {name:17s} layer {layer}: mean {mean:+.3g} a decade, rms {rms:.3g} a year, {100 * share:.0f} % of the "
                 "points quiet" for _, name, layer, mean, rms, share in rows]
        logger.info("spin-up, change over the last year\n%s", "\n".join(lines))
