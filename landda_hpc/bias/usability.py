"""Which quantile table a cell and month uses, its own or that of three months, and whether it can be used at all."""

from typing import NamedTuple

import numpy as np

from landda_hpc.bias.codes import NO_CLIMATOLOGY, STEP_CLIMATOLOGY, USABLE
from landda_hpc.bias.quantile_match import NODES

#: Least share of the recorded range that the interquartile range must have.
LEAST_SPREAD = 0.05


class MinimumCount(NamedTuple):
    """Least numbers of samples of observations and model."""

    observed: int = 100
    model: int = 150


class MatchTables(NamedTuple):
    """Quantiles ``(n_nodes, n_periods, n_cells)`` of observations and model, and which may be used.

    Attributes
    ----------
    observed, model : ndarray (n_nodes, n_periods, n_cells)
    code : ndarray of int8 (n_periods, n_cells)
        Reason codes (``bias.codes``).
    pooled : ndarray of bool (n_periods, n_cells)
        Where the table is that of the month and its two neighbours.
    """

    observed: np.ndarray
    model: np.ndarray
    code: np.ndarray
    pooled: np.ndarray


def match_tables(observed, model, minimum=MinimumCount(), spread_test=True):
    """Return the :class:`MatchTables` of two climatologies.

    A month with too few observations takes the quantiles of itself and its two neighbours, of observations and model alike.
    In double precision both tables of 240,000 cells take 325 MB each, divided among the ranks.

    Parameters
    ----------
    observed, model : Climatology or SomePeriods
        Of the same cells and periods.
    minimum : MinimumCount
    spread_test : bool
        Reject climatologies whose interquartile range is below 5 % of their range.
    """
    pooled = observed.n < minimum.observed
    pooled[:_first_month(observed)] = False
    counts = [np.where(pooled, climatology.pooled_n, climatology.n) for climatology in (observed, model)]
    tables = [_with_pooled(climatology, pooled) for climatology in (observed, model)]
    code = np.full(pooled.shape, USABLE, np.int8)
    for table in tables:
        code[_is_step(table, spread_test)] = STEP_CLIMATOLOGY
    code[(counts[0] < minimum.observed) | (counts[1] < minimum.model)] = NO_CLIMATOLOGY
    return MatchTables(*tables, code, pooled)


def pooled_count(n):
    """Return the counts ``(13, n_cells)`` of months with their neighbours; row 0 stays."""
    months = n[1:]
    return np.concatenate([n[:1], months + np.roll(months, 1, axis=0) + np.roll(months, -1, axis=0)])


def _first_month(climatology):
    """Return the row of the first month: 1, or 0 where the whole record, which has no neighbours, is not among the periods."""
    return climatology.quantiles.shape[1] - climatology.pooled_quantiles.shape[1]


def _with_pooled(climatology, pooled):
    table, first = climatology.quantiles.copy(), _first_month(climatology)
    for node in range(len(table)):
        np.copyto(table[node, first:], climatology.pooled_quantiles[node], where=pooled[first:])
    return table


def _is_step(table, spread_test):
    """Return where a table does not rise, or does so almost only at its ends; True also where it is NaN."""
    spread = table[-1] - table[0]
    unusable = ~(spread > 0.0)
    if spread_test:
        upper, lower = (_at(table, probability) for probability in (0.75, 0.25))
        unusable |= ~(upper - lower >= LEAST_SPREAD * spread)
    return unusable


def _at(table, probability):
    """Return the quantiles of one probability, linear between the nodes."""
    k = int(np.searchsorted(NODES, probability, side="right")) - 1
    share = (probability - NODES[k]) / (NODES[k + 1] - NODES[k])
    return table[k] + share * (table[k + 1] - table[k])
