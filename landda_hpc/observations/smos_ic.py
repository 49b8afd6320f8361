"""SMOS-IC daily soil moisture on the 25-km EASE-Grid 2.0 (versions 105 and 2); for evaluation only.

The misfit of the brightness temperatures tells the quality. Rows lie from the south; the missing value is declared or NaN.
"""

import numpy as np

from landda_hpc.observations.batch import VOLUMETRIC, empty_batch, make_batch
from landda_hpc.observations.codes import reject
from landda_hpc.observations.ease2 import M25
from landda_hpc.observations.hdf import open_product, quiet
from landda_hpc.observations.local_time import local_solar_time
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import LONGEST_DAY, check_plausible
from landda_hpc.times import SECONDS_PER_DAY

PRODUCT = "smos_ic"
NOON = 12.0  # h, ascending passes are in the morning
NUMBERS = ("Soil_Moisture", "Soil_Moisture_StdError", "RMSE", "Scene_Flags", "Days", "UTC_Seconds")


def recognises(file):
    """Tell whether an open HDF5 file is of this kind."""
    return all(name in file for name in ("Soil_Moisture", "RMSE", "Scene_Flags", "UTC_Seconds"))


def read_smos_ic(path, largest_misfit=8.0, largest_scene_flag=1, valid_range=(0.0, 1.0)):
    """Return the retrievals of a daily file with their reason codes, as an ObservationBatch in m3 m-3.

    Parameters
    ----------
    path : str or Path
    largest_misfit : float
        Root mean square difference of measured and simulated brightness temperature [K].
    largest_scene_flag : int
    valid_range : tuple of float
        Of the soil moisture [m3 m-3].

    Raises
    ------
    ProductRefusal
        For a file that is damaged, of another kind or on another grid.
    """
    with open_product(path) as file:
        if not recognises(file):
            raise ProductRefusal(path, "foreign", "no Soil_Moisture, RMSE, Scene_Flags and UTC_Seconds, so not SMOS-IC.")
        shape = file["Soil_Moisture"].shape
        with quiet():
            latitude = np.asarray(file["lat"][...], np.float64)
        if shape != (M25.n_rows, M25.n_columns) or latitude.shape != shape[:1]:
            raise ProductRefusal(path, "unsupported", f"the grid is {shape}, expected {(M25.n_rows, M25.n_columns)}.")
        there = np.isfinite(_numbers(file, "Soil_Moisture", ...))
        fields = {name: _numbers(file, name, there) for name in NUMBERS}
        # Version 2 may leave the microseconds out.
        fraction = _numbers(file, "UTC_Microseconds", there) * 1.0e-6 if "UTC_Microseconds" in file else 0.0
    if not there.any():
        return empty_batch(PRODUCT, VOLUMETRIC, (str(path),), with_cells=True)
    row, column = np.nonzero(there)
    if latitude[0] < latitude[-1]:
        row = M25.n_rows - 1 - row
    north, east = M25.centre(row, column)
    time = fields["Days"] * SECONDS_PER_DAY + fields["UTC_Seconds"] + np.nan_to_num(fraction)
    value = fields["Soil_Moisture"]
    code = quality_codes(value, time, fields["RMSE"], fields["Scene_Flags"], largest_misfit, largest_scene_flag, valid_range)
    hour = local_solar_time(time, east)
    hour = hour[np.isfinite(hour)]
    morning = len(hour) > 0 and bool(np.median(hour) < NOON)
    batch = make_batch(value, north, east, time, "smos", PRODUCT, units=VOLUMETRIC, error=fields["Soil_Moisture_StdError"],
                       code=code, ascending=morning, source_files=(str(path),), cell_row=row, cell_column=column)
    return check_plausible(batch, path, LONGEST_DAY)


def quality_codes(value, time, misfit, scene, largest_misfit, largest_scene_flag, valid_range):
    """Return the reason codes of retrievals; NaN fails every test."""
    code, (low, high) = np.zeros(len(value), np.int16), valid_range
    reject(code, ~((value >= low) & (value <= high)) | ~np.isfinite(time), "E1")
    reject(code, ~(misfit <= largest_misfit), "E5")
    reject(code, ~(scene <= largest_scene_flag), "E6")
    return code


def _numbers(file, name, where):
    """Return a variable as float64, NaN where its declared fill value stands."""
    raw = file[name][...]
    with quiet():
        values = raw.astype(np.float64)
    fill = file[name].attrs.get("_FillValue")
    if fill is not None:
        values[raw == np.ravel(fill)[0]] = np.nan
    return values[where]
