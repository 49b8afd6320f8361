"""Which of the figures and tables of Kwon et al. (2026) a report has, and what is missing for the others."""

from typing import NamedTuple

from landda_hpc.references.slots import TWO_METRES
from landda_hpc.workflow.score_triplets import TRIPLETS
from landda_hpc.workflow.twin_folder import BASELINE

COLLOCATION, AIR, FILTER = "Triple collocation", "The atmosphere", "The filter"


class Inputs(NamedTuple):
    """What a report was made from: runs and paths of forecasts by name, and whether analyses and gauges were given."""

    runs: dict
    forecasts: dict
    analyses: bool
    gauges: bool


def expected_figures(inputs, evaluation, forecasts, figures, tables):
    """Return what each figure and table shows, the section of the page that it is in, and why it is missing where it is.

    Parameters
    ----------
    inputs : Inputs
    evaluation : Evaluation or None
    forecasts : ForecastEvaluation or None
    figures, tables : container of str
        Names of those that are there.
    """
    collocation, fields = _of_collocation(evaluation), _of_fields(inputs, forecasts)
    screen = {name: fields or _of_screen(forecasts, name) for name in _QUANTITIES}
    wanted = [
        ("Triple collocation: change of the share of noise in the surface soil moisture", COLLOCATION, "triple_collocation",
         collocation),
        ("Triple collocation: the change by land cover", COLLOCATION, "triple_collocation_land_cover", collocation),
        *((f"Time-height sections of the change of the RMSD of {quantity} by domain", AIR, f"profile_{name}",
           fields or _of_profiles(forecasts, name)) for name, quantity in _QUANTITIES.items()),
        *((f"Maps of the change of the RMSD of 2 m {quantity}", AIR, f"rmsd_2m_{name}_*", screen[name])
          for name, quantity in _QUANTITIES.items()),
        ("Frequency bias and equitable threat score of daily rain", AIR, "precipitation", _of_rain(inputs, forecasts)),
        ("Map of the observation error of ASCAT", FILTER, "observation_error", _of_observations(evaluation)),
        *((f"Table of the RMSD of 2 m {quantity} by domain and lead", AIR, f"domains_{name}", screen[name])
          for name, quantity in _QUANTITIES.items())]
    return [(what, section, missing or ("" if _is_there(name, (*figures, *tables)) else "the inputs gave nothing"))
            for what, section, name, missing in wanted]


_QUANTITIES = {"specific_humidity": "specific humidity", "air_temperature": "temperature"}


def _is_there(name, names):
    return name in names or (name.endswith("*") and any(one.startswith(name[:-1]) for one in names))


def _of_collocation(evaluation):
    """Return what is missing for triple collocation."""
    if evaluation is None:
        return "no run has a history"
    twin = evaluation.twin
    if BASELINE not in twin.experiments:
        return f"there is no experiment {BASELINE} (name a run with {BASELINE}=PATH)"
    names = [name for name in TRIPLETS if name in twin.experiments]
    if not names:
        return (f"there is none of the experiments {', '.join(TRIPLETS)}, which independent satellites can verify (name a run "
                f"with {next(iter(TRIPLETS))}=PATH)")
    if twin.observations is None:
        return "there is no folder of gridded observations (--observations)"
    if any(scores.comparison.n_cells for scores in evaluation.triplets.values()):
        return ""
    if evaluation.triplets:
        most = max(int(scores.comparison.experiment.n.max()) for scores in evaluation.triplets.values())
        return f"no cell has enough valid triplets; the most are {most} (longer runs, --minimum-triplets)"
    lacking = {sensor for name in names for sensor in (TRIPLETS[name].x, TRIPLETS[name].y)
               if not any(twin.observations.glob(f"{sensor}_*.h5"))}
    return f"{twin.observations.name} has no {' and '.join(sorted(lacking))} (`landda obs ingest`, --observations)"


def _of_fields(inputs, forecasts):
    """Return what is missing for all scores of temperature and humidity."""
    if not inputs.forecasts:
        return "the runs have no forecasts (atmosphere.forecasts in their configuration)"
    if not inputs.analyses:
        return "no analyses to compare with (--analysis)"
    if forecasts is None or not forecasts.scores.cells:
        return "nothing was compared"
    return ""


def _of_profiles(forecasts, quantity):
    if len(forecasts.scores.experiments) < 2:
        return "a single experiment has nothing to be compared with"
    levels = {key[1] for key in forecasts.scores.cells if key[0] == quantity and key[1] != TWO_METRES}
    return "" if levels else "there are no pressure levels in forecasts and analyses"


def _of_screen(forecasts, quantity):
    known = any(key[:2] == (quantity, TWO_METRES) for key in forecasts.scores.cells)
    return "" if known else "there is none at 2 m in forecasts and analyses"


def _of_rain(inputs, forecasts):
    if not inputs.forecasts:
        return "the runs have no forecasts (atmosphere.forecasts in their configuration)"
    if not inputs.gauges:
        return "no gauges to compare with (--gauges)"
    return "" if forecasts is not None and forecasts.scores.events else "no whole day of a forecast from 00 UTC has gauges"


def _of_observations(evaluation):
    if evaluation is None:
        return "no run has a history"
    return "" if evaluation.filters else "no run assimilated observations"
