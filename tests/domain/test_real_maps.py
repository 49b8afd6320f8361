"""The 0.25-degree domain against maps that it was not made from; the numbers were measured, the limits leave a little room."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from landda_hpc.domain import sources
from landda_hpc.domain.build import build_domain
from landda_hpc.domain.grid import Grid

pytestmark = pytest.mark.slow
TOOL = Path(__file__).parents[2] / "tools" / "compare_domain.py"


@pytest.fixture(scope="module")
def domain():
    folder = sources.cache_folder()
    if not all((folder / item.wheel / Path(item.member).name).exists() for item in sources.MAPS.values()):
        pytest.skip("the global maps are not in the cache; `landda static --resolution 0.25` fetches them")
    return build_domain(Grid.covering(0.25), say=lambda text: None)


@pytest.fixture(scope="module")
def comparison(domain, shared_data):
    specification = importlib.util.spec_from_file_location("compare_domain", TOOL)
    tool = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(tool)
    if not all((shared_data / "data" / path).exists() for path in tool.REFERENCES):
        pytest.skip("the reference maps are not here")
    return tool.compare(domain, shared_data / "data").numbers


@pytest.mark.parametrize("place, latitude, longitude, soils, covers, heights", [
    ("Loobos", 52.167, 5.744, (1, 2, 3), (5, 8, 9, 10, 12, 14), (0.0, 60.0)),
    ("Bondville", 40.006, -88.292, (4, 6, 8), (12,), (190.0, 240.0)),
    ("Walnut Gulch", 31.742, -110.052, (3, 6, 7), (7, 10), (1200.0, 1700.0)),
    ("Summit", 72.58, -38.46, (16,), (15,), (2900.0, 3300.0)),
    ("Rub al Khali", 20.0, 50.0, (1, 2), (16,), (200.0, 600.0))])
def test_known_places(domain, place, latitude, longitude, soils, covers, heights):
    latitudes, longitudes = domain.grid.positions(domain.cell)
    point = np.hypot(latitudes - latitude, longitudes - longitude).argmin()
    fields = domain.fields
    assert fields["soil_class"][point] in soils and fields["land_cover"][point] in covers
    assert heights[0] <= fields["elevation"][point] <= heights[1]


@pytest.mark.parametrize("map_name", ["mask", "elevation", "soil", "land cover"])
def test_no_map_is_shifted(comparison, map_name):
    """A shift by one cell in any direction makes the agreement worse."""
    assert comparison[f"{map_name}: best shift (rows, columns)"] == (0, 0)


def test_the_mask_is_that_of_gldas(comparison):
    assert comparison["land points"] == pytest.approx(240000, rel=0.03)
    assert comparison["mask: both over either, by area"] > 0.99


def test_the_elevation_is_that_of_gldas(comparison):
    assert comparison["elevation outside the ice of Greenland: correlation"] > 0.995
    assert abs(comparison["elevation outside the ice of Greenland: bias [m]"]) < 5.0
    assert comparison["elevation outside the ice of Greenland: RMSE [m]"] < 70.0
    assert abs(comparison["elevation on the ice of Greenland: bias [m]"]) < 120.0
    assert comparison["elevation on the ice of Greenland: RMSE [m]"] < 300.0


def test_the_soil_agrees_with_that_of_ecmwf_better_than_by_chance(comparison):
    """HWSD against the older FAO map: they are of one kind on three fifths of the land, by chance on two fifths."""
    found, chance = (comparison[f"soil: {name}"] for name in ("compatible type, mineral soils, share of the area",
                                                              "the same by chance"))
    assert found > 0.57 and (found - chance) / (1.0 - chance) > 0.25


def test_the_land_cover_is_that_of_modis_in_another_year(comparison):
    assert comparison["land cover: same class, share of the area"] > 0.88
    assert comparison["land cover: greatest difference of a class's share of the land"] < 0.005
