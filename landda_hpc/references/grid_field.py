"""Fields of one quantity on a grid of latitudes and longitudes, whatever file they come from."""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.batch import wrap_longitude
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references.quantities import QUANTITIES, possible

SAME = 1.0e-9  # degree


class GridField(NamedTuple):
    """One quantity at one level.

    Attributes
    ----------
    values : ndarray of float32 (n_times, n_latitudes, n_longitudes)
        In ``units``, NaN where missing.
    latitude, longitude : ndarray of float64
        Degrees north, ascending, and degrees east, ascending in [-180, 180).
    time : ndarray of float64 (n_times,)
        Valid time [s since 2000-01-01 00:00 UTC], ascending.
    quantity, units : str
        Of :data:`landda_hpc.references.quantities.QUANTITIES`.
    vertical : str
        Level or layer, such as ``85000 Pa`` or ``0-0.1 m``.
    product : str
    step : float
        Forecast step [h], 0 for analyses.
    member : int
    n_impossible : int
        Numbers that cannot be this quantity and are missing for that.
    source_files : tuple of str
    """

    values: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray
    quantity: str
    units: str
    vertical: str
    product: str
    step: float = 0.0
    member: int = 0
    n_impossible: int = 0
    source_files: tuple = ()


def make_field(values, latitude, longitude, time, source, product, path, **about):
    """Return a :class:`GridField` of stored numbers, in SI and in the common orientation.

    Parameters
    ----------
    values : array (n_times, n_latitudes, n_longitudes)
        In the units of the file, NaN where missing.
    latitude, longitude : array
        In either order; longitudes also from 0 to 360.
    time : array
        Seconds since 2000-01-01 00:00 UTC; equal times are refused.
    source : landda_hpc.references.quantities.Source
    about : dict
        Further fields of :class:`GridField`.

    Raises
    ------
    ProductRefusal
        For shapes and coordinates that are no grid.
    """
    time = np.atleast_1d(np.asarray(time, np.float64))
    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    values = np.asarray(values).reshape(np.shape(values)[-3:])
    _check(path, values.shape, latitude, longitude, time)
    east = wrap_longitude(longitude)
    values, n_impossible = possible(values * source.scale, source.quantity)
    for axis, order in enumerate((np.argsort(time), np.argsort(latitude), np.argsort(east))):
        if (np.diff(order) != 1).any():
            values = np.take(values, order, axis)
    return GridField(values.astype(np.float32), np.sort(latitude), np.sort(east), np.sort(time), source.quantity,
                     QUANTITIES[source.quantity][0], source.vertical, product, n_impossible=n_impossible,
                     source_files=(str(path),), **about)


def _check(path, shape, latitude, longitude, time):
    """Refuse what is no grid."""
    expected = (len(time), latitude.size, longitude.size)
    if shape != expected or latitude.ndim != 1 or longitude.ndim != 1 or 0 in shape:
        raise ProductRefusal(path, "inconsistent", f"values of shape {shape}, expected {expected}: times, rows, columns.")
    step = np.diff(latitude)
    if not ((np.abs(latitude) <= 90.0 + SAME).all() and ((step > 0.0).all() or (step < 0.0).all())):
        raise ProductRefusal(path, "inconsistent", "latitudes that neither rise nor fall within -90 to 90.", "Fetch it again.")
    if not ((longitude >= -180.0 - SAME).all() and (longitude <= 360.0 + SAME).all()
            and (np.diff(np.sort(wrap_longitude(longitude))) > SAME).all()):
        raise ProductRefusal(path, "inconsistent", "longitudes that repeat or lie outside -180 to 360.", "Fetch it again.")
    if not np.isfinite(time).all() or len(np.unique(time)) != len(time):
        raise ProductRefusal(path, "inconsistent", "times that are missing or repeat.", "Fetch it again.")
