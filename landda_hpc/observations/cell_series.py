"""Files that hold the series of all locations of a 5-degree cell, in the layouts of CF discrete sampling geometries.

Contiguous ragged (number of values per location), indexed ragged (location of every value), orthogonal (locations times
times) and points (number and place of the location beside every value). A reader gets columns in one order whatever the layout.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.observations.netcdf import numbers, text, words
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.time_units import seconds_since_2000


class CellTable(NamedTuple):
    """An open file of series as columns.

    Attributes
    ----------
    fields : landda_hpc.observations.netcdf.Fields
    places : tuple of ndarray
        Location, latitude and longitude of every value.
    time : ndarray of float64
        Seconds since 2000-01-01 00:00 UTC of every value.
    shape : tuple of int
        Of the variables of values in the file.
    used : slice
        The values that belong to a location.
    """

    fields: dict
    places: tuple
    time: np.ndarray
    shape: tuple
    used: slice

    def numbers(self, name):
        """Return a variable as float64, NaN where missing."""
        return self._flat(name, numbers)

    def words(self, name):
        """Return flag words as int32, -1 where missing."""
        return self._flat(name, words)

    def _flat(self, name, read):
        found = self.fields[name].shape
        if found != self.shape:
            raise ValueError(f"{name} has shape {found}, expected {self.shape}")
        return read(self.fields[name]).ravel()[self.used]


#: Names of the coordinates, older and newer.
LATITUDE, LONGITUDE = ("lat", "latitude"), ("lon", "longitude")


def is_cell_file(fields):
    """Tell whether an open file holds series of locations."""
    return all(name in fields for name in ("location_id", "time")) and all(
        any(name in fields for name in names) for names in (LATITUDE, LONGITUDE))


def cell_table(path, fields, variable):
    """Return the :class:`CellTable` of an open file whose values are in ``variable``.

    Raises
    ------
    ProductRefusal
        For a layout that contradicts itself.
    """
    location = np.asarray(fields["location_id"].raw(), np.int64)
    latitude, longitude = (numbers(next(fields[name] for name in names if name in fields)) for names in (LATITUDE, LONGITUDE))
    if not location.shape == latitude.shape == longitude.shape or location.ndim != 1:
        raise ProductRefusal(path, "inconsistent", f"{location.shape} locations, {latitude.shape} latitudes and "
                             f"{longitude.shape} longitudes, expected as many of each.")
    time = seconds_since_2000(numbers(fields["time"]), text(fields["time"].attributes, "units"))
    if time.ndim != 1:
        raise ProductRefusal(path, "inconsistent", f"times of shape {time.shape}, expected one dimension.")
    index, time, shape = _layout(path, fields, len(location), time, fields[variable].shape)
    return CellTable(fields, (location[index], latitude[index], longitude[index]), time, shape, slice(0, len(index)))


def _layout(path, fields, n_locations, time, shape):
    """Return the location of every value as index, its time, and the shape that variables must have."""
    if "row_size" in fields:
        size = np.asarray(fields["row_size"].raw(), np.int64)
        size = np.where(size == np.iinfo(np.int64).min + 2, 0, size)  # slots that were never used
        if len(size) != n_locations or (size < 0).any() or (size > len(time)).any() or size.sum() > len(time):
            raise ProductRefusal(path, "inconsistent", f"row_size gives {len(size)} locations and up to {size.max(initial=0)} "
                                 f"values of each, expected {n_locations} locations and {len(time)} values in total.")
        index = np.repeat(np.arange(n_locations), size)
        return index, time[:len(index)], (len(time),)
    if "locationIndex" in fields:
        index = np.asarray(fields["locationIndex"].raw(), np.int64)
        if index.shape != time.shape or (index < 0).any() or (index >= n_locations).any():
            raise ProductRefusal(path, "inconsistent", f"locationIndex of shape {index.shape} points outside the {n_locations} "
                                 f"locations or not at {time.shape} values.")
        return index, time, time.shape
    if shape == (len(time),) == (n_locations,):
        return np.arange(n_locations), time, shape
    if shape != (n_locations, len(time)):
        raise ProductRefusal(path, "unsupported", f"values of shape {shape}, expected {(n_locations, len(time))}.")
    return np.repeat(np.arange(n_locations), len(time)), np.tile(time, n_locations), shape
