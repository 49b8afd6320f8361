"""SMOS-IC version 2 daily files: L-band soil moisture on the 25 km EASE grid with radio interference."""

import numpy as np

from landda_hpc.observations.ease2 import M25
from landda_hpc.simulation.draws import STREAM_SCENE, STREAM_SMOS, normal
from landda_hpc.simulation.gridded import DailySampler, filled
from landda_hpc.simulation.netcdf_structure import add_axis, add_variable, netcdf_file, put_attributes
from landda_hpc.simulation.template import Template
from landda_hpc.times import EPOCH, SECONDS_PER_DAY

FILL = -999.0
CHUNK = (73, 116)  # those over the sea are left out
#: Name, type and units of the variables on the grid.
VARIABLES = (("Soil_Moisture", "f4", "m3 m-3"), ("Soil_Moisture_StdError", "f4", "m3 m-3"), ("RMSE", "f4", "K"),
             ("Scene_Flags", "i2", "1"), ("Optical_Thickness_Nad", "f4", "1"), ("Optical_Thickness_Nad_StdError", "f4", "1"),
             ("Soil_Temperature_Level1", "f4", "K"), ("Days", "i4", "days since 2000-01-01"), ("UTC_Seconds", "i4", "s"),
             ("UTC_Microseconds", "i4", "us"))
MODERATE_TOPOGRAPHY, STRONG_TOPOGRAPHY, POLLUTED, FROZEN = 1, 2, 4, 8
RELIEF_MODERATE, RELIEF_STRONG = 350.0, 900.0  # m


def centre(row, column):
    """Return latitude and longitude of cells, rows from the south [degrees]."""
    return M25.centre(M25.n_rows - 1 - np.asarray(row), column)


def structure(path):
    """Write a file without data."""
    with netcdf_file(path) as file:
        for name, units, values in (("lat", "degrees_north", centre(np.arange(M25.n_rows), 0)[0]),
                                    ("lon", "degrees_east", centre(0, np.arange(M25.n_columns))[1])):
            add_axis(file, name, values.astype(np.float32), {"units": units})
        grid = file.create_dataset("crs", (), np.int32)
        put_attributes(grid, {"grid_mapping_name": "lambert_cylindrical_equal_area", "standard_parallel": 30.0,
                              "longitude_of_central_meridian": 0.0,
                              "GeoTransform": f"{M25.west} {M25.cell_size} 0 {M25.north} 0 {-M25.cell_size}"})
        for name, kind, units in VARIABLES:
            fill = np.dtype(kind).type(FILL)
            add_variable(file, name, kind, ("lat", "lon"), {"_FillValue": fill, "units": units, "grid_mapping": "crs"}, fill,
                         chunks=CHUNK, compression="gzip", compression_opts=1)


class SmosWriter:
    """Simulates and writes days.

    Parameters
    ----------
    scene : Scene
    settings : SimulationSettings
    """

    def __init__(self, scene, settings):
        self._scene, self._seed = scene, settings.seed
        self._sampler = DailySampler(scene, settings, "smos", STREAM_SMOS, (M25.n_rows, M25.n_columns), centre,
                                     M25.cell_size * 1.0e-3)
        self._template = Template(structure)
        self._grids = {name: np.full((M25.n_rows, M25.n_columns), FILL, kind) for name, kind, _ in VARIABLES}
        trait = [scene.trait(70 + number) for number in range(4)]
        self.gain, self.offset = 0.95 + 0.15 * trait[0], -0.02 + 0.03 * trait[1]
        self.error_std = 0.04 * np.exp(0.2 * trait[2])
        self._interference = np.maximum(trait[3] - 1.0, 0.0)

    def retrieve(self, start, ascending, window):
        """Return the sample of a day and the values of the file's variables ``(n,)``, or None."""
        sample = self._sampler.day(start, ascending, window)
        if sample is None:
            return None
        point, surface = sample.point, sample.surface
        polluted = normal(self._seed, STREAM_SCENE, sample.footprint, 75) > 2.0
        misfit = (3.5 * np.exp(0.3 * normal(self._seed, STREAM_SMOS, sample.footprint, 1, sample.half))
                  * (1.0 + 2.0 * self._interference[point]))
        std = self.error_std[point] * (1.0 + self._interference[point]) + 0.02 * sample.green
        scene_flags = (np.where(self._scene.relief[point] > RELIEF_MODERATE, MODERATE_TOPOGRAPHY, 0)
                       | np.where(self._scene.relief[point] > RELIEF_STRONG, STRONG_TOPOGRAPHY, 0)
                       | np.where(polluted, POLLUTED, 0) | np.where(surface.covered(), FROZEN, 0))
        moisture = self.offset[point] + self.gain[point] * surface.soil_moisture + std * sample.noise
        whole = np.floor(sample.seconds)
        values = {"Soil_Moisture": np.maximum(moisture, -0.05), "Soil_Moisture_StdError": std * 0.6, "RMSE": misfit,
                  "Scene_Flags": scene_flags, "Optical_Thickness_Nad": 0.05 + 0.5 * sample.green,
                  "Optical_Thickness_Nad_StdError": np.full(len(point), 0.02),
                  "Soil_Temperature_Level1": surface.soil_temperature, "Days": whole // SECONDS_PER_DAY,
                  "UTC_Seconds": whole % SECONDS_PER_DAY,
                  "UTC_Microseconds": np.floor((sample.seconds - whole) * 1.0e6)}
        return sample, values

    def write(self, folder, start, ascending, window):
        """Write the file of a day and direction and return its path; None where there is no retrieval.

        Parameters
        ----------
        folder : Path
        start : float
            Beginning of the day [s since 2000-01-01 00:00 UTC].
        ascending : bool
        window : TruthWindow
        """
        found = self.retrieve(start, ascending, window)
        if found is None:
            return None
        sample, retrieved = found
        place = (self._sampler.lattice.row[sample.index], self._sampler.lattice.column[sample.index])
        day = str(EPOCH + np.timedelta64(int(start), "s"))[:10].replace("-", "")
        path = folder / f"SM_OPER_MIR_CDF3S{'A' if ascending else 'D'}_{day}T000000_{day}T235959_200_001_8.DBL.nc"
        with filled(self._grids, place, retrieved) as values:
            self._template.write(path, values)
        return path
