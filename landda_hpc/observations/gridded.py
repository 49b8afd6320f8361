"""Observations at the land points of a run: what the bias correction and the filter work on."""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.codes import count_codes
from landda_hpc.observations.tally import add_tallies, tally

#: Names of products, by the index that ``product`` holds; the sensor is the part before the first underscore.
PRODUCTS = ("ascat_l2_125", "ascat_l2_250", "smap_l2", "amsr2_l3", "smos_ic", "smos_l3")


class GriddedObservations(NamedTuple):
    """Observations sorted by time, then point, then platform; 1-D arrays of equal length.

    Attributes
    ----------
    point : ndarray of int64
        Index into the land points of the run in global order.
    value, error : ndarray of float64
        Mean value and mean error that the product states [``units``]; the error is NaN where it states none.
    time : ndarray of float64
        Mean time [s since 2000-01-01 00:00 UTC].
    platform, product : ndarray of int16
        Indices into :data:`landda_hpc.observations.batch.PLATFORMS` and :data:`PRODUCTS`.
    n_footprints : ndarray of int32
        Retrievals in the mean.
    ascending : ndarray of bool
    code : ndarray of int16
        Reason code, 0 while accepted.
    units : str
    """

    point: np.ndarray
    value: np.ndarray
    error: np.ndarray
    time: np.ndarray
    platform: np.ndarray
    product: np.ndarray
    n_footprints: np.ndarray
    ascending: np.ndarray
    code: np.ndarray
    units: str

    @property
    def size(self):
        """Number of observations."""
        return len(self.value)

    @property
    def counts(self):
        """Number of observations of every code."""
        return count_codes(self.code)

    def select(self, which):
        """Return the observations that a mask, index array or slice picks."""
        return self._replace(**{name: column[which] for name, column in self._asdict().items() if name != "units"})

    def tally(self):
        """Return counts by product, six-hour window and code."""
        return add_tallies(tally(PRODUCTS[index], self.time[self.product == index], self.code[self.product == index])
                           for index in np.unique(self.product))


def product_index(name):
    """Return the index of a product.

    Raises
    ------
    InputError
        For one that is not listed.
    """
    if name not in PRODUCTS:
        raise InputError(f"{name} is no product that is known, expected one of {', '.join(PRODUCTS)}.")
    return PRODUCTS.index(name)


def sensor_of(product):
    """Return the sensor, a key of the section ``sensors``, of a product name."""
    return product.partition("_")[0]


def merge(parts):
    """Return observations of several products in one, sorted by time, then point, product and platform.

    Raises
    ------
    InputError
        For different units: bring them to those of the model first.
    """
    parts = list(parts)
    units = sorted({part.units for part in parts})
    if len(units) != 1:
        raise InputError(f"Observations in {' and '.join(units) or 'no units'} cannot be merged; expected one unit. "
                         "Correct their bias first.")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0]._fields if name != "units"}
    merged = GriddedObservations(**columns, units=units[0])
    return merged.select(np.lexsort((merged.platform, merged.product, merged.point, merged.time)))
