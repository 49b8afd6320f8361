"""What an evaluation of experiments says, in plain sentences."""

import numpy as np

from landda_hpc.verification.experiments import global_means, percent_change
from landda_hpc.workflow.score_filter import EXPECTED
from landda_hpc.workflow.score_truth import QUANTITIES
from landda_hpc.workflow.twin_folder import BASELINE

NOTABLE = 0.5  # % of the RMSE, below which nothing is called better or worse
JUDGED = ("surface", "root_zone")


def sentences(evaluation):
    """Return headings and sentences: whether assimilation helped, what triple collocation says, and the filter's checks."""
    if evaluation.truth is None:
        return [("What does triple collocation say?", _collocation(evaluation)),
                ("Is the filter consistent?", _filter(evaluation))]
    return [("Did the assimilation help?", _help(evaluation)),
            ("Does triple collocation agree with the truth?", _collocation(evaluation)),
            ("Is the filter consistent?", _filter(evaluation))]


def changes_of(evaluation, metric):
    """Return the change of the area mean of a score against the baseline [%] by (experiment, quantity)."""
    cells, latitude = evaluation.truth.cells, evaluation.twin.points.latitude
    means = {key: global_means(scores, latitude)[metric] for key, scores in cells.items()}
    return {(name, quantity): percent_change(mean, means[BASELINE, quantity])
            for (name, quantity), mean in means.items() if name != BASELINE}


def _help(evaluation):
    names = [name for name in evaluation.twin.experiments if name != BASELINE]
    if not names:
        return f"There is only {BASELINE}, so there is nothing to compare it with."
    total, unbiased = changes_of(evaluation, "rmse"), changes_of(evaluation, "ubrmse")
    judged = np.array([changes[name, quantity] for changes in (total, unbiased) for name in names for quantity in JUDGED])
    if not np.isfinite(judged).all():
        return "Nothing can be said: there is no cell and time at which the truth and all experiments are known."
    verdict = "Yes." if (judged < -NOTABLE).all() else "No." if (judged > -NOTABLE).all() else "In part."
    latitude, parts = evaluation.twin.points.latitude, []
    for quantity in JUDGED:
        baseline = global_means(evaluation.truth.cells[BASELINE, quantity], latitude)["rmse"]
        told = ", ".join(f"{total[name, quantity]:+.1f} % ({unbiased[name, quantity]:+.1f} %) with {name}" for name in names)
        parts.append(f"{QUANTITIES[quantity].capitalize()}: the RMSE against the truth is {baseline:.4f} m3 m-3 in {BASELINE} "
                     f"and changes by {told}.")
    parts.append("In brackets: without the mean bias, which observations scaled to the model do not show.")
    best = min(names, key=lambda name: unbiased[name, "surface"])
    if len(names) > 1 and verdict != "No.":
        parts.append(f"Without the bias, the surface is best in {best}.")
    return " ".join([verdict, *parts])


def _collocation(evaluation):
    if not evaluation.triplets:
        return ("Nothing can be said: no experiment has observations of both independent satellites (AMSR2 and SMOS for SG_AT, "
                "AMSR2 and ASCAT for SG_SP).")
    scored = {name: scores for name, scores in evaluation.triplets.items() if scores.comparison.n_cells}
    if not scored:
        most = max(int(scores.comparison.experiment.n.max()) for scores in evaluation.triplets.values())
        return ("Nothing can be said: no cell has enough triplets with three significant positive correlations; the most in a "
                f"cell are {most}.")
    if evaluation.truth is None:
        told = "; ".join(f"{scores.comparison.change:+.1f} % with {name}, in {scores.comparison.n_cells} cells"
                         for name, scores in scored.items())
        return f"The share of noise (fMSE) of the surface soil moisture changes against {BASELINE} by {told}."
    told = "; ".join(f"{name}: {scores.comparison.change:+.1f} % estimated, {scores.true_change:+.1f} % true, in "
                     f"{scores.comparison.n_cells} cells" for name, scores in scored.items())
    agree = {name: np.sign(scores.comparison.change) == np.sign(scores.true_change) for name, scores in scored.items()}
    parts = [f"Change of the share of noise (fMSE) against {BASELINE}: {told}."]
    if all(agree.values()) and ranked_alike(scored):
        parts.insert(0, "Yes." if len(scored) < 2 else "Yes, also in the order of the experiments.")
    elif all(agree.values()):
        parts.insert(0, "In part: it tells better from worse, but orders the experiments differently.")
    else:
        wrong = ", ".join(name for name, same in agree.items() if not same)
        parts.insert(0, f"No: it has the wrong sign for {wrong}.")
    ratios = [check.ratio for scores in scored.values() for check in scores.checks.values() if np.isfinite(check.ratio)]
    if ratios:
        parts.append(f"Its error variances are {min(ratios):.2f} to {max(ratios):.2f} of the true ones (area means by data "
                     "set).")
    if len(scored) < len(evaluation.triplets):
        parts.append(f"Not scored, for want of valid cells: {', '.join(set(evaluation.triplets) - set(scored))}.")
    return " ".join(parts)


def ranked_alike(scored):
    """Tell whether the experiments are in the same order by the estimated and by the true change."""
    orders = [sorted(scored, key=key) for key in (lambda name: scored[name].comparison.change,
                                                  lambda name: scored[name].true_change)]
    return orders[0] == orders[1]


def _filter(evaluation):
    if not evaluation.filters:
        return "No experiment has observations in its assimilation windows, so the filter cannot be checked."
    found = [f"{name}, {sensor}: {EXPECTED[key][0]} {value:.2f} (expected {EXPECTED[key][1]:g} to {EXPECTED[key][2]:g})"
             for name, scores in evaluation.filters.items() for sensor, key, value in scores.unexpected()]
    n_checks = len(EXPECTED) * sum(bool(numbers["n"]) for scores in evaluation.filters.values()
                                   for numbers in scores.sensors.values())
    if not n_checks:
        return "No observation was assimilated, so the filter cannot be checked."
    if not found:
        return f"Yes: all {n_checks} checks of the innovations are within their expected range."
    verdict = "No" if len(found) > n_checks // 2 else "Not in all respects"
    return (f"{verdict}: {len(found)} of {n_checks} checks of the innovations are outside their expected range. "
            f"{'; '.join(found)}.")
