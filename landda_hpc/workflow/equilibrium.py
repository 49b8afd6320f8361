"""How far a spin-up still is from equilibrium: change of the soil between times of year that had the same weather before."""

import csv
import logging

import numpy as np

from landda_hpc.forcing.calendar import shift_years
from landda_hpc.io.restart import Field

QUIET = {"soil_moisture": 0.001, "soil_temperature": 0.05}  # m3 m-3 and K, that count as no change
YEARS_PER_DECADE = 10.0
HEADER = ("time", "years", "variable", "layer", "mean_change_per_decade", "rms_change", "quiet_share")
logger = logging.getLogger(__name__)


class Equilibrium:
    """Watches the soil of a run at anniversaries of its start.

    Parameters
    ----------
    start : datetime64
    years : int
        Between the anniversaries that are compared: the length of a cycle of years whose weather is repeated, else 1.
    band : Band
    n_layers : int
    communicator : Communicator
    path : Path
        CSV file that gets a line per comparison, variable and layer.
    """

    def __init__(self, start, years, band, n_layers, communicator, path):
        self._start, self._years, self._band, self._communicator, self._path = start, years, band, communicator, path
        self._before = {name: np.full((n_layers, band.n_points), np.nan) for name in QUIET}

    def fields(self):
        """Return the soil of the last anniversary as fields of a restart file."""
        return {f"anniversary_{name}": Field(values, ("layer", "point")) for name, values in self._before.items()}

    def restore(self, fields):
        """Take the soil of the last anniversary from a restart file."""
        for name, values in self._before.items():
            values[:] = fields[f"anniversary_{name}"].values

    def look(self, time, state):
        """Compare with a cycle before, if ``time`` is an anniversary that ends one; all ranks must ask."""
        if not self._is_anniversary(time):
            return
        rows = []
        for name, before in self._before.items():
            now = np.mean(getattr(state, name), axis=-1, dtype=np.float64)
            known = not self._communicator.any(np.isnan(before).any())
            for layer in range(len(now)) if known else ():
                rows.append((str(time), self._years, name, layer + 1, *self._changes(now[layer] - before[layer], QUIET[name])))
            before[:] = now
        if rows and self._communicator.is_root:
            self._write(rows)

    def _is_anniversary(self, time):
        """Whether whole cycles have passed since the start."""
        years = (time.astype("datetime64[Y]") - self._start.astype("datetime64[Y]")).astype(int)
        return years % self._years == 0 and time == shift_years(self._start, years)

    def _changes(self, change, quiet):
        """Return mean change a decade, root mean square change and the share of quiet points."""
        n_total = self._band.n_total
        total = self._communicator.sum_reproducibly(change, self._band)
        squares = self._communicator.sum_reproducibly(change**2, self._band)
        calm = self._communicator.sum_reproducibly((np.abs(change) <= quiet).astype(np.float64), self._band)
        return YEARS_PER_DECADE / self._years * total / n_total, float(np.sqrt(squares / n_total)), calm / n_total

    def _write(self, rows):
        earlier = []
        if self._path.exists():  # a resumed run comes by here again
            with open(self._path, newline="") as file:
                earlier = [row for row in list(csv.reader(file))[1:] if row[0] < rows[0][0]]
        with open(self._path, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([HEADER, *earlier])
            writer.writerows((*row[:4], *(f"{value:.6g}" for value in row[4:])) for row in rows)
        lines = [f"  {name:17s} layer {layer}: mean {mean:+.3g} a decade, rms {rms:.3g}, {100 * share:.0f} % of the points "
                 "quiet" for _, _, name, layer, mean, rms, share in rows]
        logger.info("spin-up, change over the last %d year(s)\n%s", self._years, "\n".join(lines))
