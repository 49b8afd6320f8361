"""Small synthetic product files in the layouts of the real ones."""

import h5py
import numpy as np

from landda_hpc.observations.ease2 import M36

START = 540604800.0  # 2017-02-17 00:00 UTC, seconds since 2000-01-01

#: A node that every test accepts, in the units of the NetCDF file.
GOOD_NODE = {"soil_moisture": 4250, "soil_moisture_error": 500, "mean_soil_moisture": 4000,
             "soil_moisture_sensitivity": 6_000_000, "topography_flag": 5, "wetland_flag": 2, "snow_cover_probability": 0,
             "frozen_soil_probability": 0, "rainfall_flag": 255, "aggregated_quality_flag": 5, "corr_flags": 0,
             "proc_flag1": 0, "proc_flag2": 1, "swath_indicator": 0}
TYPES = {"soil_moisture": ">u2", "soil_moisture_error": ">u2", "mean_soil_moisture": ">u2",
         "soil_moisture_sensitivity": ">u4"}


def write_ascat(path, nodes, platform="M01", n_cells=82, seconds=START, azimuth=190.0, places=None):
    """Write an ASCAT NetCDF file whose first nodes differ from a good one as told; the others have no retrieval.

    Parameters
    ----------
    nodes : list of dict
        Raw values by variable.
    seconds : float
        Time of the first row; rows follow every 2 s.
    places : list of tuple, optional
        Latitude and longitude [degrees] of the nodes; by default a line along 10 N.
    """
    n_rows = max(1, -(-len(nodes) // n_cells))
    size = n_rows * n_cells
    raw = {name: np.full(size, value, TYPES.get(name, "u1")) for name, value in GOOD_NODE.items()}
    raw["soil_moisture"][len(nodes):] = 65535
    latitude, longitude = np.full(size, 10.0), -90.0 + 0.1 * np.arange(size) % 180.0
    for index, node in enumerate(nodes):
        for name, value in node.items():
            raw[name][index] = value
    for index, (lat, lon) in enumerate(places or ()):
        latitude[index], longitude[index] = lat, lon
    with h5py.File(path, "w") as file:
        for name, values in raw.items():
            file[name] = values.reshape(n_rows, n_cells)
        file["latitude"] = np.rint(latitude * 1e6).astype(">i4").reshape(n_rows, n_cells)
        file["longitude"] = np.rint(longitude * 1e6).astype(">i4").reshape(n_rows, n_cells)
        file["utc_line_nodes"] = (seconds + 2.0 * np.arange(n_rows)).astype(">i4")
        file["sat_track_azi"] = np.full(n_rows, round(azimuth * 100.0), ">u2")
        file.attrs["platform_long_name"] = np.bytes_(platform)
    return path


GOOD_CELL = {"soil_moisture": 0.25, "retrieval_qual_flag": 0, "surface_flag": 0, "vegetation_water_content": 1.0,
             "tb_qual_flag_h": 0, "tb_qual_flag_v": 0}


def write_smap(path, cells, direction="D", first=(200, 400), seconds=START, suffix="_dca", indices=None):
    """Write a SMAP level-2 file of cells that differ from a good one as told, in a row from ``first`` eastward.

    ``seconds``: UTC of the first cell, the others follow every second; ``suffix``: of the dual-channel variables;
    ``indices``: rows and columns if they are not in one row.
    """
    n_cells = len(cells)
    row = np.full(n_cells, first[0]) if indices is None else np.asarray([one[0] for one in indices])
    column = first[1] + np.arange(n_cells) if indices is None else np.asarray([one[1] for one in indices])
    latitude, longitude = M36.centre(row, column)
    values = {name: np.array([cell.get(name, good) for cell in cells]) for name, good in GOOD_CELL.items()}
    times = np.array([cell.get("time", seconds + index) for index, cell in enumerate(cells)])
    with h5py.File(path, "w") as file:
        group = file.create_group("Soil_Moisture_Retrieval_Data")
        group["EASE_row_index"], group["EASE_column_index"] = row.astype("<u2"), column.astype("<u2")
        group["latitude"], group["longitude"] = latitude.astype("<f4"), longitude.astype("<f4")
        group["tb_time_seconds"] = np.where(np.isfinite(times), times - 43200.0, -9999.0)
        for name, numbers in values.items():
            dual = name in ("soil_moisture", "retrieval_qual_flag")
            group[name + suffix * dual] = numbers.astype("<f4" if numbers.dtype.kind == "f" else "<u2")
        identification = file.create_group("Metadata/DatasetIdentification")
        identification.attrs["fileName"] = np.bytes_(f"SMAP_L2_SM_P_02801_{direction}_20170217T000000_R19240_001.h5")
    return path
