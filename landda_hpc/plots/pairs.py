"""Pairs of a model series and an observed series over the same stretches of time.

Model values are means over ``[start, end)`` of their output interval; observations are means over theirs or instants.
The coarser of the two decides: the finer is averaged over it, and only where enough of it is there.
"""

from typing import NamedTuple

import numpy as np

WHOLE = 0.99  # of the time of a stretch that the model must cover
ENOUGH = 0.8  # of the time of a stretch that finer observations must cover


class Pairs(NamedTuple):
    """Middle of each common stretch (datetime64[s]), model and observed values without NaN."""

    times: np.ndarray
    model: np.ndarray
    observed: np.ndarray


def pair_series(model_bounds, model_values, series, enough=ENOUGH):
    """Return the :class:`Pairs` of a model series and an :class:`~landda_hpc.forcing.tower.ObservedSeries`.

    Parameters
    ----------
    model_bounds : ndarray of datetime64[s] (n_times, 2)
        Start and end of each output interval.
    model_values : ndarray (n_times,)
        Means over these; NaN is left out.
    series : ObservedSeries
    enough : float
        Share of a model interval that finer observations must cover with values.
    """
    model_bounds = np.asarray(model_bounds).astype("datetime64[s]")
    model_length = np.median(np.diff(model_bounds, axis=1).astype(np.int64))
    starts = series.times.astype("datetime64[s]")
    ends = starts + np.timedelta64(int(series.interval), "s")
    if series.interval >= model_length:
        model = _means(starts, ends, model_bounds, model_values, WHOLE)
        observed, bounds = series.values, np.stack([starts, ends], axis=1)
    elif series.interval == 0:
        return _at_instants(model_bounds, model_values, series)
    else:
        model = model_values
        observed = _means(*model_bounds.T, np.stack([starts, ends], axis=1), series.values, enough)
        bounds = model_bounds
    both = np.isfinite(model) & np.isfinite(observed)
    middle = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) // 2
    return Pairs(middle[both], np.asarray(model, dtype=np.float64)[both], np.asarray(observed, dtype=np.float64)[both])


def daily_means(bounds, values, share=WHOLE):
    """Return ``(middle of the day, mean)`` for the UTC days of which a series covers at least `share`."""
    first, last = bounds[0, 0].astype("datetime64[D]"), bounds[-1, 1].astype("datetime64[D]")
    days = np.arange(first, last + 1).astype("datetime64[s]")
    means = _means(days, days + np.timedelta64(86400, "s"), bounds, values, share)
    known = np.isfinite(means)
    return days[known] + np.timedelta64(43200, "s"), means[known]


def layer_of_depth(layer_thickness, depth):
    """Return the index of the soil layer that contains a depth [m], or None below the soil."""
    bottoms = np.cumsum(layer_thickness)
    layer = int(np.searchsorted(bottoms, depth - 1e-9))  # a depth on a boundary belongs to the layer above it
    return layer if layer < len(bottoms) else None


def _at_instants(bounds, values, series):
    """Pair instantaneous observations with the output interval that contains them."""
    times = series.times.astype("datetime64[s]")
    place = np.searchsorted(bounds[:, 1], times, side="right")
    inside = place < len(bounds)
    inside[inside] = times[inside] >= bounds[place[inside], 0]
    model = np.full(times.shape, np.nan)
    model[inside] = np.asarray(values, dtype=np.float64)[place[inside]]
    both = np.isfinite(model) & np.isfinite(series.values)
    return Pairs(times[both], model[both], np.asarray(series.values, dtype=np.float64)[both])


def _means(starts, ends, bounds, values, share):
    """Return the time-weighted means of a finer series over coarse stretches, NaN where less than `share` is there.

    Uses running integrals, so stretches need not coincide with the bounds of the finer series; holes between the
    latter count as missing.
    """
    origin = bounds[0, 0]
    edges = (bounds - origin).astype(np.int64).astype(np.float64)
    known = np.isfinite(values)
    lengths = np.where(known, edges[:, 1] - edges[:, 0], 0.0)
    reference = np.nanmean(values) if known.any() else 0.0  # keeps the running integral small, and so exact
    amounts = np.where(known, values - reference, 0.0) * lengths
    knots = edges.ravel()
    amount = _running(amounts)
    covered = _running(lengths)
    lower, upper = ((times - origin).astype(np.int64).astype(np.float64) for times in (starts, ends))
    time = np.interp(upper, knots, covered) - np.interp(lower, knots, covered)
    integral = np.interp(upper, knots, amount) - np.interp(lower, knots, amount)
    enough = time >= share * (upper - lower)
    return np.where(enough, reference + integral / np.where(time > 0.0, time, 1.0), np.nan)


def _running(pieces):
    """Return the running integral at the start and end of each piece."""
    total = np.cumsum(pieces)
    return np.stack([total - pieces, total], axis=1).ravel()
