"""Windows of analyses, exact at their limits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from landda_hpc.config.observations import AssimilationTime
from landda_hpc.observations.codes import NUMBERS
from landda_hpc.observations.windows import NEVER, AnalysisTimes, reject_late, window_slice

START = 540604800.0


def test_limits_are_half_open_and_centred():
    times = AnalysisTimes(START, 1800.0)
    below = np.nextafter(START + 900.0, 0.0)
    assert times.step([START - 900.0, START, below, START + 900.0, np.nextafter(START - 900.0, 0.0), np.nan]).tolist() == [
        0, 0, 0, 1, -1, NEVER]
    assert times.limits(1) == (START + 900.0, START + 2700.0)


@given(st.integers(0, 200_000), st.sampled_from([900, 1200, 1800, 3600, 10800]), st.integers(-3, 3))
def test_the_slice_and_the_step_agree_next_to_every_limit(step, interval, ulps):
    times = AnalysisTimes(START, float(interval))
    edge = START + interval * (step - 0.5)
    time = np.array([edge + ulps * np.spacing(edge)])
    expected = step if ulps >= 0 else step - 1
    assert times.step(time)[0] == expected
    taken = window_slice(time, *times.limits(expected))
    assert (taken.start, taken.stop) == (0, 1)


def test_each_observation_is_taken_once():
    times = AnalysisTimes(START, 3600.0)
    time = np.sort(START + np.random.default_rng(1).uniform(-1800.0, 5.5 * 3600.0, 500))
    slices = [window_slice(time, *times.limits(step)) for step in range(6)]
    assert slices[0].start == 0 and slices[-1].stop == 500
    assert all(one.stop == two.start for one, two in zip(slices, slices[1:]))
    assert np.array_equal(np.concatenate([np.full(s.stop - s.start, k) for k, s in enumerate(slices)]), times.step(time))


def test_late_observations_are_counted():
    times = AnalysisTimes(START, 1800.0)
    code = np.array([0, 0, 0, 7], np.int16)
    reject_late(code, np.array([START + 899.0, START + 900.0, START + 9000.0, START]), times, next_step=1)
    assert code.tolist() == [NUMBERS["T1"], 0, 0, 7]


def test_interval_is_a_multiple_of_the_step():
    assert AssimilationTime().seconds(1800) == 1800
    assert AssimilationTime(assim_interval="3h").seconds(1800) == 10800
    try:
        AssimilationTime(assim_interval="45min").seconds(1800)
    except ValueError as error:
        assert "multiple of run.time_step" in str(error)
    else:
        raise AssertionError("an interval between steps was accepted")
