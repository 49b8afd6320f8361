"""The groups of arrays that cross the boundary of the land model.

They are named tuples because these pass straight into compiled code.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc import variables


class LandState(NamedTuple):
    """Prognostic state; layered planes ``(n_layers, n_points, n_members)``, the others ``(n_points, n_members)``.

    Units and meanings: :data:`landda_hpc.variables.STATE`, in the same order.
    """

    soil_temperature: np.ndarray
    soil_moisture: np.ndarray
    liquid_soil_moisture: np.ndarray
    skin_temperature: np.ndarray
    canopy_water: np.ndarray
    snow_water_equivalent: np.ndarray
    snow_depth: np.ndarray
    snow_cover_fraction: np.ndarray
    snow_age: np.ndarray
    heat_exchange_coefficient: np.ndarray
    momentum_exchange_coefficient: np.ndarray
    roughness_length: np.ndarray
    emissivity: np.ndarray
    albedo: np.ndarray
    surface_specific_humidity: np.ndarray

    @classmethod
    def empty(cls, n_layers, n_points, n_members, dtype=np.float64):
        """Return an uninitialised state (filled with NaN so that a forgotten value shows)."""
        sizes = {"layer": n_layers, "point": n_points, "member": n_members}
        return cls(*(np.full([sizes[dim] for dim in variable.dims], np.nan, dtype)
                     for variable in variables.STATE.values()))


class Forcing(NamedTuple):
    """Meteorological forcing of one time step, each array ``(n_points,)``.

    Units: :data:`landda_hpc.variables.FORCING`, in the same order. Precipitation is rain plus snow; Noah decides the
    phase itself.
    """

    air_temperature: np.ndarray
    specific_humidity: np.ndarray
    eastward_wind: np.ndarray
    northward_wind: np.ndarray
    surface_pressure: np.ndarray
    shortwave_down: np.ndarray
    longwave_down: np.ndarray
    precipitation: np.ndarray


class Beside(NamedTuple):
    """What comes with the forcing of a step, the same for all members of a point.

    Attributes
    ----------
    n_records : float or ndarray (n_points,)
        Forcing records that the means of the step were made of.
    heat_exchange, momentum_exchange : float or ndarray (n_points,)
        Exchange coefficients in place of the surface layer's [m s-1], sums over the records; NaN where there are none. That
        of heat alone is the first guess of the surface layer.
    """

    n_records: object = 1.0
    heat_exchange: object = np.nan
    momentum_exchange: object = np.nan
