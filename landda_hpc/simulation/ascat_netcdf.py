"""ASCAT level-2 soil moisture as EUMETSAT's NetCDF files of one orbit have it: 82 nodes a row, big-endian integers.

Missing values of the unsigned variables are not declared, and the processing flags are out of place, as in the real files.
"""

import json
from importlib import resources

import numpy as np

from landda_hpc.simulation.ascat import N_NODES
from landda_hpc.simulation.netcdf_structure import add_dimension, add_variable, netcdf_file, put_attributes
from landda_hpc.simulation.template import Template
from landda_hpc.times import EPOCH

PLATFORM_CODES = {"metop-b": ("METOPB", "M01", "MetOp-B"), "metop-c": ("METOPC", "M03", "MetOp-C")}
FIXED_RECORDS = 5024  # bytes of the native product beside its rows
MISSING_FLAG = 65535
#: Units in the file by units of the product.
SCALES = {"soil_moisture": 100.0, "soil_moisture_error": 100.0, "mean_soil_moisture": 100.0,
          "soil_moisture_sensitivity": 1.0e6, "dry_backscatter": 1.0e6, "wet_backscatter": 1.0e6, "sigma40": 1.0e6,
          "slope40": 1.0e6, "snow_cover_probability": 1.0, "frozen_soil_probability": 1.0, "wetland_flag": 1.0,
          "topography_flag": 1.0, "corr_flags": 1.0}
ADVISORIES = ("snow_cover_probability", "frozen_soil_probability", "wetland_flag", "topography_flag")


def layout():
    """Return variables and attributes of the file."""
    return json.loads(resources.files("landda_hpc.simulation").joinpath("layouts", "ascat_netcdf.json").read_text())


def missing(dtype):
    """Return the raw number that stands for a missing value of a type."""
    information = np.iinfo(dtype)
    if information.min == 0:
        return information.max
    return 127 if information.bits == 8 else information.min


def _typed(attributes):
    return {name: value if kind == "str" else np.array(value, kind) for name, (kind, value) in attributes.items()}


class AscatWriter:
    """Writes orbits of one platform.

    Parameters
    ----------
    simulator : AscatSimulator
    scrambled : bool
        Write the processing flags as the real files have them, see :func:`scramble`.
    """

    def __init__(self, simulator, scrambled=True):
        self._simulator, self._scrambled = simulator, scrambled
        self._layout = layout()
        self._template = Template(self._structure)
        self._types = {name: np.dtype(item["type"]) for name, item in self._layout["variables"].items()}

    def _structure(self, path):
        n_rows = self._simulator.swath.n_rows
        with netcdf_file(path) as file:
            add_dimension(file, "numRows", n_rows)
            add_dimension(file, "numCells", N_NODES)
            for name, item in self._layout["variables"].items():
                packed = {} if item["chunk_rows"] is None else {
                    "chunks": (min(item["chunk_rows"], n_rows), N_NODES), "compression": "gzip",
                    "compression_opts": item["level"], "shuffle": item["shuffle"]}
                add_variable(file, name, item["type"], item["dimensions"], _typed(item["attributes"]),
                             missing(item["type"]), **packed)
            put_attributes(file, _typed(self._layout["attributes"]))

    def write(self, folder, index, window):
        """Write the file of an orbit and return its path; None where the orbit has no retrieval.

        Parameters
        ----------
        folder : Path
        index : int
            Of the orbit.
        window : TruthWindow
        """
        nodes, retrievals = self._simulator.retrieve(index, window)
        if not len(retrievals.row):
            return None
        attributes, name = self._attributes(index)
        self._template.write(folder / name, self._values(index, nodes, retrievals), attributes)
        return folder / name

    def _values(self, index, nodes, retrievals):
        swath = self._simulator.swath
        shape, place = (swath.n_rows, N_NODES), (retrievals.row, retrievals.node)
        azimuth = self._simulator.azimuths(index)
        lines = swath.row_times(index)
        values = {"utc_line_nodes": np.floor(lines), "abs_line_number": np.round(lines / 1.875),
                  "sat_track_azi": np.round(azimuth * 100.0),
                  "as_des_pass": ((azimuth < 90.0) | (azimuth > 270.0)).astype(np.int8),
                  "swath_indicator": np.broadcast_to(np.arange(N_NODES) >= N_NODES // 2, shape)}
        for name, degrees in (("latitude", nodes.latitude), ("longitude", nodes.longitude)):
            values[name] = self._filled(name, (nodes.row, nodes.node), np.round(degrees * 1.0e6))
        for name, scale in SCALES.items():
            values[name] = self._filled(name, place, np.round(getattr(retrievals, name) * scale))
        values["sigma40_error"] = self._filled("sigma40_error", place, 95000)
        values["slope40_error"] = self._filled("slope40_error", place, 2000)
        values["aggregated_quality_flag"] = self._filled(
            "aggregated_quality_flag", place, np.round(np.max([getattr(retrievals, name) for name in ADVISORIES], axis=0)))
        # The correction flag is zero, not missing, where nothing was retrieved.
        values["corr_flags"][values["soil_moisture"] == missing(self._types["soil_moisture"])] = 0
        words = np.full(shape, MISSING_FLAG, np.uint16)
        words[place] = retrievals.processing_flags
        values["proc_flag1"], values["proc_flag2"] = scramble(words) if self._scrambled else separate(words)
        return values

    def _filled(self, name, place, numbers):
        full = np.full((self._simulator.swath.n_rows, N_NODES), missing(self._types[name]), self._types[name])
        full[place] = numbers
        return full

    def _attributes(self, index):
        simulator, orbit = self._simulator, self._simulator.orbit
        short, code, title = PLATFORM_CODES[simulator.platform]
        number, start = orbit.number(index), orbit.node_time(index)
        begin, end = (EPOCH + np.timedelta64(int(time), "s") for time in (start, start + orbit.period))
        stamps = [str(time).replace("-", "").replace("T", "").replace(":", "") for time in (begin, end)]
        name = (f"W_XX-EUMETSAT-Darmstadt,SURFACE+SATELLITE,{short}+ASCAT_C_EUMP_{stamps[0]}_{number:05d}_eps_o_125_"
                "ssm_l2.nc")
        longitude = 15.0 * orbit.ascending_local_time - 360.0 * (start / 86400.0 % 1.0)
        texts = {"source": f"{title} ASCAT, simulated", "wmo_filename": name, "platform_long_name": code,
                 "history": f"{begin}Z - simulated by landda_hpc;",
                 "granule_name": f"ASCA_SMR_02_{code}_{stamps[0]}Z_{stamps[1]}Z_N_O_{stamps[1]}Z",
                 "parent_granule_name": f"ASCA_SZR_1B_{code}_{stamps[0]}Z_{stamps[1]}Z_N_O_{stamps[1]}Z",
                 "start_sensing_data_time": f"{begin}Z", "end_sensing_data_time": f"{end}Z",
                 "production_date_time": f"{end}Z", "equator_crossing_date_time": f"{begin}Z"}
        numbers = {"start_orbit_number": number, "end_orbit_number": number + 1,
                   "native_product_size": FIXED_RECORDS + simulator.swath.n_rows * (39 + 142 * N_NODES),
                   "rev_orbit_period": round(orbit.period), "qa_duration_product": round(orbit.period * 1000.0),
                   "equator_crossing_longitude": round(((longitude + 180.0) % 360.0 - 180.0) * 1000.0)}
        attributes = {key: np.bytes_(text) for key, text in texts.items()}
        attributes |= {key: np.array([number], np.int32) for key, number in numbers.items()}
        return {"/": attributes}, name


def scramble(words):
    """Return the two processing-flag variables as the real files have them.

    Both hold the first ``n_cells`` bytes of a row's 16-bit words, so the second half of the row is lost.
    """
    octets = words.astype(">u2").view(np.uint8).reshape(*words.shape[:-1], -1)[..., :words.shape[-1]]
    return octets, octets.copy()


def separate(words):
    """Return the low bits, on the input data, and the range checks as two aligned variables; 255 where missing."""
    absent = words == MISSING_FLAG
    return (np.where(absent, 255, words & 63).astype(np.uint8), np.where(absent, 255, words >> 6).astype(np.uint8))
