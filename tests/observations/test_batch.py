"""Batches of observations, their codes and counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landda_hpc.errors import InputError
from landda_hpc.observations.batch import concatenate, empty_batch, make_batch, seconds_of, time_of, wrap_longitude
from landda_hpc.observations.codes import CODES, N_CODES, NAMES, NUMBERS, count_codes, named_counts, reject
from landda_hpc.observations.tally import NO_TIME, add_tallies, tally, tally_lines


def batch(values, product="smap_l2", units="m3 m-3"):
    n = len(values)
    return make_batch(np.asarray(values, float), np.zeros(n), np.zeros(n), 100.0 - np.arange(n), "smap", product, units=units)


def test_concatenation_selection():
    both = concatenate([batch([1.0, 2.0]), batch([3.0]), empty_batch("smap_l2", "m3 m-3")])
    assert both.value.tolist() == [1.0, 2.0, 3.0] and both.platform.tolist() == [3, 3, 3]
    assert both.select(both.value > 1.5).value.tolist() == [2.0, 3.0]
    assert np.isnan(both.error).all() and both.code.dtype == np.int16 and both.platform.dtype == np.int16


def test_products_and_units_are_not_mixed():
    with pytest.raises(InputError, match="different product .*: ascat_l2_125, smap_l2"):
        concatenate([batch([1.0]), batch([1.0], "ascat_l2_125")])
    with pytest.raises(InputError, match="different units"):
        concatenate([batch([1.0]), batch([1.0], units="percent")])
    with pytest.raises(InputError, match="at least one"):
        concatenate([])


@given(st.floats(-1000.0, 1000.0))
def test_longitudes_are_wrapped(longitude):
    wrapped = float(wrap_longitude(longitude))
    assert -180.0 <= wrapped < 180.0
    turns = (longitude - wrapped) / 360.0
    assert turns == pytest.approx(round(turns), abs=1e-9)


def test_exact_longitudes():
    assert wrap_longitude([180.0, -180.0, 359.75, 0.1, 540.0]).tolist() == [-180.0, -180.0, -0.25, 0.1, -180.0]
    assert wrap_longitude(np.nextafter(-180.0, -181.0)) == -180.0
    assert np.isnan(wrap_longitude(np.nan))


def test_times():
    assert seconds_of(np.datetime64("2000-01-01T12:00:00")) == 43200.0
    assert str(time_of(540_605_700.25)) == "2017-02-17T00:15:00.250"
    assert np.isnat(time_of(np.nan)).all()


def test_codes_are_unique_and_complete():
    assert len(NUMBERS) == len(CODES) and NAMES[0] == "OK"
    expected = [f"A{n}" for n in range(1, 12)] + [f"S{n}" for n in range(1, 14)] + [f"M{n}" for n in range(1, 12)]
    assert set(expected) | {"B1", "B2", "T1", "D1"} <= set(NUMBERS)
    assert count_codes([0, 0, 81]).shape == (N_CODES,) and named_counts(count_codes([81, 0])) == {"OK": 1, "D1": 1}


def test_a_code_stays_once_it_is_given():
    code = np.array([0, 3, 0], np.int16)
    reject(code, np.array([True, True, False]), "A4")
    assert code.tolist() == [4, 3, 0]


def test_tallies_by_window():
    counts = tally("smap_l2", [0.0, 21599.9, 21600.0, -0.1, np.nan], [0, 21, 0, 0, 21])
    assert [(key[1], one.sum()) for key, one in sorted(counts.items())] == [(NO_TIME, 1), (-21600, 1), (0, 2), (21600, 1)]
    total = add_tallies([counts, counts])
    assert sum(one.sum() for one in total.values()) == 10
    assert tally_lines(tally("smap_l2", [7.0], [21])) == ["smap_l2 2000-01-01T00:00: received 1; S1 1"]
