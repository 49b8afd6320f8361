"""ASCAT climate data records of H SAF from version 8 on: H121, H139 and H29, cell files or swaths.

Their points are those of a Fibonacci grid, with numbers of its own. Snow and frost probabilities, topography and wetland stand
beside the values, in percent, so that the tests are those of the level-2 product; a word of flags that is not 0 where it
should be rejects. Saturation in percent.
"""

import numpy as np

from landda_hpc.observations.ascat_cdr import FROZEN_STATES
from landda_hpc.observations.batch import PERCENT
from landda_hpc.observations.cell_series import cell_table, is_cell_file
from landda_hpc.observations.codes import reject
from landda_hpc.observations.netcdf import open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import check_range, make_series

PRODUCT = "ascat_cdr"
VALUE, NOISE, SURFACE, PROCESSING = ("surface_soil_moisture", "surface_soil_moisture_noise", "surface_flag", "processing_flag")
#: Percentages that may be there, what rejects, and whether a missing one does too.
PERCENTAGES = {"topographic_complexity": (20.0, "A4", True), "wetland_fraction": (15.0, "A5", True),
               "snow_cover_probability": (50.0, "A6", False), "frozen_soil_probability": (50.0, "A7", False),
               "subsurface_scattering_probability": (50.0, "A11", False)}


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return is_cell_file(fields) and all(name in fields for name in (VALUE, NOISE, PROCESSING))


def read_ascat_cdr_v8(path, valid_range=(0.0, 100.0), noise_max=None):
    """Return the series of a cell or the retrievals of a swath with their codes.

    Parameters
    ----------
    path : str or Path
    valid_range : tuple of float
        Of the saturation [percent].
    noise_max : float, optional
        Noise must be below [percent].

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", f"no {VALUE}, {NOISE} and {PROCESSING} at locations, so no climate "
                                 "record of ASCAT.")
        table = cell_table(path, fields, VALUE)
        value, noise, flag = table.numbers(VALUE), table.numbers(NOISE), table.words(PROCESSING)
        code = np.zeros(len(value), np.int16)
        check_range(code, value, valid_range, "A1")
        reject(code, flag != 0, "A8")
        reject(code, ~(noise >= 0.0) | (noise >= (np.inf if noise_max is None else noise_max)), "A3")
        if SURFACE in fields:
            reject(code, np.isin(table.words(SURFACE), FROZEN_STATES), "A7")
        for name, (limit, reason, needed) in PERCENTAGES.items():
            if name in fields:
                percent = table.numbers(name)
                reject(code, ~(percent < limit) if needed else percent > limit, reason)
        there = np.isfinite(value) | (flag > 0)  # swaths have all nodes, also over the sea
        places = tuple(place[there] for place in table.places)
        meanings = tuple(text(fields[PROCESSING].attributes, "flag_meanings").split())
        return make_series(places, table.time[there], value[there], PRODUCT, path, error=noise[there], flag=flag[there],
                           code=code[there], units=PERCENT, meanings=meanings)
