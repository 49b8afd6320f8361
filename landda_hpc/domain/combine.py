"""One domain from the maps of several files: each field from the first file that has it, gaps filled and counted.

Land is where the first land mask says so. A land point that the field of the first file leaves out takes the value of the
next file that has the field, then that of the nearest cell; the attributes count both.
"""

from pathlib import Path

import numpy as np

from landda_hpc.domain import from_tables, regrid
from landda_hpc.domain.dataset import FIELDS, Domain
from landda_hpc.domain.maps import DAYS
from landda_hpc.errors import InputError
from landda_hpc.io.provenance import CONVENTIONS, sha256

MOST_FILLED = 0.05  # of the land points, from the nearest cell; more is no gap but a file of another region or mask
GREENNESS = "green_vegetation_fraction"
#: The fields that nothing else can stand in for, with the variables that give them.
GIVEN_BY = {"land_cover": "LANDCOVER of LDT, LANDUSEF of GEOGRID, GLDAS_domveg", "soil_class":
            "TEXTURE or SAND, CLAY and SILT of LDT, SOILCTOP of GEOGRID, GLDAS_soiltex",
            "elevation": "ELEVATION of LDT, HGT_M of GEOGRID, GLDAS_elevation",
            GREENNESS: "GREENNESS of LDT, GREENFRAC of GEOGRID",
            "deep_soil_temperature": "TBOT of LDT, SOILTEMP and HGT_M of GEOGRID, or a climate_air_temperature"}


def combine(parts, say=print):
    """Return the :class:`~landda_hpc.domain.dataset.Domain` of a sequence of :class:`~landda_hpc.domain.layers.Layers`.

    Raises
    ------
    InputError
        For grids that do not agree and for fields that no file has.
    """
    grid = parts[0].grid
    parts = [part.onto(grid) for part in parts]
    land = _land(parts)
    cell = np.flatnonzero(land.reshape(-1)).astype(np.int64)
    if not len(cell):
        raise InputError(f"{parts[0].path}: there is no land point in its land mask.")
    scheme = next((part.scheme for part in parts if "land_cover" in part.fields), None)
    notes, fields = [], {}
    for name in FIELDS:
        holders = [part for part in _holders(parts, name) if name != "land_cover" or part.scheme == scheme]
        if holders:
            fields[name] = _points(name, holders, land, cell, notes)
    for name in ("land_cover", "soil_class", "slope_class"):
        fields |= {name: fields[name].astype(np.int64)} if name in fields else {}
    _derive(fields, cell, scheme, notes)
    missing = [name for name in GIVEN_BY if name not in fields]
    if missing:
        wanted = "\n".join(f"  {name} ({GIVEN_BY[name]})" for name in missing)
        raise InputError(f"No file has what a domain needs:\n{wanted}\n  files     {', '.join(part.path for part in parts)}\n"
                         "  Give another file on the same grid with one more --from; `landda static --resolution` builds one "
                         "that has everything.")
    for note in notes:
        say(note)
    fields = {name: fields[name] for name in FIELDS if name in fields}
    return Domain(grid, cell, fields, _attributes(grid, parts, notes), scheme)


def _land(parts):
    for part in parts:
        if part.land is not None:
            return part.land
    for part in parts:
        if "land_cover" in part.fields:
            return np.isfinite(part.fields["land_cover"])
    raise InputError(f"{', '.join(part.path for part in parts)}: no file has a land mask (LANDMASK of LDT or GEOGRID, "
                     "GLDAS_mask, GLDAS_elevation).")


def _holders(parts, name):
    """Return the parts that give a field; the range of the greenness is that of the file with the greenness, or its months'."""
    if name.startswith(GREENNESS + "_"):
        first = next((part for part in parts if GREENNESS in part.fields), None)
        return [first] if first is not None and name in first.fields else []
    return [part for part in parts if name in part.fields]


def _points(name, holders, land, cell, notes):
    """Return a field at the land points ``(n_total,)`` or ``(12, n_total)``: first file, next files, nearest cell."""
    values = holders[0].fields[name].copy()
    for other in holders[1:]:
        gap = land & ~_known(values)
        values = np.where(gap, other.fields[name], values)
        _note(notes, name, int((gap & _known(values)).sum()), "the next file")
    gap = land & ~_known(values)
    if gap.sum() > MOST_FILLED * len(cell) or not _known(values).any():
        latitude, longitude = holders[0].grid.positions(np.flatnonzero(gap)[0])
        raise InputError(f"{holders[0].path}: {name} is missing at {int(gap.sum())} of {len(cell)} land points, first at "
                         f"{latitude:g} N {longitude:g} E.\n  Up to {100 * MOST_FILLED:g} % are filled from the nearest cell. "
                         "Do the file and the land mask cover the same region?")
    values, n_filled = regrid.fill_nearest(values, ~_known(values), land)
    _note(notes, name, n_filled, "the nearest cell")
    return np.ascontiguousarray(values.reshape(*values.shape[:-2], -1)[..., cell])


def _known(values):
    return np.isfinite(values if values.ndim == 2 else values.sum(axis=0))


def _note(notes, name, count, origin):
    notes.extend([f"{name}: {count} land points from {origin}"] if count else [])


def _derive(fields, cell, scheme, notes):
    """Put in what follows from other fields or from the class tables."""
    if "land_fraction" not in fields:
        fields["land_fraction"] = np.ones(len(cell))
        notes.append("land_fraction: 1, no file has it")
    if GREENNESS in fields:
        for end, extreme in (("_min", np.min), ("_max", np.max)):
            if GREENNESS + end not in fields:
                fields[GREENNESS + end] = extreme(fields[GREENNESS], axis=0)
                notes.append(f"{GREENNESS}{end}: of the twelve months")
    if "deep_soil_temperature" not in fields and "climate_air_temperature" in fields:
        fields["deep_soil_temperature"] = np.average(fields["climate_air_temperature"], axis=0, weights=DAYS)
        notes.append("deep_soil_temperature: annual mean of the air")
    if "land_cover" not in fields:
        return
    if "max_snow_albedo" not in fields:
        fields["max_snow_albedo"] = from_tables.max_snow_albedo(fields["land_cover"], scheme)
        notes.append("max_snow_albedo: class table")
    if "albedo" not in fields and GREENNESS in fields:
        ends = (fields[GREENNESS + end] for end in ("_min", "_max"))
        fields["albedo"] = from_tables.albedo(fields["land_cover"], fields[GREENNESS], *ends, scheme)
        notes.append("albedo: class table by greenness")


def _attributes(grid, parts, notes):
    told = [[*part.notes, *(part.attributes[key] for key in ("source", "method") if key in part.attributes)] for part in parts]
    sources = ["\n  ".join([f"{Path(part.path).name} ({part.kind})", *lines]) for part, lines in zip(parts, told)]
    built = [part.attributes.get("redistributable", "unknown") for part in parts]
    passed_on = built[0] if len(set(built)) == 1 else next((text for text in built if text.startswith("no")), "unknown")
    return {"Conventions": CONVENTIONS, "title": f"landda_hpc domain: {grid.describe()}",
            "method": "each field from the first file that has it; " + ("; ".join(notes) if notes else "nothing filled"),
            "source": "\n".join(sources),
            "inputs": "\n".join(f"{Path(part.path).name} sha256 {sha256(part.path)}" for part in parts),
            "redistributable": "depends on the terms of the sources" if passed_on == "unknown" else passed_on}
