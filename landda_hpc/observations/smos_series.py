"""SMOS-IC as series of locations on the 25-km EASE-Grid 2.0, one file per 5-degree cell."""

import numpy as np

from landda_hpc.observations.cell_series import cell_table, is_cell_file
from landda_hpc.observations.netcdf import open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import make_series
from landda_hpc.observations.smos_ic import quality_codes
from landda_hpc.times import SECONDS_PER_DAY

PRODUCT = "smos_ic"


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return is_cell_file(fields) and all(name in fields for name in ("Soil_Moisture", "RMSE", "Scene_Flags", "UTC_Seconds"))


def read_smos_series(path, largest_misfit=8.0, largest_scene_flag=1, valid_range=(0.0, 1.0)):
    """Return the series of a cell with their codes [m3 m-3]; arguments are those of ``smos_ic.read_smos_ic``.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no series of Soil_Moisture, RMSE and Scene_Flags, so not SMOS-IC.")
        table = cell_table(path, fields, "Soil_Moisture")
        value, scene = table.numbers("Soil_Moisture"), table.words("Scene_Flags")
        # The times of the series are midnight; those of the overpass stand beside the values.
        time = table.numbers("Days") * SECONDS_PER_DAY + table.numbers("UTC_Seconds")
        there = np.isfinite(value) & np.isfinite(time)
        code = quality_codes(value, time, table.numbers("RMSE"), np.where(scene < 0, np.nan, scene), largest_misfit,
                             largest_scene_flag, valid_range)
        return make_series(tuple(place[there] for place in table.places), time[there], value[there], PRODUCT, path,
                           error=table.numbers("Soil_Moisture_StdError")[there], flag=scene[there], code=code[there],
                           meanings=("moderate topography", "strong topography", "polluted scene", "frozen scene"))
