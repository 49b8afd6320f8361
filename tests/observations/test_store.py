"""Gridded observations on disk: passes put together, repetitions, other settings, regions."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.store import day_path, days_of, join_passes, read_day, write_day

CELLS = np.array([3, 10, 40, 41])
SETTINGS = {"sensor": "ascat", "grid": [1.0, 2.0]}


def observations(rows):
    """Return observations from rows of point, value, time, platform and number of footprints."""
    point, value, time, platform, count = (np.array(column) for column in zip(*rows))
    n = len(point)
    return GriddedObservations(point.astype(np.int64), value.astype(float), np.full(n, 5.0), time.astype(float),
                               platform.astype(np.int16), np.zeros(n, np.int16), count.astype(np.int32), np.zeros(n, bool),
                               np.zeros(n, np.int16), "percent")


def test_parts_of_a_pass_are_averaged_by_their_footprints():
    """Three footprints of 20 and one of 40 are four of 25; another platform and a later pass stay apart."""
    joined = join_passes(observations([(1, 40.0, 130.0, 1, 1), (1, 20.0, 100.0, 1, 3), (1, 70.0, 100.0, 2, 2),
                                       (1, 60.0, 2000.0, 1, 1), (0, 10.0, 100.0, 1, 1)]))[0]
    assert joined.time.tolist() == [100.0, 100.0, 107.5, 2000.0]
    assert joined.point.tolist() == [0, 1, 1, 1] and joined.value.tolist() == [10.0, 70.0, 25.0, 60.0]
    assert joined.n_footprints.tolist() == [1, 2, 4, 1]


def test_what_comes_again_is_kept_once():
    rows = [(1, 40.0, 130.0, 1, 1), (2, 20.0, 100.0, 1, 3)]
    joined, n_repeated = join_passes(observations(rows + rows))
    assert n_repeated == 2 and joined.size == 2 and joined.n_footprints.tolist() == [3, 1]


def test_the_order_of_files_has_no_effect():
    random = np.random.default_rng(5)
    rows = [(random.integers(4), random.random(), float(random.integers(0, 90000)), random.integers(1, 3),
             random.integers(1, 9))
            for _ in range(200)]
    first = join_passes(observations(rows))[0]
    second = join_passes(observations(rows[::-1]))[0]
    assert all(np.array_equal(getattr(first, name), getattr(second, name))
               for name in ("point", "value", "time", "n_footprints"))


def test_round_trip_and_points_of_a_region(tmp_path):
    path = day_path(tmp_path, "ascat", np.datetime64("2022-03-01"))
    assert path.name == "ascat_20220301.h5"
    written = observations([(0, 1.0, 1.0, 1, 1), (2, 2.0, 2.0, 1, 1), (3, 3.0, 3.0, 2, 1)])
    write_day(path, written, CELLS, SETTINGS)
    read = read_day(path, CELLS, SETTINGS)
    assert read.point.tolist() == [0, 2, 3] and read.value.tolist() == [1.0, 2.0, 3.0] and read.units == "percent"
    region = read_day(path, np.array([5, 40]), SETTINGS)
    assert region.point.tolist() == [1] and region.value.tolist() == [2.0]
    assert read_day(tmp_path / "none.h5", CELLS, SETTINGS) is None


def test_other_settings_and_damage_are_refused(tmp_path):
    path = tmp_path / "day.h5"
    write_day(path, observations([(0, 1.0, 1.0, 1, 1)]), CELLS, SETTINGS)
    with pytest.raises(InputError, match="(?s)other settings.*sensor: found 'ascat', expected 'smap'"):
        read_day(path, CELLS, SETTINGS | {"sensor": "smap"})
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match="cannot be read"):
        read_day(path, CELLS, SETTINGS)


def test_days():
    times = np.array([0.0, 86399.9, 86400.0, -1.0])
    assert days_of(times).astype(str).tolist() == ["2000-01-01", "2000-01-01", "2000-01-02", "1999-12-31"]
