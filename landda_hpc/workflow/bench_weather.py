"""Speed of the weather generator beside that of the land model.

Two months of hours are made for all points of a domain and for a band as small as one of many ranks has. All is counted:
the look-up of the fields, the drawing of their lattices and the conditioning of the months. Times are of the processor, so
other work on the machine hardly counts.
"""

import time

import numpy as np

from landda_hpc.domain.dataset import read_domain
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.weather import HOUR, WeatherForcing
from landda_hpc.workflow.bench import TIME_STEP, mixed_model, year_of_columns

START = np.datetime64("2001-01-01T00:00:00", "s")
WARM_UP_HOURS, N_HOURS = 24, 59 * 24
SMALL_BAND = 64
TIME_STEPS = (900, 1800, 3600)
MEMBERS = (1, 20)
COLUMNS, REPEATS = 65536, 5  # of the land model


def weather_cost(domain, chosen, seed=1):
    """Return the time of an hour of weather and the part of it that conditions the months [ns per point]."""
    latitude, longitude = domain.grid.positions(domain.cell[chosen])
    weather = WeatherForcing(latitude, longitude, domain.fields["elevation"][chosen],
                             domain.fields["climate_air_temperature"][:, chosen],
                             domain.fields["climate_precipitation"][:, chosen], seed, HOUR)
    for hour in range(-WARM_UP_HOURS, 0):
        weather.at(START + np.timedelta64(hour, "h"))
    spent, begin = 0.0, time.process_time()
    for hour in range(N_HOURS):
        before = time.process_time()
        weather.at(START + np.timedelta64(hour, "h"))
        spent += time.process_time() - before if _begins_month(hour) else 0.0
    scale = 1.0e9 / (N_HOURS * len(latitude))
    return scale * (time.process_time() - begin), scale * spent


def _begins_month(hour):
    moment = START + np.timedelta64(hour, "h")
    return moment == moment.astype("datetime64[M]")


def noah_cost():
    """Return the time of the land model, a mix of columns in double precision [ns per column and step]."""
    model, forcing = mixed_model(year_of_columns(read_tower("sample")), "mixed", COLUMNS, max(MEMBERS), "float64")
    by_member = [np.repeat(values[:, None], max(MEMBERS), axis=1) for values in forcing[5:]]
    start, spent = model.planes.copy(), []
    for _ in range(REPEATS):
        model.planes[:] = start
        begin = time.process_time()
        model.advance(forcing, *by_member, TIME_STEP)
        spent.append(time.process_time() - begin)
    return 1.0e9 * min(spent) / (model.n_points * max(MEMBERS))


def bench_weather(domain_name="2.5deg"):
    """Return a dict of the cost of the weather on a domain, and its share of the time of the land model."""
    domain = read_domain(domain_name)
    noah = noah_cost()
    middle = domain.n_total // 2
    results = {"domain": domain_name, "noah_ns_per_column_step": noah, "cases": []}
    for name, chosen in (("all points", slice(None)), ("small band", slice(middle, middle + SMALL_BAND))):
        total, months = weather_cost(domain, chosen)
        shares = [{"members": members, "time_step_s": step, "share": total / (members * (HOUR // step) * noah)}
                  for members in MEMBERS for step in TIME_STEPS]
        results["cases"].append({"points": name, "n_points": len(domain.cell[chosen]), "ns_per_point_hour": total,
                                 "of_it_months": months, "shares": shares})
    return results


def weather_text(results):
    """Return the results as a table."""
    lines = [f"weather of {results['domain']}; Noah (mixed, float64) takes {results['noah_ns_per_column_step']:.0f} ns per "
             "column and step"]
    for case in results["cases"]:
        lines.append(f"{case['points']} ({case['n_points']}): {case['ns_per_point_hour']:.0f} ns per point and hour, "
                     f"{case['of_it_months']:.0f} of them to condition the months; share of the Noah time:")
        lines += [f"  {entry['members']:3d} member(s), steps of {entry['time_step_s']:4d} s: {100.0 * entry['share']:6.2f} %"
                  for entry in case["shares"]]
    return "\n".join(lines)
