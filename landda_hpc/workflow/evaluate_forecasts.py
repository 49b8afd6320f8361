"""Score the atmosphere of experiments: files in, tables, figures and scores in NetCDF out."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError
from landda_hpc.plots import forecasts
from landda_hpc.plots.coast import land_rings
from landda_hpc.references.forecast_files import ForecastFiles
from landda_hpc.references.gauge_files import GaugeFiles
from landda_hpc.references.slots import TWO_METRES
from landda_hpc.times import EPOCH, seconds_since
from landda_hpc.verification.contingency import THRESHOLDS, compare_event_scores, mean_event_scores
from landda_hpc.verification.forecast_errors import mean_difference
from landda_hpc.workflow.forecast_tables import (
    ALL_HOURS,
    NAMES,
    cell_rmsd,
    daily_change,
    forecast_tables,
    interval,
    leads_of,
    pressure,
)
from landda_hpc.workflow.regrid import remap_to
from landda_hpc.workflow.score_forecasts import UNITS, ForecastScores, areas_of, score_fields, score_rain

DOTS_PER_INCH = 130
MAPPED_LEADS = (0.0, 24.0, 72.0)  # h
SCREEN_SPACING, PROFILE_SPACING = 0.25, 2.0  # degrees
MAP_CAPTION = "RMSD over time of every cell, of the baseline and its change; means are of all cells, weighted by area."
LEAD_CAPTION = "Change of the RMSD of regions from day to day with its 95 % interval by moving blocks."
SECTION_CAPTION = "Change of the RMSD of regions in the analyses, day by day and on pressure levels."
RAIN_CAPTION = "Frequency bias (1 is best) and equitable threat score (1 is best) of daily rain, means of the leads."


class ForecastEvaluation(NamedTuple):
    """What became of the scores of experiments.

    Attributes
    ----------
    scores : ForecastScores
    tables : list of ResultTable
    figures : dict of str to (Path, str)
        Path and caption by name.
    paths : list of Path
        Of all tables and figures.
    """

    scores: object
    tables: list
    figures: dict
    paths: list


def evaluate_forecasts(experiments, analyses, gauges, output, communicator, **more):
    """Score experiments, write tables and figures; return the :class:`ForecastEvaluation` on the root, None elsewhere.

    Parameters are those of :func:`score_experiments`; ``output`` is the folder.
    """
    scored = score_experiments(experiments, analyses, gauges, communicator, **more)
    if scored is None:
        return None
    scores, tables, grid, areas = scored
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    paths, figures = [table.write(output) for table in tables], {}
    for name, figure, caption in _figures(scores, grid, areas):
        path = output / f"{name}.png"
        figure.savefig(path, dpi=DOTS_PER_INCH)
        figures[name] = path, caption
    return ForecastEvaluation(scores, tables, figures, [*paths, *(path for path, _ in figures.values())])


def score_experiments(experiments, analyses, gauges, communicator, spacing=SCREEN_SPACING, profile_spacing=PROFILE_SPACING,
                      period=(None, None), named=None, say=lambda text: None):
    """Return scores, tables, and the grid and areas of 2 m fields on the root, None elsewhere.

    Parameters
    ----------
    experiments : dict of str to sequence of path
        Files and folders of each; the first is the baseline.
    analyses : sequence of path
        Of temperature and humidity; may be empty if there are gauges.
    gauges : sequence of path
        Daily precipitation of CPC; may be empty.
    communicator : Communicator
    spacing, profile_spacing : float
        Of the verification grids of 2 m fields and of pressure levels [degrees].
    period : (datetime64 or None, datetime64 or None)
        Forecasts that start after the first and up to the second count.
    named : dict of str to str, optional
        Names of variables, as :class:`~landda_hpc.references.forecast_files.ForecastFiles` takes them.
    say : callable

    Raises
    ------
    InputError, ConfigError
    """
    if not analyses and not gauges:
        raise ConfigError("There is nothing to compare with. Give --analysis for temperature and humidity, --gauges for rain.")
    period = [edge if edge is None else float(seconds_since(EPOCH, edge)) for edge in period]
    files = {name: ForecastFiles(paths, remap_to, period, named) for name, paths in experiments.items()}
    screen, profile = (_with_areas(Grid.covering(size, south=-90.0)) for size in (spacing, profile_spacing))
    fields = ({}, {}, {}, "") if communicator.is_root else None
    if analyses:
        grids = {"screen": screen, "profile": profile}
        fields = score_fields(files, ForecastFiles(analyses, remap_to, named=named), grids, communicator, say=say)
    rain = ({}, {}) if communicator.is_root else None
    if gauges:
        observed = GaugeFiles(gauges)
        rain = score_rain(files, observed, *_with_areas(observed.grid), communicator)
    if not communicator.is_root:
        return None
    series, cells, left_out, height = fields
    scores = ForecastScores(tuple(experiments), screen[1].names, series, cells, rain[0], left_out | rain[1], height)
    return scores, forecast_tables(scores, screen[1]), *screen


def land_of_outline(latitudes, longitudes):
    """Return the land cells ``(n_rows, n_columns)`` of a grid by the outline of the land, which has no lakes."""
    from matplotlib.path import Path as Outline

    land = np.zeros((len(latitudes), len(longitudes)), bool)
    for ring in land_rings():
        rows = np.flatnonzero((latitudes >= ring[:, 1].min()) & (latitudes <= ring[:, 1].max()))
        columns = np.flatnonzero((longitudes >= ring[:, 0].min()) & (longitudes <= ring[:, 0].max()))
        if rows.size and columns.size:
            places = np.stack(np.meshgrid(longitudes[columns], latitudes[rows]), axis=-1).reshape(-1, 2)
            land[np.ix_(rows, columns)] |= Outline(ring).contains_points(places).reshape(len(rows), len(columns))
    return land


def _with_areas(grid):
    """Return a grid and its :class:`~landda_hpc.workflow.score_forecasts.Areas`."""
    latitude, longitude = np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij")
    return grid, areas_of(latitude.ravel(), longitude.ravel(), land_of_outline(grid.latitudes, grid.longitudes).ravel())


def _figures(scores, grid, areas):
    """Yield name, figure and caption."""
    regions = list(dict.fromkeys(region for region, _ in scores.areas))
    for quantity, (_, units) in UNITS.items():
        title = NAMES[quantity].capitalize()
        leads = leads_of(scores, quantity, TWO_METRES)
        for lead in (lead for lead in MAPPED_LEADS if lead in leads):
            rmsd = cell_rmsd(scores, quantity, TWO_METRES, ALL_HOURS, lead)
            means = [mean_difference(one, base, areas.weights, areas.masks[:1])[0]
                     for one, base in zip(rmsd, [0.0 * rmsd[0], *[rmsd[0]] * (len(rmsd) - 1)])]
            when = "analysis" if lead == 0.0 else f"forecast for day {lead / 24.0:g}"
            yield f"rmsd_2m_{quantity}_{lead:03.0f}h", forecasts.rmsd_maps(
                grid.latitudes, grid.longitudes, rmsd.reshape(len(rmsd), grid.n_rows, grid.n_columns), scores.experiments,
                f"{title} at 2 m, {when}", units, means), MAP_CAPTION
        if len(scores.experiments) > 1 and leads:
            yield f"rmsd_2m_{quantity}_leads", forecasts.change_with_lead(
                [lead / 24.0 for lead in leads], _tests(scores, quantity, leads), scores.experiments, regions,
                f"Change of the RMSD of {NAMES[quantity]} at 2 m", units), LEAD_CAPTION
        yield from _sections(scores, quantity, regions, title, units)
    if scores.events:
        yield "precipitation", _rain_figure(scores, regions), RAIN_CAPTION


def _tests(scores, quantity, leads):
    """Return the intervals of the changes, all surfaces and all hours, by experiment, region and lead."""
    found = {}
    for lead in leads:
        _, change = daily_change(scores, quantity, TWO_METRES, ALL_HOURS, lead)
        for number, name in enumerate(scores.experiments[1:]):
            for place, (region, surface) in enumerate(scores.areas):
                if surface == "all":
                    found[name, region, lead / 24.0] = interval(change[:, number, place])
    return found


def _sections(scores, quantity, regions, title, units):
    """Yield the time-height section of the analyses, where there are levels and something to compare."""
    levels = sorted({key[1] for key in scores.cells if (key[0], key[3]) == (quantity, 0.0) and key[1] != TWO_METRES},
                    key=pressure)
    if not levels or len(scores.experiments) < 2:
        return
    of_levels = [daily_change(scores, quantity, level, ALL_HOURS, 0.0) for level in levels]
    first, last = min(days[0] for days, _ in of_levels), max(days[-1] for days, _ in of_levels)
    places = [place for place, (_, surface) in enumerate(scores.areas) if surface == "all"]
    changes = np.full((last - first + 1, len(levels), len(scores.experiments) - 1, len(places)), np.nan)
    for number, (days, change) in enumerate(of_levels):
        changes[days - first, number] = change[:, :, places]
    yield f"profile_{quantity}", forecasts.sections(
        np.arange(first, last + 1), np.array([pressure(level) for level in levels]) / 100.0, changes, scores.experiments,
        regions, f"{title} of the analyses, change of the RMSD", units), SECTION_CAPTION


def _rain_figure(scores, regions):
    """Return the figure of the scores of rain and their changes, means of the leads."""
    leads = sorted({lead for _, lead, _ in scores.events})
    found, changes = {"FB": {}, "ETS": {}}, {"dFB": {}, "dETS": {}}
    for region in regions:
        counts = {name: [scores.events[name, lead, region] for lead in leads] for name in scores.experiments
                  if all((name, lead, region) in scores.events for lead in leads)}
        for name, own in counts.items():
            found["FB"][name, region], found["ETS"][name, region] = (one[:, 0] for one in mean_event_scores(own))
            if name != scores.experiments[0]:
                change = compare_event_scores(own, counts[scores.experiments[0]])
                changes["dFB"][name, region], changes["dETS"][name, region] = (one[:, 0] for one in change)
    return forecasts.rain_scores(THRESHOLDS, found, changes if changes["dFB"] else {}, scores.experiments, regions)
