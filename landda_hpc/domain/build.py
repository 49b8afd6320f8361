"""The domain from the global maps: which cells are land, and every field of their land points.

Two builds differ in their sources. The full one takes the best maps that can be fetched. The redistributable one leaves out
those whose terms forbid to pass on what is made from them (HWSD, PlaSim) and derives texture, seasonal course and albedo
from land cover and climate instead; the domains that ship with the package are made so.
"""

import numpy as np

from landda_hpc.domain import from_tables, maps, phenology, regrid, sources, texture_table
from landda_hpc.domain.dataset import Domain
from landda_hpc.io.provenance import CONVENTIONS, sha256
from landda_hpc.noah import tables

LEAST_LAND = 0.5  # of a cell's area, to be a land point
SCHEME = "modis_igbp"


def build_domain(grid, redistributable=False, map_folder=None, wheels=None, say=print):
    """Return the :class:`~landda_hpc.domain.dataset.Domain` of a grid.

    Parameters
    ----------
    grid : Grid
    redistributable : bool
        Use only sources that may be passed on.
    map_folder, wheels : Path, optional
        See :func:`landda_hpc.domain.sources.fetch`.
    say : callable
        Told what happens.
    """
    names = [name for name, item in sources.MAPS.items() if item.redistributable or not redistributable]
    paths = sources.fetch(names, map_folder, wheels, say)
    say("land cover and land mask")
    fractions = maps.land_cover(paths, grid)
    land_fraction = np.clip(fractions.sum(axis=0), 0.0, 1.0)
    cell = np.flatnonzero(land_fraction.reshape(-1) >= LEAST_LAND)
    cover = 1 + fractions.argmax(axis=0)

    def points(values):
        return np.ascontiguousarray(values.reshape(*values.shape[:-2], -1)[..., cell])

    fields = {"land_fraction": points(land_fraction), "land_cover": points(cover)}
    land = land_fraction >= LEAST_LAND
    say("climate and elevation")
    temperature, precipitation = (points(values) for values in maps.climate(paths, grid))
    fields["elevation"] = points(maps.elevation(paths, grid, cover == maps.SNOW_ICE))
    say("soil")
    fields["soil_class"] = (texture_table.classes(fields["land_cover"], temperature, precipitation) if redistributable
                            else points(_dominant_soil(paths, grid, land)))
    say("vegetation")
    fields |= _vegetation(paths, grid, land, points, redistributable, fields["land_cover"], temperature, precipitation)
    fields["max_snow_albedo"] = from_tables.max_snow_albedo(fields["land_cover"], SCHEME)
    fields["deep_soil_temperature"] = np.average(temperature, axis=0, weights=maps.DAYS)
    fields |= {"climate_air_temperature": temperature, "climate_precipitation": precipitation}
    return Domain(grid, cell, fields, _attributes(grid, names, paths, redistributable), SCHEME)


def _dominant_soil(paths, grid, land):
    """Return the soil class that covers most of each cell; land without any takes its nearest neighbour's."""
    fractions = maps.soil_fractions(paths, grid)
    classes = 1 + fractions.argmax(axis=0)
    missing = fractions.sum(axis=0) <= 0.0
    return regrid.fill_nearest(classes, missing, land)[0]


def _vegetation(paths, grid, land, points, redistributable, cover, temperature, precipitation):
    least, greatest = maps.greenness_range(paths, grid)
    ends, _ = regrid.fill_nearest(np.stack([least, greatest]), np.isnan(greatest), land)
    least, greatest = (np.clip(points(end), 0.0, 1.0) for end in ends)
    if redistributable:
        shape = phenology.growth_index(temperature, precipitation)
    else:
        shape = points(maps.coarse_months(paths, "vegetation_months", grid, land))
    greenness = np.clip(phenology.stretched(shape, least, greatest), 0.0, 1.0)
    table = tables.special_classes(SCHEME)
    bare = np.isin(cover, [table.bare, table.snow_ice])
    greenness[:, bare], least[bare], greatest[bare] = 0.0, 0.0, 0.0
    albedo = (from_tables.albedo(cover, greenness, least, greatest, SCHEME) if redistributable
              else points(maps.coarse_months(paths, "albedo_months", grid, land)))
    return {"green_vegetation_fraction": greenness, "green_vegetation_fraction_min": least,
            "green_vegetation_fraction_max": greatest, "albedo": albedo}


def _attributes(grid, names, paths, redistributable):
    used = [sources.MAPS[name] for name in names]
    texture = ("soil texture: commonest STATSGO class of the land cover and climate; seasonal course of the greenness: growth "
               "index of the monthly climate; albedo: class tables by greenness" if redistributable else
               "soil texture: USDA triangle on the dominant HWSD unit; seasonal course of the greenness and albedo: PlaSim T42")
    return {"Conventions": CONVENTIONS, "title": f"landda_hpc domain: {grid.describe()}",
            "method": f"land where at least {LEAST_LAND:g} of the cell is; land cover dominant by area; {texture}; annual "
                      "range of the greenness: MODIS NDVI; maximum snow albedo: class table; deep temperature: annual mean of "
                      "the air",
            "source": "\n".join(dict.fromkeys(f"{item.citation} [{item.licence}], from {item.wheel} {item.version}"
                                              for item in used)),
            "inputs": "\n".join(f"{path.name} sha256 {sha256(path)}" for path in paths.values()),
            "redistributable": "yes" if redistributable else "no: HWSD and PlaSim terms apply"}
