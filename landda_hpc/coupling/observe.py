"""Model equivalents of observations at the surface: the nearest column, linear between the hours of a trajectory."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from landda_hpc.errors import InputError


class SurfaceObservations(NamedTuple):
    """Where and when a field was observed, arrays ``(n,)``: degrees north and east, datetime64."""

    field: str
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray


def unit_vectors(latitude, longitude):
    """Return points on the unit sphere ``(n, 3)`` of degrees north and east."""
    north, east = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def model_equivalents(trajectory, columns, observations):
    """Return the model equivalents ``(n,)`` of :class:`SurfaceObservations`.

    Parameters
    ----------
    trajectory : Series
        Hourly.
    columns : Columns
    observations : SurfaceObservations

    Raises
    ------
    InputError
        For a field that the trajectory does not have, and times outside of it.
    """
    if observations.field not in trajectory.fields:
        raise InputError(f"The trajectory has no {observations.field}; it has {', '.join(trajectory.fields)}.")
    time = np.asarray(observations.time, "datetime64[s]")
    first, last = trajectory.time[0], trajectory.time[-1]
    outside = (time < first) | (time > last)
    if outside.any():
        raise InputError(f"{int(outside.sum())} of {len(time)} observations of {observations.field} are outside of the "
                         f"trajectory from {first} to {last}, first {time[outside][0]}.")
    tree = cKDTree(unit_vectors(columns.latitude, columns.longitude))
    _, column = tree.query(unit_vectors(observations.latitude, observations.longitude))
    after = np.clip(np.searchsorted(trajectory.time, time, side="right"), 1, len(trajectory.time) - 1)
    span = (trajectory.time[after] - trajectory.time[after - 1]) / np.timedelta64(1, "s")
    share = (time - trajectory.time[after - 1]) / np.timedelta64(1, "s") / span
    values = trajectory.fields[observations.field]
    return values[after - 1, column] * (1.0 - share) + values[after, column] * share
