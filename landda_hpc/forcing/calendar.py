"""Dates of other years."""

import numpy as np


def shift_years(time, years):
    """Return a time (datetime64) so many years later; a 29 February becomes the 28th where there is none."""
    time = np.datetime64(time, "s")
    month = time.astype("datetime64[M]")
    shifted = month + np.timedelta64(12 * years, "M")
    moved = shifted.astype("datetime64[s]") + (time - month.astype("datetime64[s]"))
    return moved if moved.astype("datetime64[M]") == shifted else moved - np.timedelta64(1, "D")
