"""Changes of soil moisture within the bounds of the soil: the one way by which they enter the land state.

Members whose liquid water would leave ``(margin, porosity - margin)`` in any active layer take the mid-range of the others;
when fewer than half are good, none is changed (spec of the assimilation, 3.6, after NASA LIS). Ice never changes, except in
replaced members, which have none where layers with ice are inactive.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel

NONE_ACCEPTED, PART_ACCEPTED, ALL_ACCEPTED, NOT_TRIED = 0, 1, 2, 3
MOST_ICE = 1.0e-4  # m3 m-3, in an active layer


class Bounds(NamedTuple):
    """Settings of the procedure.

    ``margin`` [m3 m-3] from dry and from the porosity; ``layer1_lower``, ``layer1_upper`` limit the first layer;
    ``least_good`` is the least share of good members; ``bias_correction`` re-centres rejected members on the last one;
    ``clip`` limits each value instead of judging members.
    """

    margin: float = 0.02
    layer1_lower: float = 0.01
    layer1_upper: float = 0.55
    least_good: float = 0.5
    bias_correction: bool = True
    clip: bool = False


@driver_kernel(makes_arrays=False)
def layer_activity(total, liquid, point, layer, porosity, bounds, active_rule):
    """Return the reference liquid water of a layer [m3 m-3] and whether the layer is active.

    The reference is the unperturbed member's, or the mean without bias correction. A layer with ice in any member or a
    reference near the bounds is inactive, unless there is no such rule.
    """
    n_members = total.shape[2]
    n_with_ice = 0
    for member in range(n_members):
        n_with_ice += 1 if total[layer, point, member] - liquid[layer, point, member] > MOST_ICE else 0
    reference = np.float64(liquid[layer, point, n_members - 1])
    if not bounds.bias_correction:
        mean = 0.0
        for member in range(n_members):
            mean += liquid[layer, point, member]
        reference = mean / n_members
    active = n_with_ice == 0 and bounds.margin < reference < porosity - bounds.margin
    return reference, active or not active_rule


@driver_kernel(makes_arrays=False)
def apply_candidate(total, liquid, candidate, point, active, good, porosity, bounds):
    """Move one point towards candidate moistures and return the outcome code.

    Parameters
    ----------
    total, liquid : ndarray (n_layers, n_points, n_members)
        Total and liquid water [m3 m-3], changed in place at ``point``.
    candidate : ndarray (n_layers, n_members)
        Wanted total water [m3 m-3]; used as work space.
    active : ndarray of bool (n_layers,)
        The other layers stay as they are.
    good : ndarray of bool (n_members,)
        Work space.
    porosity : float
    bounds : Bounds
    """
    n_layers, n_members = candidate.shape
    lower, upper = bounds.margin, porosity - bounds.margin
    for member in range(n_members):
        candidate[0, member] = min(max(candidate[0, member], bounds.layer1_lower), bounds.layer1_upper)
    if bounds.clip:
        return _clip(total, liquid, candidate, point, active, lower, upper)
    n_good = judge_members(total, liquid, candidate, point, active, good, lower, upper)
    if n_good < bounds.least_good * n_members:
        if bounds.bias_correction:
            _recentre(total, liquid, point, active, good, lower, upper, porosity)
        return NONE_ACCEPTED
    for layer in range(n_layers):
        if active[layer]:
            middle = np.nan if n_good == n_members else _mid_range(candidate, layer, good)
            _accept(total, liquid, candidate, point, layer, good, middle)
    return ALL_ACCEPTED if n_good == n_members else PART_ACCEPTED


@driver_kernel(makes_arrays=False)
def judge_members(total, liquid, candidate, point, active, good, lower, upper):
    """Mark the members whose liquid water would stay between the bounds in all active layers; return how many do."""
    n_layers, n_members = candidate.shape
    for member in range(n_members):
        good[member] = True
    for layer in range(n_layers):
        if active[layer]:
            for member in range(n_members):
                moved = liquid[layer, point, member] + (candidate[layer, member] - total[layer, point, member])
                good[member] &= (lower < moved) & (moved < upper)
    n_good = 0
    for member in range(n_members):
        n_good += 1 if good[member] else 0
    return n_good


@driver_kernel(makes_arrays=False)
def _mid_range(candidate, layer, good):
    """Return the middle between the least and the greatest candidate of the good members."""
    smallest, largest = np.inf, -np.inf
    for member in range(len(good)):
        if good[member]:
            smallest = min(smallest, candidate[layer, member])
            largest = max(largest, candidate[layer, member])
    return smallest + (largest - smallest) / 2.0


@driver_kernel(makes_arrays=False)
def _accept(total, liquid, candidate, point, layer, good, middle):
    """Let good members take the candidate of a layer and the others the value ``middle``."""
    for member in range(len(good)):
        # Ice subtracted from the new total keeps a layer without ice exactly so.
        ice = total[layer, point, member] - liquid[layer, point, member]
        accepted, moved = good[member], candidate[layer, member]
        total[layer, point, member] = moved if accepted else middle
        liquid[layer, point, member] = moved - ice if accepted else middle


@driver_kernel(makes_arrays=False)
def _mean_difference(liquid, point, layer):
    """Return how far the perturbed members are above the last one on average, in liquid water."""
    n_perturbed = liquid.shape[2] - 1
    difference = 0.0
    for member in range(n_perturbed):
        difference += liquid[layer, point, member] - liquid[layer, point, n_perturbed]
    return difference / n_perturbed


@driver_kernel(makes_arrays=False)
def _recentre(total, liquid, point, active, kept, lower, upper, porosity):
    """Centre the perturbed members of a rejected change on the unperturbed one, in one pass; ``kept`` is work space."""
    n_layers, last = total.shape[0], total.shape[2] - 1
    kept[:] = True
    for layer in range(n_layers):
        shift = _mean_difference(liquid, point, layer)
        own, own_total = liquid[layer, point, last], total[layer, point, last]
        for member in range(last):
            moved = liquid[layer, point, member] - shift
            if active[layer] and moved <= lower:
                liquid[layer, point, member], total[layer, point, member] = max(own, lower), max(own_total, lower)
                kept[member] = False
            elif active[layer] and moved >= upper:
                liquid[layer, point, member], total[layer, point, member] = min(own, upper), min(own_total, upper)
                kept[member] = False
    for layer in range(n_layers):
        shift = _mean_difference(liquid, point, layer) if active[layer] else 0.0
        for member in range(last):
            moved = liquid[layer, point, member] - shift
            if active[layer] and kept[member] and 0.0 < moved <= porosity:
                ice = total[layer, point, member] - liquid[layer, point, member]
                total[layer, point, member] -= shift
                liquid[layer, point, member] = total[layer, point, member] - ice
    for layer in range(n_layers):
        for member in range(last + 1):
            value = liquid[layer, point, member]
            if active[layer] and (value <= 0.0 or value > porosity):
                liquid[layer, point, member] = min(max(value, lower), porosity)
                total[layer, point, member] = min(max(total[layer, point, member], lower), porosity)


@driver_kernel(makes_arrays=False)
def _clip(total, liquid, candidate, point, active, lower, upper):
    """Limit the change of each value so that liquid water stays within its bounds; ice stays."""
    n_layers, n_members = candidate.shape
    least = max(0.01, lower)
    limited = False
    for layer in range(n_layers):
        for member in range(n_members):
            if active[layer]:
                wanted = liquid[layer, point, member] + (candidate[layer, member] - total[layer, point, member])
                ice = total[layer, point, member] - liquid[layer, point, member]
                inside = min(max(wanted, least), upper)
                limited = limited or inside != wanted
                total[layer, point, member] = inside + ice
                liquid[layer, point, member] = inside
    return PART_ACCEPTED if limited else ALL_ACCEPTED
