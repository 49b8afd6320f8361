"""Which reader a file of an evaluation or reference product takes; told by its content."""

from typing import NamedTuple

from landda_hpc.observations import amsr2_lprm, ascat_cdr, catds, hdf, ismn, netcdf, smap_series, smos_ic, smos_series
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import cell_reference, cpc, ecmwf, gldas, grib, lis_history

HEAD = 4096  # bytes that tell the format


class Reader(NamedTuple):
    """What a file is, in words, and the function of its path that reads it.

    ``read`` returns an ObservationSeries, an ObservationBatch or a tuple of GridField.
    """

    title: str
    read: object


#: For NetCDF, in order: what tells the kind from an open file, and its reader.
NETCDF = (
    (ascat_cdr.recognises, Reader("ASCAT climate data record, series of a cell", ascat_cdr.read_ascat_cdr)),
    (smap_series.recognises, Reader("SMAP level 3, series of a cell", smap_series.read_smap_series)),
    (smos_series.recognises, Reader("SMOS-IC, series of a cell", smos_series.read_smos_series)),
    (cell_reference.recognises, Reader("GLDAS or ERA5, series of a cell", cell_reference.read_cell_reference)),
    (amsr2_lprm.recognises, Reader("AMSR2 LPRM level 3, daily", amsr2_lprm.read_amsr2)),
    (smos_ic.recognises, Reader("SMOS-IC, daily", smos_ic.read_smos_ic)),
    (catds.recognises, Reader("SMOS level 3 of CATDS, daily", catds.read_catds)),
    (cpc.recognises, Reader("CPC precipitation, daily", cpc.read_cpc)),
    (lis_history.recognises, Reader("LIS history", lis_history.read_lis_history)),
    (gldas.recognises, Reader("GLDAS", gldas.read_gldas)),
    (ecmwf.recognises, Reader("ERA5 or IFS of ECMWF", ecmwf.read_ecmwf)),
)
GRIB = Reader("GRIB of ECMWF or GLDAS", grib.read_grib)
ISMN = Reader("station of the International Soil Moisture Network", ismn.read_ismn)
CPC_BINARY = Reader("CPC precipitation, binary, daily", cpc.read_cpc_binary)


def reference_reader(path):
    """Return the :class:`Reader` of a file, None if it is of no evaluation or reference product.

    Raises
    ------
    ProductRefusal
        For a damaged NetCDF or HDF5 file.
    FileNotFoundError
    """
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except IsADirectoryError as error:
        raise ProductRefusal(path, "unreadable", f"{error.strerror}.") from error
    if head.startswith(grib.SIGNATURE):
        return GRIB
    if head.startswith((hdf.SIGNATURE, *netcdf.CLASSIC)):
        with netcdf.open_netcdf(path) as fields:
            return next((reader for recognises, reader in NETCDF if recognises(fields)), None)
    if ismn.layout_of(head) is not None:
        return ISMN
    return CPC_BINARY if head and cpc.is_binary(path) else None


def read_reference(path):
    """Return what a file of an evaluation or reference product holds.

    Raises
    ------
    ProductRefusal
        Also for a file of another kind.
    """
    reader = reference_reader(path)
    if reader is None:
        raise ProductRefusal(path, "foreign", "no evaluation or reference product that is known.")
    return reader.read(path)
