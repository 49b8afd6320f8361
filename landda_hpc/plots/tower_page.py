"""What the panels of a tower page share: the data of one point, its observations, the choice of daily means."""

import numpy as np

from landda_hpc.plots.history import curve_of, has, interval_bounds, values_of

LONG_RUN = 45.0  # days; beyond, quantities with a daily cycle are drawn as daily means
SNOW_SHOWN = {"snow_water_equivalent": 1.0, "snow_depth": 0.01}  # peaks below these get no panel


class TowerPage:
    """One point of a history dataset with the observations there."""

    def __init__(self, dataset, observations, point):
        self.dataset, self.observations, self.point = dataset, observations, point
        self.bounds = interval_bounds(dataset)
        self.days = (self.bounds[-1, 1] - self.bounds[0, 0]) / np.timedelta64(1, "D")
        self.daily = self.days > LONG_RUN

    def curve(self, name, layer=None, daily=False):
        """Return the curve of a variable, as daily means if asked for and the run is long."""
        return curve_of(self.dataset, name, self.point, layer, daily and self.daily)

    def observed(self, quantity):
        """Return the observed series of a quantity that overlap the run, shallow first."""
        found = [series for series in self.observations.values() if series.quantity == quantity
                 and np.isfinite(series.values[(series.times >= self.bounds[0, 0])
                                               & (series.times <= self.bounds[-1, 1])]).any()]
        return sorted(found, key=lambda series: series.depth or 0.0)

    def layers(self):
        """Return the thickness of the soil layers [m]."""
        return np.asarray(self.dataset["layer_thickness"].values, dtype=np.float64)

    def snow_matters(self, name):
        """Tell whether the run has more than traces of snow, or snow was observed."""
        modelled = has(self.dataset, name) and np.nanmax(
            values_of(self.dataset, name, self.point)) > SNOW_SHOWN[name]
        return has(self.dataset, name) and (modelled or bool(self.observed(name)))

    def footer(self, notes):
        """Return the text under the panels: bands, daily means, notes."""
        lines = []
        spreads = [name for name in self.dataset if str(name).endswith("_spread")]
        if any("member" in self.dataset[name].dims for name in self.dataset):
            lines.append("Bands: 5 to 95 % of the ensemble.")
        elif spreads:
            lines.append("Bands: ensemble mean -+ one standard deviation.")
        if self.daily:
            lines.append("Temperatures, radiation, fluxes and observations are drawn as daily means (UTC). "
                         "Scores: at the resolution of model or observation, the coarser.")
        return "\n".join([" ".join(lines)] * bool(lines) + [_sentence(note) for note in notes])


def _sentence(text):
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
