"""SMOS level 2 of ESA (SMUDP2), a half orbit of points of the ISEA 4H9 grid; for a look into files only.

The files give numbers of grid points and no coordinates, so that their retrievals cannot be placed without the table of the
grid. Fill values of flags are 0, which is also a legal flag word: a word of 0 counts as nothing set.
"""

import numpy as np

from landda_hpc.observations.codes import reject
from landda_hpc.observations.netcdf import numbers, open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import LONGEST_ORBIT, check_times
from landda_hpc.observations.summary import Summary
from landda_hpc.times import SECONDS_PER_DAY

NAMES_OF_FILE = ("Soil_Moisture", "Soil_Moisture_DQX", "Grid_Point_ID", "Days", "Seconds")
FLAGS = ("Science_Flags", "Confidence_Flags", "Processing_Flags")
LARGEST_ERROR = 0.1  # m3 m-3
VALID_RANGE = (0.0, 1.0)
NO_TIME = 0  # days


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return all(name in fields for name in NAMES_OF_FILE)


def read_smos_udp(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary`: soil_moisture, error [m3 m-3] and grid_point.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no Soil_Moisture at Grid_Point_ID, so not SMOS level 2.")
        value, error, point, days, seconds = (numbers(fields[name]) for name in NAMES_OF_FILE)
        if len({column.shape for column in (value, error, point, days, seconds)}) != 1 or value.ndim != 1:
            raise ProductRefusal(path, "inconsistent", "variables of different lengths, expected one number per grid point.")
        flags = {name: _bits(fields[name], value.shape) for name in FLAGS if name in fields}
    time = np.where(days > NO_TIME, days * SECONDS_PER_DAY + seconds, np.nan)
    check_times(time, path, LONGEST_ORBIT)
    there = np.isfinite(value)
    code = np.zeros(len(value), np.int16)
    reject(code, ~((value >= VALID_RANGE[0]) & (value <= VALID_RANGE[1])) | ~np.isfinite(time), "E1")
    reject(code, ~(error <= LARGEST_ERROR), "E4")
    lines = ["holds       soil_moisture [m3 m-3] of smos_l2", f"points      {len(value)}, with a retrieval {there.sum()}",
             "coverage    not told: numbers of ISEA 4H9 grid points, no coordinates"]
    flagged = {name.replace("_", " ").lower(): {meaning: int((words[there] & mask != 0).sum()) for mask, meaning in meanings}
               for name, (words, meanings) in flags.items()}
    values = {"soil_moisture": value, "error": error, "grid_point": np.nan_to_num(point, nan=-1.0).astype(np.int64)}
    return Summary(tuple(lines), values, time=time[np.isfinite(time)], code=code[there], flags=flagged,
                   source_files=(str(path),))


def _bits(variable, shape):
    """Return unsigned flag words, and mask and meaning of their bits."""
    raw = variable.raw()
    if raw.shape != shape or raw.dtype.kind not in "iu":
        raise ValueError(f"{variable.name} holds {raw.dtype} of shape {raw.shape}, expected flag words of {shape}")
    masks = np.ravel(variable.attributes.get("flag_masks", ())).astype(np.int64)
    meanings = text(variable.attributes, "flag_meanings").split()
    words = raw.astype(np.int64) & ((1 << (8 * raw.dtype.itemsize)) - 1)
    return words, [(int(mask), meaning) for mask, meaning in zip(masks, meanings)]
