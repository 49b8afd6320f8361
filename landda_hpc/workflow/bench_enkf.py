"""Speed of the ensemble Kalman filter on a band in which every point has observations."""

import platform
import statistics
import time
from types import SimpleNamespace

import numpy as np

from landda_hpc.assimilation.enkf import EnKF

LAYERS = (0.1, 0.3, 0.6, 1.0)
MEANS, STD = (0.24, 0.26, 0.28, 0.30), 0.015  # m3 m-3
POROSITY, ERROR_STD, DEPARTURE_STD = 0.45, 0.03, 0.035
SENSORS = {1: (2,), 2: (0, 2)}
TIME, TIME_STEP = np.datetime64("2022-03-01T06:00:00"), 1800
CASES = {"joint": {}, "serial": {"multi_sensor": "serial"}}


def _states(n_points, n_members, precision, random):
    """Return start values and a state of correlated layers."""
    shape = (len(LAYERS), n_points, n_members)
    common = random.standard_normal((1, *shape[1:]))
    start = np.array(MEANS)[:, None, None] + STD * (0.8 * common + 0.6 * random.standard_normal(shape))
    start = start.astype(precision)
    return start, SimpleNamespace(soil_moisture=start.copy(), liquid_soil_moisture=start.copy())


def bench_enkf(precisions=("float64", "float32"), columns=65536, members=20, repeats=7):
    """Return a dict of the time per analysed point in microseconds: one and two sensors, in one analysis or in series.

    The time includes drawing the observation noise, the bounds procedure and the stored diagnostics; sorting the observations
    is given apart, as is the processor time, which other processes on the machine disturb less.
    """
    n_points = max(columns // members, 1)
    results = {"machine": platform.processor() or platform.machine(), "points": n_points, "members": members,
               "layers": len(LAYERS), "repeats": repeats, "cases": []}
    for precision in precisions:
        for n_sensors, sensors in SENSORS.items():
            for mode, options in CASES.items():
                if n_sensors > 1 or mode == "joint":
                    results["cases"].append({"sensors": n_sensors, "mode": mode, "precision": precision,
                                             **_time_case(n_points, members, precision, sensors, options, repeats)})
    return results


def _time_case(n_points, n_members, precision, sensors, options, repeats):
    """Return the times of one case."""
    random = np.random.default_rng(20220301)
    start, state = _states(n_points, n_members, precision, random)
    enkf = EnKF(20220301, np.arange(n_points), n_members, np.tile(np.array(LAYERS)[:, None], n_points),
                np.ones(n_points, bool), **options)
    point = np.repeat(np.arange(n_points), len(sensors))
    value = MEANS[0] + DEPARTURE_STD * random.standard_normal(len(point))
    flat = (point, value, np.full(len(point), ERROR_STD), np.tile(sensors, n_points))
    porosity = np.full(n_points, POROSITY)
    begin = time.perf_counter()
    enkf.analyse(TIME, TIME_STEP, state, porosity, enkf.sort(*flat))
    first = time.perf_counter() - begin
    seconds, processor, sorting = [], [], []
    for _ in range(repeats):
        state.soil_moisture[:] = start
        state.liquid_soil_moisture[:] = start
        begin = time.perf_counter()
        observations = enkf.sort(*flat)
        middle, used = time.perf_counter(), time.process_time()
        enkf.analyse(TIME, TIME_STEP, state, porosity, observations)
        processor.append(time.process_time() - used)
        seconds.append(time.perf_counter() - middle)
        sorting.append(middle - begin)
    per_cell = [1e6 * value / n_points for value in seconds]
    return {"us_per_cell": statistics.median(per_cell), "fastest": min(per_cell), "slowest": max(per_cell),
            "processor_us_per_cell": 1e6 * statistics.median(processor) / n_points,
            "sort_us_per_cell": 1e6 * statistics.median(sorting) / n_points, "compile_s": max(first - min(seconds), 0.0)}


def bench_enkf_text(results):
    """Return the results as a table."""
    lines = [f"EnKF, {results['points']} points of {results['members']} members and {results['layers']} layers, median of "
             f"{results['repeats']}",
             f"{'sensors':>7s} {'mode':8s} {'precision':10s} {'us_per_cell':>11s} {'fastest':>9s} {'slowest':>9s} "
             f"{'processor':>9s} {'sort':>7s} {'compile s':>10s}"]
    lines += [f"{case['sensors']:7d} {case['mode']:8s} {case['precision']:10s} {case['us_per_cell']:11.2f} "
              f"{case['fastest']:9.2f} {case['slowest']:9.2f} {case['processor_us_per_cell']:9.2f} "
              f"{case['sort_us_per_cell']:7.2f} {case['compile_s']:10.1f}"
              for case in results["cases"]]
    return "\n".join(lines)
