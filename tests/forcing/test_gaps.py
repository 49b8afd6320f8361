"""Short holes are filled and counted, long ones stop the reader."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.gaps import even_axis, fill_dry, fill_linear, holes

START = np.datetime64("2001-01-01T00:00:00")
NAN = np.nan


def hours(*numbers):
    return START + np.array(numbers) * np.timedelta64(3600, "s")


def test_absent_records_become_missing_values():
    times, columns = even_axis("f", hours(0, 1, 4), 3600, {"a": np.array([1.0, 2.0, 5.0])})
    np.testing.assert_array_equal(times, hours(0, 1, 2, 3, 4))
    np.testing.assert_array_equal(columns["a"], [1.0, 2.0, NAN, NAN, 5.0])


def test_double_record_is_refused_with_its_time():
    with pytest.raises(InputError, match="2001-01-01T01:00:00.*increasing"):
        even_axis("f", hours(0, 1, 1, 2), 3600, {})


def test_record_off_the_steps_is_refused():
    with pytest.raises(InputError, match="multiple of 3600"):
        even_axis("f", np.append(hours(0), hours(1) + np.timedelta64(60, "s")), 3600, {})


def test_holes_at_both_ends_are_found():
    starts, lengths = holes(np.array([NAN, 1.0, NAN, NAN, 2.0, NAN]))
    assert starts.tolist() == [0, 2, 5]
    assert lengths.tolist() == [1, 2, 1]


def test_hole_of_three_hours_lies_on_a_line_and_is_counted():
    values = np.array([0.0, NAN, NAN, NAN, 4.0, 5.0])
    filled, notes = fill_linear("f", "air_temperature", hours(*range(6)), 3600, values, max_gap=10800)
    np.testing.assert_allclose(filled, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], rtol=0, atol=1e-15)
    assert "air_temperature: 3 missing records in 1 holes" in notes[0]
    assert "2001-01-01T01:00:00" in notes[0]


def test_hole_of_four_hours_is_refused_unless_allowed():
    values = np.array([0.0, NAN, NAN, NAN, NAN, 5.0, NAN])
    with pytest.raises(InputError) as caught:
        fill_linear("tower.dat", "longwave_down", hours(*range(7)), 3600, values, max_gap=10800)
    for part in ("tower.dat", "longwave_down", "2001-01-01T01:00:00", "5 of 7", "max_gap: 14400"):
        assert part in str(caught.value)
    filled, _ = fill_linear("f", "longwave_down", hours(*range(7)), 3600, values, max_gap=14400)
    np.testing.assert_allclose(filled, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0], rtol=0, atol=1e-15)


def test_column_without_any_value_is_refused_even_with_a_large_max_gap():
    with pytest.raises(InputError, match="3 of 3"):
        fill_linear("f", "shortwave_down", hours(0, 1, 2), 3600, np.full(3, NAN), max_gap=1e9)


def test_missing_rain_is_dry_and_counted_not_interpolated():
    filled, notes = fill_dry("f", "precipitation", hours(0, 1, 2), 3600, np.array([2.0, NAN, 4.0]), max_gap=3600)
    assert filled.tolist() == [2.0, 0.0, 4.0]
    assert "1 missing records" in notes[0] and "dry" in notes[0]


def test_long_hole_in_the_rain_is_refused():
    with pytest.raises(InputError, match="precipitation is missing in 4 of 5.*\n.*\n.*missing_precipitation: zero"):
        fill_dry("f", "precipitation", hours(*range(5)), 3600, np.array([2.0, NAN, NAN, NAN, NAN]), max_gap=10800)


def test_whole_series_stays_the_same_object_without_notes():
    values = np.array([1.0, 2.0])
    filled, notes = fill_linear("f", "a", hours(0, 1), 3600, values)
    assert filled is values and notes == ()
