"""Where columns are: which cubed sphere a list of them is, and in which order."""

import math
import re

import numpy as np
from scipy.spatial import cKDTree

from landda_hpc.coupling.cubed_sphere import CubedSphere, vectors_of
from landda_hpc.errors import ConfigError, InputError

SAME_PLACE = 1.0e-4  # degrees


def degrees_of(angles, units):
    """Return angles in degrees, of radians where the units of a file say so."""
    return np.degrees(angles) if str(units).lower().startswith("rad") else angles


def match_columns(latitude, longitude, wanted_latitude, wanted_longitude, where=""):
    """Return the places in a list of columns of each wanted column, within 1e-4 degrees.

    Parameters
    ----------
    latitude, longitude : ndarray (n,)
        As found [degrees].
    wanted_latitude, wanted_longitude : ndarray (m,)
    where : str
        For messages.

    Raises
    ------
    InputError
        When a wanted column is not there, or two of them are the same.
    """
    chord, place = cKDTree(vectors_of(latitude, longitude)).query(vectors_of(wanted_latitude, wanted_longitude))
    distance = np.degrees(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))
    if (distance > SAME_PLACE).any():
        first = int(np.argmax(distance > SAME_PLACE))
        raise InputError(f"{where}: {int((distance > SAME_PLACE).sum())} of {len(distance)} columns have none within "
                         f"{SAME_PLACE:g} degrees, first column {first} at {wanted_latitude[first]:g} N "
                         f"{wanted_longitude[first]:g} E, {distance[first]:.3g} degrees from the nearest. Remap instead.")
    if len(np.unique(place)) != len(place):
        raise InputError(f"{where}: some of {len(place)} columns are the same place twice. Remap instead.")
    return place


def part_of_sphere(attributes, latitude, longitude):
    """Return the cubed sphere that global attributes name and which of its columns these are, or None and None.

    Parameters
    ----------
    attributes : dict
        With ``ne``, ``np`` and ``grid``, which is GLL for nodes and such as pg2 for cells.
    latitude, longitude : ndarray (n,)
        Of all columns or some of them, in any order [degrees].
    """
    kind = re.fullmatch(r"GLL|pg(\d+)", str(attributes.get("grid", "GLL")))
    if kind is None or "ne" not in attributes or not (kind[1] or "np" in attributes):
        return None, None
    try:
        ne = int(attributes["ne"])
        sphere = CubedSphere.cells(ne, int(kind[1])) if kind[1] else CubedSphere(ne, int(attributes["np"]))
        return sphere, match_columns(sphere.latitude, sphere.longitude, latitude, longitude)
    except (ValueError, TypeError, ConfigError, InputError):
        return None, None  # attributes of another meaning, or columns of another sphere


def sphere_of(latitude, longitude, where=""):
    """Return the cubed sphere whose columns these are and their places in its order, or None and None.

    The nodes of ``np`` 4 and cells of any number are tried.
    """
    n = len(latitude)
    for size, make in ((math.sqrt(max(n - 2, 0) / 54.0), CubedSphere), (math.sqrt(n / 6.0), CubedSphere.cells)):
        if size < 1.0 or size != round(size):
            continue
        sphere = make(round(size))
        same = np.abs(vectors_of(latitude, longitude) - sphere.vectors).max() < np.radians(SAME_PLACE)
        if same:
            return sphere, np.arange(n)
        try:
            return sphere, match_columns(latitude, longitude, sphere.latitude, sphere.longitude, where)
        except InputError:
            continue  # another grid of as many columns
    return None, None
