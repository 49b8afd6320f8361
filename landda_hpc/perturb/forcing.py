"""Perturbation of shortwave, longwave and precipitation, with the bias correction by an unperturbed member.

Ryu et al. (2009), doi:10.1175/2008JHM1065.1: the last member stays unperturbed and the others are centred on it. Spec of the
perturbations, 2.1 to 2.5.
"""

import math

import numpy as np

from landda_hpc.jit import driver_kernel
from landda_hpc.perturb.generator import PerturbationGroup, parts_of
from landda_hpc.perturb.philox import STREAM_FORCING

VARIABLES = ("SW", "LW", "P")


@driver_kernel
def _scale(fields, n_drawn, lognormal, std, bias_correction, shift):
    """Make factors or offsets of standard normal fields, in place, members but the last centred with ``bias_correction``."""
    n_variables, _, n_members = fields.shape
    n_perturbed = n_members - 1 if bias_correction else n_members
    for variable in range(n_variables):
        spread = math.sqrt(math.log(1.0 + std[variable] * std[variable]))
        for point in range(n_drawn):
            total = 0.0
            for member in range(n_perturbed):
                value = fields[variable, point, member]
                value = (math.exp(-0.5 * spread * spread + spread * value) if lognormal[variable]
                         else std[variable] * value)
                fields[variable, point, member] = value
                total += value
            if bias_correction:
                mean = total / n_perturbed
                for member in range(n_perturbed):
                    value = fields[variable, point, member]
                    centred = value - mean
                    if lognormal[variable]:
                        centred = value - mean + 1.0 if shift else value / mean
                    fields[variable, point, member] = centred
                fields[variable, point, n_perturbed] = 1.0 if lognormal[variable] else 0.0


@driver_kernel
def _apply(own, factors, lognormal, lower, upper, perturbed, limited, left_alone):
    """Set ``perturbed`` ``(point, member)`` of one variable from the points' own values, within its limits."""
    n_points, n_members = perturbed.shape
    for point in range(n_points):
        value = own[point]
        outside = value < lower or value > upper
        if outside:
            left_alone[point] += 1
        for member in range(n_members):
            factor = factors[point, member]
            changed = value * factor if lognormal else value + factor
            inside = min(max(changed, lower), upper)
            if not outside and inside != changed:
                limited[point] += 1
            perturbed[point, member] = value if outside else inside


class ForcingPerturbation:
    """Perturbations of the forcing of a band.

    Parameters
    ----------
    section : landda_hpc.config.sections.ForcingPerturbation or alike
        Interval, e-folding time, variables and correlations.
    seed : int
    cells : ndarray of int64 (n_points,)
    n_members : int
    bias_correction : bool
    truncation, zero_mean, autocorrelation_step
        As in :class:`~landda_hpc.perturb.generator.PerturbationGroup`.

    Factors are not kept: they are made of the memory of the group in each step, for some points at a time.
    """

    def __init__(self, section, seed, cells, n_members, bias_correction=True, truncation=2.5, zero_mean=True,
                 autocorrelation_step=None):
        self.group = PerturbationGroup("perturb.forcing", section.corr, section.interval, section.tau, STREAM_FORCING,
                                       seed, cells, n_members, truncation, zero_mean, autocorrelation_step)
        chosen = [section.vars[name] for name in VARIABLES]
        self._lognormal = np.array([variable.type == "lognormal" for variable in chosen])
        self._std = np.array([variable.std for variable in chosen], np.float64)
        self._limits = [variable.limits for variable in chosen]
        self._hold, self._bias_correction = section.hold, bias_correction
        self._shift = section.multiplicative_bias == "additive_shift"
        self._in_force = True
        self.limited = np.zeros((3, len(cells)), np.int32)
        self.left_alone = np.zeros((3, len(cells)), np.int32)

    def update(self, time):
        """Draw if a draw is due at the start of a step; else the last stays in force, or none without ``hold``."""
        drawn = self.group.due(time) or not self.group.started
        if drawn:
            self.group.advance(time)
        self._in_force = drawn or self._hold

    def _factors_of(self, points):
        """Return the factors ``(3, n, n_members)`` of a slice of points, valid until those of others are asked for."""
        n_drawn = points.stop - points.start
        fields = self.group.present(points)
        if self._in_force:
            _scale(fields, n_drawn, self._lognormal, self._std, self._bias_correction, self._shift)
        else:
            fields[:] = self._lognormal[:, None, None]
        return fields[:, :n_drawn]

    @property
    def factors(self):
        """What is in force ``(3, n_points, n_members)``: factors of SW and P, offset of LW [W m-2]."""
        whole = np.zeros_like(self.group.memory)
        whole[self._lognormal] = 1.0
        if self.group.started:
            for points in parts_of(whole.shape[1]):
                whole[:, points] = self._factors_of(points)
        return whole

    def apply(self, points, forcing, shortwave, longwave, precipitation):
        """Set the forcing ``(n, n_members)`` of the members at a slice of points, one of ``generator.parts_of``.

        ``forcing`` is that of all points of the band, ``(n_points,)``.
        """
        factors = self._factors_of(points)
        own = (forcing.shortwave_down, forcing.longwave_down, forcing.precipitation)
        for variable, (values, target) in enumerate(zip(own, (shortwave, longwave, precipitation))):
            lower, upper = self._limits[variable]
            _apply(np.ascontiguousarray(values[points], np.float64), factors[variable], self._lognormal[variable], lower,
                   upper, target, self.limited[variable, points], self.left_alone[variable, points])
