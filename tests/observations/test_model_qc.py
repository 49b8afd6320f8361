"""Tests against the model, each limit from both sides."""

import numpy as np
import pytest

from landda_hpc.config.observations import ModelQC
from landda_hpc.observations.codes import NAMES, NUMBERS
from landda_hpc.observations.model_qc import (
    ModelColumns,
    ModelLimits,
    check_against_model,
    limits_of,
    mean_over_members,
)

N_LAYERS, N_MEMBERS = 4, 5
LIMITS = ModelLimits()


def columns(changes, dtype=np.float64):
    """A model with one point for each change, a dict of fields; ``field[layer]`` is written ``field_layer``."""
    n = len(changes)
    shape, plane = (N_LAYERS, n, N_MEMBERS), (n, N_MEMBERS)
    model = ModelColumns(np.full(shape, 0.25, dtype), np.full(shape, 0.25, dtype), np.full(shape, 285.0, dtype),
                         np.full(plane, 290.0, dtype), np.zeros(plane, dtype), np.zeros(plane, dtype), np.zeros(plane, dtype),
                         np.full(n, 10), np.full(n, 0.3, dtype), np.full(n, 0.45, dtype), np.full(n, 0.05, dtype))
    for point, change in enumerate(changes):
        for name, value in change.items():
            field, _, layer = name.rpartition("_")
            if layer.isdigit():
                getattr(model, field)[int(layer), point] = value
            else:
                getattr(model, name)[point] = value
    return model


def codes_of(changes, values=None, limits=LIMITS, dtype=np.float64):
    model = columns(changes, dtype)
    code = np.zeros(len(changes), np.int16)
    values = np.full(len(changes), 0.25) if values is None else np.asarray(values)
    check_against_model(code, np.arange(len(changes)), values, model, limits)
    return [NAMES[number] for number in code]


FAILURES = [("M1", {"precipitation": 3.1e-6}, {"precipitation": 2.9e-6}),
            ("M2", {"liquid_soil_moisture_2": 0.2498}, {"liquid_soil_moisture_2": 0.24995}),
            ("M3", {"soil_temperature_3": 273.16}, {"soil_temperature_3": np.nextafter(273.16, 300.0) + 1e-9}),
            ("M4", {"skin_temperature": 273.16}, {"skin_temperature": 273.17}),
            ("M5", {"snow_water_equivalent": 1.01}, {"snow_water_equivalent": 1.0}),
            ("M6", {"snow_cover_fraction": 1.1e-4}, {"snow_cover_fraction": 1.0e-4}),
            ("M7", {"land_cover": 5}, {"land_cover": 6}), ("M7", {"land_cover": 1}, {"land_cover": 17}),
            ("M8", {"greenness": 0.71}, {"greenness": 0.7}),
            ("M9", {"porosity": 0.2699}, {"porosity": 0.2701}), ("M10", {"wilting_point": 0.2301}, {"wilting_point": 0.2299})]


def test_each_test_rejects_on_its_side_of_the_limit():
    assert codes_of([bad for _, bad, _ in FAILURES]) == [name for name, _, _ in FAILURES]
    assert codes_of([good for _, _, good in FAILURES]) == ["OK"] * len(FAILURES)


def test_the_first_test_that_fails_gives_the_code():
    changes = [{}]
    for _, bad, _ in reversed(FAILURES):
        changes.append({**changes[-1], **bad})
    assert codes_of(changes) == ["OK", *(name for name, _, _ in reversed(FAILURES))]


def test_a_number_that_is_missing_rejects():
    names = ("precipitation", "soil_moisture_0", "soil_temperature_1", "skin_temperature", "snow_water_equivalent",
             "snow_cover_fraction", "greenness", "porosity", "wilting_point")
    assert codes_of([{name: np.nan} for name in names]) == ["M1", "M2", "M3", "M4", "M5", "M6", "M8", "M9", "M10"]
    assert codes_of([{}], [np.nan]) == ["M9"]


def test_the_mean_over_members_decides():
    model = columns([{}])
    model.precipitation[0] = [1.4e-5, 0.0, 0.0, 0.0, 0.0]  # one wet member, mean 2.8e-6
    model.soil_temperature[0, 0] = [273.0, 273.1, 273.2, 273.3, 273.3]  # mean 273.18
    code = np.zeros(1, np.int16)
    check_against_model(code, np.array([0]), np.array([0.25]), model, ModelLimits())
    assert code[0] == 0
    model.precipitation[0, 0] = 1.6e-5
    check_against_model(code, np.array([0]), np.array([0.25]), model, ModelLimits())
    assert NAMES[code[0]] == "M1"


def test_several_observations_of_a_point_and_earlier_codes_stay():
    model = columns([{}, {"land_cover": 3}])
    code = np.array([0, NUMBERS["B1"], 0, 0], np.int16)
    check_against_model(code, np.array([0, 1, 1, 0]), np.array([0.25, 0.25, 0.25, 0.44]), model, ModelLimits())
    assert [NAMES[number] for number in code] == ["OK", "B1", "M7", "M9"]


def test_frozen_layers_are_an_option():
    changes = [{"soil_temperature_3": 270.0}, {"liquid_soil_moisture_3": 0.1}, {"soil_temperature_0": 270.0}]
    surface = limits_of(ModelQC(frozen_layers=[1]))
    assert codes_of(changes, limits=surface) == ["OK", "OK", "M3"]
    assert limits_of(ModelQC()) == ModelLimits()


def test_a_state_in_single_precision_is_tested_alike():
    # Not at the limits themselves, which single precision rounds.
    cases = [case for case in FAILURES if case[0] not in ("M3", "M4", "M6", "M8")]
    assert codes_of([bad for _, bad, _ in cases], dtype=np.float32) == [name for name, _, _ in cases]
    assert codes_of([good for _, _, good in cases], dtype=np.float32) == ["OK"] * len(cases)
    assert codes_of([{"soil_temperature_0": 273.1}, {"skin_temperature": 273.1}, {"greenness": 0.71}],
                    dtype=np.float32) == ["M3", "M4", "M8"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_means_are_taken_in_double_precision(dtype):
    plane = np.array([[1.0, 1e-8, 1e-8, 1e-8, 1e-8]], dtype)
    assert mean_over_members(plane, 0) == pytest.approx((1.0 + 4e-8) / 5.0, rel=1e-15)
