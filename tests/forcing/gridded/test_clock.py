"""Times and calendars of files."""

import numpy as np
import pytest

from landda_hpc.forcing.gridded.clock import day_start, leap_days, seconds_of_times, time_text


def test_origins_and_units():
    assert time_text(seconds_of_times([8415360.0], " minutes since 2000-01-01 03:00:00", "standard")[0]) == "2016-01-01T03:00"
    assert time_text(seconds_of_times([1061328], "hours since 1900-01-01 00:00:00.0", "gregorian")[0]) == "2021-01-28T00:00"
    assert time_text(seconds_of_times([0.125], "days since 2001-01-01", "proleptic_gregorian")[0]) == "2001-01-01T03:00"


def test_a_year_without_leap_day_keeps_its_dates():
    seconds = seconds_of_times(np.arange(57.0, 61.0), "days since 2004-01-01", "noleap")
    assert [time_text(one)[:10] for one in seconds] == ["2004-02-27", "2004-02-28", "2004-03-01", "2004-03-02"]
    assert leap_days(seconds, "noleap").tolist() == [1]
    assert not leap_days(seconds, "standard").size
    assert not leap_days(seconds_of_times([58.0], "days since 2003-01-01", "365_day"), "365_day").size


def test_other_calendars_and_words_are_refused():
    with pytest.raises(ValueError, match="360_day"):
        seconds_of_times([1.0], "days since 2001-01-01", "360_day")
    with pytest.raises(ValueError, match="fortnights"):
        seconds_of_times([1.0], "fortnights since 2001-01-01", "standard")
    with pytest.raises(ValueError, match="missing"):
        seconds_of_times([np.nan], "days since 2001-01-01", "standard")


def test_a_day_ends_at_00():
    midnight = int(seconds_of_times([1.0], "days since 2001-01-01", "standard")[0])
    assert day_start(midnight) == midnight - 86400 and day_start(midnight + 3600) == midnight
