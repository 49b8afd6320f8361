"""What a run can write to its history and how each variable is made from the state and the rows of the kernel.

State variables are written as they stand at the end of the interval, fluxes and forcing as means over it. The means are
kept per column, so that the spread over members is that of interval means; they are part of a restart.
"""

import numpy as np

from landda_hpc import variables
from landda_hpc.errors import ConfigError

#: Row of the kernel and factor to the units of the registry, where they are not those of the same name. ``None`` stands
#: for 1000 / time step: metres in a step to kg m-2 s-1.
_ROWS = {"subsurface_runoff": ("drainage", 1000.0), "surface_runoff": ("surface_runoff", 1000.0),
         "snow_melt": ("snow_melt", None), "melt_heat_flux": ("melt_heat", 1.0),
         "transpiration": ("transpiration_total", 1.0)}
AVERAGED = variables.FLUXES | variables.MEMBER_FORCING
KNOWN = variables.STATE | AVERAGED
DEFAULT = ("soil_moisture", "soil_temperature", "skin_temperature", "snow_water_equivalent", "snow_depth",
           "canopy_water", "latent_heat_flux", "sensible_heat_flux", "ground_heat_flux", "net_shortwave",
           "net_longwave", "evaporation", "surface_runoff", "subsurface_runoff", "air_temperature", "precipitation",
           "shortwave_down", "longwave_down")


class IntervalMeans:
    """Sums of the averaged variables since the last output, in float64.

    Parameters
    ----------
    names : sequence of str
        Variables of the history.
    shape : tuple
        ``(n_points, n_members)``
    time_step : float
        [s]
    """

    def __init__(self, names, shape, time_step):
        unknown = [name for name in names if name not in KNOWN]
        if unknown:
            raise ConfigError(f"output.variables: {', '.join(unknown)} cannot be written. Known: {', '.join(KNOWN)}.")
        self.names = tuple(names)
        self.averaged = tuple(name for name in names if name in AVERAGED)
        rows = {name: _ROWS.get(name, (name, 1.0)) for name in self.averaged}
        self._source = {name: (row, 1000.0 / time_step if factor is None else factor)
                        for name, (row, factor) in rows.items()}
        self.sums = {name: np.zeros(shape) for name in self.averaged}
        self.n_steps = 0

    @property
    def rows(self):
        """Rows of the kernel that the means are made of."""
        return tuple(dict.fromkeys(row for row, _ in self._source.values()))

    def add(self, outputs):
        """Add the rows of one step."""
        for name, (row, _) in self._source.items():
            self.sums[name] += outputs[row]
        self.n_steps += 1

    def finish(self, state):
        """Return all variables of the history, ``[layer,] point, member`` in float64, and start a new interval."""
        fields = {}
        for name in self.names:
            if name in self._source:
                fields[name] = self.sums[name] * (self._source[name][1] / self.n_steps)
                self.sums[name][:] = 0.0
            else:
                fields[name] = np.asarray(getattr(state, name), np.float64)
        self.n_steps = 0
        return fields
