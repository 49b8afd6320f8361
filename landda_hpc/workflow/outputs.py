"""What a run can write to its history and how each variable is made from the state and the rows of the kernel.

State variables are written as they stand at the end of the interval, fluxes and forcing as means over it. Totals are kept
per column, so that the spread over members is that of interval means; they are part of a restart. What is made of these is
in :mod:`landda_hpc.workflow.derived`.
"""

import numpy as np

from landda_hpc import variables
from landda_hpc.constants import LATENT_HEAT_SUBLIMATION, LATENT_HEAT_VAPORISATION
from landda_hpc.errors import ConfigError
from landda_hpc.io.members import Scaled
from landda_hpc.workflow.derived import FORMULAS, Interval, Memory

#: Row of the kernel and factor to the units of the registry, where they are not those of the same name. ``None`` stands
#: for 1000 / time step: metres in a step to kg m-2 s-1.
_ROWS = {"subsurface_runoff": ("drainage", 1000.0), "surface_runoff": ("surface_runoff", 1000.0),
         "snow_melt": ("snow_melt", None), "melt_heat_flux": ("melt_heat", 1.0),
         "transpiration": ("transpiration_total", 1.0), "transpiration_by_layer": ("transpiration", 1.0),
         "bare_soil_temperature": ("soil_top_temperature", 1.0),
         "transpiration_rate": ("transpiration_total", 1.0 / LATENT_HEAT_VAPORISATION),
         "direct_evaporation_rate": ("direct_evaporation", 1.0 / LATENT_HEAT_VAPORISATION),
         "canopy_evaporation_rate": ("canopy_evaporation", 1.0 / LATENT_HEAT_VAPORISATION),
         "snow_sublimation_rate": ("snow_sublimation", 1.0 / LATENT_HEAT_SUBLIMATION)}
AVERAGED = variables.FLUXES | variables.MEMBER_FORCING
KNOWN = variables.STATE | AVERAGED | variables.DERIVED
DEFAULT = ("soil_moisture", "soil_temperature", "skin_temperature", "snow_water_equivalent", "snow_depth",
           "canopy_water", "latent_heat_flux", "sensible_heat_flux", "ground_heat_flux", "net_shortwave",
           "net_longwave", "evaporation", "surface_runoff", "subsurface_runoff", "air_temperature", "precipitation",
           "shortwave_down", "longwave_down")
#: Of a domain, whose history is large and whose members take memory for each averaged variable.
DEFAULT_OF_DOMAIN = ("soil_moisture", "soil_temperature", "skin_temperature", "snow_water_equivalent",
                     "latent_heat_flux", "sensible_heat_flux", "evaporation", "surface_runoff", "subsurface_runoff",
                     "precipitation", "air_temperature")


class IntervalMeans:
    """Means over the output interval, made of the totals that the land model keeps in float64.

    Parameters
    ----------
    names : sequence of str
        Variables of the history.
    time_step : float
        [s]
    layer_thickness : sequence of float
        As configured [m].
    n_points, n_members : int
    """

    def __init__(self, names, time_step, layer_thickness, n_points, n_members):
        unknown = [name for name in names if name not in KNOWN]
        if unknown:
            raise ConfigError(f"output.variables: {', '.join(unknown)} cannot be written. Known: {', '.join(KNOWN)}.")
        self.names = tuple(names)
        self.time_step, self.layer_thickness = time_step, np.array(layer_thickness, np.float64)
        self.formulas = {name: FORMULAS[name] for name in names if name in FORMULAS}
        self.memory = Memory(names, n_points, n_members)
        rows = {name: _ROWS.get(name, (name, 1.0)) for name in names if name in AVERAGED}
        self._source = {name: (row, 1000.0 / time_step if factor is None else factor)
                        for name, (row, factor) in rows.items()}
        self.n_steps = 0

    @property
    def methods(self):
        """What each variable is of the interval where it does not stand for its end: name -> mean or sum."""
        return dict.fromkeys(self._source, "mean") | {name: derived.method for name, derived in self.formulas.items()}

    @property
    def rows(self):
        """Rows of the kernel whose totals the means are made of."""
        needed = [row for derived in self.formulas.values() for row in derived.rows]
        return tuple(dict.fromkeys([row for row, _ in self._source.values()] + needed))

    def fields(self, model):
        """Return a function that gives a variable of the history, ``[layer,] point, member``, as :class:`Scaled`."""
        interval = Interval(model, lambda row: model.totals[row] / self.n_steps, self.n_steps * self.time_step,
                            self.layer_thickness, self.memory)

        def field(name):
            if name in self.formulas:
                return Scaled(self.formulas[name].compute(interval))
            if name in self._source:
                row, factor = self._source[name]
                return Scaled(model.totals[row], factor / self.n_steps)
            return Scaled(getattr(model.state, name))

        return field

    def begin(self, model):
        """Start a new interval."""
        for total in model.totals.values():
            total[:] = 0.0
        self.n_steps = 0
        self.memory.begin(model)
