"""Labels of files become the UTC start of the record."""

import numpy as np
import pytest

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.labels import labels_from_parts, utc_starts

NOON = np.array(["2001-07-01T12:00:00"], dtype="datetime64[s]")


@pytest.mark.parametrize("position, offset, expected", [
    ("start", 0.0, "2001-07-01T12:00:00"), ("end", 0.0, "2001-07-01T11:30:00"), ("middle", 0.0, "2001-07-01T11:45:00"),
    ("start", 1.0, "2001-07-01T11:00:00"), ("start", -7.0, "2001-07-01T19:00:00"),
    ("end", -7.0, "2001-07-01T18:30:00"), ("start", 5.5, "2001-07-01T06:30:00")])
def test_label_to_utc_start(position, offset, expected):
    assert utc_starts(NOON, 1800, position, offset)[0] == np.datetime64(expected)


def test_unknown_position_is_refused():
    with pytest.raises(ConfigError, match="start, end, middle"):
        utc_starts(NOON, 1800, "centre")


def test_hour_24_is_midnight_of_the_next_day():
    assert labels_from_parts("f", [2000], [2], [29], [24])[0] == np.datetime64("2000-03-01T00:00:00")


@pytest.mark.parametrize("month, day", [(2, 29), (13, 1), (4, 31), (1, 0)])
def test_impossible_date_is_refused_with_its_record(month, day):
    with pytest.raises(InputError, match=f"record 2 has the impossible date 2001-{month}-{day}"):
        labels_from_parts("f", [2001, 2001], [1, month], [1, day], [0, 0])
