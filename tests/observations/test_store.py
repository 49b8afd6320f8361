"""Gridded observations on disk: passes put together, repetitions, other settings, regions."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.store import (
    Day,
    day_path,
    days_of,
    join_passes,
    merge_days,
    read_day,
    read_parts,
    resolve,
    without,
    write_day,
)
from landda_hpc.observations.versions import Granule, are_versions

CELLS = np.array([3, 10, 40, 41])
SETTINGS = {"sensor": "ascat", "grid": [1.0, 2.0]}


def observations(rows):
    """Return observations from rows of point, value, time, platform and number of footprints."""
    point, value, time, platform, count = (np.array(column) for column in zip(*rows))
    n = len(point)
    return GriddedObservations(point.astype(np.int64), value.astype(float), np.full(n, 5.0), time.astype(float),
                               platform.astype(np.int16), np.zeros(n, np.int16), count.astype(np.int32), np.zeros(n, bool),
                               np.zeros(n, np.int16), "percent")


def granule(sha256, first=0.0, last=100000.0, product="ascat_l2_125", container="bufr", processed=np.nan, platform=1):
    return Granule(sha256, "ascat", product, container, platform, "both", first, last, processed)


def day(rows, *granules, owner=None):
    """Return the day of some granules; all rows are of the first one by default."""
    return Day(observations(rows), np.array(owner or [0] * len(rows), np.int64), granules or (granule("a"),))


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
    write_day(path, Day(written, np.zeros(3, np.int64), (granule("a"),)), CELLS, SETTINGS)
    read = read_day(path, CELLS, SETTINGS)
    assert read.point.tolist() == [0, 2, 3] and read.value.tolist() == [1.0, 2.0, 3.0] and read.units == "percent"
    region = read_day(path, np.array([5, 40]), SETTINGS)
    assert region.point.tolist() == [1] and region.value.tolist() == [2.0]
    assert read_day(tmp_path / "none.h5", CELLS, SETTINGS) is None


@pytest.mark.parametrize("period, values", [((0.0, 2.0), [1.0]), ((2.0, 3.1), [2.0, 3.0]), ((3.5, 9.0), [])])
def test_a_part_of_a_day_begins_with_its_first_time_and_ends_before_its_last(tmp_path, period, values):
    path = tmp_path / "day.h5"
    write_day(path, day([(0, 1.0, 1.0, 1, 1), (2, 2.0, 2.0, 1, 1), (3, 3.0, 3.0, 2, 1)]), CELLS, SETTINGS)
    read = read_day(path, CELLS, SETTINGS, period)
    assert read.value.tolist() == values and read.time.tolist() == values


def test_other_settings_and_damage_are_refused(tmp_path):
    path = tmp_path / "day.h5"
    write_day(path, day([(0, 1.0, 1.0, 1, 1)]), CELLS, SETTINGS)
    with pytest.raises(InputError, match="(?s)other settings.*sensor: found 'ascat', expected 'smap'"):
        read_day(path, CELLS, SETTINGS | {"sensor": "smap"})
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match="cannot be read"):
        read_day(path, CELLS, SETTINGS)


def test_days():
    times = np.array([0.0, 86399.9, 86400.0, -1.0])
    assert days_of(times).astype(str).tolist() == ["2000-01-01", "2000-01-01", "2000-01-02", "1999-12-31"]


NEAR = granule("near", 0.0, 100.0, container="netcdf", processed=50.0)


@pytest.mark.parametrize("other, better", [
    (granule("other", 0.0, 100.0), "other"),  # BUFR has its flags
    (granule("other", 0.0, 100.0, processed=1.0e8), "other"),  # reprocessed years later
    (granule("other", 0.0, 100.0, product="ascat_l2_250", processed=1.0e8), "near"),  # nodes of 25 km
    (granule("other", 60.0, 90.0, container="netcdf", processed=50.0), "near"),  # a piece of the orbit
    (granule("other", 95.0, 195.0), "both"),  # the next orbit, which shares 5 of 100 s
    (granule("other", 0.0, 100.0, platform=2), "both"),
])
def test_of_versions_the_better_one_counts(other, better):
    rows = [(0, 10.0, 70.0, 1, 1), (1, 20.0, 80.0, 1, 1), (0, 30.0, 71.0, 1, 1), (1, 40.0, 81.0, 1, 1)]
    for granules, owner in (((NEAR, other), [0, 0, 1, 1]), ((other, NEAR), [1, 1, 0, 0])):
        resolved, n_superseded, _ = resolve(day(rows, *granules, owner=owner), "ascat_l2_125")
        expected = {"near": [10.0, 20.0], "other": [30.0, 40.0], "both": [20.0, 30.0]}[better]
        assert sorted(resolved.value) == expected and n_superseded == (0 if better == "both" else 2)


def test_a_better_piece_replaces_its_time_only():
    orbit, piece = granule("orbit", 0.0, 100.0, container="netcdf"), granule("piece", 40.0, 60.0)
    rows = [(0, 1.0, 10.0, 1, 1), (1, 2.0, 50.0, 1, 1), (2, 3.0, 90.0, 1, 1), (1, 5.0, 50.5, 1, 1)]
    resolved, n_superseded, _ = resolve(day(rows, orbit, piece, owner=[0, 0, 0, 1]))
    assert resolved.value.tolist() == [1.0, 5.0, 3.0] and n_superseded == 1


def test_half_orbits_that_follow_each_other_are_no_versions():
    assert not are_versions(granule("a", 0.0, 3000.0), granule("b", 2850.0, 5900.0))
    assert are_versions(granule("a", 5.0, 5.0), granule("b", 5.0, 5.0))


def test_days_merge_the_same_in_any_order_and_granules_can_be_taken_out(tmp_path):
    one = day([(0, 1.0, 10.0, 1, 1), (3, 2.0, 20.0, 1, 2)], granule("b", 0.0, 30.0))
    two = day([(3, 4.0, 50.0, 1, 1)], granule("a", 40.0, 60.0))
    for number, days in enumerate(([one, two], [two, one], [two, one, two])):
        write_day(tmp_path / f"{number}.h5", merge_days(days), CELLS, SETTINGS)
        read = read_parts(tmp_path / f"{number}.h5", CELLS, SETTINGS)
        assert [granule.sha256 for granule in read.granules] == ["a", "b"]
        assert read.observations.value.tolist() == [4.0, 1.0, 2.0] and read.owner.tolist() == [0, 1, 1]
        assert read_day(tmp_path / f"{number}.h5", CELLS, SETTINGS).value.tolist() == [1.0, 8.0 / 3.0]
    left = without(read, {"b"})
    assert left.observations.value.tolist() == [4.0] and [granule.sha256 for granule in left.granules] == ["a"]
    assert left.owner.tolist() == [0]
