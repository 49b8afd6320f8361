"""SMAP level-2 half orbits in the HDF5 layout of SPL2SMP version 9: every group, data set and attribute of the real files."""

import json
from functools import lru_cache
from importlib import resources

import h5py
import numpy as np

from landda_hpc.simulation.orbits import half_orbit_start
from landda_hpc.simulation.template import Template
from landda_hpc.times import EPOCH

RELEASE, VERSION = "R19240", "009"
GROUP = "Soil_Moisture_Retrieval_Data"
NOON = 43200.0  # s, the product's times count from noon of 2000-01-01
#: Values of what the simulation does not compute, the same in every file; fill values where they are not listed.
CONSTANTS = {"boresight_incidence": 40.0, "albedo": 0.05, "albedo_option3": 0.06, "bulk_density": 1.3, "clay_fraction": 0.2,
             "sand_fraction": 0.4, "organic_content": 100.0, "roughness_coefficient": 0.12,
             "roughness_coefficient_option3": 1.0, "tb_3_corrected": 0.0, "tb_4_corrected": 0.0, "tb_qual_flag_3": 0,
             "tb_qual_flag_4": 0}
#: Data sets that every file fills anew.
VARYING = (
    "EASE_row_index", "EASE_column_index", "latitude", "longitude", "latitude_centroid", "longitude_centroid",
    "tb_time_seconds", "tb_time_utc", "soil_moisture", "soil_moisture_option1", "soil_moisture_option2",
    "retrieval_qual_flag", "retrieval_qual_flag_option1", "retrieval_qual_flag_option2", "surface_flag",
    "grid_surface_status", "vegetation_opacity", "vegetation_opacity_option1", "vegetation_opacity_option2",
    "vegetation_water_content", "surface_temperature", "static_water_body_fraction", "radar_water_body_fraction",
    "surface_water_fraction_mb_h", "surface_water_fraction_mb_v", "landcover_class", "landcover_class_fraction",
    "tb_qual_flag_h", "tb_qual_flag_v", "tb_h_corrected", "tb_h_uncorrected", "tb_v_corrected", "tb_v_uncorrected")
#: Error-free differences of the other two algorithms.
OPTION_FACTORS = {"soil_moisture_option1": 0.85, "soil_moisture_option2": 0.95}


def layout():
    """Return metadata groups, data sets and links of the file."""
    return json.loads(resources.files("landda_hpc.simulation").joinpath("layouts", "smap_l2.json").read_text())


def _attribute(item, key, kind, value):
    if kind == "bytes":
        item.attrs.create(key, np.bytes_(value))
    elif kind == "str":
        item.attrs.create(key, value, dtype=h5py.string_dtype())
    else:
        item.attrs.create(key, np.array(value, kind))


class SmapWriter:
    """Writes half orbits.

    Parameters
    ----------
    simulator : SmapSimulator
    """

    def __init__(self, simulator):
        self._simulator, self._layout = simulator, layout()
        self._template = lru_cache(maxsize=16)(self._make_template)

    def _make_template(self, n_cells):
        return Template(lambda path: self._structure(path, n_cells))

    def _structure(self, path, n_cells):
        with h5py.File(path, "w", libver="latest") as file:  # a third of the size of the oldest format
            for group, attributes in sorted(self._layout["metadata"].items()):
                owner = file.require_group(f"Metadata/{group}" if group else "Metadata")
                for key, (kind, value) in attributes.items():
                    _attribute(owner, key, kind, value)
            file["Metadata/GridSpatialRepresentation"].attrs["dimensionSize"] = np.uint32(n_cells)
            file["Metadata/DatasetIdentification"].attrs["CompositeReleaseID"] = RELEASE
            file["Metadata/DatasetIdentification"].attrs["ECSVersionID"] = VERSION
            data = file.create_group(GROUP)
            for name, item in self._layout["data"].items():
                shape = (n_cells, *item["columns"])
                made = data.create_dataset(name, shape, np.dtype(item["type"]), chunks=shape, compression="gzip",
                                           compression_opts=item["level"])
                for key, (kind, value) in item["attributes"].items():
                    _attribute(made, key, kind, value)
                if name not in VARYING:
                    made[...] = CONSTANTS.get(name, item["attributes"]["_FillValue"][1])
            for name, target in self._layout["links"].items():
                data[name] = data[target]

    def write(self, folder, half, window):
        """Write the file of a half orbit and return its path; None where it has no land.

        Parameters
        ----------
        folder : Path
        half : int
            Index of the half orbit.
        window : TruthWindow
        """
        granule = self._simulator.retrieve(half, window)
        if not (granule.point >= 0).any():
            return None
        orbit = self._simulator.orbit
        start = half_orbit_start(orbit, half)
        begin, end = (EPOCH + np.timedelta64(int(time), "s") for time in (start, start + 0.5 * orbit.period))
        number, direction = orbit.number(half // 2), "AD"[half % 2]
        stamp = str(begin).replace("-", "").replace(":", "")
        name = f"SMAP_L2_SM_P_{number:05d}_{direction}_{stamp}_{RELEASE}_001.h5"
        attributes = {
            "Metadata/Extent": {"rangeBeginningDateTime": f"{begin}.000Z", "rangeEndingDateTime": f"{end}.000Z"},
            "Metadata/DatasetIdentification": {"fileName": name},
            "Metadata/OrbitMeasuredLocation": {
                "halfOrbitStartDateTime": f"{begin}.000Z", "halfOrbitStopDateTime": f"{end}.000Z",
                "orbitDirection": ("Ascending", "Descending")[half % 2], "revNumber": np.int32(number)}}
        values = {f"{GROUP}/{key}": value for key, value in self._values(granule).items()}
        self._template(len(granule.row)).write(folder / name, values, attributes)
        return folder / name

    def _values(self, granule):
        def filled(values, fill=-9999.0):
            return np.where(np.isnan(values), fill, values)

        water, flag = granule.water_fraction, granule.retrieval_flag
        classes = np.full((len(flag), 3), 99)
        classes[:, 0] = np.where(granule.point >= 0, self._simulator.cover(granule.point), 0)
        fractions = np.full((len(flag), 3), -9999.0)
        fractions[:, 0] = 1.0
        values = {
            "EASE_row_index": granule.row, "EASE_column_index": granule.column, "latitude": granule.latitude,
            "longitude": granule.longitude, "latitude_centroid": granule.latitude, "longitude_centroid": granule.longitude,
            "tb_time_seconds": granule.seconds - NOON, "tb_time_utc": _utc_texts(granule.seconds),
            "soil_moisture": filled(granule.soil_moisture), "retrieval_qual_flag": flag,
            "retrieval_qual_flag_option1": flag, "retrieval_qual_flag_option2": flag, "surface_flag": granule.surface_flag,
            "grid_surface_status": (granule.point < 0), "vegetation_water_content": filled(granule.vegetation_water),
            "surface_temperature": filled(granule.surface_temperature), "static_water_body_fraction": np.minimum(water, 1.0),
            "radar_water_body_fraction": np.minimum(water, 1.0), "surface_water_fraction_mb_h": np.minimum(water, 1.0),
            "surface_water_fraction_mb_v": np.minimum(water, 1.0), "landcover_class": classes,
            "landcover_class_fraction": fractions, "tb_qual_flag_h": granule.brightness_flag,
            "tb_qual_flag_v": granule.brightness_flag}
        values |= {name: filled(granule.soil_moisture * factor) for name, factor in OPTION_FACTORS.items()}
        values |= {name: filled(granule.opacity)
                   for name in ("vegetation_opacity", "vegetation_opacity_option1", "vegetation_opacity_option2")}
        # A grey body behind wet soil and vegetation; only its order of magnitude matters to readers.
        wetness = np.nan_to_num(granule.soil_moisture, nan=0.2)
        for polarisation, emissivity in (("h", 0.92 - 0.6 * wetness), ("v", 0.98 - 0.3 * wetness)):
            brightness = np.nan_to_num(granule.surface_temperature, nan=180.0) * emissivity
            values |= {f"tb_{polarisation}_{kind}": brightness for kind in ("corrected", "uncorrected")}
        return values


def _utc_texts(seconds):
    """Return times as the product writes them, to the millisecond."""
    times = EPOCH.astype("datetime64[ms]") + np.rint(seconds * 1000.0).astype("timedelta64[ms]")
    return np.char.add(np.datetime_as_string(times, unit="ms").astype("S23"), b"Z")
