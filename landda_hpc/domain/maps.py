"""Each global map on a target grid: its own layout, orientation, units and traps, one function a map.

Every function takes the paths of :func:`landda_hpc.domain.sources.fetch` and a grid, and returns full grids, south first.
"""

import numpy as np

from landda_hpc.domain import regrid
from landda_hpc.noah.texture import statsgo_class
from landda_hpc.times import SECONDS_PER_DAY

WATER_IN_MCD12C1, SNOW_ICE, BARREN = 0, 15, 16
LAND_CLASSES = tuple(range(1, 17))
SAND, LAND_ICE_SOIL, ORGANIC = 1, 16, 13
ORGANIC_CARBON_PERCENT = 15.0  # of the topsoil, above which it counts as organic
SOIL_CLASSES = tuple(range(1, 17))
SOIL_NDVI, FULL_NDVI = 0.05, 0.92  # of bare soil and of full cover, MODIS (cf. Gutman and Ignatov 1998)
DAYS = np.array([31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0])


def _tiff(path):
    """Return a GeoTIFF of the whole globe, south first."""
    from PIL import Image

    largest, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as image:
            return np.array(image)[::-1]
    finally:
        Image.MAX_IMAGE_PIXELS = largest


def _netcdf(path, *names):
    import h5netcdf

    with h5netcdf.File(path, "r") as file:
        return [np.asarray(file.variables[name][:]) for name in names]


def land_cover(paths, grid):
    """Return the fractions ``(16, n_rows, n_columns)`` of the area under each IGBP land class (MCD12C1)."""
    classes = _tiff(paths["land_cover"])
    return regrid.class_fractions(classes, LAND_CLASSES, regrid.uniform_source(*classes.shape), grid)


def soil_fractions(paths, grid):
    """Return the fractions ``(16, n_rows, n_columns)`` of the area under each STATSGO class (HWSD).

    Where HWSD has neither sand nor clay nor silt there is no soil: ice becomes land ice, barren ground sand, the rest counts
    for nothing.
    """
    sand, clay, carbon = (_netcdf(paths[name], variable)[0] for name, variable in
                          (("sand", "T_SAND"), ("clay", "T_CLAY"), ("organic_carbon", "T_OC")))
    sand, clay = (np.where((values >= 0.0) & (values <= 100.0), values, np.nan) / 100.0 for values in (sand, clay))
    known = np.isfinite(sand) & np.isfinite(clay)
    soil = known & (sand + clay > 0.0)
    classes = np.zeros(sand.shape, np.uint8)
    classes[soil] = statsgo_class(sand[soil], clay[soil], 1.0 - sand[soil] - clay[soil])
    classes[soil & (np.nan_to_num(carbon) > ORGANIC_CARBON_PERCENT)] = ORGANIC
    cover = _tiff(paths["land_cover"])
    classes[~soil & (cover == SNOW_ICE)] = LAND_ICE_SOIL
    classes[~soil & (cover == BARREN)] = SAND
    classes[cover == WATER_IN_MCD12C1] = 0
    return regrid.class_fractions(classes, SOIL_CLASSES, regrid.uniform_source(*classes.shape), grid)


def elevation(paths, grid, ice):
    """Return the mean elevation of the land [m].

    The terrain tiles show the bedrock under the ice of Greenland: there (``ice``, cells of snow and ice) the coarse orography
    is taken instead, unless the bedrock is higher.
    """
    import h5py

    with h5py.File(paths["elevation"], "r") as file:
        code = file["Altitude"][()][::-1]
    mean, _ = regrid.average(28.0 * code - 450.0, code != 255, regrid.uniform_source(*code.shape), grid)
    latitude, longitude, orography = _netcdf(paths["ice_elevation"], "lat", "lon", "orog")
    orography, ascending = orography.T, np.argsort(latitude)
    coarse = regrid.bilinear(orography[ascending], np.ones(orography.shape, bool), latitude[ascending], longitude, grid)
    greenland = ice & (grid.latitudes > 59.0)[:, None] & ((grid.longitudes > -74.0) & (grid.longitudes < -11.0))[None, :]
    coarse = np.maximum(coarse, 0.0)
    return np.where(greenland, np.fmax(coarse, mean), np.where(np.isnan(mean), coarse, mean))


def greenness_range(paths, grid):
    """Return least and greatest green vegetation fraction of the year [1], NaN where there is none (MODIS NDVI)."""
    ends = []
    for name in ("least_green", "greenest"):
        ndvi = _tiff(paths[name])
        valid = np.isfinite(ndvi) & (ndvi > -1.0)
        fraction = np.clip((np.nan_to_num(ndvi, nan=0.0) - SOIL_NDVI) / (FULL_NDVI - SOIL_NDVI), 0.0, 1.0)
        ends.append(regrid.average(fraction, valid, regrid.uniform_source(*ndvi.shape), grid)[0])
    least, greatest = ends
    return np.minimum(least, greatest), greatest


def climate(paths, grid):
    """Return monthly air temperature [K] and precipitation [kg m-2 s-1] ``(12, n_rows, n_columns)`` (ERA5).

    The file gives degrees Celsius and millimetres a month, whatever its attributes say.
    """
    latitude, longitude, celsius, monthly = _netcdf(paths["climate"], "latitude", "longitude", "t2m", "tp")
    source = regrid.SourceGrid(np.clip(regrid.edges_of(latitude[::-1]), -90.0, 90.0), regrid.edges_of(longitude))
    everywhere = np.ones((len(latitude), len(longitude)), bool)
    temperature = regrid.average(celsius[:, ::-1].astype(np.float64) + 273.15, everywhere, source, grid)[0]
    rate = np.maximum(monthly[:, ::-1].astype(np.float64), 0.0) / (DAYS * SECONDS_PER_DAY)[:, None, None]
    return temperature, regrid.average(rate, everywhere, source, grid)[0]


def _spectral_field(path):
    """Return the twelve months ``(12, 64, 128)``, south first, of a PlaSim surface file, or its one record."""
    numbers = path.read_text().split()
    n_records, rest = divmod(len(numbers), 8 + 64 * 128)
    if rest:
        raise ValueError(f"{path} has {len(numbers)} numbers, which is no whole number of T42 records")
    records = np.array(numbers, np.float64).reshape(n_records, -1)[:, 8:].reshape(n_records, 64, 128)[:, ::-1]
    return records[1:13] if n_records == 14 else records[:1]


def coarse_months(paths, name, grid, wanted):
    """Return a monthly T42 field of the land ``(12, n_rows, n_columns)``, interpolated over land only.

    ``wanted`` cells that have no coarse land around them take that of the nearest cell.
    """
    nodes, _ = np.polynomial.legendre.leggauss(64)
    latitude = np.rad2deg(np.arcsin(nodes))
    longitude = 2.8125 * np.arange(128)
    coarse_land = _spectral_field(paths["coarse_land"])[0] > 0.5
    field = regrid.bilinear(_spectral_field(paths[name]), coarse_land, latitude, longitude, grid)
    return regrid.fill_nearest(field, np.isnan(field[0]), wanted)[0]
