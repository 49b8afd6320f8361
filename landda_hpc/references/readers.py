"""Which reader a file of an evaluation or reference product takes; told by its content."""

from typing import NamedTuple

from landda_hpc.observations import (
    amsr2_lprm,
    ascat_cdr,
    ascat_cdr_v8,
    catds,
    hdf,
    ismn,
    netcdf,
    smap_l3,
    smap_series,
    smos_ic,
    smos_series,
    smos_udp,
    warp5,
)
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.references import (
    cell_reference,
    cpc,
    domain_file,
    ecmwf,
    gldas,
    grib,
    lis_history,
    lis_restart,
    modis_igbp,
    station_description,
)

HEAD = 4096  # bytes that tell the format


class Reader(NamedTuple):
    """What a file is, in words, and the function of its path that reads it.

    ``read`` returns an ObservationSeries, an ObservationBatch, a tuple of GridField, or a Summary of a file that is neither.
    """

    title: str
    read: object


#: For NetCDF, in order: what tells the kind from an open file, and its reader.
NETCDF = (
    (ascat_cdr.recognises, Reader("ASCAT climate data record, series of a cell", ascat_cdr.read_ascat_cdr)),
    (ascat_cdr_v8.recognises,
     Reader("ASCAT climate data record of version 8", ascat_cdr_v8.read_ascat_cdr_v8)),
    (smap_series.recognises, Reader("SMAP level 3, series of a cell", smap_series.read_smap_series)),
    (smos_series.recognises, Reader("SMOS-IC, series of a cell", smos_series.read_smos_series)),
    (cell_reference.recognises, Reader("GLDAS or ERA5, series of a cell", cell_reference.read_cell_reference)),
    (amsr2_lprm.recognises, Reader("AMSR2 LPRM level 3, daily", amsr2_lprm.read_amsr2)),
    (smos_ic.recognises, Reader("SMOS-IC, daily", smos_ic.read_smos_ic)),
    (catds.recognises, Reader("SMOS level 3 of CATDS, daily", catds.read_catds)),
    (smos_udp.recognises, Reader("SMOS level 2 of ESA (SMUDP2), half orbit", smos_udp.read_smos_udp)),
    (warp5.recognises_layers, Reader("static layers of the WARP5 grid", warp5.read_layers)),
    (warp5.recognises_grid, Reader("grid points of a cell archive", warp5.read_grid)),
    (cpc.recognises, Reader("CPC precipitation, daily", cpc.read_cpc)),
    (lis_restart.recognises, Reader("LIS restart of Noah 3.3", lis_restart.read_lis_restart)),
    (lis_history.recognises, Reader("LIS history", lis_history.read_lis_history)),
    (gldas.recognises, Reader("GLDAS", gldas.read_gldas)),
    (ecmwf.recognises, Reader("ERA5 or IFS of ECMWF", ecmwf.read_ecmwf)),
    (domain_file.recognises, Reader("parameters of a domain", domain_file.read_domain_file)),
)
#: HDF5 whose content is in groups.
SMAP_L3 = Reader("SMAP level 3 (SPL3SMP), daily", smap_l3.read_smap_l3)
IGBP = Reader("MODIS land cover MCD12C1, IGBP classes", modis_igbp.read_igbp)
STATION_CSV = Reader("description of a station of the International Soil Moisture Network",
                     station_description.read_description)
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
            found = next((reader for recognises, reader in NETCDF if recognises(fields)), None)
        if found is None and head.startswith(hdf.SIGNATURE):
            with hdf.open_product(path) as file:
                return SMAP_L3 if smap_l3.recognises(file) else None
        return found
    if head.startswith(modis_igbp.SIGNATURES):
        return IGBP
    if station_description.recognises(head):
        return STATION_CSV
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
