"""The traps of each global map, on small files in the layouts of the real ones."""

import h5netcdf
import h5py
import numpy as np
import pytest
from PIL import Image

from landda_hpc.domain import maps
from landda_hpc.domain.grid import Grid

GRID = Grid.covering(10.0, -90.0, 90.0)  # 18 x 36
SHAPE = (36, 72)  # of the sources, 5 degrees


@pytest.fixture
def tiff(tmp_path):
    """Return a function that writes a map, given south first, north first as a GeoTIFF is."""

    def write(name, values):
        Image.fromarray(values[::-1]).save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def netcdf(tmp_path):
    def write(name, coordinates, **variables):
        with h5netcdf.File(tmp_path / name, "w") as file:
            file.dimensions = {key: len(values) for key, values in coordinates.items()}
            for key, values in coordinates.items():
                file.create_variable(key, (key,), data=values)
            for key, (dims, values) in variables.items():
                file.create_variable(key, dims, data=values)
        return tmp_path / name

    return write


def cover_map():
    """Water in the west, grass in the east, ice in the north, barren in the south of the east."""
    cover = np.zeros(SHAPE, np.uint8)
    cover[:, 36:] = 10
    cover[30:, 36:] = maps.SNOW_ICE
    cover[:6, 36:] = maps.BARREN
    return cover


def test_land_cover_is_turned_and_water_is_no_land(tiff):
    fractions = maps.land_cover({"land_cover": tiff("cover.tif", cover_map())}, GRID)
    assert fractions.shape == (16, *GRID.shape)
    np.testing.assert_allclose(fractions.sum(axis=0)[:, :18], 0.0, atol=1e-12)
    np.testing.assert_allclose(fractions.sum(axis=0)[:, 18:], 1.0)
    assert (1 + fractions.argmax(axis=0))[[0, 9, 17], 20].tolist() == [maps.BARREN, 10, maps.SNOW_ICE]


@pytest.fixture
def soil_paths(tiff, netcdf):
    """HWSD with sand in the tropics, organic carbon in one place, zeros on ice, rock and one grass cell, -1 over the sea."""
    sand, clay, carbon = np.full(SHAPE, 92.0), np.full(SHAPE, 3.0), np.full(SHAPE, 1.0)
    sand[20:24], clay[20:24] = 20.0, 60.0
    carbon[24:26, 40:42] = 30.0
    for values in (sand, clay, carbon):
        values[30:], values[:6], values[10:12, 50:52] = 0.0, 0.0, 0.0
        values[:, :36] = -1.0
    coordinates = {"lat": -87.5 + 5.0 * np.arange(36), "lon": -177.5 + 5.0 * np.arange(72)}
    paths = {"land_cover": tiff("cover.tif", cover_map())}
    for name, variable, values in (("sand", "T_SAND", sand), ("clay", "T_CLAY", clay), ("organic_carbon", "T_OC", carbon)):
        paths[name] = netcdf(f"{variable}.nc4", coordinates, **{variable: (("lat", "lon"), values)})
    return paths


def test_cells_without_sand_silt_and_clay_have_no_texture(soil_paths):
    fractions = maps.soil_fractions(soil_paths, GRID)
    classes = np.where(fractions.sum(axis=0) > 0.0, 1 + fractions.argmax(axis=0), 0)
    assert classes[16, 30] == maps.LAND_ICE_SOIL and classes[1, 30] == maps.SAND
    assert classes[5, 25] == 0, "grassland where HWSD is zero is left open, for its neighbours to fill"
    assert classes[7, 30] == maps.SAND and classes[11, 30] == 12 and classes[12, 20] == maps.ORGANIC
    assert (classes[:, :18] == 0).all(), "no soil under water"


@pytest.fixture
def elevation_paths(tmp_path, netcdf):
    """Terrain of 1174 m (code 58) everywhere, bedrock of -2 m in Greenland with one peak; coarse orography of 3000 m there."""
    code = np.full(SHAPE, 58, np.uint8)
    code[30:34, 22:32] = 16
    code[30:32, 24:26] = 140
    code[:, 60:] = 255
    with h5py.File(tmp_path / "Altitude.h5", "w") as file:
        file["Altitude"] = code[::-1]
    latitude, longitude = np.linspace(87.5, -87.5, 36), np.arange(0.0, 360.0, 5.0)
    orography = np.full((72, 36), 500.0)
    orography[:, latitude > 55.0] = 3000.0
    return {"elevation": tmp_path / "Altitude.h5",
            "ice_elevation": netcdf("terrain.nc", {"lon": longitude, "lat": latitude}, orog=(("lon", "lat"), orography))}


def test_the_ice_of_greenland_is_no_bedrock(elevation_paths):
    ice = np.ones(GRID.shape, bool)
    found = maps.elevation(elevation_paths, GRID, ice)
    inside = (int((75.0 + 90.0) // 10.0), int((180.0 - 55.0) // 10.0 + 1))
    assert found[inside] == pytest.approx(3000.0)
    assert found[15, 12] == pytest.approx(28.0 * 140 - 450.0), "a peak above the coarse orography stays"
    assert maps.elevation(elevation_paths, GRID, ~ice)[inside] == pytest.approx(-2.0), "outside the ice the tiles count"
    assert found[9, 20] == pytest.approx(1174.0) and found[16, 20] == pytest.approx(1174.0), "ice elsewhere keeps the tiles"


def test_where_the_tiles_show_the_sea_the_coarse_orography_stands_in(elevation_paths):
    assert maps.elevation(elevation_paths, GRID, np.zeros(GRID.shape, bool))[9, 33] == pytest.approx(500.0)


def test_units_of_the_climate(netcdf):
    """Degrees Celsius and millimetres a month, north first, columns from Greenwich, whatever the attributes say."""
    latitude, longitude = np.linspace(90.0, -90.0, 37), np.arange(0.0, 360.0, 5.0)
    celsius = np.broadcast_to(latitude[None, :, None] / 3.0, (12, 37, 72)).astype(np.float32)
    monthly = np.full((12, 37, 72), 62.0, np.float32)
    monthly[:, :, longitude < 90.0] = 124.0
    monthly[:, :, longitude > 270.0] = -1.0
    path = netcdf("climate.nc", {"month": np.arange(1, 13), "latitude": latitude, "longitude": longitude},
                  t2m=(("month", "latitude", "longitude"), celsius), tp=(("month", "latitude", "longitude"), monthly))
    temperature, precipitation = maps.climate({"climate": path}, GRID)
    assert temperature.shape == precipitation.shape == (12, *GRID.shape)
    np.testing.assert_allclose(temperature[0, 2:-2, 0], 273.15 + GRID.latitudes[2:-2] / 3.0, atol=0.15)
    assert precipitation[0, 9, 30] == pytest.approx(62.0 / (31 * 86400.0))
    assert precipitation[3, 9, 22] == pytest.approx(124.0 / (30 * 86400.0)), "20 to 30 E has the rain of 0 to 90 E"
    assert precipitation[1, 9, 15] == 0.0, "small negative sums are none"


def test_greenness_from_the_index(tiff):
    """Bare soil and full cover are 0 and 1; -3000 is no value; the least is never above the greatest."""
    least, greatest = np.full(SHAPE, maps.SOIL_NDVI, np.float32), np.full(SHAPE, maps.FULL_NDVI, np.float32)
    greatest[:, :4], least[:, 8:12] = -3000.0, 0.95
    greatest[:, 8:12] = 0.5
    low, high = maps.greenness_range({"least_green": tiff("low.tif", least), "greenest": tiff("high.tif", greatest)}, GRID)
    assert low[5, 10] == pytest.approx(0.0, abs=1e-6) and high[5, 10] == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(high[:, :2]).all() and (low[:, 4:6] <= high[:, 4:6]).all()


@pytest.fixture
def spectral_paths(tmp_path):
    """Files of PlaSim: 14 records of months 0 to 13 with the number of the month; land is the northern hemisphere."""

    def record(values):
        return " ".join(["0"] * 8) + "\n" + "\n".join(" ".join(f"{value:g}" for value in row) for row in values) + "\n"

    land = np.zeros((64, 128))
    land[:32] = 1.0
    months = "".join(record(np.where(land > 0.5, number, 99.0)) for number in range(14))
    (tmp_path / "months.sra").write_text(months)
    (tmp_path / "land.sra").write_text(record(land))
    return {"vegetation_months": tmp_path / "months.sra", "coarse_land": tmp_path / "land.sra"}


def test_months_of_the_coarse_model(spectral_paths):
    """North first, December and January repeated at the ends; its sea does not leak into the land."""
    wanted = np.zeros(GRID.shape, bool)
    wanted[8:] = True
    field = maps.coarse_months(spectral_paths, "vegetation_months", GRID, wanted)
    for month in range(12):
        np.testing.assert_allclose(field[month][wanted], month + 1.0, rtol=1e-12)


def test_a_cut_file_of_the_coarse_model_is_refused(spectral_paths):
    path = spectral_paths["vegetation_months"]
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ValueError, match="no whole number of T42 records"):
        maps.coarse_months(spectral_paths, "vegetation_months", GRID, np.ones(GRID.shape, bool))
