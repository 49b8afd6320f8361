"""Random numbers of the simulators: functions of seed, product, cell and orbit, so files do not depend on who writes them."""

import math

import numpy as np

from landda_hpc.jit import driver_kernel
from landda_hpc.perturb.philox import split_seed, standard_normal
from landda_hpc.times import SECONDS_PER_DAY

#: Streams of the counter. Errors of different products come from different streams, so they are independent.
STREAM_SCENE, STREAM_ASCAT, STREAM_SMAP, STREAM_AMSR2, STREAM_SMOS = 300, 301, 302, 303, 304
SHARED_PART = 0.8  # of the error variance that the footprints in one cell of the truth's grid have in common
_PERSISTENT = 1000  # added to the number of a variable for its persistent part
_NODE = 2000  # and for the part of its own of each footprint


@driver_kernel
def _fill(values, seed_low, seed_high, stream, cells, member, draws, variable):
    for index in range(len(values)):
        values[index] = standard_normal(seed_low, seed_high, stream, cells[index], member, draws[index], variable)


def normal(seed, stream, cells, variable, draw=0, member=0):
    """Return standard normal numbers ``(n,)`` of cells; ``draw`` is one number or one per cell."""
    cells = np.ascontiguousarray(cells, np.int64)
    values = np.empty(len(cells))
    draws = np.ascontiguousarray(np.broadcast_to(np.asarray(draw, np.int64), cells.shape))
    _fill(values, *split_seed(seed), stream, cells, member, draws, variable)
    return values


def errors(settings, stream, cells, footprints, seconds, variable, draw, member=0):
    """Return retrieval errors ``(n,)`` of unit variance.

    Footprints in one cell share most of their error, as real ones do; a part of it can be made to persist in time.

    Parameters
    ----------
    settings : SimulationSettings
    stream, variable, member : int
        What the numbers are for.
    cells : ndarray of int64 (n,)
        Cells of the truth's grid that the footprints lie in.
    footprints : ndarray of int64 (n,)
        Unique numbers of the footprints.
    seconds : ndarray (n,)
        Times [s since 2000-01-01 00:00 UTC].
    draw : int
        Number of the orbit.
    """
    shared = normal(settings.seed, stream, cells, variable, draw, member)
    fraction = settings.persistent_error_fraction
    if fraction > 0.0:
        position = seconds / (settings.persistent_error_days * SECONDS_PER_DAY)
        below = np.floor(position)
        weight = position - below
        before, after = (normal(settings.seed, stream, cells, variable + _PERSISTENT, below + step, member)
                         for step in (0, 1))
        slow = (np.cos(0.5 * np.pi * weight)) * before + np.sin(0.5 * np.pi * weight) * after
        shared = math.sqrt(1.0 - fraction) * shared + math.sqrt(fraction) * slow
    own = normal(settings.seed, stream, footprints, variable + _NODE, draw, member)
    return math.sqrt(SHARED_PART) * shared + math.sqrt(1.0 - SHARED_PART) * own
