"""SMAP level-2 soil moisture (SPL2SMP, versions 8 and 9): one half orbit of cells of the 36-km EASE-Grid 2.0.

One of three retrievals is read, the dual-channel one by default; tests S1 to S13 are those of the assimilation spec, 4.2. A
set bit of a flag means that the condition is there, whatever the texts in the files suggest.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.io.attributes import text_attribute
from landda_hpc.observations.batch import VOLUMETRIC, make_batch, seconds_of, time_of, wrap_longitude
from landda_hpc.observations.codes import reject
from landda_hpc.observations.ease2 import M36
from landda_hpc.observations.hdf import flag_words, open_product, quiet
from landda_hpc.observations.local_time import local_solar_time
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import (
    FileReport,
    Product,
    bit_counts,
    check_plausible,
    coverage,
    span,
    value_counts,
)
from landda_hpc.observations.same_cell import reject_same_cell
from landda_hpc.observations.tally import tally

GROUP = "Soil_Moisture_Retrieval_Data"
PRODUCT = "smap_l2"
EPOCH_OFFSET = 43200.0  # s, the product counts from 2000-01-01 12:00 UTC without leap seconds
FLOAT_FILL, WORD_FILL = -9999.0, 65534

#: At the end of the names of granules, after the release.
PRODUCT_NUMBER = re.compile(r"_R\d{5}_(\d{3})\.h5$")
#: Endings of the names of a retrieval in newer and older files: dual channel, vertical and horizontal single channel.
ALGORITHMS = {"dca": ("_dca", "_option3"), "sca_v": ("_scav", "_option2"), "sca_h": ("_scah", "_option1")}

SURFACE_BITS = ("static water", "dynamic water", "coast", "urban", "precipitation", "snow or ice", "permanent snow or ice",
                "frozen (radiometer)", "frozen (model)", "mountains", "dense vegetation", "nadir")


class SmapGranule(NamedTuple):
    """Decoded cells of a half orbit in file order, each array ``(n_cells,)``.

    Attributes
    ----------
    path : str
    version : str
    ascending : bool
    soil_moisture : ndarray of float64
        [m3 m-3], NaN where missing, as are the other numbers.
    vegetation_water_content : ndarray of float64
        [kg m-2].
    latitude, longitude : ndarray of float64
        Cell centres [degrees].
    time : ndarray of float64
        [s since 2000-01-01 00:00 UTC].
    row, column : ndarray of int32
        EASE-Grid 2.0, zero-based.
    quality, surface, tb_quality_h, tb_quality_v : ndarray of int32
        Flag words, -1 where missing.
    processed : float
        Time of processing [s since 2000-01-01 UTC], NaN if the file does not tell.
    release : str
        Version, release and number of the product, empty if the file does not tell.
    """

    path: str
    version: str
    ascending: bool
    soil_moisture: np.ndarray
    vegetation_water_content: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray
    row: np.ndarray
    column: np.ndarray
    quality: np.ndarray
    surface: np.ndarray
    tb_quality_h: np.ndarray
    tb_quality_v: np.ndarray
    processed: float = np.nan
    release: str = ""


def recognises(file):
    """Tell whether an open HDF5 file is of this kind."""
    return GROUP in file and "EASE_row_index" in file[GROUP] and file[GROUP]["EASE_row_index"].ndim == 1


def decode(path, algorithm="dca"):
    """Return the cells of a file.

    Parameters
    ----------
    path : str or Path
    algorithm : str
        Retrieval, one of :data:`ALGORITHMS`.

    Raises
    ------
    ProductRefusal
        Also where the indices of the cells and their coordinates disagree.
    """
    with open_product(path) as file:
        group = file[GROUP]
        number = {name: stored_numbers(group, variable) for name, variable in (
            ("soil_moisture", retrieval_name(path, group, "soil_moisture", algorithm)),
            ("vegetation_water_content", "vegetation_water_content"), ("latitude", "latitude"),
            ("longitude", "longitude"), ("time", "tb_time_seconds"))}
        words = {name: flag_words(group[variable][...], WORD_FILL) for name, variable in (
            ("row", "EASE_row_index"), ("column", "EASE_column_index"),
            ("quality", retrieval_name(path, group, "retrieval_qual_flag", algorithm)), ("surface", "surface_flag"),
            ("tb_quality_h", "tb_qual_flag_h"), ("tb_quality_v", "tb_qual_flag_v"))}
        number["time"] += EPOCH_OFFSET
        number["longitude"] = wrap_longitude(number["longitude"])
        granule = SmapGranule(str(path), file_version(file), _ascending(file, number), **number, **words,
                              processed=_processing_time(file), release=_release(path, file))
    sizes = {len(column) for column in granule if isinstance(column, np.ndarray)}
    if len(sizes) > 1:
        raise ProductRefusal(path, "damaged", f"variables of different lengths: {sorted(sizes)}.")
    _check_cells(granule)
    return granule


def smap_codes(granule, settings):
    """Return the reason code of every cell, the first test that fails.

    Parameters
    ----------
    granule : SmapGranule
    settings : landda_hpc.config.observations.Smap
    """
    code = np.zeros(len(granule.soil_moisture), np.int16)
    recommended = settings.quality == "recommended"
    # A missing word is -1, all bits set: it rejects.
    quality, surface = granule.quality, granule.surface
    low, high = settings.qc.range
    # The limits are compared as the file's single precision, so that 0.02 of the file is not below 0.02.
    value = granule.soil_moisture.astype(np.float32)
    reject(code, ~((value >= np.float32(low)) & (value <= np.float32(high))) | ~np.isfinite(granule.time), "S1")
    if recommended:
        reject(code, _any_bit(quality, 0), "S2")
    reject(code, _any_bit(quality, 1, 2), "S3")
    if recommended:
        reject(code, granule.vegetation_water_content > settings.qc.vwc_max, "S4")
        reject(code, _any_bit(surface, 0, 1, 2), "S5")
        reject(code, _any_bit(surface, 3), "S6")
    reject(code, _any_bit(surface, 4), "S7")
    reject(code, _any_bit(surface, 5, 6), "S8")
    reject(code, _any_bit(surface, 7, 8), "S9")
    if recommended:
        reject(code, _any_bit(surface, 9), "S10")
        reject(code, _any_bit(surface, 10), "S11")
    if settings.qc.tb_quality:
        reject(code, _any_bit(granule.tb_quality_h, 0) | _any_bit(granule.tb_quality_v, 0), "S12")
    if ("pm" if granule.ascending else "am") not in settings.passes:
        reject(code, np.ones(len(code), bool), "S13")
    return code


def smap_product(granule, settings):
    """Return the retrievals of a granule with their codes and the report of the file."""
    code = smap_codes(granule, settings)
    reject_same_cell(code, granule.row, granule.column, granule.time)
    valid = _valid(granule)
    batch = check_plausible(retrievals(granule, code, PRODUCT), granule.path)
    first, last = span(granule.time)
    flags = {"retrieval quality flag": value_counts(granule.quality[valid]),
             "surface flag": bit_counts(np.maximum(granule.surface[valid], 0), SURFACE_BITS)}
    report = FileReport(granule.path, PRODUCT, "hdf5",
                        f"SMAP level-2 soil moisture (SPL2SMP {granule.version}), 36 km, hdf5", ("smap",), len(code),
                        int(valid.sum()), first, last, coverage(batch), int(batch.ascending.sum()),
                        tally(PRODUCT, granule.time, code), flags, processed=granule.processed,
                        release=granule.release)
    return Product(batch, report)


def retrievals(granule, code, product):
    """Return the cells with a retrieval and a time as an ObservationBatch of that product."""
    return make_batch(granule.soil_moisture, granule.latitude, granule.longitude, granule.time, "smap", product,
                      units=VOLUMETRIC, code=code, ascending=granule.ascending, source_files=(granule.path,),
                      cell_row=granule.row, cell_column=granule.column).select(_valid(granule))


def _valid(granule):
    return np.isfinite(granule.soil_moisture) & np.isfinite(granule.time)


def _any_bit(words, *bits):
    """Return where any of the bits is set."""
    return words & sum(1 << bit for bit in bits) != 0


def retrieval_name(path, group, name, algorithm, ending=""):
    """Return the name of a variable of a retrieval, which has moved between versions; ``ending`` is that of all names.

    Raises
    ------
    ProductRefusal
        For an algorithm that the file does not have. The dual-channel one may have no ending.
    """
    variants = [f"{name}{variant}{ending}" for variant in ALGORITHMS[algorithm]]
    variants += [name + ending] if algorithm == "dca" else []
    found = next((variant for variant in variants if variant in group), None)
    if found is None:
        raise ProductRefusal(path, "unsupported", f"no {' or '.join(variants)} in it.",
                             "Set sensors.smap.algorithm to another.")
    return found


def stored_numbers(group, variable):
    """Return a variable as float64, NaN where it is the fill value."""
    raw = group[variable][...]
    with quiet():
        numbers = raw.astype(np.float64)
    numbers[raw == raw.dtype.type(FLOAT_FILL)] = np.nan
    return numbers


def file_version(file):
    """Return the version that the metadata tell."""
    identification = file.get("Metadata/DatasetIdentification")
    if identification is None:
        return "of unknown version"
    return f"version {text_attribute(identification, 'ECSVersionID')}, {text_attribute(identification, 'CompositeReleaseID')}"


def _release(path, file):
    """Return version, release and number of a granule; one that is delivered again has the next number."""
    identification = file.get("Metadata/DatasetIdentification")
    if identification is None:
        return ""
    found = map(PRODUCT_NUMBER.search, (Path(path).name, text_attribute(identification, "fileName")))
    number = next((match[1] for match in found if match), "")
    versions = [text_attribute(identification, name) for name in ("ECSVersionID", "CompositeReleaseID")]
    return " ".join((*versions, number))


def _processing_time(file):
    """Return when the metadata say that the file was made [s since 2000-01-01 UTC], NaN if they do not."""
    step = file.get("Metadata/ProcessStep")
    stamp = text_attribute(step, "stepDateTime") if step is not None else ""
    try:
        return float(seconds_of(np.datetime64(stamp.removesuffix("Z"))))
    except ValueError:
        return np.nan


def _ascending(file, number):
    """Return the direction of the half orbit: from the producer's file name inside the file, else the metadata of the orbit,
    else the local time of the cells between 60 S and 60 N (06:00 descending, 18:00 ascending)."""
    identification, orbit = (file.get(f"Metadata/{name}") for name in ("DatasetIdentification", "OrbitMeasuredLocation"))
    parts = text_attribute(identification, "fileName").split("_") if identification is not None else []
    direction = next((part for part in parts if part in ("A", "D")), "")
    if not direction and orbit is not None:
        direction = text_attribute(orbit, "orbitDirection")[:1].upper()
    if direction in ("A", "D"):
        return direction == "A"
    known = np.isfinite(number["time"]) & (np.abs(number["latitude"]) < 60.0)
    hour = local_solar_time(number["time"][known], number["longitude"][known])
    return bool(known.any() and np.median(hour) > 12.0)


def _check_cells(granule):
    """Refuse a file whose EASE indices are not those of its coordinates."""
    row, column = M36.cell(granule.latitude, granule.longitude)
    wrong = (row != granule.row) | (column != granule.column)
    if wrong.any():
        cell = int(np.argmax(wrong))
        raise ProductRefusal(
            granule.path, "inconsistent",
            f"{wrong.sum()} of {wrong.size} cells are not where their coordinates are; cell {cell} at "
            f"{granule.latitude[cell]:.4f} N {granule.longitude[cell]:.4f} E is row {granule.row[cell]}, column "
            f"{granule.column[cell]}, expected {row[cell]}, {column[cell]} at {time_of(granule.time[cell])}.")
