"""The evaluation of experiments: scores against a known truth, triple collocation, filter diagnostics; tables and maps."""

from pathlib import Path
from typing import NamedTuple

from landda_hpc.workflow import evaluation_tables as tables
from landda_hpc.workflow.evaluation_maps import write_maps
from landda_hpc.workflow.score_filter import score_filter
from landda_hpc.workflow.score_triplets import score_triplets
from landda_hpc.workflow.score_truth import score_truth
from landda_hpc.workflow.twin_folder import open_twin

FOLDER = "evaluation"


class Evaluation(NamedTuple):
    """All that is known of experiments.

    Attributes
    ----------
    twin : Twin
    truth : TruthScores or None
        None where the truth is not known.
    triplets : dict of str to TripletScores
    filters : dict of str to FilterScores
    tables : list of ResultTable
    """

    twin: object
    truth: object
    triplets: dict
    filters: dict
    tables: list


def evaluate_twin(folder, start=None, end=None, minimum_triplets=30, say=lambda text: None):
    """Return the :class:`Evaluation` of a twin folder; its twin is open.

    Parameters
    ----------
    folder : path
    start, end : datetime64, optional
        Of the period, which is that of the truth by default; what comes before, such as the first weeks of an
        assimilation, is left out.
    minimum_triplets : int
        That a cell needs for triple collocation.
    say : callable
        Called with a line of text before each part.
    """
    return evaluate(open_twin(folder, start, end), minimum_triplets, say)


def evaluate(twin, minimum_triplets=30, say=lambda text: None):
    """Return the :class:`Evaluation` of open experiments."""
    say(f"{', '.join(twin.experiments)}: {twin.points.n_points} cells, {len(twin.times)} times from {twin.times[0]} to "
        f"{twin.times[-1]}")
    truth = None
    if twin.truth is not None:
        say("scores against the truth")
        truth = score_truth(twin)
    say("triple collocation")
    triplets = score_triplets(twin, minimum_triplets)
    say("filter diagnostics")
    interval = (twin.times[1] - twin.times[0]) if len(twin.times) > 1 else 0
    found = {name: score_filter(history.path.parent, twin.points, twin.thickness, twin.times[0] - interval, twin.times[-1])
             for name, history in twin.experiments.items()}
    filters = {name: scores for name, scores in found.items() if scores is not None}
    return Evaluation(twin, truth, triplets, filters, tables.all_tables(twin, truth, triplets, filters))


def write_evaluation(evaluation, output=None, command=""):
    """Write the tables as CSV and the maps as one NetCDF file; return the paths."""
    folder = Path(output) if output else evaluation.twin.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    paths = [table.write(folder) for table in evaluation.tables]
    return [*paths, write_maps(evaluation, folder / "maps.nc", command)]
