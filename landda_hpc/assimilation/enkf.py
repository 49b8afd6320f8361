"""The ensemble Kalman filter of a band: options, the call of the analysis, and what it adds up over a run.

No communication: a band holds all members of its points, and the analysis of a point needs no other.
"""

import math

import numpy as np

from landda_hpc.assimilation.analysis import Results, Settings, analyse_cells
from landda_hpc.assimilation.increments import Bounds
from landda_hpc.assimilation.observations import PRODUCTS, sort_observations
from landda_hpc.errors import ColumnError, ConfigError
from landda_hpc.perturb.philox import split_seed
from landda_hpc.times import EPOCH, seconds_since

LEAST_MEMBERS = 3
MOST_NOT_FINITE = 1.0e-3  # share of the points of a run


class EnKF:
    """One-dimensional stochastic ensemble Kalman filter of the soil moisture.

    Parameters
    ----------
    seed : int
    cells : ndarray of int64 (n_points,)
        Global cell ids of the band.
    n_members : int
    thickness : ndarray (n_layers, n_points)
        [m]
    analysable : ndarray of bool (n_points,)
        Not glacier, ice or urban.
    multi_sensor : str
        ``joint``: all observations of a point in one analysis; ``serial``: one product after the other.
    sensor_order : sequence of str
        Order of the products, for ``serial``.
    products : sequence of str
        Product of every sensor index.
    bounds : Bounds
        Also tells whether the last member is unperturbed.
    same_sensor_error_correlation : float
        Of observations of one sensor at one point and time.
    gross_check : float, optional
        Rejects innovations beyond so many standard deviations.
    least_variance : float
        Of the predicted observation [m6 m-6]; below it there is no analysis.
    truncation, zero_mean
        Of the observation noise.
    active_layer_rule : bool
        Leave frozen and very dry or wet layers alone.

    Attributes
    ----------
    water_added : ndarray (n_points,)
        Sum of all changes of all members since the start [kg m-2].

    Raises
    ------
    ConfigError
        For options that cannot work.
    """

    def __init__(self, seed, cells, n_members, thickness, analysable, *, multi_sensor="joint",
                 sensor_order=("ascat", "smap"), products=PRODUCTS, bounds=Bounds(), same_sensor_error_correlation=0.0,
                 gross_check=None, least_variance=1.0e-12, truncation=2.5, zero_mean=True, active_layer_rule=True):
        if n_members < LEAST_MEMBERS:
            raise ConfigError(f"ensemble.size is {n_members}; the filter needs at least {LEAST_MEMBERS} members.")
        if not 0.0 <= same_sensor_error_correlation < 1.0:
            raise ConfigError(f"enkf.same_sensor_error_corr is {same_sensor_error_correlation}, expected 0 <= value < 1.")
        self.products, self.n_members = tuple(products), n_members
        self._group_of_sensor = _groups(multi_sensor, sensor_order, self.products)
        low, high = split_seed(seed)
        self._settings = Settings(low, high, bool(zero_mean), float(truncation), float(same_sensor_error_correlation),
                                  math.inf if gross_check is None else float(gross_check), float(least_variance),
                                  bool(active_layer_rule))
        self._cells = np.ascontiguousarray(cells, np.int64)
        self._thickness, self._analysable = np.ascontiguousarray(thickness, np.float64), np.array(analysable, bool)
        self._bounds = bounds
        self.water_added = np.zeros(len(cells))
        self._n_not_finite = 0

    @classmethod
    def from_sections(cls, section, ensemble, perturb, cells, thickness, analysable):
        """Return the filter that the sections ``enkf``, ``ensemble`` and ``perturb`` of a configuration ask for."""
        lower, upper = section.layer1_limits
        bounds = Bounds(section.margin, lower, upper, section.min_good_fraction, ensemble.bias_correction,
                        section.bounds == "clip")
        return cls(ensemble.seed, cells, ensemble.size, thickness, analysable, multi_sensor=section.multi_sensor,
                   sensor_order=section.sensor_order, bounds=bounds,
                   same_sensor_error_correlation=section.same_sensor_error_corr, gross_check=section.gross_check,
                   least_variance=section.min_spread_var, truncation=perturb.truncate, zero_mean=perturb.zero_mean,
                   active_layer_rule=perturb.state.active_layer_rule)

    def exclude(self, points):
        """Analyse some points (boolean ``(n_points,)``) no more."""
        self._analysable &= ~points

    def sort(self, point, value, error_std, sensor):
        """Return the observations ``(n_obs,)`` of one analysis time in the order that :meth:`analyse` wants."""
        return sort_observations(point, value, error_std, sensor, len(self._cells), self._group_of_sensor)

    def analyse(self, time, time_step, state, porosity, observations):
        """Analyse the soil moisture of a :class:`LandState` in place.

        Parameters
        ----------
        time : datetime64
            Of the analysis, the end of a step.
        time_step : int
            Of the model [s]; counts the draws of the observation noise.
        state : LandState
        porosity : ndarray (n_points,)
            [m3 m-3]
        observations : PointObservations
            From :meth:`sort`.

        Returns
        -------
        Results
            In the order of ``observations``.
        """
        n_layers = len(self._thickness)
        expected = (n_layers, len(self._cells), self.n_members)
        if state.soil_moisture.shape != expected or state.liquid_soil_moisture.shape != expected:
            raise ValueError(f"soil moisture has shape {state.soil_moisture.shape}, its liquid part "
                             f"{state.liquid_soil_moisture.shape}; the filter was made for {expected}")
        draw = seconds_since(EPOCH, time) // int(time_step)
        results = Results.empty(observations.n_obs, len(observations.points), n_layers)
        self._n_not_finite = analyse_cells(state.soil_moisture, state.liquid_soil_moisture, self._cells,
                                           np.ascontiguousarray(porosity, np.float64), self._thickness, self._analysable,
                                           observations, draw, self._settings, self._bounds, results, self.water_added)
        return results

    def check_finite(self, time, communicator):
        """Stop all ranks if too many points had members that are not finite in the last analysis.

        Raises
        ------
        ColumnError
            Above 0.1 % of the points of the run.
        """
        counts = communicator.gather_object((self._n_not_finite, len(self._cells)))
        found, n_points = communicator.broadcast([sum(values) for values in zip(*counts)] if counts else None)
        if found > MOST_NOT_FINITE * n_points:
            raise ColumnError(f"soil moisture that is not finite reached the analysis\n  when   {time}\n  found  {found} of "
                              f"{n_points} points, expected at most {MOST_NOT_FINITE:.1%}\n  The land model or the "
                              "perturbations went wrong there; run.on_column_error: stop names the first column.")


def _groups(multi_sensor, sensor_order, products):
    """Return the group of every sensor index: all the same, or the place of its product in the order."""
    if multi_sensor == "joint":
        return np.zeros(len(products), np.int64)
    if multi_sensor != "serial":
        raise ConfigError(f"enkf.multi_sensor is {multi_sensor!r}, expected joint or serial.")
    order = list(sensor_order)
    missing = sorted(set(products) - set(order))
    if missing or len(set(order)) != len(order):
        raise ConfigError(f"enkf.sensor_order is {', '.join(order)}; expected each of "
                          f"{', '.join(sorted(set(products)))} once.")
    return np.array([order.index(product) for product in products], np.int64)
