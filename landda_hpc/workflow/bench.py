"""Speed of the land model on columns taken from a simulated year.

Points of several land covers and soils are run through a year of the sample tower's weather, as it is and colder by two
offsets. States along the way are sorted into snow, frozen ground and unfrozen ground, and a mix of them is replicated to
the wanted number of columns, each with the weather that belongs to it.
"""

import platform
import statistics
import time
from typing import NamedTuple

import numpy as np

from landda_hpc import variables
from landda_hpc.errors import ConfigError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.noah.driver import LandModel
from landda_hpc.noah.parameters import Seasons, static_parameters
from landda_hpc.noah.start import cold_start
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.types import Forcing

#: Shares of columns with snow, with frozen ground but no snow, and with neither.
MIXES = {"warm": (0.0, 0.0, 1.0), "mixed": (0.25, 0.10, 0.65), "cold": (1.0, 0.0, 0.0)}
OFFSETS = (0.0, -8.0, -16.0)  # K, added to the weather of the sample tower
CLASSES = ((1, 3), (4, 6), (5, 8), (7, 1), (10, 6), (12, 4), (14, 9), (16, 2))  # land cover and soil
LAYERS = (0.1, 0.3, 0.6, 1.0)
TIME_STEP = 1800.0
SPIN_UP_STEPS, SNAPSHOT_STEPS = 1000, 61
SOIL_MOISTURE_STD = 0.01  # m3 m-3, spread of the members


class Snapshots(NamedTuple):
    """States, parameters and weather of many columns at many times, the last axis counting columns.

    ``kind`` is 0 for snow, 1 for frozen ground without snow, 2 for neither.
    """

    state: np.ndarray
    parameters: np.ndarray
    forcing: np.ndarray
    kind: np.ndarray


def _weather(record, step, offsets):
    """Return the forcing of one record at each point, made colder at constant relative humidity."""
    values = [np.full(len(offsets), getattr(record, name)[step]) for name in variables.FORCING]
    warm = values[0]
    cold = warm + offsets
    # Clausius-Clapeyron about 260 K and the fourth power of the temperature keep the air plausible.
    values[0], values[1] = cold, values[1] * np.exp(5423.0 * (1.0 / warm - 1.0 / cold))
    values[6] = values[6] * (cold / warm) ** 4
    return values


def year_of_columns(record):
    """Run the points through the record and return the :class:`Snapshots`."""
    offsets = np.repeat(OFFSETS, len(CLASSES))
    cover, soil = (np.tile(values, len(OFFSETS)) for values in np.array(CLASSES).T)
    n_points = len(offsets)
    parameters = static_parameters(cover, soil, np.ones(n_points, int), LAYERS)
    parameters["deep_soil_temperature"][:] = record.air_temperature.mean() + offsets
    parameters["reference_height_temperature"][:] = record.site.temperature_height
    parameters["reference_height_wind"][:] = record.site.wind_height
    greenness = np.repeat(np.array(record.site.greenness)[:, None], n_points, axis=1)
    seasons = Seasons(cover, greenness, np.full(n_points, record.site.longitude))
    seasons.update(parameters, record.start)
    model = LandModel(parameters, 1)
    start = parameters["deep_soil_temperature"]
    cold_start(model.state, parameters,
               {"soil_temperature": np.tile(start, (len(LAYERS), 1)), "skin_temperature": start,
                "soil_moisture": np.tile(0.6 * parameters["porosity"], (len(LAYERS), 1))})
    kept = []
    for step in range(len(record.times)):
        seasons.update(parameters, record.times[step])
        weather = _weather(record, step, offsets)
        if step >= SPIN_UP_STEPS and step % SNAPSHOT_STEPS == 0:
            kept.append((model.planes[:, :, 0].copy(), parameters.planes.copy(), np.array(weather)))
        fields = Forcing(*weather)
        model.advance(fields, *(values[:, None] for values in fields[5:]), float(record.interval))
    state, planes, forcing = (np.concatenate(part, axis=-1) for part in zip(*kept))
    n_layers = len(LAYERS)
    ice = (state[n_layers:2 * n_layers] - state[2 * n_layers:3 * n_layers]).max(axis=0)
    snow = state[3 * n_layers + 2] > 0.0
    return Snapshots(state, planes, forcing, np.where(snow, 0, np.where(ice > 1e-4, 1, 2)))


def mixed_model(snapshots, mix, n_columns, n_members, precision, n_threads=1):
    """Return a :class:`LandModel` of a mix and the forcing of its points; members differ in soil moisture."""
    random = np.random.default_rng(20220301)
    n_points = max(n_columns // n_members, 1)
    counts = np.round(np.array(MIXES[mix]) * n_points).astype(int)
    counts[2] = n_points - counts[0] - counts[1]
    chosen = np.concatenate([random.choice(np.flatnonzero(snapshots.kind == kind), count)
                             for kind, count in enumerate(counts)])
    # Neighbours on a map are alike: the kinds stay in runs, as they would in a band of points.
    parameters = static_parameters(np.full(n_points, 10), np.full(n_points, 6), np.ones(n_points, int), LAYERS)
    parameters.planes[:] = snapshots.parameters[:, chosen]
    model = LandModel(parameters, n_members, precision=precision, n_threads=n_threads)
    model.planes[:] = snapshots.state[:, chosen, None]
    total, liquid = model.state.soil_moisture, model.state.liquid_soil_moisture
    moved = total + random.normal(0.0, SOIL_MOISTURE_STD, total.shape)
    moved = np.clip(moved, np.maximum(0.02, total - liquid), parameters["porosity"][None, :, None])
    liquid += moved - total
    total[:] = moved
    return model, Forcing(*snapshots.forcing[:, chosen])


def bench_noah(mixes=tuple(MIXES), precisions=("float64", "float32"), columns=65536, members=20, repeats=7, threads=1):
    """Return a dict of the speed of the land model for each mix and precision, times in ns per column and step."""
    unknown = [mix for mix in mixes if mix not in MIXES]
    if unknown:
        raise ConfigError(f"Unknown mix {', '.join(unknown)}; known: {', '.join(MIXES)}.")
    record = read_tower("sample")
    begin = time.perf_counter()
    snapshots = year_of_columns(record)
    results = {"machine": platform.processor() or platform.machine(), "tile_width": rows.WIDTH, "columns": columns,
               "members": members, "threads": threads, "repeats": repeats, "time_step_s": TIME_STEP,
               "preparation_s": time.perf_counter() - begin, "cases": []}
    for precision in precisions:
        for mix in mixes:
            model, forcing = mixed_model(snapshots, mix, columns, members, precision, threads)
            by_member = [np.repeat(values[:, None], members, axis=1).astype(model.dtype) for values in forcing[5:]]
            start = model.planes.copy()
            begin = time.perf_counter()
            model.advance(forcing, *by_member, TIME_STEP)
            first = time.perf_counter() - begin
            seconds = []
            for _ in range(repeats):
                model.planes[:] = start
                begin = time.perf_counter()
                model.advance(forcing, *by_member, TIME_STEP)
                seconds.append(time.perf_counter() - begin)
            n_columns = model.n_points * members
            per_column = [1e9 * value / n_columns for value in seconds]
            results["cases"].append({
                "mix": mix, "precision": precision, "ns_per_column_step": statistics.median(per_column),
                "fastest": min(per_column), "slowest": max(per_column), "compile_s": max(first - min(seconds), 0.0),
                "failed_columns": int((model.status > 0).sum())})
    return results


def bench_text(results):
    """Return the results as a table."""
    lines = [f"Noah, {results['columns']} columns in ensembles of {results['members']}, {results['threads']} thread(s), "
             f"tiles of {results['tile_width']}, median of {results['repeats']}",
             f"{'mix':8s} {'precision':10s} {'ns_per_column_step':>18s} {'fastest':>9s} {'slowest':>9s} {'compile s':>10s}"]
    lines += [f"{case['mix']:8s} {case['precision']:10s} {case['ns_per_column_step']:18.1f} {case['fastest']:9.1f} "
              f"{case['slowest']:9.1f} {case['compile_s']:10.1f}" for case in results["cases"]]
    return "\n".join(lines)
