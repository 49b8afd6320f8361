"""Years of weather again and again: which time a model time gets, leap days and early years too."""

import numpy as np
import pytest

from landda_hpc.forcing.cyclic import CyclicForcing


class Times:
    def at(self, time):
        return time


@pytest.mark.parametrize("years, time, expected", [
    ((2001, 2002), "2001-07-04T05:30", "2001-07-04T05:30"),
    ((2001, 2002), "2005-03-01T06:00", "2001-03-01T06:00"),
    ((2001, 2002), "2000-12-31T23:30", "2002-12-31T23:30"),
    ((2001, 2002), "1950-01-01T00:00", "2002-01-01T00:00"),  # 51 years before the first: one of two apart
    ((2001, 2001), "1890-08-09T10:11", "2001-08-09T10:11"),
    ((2000, 2003), "2008-02-29T12:00", "2000-02-29T12:00"),
    ((2001, 2002), "2004-02-29T12:00", "2002-02-28T12:00"),
    ((2001, 2001), "2004-02-29T23:30", "2001-02-28T23:30"),
    ((2000, 2000), "2001-02-28T23:30", "2000-02-28T23:30"),
    ((2000, 2000), "2001-03-01T00:00", "2000-03-01T00:00"),
    ((1955, 1964), "2023-05-06T07:00", "1963-05-06T07:00"),
])
def test_time_that_is_repeated(years, time, expected):
    assert CyclicForcing(Times(), *years).at(np.datetime64(time)) == np.datetime64(expected, "s")


def test_every_step_of_a_cycle_is_passed_on_once_and_in_order():
    forcing = CyclicForcing(Times(), 2001, 2003)
    steps = np.arange("2010-01-01T00", "2013-01-01T00", dtype="datetime64[h]")  # 2010 takes the first year
    found = np.array([forcing.at(step) for step in steps])
    leap_day = steps.astype("datetime64[D]") == np.datetime64("2012-02-29")
    expected = np.arange("2001-01-01T00", "2004-01-01T00", dtype="datetime64[h]")
    np.testing.assert_array_equal(found[~leap_day], expected)
