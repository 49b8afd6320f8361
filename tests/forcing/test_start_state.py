"""The guessed start state lies between air and deep soil."""

import numpy as np
import pytest

from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.start_state import estimate_start_state


def test_soil_temperature_goes_from_the_air_of_the_season_to_the_deep_soil():
    record = read_tower("sample")
    state = estimate_start_state(record, (0.1, 0.3, 0.6, 1.0))
    month = record.air_temperature[:30 * 24].mean()
    assert month < state["soil_temperature"][0] < state["soil_temperature"][3] < record.site.deep_soil_temperature
    thin = estimate_start_state(record, (1e-6, 40.0))
    assert thin["soil_temperature"][0] == pytest.approx(month, abs=1e-4)
    assert thin["soil_temperature"][1] == pytest.approx(record.site.deep_soil_temperature, abs=1e-2)


def test_the_rest_is_dry_and_without_snow():
    record = read_tower("sample")
    state = estimate_start_state(record, (0.1, 0.3))
    assert state["skin_temperature"] == record.air_temperature[0]
    assert (state["canopy_water"], state["snow_water_equivalent"], state["snow_depth"]) == (0.0, 0.0, 0.0)
    assert "soil_moisture" not in state
    assert np.isfinite(state["soil_temperature"]).all()
