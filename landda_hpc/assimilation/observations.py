"""The observations of one analysis time, sorted by point: what the filter gets from the observing side.

Any number of observations may fall on a point, also several of one sensor. Their order in the input has no effect on the
analysis, to the last bit: within a point they are sorted by group, sensor, value and error.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError

#: Sensors by index, which also names their stream of random numbers (100 + index), and the product that each belongs to.
SENSORS = ("metop-b", "metop-c", "smap", "metop-a")
PRODUCTS = ("ascat", "ascat", "smap", "ascat")


class PointObservations(NamedTuple):
    """Observations of soil moisture in order of their points.

    Attributes
    ----------
    points : ndarray of int64 (n_cells,)
        Local points that have observations, ascending.
    offsets : ndarray of int64 (n_cells + 1,)
        The observations of ``points[k]`` are ``offsets[k]`` to ``offsets[k + 1] - 1``.
    value, error_std : ndarray (n_obs,)
        [m3 m-3]
    sensor, group, ordinal : ndarray of int64 (n_obs,)
        Index of the sensor; group that is analysed together (groups follow each other); place among the observations of the
        sensor at the point.
    order : ndarray of int64 (n_obs,)
        Where each observation was in the input.
    """

    points: np.ndarray
    offsets: np.ndarray
    value: np.ndarray
    error_std: np.ndarray
    sensor: np.ndarray
    group: np.ndarray
    ordinal: np.ndarray
    order: np.ndarray

    @property
    def n_obs(self):
        """Number of observations."""
        return len(self.value)

    @property
    def point(self):
        """Local point of each observation, sorted ``(n_obs,)``."""
        return np.repeat(self.points, np.diff(self.offsets))


def sort_observations(point, value, error_std, sensor, n_points, group_of_sensor):
    """Return :class:`PointObservations` of flat arrays ``(n_obs,)`` in any order.

    Parameters
    ----------
    point : ndarray of int
        Local point of each observation.
    value, error_std : ndarray
        [m3 m-3]
    sensor : ndarray of int
        Index into :data:`SENSORS`, or beyond where ``group_of_sensor`` is longer.
    n_points : int
        Of the band.
    group_of_sensor : ndarray of int (n_sensors,)
        Order in which sensors are analysed; equal numbers are analysed together.

    Raises
    ------
    InputError
        For a value that is not finite, an error that is not positive, an unknown sensor or a point outside the band.
    """
    point, sensor = (np.asarray(values, np.int64).reshape(-1) for values in (point, sensor))
    value, error_std = (np.asarray(values, np.float64).reshape(-1) for values in (value, error_std))
    if not len(point) == len(value) == len(error_std) == len(sensor):
        raise InputError(f"observations: point, value, error_std and sensor have {len(point)}, {len(value)}, "
                         f"{len(error_std)} and {len(sensor)} entries, expected the same.")
    _check(point, value, error_std, sensor, n_points, len(group_of_sensor))
    group = np.asarray(group_of_sensor, np.int64)[sensor]
    order = np.lexsort((error_std, value, sensor, group, point))
    point, value, error_std, sensor, group = (values[order] for values in (point, value, error_std, sensor, group))
    points, first = np.unique(point, return_index=True)
    return PointObservations(points, np.append(first, len(point)).astype(np.int64), value, error_std, sensor, group,
                             _ordinals(point, sensor), order)


def _ordinals(point, sensor):
    """Return the place of each of the sorted observations within its run of equal point and sensor."""
    index = np.arange(len(point))
    starts = np.ones(len(point), bool)
    starts[1:] = (point[1:] != point[:-1]) | (sensor[1:] != sensor[:-1])
    return index - np.maximum.accumulate(np.where(starts, index, 0)) if len(point) else index


def _check(point, value, error_std, sensor, n_points, n_sensors):
    """Raise :class:`InputError` for the first observation that cannot be used."""
    for wrong, what, expected, found in (
            ((point < 0) | (point >= n_points), "point", f"0 to {n_points - 1}", point),
            ((sensor < 0) | (sensor >= n_sensors), "sensor", f"0 to {n_sensors - 1}", sensor),
            (~np.isfinite(value), "value", "a finite number", value),
            (~(np.isfinite(error_std) & (error_std > 0.0)), "error_std", "a finite number above zero", error_std)):
        if wrong.any():
            index = int(np.flatnonzero(wrong)[0])
            raise InputError(f"observations: {what} of observation {index} (point {point[index]}, sensor {sensor[index]}) "
                             f"is {found[index]}, expected {expected}; {int(wrong.sum())} of {len(wrong)} are wrong.")
