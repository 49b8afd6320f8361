"""Compare scores of events with reference counts and scores of random fields."""

import numpy as np

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.verification.contingency import count_events, event_scores
from landda_hpc.verification.report import Report, Tally, open_reference

WHAT = "reference cases of event scores (contingency.h5)"
TOLERANCE = 1.0e-12
COLUMNS = ("hits", "misses", "false_alarms", "correct_negatives", "n", "fb", "ets", "pod", "far", "csi")
N_COUNTS = 5


def verify_scores(path, precision="float64"):
    """Score the fields of a file and return a :class:`Report` by score and case.

    Raises
    ------
    InputError
        If the file is missing or not one of event scores.
    ConfigError
        For another precision than float64.
    """
    if precision != "float64":
        raise ConfigError(f"Scores are computed in float64 only; found --precision {precision}.")
    tally = Tally()
    with open_reference(path, WHAT) as file:
        if "thresholds_mm_per_day" not in file.attrs:
            raise InputError(f"{path} has no attribute thresholds_mm_per_day. Expected {WHAT}.")
        thresholds = file.attrs["thresholds_mm_per_day"]
        for name, case in file.items():
            _compare(tally, name, case, thresholds)
        n_cases = len(file)
    return Report(str(path), precision, n_cases, tally.differences())


def _compare(tally, name, case, thresholds):
    forecast, observed = case["fcst"][()], case["obs"][()]
    n_days = len(observed)
    daily = count_events(forecast, observed, thresholds, np.arange(n_days)[:, None, None], n_days)
    for rule, counts, expected in (("all days", daily.pooled(), case["scores_all"][()]),
                                   ("each day", daily, case["scores_daily"][()])):
        found = [*counts, counts.n, *event_scores(counts)]
        for k, column in enumerate(COLUMNS):
            _compare_values(tally, column, rule, name, found[k], expected[..., k], 0.0 if k < N_COUNTS else TOLERANCE)


def _compare_values(tally, column, rule, name, found, expected, allowed):
    """Compare values and where they are undefined: NaN and infinity must be the same ones."""
    finite = np.isfinite(expected)
    if not finite.all():
        undefined_alike = np.array_equal(np.asarray(found)[~finite], expected[~finite], equal_nan=True)
        tally.add(f"{column}, undefined alike", rule, name, undefined_alike, True, 0.0)
    tally.add(column, rule, name, np.asarray(found)[finite], expected[finite], allowed)
