"""Restart files of Noah 3.3 in the Land Information System: the state of tiles, members of a cell one after the other.

Cells have no coordinates in these files; tiles follow the domain file of the run.
"""

import numpy as np

from landda_hpc.observations.netcdf import numbers, open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.summary import Summary

TILES = "ntiles"
MILLIMETRES = 1000.0  # kg m-2 of a metre of water
#: Name, units, factor to SI, least and largest possible value of every variable of the state.
STATE = {
    "T1": ("skin_temperature", "K", 1.0, 150.0, 360.0), "CMC": ("canopy_water", "kg m-2", MILLIMETRES, 0.0, 50.0),
    "SNOWH": ("snow_depth", "m", 1.0, 0.0, 100.0), "SNEQV": ("snow_water_equivalent", "kg m-2", MILLIMETRES, 0.0, 5.0e4),
    "STC": ("soil_temperature", "K", 1.0, 150.0, 360.0), "SMC": ("soil_moisture", "m3 m-3", 1.0, 0.0, 1.0),
    "SH2O": ("liquid_soil_moisture", "m3 m-3", 1.0, 0.0, 1.0),
    "CH": ("heat_exchange_coefficient", "m s-1", 1.0, 0.0, 10.0),
    "CM": ("momentum_exchange_coefficient", "m s-1", 1.0, 0.0, 10.0), "Z0": ("roughness_length", "m", 1.0, 0.0, 20.0),
    "EMISS": ("emissivity", "1", 1.0, 0.0, 1.0), "ALBEDO": ("albedo", "1", 1.0, 0.0, 1.0),
    "SNOTIME1": ("snow_age", "s", 1.0, 0.0, 1.0e10), "Q1": ("surface_specific_humidity", "kg kg-1", 1.0, 0.0, 0.2),
}
NEEDED = ("T1", "STC", "SMC", "SH2O")


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return all(name in fields and TILES in fields[name].dimensions for name in NEEDED)


def read_lis_restart(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with the state in SI.

    Arrays are ``(n_tiles,)`` or ``(n_tiles, n_layers)``. Numbers that cannot be are NaN.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", f"no {', '.join(NEEDED)} on {TILES}, so no restart of LIS.")
        stored = {name: _by_tile(fields[name]) for name in STATE if name in fields}
    shapes = {name: values.shape for name, values in stored.items()}
    n_tiles, layers = shapes["T1"][0], {shape[1] for shape in shapes.values() if len(shape) == 2}
    if any(shape[0] != n_tiles for shape in shapes.values()) or len(layers) != 1 or 0 in shapes["SMC"]:
        raise ProductRefusal(path, "inconsistent", f"variables of shapes {shapes}, expected one number of tiles and of layers.")
    lines = [f"tiles       {n_tiles}, with {layers.pop()} soil layers", "coverage    not told: tiles of the domain file"]
    state = {}
    for stored_name, values in stored.items():
        name, units, factor, low, high = STATE[stored_name]
        values = values * factor
        wrong = ~((values >= low) & (values <= high)) & ~np.isnan(values)
        state[name] = np.where(wrong, np.nan, values)
        known = state[name][np.isfinite(state[name])]
        lines.append(f"{name} [{units}]: known {known.size / values.size:.1%}"
                     + (f", {known.min():.6g} to {known.max():.6g}, mean {known.mean():.6g}" if known.size else "")
                     + (f", impossible {int(wrong.sum())}" if wrong.any() else ""))
    return Summary(tuple(lines), state, source_files=(str(path),))


def _by_tile(variable):
    """Return a variable with tiles first; layers come first in files that Fortran wrote."""
    values, dimensions = numbers(variable), list(variable.dimensions)
    if TILES not in dimensions or values.ndim > 2:
        raise ValueError(f"{variable.name} lies on {dimensions}, expected {TILES} and perhaps layers")
    return np.moveaxis(values, dimensions.index(TILES), 0)
