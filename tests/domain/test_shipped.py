"""The domains in the package: complete, plausible, and free to be passed on."""

from pathlib import Path

import numpy as np
import pytest

from landda_hpc.domain import sources, texture_table
from landda_hpc.domain.build import build_domain
from landda_hpc.domain.dataset import FIELDS, SHIPPED, domain_path, read_domain
from landda_hpc.domain.grid import Grid

LAND_AREA = 134.0e12  # m2, of the globe without Antarctica; cells that are land for less than a half are missing
#: Area shares of the IGBP classes in MCD12C1 [%], to within a third and half a percent.
SHARES = {2: 9.6, 7: 10.4, 8: 8.7, 9: 12.5, 10: 23.0, 12: 9.7, 16: 15.2}
NOT_TO_BE_PASSED_ON = ("HWSD", "Harmonized World Soil", "PlaSim", "permamodel", "exoplasim", "T_SAND", "T_CLAY", "T_OC",
                       "N064_surf")


@pytest.fixture(params=SHIPPED)
def domain(request):
    return read_domain(request.param)


def at(domain, name, latitude, longitude):
    """Return a field at the land point nearest to a place, which must be in the same cell or the next."""
    latitudes, longitudes = domain.grid.positions(domain.cell)
    distance = np.hypot(latitudes - latitude, longitudes - longitude)
    assert distance.min() < 1.5 * domain.grid.resolution
    return domain.fields[name][..., distance.argmin()]


def test_every_field_is_there(domain):
    assert set(FIELDS) - set(domain.fields) <= {"slope_class"}
    assert domain.land_cover_scheme == "modis_igbp"


def test_the_land_is_that_of_the_earth(domain):
    assert 0.88 * LAND_AREA < domain.area.sum() < LAND_AREA
    cells = {"5deg": 603, "2.5deg": 2421}
    assert domain.n_total == cells[next(name for name, file in SHIPPED.items() if domain.path.endswith(file))]


def test_class_shares_are_plausible(domain):
    share = 100.0 * np.bincount(domain.fields["land_cover"], domain.area, 18) / domain.area.sum()
    for number, expected in SHARES.items():
        assert share[number] == pytest.approx(expected, rel=0.35, abs=0.5), number
    assert share[17] == 0.0
    soil = np.bincount(domain.fields["soil_class"], domain.area, 20) / domain.area.sum()
    assert soil[[14, 15, 17, 18, 19]].sum() == 0.0 and soil[[1, 2, 3, 6, 7, 9, 12]].sum() > 0.8


def test_places_that_everyone_knows(domain):
    assert at(domain, "land_cover", 23.0, 10.0) == 16 and at(domain, "land_cover", -3.0, -62.0) == 2
    assert at(domain, "land_cover", 73.0, -40.0) == 15 and at(domain, "elevation", 73.0, -40.0) > 2400.0
    assert at(domain, "elevation", 33.0, 87.0) > 4300.0 and abs(at(domain, "elevation", -3.0, -62.0)) < 200.0
    siberia, india = at(domain, "climate_air_temperature", 66.0, 128.0), at(domain, "climate_precipitation", 22.0, 80.0)
    assert siberia[0] < 240.0 < 280.0 < siberia[6] and india[6:8].mean() > 10.0 * india[[11, 0, 1, 2]].mean()
    assert 294.0 < at(domain, "deep_soil_temperature", 23.0, 10.0) < 300.0
    greenness = at(domain, "green_vegetation_fraction", 41.0, -93.0)
    assert greenness.argmax() in (5, 6, 7, 8) and greenness.max() > 0.6 > 0.35 > greenness.min()
    assert at(domain, "green_vegetation_fraction", 23.0, 10.0).max() == 0.0


def test_what_is_bare_has_no_vegetation_and_the_course_stays_in_its_range(domain):
    fields = domain.fields
    bare = np.isin(fields["land_cover"], [15, 16])
    assert fields["green_vegetation_fraction"][:, bare].max() == 0.0
    assert (fields["green_vegetation_fraction"] >= fields["green_vegetation_fraction_min"] - 1e-6).all()
    assert (fields["green_vegetation_fraction"] <= fields["green_vegetation_fraction_max"] + 1e-6).all()


def test_shipped_domains_may_be_passed_on(domain):
    """Made without HWSD and PlaSim: neither their sources nor their files, and the texture is that of the small table."""
    attributes, fields = domain.attributes, domain.fields
    assert attributes["redistributable"] == "yes"
    for text in (attributes["source"], attributes["inputs"], attributes["method"]):
        assert not any(word in text for word in NOT_TO_BE_PASSED_ON)
    assert "--redistributable" in attributes["command"]
    for item in sources.MAPS.values():
        assert (item.citation in attributes["source"]) == item.redistributable
        assert (Path(item.member).name in attributes["inputs"]) == item.redistributable
    expected = texture_table.classes(fields["land_cover"], fields["climate_air_temperature"], fields["climate_precipitation"])
    assert (fields["soil_class"] == expected).mean() > 0.995  # the climate is stored in single precision


def test_notice_and_readme_name_every_source():
    root = Path(__file__).parents[2]
    texts = (root / "NOTICE").read_text(), (domain_path("5deg").parent / "README.md").read_text()
    for item in sources.MAPS.values():
        if item.redistributable:
            assert all(item.wheel in text for text in texts), item.wheel
    assert all("Copernicus Climate Change Service information" in text for text in texts)


@pytest.mark.slow
@pytest.mark.parametrize("name, resolution", [("5deg", 5.0), ("2.5deg", 2.5)])
def test_the_maps_still_give_the_shipped_domain(name, resolution):
    wanted = [key for key, item in sources.MAPS.items() if item.redistributable]
    folder = sources.cache_folder()
    if not all((folder / sources.MAPS[key].wheel / Path(sources.MAPS[key].member).name).exists() for key in wanted):
        pytest.skip("the global maps are not in the cache; `landda static --resolution 5` fetches them")
    built, shipped = build_domain(Grid.covering(resolution), True, say=lambda text: None), read_domain(name)
    for expected, found in zip(built.grid.positions(built.cell), shipped.grid.positions(shipped.cell)):
        np.testing.assert_allclose(found, expected)
    for key, values in built.fields.items():
        np.testing.assert_allclose(shipped.fields[key], values, rtol=2e-6, atol=1e-6, err_msg=key)
