"""ASCAT level-2 soil moisture in BUFR: EUMETSAT's orbits and three-minute pieces, and the files of H SAF.

Elements are found by key, since not all files have the wind part of the template. ecCodes (extra ``observations``) decodes.
"""

from pathlib import Path

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.ascat import SAMPLINGS, WMO_PLATFORMS, AscatGranule, ascat_fields, platform_index, processing_time
from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.refusal import ProductRefusal

SIGNATURE = b"BUFR"
EDITION, EDITIONS = 7, (b"\x02", b"\x03", b"\x04")  # place of the byte in a message, and its values

FIELDS = {
    "soil_moisture": "surfaceSoilMoisture", "soil_moisture_error": "estimatedErrorInSurfaceSoilMoisture",
    "mean_soil_moisture": "meanSurfaceSoilMoisture", "sensitivity": "soilMoistureSensitivity",
    "latitude": "#1#latitude", "longitude": "#1#longitude", "topography": "topographicComplexity",
    "wetland": "inundationAndWetlandFraction", "snow": "snowCover", "frozen": "frozenLandSurfaceFraction",
    "rain": "rainFallDetection", "aggregated_quality": "soilMoistureQuality",
    "azimuth": "directionOfMotionOfMovingObservingPlatform", "seconds": "second", "pixel": "pixelSizeOnHorizontal1",
}
BACKSCATTER = {
    "sigma40": "#4#backscatter", "sigma40_error": "estimatedErrorInSigma0At40DegreesIncidenceAngle",
    "slope40": "slopeAt40DegreesIncidenceAngle", "slope40_error": "estimatedErrorInSlopeAt40DegreesIncidenceAngle",
    "dry": "#5#backscatter", "wet": "#6#backscatter",
}
WORDS = {
    "correction_flag": "soilMoistureCorrectionFlag", "processing_flag": "soilMoistureProcessingFlag",
    "satellite": "satelliteIdentifier", "year": "year", "month": "month", "day": "day", "hour": "hour",
    "minute": "minute", "node": "crossTrackCellNumber",
}


def recognises(head):
    """Tell whether the first bytes of a file are of this kind."""
    start = head.find(SIGNATURE)  # a bulletin header may come first
    return start >= 0 and head[start + EDITION:start + EDITION + 1] in EDITIONS


def decode(path, backscatter=False):
    """Return the nodes of all messages of a file.

    Raises
    ------
    ProductRefusal
    InputError
        Where ecCodes is not installed.
    """
    eccodes = _eccodes(path)
    wanted = FIELDS | (BACKSCATTER if backscatter else {})
    messages = []
    with open(path, "rb") as file:
        while True:
            try:
                handle = eccodes.codes_bufr_new_from_file(file)
                if handle is None:
                    break
                try:
                    messages.append(_message(eccodes, handle, wanted))
                finally:
                    eccodes.codes_release(handle)
            except eccodes.KeyValueNotFoundError as error:
                raise ProductRefusal(path, "foreign", f"BUFR without ASCAT soil moisture ({error}).") from error
            except eccodes.PrematureEndOfFileError as error:
                raise ProductRefusal(path, "truncated", f"it ends within message {len(messages) + 1}.",
                                     "Fetch it again.") from error
            except eccodes.CodesInternalError as error:
                raise ProductRefusal(path, "damaged", f"message {len(messages) + 1}: {error}.", "Fetch it again.") from error
    if not messages:
        raise ProductRefusal(path, "truncated", "it has no whole BUFR message.", "Fetch it again.")
    fields = {name: np.concatenate([message[name] for message in messages]) for name in messages[0]}
    return AscatGranule(str(path), "bufr", _sampling(path, fields), ascat_fields(**_finished(fields)),
                        processed=processing_time(Path(path).name))


def _eccodes(path):
    """Return the library; importing it takes a moment, so only readers of BUFR do."""
    try:
        import eccodes
    except (ImportError, RuntimeError) as error:
        raise InputError(f"{path} is BUFR, which needs ecCodes, and that is not here ({error}). "
                         "Install it: pip install 'landda-hpc[observations]'.") from error
    return eccodes


def _message(eccodes, handle, wanted):
    """Return the elements of one message, each as long as its subsets."""
    eccodes.codes_set(handle, "skipExtraKeyAttributes", 1)
    eccodes.codes_set(handle, "unpack", 1)
    size = eccodes.codes_get(handle, "numberOfSubsets")
    decoded = {}
    for name, key in wanted.items():
        values = np.asarray(eccodes.codes_get_array(handle, key, float), np.float64)
        decoded[name] = _repeated(np.where(values == eccodes.CODES_MISSING_DOUBLE, np.nan, values), size)
    for name, key in WORDS.items():
        values = np.asarray(eccodes.codes_get_array(handle, key, int), np.int64)
        decoded[name] = _repeated(np.where(values == eccodes.CODES_MISSING_LONG, -1, values), size)
    return decoded


def _repeated(values, size):
    """Return an element of all subsets; ecCodes gives one value where all are alike."""
    return np.full(size, values[0]) if len(values) == 1 else values


def _finished(fields):
    """Return the fields of a granule from the decoded elements."""
    names = ("year", "month", "day", "hour", "minute")
    year, month, day, hour, minute = (fields.pop(name) for name in names)
    dated = (year > 0) & (month > 0) & (day > 0) & (hour >= 0) & (minute >= 0)
    # Months of years as whole numbers; days and minutes are added in seconds.
    months = np.where(dated, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]").astype("datetime64[s]")
    time = seconds_of(months) + 86400.0 * (day - 1) + 3600.0 * hour + 60.0 * minute + fields.pop("seconds")
    satellites = fields.pop("satellite")
    platform = np.full(len(satellites), -1, np.int16)
    for number, name in WMO_PLATFORMS.items():
        platform[satellites == number] = platform_index(name)
    for name in ("correction_flag", "processing_flag"):
        fields[name] = fields[name].astype(np.int32)
    fields["mean_soil_moisture"] = 100.0 * fields["mean_soil_moisture"]  # a fraction in BUFR
    del fields["pixel"]
    return {**fields, "time": np.where(dated, time, np.nan), "platform": platform}


def _sampling(path, fields):
    """Return the sampling, which names of files and folders do not tell reliably."""
    pixel, largest = np.nanmax(fields["pixel"]), fields["node"].max()
    sampling = {12500.0: "125", 25000.0: "250"}.get(float(pixel))
    if sampling is None or largest > {name: nodes for nodes, name in SAMPLINGS.items()}[sampling]:
        raise ProductRefusal(path, "unsupported", f"pixels of {pixel:g} m and nodes up to {largest}, expected 12500 m and "
                                                  "82 or 25000 m and 42.")
    return sampling
