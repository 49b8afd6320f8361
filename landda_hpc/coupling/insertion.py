"""Soil moisture of an analysis into a land model that keeps its own temperature, ice and snow."""

from typing import NamedTuple

import numpy as np

from landda_hpc.noah import ice
from landda_hpc.noah.parameters import URBAN_VALUES
from landda_hpc.noah.soil_water import LEAST_SOIL_WATER


class InsertionReport(NamedTuple):
    """What an insertion did; counts are of layers of columns unless they say columns.

    Attributes
    ----------
    time : datetime64
    inserted : int
        Layers that took a value.
    without_value : int
        Layers that kept theirs because the analysis has none.
    ice_columns : int
        Columns of glacier and sea ice, which have no soil water.
    raised, lowered : int
        Values below 0.02 and above the porosity, set to these limits.
    ice_limited : int
        Frozen layers whose ice was more than the new water and became it.
    water_added : ndarray (n_columns,)
        [kg m-2], negative where water was taken.
    water_clipped : ndarray (n_columns,)
        What the limits added to the values [kg m-2].
    ice_removed : ndarray (n_columns,)
        [kg m-2]
    """

    time: object
    inserted: int
    without_value: int
    ice_columns: int
    raised: int
    lowered: int
    ice_limited: int
    water_added: np.ndarray
    water_clipped: np.ndarray
    ice_removed: np.ndarray

    def text(self):
        """Return the report as lines for a log."""
        mean = {name: float(getattr(self, name).mean()) if len(self.water_added) else 0.0
                for name in ("water_added", "water_clipped", "ice_removed")}
        return (f"soil moisture inserted at {self.time}: {self.inserted} layers, {self.without_value} without a value, "
                f"{self.ice_columns} columns of ice\n"
                f"  raised to {LEAST_SOIL_WATER:g}: {self.raised}, lowered to the porosity: {self.lowered}, "
                f"ice limited to the water: {self.ice_limited}\n"
                f"  mean water added {mean['water_added']:.6g} kg m-2, of it by the limits {mean['water_clipped']:.6g}, "
                f"ice removed {mean['ice_removed']:.6g}")


def insert_soil_moisture(state, parameters, theta, time):
    """Put soil moisture into all members of a state and return an :class:`InsertionReport`.

    The water is limited to 0.02 and the porosity; ice stays as far as the water allows, so that
    ``liquid = total - min(ice, total)``; temperature, snow and canopy stay.

    Parameters
    ----------
    state : LandState
        Changed in place.
    parameters : LandParameters
    theta : ndarray (n_layers, n_columns)
        Total volumetric water [m3 m-3]; NaN keeps what is there.
    time : datetime64

    Raises
    ------
    ValueError
        For another shape.
    """
    theta = np.asarray(theta, np.float64)
    n_layers, n_columns, n_members = state.soil_moisture.shape
    if theta.shape != (n_layers, n_columns):
        raise ValueError(f"The soil moisture to insert has the shape {theta.shape}, expected (n_layers, n_columns) = "
                         f"{(n_layers, n_columns)}.")
    land = parameters["surface_kind"] == ice.LAND
    porosity = np.where(parameters["urban"] > 0.5, URBAN_VALUES["porosity"], parameters["porosity"])
    takes = np.isfinite(theta) & land
    limited = np.clip(theta, LEAST_SOIL_WATER, porosity)
    mass = 1000.0 * parameters["layer_thickness"]
    old_total = np.array(state.soil_moisture, np.float64)
    old_ice = np.maximum(old_total - np.array(state.liquid_soil_moisture, np.float64), 0.0)
    new_total = np.where(takes[..., None], limited[..., None], old_total)
    new_ice = np.where(takes[..., None], np.minimum(old_ice, new_total), old_ice)
    ice_limited = takes[..., None] & (old_ice > new_total)
    state.soil_moisture[...] = np.where(takes[..., None], new_total, state.soil_moisture)
    state.liquid_soil_moisture[...] = np.where(takes[..., None], new_total - new_ice, state.liquid_soil_moisture)
    return InsertionReport(
        time, int(takes.sum()), int((~np.isfinite(theta) & land).sum()), int((~land).sum()),
        int((takes & (theta < LEAST_SOIL_WATER)).sum()), int((takes & (theta > porosity)).sum()),
        int(ice_limited.any(axis=2).sum()), ((new_total - old_total).mean(axis=2) * mass).sum(axis=0),
        (np.where(takes, limited - np.where(takes, theta, 0.0), 0.0) * mass).sum(axis=0),
        ((old_ice - new_ice).mean(axis=2) * mass).sum(axis=0))
