"""CDF matching by quantile tables: a value goes to the model value of the same probability, linear between nodes.

A value outside the recorded range takes the end of the model's range (nothing is extrapolated). A value that equals a run of
identical nodes, as ASCAT's 0 % does, has the mean probability of the run's ends.
"""

import numpy as np

from landda_hpc.bias.codes import MISSING, USABLE
from landda_hpc.bias.observations import Corrected, checked
from landda_hpc.jit import driver_kernel

#: Probabilities of the nodes; 0 and 1 are the recorded minimum and maximum.
NODES = np.array([0.0, 0.05, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95, 1.0])


def match_quantiles(values, period, cell, tables, nodes=NODES, model_nodes=None, blend=None):
    """Return the :class:`Corrected` values of observations in the climatology of the model.

    Parameters
    ----------
    values : array (n_obs,)
        In the units of the observed climatology.
    period, cell : int or array of int (n_obs,)
        Row of the tables (0 whole record, 1-12 months) and local point.
    tables : MatchTables
    nodes, model_nodes : ndarray
        Probabilities of the tables' first axes; those of the model are the observations' where not given.
    blend : tuple of array (n_obs,), optional
        Another period of each observation and its weight (``months.blend_of``). Where that period cannot be used the own one
        counts alone.
    """
    n_periods, n_cells = tables.code.shape
    values, period, cell = checked(values, period, cell, n_periods, n_cells)
    other, weight = (period, np.zeros(len(values))) if blend is None else blend
    _, other, _ = checked(values, other, cell, n_periods, n_cells)
    weight = np.array(np.broadcast_to(np.asarray(weight, np.float64), values.shape))
    nodes = np.ascontiguousarray(nodes, np.float64)
    model_nodes = nodes if model_nodes is None else np.ascontiguousarray(model_nodes, np.float64)
    result = Corrected(np.empty(len(values)), np.empty(len(values), np.int8))
    _match(values, period, other, weight, cell, tables.observed, tables.model, tables.code, nodes, model_nodes, *result)
    return result


def empirical_nodes(sample):
    """Return the distinct values of a sample and their probabilities ``(rank - 0.5) / n``; ties share the mean rank."""
    values, first, count = np.unique(np.sort(sample), return_index=True, return_counts=True)
    return values, (first + 0.5 * count) / len(sample)


@driver_kernel
def _match(values, period, other, weight, cell, observed, model, usable, nodes, model_nodes, result, code):
    for i in range(len(values)):
        result[i] = np.nan
        code[i] = usable[period[i], cell[i]]
        if np.isnan(values[i]):
            code[i] = MISSING
        elif code[i] == USABLE:
            result[i] = _matched(values[i], period[i], cell[i], observed, model, nodes, model_nodes)
            if weight[i] > 0.0 and usable[other[i], cell[i]] == USABLE:
                second = _matched(values[i], other[i], cell[i], observed, model, nodes, model_nodes)
                result[i] += weight[i] * (second - result[i])


@driver_kernel
def _matched(value, period, cell, observed, model, nodes, model_nodes):
    """Return the model value of the probability that a value has among the observations."""
    return _value_at(_probability(value, period, cell, observed, nodes), period, cell, model, model_nodes)


@driver_kernel
def _probability(value, period, cell, table, nodes):
    """Return the probability of a value; the table ascends along its first axis."""
    last = len(nodes) - 1
    first_equal, last_equal = -1, -1
    below = -1
    for k in range(last + 1):
        node = table[k, period, cell]
        if node == value:
            first_equal = k if first_equal < 0 else first_equal
            last_equal = k
        elif node < value:
            below = k
    if first_equal >= 0:
        return 0.5 * (nodes[first_equal] + nodes[last_equal])
    if below < 0:
        return nodes[0]
    if below == last:
        return nodes[last]
    low, high = table[below, period, cell], table[below + 1, period, cell]
    return nodes[below] + (nodes[below + 1] - nodes[below]) * ((value - low) / (high - low))


@driver_kernel
def _value_at(probability, period, cell, table, nodes):
    """Return the value of a probability, linear between nodes and constant beyond them."""
    last = len(nodes) - 1
    if probability <= nodes[0]:
        return table[0, period, cell]
    for k in range(last):
        if probability < nodes[k + 1]:
            low, high = table[k, period, cell], table[k + 1, period, cell]
            return low + (high - low) * ((probability - nodes[k]) / (nodes[k + 1] - nodes[k]))
    return table[last, period, cell]
