"""How equal the work of the ranks is through a year, with bands cut once by the climate and cut anew by the state.

The costs of a year's states are those of :mod:`landda_hpc.domain.cost`; on a few bands the prediction is checked against the
time that the land model really takes for them, all on this process.
"""

import platform

import numpy as np

from landda_hpc.domain.cost import predicted_cost
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.points import split_by_cost, split_evenly
from landda_hpc.noah.driver import LandModel
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.workflow.bench import LAYERS, TIME_STEP
from landda_hpc.workflow.rebalance import imbalance
from landda_hpc.workflow.timing import processor_time
from landda_hpc.workflow.year_states import nearest_point, year_states

LIMIT = 1.05
COARSE = "2.5deg"
REPEATS = 5
#: How bands are cut: as many points each, by the climate of the year, by the state of some time before; at which of
#: :data:`~landda_hpc.workflow.year_states.LATER` the cycle ends that they are judged by.
METHODS = {"points": 3, "climate": 3, "10 days": 3, "1 day": 2, "6 hours": 1}


def bench_balance(domain=COARSE, counts=(64, 512, 4096), members=20, measured_bands=16, states=COARSE):
    """Return a dict of the dearest band over the mean, by number of bands, method and month.

    Parameters
    ----------
    domain : str
        A shipped domain or a file; its classes are those of the nearest points of the domain of ``states``.
    counts : sequence of int
        Numbers of bands; those beyond the points of the domain are left out.
    members : int
    measured_bands : int
        Of the domain of ``states``, that are timed; few, so that the last tile of each hardly counts.
    states : str
        A shipped domain or a file, on which the land runs for a year. Snow falls on all points at once that share its nearest
        point, so it has to be fine enough for bands of few points.
    """
    fine, coarse = read_domain(domain), read_domain(states)
    year = year_states(states)
    nearest = np.arange(coarse.n_total) if domain == states else nearest_point(fine, coarse)
    yearly = predicted_cost(fine, range(12))
    rows = []
    for count in counts:
        if count > fine.n_total:
            continue
        fixed = {"points": split_evenly(fine.n_total, count), "climate": split_by_cost(yearly, count)}
        by_state = [split_by_cost(cost[nearest], count) for cost in year.cost[:, 0]]
        for method, judged in METHODS.items():
            bands = [fixed[method]] * 12 if method in fixed else by_state
            later = [cost[nearest] for cost in year.cycle_cost[:, judged]]
            rows.append({"bands": count, "method": method, "points_per_band": fine.n_total / count,
                         "by_month": [imbalance(cost, own) for cost, own in zip(later, bands)],
                         "tiles_by_month": [_in_tiles(cost, own, members) for cost, own in zip(later, bands)]})
    return {"machine": platform.processor() or platform.machine(), "domain": str(domain), "points": fine.n_total,
            "members": members, "limit": LIMIT, "states": str(states), "rows": rows,
            "shares": {name: getattr(year, name)[:, 1].mean(axis=1).tolist() for name in ("snow", "frozen", "wet")},
            "measured": _measured(year, members, measured_bands)}


def _in_tiles(cost, bands, members):
    """Return the dearest band over the mean where each pays for whole tiles."""
    reached = np.concatenate([[0.0], np.cumsum(cost)])
    sums = np.array([(reached[band.stop] - reached[band.start]) * _filled(band.n_points * members) for band in bands])
    return float(sums.max() / sums.mean())


def _filled(columns):
    """Return how much more the whole tiles of some columns cost than the columns."""
    return -(-columns // WIDTH) * WIDTH / columns if columns else 0.0


def _measured(year, members, count):
    """Return the dearest band over the mean as the land model's processor time tells, by month, for bands cut by the state
    of six hours before."""
    result = []
    for month, (planes, parameters, forcing) in enumerate(year.jobs):
        jobs, predicted = [], []
        for band in split_by_cost(year.cost[month, 0], count):
            own = LandParameters(len(LAYERS), band.n_points)
            own.planes[:] = parameters[:, band.slice]
            model = LandModel(own, members)
            start = np.repeat(planes[:, band.slice, None], members, axis=2)
            fields = type(forcing)(*(values[band.slice] for values in forcing))
            by_member = [np.repeat(values[:, None], members, axis=1) for values in fields[5:]]
            jobs.append((model, start, fields, by_member))
            predicted.append(year.cost[month, 1, band.slice].sum())
        # Bands take turns, so that what else the machine does meets all of them.
        seconds = np.min([[_time(*job) for job in jobs] for _ in range(REPEATS)], axis=0)
        predicted = np.array(predicted)
        result.append({"month": month + 1, "measured": float(seconds.max() / seconds.mean()),
                       "predicted": float(predicted.max() / predicted.mean()),
                       "ns_per_column_step": float(1e9 * seconds.sum() / (planes.shape[1] * members))})
    return {"bands": count, "by_month": result}


def _time(model, start, fields, by_member):
    model.planes[:] = start
    return processor_time(lambda: model.advance(fields, *by_member, TIME_STEP))


def balance_text(results):
    """Return the results as a table."""
    lines = [f"dearest band over the mean, {results['domain']}, {results['points']} points of {results['members']} members",
             "bands cut by points, by the climate of the year, by the state at noon UTC of the first day, in the cycle of six",
             f"hours that ends so much later; states of {results['states']}; in brackets the greatest if whole tiles are paid",
             f"{'bands':>6s} {'cut by':8s} " + " ".join(f"{month:>5d}" for month in range(1, 13)) + "  greatest"]
    for row in results["rows"]:
        worst = max(row["by_month"])
        lines.append(f"{row['bands']:6d} {row['method']:8s} " + " ".join(f"{value:5.3f}" for value in row["by_month"])
                     + f"  {worst:.3f} ({max(row['tiles_by_month']):.3f}) {'met' if worst < results['limit'] else 'missed'}")
    for name, shares in results["shares"].items():
        lines.append(f"{name + ' [%]':15s} " + " ".join(f"{100 * value:5.1f}" for value in shares))
    measured = results["measured"]
    for key, title in (("measured", "measured"), ("predicted", "predicted")):
        lines.append(f"{title:9s} on {measured['bands']} bands of {results['states']}, a step six hours after the cut: "
                     + " ".join(f"{part[key]:5.3f}" for part in measured["by_month"]))
    lines.append("ns per column and step:  " + " ".join(f"{part['ns_per_column_step']:5.0f}" for part in measured["by_month"]))
    return "\n".join(lines)
