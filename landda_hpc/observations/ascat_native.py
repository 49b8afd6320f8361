"""ASCAT level-2 soil moisture in EUMETSAT's native (EPS) format, version 12: a chain of records, one per row of nodes.

Numbers are big-endian; records are skipped by the size in their header.
"""

import numpy as np

from landda_hpc.observations.ascat import EUMETSAT_PLATFORMS, AscatGranule, ascat_fields, platform_index, processing_time
from landda_hpc.observations.hdf import flag_words, scaled
from landda_hpc.observations.refusal import ProductRefusal

HEADER_SIZE = 20
MAIN_HEADER, MEASUREMENT = 1, 8  # record classes
ASCAT_GROUP = 2
SAMPLINGS = {"SMR": ("125", 82), "SMO": ("250", 42)}

SIGNED, BYTE, SHORT, LONG = -2147483648, 255, 65535, 4294967295
FIELDS = {
    "soil_moisture": (0.01, SHORT), "soil_moisture_error": (0.01, SHORT), "mean_soil_moisture": (0.01, SHORT),
    "sensitivity": (1e-6, LONG), "latitude": (1e-6, SIGNED), "longitude": (1e-6, SIGNED), "topography": (1.0, BYTE),
    "wetland": (1.0, BYTE), "snow": (1.0, BYTE), "frozen": (1.0, BYTE), "rain": (1.0, BYTE), "aggregated_quality": (1.0, BYTE),
}
BACKSCATTER = {name: (1e-6, SIGNED) for name in ("sigma40", "sigma40_error", "slope40", "slope40_error", "dry", "wet")}


def measurement_layout(n_nodes):
    """Return the dtype of a record of a row of nodes."""
    def nodes(kind, *names, beams=1):
        return [(name, ">" + kind, (n_nodes * beams,)) for name in names]

    return np.dtype([
        ("header", "u1", (HEADER_SIZE,)), ("degraded", "u1", (2,)), ("day", ">u2"), ("millisecond", ">u4"),
        ("line", ">u4"), ("azimuth", ">u2"), ("pass", "u1"),
        *nodes("u1", "swath"), *nodes("i4", "latitude", "longitude"), *nodes("i4", "sigma0", beams=3),
        *nodes("u2", "kp", "incidence", beams=3), *nodes("i2", "beam_azimuth", beams=3), *nodes("u4", "samples", beams=3),
        *nodes("u1", "f_kp", "f_usable", beams=3),
        *nodes("u2", "f_f", "f_v", "f_oa", "f_sa", "f_tel", "f_ref", "f_land", beams=3),
        ("algorithm_version", ">u2"), ("parameter_version", ">u2"),
        *nodes("u2", "soil_moisture", "soil_moisture_error"),
        *nodes("i4", "sigma40", "sigma40_error", "slope40", "slope40_error"), *nodes("u4", "sensitivity"),
        *nodes("i4", "dry", "wet"), *nodes("u2", "mean_soil_moisture"), *nodes("u1", "rain", "correction_flag"),
        *nodes("u2", "processing_flag"), *nodes("u1", "aggregated_quality", "snow", "frozen", "wetland", "topography")])


def recognises(head):
    """Tell whether the first bytes of a file are of this kind."""
    return len(head) > HEADER_SIZE and head[0] == MAIN_HEADER and head[HEADER_SIZE:].startswith(b"PRODUCT_NAME")


def decode(path, content, backscatter=False):
    """Return the nodes of a file.

    Parameters
    ----------
    path : str or Path
        Named in messages.
    content : bytes
        Of the file, uncompressed.

    Raises
    ------
    ProductRefusal
    """
    records = _records(path, content)
    main = _texts(content[HEADER_SIZE:records[0][3]])
    kind, version = main.get("PRODUCT_TYPE", ""), main.get("FORMAT_MAJOR_VERSION", "")
    if kind not in SAMPLINGS:
        raise ProductRefusal(path, "foreign", f"native product of type {kind or 'unknown'}, expected SMR or SMO.")
    if version != "12":
        raise ProductRefusal(path, "unsupported", f"format version {version}, expected 12.")
    sampling, n_nodes = SAMPLINGS[kind]
    layout = measurement_layout(n_nodes)
    measured = [(start, stop) for start, record_class, group, stop in records
                if record_class == MEASUREMENT and group == ASCAT_GROUP]
    sizes = {stop - start for start, stop in measured} - {layout.itemsize}
    if sizes:
        raise ProductRefusal(path, "unsupported", f"records of {sorted(sizes)} bytes, expected {layout.itemsize}.")
    fillers = sum(record_class == MEASUREMENT for _, record_class, _, _ in records) - len(measured)
    announced = main.get("TOTAL_MDR", "")
    if announced.isdigit() and int(announced) > len(measured) + fillers:
        raise ProductRefusal(path, "truncated", f"{len(measured) + fillers} rows of {announced}.", "Fetch it again.")
    rows = np.frombuffer(b"".join(content[start:stop] for start, stop in measured), layout)
    platform = EUMETSAT_PLATFORMS.get(main.get("SPACECRAFT_ID", ""))
    notes = (f"{fillers} rows are fillers of the archive and were skipped",) if fillers else ()
    if platform is None:
        notes += ("the file does not tell its satellite",)
    return AscatGranule(str(path), "native", sampling, ascat_fields(**_fields(rows, n_nodes, platform, backscatter)), notes,
                        processing_time(main.get("PRODUCT_NAME", "")))


def _fields(rows, n_nodes, platform, backscatter):
    """Return the decoded fields of the records of rows."""
    wanted = FIELDS | (BACKSCATTER if backscatter else {})
    fields = {name: scaled(rows[name], missing, scale).ravel() for name, (scale, missing) in wanted.items()}
    time = 86400.0 * rows["day"] + rows["millisecond"] / 1000.0
    time[(rows["day"] == SHORT) | (rows["millisecond"] == LONG)] = np.nan
    return fields | {"time": np.repeat(time, n_nodes),
                     "azimuth": np.repeat(scaled(rows["azimuth"], SHORT, 0.01), n_nodes),
                     "correction_flag": flag_words(rows["correction_flag"], BYTE).ravel(),
                     "processing_flag": flag_words(rows["processing_flag"], SHORT).ravel(),
                     "platform": np.full(rows.size * n_nodes, platform_index(platform), np.int16)}


def _records(path, content):
    """Return start, class, instrument group and end of every record."""
    records, start = [], 0
    while start < len(content):
        size = int.from_bytes(content[start + 4:start + 8], "big")
        if start + max(size, HEADER_SIZE) > len(content):
            raise ProductRefusal(path, "truncated", f"record {len(records) + 1} ends after the file.", "Fetch it again.")
        if size < HEADER_SIZE:
            raise ProductRefusal(path, "damaged", f"record {len(records) + 1} has a size of {size} bytes.")
        records.append((start, content[start], content[start + 1], start + size))
        start += size
    return records


def _texts(header):
    """Return ``{key: value}`` of the lines of the main header."""
    lines = header.decode("ascii", "replace").splitlines()
    return {key.strip(): value.strip() for key, found, value in (line.partition("=") for line in lines) if found}
