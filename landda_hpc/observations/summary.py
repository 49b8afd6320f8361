"""What files hold that are known but neither retrievals, series nor fields."""

from typing import NamedTuple

import numpy as np


class Summary(NamedTuple):
    """A file in words.

    Attributes
    ----------
    lines : tuple of str
    values : dict
        ``{name: ndarray}`` as decoded, NaN or -1 where missing.
    latitude, longitude : ndarray of float64
        Of what the file covers [degrees], empty if it does not tell.
    time : ndarray of float64
        [s since 2000-01-01 00:00 UTC], empty if it does not tell.
    code : ndarray of int16 or None
        Number of :data:`landda_hpc.observations.codes.CODES` of every retrieval, for files of such.
    flags : dict
        ``{flag word: {meaning: count}}``.
    source_files : tuple of str
    """

    lines: tuple
    values: dict
    latitude: np.ndarray = np.empty(0)
    longitude: np.ndarray = np.empty(0)
    time: np.ndarray = np.empty(0)
    code: np.ndarray | None = None
    flags: dict = {}
    source_files: tuple = ()


def shares(names, weights):
    """Return ``name 12.3 %`` of the names with a weight, the heaviest first."""
    weights = np.asarray(weights, np.float64)
    total = weights.sum()
    return ", ".join(f"{names[index]} {weights[index] / total:.1%}" for index in np.argsort(-weights, kind="stable")
                     if weights[index] > 0.0)
