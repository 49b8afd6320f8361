"""Tables of the scores of forecasts: change of RMSD by region and lead, its significance, and scores of rain."""

import numpy as np

from landda_hpc.references.slots import TWO_METRES
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.verification.contingency import THRESHOLDS, compare_event_scores, event_scores
from landda_hpc.verification.forecast_errors import daily_means, mean_difference
from landda_hpc.verification.significance import moving_block_bootstrap, widened
from landda_hpc.workflow.result_table import ResultTable
from landda_hpc.workflow.score_forecasts import UNITS

LONG_BLOCK, SHORT_BLOCK, LONG_PERIOD = 5, 2, 30  # days; short blocks for shorter periods
ALL_HOURS = "all"
NAMES = {"air_temperature": "temperature", "specific_humidity": "specific humidity"}


def forecast_tables(scores, areas):
    """Return the tables of :class:`~landda_hpc.workflow.score_forecasts.ForecastScores`.

    Parameters
    ----------
    scores : ForecastScores
    areas : Areas
        Of the grid of screen-level fields.
    """
    tables, compared = [], len(scores.experiments) > 1
    for quantity in UNITS:
        if any(key[:2] == (quantity, TWO_METRES) for key in scores.cells):
            changes = change_table(scores, areas, quantity)
            intervals = interval_table(scores, quantity) if compared else None
            tables += [one for one in (domain_table(changes, intervals, quantity), changes, intervals) if one is not None]
        if any(key[0] == quantity and key[1] != TWO_METRES for key in scores.cells):
            tables.append(profile_table(scores, quantity))
    if scores.events:
        tables.append(rain_table(scores))
        if compared:
            tables.append(rain_change_table(scores))
    return tables


def hours_of(scores, quantity, vertical):
    """Return the hours at which forecasts of a field start, and all of them together."""
    hours = sorted({key[2] for key in scores.cells if key[:2] == (quantity, vertical)})
    return [*hours, ALL_HOURS] if len(hours) > 1 else hours


def leads_of(scores, quantity, vertical):
    """Return the leads [h] of a field."""
    return sorted({key[3] for key in scores.cells if key[:2] == (quantity, vertical)})


def cell_rmsd(scores, quantity, vertical, hour, lead):
    """Return the RMSD over time of every experiment ``(n_experiments, n_cells)``; None without fields."""
    keys = [key for key in scores.cells if (*key[:2], key[3]) == (quantity, vertical, lead) and hour in (key[2], ALL_HOURS)]
    if not keys:
        return None
    return sum((scores.cells[key] for key in keys[1:]), scores.cells[keys[0]]).rmsd()


def change_table(scores, areas, quantity):
    """Return the change of the RMSD over time, mean of the cells, by region, hour, experiment and lead."""
    leads, rows = leads_of(scores, quantity, TWO_METRES), []
    changes, levels = {}, {}
    for hour in hours_of(scores, quantity, TWO_METRES):
        for lead in leads:
            found = cell_rmsd(scores, quantity, TWO_METRES, hour, lead)  # of one field at a time, for it is large
            if found is not None:
                levels[hour, lead] = mean_difference(found[0], 0.0, areas.weights, areas.masks)
                changes[hour, lead] = [mean_difference(one, found[0], areas.weights, areas.masks) for one in found[1:]]
    for place, (region, surface) in enumerate(scores.areas):
        for hour in hours_of(scores, quantity, TWO_METRES):
            rows.append((region, surface, _hour(hour), scores.experiments[0],
                         *(levels[hour, lead][place] if (hour, lead) in levels else np.nan for lead in leads)))
            rows += [(region, surface, _hour(hour), f"{name} - {scores.experiments[0]}",
                      *(changes[hour, lead][number][place] if (hour, lead) in changes else np.nan for lead in leads))
                     for number, name in enumerate(scores.experiments[1:])]
    return ResultTable(
        f"rmsd_2m_{quantity}", f"RMSD of 2 m {NAMES[quantity]} over time, mean of the cells [{UNITS[quantity][1]}], by lead",
        ("domain", "surface", "start UTC", "experiment", *(_lead(lead) for lead in leads)), rows,
        f"First line of each group: {scores.experiments[0]}; below it differences, negative is better."
        + f" {scores.height}" * (quantity == "air_temperature"))


def domain_table(changes, intervals, quantity):
    """Return the table of changes of all hours of the day together, and at which leads they are more than chance."""
    hours = {row[2] for row in changes.rows}
    chosen = ALL_HOURS if ALL_HOURS in hours else next(iter(hours), None)
    significant = {}
    for region, surface, hour, lead, name, *_, verdict in ([] if intervals is None else intervals.rows):
        if hour == chosen and verdict == "yes":
            significant.setdefault((region, surface, name), []).append(lead)
    rows = []
    for region, surface, hour, name, *values in changes.rows:
        if hour == chosen:
            found = significant.get((region, surface, name.partition(" - ")[0])) if " - " in name else None
            rows.append((region, surface, name, *values, ", ".join(found) if found else "n.s." if " - " in name else ""))
    leads = changes.columns[4:]
    title = changes.title.removesuffix(", by lead")
    return ResultTable(f"domains_{quantity}", f"{title}, by domain and lead", ("domain", "surface", "experiment", *leads,
                                                                               "significant"), rows,
                       f"{changes.note} Significant are leads at which the interval of the daily change of the RMSD of the "
                       "domain by moving blocks leaves out zero.")


def interval_table(scores, quantity):
    """Return the mean change of the RMSD of regions from day to day, with its interval by moving blocks."""
    rows = []
    for hour in hours_of(scores, quantity, TWO_METRES):
        for lead in leads_of(scores, quantity, TWO_METRES):
            day, change = daily_change(scores, quantity, TWO_METRES, hour, lead)
            if day is None:
                continue
            for number, name in enumerate(scores.experiments[1:]):
                for place, (region, surface) in enumerate(scores.areas):
                    test = interval(change[:, number, place])
                    if test is not None:
                        rows.append((region, surface, _hour(hour), _lead(lead), name, len(change), test.mean, test.lower,
                                     test.upper, "yes" if test.significant else "n.s."))
    return ResultTable(
        f"rmsd_2m_{quantity}_significance", f"Change of the RMSD of 2 m {NAMES[quantity]} of regions, mean of the days "
        f"[{UNITS[quantity][1]}]", ("domain", "surface", "start UTC", "lead", "experiment", "days", "change", "2.5 %", "97.5 %",
                                    "significant"), rows,
        f"Differences to {scores.experiments[0]} of pairs; intervals by moving blocks of {LONG_BLOCK} days, of {SHORT_BLOCK} "
        f"for less than {LONG_PERIOD} days, then widened as Student's t is for so few blocks.")


def interval(change):
    """Return the interval of the mean of a daily series; None for less than two blocks of days or without values.

    That of a short period is widened, since in its few blocks chance looks like a change.
    """
    is_long = len(change) >= LONG_PERIOD
    block = LONG_BLOCK if is_long else SHORT_BLOCK
    if len(change) <= block or not np.isfinite(change).any():
        return None
    found = moving_block_bootstrap(change, block)
    return found if is_long else widened(found, len(change) / block)


def daily_change(scores, quantity, vertical, hour, lead):
    """Return the days ``(n_days,)`` since 2000-01-01 and the change of the RMSD ``(n_days, n_experiments - 1, n_areas)``.

    Both are None where there is nothing.
    """
    slots = [slot for slot in scores.series
             if (slot.quantity, slot.vertical, slot.lead) == (quantity, vertical, lead) and hour in (slot.hour, ALL_HOURS)]
    if not slots:
        return None, None
    day = np.array([int(slot.start // SECONDS_PER_DAY) for slot in slots])
    rmsd = np.stack([scores.series[slot] for slot in slots])
    change = rmsd[:, 1:] - rmsd[:, :1]
    daily = np.stack([daily_means(series, day) for series in change.reshape(len(slots), -1).T], axis=-1)
    return np.arange(day.min(), day.max() + 1), daily.reshape(len(daily), *change.shape[1:])


def profile_table(scores, quantity):
    """Return the mean RMSD of the regions on pressure levels and its change, by lead."""
    rows = []
    levels = sorted({key[1] for key in scores.cells if key[0] == quantity and key[1] != TWO_METRES}, key=pressure)
    for level in levels:
        for lead in leads_of(scores, quantity, level):
            slots = [slot for slot in scores.series if (slot.quantity, slot.vertical, slot.lead) == (quantity, level, lead)]
            rmsd = np.nanmean([scores.series[slot] for slot in slots], axis=0) if slots else None
            for place, (region, surface) in enumerate(scores.areas):
                if surface == "all" and rmsd is not None:
                    rows.append((region, pressure(level) / 100.0, _lead(lead), rmsd[0, place],
                                 *(rmsd[1:, place] - rmsd[0, place])))
    return ResultTable(
        f"rmsd_profile_{quantity}",
        f"RMSD of {NAMES[quantity]} on pressure levels, mean of the cycles [{UNITS[quantity][1]}]",
        ("domain", "level [hPa]", "lead", scores.experiments[0],
         *(f"{name} - {scores.experiments[0]}" for name in scores.experiments[1:])), rows)


def pressure(vertical):
    """Return the pressure [Pa] of a level in words."""
    return float(vertical.removesuffix(" Pa"))


def rain_table(scores):
    """Return frequency bias and equitable threat score by region, lead, experiment and threshold."""
    rows = []
    for (name, lead, region), counts in sorted(scores.events.items(), key=_order(scores)):
        found = event_scores(counts)
        for number, threshold in enumerate(THRESHOLDS):
            rows.append((region, lead, name, threshold, *(int(count[number, 0]) for count in counts),
                         float(found.frequency_bias[number, 0]), float(found.equitable_threat[number, 0])))
    return ResultTable("precipitation", "Daily precipitation: events at or above a threshold",
                       ("domain", "lead [d]", "experiment", "threshold [mm d-1]", "hits", "misses", "false alarms",
                        "correct negatives", "FB", "ETS"), rows, "Days of the gauges are taken as 00 to 24 UTC.")


def rain_change_table(scores):
    """Return the change of |FB - 1| and ETS, scores being means of the leads, by region and threshold."""
    rows, baseline = [], scores.experiments[0]
    leads = sorted({lead for _, lead, _ in scores.events})
    for region in dict.fromkeys(region for _, _, region in scores.events):
        of_baseline = [scores.events[baseline, lead, region] for lead in leads]
        for name in scores.experiments[1:]:
            change = compare_event_scores([scores.events[name, lead, region] for lead in leads], of_baseline)
            rows += [(region, name, threshold, float(change.frequency_bias[number, 0]),
                      float(change.equitable_threat[number, 0])) for number, threshold in enumerate(THRESHOLDS)]
    return ResultTable("precipitation_change", f"Daily precipitation: change against {baseline}, mean of the leads",
                       ("domain", "experiment", "threshold [mm d-1]", "dFB", "dETS"), rows,
                       "dFB negative is better, dETS positive.")


def atmosphere_sentences(scores):
    """Return headings and sentences on the forecasts: the change of the RMSD at 2 m over land after a day, and of rain."""
    if len(scores.experiments) < 2:
        return []
    told, place = [], scores.areas.index(("GLOB", "land"))
    for quantity in UNITS:
        leads = leads_of(scores, quantity, TWO_METRES)
        if not leads:
            continue
        lead = 24.0 if 24.0 in leads else leads[-1]
        hour = hours_of(scores, quantity, TWO_METRES)[-1]
        _, change = daily_change(scores, quantity, TWO_METRES, hour, lead)
        parts = []
        for number, name in enumerate(scores.experiments[1:]):
            series = change[:, number, place]
            if np.isfinite(series).any():
                test = interval(series)
                verdict = "too few days to tell it from chance" if test is None else ("significant" if test.significant
                                                                                     else "n.s.")
                parts.append(f"{np.nanmean(series):+.2g} {UNITS[quantity][1]} with {name} ({verdict})")
        if parts:
            when = "in the analysis" if lead == 0.0 else f"after {_lead(lead)}"
            told.append(f"The RMSD of 2 m {NAMES[quantity]} over land {when} "
                        f"changes against {scores.experiments[0]} by {', '.join(parts)}.")
    return [("Did the forecasts improve?", " ".join(told))] if told else []


def _order(scores):
    regions = list(dict.fromkeys(region for region, _ in scores.areas))
    return lambda item: (regions.index(item[0][2]), item[0][1], scores.experiments.index(item[0][0]))


def _hour(hour):
    return hour if hour == ALL_HOURS else f"{hour:02d}"


def _lead(lead):
    return "analysis" if lead == 0.0 else f"{lead / 24.0:g} d"
