"""ASCAT climate data records of H SAF on the WARP5 grid: H113, H119, H120 and older releases, one file per 5-degree cell.

The bits of the flags changed from release to release, so their meaning is taken from the file. Saturation in percent.
"""

import numpy as np

from landda_hpc.observations.batch import PERCENT
from landda_hpc.observations.cell_series import cell_table, is_cell_file
from landda_hpc.observations.codes import reject
from landda_hpc.observations.netcdf import open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import check_range, make_series

PRODUCT = "ascat_cdr"
FROZEN_STATES = (2, 3, 4)  # frozen, melting, permanent ice
#: Code of the bits whose meaning holds a text, by flag.
MEANINGS = {"proc_flag": {"set_to_nan": "A8", "noise_above": "A3", "sensitivity": "A10"}, "corr_flag": {"set_to_nan": "A8"}}
CONFIDENCE = {"surface_state": "A7", "topographic": "A4", "wetland": "A5", "noise_above": "A3", "sensitivity": "A10"}


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return is_cell_file(fields) and all(name in fields for name in ("row_size", "sm", "sm_noise", "proc_flag", "ssf"))


def read_ascat_cdr(path, valid_range=(0.0, 100.0), use_confidence=False, layers=None, topography_max=20.0, wetland_max=15.0):
    """Return the series of a cell with their codes.

    Parameters
    ----------
    path : str or Path
    valid_range : tuple of float
        Of the saturation [percent].
    use_confidence : bool
        Reject also what the confidence flag marks: topography or wetland or noise above 50 %, sensitivity below 1 dB.
    layers : landda_hpc.observations.summary.Summary, optional
        Topographic complexity and wetland fraction of the grid (:func:`landda_hpc.observations.warp5.read_layers`), which
        these files lack; with them locations from ``topography_max`` or ``wetland_max`` on [percent] are rejected.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no row_size, sm, sm_noise, proc_flag and ssf, so no ASCAT climate record.")
        table = cell_table(path, fields, "sm")
        flag, value = table.words("proc_flag"), table.numbers("sm")
        code = np.zeros(len(value), np.int16)
        used = MEANINGS | ({"conf_flag": CONFIDENCE} if use_confidence and "conf_flag" in fields else {})
        for name, meanings in used.items():
            _reject_bits(path, fields[name], table.words(name), meanings, code)
        check_range(code, value, valid_range, "A1")
        reject(code, np.isin(table.words("ssf"), FROZEN_STATES), "A7")
        reject(code, ~(table.numbers("sm_noise") >= 0.0), "A3")
        if layers is not None:
            _reject_places(path, table.places[0], layers.values, (topography_max, wetland_max), code)
        return make_series(table.places, table.time, value, PRODUCT, path, error=table.numbers("sm_noise"), flag=flag,
                           code=code, units=PERCENT, meanings=_bits(path, fields["proc_flag"]))


def _reject_places(path, location, layers, limits, code):
    """Give codes to locations with much topography or wetland, or where that is unknown."""
    n_points = len(layers["topography"])
    if ((location < 0) | (location >= n_points)).any():
        raise ProductRefusal(path, "inconsistent", f"location {location.max()} is not one of the {n_points} points of WARP5.")
    for name, limit, reason in zip(("topography", "wetland"), limits, ("A4", "A5")):
        reject(code, ~(layers[name][location] < limit), reason)


def _bits(path, variable):
    """Return the meanings of the bits of a flag, from the least significant one on."""
    attributes = variable.attributes
    meanings = text(attributes, "flag_meanings").split()
    masks = np.ravel(attributes.get("flag_masks", ()))
    if not len(masks) or len(masks) != len(meanings) or (masks != 1 << np.arange(len(masks))).any():
        raise ProductRefusal(path, "unsupported", f"{variable.name} has the masks {masks.tolist()} for {len(meanings)} "
                             "meanings, expected one bit each. Releases before H109 are not read.")
    return tuple(meanings)


def _reject_bits(path, variable, words, meanings, code):
    """Give codes for the bits that are set; a flag that is missing rejects too."""
    reject(code, words < 0, "A8")
    for bit, meaning in enumerate(_bits(path, variable)):
        for part, name in meanings.items():
            if part in meaning:
                reject(code, (words >> bit) & 1 == 1, name)
