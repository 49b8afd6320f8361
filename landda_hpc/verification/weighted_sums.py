"""Weighted sums over regions that hold twice the digits of their terms, so that the sum of millions is rounded once.

Each addition keeps what it rounds away (Knuth 1997, The Art of Computer Programming 2, 4.2.2, theorem B). All regions are summed
in one pass over the cells.
"""

import numpy as np

from landda_hpc.jit import driver_kernel


def region_sums(terms, known, masks):
    """Return the sums ``(n_terms, n_regions)`` of terms over the cells that are known and in a region.

    Parameters
    ----------
    terms : array (n_terms, n_cells)
    known : array of bool (n_cells,)
    masks : array of bool (n_regions, n_cells)
    """
    terms = np.ascontiguousarray(terms, np.float64)
    sums = np.zeros((2, len(terms), len(masks)))
    _add(terms, np.ascontiguousarray(known), np.ascontiguousarray(masks), sums)
    return sums[0] + sums[1]


@driver_kernel
def _add(terms, known, masks, sums):
    n_terms, n_cells = terms.shape
    for region in range(len(masks)):
        for term in range(n_terms):
            total, rest = 0.0, 0.0
            for cell in range(n_cells):
                if known[cell] and masks[region, cell]:
                    value = terms[term, cell]
                    new = total + value
                    back = new - total
                    rest += (total - (new - back)) + (value - back)
                    total = new
            sums[0, term, region], sums[1, term, region] = total, rest
