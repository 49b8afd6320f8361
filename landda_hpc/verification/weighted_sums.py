"""Weighted sums over regions with twice the digits of their terms, so that the sum of millions is rounded once.

Each addition keeps what it rounds away (Knuth 1997, The Art of Computer Programming 2, 4.2.2, theorem B). Sums go in lanes, of
which a processor adds several at once, and the lanes are added in the same way.
"""

import numpy as np

from landda_hpc.jit import driver_kernel, kernel

LANES = 16


def region_sums(terms, known, masks):
    """Return the sums ``(n_terms, n_regions)`` of terms over the cells that are known and in a region.

    Parameters
    ----------
    terms : array (n_terms, n_cells)
        Finite, also where they are not known.
    known : array of bool (n_cells,)
    masks : array of bool (n_regions, n_cells)
    """
    terms = np.ascontiguousarray(terms, np.float64)
    sums = np.zeros((2, len(terms), len(masks)))
    for region, mask in enumerate(masks):
        _sum_region(terms, known & mask, sums[:, :, region])
    return sums[0] + sums[1]


@kernel
def _lost(total, value, new):
    """Return what the addition ``new = total + value`` rounded away."""
    back = new - total
    return (total - (new - back)) + (value - back)


@driver_kernel
def _sum_region(terms, used, sums):
    n_terms, n_cells = terms.shape
    total, rest = np.empty(LANES), np.empty(LANES)
    for term in range(n_terms):
        total[:], rest[:] = 0.0, 0.0
        for block in range(n_cells // LANES):
            for lane in range(LANES):
                cell = block * LANES + lane
                value = terms[term, cell] * used[cell]
                new = total[lane] + value
                rest[lane] += _lost(total[lane], value, new)
                total[lane] = new
        for cell in range(n_cells - n_cells % LANES, n_cells):
            lane = cell % LANES
            value = terms[term, cell] * used[cell]
            new = total[lane] + value
            rest[lane] += _lost(total[lane], value, new)
            total[lane] = new
        whole, remainder = 0.0, 0.0
        for lane in range(LANES):
            new = whole + total[lane]
            remainder += _lost(whole, total[lane], new) + rest[lane]
            whole = new
        sums[0, term], sums[1, term] = whole, remainder
