"""AMSR2 LPRM level-3 daily files: X-band soil moisture in whole percent with errors that grow with the vegetation."""

import numpy as np

from landda_hpc.simulation.draws import STREAM_AMSR2, normal
from landda_hpc.simulation.gridded import DailySampler, filled
from landda_hpc.simulation.netcdf_structure import add_axis, add_variable, netcdf_file
from landda_hpc.simulation.template import Template
from landda_hpc.times import EPOCH, seconds_since

N_LONGITUDES, N_LATITUDES, SPACING = 1440, 720, 27.8  # km
CHUNK = (120, 60)  # those over the sea are left out
MISSING, NO_DATA = -32767, 512
TIME_ORIGIN = float(seconds_since(EPOCH, "1993-01-01T00:00:00"))  # s since 2000
BANDS = ("c1", "c2", "x")
#: Name, type, scale and fill of the variables beside the coordinates.
VARIABLES = ([(f"soil_moisture_{band}", "i2", 1.0, MISSING, "percent") for band in BANDS]
             + [(f"soil_moisture_{band}_error", "i2", 0.01, MISSING, "percent") for band in BANDS]
             + [(f"opt_depth_{band}", "i2", 0.01, MISSING, None) for band in BANDS]
             + [("ts", "i2", 0.1, MISSING, "K"), ("frequency_map", "i2", 0.1, -1, "GHz"), ("mask", "i2", None, None, None),
                ("scantime", "f8", None, 0.0, "seconds since 1993-01-01 00:00:00")])
#: Those that are simulated; the C bands stay empty.
SIMULATED = ("soil_moisture_x", "soil_moisture_x_error", "opt_depth_x", "ts", "frequency_map", "mask", "scantime")
X_BAND = 10.7  # GHz
FREEZING, LARGEST = 273.15, 100.0


def centre(row, column):
    """Return latitude and longitude of cells, rows from the north [degrees]."""
    return 89.875 - 0.25 * row, -179.875 + 0.25 * column


def structure(path):
    """Write a file without data."""
    with netcdf_file(path) as file:
        file.attrs["Conventions"] = np.bytes_("CF-1.0")
        for name, units, kind, values in (("Longitude", "degrees_east", "Lon", centre(0, np.arange(N_LONGITUDES))[1]),
                                          ("Latitude", "degrees_north", "Lat", centre(np.arange(N_LATITUDES), 0)[0])):
            add_axis(file, name, values.astype(np.float32), {
                "units": units, "scale_factor": np.float32(1.0), "add_offset": np.float32(0.0), "_CoordinateAxisType": kind})
        for name, kind, scale, fill, units in VARIABLES:
            attributes = {} if fill is None else {"_FillValue": np.dtype(kind).type(fill)}
            if scale is not None:
                attributes |= {"scale_factor": np.float64(scale), "add_offset": np.float64(0.0)}
            if units is not None:
                attributes["units"] = units
            add_variable(file, name, kind, ("Longitude", "Latitude"), attributes | {"coordinates": "Longitude Latitude"},
                         NO_DATA if fill is None else fill, chunks=CHUNK, compression="gzip", compression_opts=1)


class Amsr2Writer:
    """Simulates and writes days.

    Parameters
    ----------
    scene : Scene
    settings : SimulationSettings
    """

    def __init__(self, scene, settings):
        self._sampler = DailySampler(scene, settings, "gcom-w", STREAM_AMSR2, (N_LATITUDES, N_LONGITUDES), centre, SPACING)
        self._seed, self._template = settings.seed, Template(structure)
        self._grids = {name: np.full((N_LONGITUDES, N_LATITUDES), NO_DATA if fill is None else fill, kind)
                       for name, kind, _, fill, _ in VARIABLES if name in SIMULATED}
        trait = [scene.trait(50 + number) for number in range(3)]
        self.gain, self.offset = 1.05 + 0.15 * trait[0], 0.04 + 0.04 * trait[1]
        self.error_level = np.exp(0.2 * trait[2])

    def retrieve(self, start, ascending, window):
        """Return the sample of a day and what was retrieved from it, or None.

        Returns
        -------
        sample : DaySample
            Of the retrievals.
        values : dict of str to ndarray (n,)
            In m3 m-3, 1, K.
        """
        sample = self._sampler.day(start, ascending, window)
        if sample is None:
            return None
        warmth = sample.surface.skin_temperature + 2.0 * normal(self._seed, STREAM_AMSR2, sample.footprint, 1, sample.half)
        depth = 0.08 + 1.0 * sample.green
        std = (0.03 + 0.06 * depth) * self.error_level[sample.point]
        moisture = (self.offset[sample.point] + self.gain[sample.point] * sample.surface.soil_moisture
                    + std * sample.noise)
        stated = std * np.exp(0.15 * normal(self._seed, STREAM_AMSR2, sample.footprint, 2, sample.half))
        good = ~sample.surface.covered() & (warmth > FREEZING) & (depth < 0.95) & (moisture >= 0.0) & (moisture < LARGEST)
        chosen = type(sample)(*(None if name == "surface" else value[good] for name, value in sample._asdict().items()))
        chosen = chosen._replace(surface=type(sample.surface)(*(value[good] for value in sample.surface)))
        return chosen, {"soil_moisture": moisture[good], "error": stated[good], "depth": depth[good], "ts": warmth[good]}

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
        if found is None or not len(found[0].index):
            return None
        sample, retrieved = found
        lattice = self._sampler.lattice
        place = (lattice.column[sample.index], lattice.row[sample.index])
        raw = {"soil_moisture_x": np.round(retrieved["soil_moisture"] * 100.0),
               "soil_moisture_x_error": np.round(retrieved["error"] * 1.0e4),
               "opt_depth_x": np.round(retrieved["depth"] * 100.0), "ts": np.round(retrieved["ts"] * 10.0),
               "frequency_map": round(X_BAND * 10.0), "mask": 0, "scantime": sample.seconds - TIME_ORIGIN}
        day = str(EPOCH + np.timedelta64(int(start), "s"))[:10].replace("-", "")
        path = folder / f"LPRM-AMSR2_L3_{'A' if ascending else 'D'}_SOILM3_V001_{day}000000.nc4"
        with filled(self._grids, place, raw) as values:
            self._template.write(path, values)
        return path
