"""Observations that are taken as they are: a saturation fills that part of the pores."""

from types import SimpleNamespace

import numpy as np
import pytest

from landda_hpc.bias.codes import MISSING, USABLE
from landda_hpc.config.observations import Ascat, Sensors, Smap
from landda_hpc.observations.batch import PERCENT, VOLUMETRIC
from landda_hpc.workflow.bias_correction import bias_correction

POROSITY = np.array([0.4, 0.5])


@pytest.mark.parametrize("sensor, units, value, expected, std", [
    ("ascat", PERCENT, [50.0, 20.0, np.nan], [0.2, 0.1, np.nan], [0.04, 0.05, 0.05]),
    ("smap", VOLUMETRIC, [0.3, 0.1, np.nan], [0.3, 0.1, np.nan], [0.02, 0.02, 0.02]),
])
def test_values_and_errors_by_hand(sensor, units, value, expected, std):
    sensors = Sensors(ascat=Ascat(bias="none"), smap=Smap(bias="none"))
    assert sensors.matched() == ()
    correct = bias_correction(SimpleNamespace(sensors=sensors), ".", sensor, None, None, POROSITY, None)
    found = correct(SimpleNamespace(point=np.array([0, 1, 1]), value=np.array(value), units=units))
    assert found.value == pytest.approx(expected, nan_ok=True) and found.error_std == pytest.approx(std)
    assert found.code.tolist() == [USABLE, USABLE, MISSING]
