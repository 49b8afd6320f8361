"""Compare a domain file with maps that it was not made from, and draw where they disagree.

    python tools/compare_domain.py domain_0.25deg.nc SHARED_DATA_FOLDER -o DIR

Writes ``agreement.csv`` (one number a line, also printed), ``soil_table.csv`` and ``land_cover_table.csv`` (shares of the land
by class and by class of the reference) and ``disagreement.png``. The references are the GLDAS-2 elevation and land mask,
the soil types of ECMWF and the MODIS land cover of another year and version; the folder is the one with ``static/`` in it.
"""

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.domain import regrid
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.grid import Grid
from landda_hpc.noah import tables

GLDAS = "static/repo_hrldas/GLDASp4_elevation_025d.nc4"
ECMWF_SOIL = "static/repo_SpeedyWeatherAssets/soil_type.nc"
MODIS_2005 = "static/pypi_colm_openbench/IGBP.nc"
REFERENCES = (GLDAS, ECMWF_SOIL, MODIS_2005)
SOIL_TYPES = ("coarse", "medium", "medium-fine", "fine", "very fine", "organic", "tropical organic")
# FAO types that a STATSGO class can belong to: coarse has less than 18 % clay and more than 65 % sand, medium less than 35 %
# clay and more than 15 % sand, medium-fine less of both, fine 35 to 60 % clay. The class's own centre comes first.
TYPES_OF_CLASS = {1: (1,), 2: (1,), 3: (2, 1), 4: (3, 2), 5: (3,), 6: (2,), 7: (2,), 8: (3, 4), 9: (2, 4), 10: (4,), 11: (4, 5),
                  12: (4, 5), 13: (6, 7)}
SHIFTS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
GREENLAND = (59.0, 84.0, -74.0, -11.0)


class Comparison(NamedTuple):
    """Results: numbers by name, tables by name (header and rows), and maps of the disagreement by title."""

    numbers: dict
    tables: dict
    maps: dict


def compare(domain, folder):
    """Return the :class:`Comparison` of a 0.25-degree domain with the references."""
    full = _globe(domain)
    parts = [_mask_and_elevation(full, Path(folder) / GLDAS), _soil(full, Path(folder) / ECMWF_SOIL),
             _land_cover(full, Path(folder) / MODIS_2005)]
    merged = Comparison({"land points": domain.n_total}, {}, {})
    for part in parts:
        for whole, own in zip(merged, part):
            whole.update(own)
    return merged


def _globe(domain):
    """Return land mask, fields and cell areas of a domain on the global grid of its resolution."""
    grid = Grid.covering(domain.grid.resolution, -90.0, 90.0)
    latitude, longitude = domain.grid.positions(domain.cell)
    row = np.floor((latitude + 90.0) / grid.resolution).astype(int)
    column = np.mod(np.floor((longitude + 180.0) / grid.resolution).astype(int), grid.n_columns)
    full = {"grid": grid, "area": np.broadcast_to(grid.cell_area[:, None], grid.shape), "land": np.zeros(grid.shape, bool)}
    full["land"][row, column] = True
    for name in ("elevation", "soil_class", "land_cover"):
        full[name] = np.zeros(grid.shape)
        full[name][row, column] = domain.fields[name]
    return full


def _share(flag, area, where):
    return float(area[flag & where].sum() / area[where].sum())


def _best_shift(agreement):
    """Return the shift in rows and columns of the reference for which ``agreement(shift)`` is greatest."""
    return max(SHIFTS, key=agreement)


def _read(path, *names):
    import netCDF4

    with netCDF4.Dataset(path) as file:
        return [np.ma.filled(file.variables[name][:].astype(np.float64), np.nan) for name in names]


def _mask_and_elevation(full, path):
    grid, area, land = full["grid"], full["area"], full["land"]
    latitude, longitude, elevation = _read(path, "lat", "lon", "GLDAS_elevation")
    rows = np.round((latitude + 90.0) / grid.resolution - 0.5).astype(int)
    columns = np.round((longitude + 180.0) / grid.resolution - 0.5).astype(int)
    theirs = np.full(grid.shape, np.nan)
    theirs[np.ix_(rows, columns)] = elevation[0]
    known = np.isfinite(theirs)
    compared = np.zeros(grid.shape, bool)
    compared[rows] = True
    both, either = land & known, (land | known) & compared
    difference = np.where(both, full["elevation"] - theirs, np.nan)
    ice = both & _inside(grid, GREENLAND) & (full["land_cover"] == 15)
    rest = both & ~ice
    numbers = {
        "GLDAS land cells": int(known.sum()), "cells over GLDAS cells": land.sum() / known.sum(),
        "mask: both over either, by area": _share(both, area, either),
        "mask: cells with land here only": int((land & ~known & compared).sum()),
        "mask: cells with land there only": int((known & ~land).sum()),
        "mask: best shift (rows, columns)": _best_shift(lambda shift: (land & np.roll(known, shift, (0, 1))).sum()),
        "elevation outside the ice of Greenland: correlation": np.corrcoef(full["elevation"][rest], theirs[rest])[0, 1],
        "elevation outside the ice of Greenland: bias [m]": difference[rest].mean(),
        "elevation outside the ice of Greenland: RMSE [m]": np.sqrt(np.mean(difference[rest] ** 2)),
        "elevation on the ice of Greenland: bias [m]": difference[ice].mean(),
        "elevation on the ice of Greenland: RMSE [m]": np.sqrt(np.mean(difference[ice] ** 2)),
        "elevation: best shift (rows, columns)": _best_shift(lambda shift: -_error(full["elevation"], theirs, rest, shift)),
    }
    only = np.where(land & ~known, 1.0, np.where(known & ~land, -1.0, np.where(both, 0.0, np.nan)))
    return Comparison(numbers, {}, {"land here only (1), in GLDAS only (-1)": only, "elevation minus GLDAS [m]": difference})


def _error(ours, theirs, where, shift):
    return np.nanmean((ours - np.roll(theirs, shift, (0, 1)))[where] ** 2)


def _inside(grid, box):
    south, north, west, east = box
    return (((grid.latitudes > south) & (grid.latitudes < north))[:, None]
            & ((grid.longitudes > west) & (grid.longitudes < east))[None, :])


def _table(ours, theirs, area, where, n_ours, n_theirs):
    """Return shares of the land ``(n_ours + 1, n_theirs + 1)`` by class of both."""
    table = np.zeros((n_ours + 1, n_theirs + 1))
    np.add.at(table, (ours[where].astype(int), theirs[where].astype(int)), area[where])
    return table / table.sum()


def _soil(full, path):
    grid, area = full["grid"], full["area"]
    latitude, longitude, types = _read(path, "latitude", "longitude", "slt")
    # Columns are centred on 0.0, 0.1, ..., so the first reaches from 0.05 W to 0.05 E.
    source = regrid.SourceGrid(np.clip(regrid.edges_of(latitude[::-1]), -90.0, 90.0), regrid.edges_of(longitude))
    fractions = regrid.class_fractions(np.nan_to_num(types[::-1]), range(1, 8), source, grid)
    theirs = np.where(fractions.sum(axis=0) > 0.5, 1 + fractions.argmax(axis=0), 0)
    ours = full["soil_class"]
    where = full["land"] & (theirs > 0) & (ours < 14)
    own_type, possible = np.zeros(20), np.zeros((20, 8), bool)
    for number, names in TYPES_OF_CLASS.items():
        own_type[number] = names[0]
        possible[number, list(names)] = True
    classes = ours.astype(int)
    mineral = where & (theirs < 6) & (classes != 13)
    table = _table(ours, theirs, area, where, 13, 7)
    chance = (_marginal(table[1:13, 1:6], axis=1) @ possible[1:13, 1:6] * _marginal(table[1:13, 1:6], axis=0)).sum()
    numbers = {
        "soil: compatible type, mineral soils, share of the area": _share(possible[classes, theirs], area, mineral),
        "soil: the same by chance": chance,
        "soil: best shift (rows, columns)": _best_shift(
            lambda shift: _share(possible[classes, np.roll(theirs, shift, (0, 1))], area, mineral)),
    }
    names = tables.class_table(tables.SOIL_TABLES["statsgo"]).names
    rows = [[number, names[number - 1], *(f"{100 * share:.3f}" for share in table[number, 1:])] for number in range(1, 14)]
    disagreement = np.where(mineral, np.where(possible[classes, theirs], 0.0, np.sign(own_type[classes] - theirs)), np.nan)
    return Comparison(numbers, {"soil_table": [["class", "name", *SOIL_TYPES], *rows]},
                      {"soil finer (1), coarser (-1) than ECMWF's": disagreement})


def _marginal(table, axis):
    return table.sum(axis=axis) / table.sum()


def _land_cover(full, path):
    grid, area = full["grid"], full["area"]
    (classes,) = _read(path, "IGBP")
    fractions = regrid.class_fractions(classes, range(1, 17), regrid.uniform_source(1800, 3600), grid)
    theirs = np.where(fractions.sum(axis=0) >= 0.5, 1 + fractions.argmax(axis=0), 0)
    ours = full["land_cover"].astype(int)
    where = full["land"] & (theirs > 0)
    table = _table(ours, theirs, area, where, 16, 16)
    shares, reference = table.sum(axis=1), table.sum(axis=0)
    numbers = {
        "land cover: same class, share of the area": _share(ours == theirs, area, where),
        "land cover: same kind (forest, open woody, grass and crop, urban, ice, barren)":
            _share(KIND[ours] == KIND[theirs], area, where),
        "land cover: same by chance": float(shares @ reference),
        "land cover: greatest difference of a class's share of the land": float(np.abs(shares - reference).max()),
        "land cover: best shift (rows, columns)": _best_shift(
            lambda shift: _share(ours == np.roll(theirs, shift, (0, 1)), area, where)),
    }
    names = tables.class_table(tables.LAND_COVER_SCHEMES["modis_igbp"]).names
    columns = np.stack([shares, reference, table.diagonal()], axis=1)
    rows = [[number, names[number - 1], *(f"{100 * value:.3f}" for value in columns[number])] for number in range(1, 17)]
    header = ["class", "name", "share here [%]", "share in 2005 [%]", "both [%]"]
    return Comparison(numbers, {"land_cover_table": [header, *rows]},
                      {"land cover of another kind (1)": np.where(where, KIND[ours] != KIND[theirs], np.nan)})


KIND = np.array([0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 3, 5, 6])


def draw(comparison, path):
    """Write the maps of a comparison as one PNG."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(18, 9.5), constrained_layout=True)
    for axis, (title, values) in zip(axes.flat, comparison.maps.items()):
        limit = 300.0 if "[m]" in title else 1.0
        image = axis.imshow(values, origin="lower", extent=(-180, 180, -90, 90), cmap="RdBu_r", vmin=-limit, vmax=limit,
                            interpolation="nearest")
        axis.set(title=title, ylim=(-60, 90))
        axis.set_facecolor("0.85")
        figure.colorbar(image, ax=axis, shrink=0.7)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _text(value):
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def main():
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domain")
    parser.add_argument("folder", help="shared data, with static/ in it")
    parser.add_argument("-o", "--output", type=Path, default=Path("."))
    options = parser.parse_args()
    comparison = compare(read_domain(options.domain), options.folder)
    options.output.mkdir(parents=True, exist_ok=True)
    everything = {"agreement": [["quantity", "value"], *([name, _text(value)] for name, value in comparison.numbers.items())],
                  **comparison.tables}
    for name, rows in everything.items():
        with open(options.output / f"{name}.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        print("\n".join("  ".join(f"{cell!s:<12}" for cell in row) for row in rows), end="\n\n")
    draw(comparison, options.output / "disagreement.png")


if __name__ == "__main__":
    main()
