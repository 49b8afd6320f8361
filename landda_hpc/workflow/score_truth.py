"""Scores of the experiments of a twin against its truth, read in blocks of points so that little memory is needed."""

from typing import NamedTuple

import numpy as np

from landda_hpc.verification.experiments import CellScores, cell_scores, depth_weights

#: What is scored: name, title, and the layers it is made of.
QUANTITIES = {"surface": "surface layer", "second_layer": "second layer", "root_zone": "root zone, 0-1 m"}
ROOT_ZONE = 1.0  # m


class TruthScores(NamedTuple):
    """Scores against the truth.

    Attributes
    ----------
    cells : dict of (experiment, quantity) to CellScores
        Of the points of the twin, over the times at which the truth and all experiments are known.
    square : dict of (experiment, quantity) to ndarray (n_times,)
        Area-weighted mean over the points of the squared difference from the truth.
    variance : dict of (experiment, quantity) to ndarray (n_times,)
        Likewise of the variance of the ensemble; NaN without spread.
    """

    cells: dict
    square: dict
    variance: dict


def score_truth(twin):
    """Return the :class:`TruthScores` of a :class:`~landda_hpc.workflow.twin_folder.Twin`.

    The spread of the root zone is the mean of the spreads of its layers, the upper bound of the true one.
    """
    weights = _layer_weights(twin.thickness)
    keys = [(name, quantity) for name in twin.experiments for quantity in weights]
    parts = {key: [] for key in keys}
    square, variance, total = ({key: np.zeros(len(twin.times)) for key in keys} for _ in range(3))
    for block in twin.blocks():
        area = np.cos(np.radians(twin.points.latitude[block]))
        truth = twin.truth.read("soil_moisture", points=block)
        runs = {name: history.read("soil_moisture", points=block) for name, history in twin.experiments.items()}
        common = np.isfinite(truth).all(axis=1) & np.all([np.isfinite(run).all(axis=1) for run in runs.values()], axis=0)
        for name, history in twin.experiments.items():
            spread = (history.read("soil_moisture_spread", points=block) if history.has("soil_moisture_spread")
                      else np.full(truth.shape, np.nan))
            for quantity, share in weights.items():
                key = name, quantity
                own, true, deviation = (_mean_of_layers(values, share) for values in (runs[name], truth, spread))
                own = np.where(common, own, np.nan)
                parts[key].append(cell_scores(own, true, twin.seconds, deviation))
                square[key] += np.where(common, (own - true) ** 2, 0.0) @ area
                variance[key] += np.where(common, deviation ** 2, 0.0) @ area
                total[key] += common @ area
    cells = {key: CellScores(*(np.concatenate(column) for column in zip(*found))) for key, found in parts.items()}
    for sums in (square, variance):
        for key in keys:
            sums[key] = np.divide(sums[key], total[key], out=np.full(len(twin.times), np.nan), where=total[key] > 0.0)
    return TruthScores(cells, square, variance)


def _layer_weights(thickness):
    """Return the weights of the layers in every quantity; a soil of one layer has no second."""
    weights = {"surface": np.eye(len(thickness))[0]}
    if len(thickness) > 1:
        weights["second_layer"] = np.eye(len(thickness))[1]
    return {**weights, "root_zone": depth_weights(thickness, ROOT_ZONE)}


def _mean_of_layers(values, weights):
    """Return the weighted mean over the layers of ``(n_times, n_layers, n_points)``, without layers that do not count."""
    used = np.flatnonzero(weights)
    return np.tensordot(weights[used], values[:, used], axes=(0, 1))


def daily_root(times, squares):
    """Return days and the roots of the daily means of squares."""
    days = (times - np.timedelta64(1, "s")).astype("datetime64[D]")  # midnight ends a day
    distinct, index = np.unique(days, return_inverse=True)
    known = np.isfinite(squares)
    count = np.bincount(index[known], minlength=len(distinct))
    sums = np.bincount(index[known], weights=squares[known], minlength=len(distinct))
    return distinct, np.sqrt(np.divide(sums, count, out=np.full(len(distinct), np.nan), where=count > 0))
