"""Diagnostics of the filter: sums at every point over the analyses of a run, and the numbers made of them.

Everything is a sum of a point over time, so that periods can be merged, a restart can continue, and totals over points are
exact sums that the number of ranks does not change. What is expected of a consistent filter: normalised innovations of mean 0
and standard deviation 1 that are not correlated in time, ``mean(d^2) = mean(s^2 + R)``, and a chi-square equal to the number
of observations (spec of the assimilation, 9; Desroziers et al. 2005, doi:10.1256/qj.05.108).
"""

import numpy as np

from landda_hpc.assimilation.analysis import CODES, USED
from landda_hpc.assimilation.increments import NOT_TRIED
from landda_hpc.jit import driver_kernel

#: Sums of every sensor and point, and their places.
SENSOR_SUMS = ("n", "innovation", "innovation_2", "variance", "error_variance", "normalised", "normalised_2",
               "residual_innovation", "freedom", "first", "last", "lagged")
(N, INNOVATION, INNOVATION_2, VARIANCE, ERROR_VARIANCE, NORMALISED, NORMALISED_2, RESIDUAL_INNOVATION, FREEDOM, FIRST, LAST,
 LAGGED) = range(len(SENSOR_SUMS))
#: Sums of every point over its analyses; ``n_joint`` counts those with observations of several products.
POINT_SUMS = ("n", "n_obs", "chi_square", "freedom", "n_joint", "column")
N_ANALYSES, N_OBS, CHI_SQUARE, ALL_FREEDOM, N_JOINT, COLUMN = range(len(POINT_SUMS))
KINDS, MOMENTS = ("raw", "applied"), ("sum", "square", "absolute")
HISTOGRAM_EDGES = np.arange(-5.0, 5.25, 0.5)  # of normalised innovations; the outer bins are open
LEAST_FOR_WHITENESS, LEAST_FOR_RATIOS = 30, 50  # observations at a point


@driver_kernel
def _add_observations(points, offsets, sensor, error_std, product, results, sensor_sums, point_sums, counts, histogram,
                      first_edge, bin_width):
    """Add the observations of one analysis time to the sums."""
    for index in range(len(points)):
        point, n_used, several, product_before = points[index], 0, False, -1
        for obs in range(offsets[index], offsets[index + 1]):
            counts[results.code[obs], sensor[obs]] += 1
            if results.code[obs] != USED:
                continue
            n_used += 1
            several = several or (product_before >= 0 and product_before != product[sensor[obs]])
            product_before = product[sensor[obs]]
            sums, d, x = sensor_sums[:, sensor[obs], point], results.innovation[obs], results.normalised[obs]
            if sums[N] > 0.0:
                sums[LAGGED] += sums[LAST] * x
            else:
                sums[FIRST] = x
            sums[LAST] = x
            sums[N] += 1.0
            sums[INNOVATION] += d
            sums[INNOVATION_2] += d * d
            sums[VARIANCE] += results.variance[obs]
            sums[ERROR_VARIANCE] += error_std[obs] ** 2
            sums[NORMALISED] += x
            sums[NORMALISED_2] += x * x
            sums[RESIDUAL_INNOVATION] += results.residual[obs] * d
            sums[FREEDOM] += results.freedom[obs]
            point_sums[ALL_FREEDOM, point] += results.freedom[obs]
            place = int(np.floor((x - first_edge) / bin_width)) + 1
            histogram[sensor[obs], min(max(place, 0), histogram.shape[1] - 1)] += 1
        if n_used > 0:
            point_sums[N_ANALYSES, point] += 1.0
            point_sums[N_OBS, point] += n_used
            point_sums[CHI_SQUARE, point] += results.chi_square[index]
            point_sums[N_JOINT, point] += 1.0 if several else 0.0


class FilterDiagnostics:
    """Sums of the analyses of a band.

    Parameters
    ----------
    thickness : ndarray (n_layers, n_points)
        [m]
    products : sequence of str
        Product of every sensor index.

    Attributes
    ----------
    sensor_sums : ndarray (12, n_sensors, n_points)
        By :data:`SENSOR_SUMS`.
    point_sums : ndarray (6, n_points)
        By :data:`POINT_SUMS`; ``column`` is the applied mean increment of the column [kg m-2].
    increment_sums : ndarray (2, 3, n_layers, n_points)
        By :data:`KINDS` and :data:`MOMENTS` of the mean increments of an analysis [m3 m-3].
    outcomes : ndarray of int64 (4, n_points)
        Of the bounds procedure.
    cell_codes : ndarray of int64 (n_codes, n_points)
        What became of the points at times with observations.
    inactive : ndarray of int64 (n_points,)
        Inactive layers at times with observations.
    counts : ndarray of int64 (n_codes, n_sensors)
        What became of the observations.
    histogram : ndarray of int64 (n_sensors, n_bins)
        Of normalised innovations, between :data:`HISTOGRAM_EDGES` and beyond.
    """

    def __init__(self, thickness, products):
        self._thickness, self.products = np.asarray(thickness, np.float64), tuple(products)
        n_layers, n_points = self._thickness.shape
        n_sensors = len(self.products)
        names = sorted(set(self.products))
        self._product = np.array([names.index(product) for product in self.products], np.int64)
        self.sensor_sums = np.zeros((len(SENSOR_SUMS), n_sensors, n_points))
        self.point_sums = np.zeros((len(POINT_SUMS), n_points))
        self.increment_sums = np.zeros((len(KINDS), len(MOMENTS), n_layers, n_points))
        self.outcomes = np.zeros((NOT_TRIED + 1, n_points), np.int64)
        self.cell_codes = np.zeros((len(CODES), n_points), np.int64)
        self.inactive = np.zeros(n_points, np.int64)
        self.counts = np.zeros((len(CODES), n_sensors), np.int64)
        self.histogram = np.zeros((n_sensors, len(HISTOGRAM_EDGES) + 1), np.int64)

    def add(self, observations, results):
        """Add one analysis: :class:`PointObservations` and the :class:`Results` of the filter."""
        points = observations.points
        _add_observations(points, observations.offsets, observations.sensor, observations.error_std, self._product, results,
                          self.sensor_sums, self.point_sums, self.counts, self.histogram, HISTOGRAM_EDGES[0],
                          HISTOGRAM_EDGES[1] - HISTOGRAM_EDGES[0])
        self.point_sums[COLUMN, points] += (
            1000.0 * (self._thickness[:, points] * results.applied).sum(axis=0))
        for kind, increments in enumerate((results.raw, results.applied)):
            for moment, values in enumerate((increments, increments ** 2, np.abs(increments))):
                self.increment_sums[kind, moment][:, points] += values
        self.outcomes[:, points] += results.outcomes
        self.cell_codes[results.cell_code, points] += 1
        self.inactive[points] += results.n_inactive

    def merge(self, later):
        """Add the sums of a later period of the same points."""
        mine, other = self.sensor_sums, later.sensor_sums
        had, has = mine[N] > 0.0, other[N] > 0.0
        lagged = mine[LAGGED] + other[LAGGED] + np.where(had & has, mine[LAST] * other[FIRST], 0.0)
        first, last = np.where(had, mine[FIRST], other[FIRST]), np.where(has, other[LAST], mine[LAST])
        mine += other
        mine[FIRST], mine[LAST], mine[LAGGED] = first, last, lagged
        for name in ("point_sums", "increment_sums", "outcomes", "cell_codes", "inactive", "counts", "histogram"):
            getattr(self, name)[...] += getattr(later, name)

    def arrays(self):
        """Return the sums of points by name with their dimensions, for a restart or a map file."""
        return {"filter_sensor_sums": (self.sensor_sums, ("sensor_sum", "sensor", "point")),
                "filter_point_sums": (self.point_sums, ("point_sum", "point")),
                "filter_increment_sums": (self.increment_sums, ("kind", "moment", "layer", "point")),
                "filter_outcomes": (self.outcomes, ("outcome", "point")),
                "filter_cell_codes": (self.cell_codes, ("code", "point")),
                "filter_inactive": (self.inactive, ("point",))}

    def maps(self, sensor):
        """Return fields ``(n_points,)`` of one sensor by name, NaN where there are too few observations.

        ``n``, mean and standard deviation of the normalised innovation, its autocorrelation from one observation to the
        next, the ratio of expected to found innovations, and the ratios of Desroziers et al. for the innovation, the
        observation error and the background error.
        """
        sums = dict(zip(SENSOR_SUMS, self.sensor_sums[:, sensor]))
        n = sums["n"]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = {name: np.where(n >= LEAST_FOR_RATIOS, value, np.nan) for name, value in _ratios(sums).items()}
            mean = sums["normalised"] / n
            squares = sums["normalised_2"] - n * mean ** 2
            products = (sums["lagged"] - mean * (2.0 * sums["normalised"] - sums["first"] - sums["last"])
                        + (n - 1.0) * mean ** 2)
            return {"n": n, "normalised_mean": mean, "normalised_std": np.sqrt(np.maximum(squares, 0.0) / n),
                    "autocorrelation": np.where((n >= LEAST_FOR_WHITENESS) & (squares > 0.0), products / squares, np.nan),
                    **ratios}

    def totals(self, communicator, band, days, select=None):
        """Return the numbers of the whole run, the same on every rank whatever their count.

        Parameters
        ----------
        communicator : Communicator
        band : Band
            Of this rank's points.
        days : float
            Length of the period.
        select : ndarray of bool (n_points,), optional
            Points that count, such as those of a land cover; counts of observations and histograms are always of all points.

        Returns
        -------
        dict
            ``sensors``: a list of dicts by sensor index; ``analysis``, ``increments`` and ``bounds``: dicts.
        """
        weight = np.ones(self._thickness.shape[1]) if select is None else np.asarray(select, np.float64)

        def total(values):
            return communicator.sum_reproducibly(np.where(weight > 0.0, values, 0.0), band)

        counts, histogram = self._of_all_ranks(communicator)
        sensors = []
        for sensor in range(len(self.products)):
            sums = {name: total(self.sensor_sums[row, sensor]) for row, name in enumerate(SENSOR_SUMS)}
            sensors.append({"product": self.products[sensor], **_of_sensor(sums),
                            "codes": dict(zip(CODES, counts[:, sensor].tolist())), "histogram": histogram[sensor].tolist()})
        points = {name: total(self.point_sums[row]) for row, name in enumerate(POINT_SUMS)}
        n, n_points = points["n"], total(weight)
        outcomes = [total(row) for row in self.outcomes]
        tried = sum(outcomes)
        return {"sensors": sensors,
                "analysis": {"n": n, "chi_square_per_observation": _quotient(points["chi_square"], points["n_obs"]),
                             "freedom_per_analysis": _quotient(points["freedom"], n),
                             "several_products": _quotient(points["n_joint"], n),
                             "codes": {name: total(row) for name, row in zip(CODES, self.cell_codes)}},
                "increments": {**self._increments(total, n),
                               "column_per_day": _quotient(points["column"], days * n_points)},
                "bounds": {**{name: _quotient(count, tried) for name, count in zip(("none", "part", "all"), outcomes)},
                           "inactive_layers": total(self.inactive)}}

    def _of_all_ranks(self, communicator):
        """Return counts and histogram summed over ranks."""
        parts = communicator.gather_object((self.counts, self.histogram))
        return communicator.broadcast([sum(values) for values in zip(*parts)] if parts is not None else None)

    def _increments(self, total, n):
        """Return mean, standard deviation and mean absolute value of the increments of every layer, raw and applied."""
        found = {}
        for kind, name in enumerate(KINDS):
            mean, square, absolute = ([_quotient(total(row), n) for row in self.increment_sums[kind, moment]]
                                      for moment in range(len(MOMENTS)))
            found[name] = {"mean": mean, "absolute": absolute,
                           "std": [float(np.sqrt(max(s - m * m, 0.0))) for m, s in zip(mean, square)]}
        return found


def _quotient(numerator, denominator):
    """Return a quotient, NaN without anything to divide by."""
    return float(numerator / denominator) if denominator else float("nan")


def _ratios(sums):
    """Return the ratios of what is expected to what was found in the innovations of one sensor."""
    return {"spread_skill": np.sqrt((sums["variance"] + sums["error_variance"]) / sums["innovation_2"]),
            "desroziers_innovation": sums["innovation_2"] / (sums["variance"] + sums["error_variance"]),
            "desroziers_observation": sums["residual_innovation"] / sums["error_variance"],
            "desroziers_background": (sums["innovation_2"] - sums["residual_innovation"]) / sums["variance"]}


def _of_sensor(sums):
    """Return the numbers of one sensor from its sums over points."""
    n = sums["n"]
    mean, square = _quotient(sums["normalised"], n), _quotient(sums["normalised_2"], n)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = {name: float(value) for name, value in _ratios({key: np.float64(v) for key, v in sums.items()}).items()}
    return {"n": n, "innovation_mean": _quotient(sums["innovation"], n), "normalised_mean": mean,
            "normalised_std": float(np.sqrt(max(square - mean * mean, 0.0))) if n else float("nan"),
            "freedom_per_observation": _quotient(sums["freedom"], n), **ratios}
