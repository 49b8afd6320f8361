"""CPC global gauge-based precipitation, daily at 0.5 degrees: NetCDF of the Physical Sciences Laboratory, and binary of CPC.

The day ends at another hour in each country, so that comparisons should also be tried one day off. Binary files may be packed.
"""

import gzip
import re
import zlib
from pathlib import Path

import numpy as np

from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.netcdf import numbers, open_netcdf, text
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.time_units import seconds_since_2000
from landda_hpc.references.grid_field import make_field
from landda_hpc.references.quantities import Source

PRODUCT = "cpc"
N_LATITUDES, N_LONGITUDES, SPACING = 360, 720, 0.5
MM_PER_DAY = 1.0 / 86400.0  # kg m-2 s-1
RATE, TENTHS, GAUGES = (Source("precipitation", scale=MM_PER_DAY), Source("precipitation", scale=0.1 * MM_PER_DAY),
                        Source("gauges"))
BINARY_SIZE = 2 * N_LATITUDES * N_LONGITUDES * 4
UNDEFINED, LARGEST = -999.0, 20000.0  # 0.1 mm per day
LEAST_SHARE = 0.9  # of possible numbers, for a binary file to be one
GZIP = b"\x1f\x8b"
_DATE = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return all(name in fields for name in ("precip", "lat", "lon", "time"))


def read_cpc(path, quantities=None):
    """Return precipitation [kg m-2 s-1] of a yearly NetCDF file; arguments and exceptions as ``gldas.read_gldas``."""
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no precip on lat and lon, so not CPC precipitation.")
        latitude, longitude = numbers(fields["lat"]), numbers(fields["lon"])
        if (len(latitude), len(longitude)) != (N_LATITUDES, N_LONGITUDES):
            raise ProductRefusal(path, "unsupported", f"a grid of {len(latitude)} by {len(longitude)}, expected the global one "
                                 f"of {N_LATITUDES} by {N_LONGITUDES}.", "precip.V1.0 is of the United States only.")
        if quantities is not None and RATE.quantity not in quantities:
            return ()
        time = seconds_since_2000(numbers(fields["time"]), text(fields["time"].attributes, "units"))
        return (make_field(numbers(fields["precip"]), latitude, longitude, time, RATE, PRODUCT, path),)


def is_binary(path):
    """Tell whether a file is binary CPC precipitation, by its size and by what its numbers are."""
    content = _binary(path)
    if content is None:
        return False
    rain = _numbers(content)[0]
    return bool(np.mean((rain == UNDEFINED) | ((rain >= 0.0) & (rain <= LARGEST))) >= LEAST_SHARE)


def read_cpc_binary(path, quantities=None):
    """Return precipitation [kg m-2 s-1] and the number of gauges of a daily file; its date is in its name only.

    Arguments and exceptions are those of ``gldas.read_gldas``.
    """
    content = _binary(path)
    if content is None:
        raise ProductRefusal(path, "foreign", f"not {BINARY_SIZE} bytes, so not binary CPC precipitation.")
    dates = _DATE.findall(Path(path).name)
    try:
        time = float(seconds_of(np.datetime64("-".join(dates[-1]))))
    except (IndexError, ValueError) as error:
        raise ProductRefusal(path, "unsupported", "no date in its name, where binary files have it.",
                             "Give it its name back: PRCP_CU_GAUGE_V1.0GLB_0.50deg.lnx.YYYYMMDD.") from error
    latitude = -90.0 + SPACING * (np.arange(N_LATITUDES) + 0.5)
    longitude = SPACING * (np.arange(N_LONGITUDES) + 0.5)
    return tuple(make_field(np.where(record == UNDEFINED, np.nan, record)[None], latitude, longitude, time, source, PRODUCT,
                            path)
                 for record, source in zip(_numbers(content), (TENTHS, GAUGES))
                 if quantities is None or source.quantity in quantities)


def _binary(path):
    """Return the bytes of a binary file, unpacked; None if there are more or fewer."""
    with open(path, "rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    try:
        with (gzip.open if packed else open)(path, "rb") as file:
            content = file.read(BINARY_SIZE + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return None
    return content if len(content) == BINARY_SIZE else None


def _numbers(content):
    """Return both records; NaN is as wrong as any other impossible number."""
    values = np.frombuffer(content, "<f4").astype(np.float32).reshape(2, N_LATITUDES, N_LONGITUDES)
    return np.nan_to_num(values, nan=np.float32(-1.0e30), posinf=1.0e30, neginf=-1.0e30)
