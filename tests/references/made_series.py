"""A series made by hand."""

import numpy as np

from landda_hpc.observations.series import make_series


def series_of(time, value):
    """Return a series at location 5, 10 N 20 E."""
    n = len(time)
    return make_series((np.full(n, 5), np.full(n, 10.0), np.full(n, 20.0)), time, value, "made", "made.nc")
