"""SMAP level-3 soil moisture (SPL3SMP): a day of half orbits on the 36-km EASE-Grid 2.0, a group for each overpass.

The tests are those of level 2. Arrays are grids, row 0 in the north; names of the afternoon end in ``_pm``. For evaluation
only.
"""

import numpy as np

from landda_hpc.observations.batch import concatenate, wrap_longitude
from landda_hpc.observations.ease2 import M36
from landda_hpc.observations.hdf import flag_words, open_product
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import LONGEST_DAY, check_plausible
from landda_hpc.observations.smap import (
    EPOCH_OFFSET,
    GROUP,
    WORD_FILL,
    SmapGranule,
    file_version,
    retrieval_name,
    smap_codes,
    stored_numbers,
)
from landda_hpc.observations.smap import retrievals as retrievals_of

PRODUCT = "smap_l3"
#: Group, ending of names, ascending.
OVERPASSES = ((f"{GROUP}_AM", "", False), (f"{GROUP}_PM", "_pm", True))
SHAPE = (M36.n_rows, M36.n_columns)


def recognises(file):
    """Tell whether an open HDF5 file is of this kind."""
    return any(group in file for group, _, _ in OVERPASSES)


def read_smap_l3(path, settings=None):
    """Return the retrievals of a day with their reason codes, as an ObservationBatch in m3 m-3.

    Parameters
    ----------
    path : str or Path
    settings : landda_hpc.config.observations.Smap, optional
        What is accepted.

    Raises
    ------
    ProductRefusal
    """
    if settings is None:
        from landda_hpc.config.observations import Smap

        settings = Smap()
    with open_product(path) as file:
        if not recognises(file):
            raise ProductRefusal(path, "foreign", f"no group {OVERPASSES[0][0]} or {OVERPASSES[1][0]}, so not SPL3SMP.")
        granules = [_granule(path, file, *overpass, settings.algorithm) for overpass in OVERPASSES if overpass[0] in file]
    parts = [retrievals_of(granule, smap_codes(granule, settings), PRODUCT) for granule in granules]
    return check_plausible(concatenate(parts), path, LONGEST_DAY)


def _granule(path, file, group_name, ending, ascending, algorithm):
    """Return the cells of one overpass that have a time."""
    group = file[group_name]

    def stored(name):
        name = next((variant for variant in (name + ending, name) if variant in group), name)
        if group[name].shape != SHAPE:
            raise ProductRefusal(path, "unsupported", f"{name} is {group[name].shape}, expected {SHAPE}.")
        return name

    time = stored_numbers(group, stored("tb_time_seconds")) + EPOCH_OFFSET
    there = np.isfinite(time)
    row, column = np.nonzero(there)
    latitude, longitude = M36.centre(row, column)
    given = [stored_numbers(group, stored(name))[there] for name in ("latitude", "longitude")]
    wrong = (np.abs(given[0] - latitude) > 0.01) | (np.abs(wrap_longitude(given[1]) - longitude) > 0.01)
    if wrong.any():
        raise ProductRefusal(path, "inconsistent", f"{wrong.sum()} of {wrong.size} cells are not where their coordinates are.")
    number = {name: stored_numbers(group, stored(variable))[there] for name, variable in (
        ("soil_moisture", retrieval_name(path, group, "soil_moisture", algorithm, ending)),
        ("vegetation_water_content", "vegetation_water_content"))}
    words = {name: flag_words(group[stored(variable)][...], WORD_FILL)[there] for name, variable in (
        ("quality", retrieval_name(path, group, "retrieval_qual_flag", algorithm, ending)), ("surface", "surface_flag"),
        ("tb_quality_h", "tb_qual_flag_h"), ("tb_quality_v", "tb_qual_flag_v"))}
    return SmapGranule(str(path), file_version(file), ascending, **number, latitude=latitude, longitude=longitude,
                       time=time[there], row=row.astype(np.int32), column=column.astype(np.int32), **words)
