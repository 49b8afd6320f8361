"""The report of experiments: a twin, a folder of runs or single runs, coupled or not, on one HTML page."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc import __version__
from landda_hpc.coupling.exchange_files import FORECASTS
from landda_hpc.io.atomic import replacing
from landda_hpc.io.provenance import commit
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.evaluate_forecasts import PROFILE_SPACING, SCREEN_SPACING, evaluate_forecasts
from landda_hpc.workflow.evaluation import FOLDER, evaluate, evaluate_twin, write_evaluation
from landda_hpc.workflow.evaluation_figures import draw_evaluation
from landda_hpc.workflow.expected_figures import Inputs, expected_figures
from landda_hpc.workflow.forecast_tables import atmosphere_sentences
from landda_hpc.workflow.report_page import page_of
from landda_hpc.workflow.result_table import ResultTable
from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY
from landda_hpc.workflow.run_folders import experiments_of
from landda_hpc.workflow.twin_folder import open_runs
from landda_hpc.workflow.twin_runs import OBSERVATIONS, TRUTH
from landda_hpc.workflow.verdict import sentences

PAGE = "report.html"


class Report(NamedTuple):
    """A written report.

    Attributes
    ----------
    path : Path
        Of the page.
    answers : list of (str, str)
        Headings and sentences.
    evaluation : Evaluation or None
        Of the land; None where no run has a history.
    forecasts : ForecastEvaluation or None
        Of the atmosphere.
    index : list of (str, str, str)
        Of :func:`~landda_hpc.workflow.expected_figures.expected_figures`; empty for a twin that is not coupled.
    """

    path: Path
    answers: list
    evaluation: object
    forecasts: object
    index: list


def write_report(given, start=None, end=None, minimum_triplets=30, command="", say=lambda text: None, analyses=(), gauges=(),
                 observations=None, output=None, spacing=None, profile_spacing=PROFILE_SPACING, named=None,
                 communicator=SerialCommunicator()):
    """Evaluate experiments, write tables, maps, figures and ``report.html``; return the :class:`Report` on the root.

    Parameters
    ----------
    given : path or sequence of path
        The folder of a twin experiment, or what :func:`~landda_hpc.workflow.run_folders.experiments_of` takes.
    start, end : datetime64, optional
        Of the period, which is that of the runs by default; what comes before, such as the first weeks of an assimilation,
        is left out.
    minimum_triplets : int
        That a cell needs for triple collocation.
    command : str
        For the provenance.
    say : callable
        Called with lines of text on the root.
    analyses, gauges : sequence of path
        To verify forecasts with, as for :func:`~landda_hpc.workflow.evaluate_forecasts.score_experiments`.
    observations : path, optional
        Gridded observations for triple collocation; by default the folder ``observations`` among the runs, or that of the
        configuration of a run.
    output : path, optional
        Folder of the page; by default that of the twin or of the runs, ``report`` for runs given one by one.
    spacing, profile_spacing : float
        Of the grids on which forecasts are verified [degrees]; for fields at 2 m by default that of the land.
    named : dict of str to str, optional
        Names of variables of forecasts and analyses, as for ``score_experiments``.
    communicator : Communicator
        Forecasts are scored in parallel.

    Raises
    ------
    InputError
    """
    given = [given] if isinstance(given, (str, Path)) else list(given)
    is_twin = len(given) == 1 and (Path(given[0]) / TRUTH / HISTORY).exists()
    runs = experiments_of(given)
    folder = Path(output or (given[0] if len(given) == 1 and "=" not in str(given[0]) else "report"))
    say = say if communicator.is_root else lambda text: None
    evaluation = None
    try:
        if communicator.is_root:
            folder.mkdir(parents=True, exist_ok=True)
            beside = Path(given[0]) / OBSERVATIONS
            observations = observations or (beside if len(given) == 1 and beside.is_dir() else None)
            evaluation = _evaluate_land(given[0] if is_twin else None, runs, folder, observations, start, end,
                                        minimum_triplets, say)
        spacing = communicator.broadcast(spacing or _spacing_of(evaluation))
        forecasts = {name: found for name, path in runs.items() for found in [_forecasts_of(path)] if found}
        scored = None
        if forecasts and (analyses or gauges):
            say(f"forecasts of {', '.join(forecasts)}")
            scored = evaluate_forecasts(forecasts, analyses, gauges, folder / FOLDER, communicator, spacing=spacing,
                                        profile_spacing=profile_spacing, period=(start, end), named=named)
        if not communicator.is_root:
            return None
        inputs = Inputs(runs, forecasts, bool(analyses), bool(gauges))
        return _write(evaluation, scored, inputs, folder, runs, command, say)
    finally:
        if evaluation is not None:
            evaluation.twin.close()


def _evaluate_land(twin_folder, runs, folder, observations, start, end, minimum_triplets, say):
    """Return the evaluation of the land, None where no run has a history."""
    if twin_folder is not None:
        return evaluate_twin(twin_folder, start, end, minimum_triplets, say)
    runs = {name: path for name, path in runs.items() if (path / HISTORY).exists()}
    return evaluate(open_runs(runs, folder, observations, start, end), minimum_triplets, say) if runs else None


def _forecasts_of(run):
    """Return the paths of the forecasts of a run, or of a folder that holds nothing else."""
    if (run / FORECASTS).is_dir():
        return sorted((run / FORECASTS).glob("*.nc"))
    return [] if (run / HISTORY).exists() or (run / CONFIGURATION).exists() else [run]


def _spacing_of(evaluation):
    """Return the size of the cells of the land, rounded to a whole share of the globe [degrees]."""
    if evaluation is None:
        return SCREEN_SPACING
    latitudes = evaluation.twin.histories[0].dataset["latitude"].values
    return 180.0 / np.round(180.0 / np.median(np.diff(latitudes))) if len(latitudes) > 1 else SCREEN_SPACING


def _write(evaluation, scored, inputs, folder, runs, command, say):
    """Write all files of a report and return it."""
    answers, tables, figures = [], [], {}
    is_truth_known = evaluation is not None and evaluation.truth is not None
    if evaluation is not None:
        write_evaluation(evaluation, folder / FOLDER, command)
        answers, tables = sentences(evaluation), list(evaluation.tables)
        figures |= draw_evaluation(evaluation, folder / FOLDER, say)
    if scored is not None:
        answers = answers + atmosphere_sentences(scored.scores)
        tables += scored.tables
        figures |= scored.figures
    index = []
    if not is_truth_known or evaluation.twin.is_coupled or inputs.analyses or inputs.gauges:
        index = expected_figures(inputs, evaluation, scored, figures, {table.name for table in tables})
    kind = "Twin experiment" if is_truth_known else "Experiments"
    page = page_of(folder.resolve().name, kind, _lead(evaluation, runs), answers, tables, figures,
                   provenance_table(evaluation, runs, command), index)
    path, data = folder / PAGE, page.encode()
    with replacing(path, SerialCommunicator(), len(data)) as temporary:
        Path(temporary).write_bytes(data)
    return Report(path, answers, evaluation, scored, index)


def _lead(evaluation, runs):
    if evaluation is None:
        return f"{', '.join(runs)}."
    twin = evaluation.twin
    first, last = (str(time.astype("datetime64[m]")) for time in (twin.times[0], twin.times[-1]))
    known = " against a known truth" if twin.truth is not None else ""
    return (f"{', '.join(runs if twin.truth is None else twin.experiments)}{known}; {twin.points.n_points:,} land cells, "
            f"{len(twin.times):,} times from {first} to {last} UTC.")


def provenance_table(evaluation, runs, command=""):
    """Return versions, configuration, seeds and periods of the runs, and of this evaluation."""
    columns = ("run", "version", "commit", "configuration", "seed", "period", "ranks", "command")
    if evaluation is None:
        rows = [("evaluation", __version__, commit()[:16], *[""] * 4, command or "landda report"),
                *((name, *[""] * 6, str(path)) for name, path in runs.items())]
        return ResultTable("provenance", "Where the numbers come from", columns, rows)
    twin = evaluation.twin
    rows = [("evaluation", __version__, commit(), "", "", _span(twin.times), "1", command or "landda report")]
    for name, history in ([("truth", twin.truth)] * (twin.truth is not None) + list(twin.experiments.items())):
        attributes, config = history.dataset.attrs, twin.configurations.get(name)
        rows.append((name, *(str(attributes.get(key, "")) for key in ("version", "commit")),
                     config.digest()[:16] if config else "", str(attributes.get("seed", "")), _span(history.times),
                     str(attributes.get("n_ranks", "")), str(attributes.get("command", ""))))
    return ResultTable("provenance", "Where the numbers come from",
                       columns,
                       [tuple(str(cell)[:16] if place == 2 else cell for place, cell in enumerate(row)) for row in rows],
                       f"Domain: {os.path.basename(twin.domain_path)}. Tables with all digits and maps (NetCDF) are in "
                       f"the folder {FOLDER} beside this page.")


def _span(times):
    return " to ".join(str(time.astype("datetime64[m]")) for time in (times[0], times[-1]))
