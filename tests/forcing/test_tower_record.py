"""A record refuses what the land model could not use."""

from dataclasses import replace

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.tower import TowerRecord, TowerSite

SITE = TowerSite("test", 50.0, 10.0, 100.0, 10, 6, 283.0, (0.5,) * 12)
GOOD = {"air_temperature": 280.0, "specific_humidity": 0.005, "eastward_wind": 3.0, "northward_wind": -1.0,
        "surface_pressure": 9.9e4, "shortwave_down": 100.0, "longwave_down": 300.0, "precipitation": 1e-5}


def record(n=6, interval=3600, **changes):
    columns = {name: np.full(n, value) for name, value in GOOD.items()}
    columns.update(changes)
    times = np.datetime64("2001-01-01T00:00:00") + np.arange(n) * np.timedelta64(interval, "s")
    return TowerRecord(path="here.txt", times=times, interval=interval, site=SITE, **columns)


def test_period_runs_from_the_first_start_to_the_last_end():
    assert record().start == np.datetime64("2001-01-01T00:00:00")
    assert record().stop == np.datetime64("2001-01-01T06:00:00")


def test_missing_value_names_file_variable_time_and_count():
    temperature = np.full(6, 280.0)
    temperature[[2, 4]] = np.nan
    with pytest.raises(InputError) as caught:
        record(air_temperature=temperature)
    message = str(caught.value)
    for part in ("here.txt", "air_temperature", "2001-01-01T02:00:00", "2 of 6"):
        assert part in message


@pytest.mark.parametrize("name, value", [("air_temperature", 12.0), ("surface_pressure", 990.0),
                                         ("specific_humidity", 60.0), ("precipitation", 3.0),
                                         ("shortwave_down", -30.0), ("longwave_down", 0.0)])
def test_value_in_a_wrong_unit_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name} is outside.*6 of 6"):
        record(**{name: np.full(6, value)})


def test_uneven_times_are_refused():
    good = record()
    with pytest.raises(InputError, match="without holes"):
        replace(good, times=np.delete(np.append(good.times, good.times[-1] + np.timedelta64(3600, "s")), 3))


@pytest.mark.parametrize("changes, part", [({"latitude": 91.0}, "latitude"), ({"greenness": (0.5,) * 11}, "twelve"),
                                           ({"greenness": (50.0,) * 12}, "twelve"), ({"wind_height": 0.0}, "positive"),
                                           ({"deep_soil_temperature": 10.0}, "deep_soil_temperature")])
def test_impossible_site_is_refused(changes, part):
    with pytest.raises(InputError, match=part):
        replace(SITE, **changes)
