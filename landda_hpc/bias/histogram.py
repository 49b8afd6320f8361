"""Histograms with fixed edges: where a value is counted, and quantiles of the counts.

A histogram is one row of counters, one per bin and, with atoms, two more for values exactly at the first and at the last edge.
The cumulative count is linear within a bin and steps at an atom; a quantile is its inverse, at most one bin away from that of
the sample.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel, kernel


class Bins(NamedTuple):
    """Equal bins on ``[first, last]`` in the units of the data.

    ``atoms`` counts values exactly at the edges of the range apart.
    """

    first: float
    last: float
    n_bins: int
    atoms: bool = False

    @property
    def n_counters(self):
        """Counters of one histogram."""
        return self.n_bins + (2 if self.atoms else 0)


#: Degree of saturation [%].
SATURATION_BINS = Bins(0.0, 100.0, 200, True)
#: Volumetric soil moisture [m3 m-3].
SOIL_MOISTURE_BINS = Bins(0.0, 0.60, 240)


@kernel
def counter_of(value, first, last, n_bins, atoms):
    """Return the counter of a value within ``[first, last]``."""
    if atoms and value == first:
        return n_bins
    if atoms and value == last:
        return n_bins + 1
    return min(int((value - first) * (n_bins / (last - first))), n_bins - 1)


@driver_kernel
def quantiles_of(counts, bins, smallest, largest, nodes, result):
    """Set the quantiles of one histogram, NaN without data.

    Parameters
    ----------
    counts : ndarray of int64 (n_counters,)
    bins : Bins
    smallest, largest : float
        Recorded minimum and maximum: the quantiles of 0 and 1, and limits of the others.
    nodes : ndarray (n_nodes,)
        Ascending probabilities.
    result : ndarray (n_nodes,)
    """
    total = 0
    for counter in range(len(counts)):
        total += counts[counter]
    width = (bins.last - bins.first) / bins.n_bins
    cumulative = counts[bins.n_bins] if bins.atoms else 0  # the lower atom comes first
    k = 0
    for node in range(len(nodes)):
        target = nodes[node] * total
        if total == 0:
            result[node] = np.nan
        elif nodes[node] <= 0.0:
            result[node] = smallest
        elif nodes[node] >= 1.0:
            result[node] = largest
        elif bins.atoms and target <= counts[bins.n_bins]:
            result[node] = bins.first
        else:
            while k < bins.n_bins and (counts[k] == 0 or cumulative + counts[k] < target):
                cumulative += counts[k]
                k += 1
            value = bins.first + width * (k + (target - cumulative) / counts[k]) if k < bins.n_bins else bins.last
            result[node] = min(max(value, smallest), largest)
