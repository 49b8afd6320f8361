"""Domains from LDT, GLDAS and GEOGRID files and from several of them."""

import netCDF4
import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain, write_domain
from landda_hpc.domain.formats import open_domain, read_layers
from landda_hpc.errors import InputError
from landda_hpc.noah import tables
from tests.domain.conftest import CELL, COVER, LAND, LATITUDES, LONGITUDES, SHAPE, SOIL, make_domain


def silent(text):
    pass


def refused(*files):
    with pytest.raises(InputError) as error:
        open_domain(files, silent)
    return str(error.value)


def setting(name, values, dims=None):
    """Return a change that replaces one variable of a file."""
    def change(variables, attributes):
        variables[name] = (dims or variables[name][0], values)
    return change


def without(*names):
    def change(variables, attributes):
        for name in names:
            variables.pop(name, None)
            attributes.pop(name, None)
    return change


def attribute(name, value):
    return lambda variables, attributes: attributes.update({name: value})


def test_every_map_of_an_ldt_file_is_at_its_cell(lis_input):
    said = []
    domain = open_domain([lis_input()], said.append)
    own = CELL[LAND]
    latitude, longitude = domain.grid.positions(domain.cell)
    assert said == [] and domain.land_cover_scheme == "modis_igbp"
    assert (latitude == np.repeat(LATITUDES, LAND.sum(axis=1))).all() and (longitude == np.tile(LONGITUDES, (4, 1))[LAND]).all()
    assert (domain.fields["land_cover"] == COVER[LAND]).all() and (domain.fields["soil_class"] == SOIL[LAND]).all()
    month = np.arange(12)[:, None]
    for name, expected in {"elevation": 100.0 * own, "deep_soil_temperature": 285.0 + own, "max_snow_albedo": 0.6 + 0.01 * own,
                           "albedo": 0.2 + 0.01 * month + 0.01 * own, "slope_class": 2, "green_vegetation_fraction_min": 0.1,
                           "green_vegetation_fraction": 0.1 + 0.05 * month + 0.01 * own,
                           "green_vegetation_fraction_max": 0.9}.items():
        np.testing.assert_allclose(domain.fields[name], np.broadcast_to(expected, domain.fields[name].shape), rtol=1e-6)
    assert "lis_input.d01.nc (LDT lis_input)" in domain.attributes["source"]
    assert "depends" in domain.attributes["redistributable"] and "sha256" in domain.attributes["inputs"]


def test_a_converted_file_is_a_domain(lis_input, tmp_path):
    domain = open_domain([lis_input()], silent)
    write_domain(tmp_path / "domain.nc", domain)
    again = read_domain(tmp_path / "domain.nc")
    assert again.n_total == LAND.sum() and (again.fields["slope_class"] == 2).all()
    np.testing.assert_allclose(again.fields["elevation"], domain.fields["elevation"], rtol=1e-6)


def test_rows_north_first_are_turned(lis_input):
    def flip(variables, attributes):
        for name, (dims, values) in variables.items():
            if "north_south" in dims:
                variables[name] = dims, np.asarray(values)[..., ::-1, :]
    straight, flipped = open_domain([lis_input()], silent), open_domain([lis_input(flip, "flipped.nc")], silent)
    assert straight.digest() == flipped.digest()


@pytest.mark.parametrize("first, expected", [(0.125, -180.0), (-179.875, -180.0), (-59.875, -180.0)])
def test_a_globe_begins_at_the_date_line_whatever_the_file_does(gldas, first, expected):
    longitudes = first + 0.25 * np.arange(1440)
    east = np.mod(longitudes + 180.0, 360.0) - 180.0
    values = np.where(np.abs(LATITUDES[:, None]) > 0, east, np.nan)
    layers = read_layers(gldas("GLDAS_elevation", values, longitudes=longitudes))
    assert layers.grid.west == expected
    np.testing.assert_allclose(layers.fields["elevation"], np.broadcast_to(layers.grid.longitudes, (4, 1440)), atol=1e-4)


def test_a_region_across_the_date_line_stays_whole(gldas):
    longitudes = np.array([179.625, 179.875, -179.875, -179.625])
    layers = read_layers(gldas("GLDAS_elevation", np.arange(16.0).reshape(4, 4), longitudes=longitudes))
    assert layers.grid.west == 179.5 and layers.grid.n_columns == 4


def test_coordinates_may_be_missing_over_the_sea(lis_input):
    """As in LIS history files."""
    latitude, longitude = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
    holes = np.where(LAND, 0.0, np.nan)

    def change(variables, attributes):
        setting("lat", latitude + holes)(variables, attributes)
        setting("lon", longitude + holes)(variables, attributes)

    assert open_domain([lis_input(change)], silent).digest() == open_domain([lis_input(name="full.nc")], silent).digest()


def test_water_is_no_candidate_on_land(lis_input):
    def change(variables, attributes):
        fractions = np.zeros((20, *SHAPE))
        fractions[16], fractions[9], fractions[4] = 0.4, 0.35, 0.25
        variables["LANDCOVER"] = variables["LANDCOVER"][0], fractions
    domain = open_domain([lis_input(change)], silent)
    assert (domain.fields["land_cover"] == 10).all()
    np.testing.assert_allclose(domain.fields["land_fraction"], 0.6, rtol=1e-6)


def test_sand_silt_and_clay_stand_in_for_the_texture(lis_input):
    def change(variables, attributes):
        without("TEXTURE")(variables, attributes)
        for name, value in (("SAND", 0.92), ("CLAY", 0.03), ("SILT", 0.05)):
            variables[name] = ("soilfracbins", "north_south", "east_west"), np.full((1, *SHAPE), value)
    assert (open_domain([lis_input(change)], silent).fields["soil_class"] == 1).all()


def test_elevation_bins_count_by_their_share(lis_input):
    def change(variables, attributes):
        dims = ("elevbins", "north_south", "east_west")
        variables["ELEVATION"] = dims, np.stack([np.full(SHAPE, 100.0), np.full(SHAPE, 500.0)])
        variables["ELEVFGRD"] = dims, np.stack([np.full(SHAPE, 0.75), np.full(SHAPE, 0.25)])
    np.testing.assert_allclose(open_domain([lis_input(change)], silent).fields["elevation"], 200.0)


def test_quarters_are_interpolated_to_months(lis_input):
    quarters = np.array([0.2, 0.3, 0.5, 0.4])[:, None, None] * np.ones((4, *SHAPE))
    domain = open_domain([lis_input(setting("ALBEDO", quarters, ("quarter", "north_south", "east_west")))], silent)
    course = domain.fields["albedo"][:, 0]
    assert course[6] == pytest.approx(0.3 + 0.2 * 76 / 92, abs=1e-6)  # 15 July lies 76 of 92 days after 30 April
    assert course[0] == pytest.approx(0.4 - 0.2 * 76 / 92, abs=1e-6)  # 15 January lies 76 of 92 days after 31 October
    assert course[2] == pytest.approx(0.2 + 0.1 * 43 / 89, abs=1e-6)  # 15 March lies 43 of 89 days after 31 January
    assert "quarters" in domain.attributes["source"]


def test_undefined_values_count_as_missing_whether_declared_or_not(gldas):
    values = np.where(LAND, CELL, np.nan)
    for declared in (True, False):
        layers = read_layers(gldas("GLDAS_elevation", values, declared=declared))
        assert (layers.land == LAND).all() and (np.isnan(layers.fields["elevation"]) == ~LAND).all()


def test_percent_is_recognised(lis_input):
    domain = open_domain([lis_input(setting("GREENNESS", np.full((12, *SHAPE), 55.0)))], silent)
    np.testing.assert_allclose(domain.fields["green_vegetation_fraction"], 0.55)
    assert "GREENNESS taken as percent" in domain.attributes["source"]


def test_other_schemes(lis_input):
    def usgs(variables, attributes):
        fractions = np.zeros((24, *SHAPE))
        fractions[6] = 1.0
        variables["LANDCOVER"] = variables["LANDCOVER"][0], fractions
        variables["SURFACETYPE"] = variables["LANDCOVER"][0], np.ones((24, *SHAPE))
        attributes.update(LANDCOVER_SCHEME="USGS", BARESOILCLASS=19, URBANCLASS=1, SNOWCLASS=24, WATERCLASS=16)
    domain = open_domain([lis_input(usgs)], silent)
    assert domain.land_cover_scheme == "usgs" and (domain.fields["land_cover"] == 7).all()


def test_missing_snow_albedo_and_albedo_come_from_the_class_tables(lis_input):
    said = []
    domain = open_domain([lis_input(without("MXSNALBEDO", "ALBEDO", "SHDMIN", "SHDMAX"))], said.append)
    table = tables.class_table("vegetation_modis_igbp.csv")
    cover = domain.fields["land_cover"]
    np.testing.assert_allclose(domain.fields["max_snow_albedo"], table.values("maxalb_pct", cover) / 100.0)
    assert (domain.fields["green_vegetation_fraction_max"] == domain.fields["green_vegetation_fraction"][11]).all()
    np.testing.assert_allclose(domain.fields["albedo"][11], table.values("albedo_min", cover))
    np.testing.assert_allclose(domain.fields["albedo"][0], table.values("albedo_max", cover))
    assert {"max_snow_albedo: class table", "albedo: class table by greenness"} <= set(said)
    assert "max_snow_albedo: class table" in domain.attributes["method"]


@pytest.mark.parametrize("change, parts", [
    (without("LANDCOVER"), ["land_cover (LANDCOVER of LDT"]), (without("TEXTURE"), ["soil_class (TEXTURE"]),
    (without("GREENNESS"), ["green_vegetation_fraction (GREENNESS", "--from"]),
    (without("ELEVATION", "TBOT"), ["elevation (ELEVATION", "deep_soil_temperature (TBOT"]),
    (attribute("MAP_PROJECTION", "LAMBERT CONFORMAL"), ["LAMBERT CONFORMAL", "EQUIDISTANT"]),
    (attribute("LANDCOVER_SCHEME", "ECOCLIMAP2"), ["ECOCLIMAP2", "expected", "USGS"]),
    (without("LANDCOVER_SCHEME"), ["no attribute LANDCOVER_SCHEME"]),
    (attribute("WATERCLASS", 16), ["WATERCLASS = 16, expected 17"]),
    (attribute("SOILTEXT_SCHEME", "ZOBLER"), ["ZOBLER", "STATSGO"]),
    (setting("LANDMASK", np.zeros(SHAPE)), ["no land point"]),
    (setting("LANDCOVER", np.full((20, *SHAPE), 0.2)), ["LANDCOVER", "no fraction", "4"]),
    (setting("TBOT", np.full(SHAPE, 12.0)), ["deep_soil_temperature is not within 200 to 320 K", "first 12"]),
    (setting("SLOPETYPE", np.full(SHAPE, 11.0)), ["SLOPETYPE", "11", "1 to 9"]),
    (setting("GREENNESS", np.ones((7, *SHAPE)), ("week", "north_south", "east_west")), ["GREENNESS has 7", "12 months"]),
    (setting("TBOT", np.where(np.arange(5) > 1, 285.0, np.nan) * np.ones(SHAPE)),
     ["deep_soil_temperature is missing at 6 of 15"])])
def test_what_cannot_be_used_is_refused(lis_input, tmp_path, change, parts):
    path = lis_input(change)
    with pytest.raises(InputError) as error:
        write_domain(tmp_path / "domain.nc", open_domain([path], silent))
    for part in parts:
        assert part in str(error.value)


def test_classes_out_of_range_are_refused(lis_input, gldas):
    def change(variables, attributes):
        fractions = np.zeros((24, *SHAPE))
        fractions[22] = 1.0
        for name in ("LANDCOVER", "SURFACETYPE"):
            variables[name] = variables[name][0], fractions
    text = refused(lis_input(change))
    assert "LANDCOVER has classes" in text and "23 at 40.125 N -9.875 E" in text and "1 to 20" in text
    assert "15 land cells" in text
    text = refused(gldas("GLDAS_soiltex", np.full(SHAPE, 25.0)))
    assert "GLDAS_soiltex has classes" in text and "1 to 19" in text


@pytest.mark.parametrize("latitudes, longitudes, part", [
    (40.0 + np.array([0.0, 0.25, 0.6, 0.75]), LONGITUDES, "latitude is not evenly spaced"),
    (LATITUDES, LONGITUDES[::-1], "longitude is not evenly spaced and ascending"),
    (40.0 + 0.5 * np.arange(4), LONGITUDES, "regular grid"),
    (40.01 + 0.25 * np.arange(4), LONGITUDES, "divides the globe"),
    (89.375 + 0.25 * np.arange(4), LONGITUDES, "beyond a pole")])
def test_grids_that_are_not_regular_are_refused(gldas, latitudes, longitudes, part):
    assert part in refused(gldas("GLDAS_elevation", CELL, latitudes, longitudes))


def test_a_turned_grid_is_refused(lis_input):
    latitude, longitude = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
    change = setting("lat", latitude + 0.02 * np.arange(5))
    assert "along one row the latitude differs" in refused(lis_input(change))


def test_gldas_files_are_completed_by_a_domain(gldas, small_domain, tmp_path):
    """The second file covers more than the grid of the first."""
    wide = make_domain(small_domain().grid._replace(n_rows=8, n_columns=9, south=39.5, west=-10.75), np.ones((8, 9), bool))
    write_domain(tmp_path / "domain.nc", wide)
    sea = np.where(LAND, 0.0, np.nan)
    files = [gldas("GLDAS_mask", LAND * 1.0), gldas("GLDAS_elevation", CELL + sea), gldas("GLDAS_domveg", COVER + sea),
             gldas("GLDAS_soiltex", SOIL + sea)]
    assert "green_vegetation_fraction (GREENNESS" in refused(*files)
    domain = open_domain([*files, tmp_path / "domain.nc"], silent)
    assert (domain.fields["land_cover"] == COVER[LAND]).all() and (domain.fields["soil_class"] == SOIL[LAND]).all()
    np.testing.assert_allclose(domain.fields["elevation"], CELL[LAND], rtol=1e-6)
    inner = np.array([row * 9 + column for row, column in np.argwhere(LAND) + 2])
    for name in ("climate_air_temperature", "albedo", "deep_soil_temperature"):
        np.testing.assert_allclose(domain.fields[name], wide.fields[name][..., inner], rtol=1e-6)


def test_the_first_file_counts_and_the_next_fills(lis_input, small_domain, tmp_path):
    write_domain(tmp_path / "domain.nc", small_domain())
    holes = np.full(SHAPE, 285.0)
    holes[1, 1] = np.nan
    said = []
    domain = open_domain([lis_input(setting("TBOT", holes)), tmp_path / "domain.nc"], said.append)
    where = int(LAND[:1].sum() + LAND[1, :1].sum())
    assert domain.fields["deep_soil_temperature"][where] == pytest.approx(small_domain().fields["deep_soil_temperature"][where])
    assert np.isin(np.delete(domain.fields["deep_soil_temperature"], where), 285.0).all()
    assert "deep_soil_temperature: 1 land points from the next file" in said
    for name in ("climate_precipitation", "climate_air_temperature"):
        np.testing.assert_allclose(domain.fields[name], small_domain().fields[name], rtol=1e-6)


def test_what_a_domain_was_made_from_stays_with_it(lis_input, small_domain, tmp_path):
    own = {"source": "maps of others", "method": "by hand", "redistributable": "no: terms apply"}
    write_domain(tmp_path / "domain.nc", small_domain()._replace(attributes=own))
    for files in ([tmp_path / "domain.nc"], [lis_input(), tmp_path / "domain.nc"]):
        attributes = open_domain(files, silent).attributes
        assert "maps of others" in attributes["source"] and "by hand" in attributes["source"]
        assert attributes["redistributable"] == "no: terms apply"


def test_a_small_gap_takes_the_nearest_cell_and_is_counted(gldas, small_domain, tmp_path):
    """Neither file has a land cover in one of 160 cells; it lies among grassland, 15 cells from the cropland."""
    longitudes = -10.125 + 0.25 * np.arange(40)
    land = np.ones((4, 40), bool)
    land[2, 5] = False
    write_domain(tmp_path / "domain.nc", make_domain(small_domain().grid._replace(n_columns=40), land))
    cover = np.where(np.arange(40) < 20, 10.0, 12.0) * np.ones((4, 40))
    cover[2, 5] = 17.0
    said = []
    files = [gldas("GLDAS_mask", np.ones((4, 40)), longitudes=longitudes), gldas("GLDAS_domveg", cover, longitudes=longitudes)]
    domain = open_domain([*files, tmp_path / "domain.nc"], said.append)
    assert domain.n_total == 160 and domain.fields["land_cover"][2 * 40 + 5] == 10
    assert domain.fields["elevation"][2 * 40 + 5] in domain.fields["elevation"][[2 * 40 + 4, 2 * 40 + 6, 40 + 5, 3 * 40 + 5]]
    assert "land_cover: 1 land points from the nearest cell" in said
    assert "land_cover: 1 land points from the nearest cell" in domain.attributes["method"]


def test_grids_that_do_not_agree_are_refused(lis_input, gldas, small_domain, tmp_path):
    write_domain(tmp_path / "domain.nc", make_domain(small_domain().grid._replace(n_columns=3), LAND[:, :3]))
    text = refused(lis_input(), tmp_path / "domain.nc")
    assert "domain.nc: climate_air_temperature is missing at 5 of 15" in text and "the same region" in text
    text = refused(lis_input(), "5deg")
    assert "domain_5deg.nc does not have the cells of the first file" in text and "found" in text and "expected" in text
    narrow = gldas("GLDAS_elevation", CELL[:, :3], LATITUDES, LONGITUDES[:3])
    assert "does not have the cells" in refused(lis_input(), narrow)
    half = gldas("GLDAS_elevation", CELL, LATITUDES + 0.125, LONGITUDES)
    assert "does not have the cells" in refused(lis_input(), half)


def test_classes_of_two_schemes_are_not_mixed(lis_input, small_domain, tmp_path):
    write_domain(tmp_path / "domain.nc", small_domain()._replace(land_cover_scheme="umd"))
    fractions = np.zeros((20, *SHAPE))
    fractions[9] = 1.0
    fractions[:, 0, 1], fractions[:, 0, 2] = 0.0, 0.0
    assert "land_cover is missing at 2 of 15" in refused(lis_input(setting("LANDCOVER", fractions)), tmp_path / "domain.nc")


def test_geogrid_files_are_read(geo_em):
    domain = open_domain([geo_em()], silent)
    own, month = CELL[LAND], np.arange(12)[:, None]
    assert (domain.fields["land_cover"] == COVER[LAND]).all() and (domain.fields["soil_class"] == SOIL[LAND]).all()
    np.testing.assert_allclose(domain.fields["albedo"], 0.2 + 0.01 * month + 0.01 * own, rtol=1e-6)
    np.testing.assert_allclose(domain.fields["max_snow_albedo"], 0.6 + 0.01 * own, rtol=1e-6)
    np.testing.assert_allclose(domain.fields["deep_soil_temperature"], 290.0 + own - 0.65 * own, rtol=1e-6)
    assert (domain.fields["slope_class"] == 1).all()


@pytest.mark.parametrize("name, value, part", [
    ("MAP_PROJ", np.int32(1), "Lambert conformal"), ("POLE_LAT", np.float32(40.0), "turned pole"),
    ("MMINLU", "NLCD40", "NLCD40"), ("ISURBAN", np.int32(1), "ISURBAN = 1, expected 13")])
def test_other_geogrid_files_are_refused(geo_em, name, value, part):
    assert part in refused(geo_em(attribute(name, value)))


def test_what_is_no_map_is_refused(tmp_path):
    (tmp_path / "text.nc").write_text("text")
    assert "cannot be read" in refused(tmp_path / "text.nc")
    with netCDF4.Dataset(tmp_path / "other.nc", "w") as file:
        file.createDimension("north_south", 2)
        file.createVariable("SoilMoist_inst", "f4", ("north_south",))
    text = refused(tmp_path / "other.nc")
    assert "found     SoilMoist_inst" in text and "lis_input" in text
    assert "does not exist" in refused(tmp_path / "none.nc") or "cannot be read" in refused(tmp_path / "none.nc")


def test_real_files_of_gldas_and_lis(shared_data):
    layers = read_layers(shared_data / "data/static/repo_hrldas/GLDASp4_elevation_025d.nc4")
    assert layers.land.sum() == 243883 and (layers.grid.south, layers.grid.west) == (-60.0, -180.0)
    elevation = layers.fields["elevation"]
    place = {"Lhasa": (29.7, 91.1, 3600, 5500), "Dead Sea": (31.4, 35.4, -450, 500), "Bondville": (40.0, -88.4, 150, 300),
             "Altiplano": (-18.4, -67.6, 3500, 4500)}
    for latitude, longitude, low, high in place.values():
        assert low < elevation[int((latitude + 60.0) * 4), int((longitude + 180.0) * 4)] < high
    history = refused(shared_data / "data/products/lis_history/LIS_HIST_201703300000.d01.nc")
    assert "no file that a domain can be made from" in history


def test_axes_of_a_real_lis_history(shared_data):
    """Coordinates missing over the sea; the corner that the attributes tell is the centre of the first cell."""
    from landda_hpc.domain.layers import read_axes

    with netCDF4.Dataset(shared_data / "data/products/lis_history/LIS_HIST_201703300000.d01.nc") as file:
        axes = read_axes("lis", file.variables["lat"][:], file.variables["lon"][:])
        assert not axes.north_first and axes.grid.shape == (100, 50)
        assert axes.grid.latitudes[0] == pytest.approx(file.SOUTH_WEST_CORNER_LAT, abs=1e-5)
        assert axes.grid.longitudes[0] == pytest.approx(file.SOUTH_WEST_CORNER_LON, abs=1e-5)
