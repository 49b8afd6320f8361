"""Series of one point out of a history dataset: bounds of the output intervals, centre and spread of the ensemble."""

from typing import NamedTuple

import numpy as np

from landda_hpc.plots.pairs import daily_means

QUANTILES = (0.05, 0.95)


class Curve(NamedTuple):
    """Middle times, ensemble centre and the edges of its spread (None for a single run)."""

    times: np.ndarray
    centre: np.ndarray
    lower: np.ndarray | None
    upper: np.ndarray | None


def interval_bounds(dataset):
    """Return the start and end of each output interval, datetime64[s] ``(n_times, 2)``.

    From ``time_bnds``, else from the END labels with the commonest distance as length.
    """
    if "time_bnds" in dataset:
        return dataset["time_bnds"].values.astype("datetime64[s]")
    ends = dataset["time"].values.astype("datetime64[s]")
    length = np.median(np.diff(ends).astype(np.int64)) if ends.size > 1 else 0
    return np.stack([ends - np.timedelta64(int(length), "s"), ends], axis=1)


def has(dataset, name):
    """Tell whether a variable is there with at least one finite value."""
    return name in dataset and bool(np.isfinite(dataset[name].values).any())


def values_of(dataset, name, point=0, layer=None):
    """Return the values ``(n_times,)`` of one point and layer, mean over members if there are any."""
    array = _select(dataset, name, point, layer)
    return (array.mean("member") if "member" in array.dims else array).values.astype(np.float64)


def curve_of(dataset, name, point=0, layer=None, daily=False):
    """Return the :class:`Curve` of a variable.

    The spread is the 5 to 95 % range where there are members, else mean -+ ``<name>_spread`` where that exists. With
    `daily`, everything is averaged over UTC days.
    """
    centre = values_of(dataset, name, point, layer)
    array = _select(dataset, name, point, layer)
    lower = upper = None
    if "member" in array.dims:
        lower, upper = (array.quantile(level, "member").values for level in QUANTILES)
    elif f"{name}_spread" in dataset:
        spread = values_of(dataset, f"{name}_spread", point, layer)
        lower, upper = centre - spread, centre + spread
    bounds = interval_bounds(dataset)
    if not daily:
        return Curve(bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) // 2, centre, lower, upper)
    times, centre = daily_means(bounds, centre)
    if lower is not None:
        lower, upper = daily_means(bounds, lower)[1], daily_means(bounds, upper)[1]
    return Curve(times, centre, lower, upper)


def _select(dataset, name, point, layer):
    array = dataset[name]
    if "point" in array.dims:
        array = array.isel(point=point)
    if layer is not None:
        array = array.isel(layer=layer)
    return array.transpose("time", ...)
