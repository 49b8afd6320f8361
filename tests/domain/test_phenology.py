"""Seasons from the climate and the soil classes that go with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landda_hpc.domain import phenology, texture_table

MONTHS = np.arange(12)
WINTER, SUMMER = 270.0, 295.0
TEMPERATE = 282.0 - 13.0 * np.cos(2.0 * np.pi * (MONTHS - 0.5) / 12.0)  # K, coldest in January
WET, DRY = 4.0e-5, 1.0e-7  # kg m-2 s-1


def test_nothing_grows_in_the_cold_or_without_water():
    assert (phenology.growth_index(np.full(12, 265.0), np.full(12, WET)) == 0.0).all()
    assert phenology.growth_index(np.full(12, SUMMER), np.full(12, DRY)).max() < 0.02


def test_warm_and_wet_is_full_growth():
    np.testing.assert_allclose(phenology.growth_index(np.full(12, SUMMER), np.full(12, 2.0 * WET)), 1.0)


def test_growth_follows_the_warmth_where_it_is_cold_in_winter():
    index = phenology.growth_index(TEMPERATE, np.full(12, WET))
    assert index.argmax() in (6, 7, 8) and index.argmin() in (0, 1, 2) and index.min() < 0.1


def test_growth_follows_the_rain_where_it_is_always_warm():
    rain = np.where((MONTHS >= 6) & (MONTHS <= 8), 2.0 * WET, DRY)
    index = phenology.growth_index(np.full(12, 300.0), rain)
    assert index.argmax() in (7, 8, 9) and index[4] < 0.05


@given(arrays(float, (12, 3), elements=st.floats(220.0, 315.0)), arrays(float, (12, 3), elements=st.floats(0.0, 3e-4)))
def test_growth_is_a_fraction(temperature, precipitation):
    index = phenology.growth_index(temperature, precipitation)
    assert index.shape == (12, 3) and index.min() >= 0.0 and index.max() <= 1.0


def test_a_stretched_course_runs_between_its_ends():
    index = phenology.growth_index(TEMPERATE, np.full(12, WET))[:, None] * np.array([1.0, 0.5])
    course = phenology.stretched(index, np.array([0.1, 0.2]), np.array([0.8, 0.3]))
    np.testing.assert_allclose(course.min(axis=0), [0.1, 0.2], rtol=1e-12)
    np.testing.assert_allclose(course.max(axis=0), [0.8, 0.3], rtol=1e-12)
    assert (course.argmax(axis=0) == index.argmax(axis=0)).all()


def test_without_a_season_the_course_is_the_mean():
    np.testing.assert_allclose(phenology.stretched(np.full((12, 1), 0.7), np.array([0.2]), np.array([0.6])), 0.4)


def combination(cover, kelvin, millimetres):
    rate = millimetres / texture_table.SECONDS_PER_YEAR
    return texture_table.classes(np.array([cover]), np.full((12, 1), kelvin), np.full((12, 1), rate))[0]


def test_the_soil_of_known_places():
    assert combination(15, 255.0, 400.0) == 16, "ice"
    assert combination(2, 299.0, 2000.0) in (7, 9, 10, 12), "tropical forest has clay"


def test_every_combination_has_a_soil_that_noah_can_use():
    cover, warmth, wetness = (index.ravel() for index in np.indices(texture_table.SHAPE))
    temperature = np.array([260.0, 270.0, 283.0, 292.0, 300.0])[warmth] * np.ones((12, 1))
    rate = np.array([100.0, 400.0, 900.0, 2000.0])[wetness] / texture_table.SECONDS_PER_YEAR * np.ones((12, 1))
    soil = texture_table.classes(cover + 1, temperature, rate)
    assert len(soil) == 16 * 5 * 4 and np.isin(soil, [*range(1, 14), 16]).all()


def test_places_on_the_edges_belong_to_the_warmer_and_wetter_side():
    edge = texture_table.combination(np.array([1]), np.full((12, 1), texture_table.TEMPERATURE_EDGES[0]), np.zeros((12, 1)))
    assert [int(index[0]) for index in edge] == [0, 1, 0]


def test_a_class_that_the_table_does_not_have_is_refused():
    with pytest.raises(IndexError):
        combination(17, 290.0, 500.0)
