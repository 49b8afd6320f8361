"""Forcing of time steps: constant within a record, averaged over several, refused before a step that lacks it."""

from dataclasses import replace

import numpy as np
import pytest

from landda_hpc.domain.points import Band
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.series import TowerForcing
from landda_hpc.forcing.tower import TowerRecord, TowerSite
from landda_hpc.variables import FORCING

START = np.datetime64("2001-01-01T00:00:00")
ONE = Band(0, 1, 1)


def record(n=8, interval=3600, start=START, path="a.dat", base=280.0):
    site = TowerSite("tower", 50.0, 10.0, 100.0, 10, 6, 283.0, (0.5,) * 12)
    ramp = np.arange(n, dtype=float)
    columns = {"air_temperature": base + ramp, "specific_humidity": 0.005 + ramp * 1e-5,
               "eastward_wind": np.where(ramp % 2, 3.0, -3.0), "northward_wind": np.full(n, 1.0),
               "surface_pressure": 99000.0 + ramp, "shortwave_down": ramp * 10, "longwave_down": 300.0 + ramp,
               "precipitation": ramp * 1e-5}
    times = start + np.arange(n) * np.timedelta64(interval, "s")
    return TowerRecord(path=path, times=times, interval=interval, site=site, **columns)


def after(seconds):
    return START + np.timedelta64(seconds, "s")


def test_short_step_holds_the_record_and_keeps_its_sum():
    tower = record()
    forcing = TowerForcing([tower], ONE, 900)
    steps = [forcing.at(after(900 * step)) for step in range(forcing.n_steps)]
    assert forcing.n_steps == 32
    assert [step.air_temperature[0] for step in steps[3:5]] == [280.0, 281.0]
    total = sum(step.precipitation[0] for step in steps) * 900
    assert total == pytest.approx(tower.precipitation.sum() * 3600, rel=1e-14)


def test_long_step_averages_and_the_wind_by_component():
    step = TowerForcing([record()], ONE, 7200).at(after(7200))
    assert step.air_temperature[0] == 282.5
    assert step.precipitation[0] == pytest.approx(2.5e-5)
    assert (step.eastward_wind[0], step.northward_wind[0]) == (0.0, 1.0)


def test_equal_step_is_the_record_itself():
    tower = record()
    forcing = TowerForcing([tower], ONE, 3600)
    for step in range(8):
        values = forcing.at(after(3600 * step))
        for name in FORCING:
            assert getattr(values, name)[0] == getattr(tower, name)[step]


def test_towers_of_different_length_and_start_share_the_common_period():
    first, second = record(8, 3600), record(12, 1800, after(5400), "b.dat", 290.0)
    forcing = TowerForcing([first, second, first], Band(0, 3, 3), 1800)
    assert (forcing.start, forcing.stop) == (after(5400), after(27000))
    values = forcing.at(after(7200))
    np.testing.assert_array_equal(values.air_temperature, [282.0, 291.0, 282.0])


def test_band_gives_its_own_points_and_may_be_empty():
    towers = [record(base=value) for value in (270.0, 280.0, 290.0)]
    band = TowerForcing(towers, Band(1, 3, 3), 3600).at(START)
    np.testing.assert_array_equal(band.air_temperature, [280.0, 290.0])
    assert TowerForcing(towers, Band(3, 3, 3), 3600).at(START).air_temperature.size == 0


def test_step_is_a_view_that_cannot_be_changed():
    forcing = TowerForcing([record()] * 4, Band(0, 4, 4), 3600)
    first, again = forcing.at(START), forcing.at(START)
    assert np.shares_memory(first.air_temperature, again.air_temperature)
    assert first.air_temperature.flags.c_contiguous
    with pytest.raises(ValueError):
        first.air_temperature[0] = 0.0


@pytest.mark.parametrize("seconds", [-3600, 8 * 3600])
def test_step_outside_names_file_time_and_count(seconds):
    forcing = TowerForcing([record(path="x.dat")] * 3, Band(0, 3, 3), 3600)
    with pytest.raises(InputError) as caught:
        forcing.at(after(seconds))
    for part in ("x.dat", str(after(seconds)), "3 of 3 points", "2001-01-01T00:00:00 to 2001-01-01T08:00:00"):
        assert part in str(caught.value)


def test_missing_value_stops_before_the_step_that_needs_it():
    tower = record(path="x.dat")
    tower.longwave_down[5] = np.nan
    forcing = TowerForcing([record(), tower], Band(0, 2, 2), 3600)
    forcing.at(after(4 * 3600))
    with pytest.raises(InputError) as caught:
        forcing.at(after(5 * 3600))
    for part in ("longwave_down", "1 of 2 points", "x.dat", "2001-01-01T05:00:00"):
        assert part in str(caught.value)
    forcing.require_period(START, after(5 * 3600))
    with pytest.raises(InputError, match="2001-01-01T05:00:00"):
        forcing.require_period(START, after(6 * 3600))


def test_period_beyond_the_records_is_refused_at_once():
    with pytest.raises(InputError, match="2001-01-01T00:00:00 to 2001-01-01T08:00:00"):
        TowerForcing([record()], ONE, 3600, stop=after(9 * 3600))
    with pytest.raises(InputError, match="no forcing"):
        TowerForcing([record()], ONE, 3600).require_period(START, after(9 * 3600))


@pytest.mark.parametrize("step, start", [(2500, None), (5400, None), (7200, after(1800))])
def test_step_that_does_not_fit_the_records_is_refused(step, start):
    with pytest.raises(ConfigError, match="does not fit its records of 3600 s"):
        TowerForcing([record()], ONE, step, start=start)


def test_stop_between_steps_is_refused_but_a_broken_end_of_the_records_is_left_out():
    with pytest.raises(ConfigError, match="on a step"):
        TowerForcing([record()], ONE, 7200, stop=after(3 * 3600))
    forcing = TowerForcing([record(n=7)], ONE, 7200)
    assert (forcing.n_steps, forcing.stop) == (3, after(6 * 3600))


def test_time_between_steps_is_refused():
    with pytest.raises(ConfigError, match="no start of a step"):
        TowerForcing([record()], ONE, 3600).at(after(600))


def test_number_of_records_must_be_that_of_the_points():
    with pytest.raises(ConfigError, match="1 tower records for 2 points"):
        TowerForcing([record()], Band(0, 2, 2), 3600)


def forced(**options):
    tower = record(**options)
    ramp = np.arange(tower.times.size)
    return replace(tower, heat_exchange_coefficient=0.01 + 0.001 * ramp, momentum_exchange_coefficient=0.02 + 0.001 * ramp)


@pytest.mark.parametrize("step, n_records, heat", [(1800, 1, 0.012), (3600, 1, 0.012), (7200, 2, 0.012 + 0.013)])
def test_exchange_coefficients_are_summed_over_the_records_of_a_step(step, n_records, heat):
    """A tower without them, and one with other records, keeps its own number of records and none of them."""
    forcing = TowerForcing([forced(), record(n=16, interval=1800)], Band(0, 2, 2), step)
    beside = forcing.beside(after(7200))
    np.testing.assert_array_equal(beside.n_records, [n_records, max(step // 1800, 1)])
    np.testing.assert_allclose(beside.heat_exchange, [heat, np.nan], rtol=1e-14)
    np.testing.assert_allclose(beside.momentum_exchange, [heat + 0.01 * n_records, np.nan], rtol=1e-14)


def test_towers_without_exchange_coefficients_force_none():
    beside = TowerForcing([record()], ONE, 3600).beside(START)
    assert np.isnan(beside.heat_exchange) and np.isnan(beside.momentum_exchange)
