"""The water budget of a run: what came in, went out and stayed, and what the scheme itself made or lost."""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import BudgetError

ROUNDINGS_PER_STEP = 10.0  # of the storage, that the residual of a step may have
SECONDS_PER_TERM = ("precipitation", "evaporation")  # rates in kg m-2 s-1
RATES = ("surface_runoff", "drainage")  # rates in m s-1
DEPTHS = ("snow_leak", "soil_leak", "ice_leak", "water_closure")  # metres in a step


class WaterBudget(NamedTuple):
    """Means over points and members of a run [kg m-2]; ``residual`` is what none of the terms explains."""

    precipitation: float
    evaporation: float
    surface_runoff: float
    subsurface_runoff: float
    storage: float
    storage_change: float
    perturbation: float
    analysis: float
    snow_leak: float
    soil_leak: float
    ice_leak: float
    residual: float

    def text(self):
        """Return the budget as lines for the log."""
        rows = [("precipitation", self.precipitation), ("evaporation", self.evaporation),
                ("surface runoff", self.surface_runoff), ("subsurface runoff", self.subsurface_runoff),
                ("storage change", self.storage_change), ("added by perturbations", self.perturbation),
                ("added by analyses", self.analysis),
                ("leak: snow packs dropped or made", self.snow_leak),
                ("leak: least soil moisture", self.soil_leak), ("leak: least packs of ice columns", self.ice_leak),
                ("residual", self.residual)]
        return "\n".join(f"  {name:34s} {value:14.6g} kg m-2" for name, value in rows)

    def check(self, n_steps, precision):
        """Raise :class:`BudgetError` if the residual is more than the rounding of so many steps."""
        allowed = ROUNDINGS_PER_STEP * n_steps * np.finfo(precision).eps * (self.storage + 1.0)
        if not abs(self.residual) <= allowed:
            raise BudgetError(f"The water budget of the run does not close.\n  residual {self.residual:.6g} kg m-2 over "
                              f"{n_steps} steps\n  allowed  {allowed:.3g} kg m-2 for rounding\n{self.text()}\n"
                              "  The outputs are written; water came or went that no process accounts for.")


def water_storage(state, thickness):
    """Return the water of every point, summed over members ``(n_points,)`` [kg m-2].

    ``thickness`` is ``(n_layers, n_points)`` [m].
    """
    storage = np.sum(state.canopy_water, axis=1, dtype=np.float64)
    storage += np.sum(state.snow_water_equivalent, axis=1, dtype=np.float64)
    for layer, depth in enumerate(thickness):
        storage += 1000.0 * depth * np.sum(state.soil_moisture[layer], axis=1, dtype=np.float64)
    return storage


def close_budget(sums, storage_before, storage_after, perturbation, analysis, time_step, n_members, communicator, band):
    """Return the :class:`WaterBudget` of all ranks, independent of their number.

    Parameters
    ----------
    sums : dict of ndarray (n_points,)
        Sums over steps and members of a :class:`landda_hpc.noah.driver.LandModel`.
    storage_before, storage_after, perturbation, analysis : ndarray (n_points,)
        Sums over members [kg m-2]; the last two are the water that perturbations and analyses added since the start.
    """
    def mean(values_per_point):
        total = communicator.sum_reproducibly(np.ascontiguousarray(values_per_point, np.float64), band)
        return float(total) / (band.n_total * n_members)

    terms = {name: mean(sums[name] * time_step) for name in SECONDS_PER_TERM}
    terms |= {name: mean(sums[name] * (1000.0 * time_step)) for name in RATES}
    terms |= {name: mean(sums[name] * 1000.0) for name in DEPTHS}
    storage = mean(storage_after)
    change = mean(storage_after - storage_before)
    added, analysed = mean(perturbation), mean(analysis)
    leaks = terms["snow_leak"] + terms["soil_leak"] + terms["ice_leak"]
    residual = (change - terms["precipitation"] + terms["evaporation"] + terms["surface_runoff"] + terms["drainage"]
                - leaks - added - analysed)
    return WaterBudget(terms["precipitation"], terms["evaporation"], terms["surface_runoff"], terms["drainage"],
                       storage, change, added, analysed, terms["snow_leak"], terms["soil_leak"], terms["ice_leak"], residual)


def energy_text(sums, n_steps, n_members, communicator, band):
    """Return lines for the log about the energy that the scheme does not close, means over steps, members and points.

    The linearised balance of every column and step is checked by the land model itself; what is told here is what the
    linearisation leaves in the full balance, and the heat of melting that found no snow.
    """
    def mean(name):
        total = communicator.sum_reproducibly(np.ascontiguousarray(sums[name], np.float64), band)
        return float(total) / max(band.n_total * n_members * n_steps, 1)

    rows = (("residual of the full balance, from linearised emission", "energy_residual"),
            ("leak: heat of melting without snow", "energy_leak"))
    return "\n".join(f"  {text:54s} {mean(name):14.6g} W m-2" for text, name in rows)
