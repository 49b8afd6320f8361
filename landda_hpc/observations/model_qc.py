"""Tests of observations against the ensemble mean of the model, after the bias correction (assimilation spec, 4.3).

Codes M1 to M10, the first test that fails; the gross check M11 is the filter's. A mean that is not a
number fails the test it is needed for.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel
from landda_hpc.observations.codes import NUMBERS

_M1, _M2, _M3, _M4, _M5, _M6, _M7, _M8, _M9, _M10 = (NUMBERS[f"M{number}"] for number in range(1, 11))

ALL_LAYERS = -1


class ModelLimits(NamedTuple):
    """Limits of the tests.

    ``rain`` [kg m-2 s-1], ``ice`` [m3 m-3], ``freeze`` [K], ``snow_water`` [kg m-2], ``snow_cover`` [1], ``forest_classes``:
    one bit for each land-cover class, ``greenness`` [1], ``margin`` [m3 m-3], ``frozen_layers``: one bit for each layer.
    """

    rain: float = 3.0e-6
    ice: float = 1.0e-4
    freeze: float = 273.16
    snow_water: float = 1.0
    snow_cover: float = 1.0e-4
    forest_classes: int = 0b111110  # MODIS-IGBP 1 to 5
    greenness: float = 0.7
    margin: float = 0.02
    frozen_layers: int = ALL_LAYERS


class ModelColumns(NamedTuple):
    """What the tests need of the model at the step of the analysis.

    ``soil_moisture``, ``liquid_soil_moisture``, ``soil_temperature`` ``(n_layers, n_points, n_members)``; ``skin_temperature``,
    ``snow_water_equivalent``, ``snow_cover_fraction`` and the total ``precipitation`` that the members received
    ``(n_points, n_members)``, the latter perhaps as its mean ``(n_points, 1)``; ``land_cover``, ``greenness``, ``porosity``,
    ``wilting_point`` ``(n_points,)``. SI units.
    """

    soil_moisture: np.ndarray
    liquid_soil_moisture: np.ndarray
    soil_temperature: np.ndarray
    skin_temperature: np.ndarray
    snow_water_equivalent: np.ndarray
    snow_cover_fraction: np.ndarray
    precipitation: np.ndarray
    land_cover: np.ndarray
    greenness: np.ndarray
    porosity: np.ndarray
    wilting_point: np.ndarray


def limits_of(section):
    """Return :class:`ModelLimits` of a :class:`landda_hpc.config.observations.ModelQC`."""
    layers = section.frozen_layers
    return ModelLimits(section.rain, section.ice, section.freeze, section.swe_mm, section.snow_cover,
                       sum(1 << number for number in set(section.forest_classes)), section.gvf_max, section.margin,
                       ALL_LAYERS if layers == "all" else sum(1 << (layer - 1) for layer in set(layers)))


def passes_state_tests(model, limits):
    """Return where the model passes M1 to M6, whatever an observation says ``(n_points,)``.

    Parameters
    ----------
    model : ModelColumns
    limits : ModelLimits
    """
    open_limits = limits._replace(forest_classes=0, greenness=np.inf)
    code = np.zeros(len(model.porosity), np.int16)
    _state_codes(code, model, open_limits)
    return code == 0


@driver_kernel(mixed_precision=True)
def _state_codes(code, model, limits):
    """Set the code of the first of the tests M1 to M8 that each point fails."""
    for point in range(len(code)):
        code[point] = _state_code(point, model, limits)


@driver_kernel(mixed_precision=True)
def check_against_model(code, point, value, model, limits):
    """Give each accepted observation the code of the first test that it fails.

    Parameters
    ----------
    code : ndarray of int16 (n_obs,)
        Changed in place where it is 0.
    point : ndarray of int64 (n_obs,)
        Index into the points of ``model``: of the band, not of the whole run.
    value : ndarray (n_obs,)
        Soil moisture after the bias correction [m3 m-3].
    model : ModelColumns
    limits : ModelLimits
    """
    for obs in range(len(code)):
        if code[obs] == 0:
            place = point[obs]
            code[obs] = _state_code(place, model, limits)
            if code[obs] == 0:
                code[obs] = _value_code(value[obs], place, model, limits)


@driver_kernel(mixed_precision=True)
def _state_code(point, model, limits):
    """Return the code of the first test M1 to M8 that the point fails, else 0."""
    if not mean_over_members(model.precipitation, point) <= limits.rain:
        return _M1
    n_layers = model.soil_moisture.shape[0]
    for layer in range(n_layers):
        frozen = abs(mean_over_members(model.soil_moisture[layer], point)
                     - mean_over_members(model.liquid_soil_moisture[layer], point))
        if (limits.frozen_layers >> layer) & 1 and not frozen <= limits.ice:
            return _M2
    for layer in range(n_layers):
        if (limits.frozen_layers >> layer) & 1 and not mean_over_members(model.soil_temperature[layer], point) > limits.freeze:
            return _M3
    if not mean_over_members(model.skin_temperature, point) > limits.freeze:
        return _M4
    if not mean_over_members(model.snow_water_equivalent, point) <= limits.snow_water:
        return _M5
    if not mean_over_members(model.snow_cover_fraction, point) <= limits.snow_cover:
        return _M6
    if (limits.forest_classes >> model.land_cover[point]) & 1:
        return _M7
    if not model.greenness[point] <= limits.greenness:
        return _M8
    return 0


@driver_kernel(mixed_precision=True)
def _value_code(value, point, model, limits):
    """Return the code of the first test M9 or M10 that the value fails, else 0."""
    if not model.porosity[point] - value >= limits.margin:
        return _M9
    if not value - model.wilting_point[point] >= limits.margin:
        return _M10
    return 0


@driver_kernel(mixed_precision=True)
def mean_over_members(plane, point):
    """Return the ensemble mean of a plane ``(n_points, n_members)`` at a point, in the order of the members."""
    total = 0.0
    n_members = plane.shape[1]
    for member in range(n_members):
        total += plane[point, member]
    return total / n_members
