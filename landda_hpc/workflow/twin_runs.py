"""The runs of a twin experiment: their configurations, and the truth as the simulators see it."""

from pathlib import Path

import h5py
import numpy as np

from landda_hpc.observations.batch import seconds_of
from landda_hpc.simulation.truth import SURFACE_FIELDS, TruthWindow
from landda_hpc.times import UNIX_EPOCH

TRUTH, OPEN_LOOP, PRODUCTS, OBSERVATIONS, CLIMATOLOGY = "truth", "openloop", "products", "observations", "climatology"
INTERVAL = "3h"
OF_ENSEMBLES = ("perturb", "enkf")  # sections without effect on one member
TRUTH_VARIABLES = ["soil_moisture", "soil_temperature", "skin_temperature", "snow_water_equivalent"]
EXPERIMENT_VARIABLES = ["soil_moisture", "skin_temperature", "latent_heat_flux", "evaporation", "precipitation"]


def truth_config(config, folder):
    """Return the configuration of the truth: one member, the true weather, other parameters than the tables'."""
    twin = config.twin
    domain = {**config.common.get("domain", {}), "variation": twin.truth.variation.model_dump(mode="json")}
    return config.run("truth", folder / TRUTH, twin.record_start, twin.end, {
        "domain": domain, "noah": {"soil_table": twin.truth.soil_table}, "ensemble": {"size": 1},
        "spin_up": _spin_up(twin), "output": {"interval": INTERVAL, "variables": TRUTH_VARIABLES},
        "restart": {"interval": "90d"}}, (*OF_ENSEMBLES, "model_qc"))


def open_loop_config(config, folder):
    """Return the configuration of the model's record: one member that sees the weather with errors."""
    twin = config.twin
    return config.run("open loop", folder / OPEN_LOOP, twin.record_start, ensemble_start(twin), {
        "forcing": {"errors": twin.weather_errors.model_dump(mode="json")}, "ensemble": {"size": 1}, "spin_up": _spin_up(twin),
        "output": {"interval": "30d", "variables": ["soil_moisture"], "overpass": list(config.sensors.enabled())},
        "restart": {"interval": "90d"}}, OF_ENSEMBLES)


def experiment_config(config, folder, name):
    """Return the configuration of an experiment; they differ in their sensors alone."""
    twin, chosen = config.twin, config.experiments[name]
    sensors = {sensor: getattr(config.sensors, sensor).model_dump(mode="json") if sensor in chosen else None
               for sensor in type(config.sensors).model_fields}
    first_state = folder / OPEN_LOOP / f"restart_{_stamp(ensemble_start(twin))}.h5"
    coupled = {} if config.atmosphere is None else {"atmosphere": config.atmosphere.model_dump(mode="json", exclude_unset=True)}
    return config.run(name, folder / name, twin.start, twin.end, {
        "run": {**config.common.get("run", {}), "name": name, "folder": str(folder / name), "start": str(twin.start),
                "end": str(twin.end), "first_state": str(first_state.resolve())},
        "forcing": {"errors": twin.weather_errors.model_dump(mode="json")},
        "spin_up": {"ensemble": f"{twin.ensemble}s"}, "sensors": sensors,
        "observations": {"folder": str((folder / OBSERVATIONS).resolve()),
                         "climatology": str((folder / CLIMATOLOGY).resolve())},
        "output": {"interval": INTERVAL, "variables": EXPERIMENT_VARIABLES}, "restart": {"interval": "30d"}, **coupled})


def climatology_config(config, folder):
    """Return the configuration that the climatologies are made with: all sensors of the twin."""
    name = next(name for name, sensors in config.experiments.items() if set(sensors) == set(config.sensors.enabled()))
    return experiment_config(config, folder, name)


def ensemble_start(twin):
    """Return the time at which the open-loop ensemble begins."""
    return twin.start - np.timedelta64(twin.ensemble, "s")


def _spin_up(twin):
    return {"years": twin.spin_up_years, "cycle": twin.spin_up_cycle} if twin.spin_up_years else {}


def _stamp(time):
    return np.datetime_as_string(np.datetime64(time, "s")).replace("-", "").replace(":", "")


class HistoryTruth:
    """The truth of the simulators, read from the history of its run by windows of time.

    Parameters
    ----------
    path : Path
        History on a grid.
    domain : Domain
    """

    def __init__(self, path, domain):
        self.domain, self._path = domain, Path(path)
        self._cells = domain.grid.around(domain.cell)[1]
        with h5py.File(self._path, "r") as file:
            self._seconds = np.asarray(seconds_of(UNIX_EPOCH + file["time"][()].astype("timedelta64[s]")), np.float64)

    def window(self, start, end):
        """See :meth:`landda_hpc.simulation.truth.Truth.window`."""
        first = max(int(np.searchsorted(self._seconds, start, side="right")) - 1, 0)
        stop = min(int(np.searchsorted(self._seconds, end, side="left")) + 1, len(self._seconds))
        first, stop = min(first, len(self._seconds) - 2), max(stop, first + 2)
        with h5py.File(self._path, "r") as file:
            fields = {name: self._read(file[name], first, stop) for name in SURFACE_FIELDS}
        return TruthWindow(self._seconds[first:stop], fields)

    def _read(self, dataset, first, stop):
        """Return records of the uppermost layer at the land points ``(n_times, n_points)``."""
        values = dataset[first:stop, 0] if dataset.ndim == 4 else dataset[first:stop]
        return values.reshape(len(values), -1)[:, self._cells].astype(np.float64)
