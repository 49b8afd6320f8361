"""Small files in the layouts that other people write, and small domains."""

from functools import partial

import netCDF4
import numpy as np
import pytest

from landda_hpc.domain.dataset import FIELDS, MONTHLY, Domain
from landda_hpc.domain.grid import Grid

#: Rows from the south and columns from the west of the small files: 0.25-degree cells around 40 N 10 W.
LATITUDES = 40.125 + 0.25 * np.arange(4)
LONGITUDES = -10.125 + 0.25 * np.arange(5)
SHAPE = (4, 5)
LAND = np.array([[0, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0], [0, 1, 1, 1, 0]], bool)
COVER = np.array([[17, 10, 10, 5, 17], [16, 13, 12, 12, 7], [15, 7, 7, 1, 17], [17, 2, 8, 9, 17]])
SOIL = np.array([[14, 6, 6, 3, 14], [1, 12, 9, 9, 2], [16, 8, 7, 4, 14], [14, 5, 10, 11, 14]])


def own_value(row, column):
    """A number that tells its cell."""
    return row + 0.1 * column


CELL = own_value(*np.meshgrid(np.arange(4.0), np.arange(5.0), indexing="ij"))
MONTHS = np.arange(12.0)[:, None, None]


def one_hot(classes, n_classes):
    """Return fractions ``(n_classes, ...)``: 0.7 of the class, 0.3 of the one that follows (of the last: 1.0)."""
    fractions = np.zeros((n_classes, *classes.shape))
    rows, columns = np.indices(classes.shape)
    fractions[classes - 1, rows, columns] = 0.7
    other = np.minimum(classes, n_classes - 1)
    fractions[other, rows, columns] += 0.3
    return fractions


def _put(file, name, dims, values, **attributes):
    variable = file.createVariable(name, "f4", dims, fill_value=False)
    variable.setncatts(attributes)
    variable[:] = values
    return variable


@pytest.fixture
def lis_input(tmp_path):
    """Return a function that writes an LDT file as spec/products.md 11 has it; ``change`` edits what is in it."""

    def write(change=lambda variables, attributes: None, name="lis_input.d01.nc"):
        month, plane = ("month", "north_south", "east_west"), ("north_south", "east_west")
        latitude, longitude = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
        sea = np.where(LAND, 0.0, np.nan)
        variables = {
            "time": (("time",), [0.0]), "lat": (plane, latitude), "lon": (plane, longitude),
            "lat_b": (("north_south_b", "east_west_b"), np.zeros((8, 9))),
            "lon_b": (("north_south_b", "east_west_b"), np.zeros((8, 9))),
            "DOMAINMASK": (plane, np.ones(SHAPE)), "LANDMASK": (plane, LAND * 1.0),
            "SURFACETYPE": (("sfctypes", *plane), np.ones((20, *SHAPE))),
            "LANDCOVER": (("sfctypes", *plane), one_hot(COVER, 20)),
            "TEXTURE": (("soiltypes", *plane), one_hot(SOIL, 16)),
            "ELEVATION": (("elevbins", *plane), 100.0 * CELL[None] + sea),
            "ELEVFGRD": (("elevbins", *plane), np.ones((1, *SHAPE))),
            "GREENNESS": (month, 0.1 + 0.05 * MONTHS + 0.01 * CELL + sea),
            "SHDMIN": (plane, 0.1 + sea), "SHDMAX": (plane, 0.9 + sea),
            "ALBEDO": (month, 0.2 + 0.01 * MONTHS + 0.01 * CELL + sea), "MXSNALBEDO": (plane, 0.6 + 0.01 * CELL + sea),
            "TBOT": (plane, 285.0 + CELL + sea), "SLOPETYPE": (plane, np.where(LAND, 2.0, np.nan)),
        }
        attributes = {"MAP_PROJECTION": "EQUIDISTANT CYLINDRICAL", "SOUTH_WEST_CORNER_LAT": np.float32(40.125),
                      "SOUTH_WEST_CORNER_LON": np.float32(-10.125), "NORTH_EAST_CORNER_LAT": np.float32(40.875),
                      "NORTH_EAST_CORNER_LON": np.float32(-9.125), "DX": np.float32(0.25), "DY": np.float32(0.25),
                      "INC_WATER_PTS": "false", "LANDCOVER_SCHEME": "IGBPNCEP", "BARESOILCLASS": 16, "URBANCLASS": 13,
                      "SNOWCLASS": 15, "WATERCLASS": 17, "WETLANDCLASS": 11, "GLACIERCLASS": 15, "CROPCLASS": 12,
                      "NUMVEGTYPES": 17, "LANDMASK_SOURCE": "MODIS_Native", "SFCMODELS": "LSM", "SOILTEXT_SCHEME": "STATSGO",
                      "title": "Land Data Toolkit (LDT) parameter-processed output", "institution": "NASA GSFC"}
        change(variables, attributes)
        path = tmp_path / name
        with netCDF4.Dataset(path, "w") as file:
            for dims, values in variables.values():
                for dim, size in zip(dims, np.shape(values)):
                    if dim not in file.dimensions:
                        file.createDimension(dim, size)
            for key, (dims, values) in variables.items():
                filled = np.where(np.isnan(values), -9999.0, values)
                _put(file, key, dims, filled, standard_name=key, units="", scale_factor=np.float32(1), add_offset=np.float32(0),
                     missing_value=np.float32(-9999.0), vmin=np.float32(0), vmax=np.float32(0), num_bins=np.int32(1))
            file.setncatts(attributes)
        return path

    return write


@pytest.fixture
def gldas(tmp_path):
    """Return a function that writes one GLDAS parameter file as the real one of the elevation is written."""

    def write(name, values, latitudes=LATITUDES, longitudes=LONGITUDES, declared=True):
        path = tmp_path / f"{name}_025d.nc4"
        with netCDF4.Dataset(path, "w") as file:
            for dim, size in (("lon", len(longitudes)), ("lat", len(latitudes)), ("time", 1), ("bnds", 2)):
                file.createDimension(dim, size)
            _put(file, "lon", ("lon",), longitudes, units="degrees_east")
            _put(file, "lat", ("lat",), latitudes, units="degrees_north")
            filled = np.where(np.isnan(values), -9999.0, values)[None]
            missing = {"missing_value": np.float32(-9999.0)} if declared else {}
            _put(file, name, ("time", "lat", "lon"), filled, units="m", **missing)
            file.setncatts({"title": "GLDAS p4 data", "MAP_PROJECTION": "EQUIDISTANT CYLINDRICAL"})
        return path

    return write


@pytest.fixture
def geo_em(tmp_path):
    """Return a function that writes a GEOGRID file in classic NetCDF, as WPS does; ``change`` edits it."""

    def write(change=lambda variables, attributes: None):
        plane = ("Time", "south_north", "west_east")
        latitude, longitude = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
        variables = {"XLAT_M": (plane, latitude), "XLONG_M": (plane, longitude), "LANDMASK": (plane, LAND * 1.0),
                     "LANDUSEF": (("Time", "land_cat", *plane[1:]), one_hot(np.where(LAND, COVER, 21), 21)),
                     "SOILCTOP": (("Time", "soil_cat", *plane[1:]), one_hot(SOIL, 16)), "HGT_M": (plane, 100.0 * CELL),
                     "GREENFRAC": (("Time", "month", *plane[1:]), 0.1 + 0.05 * MONTHS + 0.0 * CELL),
                     "ALBEDO12M": (("Time", "month", *plane[1:]), 20.0 + MONTHS + CELL), "SNOALB": (plane, 60.0 + CELL),
                     "SOILTEMP": (plane, np.where(LAND, 290.0 + CELL, 0.0)), "SLOPECAT": (plane, 1.0 * LAND)}
        attributes = {"TITLE": "OUTPUT FROM GEOGRID V4.4", "MAP_PROJ": np.int32(6), "POLE_LAT": np.float32(90.0),
                      "MMINLU": "MODIFIED_IGBP_MODIS_NOAH", "ISWATER": np.int32(17), "ISLAKE": np.int32(21),
                      "ISICE": np.int32(15), "ISURBAN": np.int32(13)}
        change(variables, attributes)
        path = tmp_path / "geo_em.d01.nc"
        with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
            for name, (dims, values) in variables.items():
                values = np.asarray(values)[None]
                for dim, size in zip(dims, values.shape):
                    if dim not in file.dimensions:
                        file.createDimension(dim, size)
                _put(file, name, dims, values, units="percent" if name in ("ALBEDO12M", "SNOALB") else "")
            file.setncatts(attributes)
        return path

    return write


def make_domain(grid, land, **given):
    """Return a domain that passes the checks, with fields that differ from cell to cell; ``given`` replaces some."""
    cell = np.flatnonzero(np.asarray(land).reshape(-1)).astype(np.int64)
    part = (np.arange(len(cell)) + 0.5) / max(len(cell), 1)
    fields = {}
    for name, field in FIELDS.items():
        values = field.least + 0.5 * (field.greatest - field.least) * part
        fields[name] = np.broadcast_to(values, (12, len(cell))).copy() if field.dims == MONTHLY else values
    fields |= {"land_cover": 1 + np.arange(len(cell)) % 14, "soil_class": 1 + np.arange(len(cell)) % 12,
               "slope_class": 1 + np.arange(len(cell)) % 7, "land_fraction": 0.5 + 0.5 * part}
    return Domain(grid, cell, fields | given, {"title": "small"})


@pytest.fixture
def small_domain():
    """Return a function that makes a domain of the cells of the small files."""
    return partial(make_domain, Grid.of_centres(LATITUDES, LONGITUDES), LAND)
