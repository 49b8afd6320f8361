"""Figures of the evaluation of experiments: which, of what, into which files."""

import numpy as np

from landda_hpc.assimilation.diagnostics import HISTOGRAM_EDGES
from landda_hpc.assimilation.observations import PRODUCTS, SENSORS
from landda_hpc.plots import diagnostics, experiments
from landda_hpc.verification.significance import by_land_cover
from landda_hpc.workflow.evaluation_maps import map_dataset
from landda_hpc.workflow.evaluation_tables import TESTED, class_names, quantities_of
from landda_hpc.workflow.score_triplets import fmse_change
from landda_hpc.workflow.score_truth import QUANTITIES, daily_root
from landda_hpc.workflow.twin_folder import BASELINE

DOTS_PER_INCH = 130


def draw_evaluation(evaluation, folder, say=lambda path: None):
    """Draw all figures into a folder.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
    say : callable
        Called with the path of each figure when it is there.

    Returns
    -------
    dict of str to (Path, str)
        Path and caption of each figure by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for name, figure, caption in _figures(evaluation):
        if figure is not None:
            path = folder / f"{name}.png"
            figure.savefig(path, dpi=DOTS_PER_INCH)
            drawn[name] = path, caption
            say(path)
    return drawn


def _figures(evaluation):
    """Yield name, figure and caption."""
    dataset = map_dataset(evaluation)
    if evaluation.truth is not None:
        yield from _truth_figures(evaluation.twin, evaluation.truth, dataset)
    if evaluation.triplets:
        yield from _triplet_figures(evaluation, dataset)
    if evaluation.filters:
        yield from _filter_figures(evaluation, dataset)


def _truth_figures(twin, truth, dataset):
    for quantity in (quantity for quantity in TESTED if quantity in quantities_of(truth)):
        yield (f"rmse_{quantity}", experiments.change_page(dataset, quantity),
               f"RMSE of CTL in the {QUANTITIES[quantity]} and its change in each experiment.")
    yield "series", experiments.series_page(_series(twin, truth)), "A spread that follows the RMSE knows the error."
    if len(twin.experiments) > 1:
        yield ("land_cover", experiments.land_cover_page(_truth_panels(twin, truth), class_names(twin)),
               "Change of the RMSE against the truth by dominant land cover.")


def _triplet_figures(evaluation, dataset):
    known = evaluation.truth is not None
    if not known and not any(scores.comparison.n_cells for scores in evaluation.triplets.values()):
        return  # maps of nothing
    yield ("triple_collocation", experiments.fmse_page(dataset),
           "What triple collocation says, as it would with real data, beside the truth over the same samples." if known else
           "Share of noise in CTL and its change, by triple collocation with satellites that were not assimilated.")
    if known:
        ratios = {name: {data: check.ratio for data, check in scores.checks.items()}
                  for name, scores in evaluation.triplets.items()}
        yield ("triple_collocation_errors", experiments.error_page(dataset, ratios),
               "A cell on the line is estimated as it is.")
    names = class_names(evaluation.twin)
    yield ("triple_collocation_land_cover", experiments.land_cover_page(_triplet_panel(evaluation), names),
           "Change of the share of noise by dominant land cover, by triple collocation.")


def _filter_figures(evaluation, dataset):
    filters = evaluation.filters
    histograms = {name: {sensor: scores.diagnostics.histogram[SENSORS.index(sensor)] for sensor in scores.sensors}
                  for name, scores in filters.items()}
    probabilities = {name: {sensor: scores.probability[SENSORS.index(sensor)] for sensor in scores.sensors}
                     for name, scores in filters.items()}
    yield ("innovations", diagnostics.innovation_page(HISTOGRAM_EDGES, histograms, probabilities),
           "Left: a filter that knows its errors fills the grey area. Right: it is flat.")
    yield "consistency", diagnostics.consistency_page(dataset), "Where the mean is off zero a bias is left; s.d. above 1 " \
        "says that spread or observation error are too small."
    yield "observations", diagnostics.count_page(dataset, evaluation.twin.days), "Where the observations were used."
    if evaluation.twin.truth is None or evaluation.twin.is_coupled:
        yield ("observation_error", diagnostics.error_page(dataset, dict(zip(SENSORS, PRODUCTS))),
               "Errors of the observations as they were assimilated, in the units of the model's soil moisture.")
    series = {name: (scores.days, scores.assimilated, scores.water) for name, scores in filters.items()}
    yield "daily", diagnostics.daily_page(series, SENSORS), "Water that grows without end points to a bias."
    yield "increments", diagnostics.increment_page(dataset), "Lasting increments of one sign point to a bias between " \
        "observations and model."


def _series(twin, truth):
    panels = []
    for quantity in (quantity for quantity in TESTED if quantity in quantities_of(truth)):
        series = {}
        for name in twin.experiments:
            days, rmse = daily_root(twin.times, truth.square[name, quantity])
            series[name] = days, rmse, daily_root(twin.times, truth.variance[name, quantity])[1]
        panels.append((QUANTITIES[quantity].capitalize(), series))
    return panels


def _truth_panels(twin, truth):
    points, panels = twin.points, []
    for quantity in (quantity for quantity in TESTED if quantity in quantities_of(truth)):
        panel = {}
        for name in list(twin.experiments)[1:]:
            change = truth.cells[name, quantity].rmse - truth.cells[BASELINE, quantity].rmse
            tests = by_land_cover(change, points.latitude, points.longitude, points.land_cover, n_resamples=2)
            panel[name] = change, points.land_cover, {test.land_cover for test in tests if test.significant}
        panels.append((f"Change of the RMSE, {QUANTITIES[quantity]}", f"RMSE minus CTL [{experiments.MOISTURE}]", panel))
    return panels


def _triplet_panel(evaluation):
    panel = {}
    for name, scores in evaluation.triplets.items():
        significant = {test.land_cover for test in scores.classes if test.significant}
        panel[name] = fmse_change(scores.comparison), np.asarray(evaluation.twin.points.land_cover), significant
    return [("Change of the fMSE by triple collocation", "fMSE minus CTL", panel)]
