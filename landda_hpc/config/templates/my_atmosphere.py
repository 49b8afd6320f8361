"""An atmosphere of your own in Python, an example to replace: the same air over all columns, warmer over dry soil.

    atmosphere: {kind: python, object: my_atmosphere:MyAtmosphere, arguments: {resolution: 10.0}}
"""

import json
from pathlib import Path

import numpy as np

from landda_hpc.coupling.atmosphere import (
    FORECAST,
    Atmosphere,
    AtmosphereColumns,
    AtmosphereRun,
    Description,
    Outputs,
    Series,
    hours,
)
from landda_hpc.domain.grid import EARTH_RADIUS, Grid

AIR = {"tair": 288.0, "qair": 0.006, "uwind": 3.0, "vwind": 1.0, "psurf": 98000.0, "swdown": 180.0, "lwdown": 320.0,
       "rainf": 2.0e-5, "t2m": 289.0, "q2m": 0.006}


class MyAtmosphere(Atmosphere):
    """Here a restart is a dictionary of the time and the warmth [K], a file of it JSON."""

    suffix = ".json"
    on_root_alone = True  # without it all ranks call the operations together; series are then wanted on rank 0, restarts on all

    def __init__(self, communicator, resolution=10.0):
        grid = Grid.covering(resolution, south=-90.0)
        place = np.arange(grid.n_rows * grid.n_columns)
        area = grid.cell_area[place // grid.n_columns] / EARTH_RADIUS**2  # steradian
        self._columns = AtmosphereColumns(*grid.positions(place), area, np.ones(len(place), bool), grid, place)
        self._resolution = resolution

    def describe(self):
        return Description(name="my atmosphere", columns=self._columns, vertical="one level", fields=tuple(AIR), interval=3600,
                           accepts_increments=False, runs_ensembles=False, is_model=True,
                           identity={"atmosphere": "mine", "resolution": str(self._resolution)})

    def cold_start(self, time, source=None):
        return {"time": str(time), "warmth": 0.0} if source is None else self.load(source)

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        warmth = restart["warmth"]
        if soil_moisture is not None:  # (layers, columns) at t0, NaN where there is no land
            warmth = 10.0 * (0.3 - float(np.nanmean(soil_moisture[0])))
        return AtmosphereRun(
            restart={"time": str(t1), "warmth": warmth},
            restarts={time: {"time": str(time), "warmth": warmth} for time in outputs.restarts},
            forcing=None if outputs.forcing is None else self._series(hours(*outputs.forcing), AIR, warmth),
            forecast=self._series(np.array(outputs.forecast), FORECAST, warmth) if outputs.forecast else None)

    def _series(self, times, names, warmth):
        """Return fields (times, columns); means are those of the interval before each time."""
        hour = times.astype("datetime64[h]").astype(int) % 24
        daily = 5.0 * np.sin(2.0 * np.pi * (hour - 9.0) / 24.0)
        fields = {name: np.full((len(times), self._columns.n_columns), AIR[name]) for name in names}
        for name in ("tair", "t2m"):
            if name in fields:
                fields[name] += warmth + daily[:, None]
        return Series(times, fields)

    def save(self, restart, path):
        Path(path).write_text(json.dumps(restart))

    def load(self, path):
        return json.loads(Path(path).read_text())
