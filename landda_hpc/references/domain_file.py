"""Domain files (LDT ``lis_input``, GLDAS parameters, GEOGRID, this package's own) as ``landda obs info`` tells of them."""

import numpy as np

from landda_hpc.domain.formats import read_layers
from landda_hpc.errors import LanddaError
from landda_hpc.observations.hdf import DAMAGE
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.summary import Summary

#: Variables of which all tell a kind.
KINDS = (("LANDMASK", "lat", "lon"), ("GLDAS_mask",), ("GLDAS_elevation",), ("GLDAS_domveg",), ("GLDAS_soiltex",),
         ("LU_INDEX", "XLAT_M", "XLONG_M"), ("land_mask", "land_cover"))


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return any(all(name in fields for name in names) for names in KINDS)


def read_domain_file(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with the maps of a domain file on its grid, south first.

    Raises
    ------
    ProductRefusal
    """
    try:
        layers = read_layers(path)
    except FileNotFoundError:
        raise
    except LanddaError as error:
        raise ProductRefusal(path, "unsupported", f"{error}") from error
    except (KeyError, *DAMAGE) as error:
        raise ProductRefusal(path, "damaged", f"reading failed ({type(error).__name__}): {error}.",
                             "Fetch it again.") from error
    grid = layers.grid
    latitude = grid.south + grid.resolution * (np.arange(grid.n_rows) + 0.5)
    longitude = grid.west + grid.resolution * (np.arange(grid.n_columns) + 0.5)
    lines = [f"kind        {layers.kind}", f"grid        {grid.n_rows} x {grid.n_columns}, {grid.resolution:g} degrees"]
    if layers.land is not None:
        lines.append(f"land        {int(layers.land.sum())} of {layers.land.size} cells")
    lines += [f"land cover  {layers.scheme}"] if layers.scheme else []
    for name, values in sorted(layers.fields.items()):
        known = values[np.isfinite(values)]
        lines.append(f"{name}: " + (f"{known.min():.6g} to {known.max():.6g}" if known.size else "nothing known"))
    lines += [f"note        {note}" for note in layers.notes]
    return Summary(tuple(lines), dict(layers.fields), latitude, longitude, source_files=(str(path),))
