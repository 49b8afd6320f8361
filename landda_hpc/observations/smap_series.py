"""SMAP level 3 (SPL3SMP) as series of locations on the 36-km EASE-Grid 2.0, one file per 5-degree cell.

A location is numbered by column and by row from the south. Version 8 has one overpass a day, with its time beside it.
"""

import numpy as np

from landda_hpc.observations.cell_series import cell_table, is_cell_file
from landda_hpc.observations.codes import reject
from landda_hpc.observations.netcdf import open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import check_range, make_series
from landda_hpc.observations.time_units import seconds_since_2000

PRODUCT = "smap_l3"
OVERPASS_UNITS = "seconds since 2000-01-01 12:00:00"
NOT_RECOMMENDED, NOT_RETRIEVED = 1, 2 | 4


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return is_cell_file(fields) and "soil_moisture" in fields and "retrieval_qual_flag" in fields


def read_smap_series(path, recommended_only=True, valid_range=(0.02, 0.5)):
    """Return the series of a cell with their codes [m3 m-3].

    Parameters
    ----------
    path : str or Path
    recommended_only : bool
        Reject what is not of recommended quality; otherwise only where the retrieval was skipped or failed.
    valid_range : tuple of float
        Of the soil moisture [m3 m-3].

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no series of soil_moisture and retrieval_qual_flag, so not SMAP level 3.")
        table = cell_table(path, fields, "soil_moisture")
        value, flag = table.numbers("soil_moisture"), table.words("retrieval_qual_flag")
        time = table.time
        if "tb_time_seconds" in fields:
            time = seconds_since_2000(table.numbers("tb_time_seconds"), OVERPASS_UNITS)
        code = np.zeros(len(value), np.int16)
        check_range(code, value, valid_range, "S1")
        reject(code, (flag < 0) | (flag & NOT_RETRIEVED > 0), "S3")
        reject(code, recommended_only & (flag & NOT_RECOMMENDED > 0), "S2")
        meanings = text(fields["retrieval_qual_flag"].attributes, "flag_meanings").split()
        return make_series(table.places, time, value, PRODUCT, path, error=table.numbers("soil_moisture_error"), flag=flag,
                           code=code, meanings=tuple(f"not {meaning}" for meaning in meanings))
