"""Domains from other people's files: what each is, told by its content, and their maps put together.

Read are domain files of the Land Data Toolkit (``lis_input.d01.nc``), GLDAS parameter files, GEOGRID files of WRF and files
that ``landda static`` wrote; the last can complete the others, for example with the climate that the weather is made from.
"""

from pathlib import Path

from landda_hpc.domain import geogrid, gldas_parameters, lis_input
from landda_hpc.domain.combine import combine
from landda_hpc.domain.dataset import SHIPPED, domain_path, read_domain
from landda_hpc.domain.layers import Layers
from landda_hpc.errors import InputError

READERS = (lis_input, geogrid, gldas_parameters)
OWN = "landda_hpc domain"


def open_domain(files, say=print):
    """Return the :class:`~landda_hpc.domain.dataset.Domain` of one or several files.

    Parameters
    ----------
    files : sequence of str or Path
        What one lacks comes from the next. The first gives the grid.
    say : callable
        Told what was filled or derived.

    Raises
    ------
    InputError
        For files of no known kind, grids that do not agree, classes out of range and fields that no file has.
    """
    return combine([read_layers(path) for path in files], say)


def read_layers(path):
    """Return the :class:`~landda_hpc.domain.layers.Layers` of a file of any known kind."""
    import netCDF4

    path = domain_path(path) if str(path) in SHIPPED else Path(path)
    try:
        with netCDF4.Dataset(path) as file:
            if "land_mask" not in file.variables:
                return _reader(path, file).read(path, file)
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be read: {error}. Expected a NetCDF file of LDT, GLDAS, GEOGRID or "
                         "`landda static`.") from error
    return _own(path)


def _reader(path, file):
    for reader in READERS:
        if reader.recognises(file):
            return reader
    found = ", ".join(list(file.variables)[:8]) or "nothing"
    raise InputError(f"{path} is no file that a domain can be made from.\n  found     {found}\n"
                     "  expected  an LDT lis_input file (LANDMASK, LANDCOVER, ...), GLDAS parameters (GLDAS_mask, "
                     "GLDAS_elevation, GLDAS_domveg, GLDAS_soiltex), a WRF geo_em file or a domain of `landda static`")


def _own(path):
    domain = read_domain(path)
    fields = {name: domain.on_grid(values.astype(float)) for name, values in domain.fields.items()}
    return Layers(str(path), OWN, domain.grid, domain.on_grid(domain.cell >= 0, False), fields, domain.land_cover_scheme, (),
                  domain.attributes)
