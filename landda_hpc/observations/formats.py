"""From a product file to its observations; the kind of file is told by its content, never by its name."""

import gzip
import zlib

from landda_hpc.config.observations import Ascat, Sensors, Smap
from landda_hpc.observations import amsr2_lprm, ascat_bufr, ascat_native, ascat_netcdf, catds, hdf, netcdf, smap, smos_ic
from landda_hpc.observations.ascat import ascat_product
from landda_hpc.observations.cell_series import is_cell_file
from landda_hpc.observations.refusal import ProductRefusal

GZIP = b"\x1f\x8b"
HEAD = 4096  # bytes that tell the format


def read_product(path, sensors=None, subsurface_mask=None):
    """Return the retrievals of a product file with their reason codes, and its report.

    Parameters
    ----------
    path : str or Path
    sensors : landda_hpc.config.observations.Sensors, optional
        What is accepted; a sensor that is left out there is read with the defaults.
    subsurface_mask : callable, optional
        See :func:`landda_hpc.observations.ascat.ascat_product`.

    Returns
    -------
    landda_hpc.observations.report.Product

    Raises
    ------
    ProductRefusal
        For a file that is empty, truncated, damaged or of another kind.
    """
    sensors = sensors or Sensors()
    kind, content = identify(path)
    if kind == "smap":
        settings = sensors.smap or Smap()
        return smap.smap_product(smap.decode(path, settings.algorithm), settings)
    granule = {"netcdf": lambda: ascat_netcdf.decode(path), "bufr": lambda: ascat_bufr.decode(path),
               "native": lambda: ascat_native.decode(path, content())}[kind]()
    return ascat_product(granule, sensors.ascat or Ascat(), subsurface_mask)


def evaluation_reader(path):
    """Return the function that reads a daily file of AMSR2 LPRM, SMOS-IC or CATDS; None for other files, series among them."""
    if not _head(path).startswith((hdf.SIGNATURE, *netcdf.CLASSIC)):
        return None
    with netcdf.open_netcdf(path) as fields:
        if is_cell_file(fields):
            return None
        for module, read in ((amsr2_lprm, amsr2_lprm.read_amsr2), (smos_ic, smos_ic.read_smos_ic), (catds, catds.read_catds)):
            if module.recognises(fields):
                return read
    return None


def identify(path):
    """Return the kind of a product file (smap, netcdf, bufr or native) and a function that returns its bytes.

    Raises
    ------
    ProductRefusal
    """
    head = _head(path)
    if not head:
        raise ProductRefusal(path, "empty", "it has no bytes.", "Fetch it again.")
    packed = head.startswith(GZIP)
    if packed:
        head = _unpacked(path)[:HEAD]

    def content():
        return _unpacked(path) if packed else _bytes(path)

    if ascat_native.recognises(head):
        return "native", content
    if packed:
        raise ProductRefusal(path, "unsupported", "compressed with gzip.", "Unpack it; only native ASCAT is read packed.")
    if ascat_bufr.recognises(head):
        return "bufr", content
    if head.startswith(hdf.SIGNATURE):
        with hdf.open_product(path) as file:
            for kind, module in (("smap", smap), ("netcdf", ascat_netcdf)):
                if module.recognises(file):
                    return kind, content
            found = ", ".join(list(file)[:6])
        raise ProductRefusal(path, "foreign", f"HDF5 with {found or 'nothing in it'}, no product that is known.")
    raise ProductRefusal(path, "foreign", f"it begins with {head[:8]!r}: neither HDF5, NetCDF, BUFR, GRIB nor native EPS, no "
                         "station of ISMN and no CPC precipitation.")


def _head(path):
    """Return the first bytes of a file."""
    try:
        with open(path, "rb") as file:
            return file.read(HEAD)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ProductRefusal(path, "unreadable", f"{error.strerror}.") from error


def _bytes(path):
    """Return all bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def _unpacked(path):
    """Return the bytes of a file packed with gzip."""
    try:
        return gzip.decompress(_bytes(path))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ProductRefusal(path, "truncated", f"gzip says: {error}.", "Fetch it again.") from error
