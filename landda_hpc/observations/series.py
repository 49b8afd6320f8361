"""Time series at locations, as archives keep them cell by cell and as stations give them: for evaluation only."""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.batch import VOLUMETRIC, wrap_longitude
from landda_hpc.observations.codes import count_codes, reject
from landda_hpc.observations.refusal import ProductRefusal


class ObservationSeries(NamedTuple):
    """Series of one product sorted by location, then time; 1-D arrays of equal length.

    Attributes
    ----------
    location : ndarray of int64
        Number that the product gives to the location.
    latitude, longitude : ndarray of float64
        Degrees north and degrees east in [-180, 180).
    time : ndarray of float64
        Seconds since 2000-01-01 00:00 UTC.
    value, error : ndarray of float64
        In ``units``, NaN where missing; the error is the one that the product states.
    flag : ndarray of int32
        Flag word of the product as it is stored, -1 where missing.
    code : ndarray of int16
        Number of :data:`landda_hpc.observations.codes.CODES`, 0 = accepted.
    product, quantity, units : str
    meanings : tuple of str
        Of the bits of the flag from the least significant one on, or of its values if not ``flag_is_bits``.
    flag_is_bits : bool
    labels : dict
        ``{location: text}`` of those that have a name.
    source_files : tuple of str
    """

    location: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray
    value: np.ndarray
    error: np.ndarray
    flag: np.ndarray
    code: np.ndarray
    product: str
    quantity: str = "soil_moisture"
    units: str = VOLUMETRIC
    meanings: tuple = ()
    flag_is_bits: bool = True
    labels: dict = {}
    source_files: tuple = ()

    @property
    def size(self):
        """Number of values."""
        return len(self.value)

    @property
    def counts(self):
        """Number of values of every code."""
        return count_codes(self.code)

    def select(self, which):
        """Return the values that a mask, index array or slice picks."""
        return self._replace(**{name: column[which] for name, column in self._asdict().items()
                                if isinstance(column, np.ndarray)})

    def at(self, location):
        """Return the series of one location."""
        return self.select(slice(*np.searchsorted(self.location, [location, location + 1])))

    def accepted(self):
        """Return the values that no test rejected."""
        return self.select(self.code == 0)


def make_series(places, time, value, product, path, *, error=None, flag=None, code=None, **about):
    """Return series in order: by location, then time; of values at one place and time all but the last are duplicates.

    Parameters
    ----------
    places : tuple of arrays
        Location, latitude and longitude of every value.
    time, value, error, flag, code : array
        Values without a time are left out.
    about : dict
        Further fields of :class:`ObservationSeries`.

    Raises
    ------
    ProductRefusal
        For locations that are not on the globe.
    """
    location, latitude, longitude = places
    time, size = np.asarray(time, np.float64), len(value)
    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    _check_places(path, latitude, longitude)
    columns = {"location": (location, np.int64), "latitude": (latitude, np.float64),
               "longitude": (wrap_longitude(longitude), np.float64), "time": (time, np.float64), "value": (value, np.float64),
               "error": (np.nan if error is None else error, np.float64), "flag": (-1 if flag is None else flag, np.int32),
               "code": (0 if code is None else code, np.int16)}
    order = np.lexsort((time, location))
    order = order[np.isfinite(time[order])]
    arrays = {name: np.broadcast_to(np.asarray(given, dtype), size)[order] for name, (given, dtype) in columns.items()}
    series = ObservationSeries(**arrays, product=product, source_files=(str(path),), **about)
    again = (series.location[:-1] == series.location[1:]) & (series.time[:-1] == series.time[1:])
    reject(series.code[:-1], again, "D1")
    return series


def _check_places(path, latitude, longitude):
    """Refuse locations that are not on the globe."""
    outside = ~((np.abs(latitude) <= 90.0) & (longitude >= -180.0) & (longitude <= 360.0))
    if outside.any():
        first = np.argmax(outside)
        raise ProductRefusal(path, "inconsistent", f"{outside.sum()} of {len(latitude)} values lie off the globe, the first "
                             f"at {latitude[first]:g} N {longitude[first]:g} E.", "Fetch it again.")


def check_range(code, value, valid_range, name):
    """Reject values that are missing or outside a range, both ends included; changes ``code``."""
    low, high = valid_range
    reject(code, ~((value >= low) & (value <= high)), name)
