"""ASCAT level-2 soil moisture: what the three containers have in common, its quality control and its batch.

A reader returns an :class:`AscatGranule`; the tests A1 to A11 are those of the assimilation spec, 4.1.
"""

import re
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.observations.batch import PERCENT, PLATFORMS, make_batch, seconds_of, wrap_longitude
from landda_hpc.observations.codes import reject
from landda_hpc.observations.report import FileReport, Product, bit_counts, check_plausible, coverage, span
from landda_hpc.observations.tally import tally

#: Platform names by the codes of EUMETSAT, which are not in alphabetical order, and of the WMO.
EUMETSAT_PLATFORMS = {"M02": "metop-a", "M01": "metop-b", "M03": "metop-c"}
WMO_PLATFORMS = {4: "metop-a", 3: "metop-b", 5: "metop-c"}

#: Sampling by the number of nodes in a row.
SAMPLINGS = {82: "125", 42: "250"}
KILOMETRES = {"125": "12.5", "250": "25"}

PROCESSING_BITS = ("not soil", "low sensitivity", "azimuthal noise", "fore-aft difference", "slope mid-fore",
                   "slope mid-aft", "below -20 %", "above 120 %")
CORRECTION_BITS = ("set to 0 %", "set to 100 %", "wet reference", "dry reference", "volume scattering")


class AscatGranule(NamedTuple):
    """Decoded nodes of a file in file order.

    Attributes
    ----------
    path, container : str
        ``container`` is netcdf, bufr or native.
    sampling : str
        ``125`` or ``250`` for nodes every 12.5 or 25 km.
    fields : dict of ndarray (n_nodes,)
        soil_moisture, soil_moisture_error, mean_soil_moisture, topography, wetland, snow, frozen, rain,
        aggregated_quality [percent], sensitivity [dB], latitude, longitude, azimuth [degrees], time [s since 2000-01-01],
        NaN where missing; correction_flag, processing_flag (integers, -1 where missing), platform (int16 index, -1 unknown).
    notes : tuple of str
    processed : float
        Time of processing [s since 2000-01-01 UTC], NaN if the file does not tell.
    """

    path: str
    container: str
    sampling: str
    fields: dict
    notes: tuple = ()
    processed: float = np.nan


def processing_time(granule_name):
    """Return the time of processing in the name of an EPS product [s since 2000-01-01 UTC], NaN without one.

    Names of native products end with it; those of BUFR files of the archive have it before a number at their end.
    """
    stamps = re.findall(r"_(\d{14})Z", granule_name)[2:] or re.findall(r"Z-(\d{14})-\d+\.bfr$", granule_name)
    if not stamps:
        return np.nan
    date, clock = stamps[-1][:8], stamps[-1][8:]
    try:
        return float(seconds_of(np.datetime64(f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}")))
    except ValueError:
        return np.nan


def platform_index(name):
    """Return the index of a platform name, -1 for ``None``."""
    return PLATFORMS.index(name) if name else -1


def ascat_codes(granule, settings, subsurface=None):
    """Return the reason code of every node ``(n_nodes,)``, the first test that fails.

    Parameters
    ----------
    granule : AscatGranule
    settings : landda_hpc.config.observations.Ascat
    subsurface : ndarray of bool (n_nodes,), optional
        Where a mask tells of subsurface scattering; needed if ``settings.qc.subsurface``.
    """
    fields, limits = granule.fields, settings.qc
    value, flag = fields["soil_moisture"], fields["processing_flag"]
    code = np.zeros(len(value), np.int16)
    reject(code, ~((value >= 0.0) & (value <= 100.0)), "A1")
    reject(code, ~np.isin(fields["platform"], [PLATFORMS.index(name) for name in settings.platforms]), "A2")
    # Written as "not below" so that a missing number fails.
    reject(code, ~(fields["soil_moisture_error"] < limits.esme_max), "A3")
    reject(code, ~(fields["topography"] < limits.topo_max), "A4")
    reject(code, ~(fields["wetland"] < limits.wetland_max), "A5")
    reject(code, fields["snow"] > limits.snow_max, "A6")
    reject(code, fields["frozen"] > limits.frozen_max, "A7")
    if granule.container in limits.proc_flag_sources:
        bits = sum(1 << bit for bit in set(limits.proc_reject_bits))
        reject(code, (flag >= 0) & (flag & bits != 0), "A8")
    if limits.rain_flag:
        reject(code, fields["rain"] > 0.0, "A9")
    reject(code, fields["sensitivity"] < limits.sensitivity_min, "A10")
    if limits.subsurface:
        if subsurface is None:
            raise ConfigError("sensors.ascat.qc.subsurface is on but there is no mask of subsurface scattering. "
                              "Switch it off or provide the mask.")
        reject(code, subsurface, "A11")
    return code


def ascat_product(granule, settings, subsurface_mask=None):
    """Return the retrievals of a granule with their codes and the report of the file.

    Parameters
    ----------
    granule : AscatGranule
    settings : landda_hpc.config.observations.Ascat
    subsurface_mask : callable, optional
        Of latitude and longitude, tells where subsurface scattering is to be expected.
    """
    granule = _with_unplaced_missing(granule)
    fields = granule.fields
    masked = subsurface_mask(fields["latitude"], fields["longitude"]) if subsurface_mask else None
    code = ascat_codes(granule, settings, masked)
    product = f"ascat_l2_{granule.sampling}"
    everything = make_batch(fields["soil_moisture"], fields["latitude"], fields["longitude"], fields["time"],
                            fields["platform"], product, units=PERCENT, error=fields["soil_moisture_error"], code=code,
                            ascending=is_ascending(fields["azimuth"]), source_files=(granule.path,))
    valid = np.isfinite(fields["soil_moisture"])
    batch = everything.select(valid)
    check_plausible(batch, granule.path)
    first, last = span(fields["time"])
    flags = {"processing flag": bit_counts(np.maximum(fields["processing_flag"][valid], 0), PROCESSING_BITS),
             "correction flag": bit_counts(np.maximum(fields["correction_flag"][valid], 0), CORRECTION_BITS)}
    report = FileReport(
        granule.path, product, granule.container,
        f"ASCAT level-2 soil moisture, nodes every {KILOMETRES[granule.sampling]} km, {granule.container}",
        tuple(PLATFORMS[index] for index in np.unique(fields["platform"]) if index >= 0), len(code), int(valid.sum()),
        first, last, coverage(batch), int(batch.ascending.sum()), tally(product, fields["time"], code), flags,
        granule.notes, granule.processed)
    return Product(batch, report)


def is_ascending(azimuth):
    """Return whether the ground track heads north; the azimuth [degrees] tells, the pass flags of the files do not agree."""
    return np.asarray(azimuth) >= 270.0


def ascat_fields(**decoded):
    """Return the fields of a granule with longitudes in [-180, 180)."""
    return {**decoded, "longitude": wrap_longitude(decoded["longitude"])}


def _with_unplaced_missing(granule):
    """Return the granule with retrievals of nodes without a place or time set to missing."""
    fields = granule.fields
    placed = np.isfinite(fields["latitude"]) & np.isfinite(fields["longitude"]) & np.isfinite(fields["time"])
    unplaced = ~placed & np.isfinite(fields["soil_moisture"])
    if not unplaced.any():
        return granule
    moisture = np.where(placed, fields["soil_moisture"], np.nan)
    return granule._replace(fields={**fields, "soil_moisture": moisture},
                            notes=(*granule.notes, f"{unplaced.sum()} retrievals without time or place count as missing"))
