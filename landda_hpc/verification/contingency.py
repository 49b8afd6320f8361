"""Scores of events, as of precipitation at or above a threshold, from counts of hits, misses and false alarms."""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel

#: Daily precipitation [mm].
THRESHOLDS = (0.5, 1.0, 5.0, 10.0, 15.0, 20.0, 25.0)


class Counts(NamedTuple):
    """Pairs by outcome, each ``(n_thresholds, n_groups)``; counts of parts add."""

    hits: np.ndarray
    misses: np.ndarray
    false_alarms: np.ndarray
    correct_negatives: np.ndarray

    @property
    def n(self):
        """Pairs with both values."""
        return sum(self)

    def __add__(self, other):
        return Counts(*(own + more for own, more in zip(self, other)))

    def pooled(self):
        """Return the counts ``(n_thresholds,)`` of all groups together."""
        return Counts(*(count.sum(axis=-1) for count in self))


class EventScores(NamedTuple):
    """Scores of :class:`Counts`, of their shape.

    Attributes
    ----------
    frequency_bias : ndarray
        Forecast over observed events; infinite where events were forecast only.
    equitable_threat : ndarray
        Threat score beyond that of chance, -1/3 to 1.
    detection : ndarray
        Share of observed events that were forecast (POD).
    false_alarm : ndarray
        Share of forecast events that were not observed (FAR).
    threat : ndarray
        Critical success index (CSI).
    """

    frequency_bias: np.ndarray
    equitable_threat: np.ndarray
    detection: np.ndarray
    false_alarm: np.ndarray
    threat: np.ndarray


def count_events(forecast, observed, thresholds=THRESHOLDS, group=None, n_groups=1):
    """Return the :class:`Counts` of pairs; pairs with a NaN are left out.

    Parameters
    ----------
    forecast, observed : array
        Of one shape.
    thresholds : sequence of float
        An event is a value at or above.
    group : array of int, optional
        Group of each pair, of a shape that broadcasts to theirs: a day, a region. Negative: not counted.
    n_groups : int
    """
    forecast, observed = np.asarray(forecast, np.float64), np.asarray(observed, np.float64)
    if forecast.shape != observed.shape:
        raise ValueError(f"forecast has shape {forecast.shape}, observed {observed.shape}; expected the same")
    group = np.broadcast_to(np.asarray(0 if group is None else group, np.int64), forecast.shape)
    if group.size and group.max() >= n_groups:
        raise ValueError(f"group {group.max()} of {n_groups}")
    counts = np.zeros((4, len(thresholds), n_groups), np.int64)
    _count(forecast.ravel(), observed.ravel(), np.asarray(thresholds, np.float64), np.ascontiguousarray(group).ravel(), counts)
    return Counts(*counts)


def event_scores(counts):
    """Return the :class:`EventScores` of :class:`Counts`.

    ``FB = (H + F) / (H + M)`` and ``ETS = (H - Hr) / (H + M + F - Hr)`` with ``Hr = (H + M)(H + F) / n``. A score without a
    denominator is NaN.
    """
    hits, misses, false_alarms = (np.asarray(count, np.float64) for count in counts[:3])
    observed, forecast, any_event = hits + misses, hits + false_alarms, hits + misses + false_alarms
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = observed * forecast / counts.n
        return EventScores(forecast / observed, (hits - by_chance) / (any_event - by_chance), hits / observed,
                           false_alarms / forecast, hits / any_event)


class EventChange(NamedTuple):
    """Change of the distance of the frequency bias from 1 (negative is better) and of the equitable threat score."""

    frequency_bias: np.ndarray
    equitable_threat: np.ndarray


def mean_event_scores(counts_by_lead):
    """Return frequency bias and equitable threat score, means over the :class:`Counts` of several lead times.

    Without observed events a lead time has no scores; a threshold without any lead time is NaN.
    """
    scores = [event_scores(counts) for counts in counts_by_lead]
    known = np.array([counts.hits + counts.misses > 0 for counts in counts_by_lead])
    return [_mean_where([getattr(score, name) for score in scores], known) for name in EventChange._fields]


def compare_event_scores(experiment, baseline):
    """Return the :class:`EventChange` of two lists of :class:`Counts`, one per lead time, by :func:`mean_event_scores`."""
    (bias, threat), (bias_baseline, threat_baseline) = mean_event_scores(experiment), mean_event_scores(baseline)
    return EventChange(np.abs(bias - 1.0) - np.abs(bias_baseline - 1.0), threat - threat_baseline)


def _mean_where(values, known):
    total = np.where(known, values, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


@driver_kernel
def _count(forecast, observed, thresholds, group, counts):
    for i in range(len(forecast)):
        if np.isnan(forecast[i]) or np.isnan(observed[i]) or group[i] < 0:
            continue
        for t in range(len(thresholds)):
            outcome = (0 if forecast[i] >= thresholds[t] else 1) if observed[i] >= thresholds[t] else (
                2 if forecast[i] >= thresholds[t] else 3)
            counts[outcome, t, group[i]] += 1
