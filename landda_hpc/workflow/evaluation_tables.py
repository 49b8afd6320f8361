"""The tables of the evaluation of experiments."""

import numpy as np

from landda_hpc.assimilation.diagnostics import N_ANALYSES
from landda_hpc.assimilation.observations import SENSORS
from landda_hpc.noah.tables import LAND_COVER_SCHEMES, class_table
from landda_hpc.observations.codes import CODES
from landda_hpc.verification.experiments import global_means, percent_change
from landda_hpc.verification.significance import by_land_cover, moving_block_bootstrap
from landda_hpc.workflow.result_table import ResultTable
from landda_hpc.workflow.score_truth import QUANTITIES, daily_root
from landda_hpc.workflow.twin_folder import BASELINE

MOISTURE = "m3 m-3"
BLOCK_DAYS = 5  # of the bootstrap of daily differences
TESTED = ("surface", "root_zone")


def all_tables(twin, truth, triplets, filters):
    """Return the :class:`ResultTable` list of an evaluation; parts without results have none."""
    names = class_names(twin)
    found = []
    if truth is not None:
        found += [truth_table(twin, truth, filters), interval_table(twin, truth), truth_class_table(twin, truth, names)]
    if triplets:
        found += [triplet_table(triplets, twin.truth is not None), check_table(triplets), triplet_class_table(triplets, names)]
    if filters:
        found += [sensor_table(filters), sensor_class_table(twin, filters, names), month_table(filters),
                  analysis_table(filters), increment_table(filters), code_table(filters)]
    return [table for table in found if table.rows]


def class_names(twin):
    """Return the name of every land-cover class by its number."""
    names = class_table(LAND_COVER_SCHEMES[twin.land_cover_scheme]).names
    return {number: text.replace("(", " (").capitalize() for number, text in enumerate(names, 1)}


def quantities_of(truth):
    """Return the scored quantities in order."""
    return [quantity for quantity in QUANTITIES if (BASELINE, quantity) in truth.cells]


def truth_table(twin, truth, filters):
    """Return the global scores against the truth, of all cells and of those with observations assimilated."""
    latitude, rows = twin.points.latitude, []
    regions = [("all cells", None)]
    observed = np.zeros(twin.points.n_points, bool)
    for scores in filters.values():
        observed |= scores.diagnostics.point_sums[N_ANALYSES] > 0
    if observed.any() and not observed.all():
        regions.append(("observed cells", observed))
    for quantity in quantities_of(truth):
        for region, where in regions:
            baseline = global_means(truth.cells[BASELINE, quantity], latitude, where)
            for name in twin.experiments:
                means = global_means(truth.cells[name, quantity], latitude, where)
                rows.append((QUANTITIES[quantity], region, name, *(means[key] for key in (
                    "bias", "rmse", "ubrmse", "correlation", "anomaly_correlation", "spread_over_rmse",
                    "spread_over_ubrmse")), *(percent_change(means[key], baseline[key]) for key in ("rmse", "ubrmse")),
                    means["anomaly_correlation"] - baseline["anomaly_correlation"]))
    columns = ("soil moisture", "cells", "experiment", f"bias [{MOISTURE}]", f"RMSE [{MOISTURE}]", f"ubRMSE [{MOISTURE}]",
               "correlation", "anomaly correlation", "spread / RMSE", "spread / ubRMSE", "RMSE change [%]", "ubRMSE change [%]",
               "anomaly correlation change")
    note = ("Means over cells, weighted by area, of scores over time against the truth. Changes are against CTL; a negative "
            "change of the RMSE is an improvement. Observed cells had an observation assimilated in any experiment. Spread "
            "over RMSE near 1 means that the ensemble knows its error; the spread of the root zone is an upper bound.")
    return ResultTable("truth", "Scores against the truth", columns, rows, note)


def interval_table(twin, truth):
    """Return the mean daily change of the global RMSE with its interval."""
    rows = []
    for quantity in quantities_of(truth):
        _, baseline = daily_root(twin.times, truth.square[BASELINE, quantity])
        for name in list(twin.experiments)[1:]:
            days, own = daily_root(twin.times, truth.square[name, quantity])
            if len(days) > BLOCK_DAYS:
                found = moving_block_bootstrap(own - baseline, BLOCK_DAYS)
                rows.append((QUANTITIES[quantity], name, len(days), found.mean, found.lower, found.upper, found.significant))
    columns = ("soil moisture", "experiment", "days", f"change [{MOISTURE}]", "lower", "upper", "significant")
    return ResultTable("truth_daily", "Change of the daily RMSE over the area against CTL", columns, rows,
                       f"95 % interval by resampling blocks of {BLOCK_DAYS} days.")


def truth_class_table(twin, truth, names):
    """Return the change of the RMSE and ubRMSE by land cover with its significance."""
    points, rows = twin.points, []
    for quantity in (quantity for quantity in TESTED if quantity in quantities_of(truth)):
        for name in list(twin.experiments)[1:]:
            for metric in ("rmse", "ubrmse"):
                change = getattr(truth.cells[name, quantity], metric) - getattr(truth.cells[BASELINE, quantity], metric)
                rows += [(QUANTITIES[quantity], name, metric.replace("rmse", "RMSE"), *_class_row(test, names))
                         for test in by_land_cover(change, points.latitude, points.longitude, points.land_cover)]
    return ResultTable("truth_by_land_cover", "Change against CTL by land cover", ("soil moisture", "experiment", "score",
                                                                                    *CLASS_COLUMNS), rows, CLASS_NOTE)


CLASS_COLUMNS = ("land cover", "class", "cells", "blocks", "median change", "lower", "upper", "p", "significant")
CLASS_NOTE = ("Median of the cells of a class with its 95 % interval by resampling blocks of 2 degrees; p of a Wilcoxon "
              "signed-rank test on one cell a block, where there are at least 20 blocks.")


def _class_row(test, names):
    return (names.get(test.land_cover, str(test.land_cover)), test.land_cover, test.n_cells, test.n_blocks, test.median,
            test.lower, test.upper, test.p_value, test.significant)


def triplet_table(triplets, is_truth_known):
    """Return the global summary of triple collocation, beside the truth where it is known."""
    rows = []
    for name, scores in triplets.items():
        comparison = scores.comparison
        n = comparison.experiment.n[comparison.common]
        true = (scores.true_change, scores.same_sign) if is_truth_known else ()
        rows.append((name, f"{scores.triplet.x} + {scores.triplet.y}", comparison.n_cells,
                     float(np.median(n)) if n.size else np.nan, comparison.change, *true))
    columns = ("experiment", "collocated with", "valid cells", "median triplets", "fMSE change, estimated [%]",
               *(("fMSE change, true [%]", "cells of the same sign") if is_truth_known else ()))
    note = "fMSE is the error variance over the variance; a negative change is an improvement."
    if is_truth_known:
        note = ("fMSE is the error variance over the variance; both columns are of the same samples and cells, and a negative "
                "change is an improvement.")
    return ResultTable("triple_collocation", "Triple collocation: share of noise in the surface soil moisture against CTL",
                       columns, rows, note)


def check_table(triplets):
    """Return how close the estimated error variances are to the true ones."""
    rows = [(name, data, check.n_valid, check.estimated, check.true, check.ratio, check.median_ratio, check.n_enough,
             100.0 * check.within) for name, scores in triplets.items() for data, check in scores.checks.items()]
    columns = ("triplet of", "data set", "cells", "estimated error variance", "true", "estimated / true", "median of cells",
               "cells of 100 or more", "within 15 % [%]")
    return ResultTable("triple_collocation_errors", "Error variances: triple collocation against the truth", columns, rows,
                       "In the units of each data set, squared. The share within 15 % is of the cells with at least 100 "
                       "triplets; fewer samples scatter more.")


def triplet_class_table(triplets, names):
    """Return the change of the fMSE by land cover."""
    rows = [(name, *_class_row(test, names)) for name, scores in triplets.items() for test in scores.classes]
    return ResultTable("triple_collocation_by_land_cover", "Change of the fMSE against CTL by land cover",
                       ("experiment", *CLASS_COLUMNS), rows, CLASS_NOTE)


SENSOR_KEYS = {"normalised_mean": "mean", "normalised_std": "s.d.", "autocorrelation": "lag-1 correlation",
               "spread_skill": "expected / actual", "desroziers_innovation": "innovation",
               "desroziers_observation": "observation", "desroziers_background": "background",
               "freedom_per_observation": "freedom"}


def sensor_table(filters):
    """Return the checks of the innovations by experiment and sensor."""
    rows = []
    for name, scores in filters.items():
        for sensor, numbers in scores.sensors.items():
            received = int(scores.codes[SENSORS.index(sensor)].sum())
            rows.append((name, sensor, received, received - int(numbers["n"]), int(numbers["n"]), numbers["innovation_mean"],
                         *(numbers[key] for key in SENSOR_KEYS)))
    columns = ("experiment", "sensor", "received", "rejected", "assimilated", f"innovation [{MOISTURE}]", *SENSOR_KEYS.values())
    note = ("Received are observations that passed the quality control of their product. Mean and s.d. are of the innovations "
            "normalised by what was expected of them: 0 and 1 in a consistent filter. Expected over actual size, and the "
            "ratios of Desroziers et al. (2005) for innovation, observation error and background error, should be near 1, the "
            "correlation of successive innovations near 0. Freedom is the share of an observation that became signal.")
    return ResultTable("filter", "Innovations by sensor", columns, rows, note)


def sensor_class_table(twin, filters, names):
    """Return the checks of the innovations by land cover."""
    from landda_hpc.domain.points import Band
    from landda_hpc.parallel import SerialCommunicator

    rows, n_points = [], twin.points.n_points
    for name, scores in filters.items():
        for number in np.unique(twin.points.land_cover):
            totals = scores.diagnostics.totals(SerialCommunicator(), Band(0, n_points, n_points), 1.0,
                                               twin.points.land_cover == number)
            rows += [(name, sensor, names.get(int(number), str(number)), int(numbers["n"]), numbers["normalised_mean"],
                      numbers["normalised_std"], numbers["spread_skill"])
                     for sensor in scores.sensors for numbers in [totals["sensors"][SENSORS.index(sensor)]] if numbers["n"]]
    return ResultTable("filter_by_land_cover", "Innovations by land cover",
                       ("experiment", "sensor", "land cover", "assimilated", "mean", "s.d.", "expected / actual"), rows)


def month_table(filters):
    """Return number and size of the innovations by month."""
    rows = [(name, month, sensor, int(n), np.sqrt(expected / actual) if actual else np.nan)
            for name, scores in filters.items() for (month, sensor), (n, actual, expected) in sorted(scores.monthly.items())]
    return ResultTable("filter_by_month", "Innovations by month", ("experiment", "month", "sensor", "assimilated",
                                                                   "expected / actual"), rows)


def analysis_table(filters):
    """Return the numbers of the analyses by experiment."""
    rows = []
    for name, scores in filters.items():
        totals = scores.totals
        analysis, bounds = totals["analysis"], totals["bounds"]
        rows.append((name, int(analysis["n"]), analysis["chi_square_per_observation"], analysis["freedom_per_analysis"],
                     100.0 * analysis["several_products"], *(100.0 * bounds[key] for key in ("all", "part", "none")),
                     totals["increments"]["column_per_day"], float(scores.water.mean()) if len(scores.water) else np.nan))
    columns = ("experiment", "analyses", "chi-square per observation", "freedom per analysis", "both products [%]",
               "increments accepted: all [%]", "part [%]", "none [%]", "mean increment of the column [mm/day]",
               "water added [mm/day]")
    return ResultTable("analyses", "Analyses", columns, rows,
                       "Chi-square per observation should be near 1. Shares of accepted increments are of all points and times "
                       "with observations, also those at which no observation could be used.")


def increment_table(filters):
    """Return the increments by experiment and layer."""
    rows = []
    for name, scores in filters.items():
        raw, applied = (scores.totals["increments"][kind] for kind in ("raw", "applied"))
        rows += [(name, layer + 1, *(kind[moment][layer] for kind in (raw, applied) for moment in ("mean", "std", "absolute")))
                 for layer in range(len(raw["mean"]))]
    columns = ("experiment", "layer", *(f"{kind}, {moment}" for kind in ("raw", "applied")
                                        for moment in ("mean", "s.d.", "mean size")))
    return ResultTable("increments", f"Increments of an analysis [{MOISTURE}]", columns, rows)


def code_table(filters):
    """Return the observations by what became of them."""
    rows = [(name, SENSORS[sensor], *CODES[code], int(scores.codes[sensor, code]))
            for name, scores in filters.items() for sensor in range(len(SENSORS)) for code in CODES
            if scores.codes[sensor, code]]
    return ResultTable("observations", "What became of the observations", ("experiment", "sensor", "code", "meaning",
                                                                           "observations"), rows)
