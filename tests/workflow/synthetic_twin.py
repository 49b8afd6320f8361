"""A twin folder with errors that are known: histories, satellites and window files are made of random numbers."""

import h5netcdf
import h5py
import numpy as np

from landda_hpc.domain.dataset import read_domain, write_domain
from landda_hpc.observations.batch import PERCENT, VOLUMETRIC
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.store import day_of, day_path, days_of, write_day
from landda_hpc.times import EPOCH

THICKNESS = np.array([0.1, 0.3, 0.6, 1.0])
START = np.datetime64("2022-04-01T00:00:00", "s")
#: Bias and standard deviation of the error of the surface layer by experiment [m3 m-3]; a third of it deeper down.
ERRORS = {"CTL": (0.02, 0.05), "SG_AT": (0.015, 0.04), "SG_SP": (0.01, 0.03), "MT_ATSP": (0.005, 0.025)}
SPREAD = 0.03
#: Of the satellites: offset, scale to the truth, standard deviation of the error; in the units of the product.
SATELLITES = {"amsr2": (0.05, 0.8, 0.03), "smos": (-0.02, 1.1, 0.04), "ascat": (10.0, 150.0, 5.0)}
#: Overpasses: sensor, local hour, local hour of the model output that sees the same truth.
OVERPASSES = (("amsr2", 1.5, 4.0), ("amsr2", 13.5, 16.0), ("smos", 6.0, 4.0), ("smos", 18.0, 16.0), ("ascat", 9.5, 11.0),
              ("ascat", 21.5, 23.0))
INNOVATION_STD = 1.5  # of the normalised innovations of smap, 1 of the others


def make_twin(folder, experiments=tuple(ERRORS), n_days=30, satellites=True, region=(20.0, 60.0, 90.0, 145.0), windows=True,
              constant=None, masked=None):
    """Write a twin folder and return its domain.

    ``constant`` and ``masked`` are indices of points whose truth does not vary, and that are NaN in SG_AT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    domain = read_domain("5deg")
    write_domain(folder / "domain.nc", domain.within(*region) if region else domain)
    domain = read_domain(folder / "domain.nc")
    random = np.random.default_rng(3)
    times = START + np.arange(1, 8 * n_days + 1) * np.timedelta64(10800, "s")
    truth = truth_of(times, domain.n_total, random, constant)
    write_history(folder / "truth", domain, times, truth)
    for name in ERRORS:  # the numbers of an experiment do not depend on which others there are
        bias, std = ERRORS[name]
        share = np.array([1.0, 1 / 3, 1 / 3, 1 / 3])[:, None]
        values = truth + share * (bias + std * random.standard_normal(truth.shape))
        if masked is not None and name == "SG_AT":
            values[:, :, masked] = np.nan
        if name in experiments:
            write_history(folder / name, domain, times, values, np.full(truth.shape, SPREAD))
            (folder / name / "configuration.yaml").write_text(configuration(name))
        if windows and name in experiments and name != "CTL":
            write_windows(folder / name, domain, times, name)
    if satellites:
        write_satellites(folder / "observations", domain, times, truth[:, 0], random)
    return domain


def configuration(name):
    """Return a configuration that validates; it names the domain, not the sensors."""
    return (f"run: {{name: {name}, start: 2022-04-01T00:00, end: 2022-05-01T00:00, time_step: 1h}}\n"
            "domain: {file: domain.nc}\nensemble: {size: 4, seed: 5}\n")


def truth_of(times, n_points, random, constant):
    """Return soil moisture ``(n_times, 4, n_points)`` that varies over days: the hours between two overpasses matter little."""
    day = np.arange(len(times))[:, None, None] / 8.0
    truth = np.full((len(times), len(THICKNESS), n_points), 0.5)
    for period in (6.0, 11.0, 30.0):
        phase = random.uniform(0.0, 2.0 * np.pi, (len(THICKNESS), n_points))
        truth += 0.06 * np.cos(2.0 * np.pi * day / period + phase)
    if constant is not None:
        truth[:, :, constant] = 0.25
    return truth


def write_history(folder, domain, times, values, spread=None):
    """Write a history on the smallest grid around the points of a domain."""
    folder.mkdir()
    grid, cell = domain.grid.around(domain.cell)
    with h5netcdf.File(folder / "history.nc", "w") as file:
        file.dimensions = {"time": len(times), "layer": len(THICKNESS), "latitude": grid.n_rows, "longitude": grid.n_columns}
        file.create_variable("time", ("time",), np.int64, data=times.astype(np.int64))
        file["time"].attrs["units"] = "seconds since 1970-01-01 00:00:00"
        file.create_variable("latitude", ("latitude",), np.float64, data=grid.latitudes)
        file.create_variable("longitude", ("longitude",), np.float64, data=grid.longitudes)
        file.create_variable("layer_thickness", ("layer",), np.float64, data=THICKNESS)
        for name, field in (("soil_moisture", values), ("soil_moisture_spread", spread)):
            if field is not None:
                full = np.full((*field.shape[:2], grid.n_rows * grid.n_columns), np.nan)
                full[..., cell] = field
                file.create_variable(name, ("time", "layer", "latitude", "longitude"), np.float64,
                                     data=full.reshape(*field.shape[:2], *grid.shape))


def write_satellites(folder, domain, times, truth, random):
    """Write the gridded observations of all satellites; each sees the truth at the output nearest to the model's hour."""
    _, longitude = domain.grid.positions(domain.cell)
    first = int((times[0] - EPOCH).astype(np.int64))
    found = {sensor: [] for sensor in SATELLITES}
    for sensor, hour, model_hour in OVERPASSES:
        offset, scale, std = SATELLITES[sensor]
        for day in range(first // 86400 - 1, first // 86400 + len(times) // 8 + 2):
            midnight = day * 86400.0 - 240.0 * longitude
            record = np.ceil((midnight + model_hour * 3600.0 - first) / 10800.0 - 0.5).astype(int)
            point = np.flatnonzero((record >= 0) & (record < len(times)))
            value = offset + scale * truth[record[point], point] + std * random.standard_normal(len(point))
            found[sensor].append((point, midnight[point] + hour * 3600.0, value))
    for sensor, parts in found.items():
        point, time, value = (np.concatenate(column) for column in zip(*parts))
        units = PERCENT if sensor == "ascat" else VOLUMETRIC
        for day in np.unique(days_of(time)):
            here = np.flatnonzero(days_of(time) == day)
            here = here[np.lexsort((point[here], time[here]))]
            n = len(here)
            write_day(day_path(folder, sensor, day), day_of(GriddedObservations(
                point[here], value[here], np.full(n, np.nan), time[here], np.zeros(n, np.int16), np.zeros(n, np.int16),
                np.ones(n, np.int32), np.ones(n, bool), np.where(value[here] > 1e9, 21, 0).astype(np.int16), units)),
                domain.cell, {"grid": "test"})


def write_windows(folder, domain, times, name):
    """Write window files: of every point one observation in three windows of four, one in ten rejected as frozen."""
    (folder / "assimilation").mkdir()
    random = np.random.default_rng([7, len(name)])
    sensors = {"SG_AT": (0, 1), "SG_SP": (2,), "MT_ATSP": (0, 1, 2)}[name]
    latitude, longitude = domain.grid.positions(domain.cell)
    for end in times[1::2]:
        seconds = float((end - EPOCH).astype(np.int64))
        parts = [np.flatnonzero(random.random(domain.n_total) < 0.75) for _ in sensors]
        point = np.concatenate(parts)
        sensor = np.repeat(sensors, [len(part) for part in parts])
        n = len(point)
        rejected = random.random(n) < 0.1
        error, variance = np.full(n, 0.04), np.full(n, 0.03 ** 2)
        normalised = random.standard_normal(n) * np.where(sensor == 2, INNOVATION_STD, 1.0)
        innovation = normalised * np.sqrt(variance + error ** 2)
        share = error ** 2 / (variance + error ** 2)
        observation = {"innovation": innovation, "variance": variance, "normalised": normalised, "residual": innovation * share,
                       "freedom": 1.0 - share}
        analysed = np.unique(point)
        increments = random.standard_normal((len(THICKNESS), len(analysed))) * 0.01 / (1.0 + np.arange(len(THICKNESS)))[:, None]
        with h5py.File(folder / "assimilation" / f"{str(end)[:13].replace('-', '')}.h5", "w") as file:
            file["cell"], file["latitude"], file["longitude"] = domain.cell[point], latitude[point], longitude[point]
            file["time"], file["analysis_time"] = np.full(n, seconds - 900.0), np.full(n, seconds)
            file["sensor"], file["error_std"] = sensor.astype(np.int8), error
            file["observed"], file["scaled"] = np.full(n, 0.3), np.full(n, 0.3)
            file["code"] = np.where(rejected, 43, 0).astype(np.int16)
            for key, values in observation.items():
                file[key] = np.where(rejected, np.nan, values)
            file["point_cell"], file["point_time"] = domain.cell[analysed], np.full(len(analysed), seconds)
            n_used = np.bincount(point[~rejected], minlength=domain.n_total)[analysed]
            chi = np.bincount(point[~rejected], weights=normalised[~rejected] ** 2, minlength=domain.n_total)[analysed]
            file["chi_square"], file["n_used"] = chi, n_used
            file["outcome"] = np.where(n_used > 0, 2, 3).astype(np.int8)
            file["raw_increment"] = increments * 1.5 * (n_used > 0)
            file["applied_increment"] = increments * (n_used > 0)
            file["water"] = 1000.0 * (THICKNESS[:, None] * increments * (n_used > 0)).sum(axis=0)
