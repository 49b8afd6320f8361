"""ASCAT level-2 soil moisture as EUMETSAT's NetCDF-4: one orbit of rows and nodes.

Several missing values are not declared in the file and the scale factors are single precision, hence the table here. The
processing flags of format 12 hold the first half of each row's 16-bit words, in both variables alike; the second half is lost.
"""

import numpy as np

from landda_hpc.io.attributes import text_attribute
from landda_hpc.observations.ascat import (
    EUMETSAT_PLATFORMS,
    SAMPLINGS,
    AscatGranule,
    ascat_fields,
    platform_index,
    processing_time,
)
from landda_hpc.observations.hdf import flag_words, open_product, scaled
from landda_hpc.observations.refusal import ProductRefusal

SIGNED, BYTE, SHORT, LONG = -2147483648, 255, 65535, 4294967295

#: Variable, scale and missing value of each field.
FIELDS = {
    "soil_moisture": ("soil_moisture", 0.01, SHORT), "soil_moisture_error": ("soil_moisture_error", 0.01, SHORT),
    "mean_soil_moisture": ("mean_soil_moisture", 0.01, SHORT),
    "sensitivity": ("soil_moisture_sensitivity", 1e-6, LONG), "latitude": ("latitude", 1e-6, SIGNED),
    "longitude": ("longitude", 1e-6, SIGNED), "topography": ("topography_flag", 1.0, BYTE),
    "wetland": ("wetland_flag", 1.0, BYTE), "snow": ("snow_cover_probability", 1.0, BYTE),
    "frozen": ("frozen_soil_probability", 1.0, BYTE), "rain": ("rainfall_flag", 1.0, BYTE),
    "aggregated_quality": ("aggregated_quality_flag", 1.0, BYTE),
}
#: Fields that no test of quality needs.
BACKSCATTER = {name: (variable, 1e-6, SIGNED) for name, variable in (
    ("sigma40", "sigma40"), ("sigma40_error", "sigma40_error"), ("slope40", "slope40"),
    ("slope40_error", "slope40_error"), ("dry", "dry_backscatter"), ("wet", "wet_backscatter"))}


def recognises(file):
    """Tell whether an open HDF5 file is of this kind."""
    return all(name in file for name in ("soil_moisture", "utc_line_nodes", "sat_track_azi"))


def decode(path, backscatter=False):
    """Return the nodes of a file.

    Raises
    ------
    ProductRefusal
    """
    with open_product(path) as file:
        shape = file["soil_moisture"].shape
        if len(shape) != 2 or shape[1] not in SAMPLINGS:
            raise ProductRefusal(path, "unsupported", f"soil_moisture is {shape}, expected rows of 82 or 42 nodes.")
        fields = {name: scaled(file[variable][...], missing, scale).ravel()
                  for name, (variable, scale, missing) in (FIELDS | (BACKSCATTER if backscatter else {})).items()}
        rows = {"time": scaled(file["utc_line_nodes"][...], SIGNED),
                "azimuth": scaled(file["sat_track_azi"][...], SHORT, 0.01)}
        fields |= {name: np.repeat(values, shape[1]) for name, values in rows.items()}
        fields["correction_flag"] = flag_words(file["corr_flags"][...], BYTE).ravel()
        flag, notes = processing_flag(file["proc_flag1"][...], file["proc_flag2"][...])
        platform = (EUMETSAT_PLATFORMS.get(text_attribute(file, "platform_long_name"))
                    or EUMETSAT_PLATFORMS.get(text_attribute(file, "granule_name")[12:15]))
        fields["platform"] = np.full(shape[0] * shape[1], platform_index(platform), np.int16)
        if platform is None:
            notes += ("the file does not tell its satellite",)
        return AscatGranule(str(path), "netcdf", SAMPLINGS[shape[1]],
                            ascat_fields(**fields, processing_flag=flag.ravel()), notes,
                            processing_time(text_attribute(file, "granule_name")))


def processing_flag(first, second):
    """Return the processing flag of nodes ``(rows, nodes)``, -1 where it is missing or lost, and notes.

    Parameters
    ----------
    first, second : ndarray of uint8 (rows, nodes)
        ``proc_flag1`` and ``proc_flag2`` as stored.
    """
    if np.array_equal(first, second):
        half = first.shape[1] // 2
        words = 256 * first[:, 0::2].astype(np.int32) + first[:, 1::2]
        flag = np.full(first.shape, -1, np.int32)
        flag[:, :half] = np.where(words == SHORT, -1, words)
        return flag, ("the two processing flags are the same bytes, so they hold those of half of the nodes",)
    # As the texts of a sound file say: bits 0-5 of the word in the first, bits 6 and 7 in the second.
    missing = (first == BYTE) | (second == BYTE)
    flag = (first & 0x3F).astype(np.int32) | ((second & 0x03).astype(np.int32) << 6)
    return np.where(missing, -1, flag), ()
