"""Perturbation of the soil moisture of all layers (spec of the perturbations, 2.6).

Layers with ice, and those too near the bounds of the soil, are inactive and stay as they are; in active layers a
perturbation tapers off towards the bounds. The members are centred on the unperturbed one.
"""

import numpy as np

from landda_hpc.assimilation.increments import NOT_TRIED, Bounds, apply_candidate, layer_activity
from landda_hpc.errors import ConfigError
from landda_hpc.jit import driver_kernel
from landda_hpc.perturb.generator import PerturbationGroup
from landda_hpc.perturb.philox import STREAM_STATE

TRUNCATED = 2.5  # standard deviations, that the taper keeps away from the bounds


def interval_factor(interval, reference, decay_time):
    """Return the factor of the standard deviations that keeps the diffusion of another interval between draws.

    All times in seconds; spec 2.2.
    """
    def growth(step):
        persistence = np.exp(-step / decay_time) if decay_time > 0 else 0.0
        return (1.0 + persistence) / (1.0 - persistence)

    return float(np.sqrt(interval / reference * growth(reference) / growth(interval)))


@driver_kernel
def _perturb(total, liquid, fields, first_point, n_drawn, std, porosity, thickness, perturbable, bounds, active_rule, taper,
             water_added, outcomes, inactive, tapered):
    """Perturb the points whose fields were drawn; ``water_added`` [kg m-2] and the counts per point are added to."""
    n_layers, _, n_members = total.shape
    n_perturbed = n_members - 1 if bounds.bias_correction else n_members
    candidate = np.empty((n_layers, n_members))
    before = np.empty((n_layers, n_members))
    active, good = np.zeros(n_layers, np.bool_), np.zeros(n_members, np.bool_)
    for drawn in range(n_drawn):
        point = first_point + drawn
        if not perturbable[point]:
            outcomes[NOT_TRIED, point] += 1
            continue
        for layer in range(n_layers):
            reference, active[layer] = layer_activity(total, liquid, point, layer, porosity[point], bounds,
                                                      active_rule)
            inactive[point] += 0 if active[layer] else 1
            room = min(reference - bounds.margin, porosity[point] - bounds.margin - reference)
            weight = min(1.0, room / (TRUNCATED * std[layer])) if (taper and std[layer] > 0.0) else 1.0
            tapered[point] += 1 if (active[layer] and weight < 1.0) else 0
            mean = 0.0
            for member in range(n_members):
                value = np.float64(total[layer, point, member])
                before[layer, member] = value
                change = std[layer] * fields[layer, drawn, member] * weight if member < n_perturbed else 0.0
                candidate[layer, member] = value + change
                mean += candidate[layer, member] if member < n_perturbed else 0.0
            if bounds.bias_correction:
                shift = mean / n_perturbed - before[layer, n_perturbed]
                for member in range(n_perturbed):
                    candidate[layer, member] -= shift
        outcome = apply_candidate(total, liquid, candidate, point, active, good, porosity[point], bounds)
        outcomes[outcome, point] += 1
        for layer in range(n_layers):
            for member in range(n_members):
                change = np.float64(total[layer, point, member]) - before[layer, member]
                water_added[point] += 1000.0 * thickness[layer, point] * change


class StatePerturbation:
    """Perturbations of the soil moisture of a band.

    Parameters
    ----------
    section : landda_hpc.config.sections.StatePerturbation or alike
    seed : int
    cells : ndarray of int64 (n_points,)
    n_members : int
    thickness : ndarray (n_layers, n_points)
        [m]
    perturbable : ndarray of bool (n_points,)
        Not glacier, ice or urban.
    bounds : Bounds
    truncation, zero_mean, autocorrelation_step
        As in :class:`~landda_hpc.perturb.generator.PerturbationGroup`.

    Attributes
    ----------
    water_added : ndarray (n_points,)
        Sum of all changes of all members since the start [kg m-2].
    outcomes : ndarray of int32 (4, n_points)
        Counts by the codes of :mod:`landda_hpc.assimilation.increments`.
    """

    def __init__(self, section, seed, cells, n_members, thickness, perturbable, bounds=Bounds(), truncation=2.5,
                 zero_mean=True, autocorrelation_step=None):
        n_layers = len(thickness)
        if len(section.std) != n_layers or len(section.corr) != n_layers:
            raise ConfigError(f"perturb.state: std has {len(section.std)} and corr {len(section.corr)} layers, "
                              f"the soil {n_layers}.")
        self.group = PerturbationGroup("perturb.state", section.corr, section.interval, section.tau, STREAM_STATE, seed,
                                       cells, n_members, truncation, zero_mean, autocorrelation_step)
        scale = (interval_factor(section.interval, section.reference_interval, section.tau)
                 if section.scale_with_interval else 1.0)
        self._std = scale * np.array(section.std, np.float64)
        self._thickness, self._perturbable = np.ascontiguousarray(thickness, np.float64), np.asarray(perturbable, bool)
        self._bounds = bounds
        self._active_rule, self._taper = section.active_layer_rule, section.taper
        n_points = len(cells)
        self.water_added = np.zeros(n_points)
        self.outcomes = np.zeros((4, n_points), np.int32)
        self.inactive, self.tapered = np.zeros(n_points, np.int32), np.zeros(n_points, np.int32)

    def apply(self, time, state, porosity):
        """Perturb the soil moisture of a :class:`LandState` in place if a draw is due at the end of a step.

        ``porosity`` is ``(n_points,)`` [m3 m-3].
        """
        if not self.group.due(time):
            return
        porosity = np.ascontiguousarray(porosity, np.float64)
        for first, n_drawn, fields in self.group.draw(time):
            _perturb(state.soil_moisture, state.liquid_soil_moisture, fields, first, n_drawn, self._std, porosity,
                     self._thickness, self._perturbable, self._bounds, self._active_rule, self._taper, self.water_added,
                     self.outcomes, self.inactive, self.tapered)
