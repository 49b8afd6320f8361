"""Streaming climatologies: against direct statistics, in any order, full counters, files."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landda_hpc.bias.climatology import ClimatologyStream, merged_moments
from landda_hpc.bias.climatology_file import (
    ClimatologyFile,
    Record,
    names_hash,
    read_climatology,
    read_stream,
    settings_hash,
    write_climatology,
    write_stream,
)
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.bias.histogram import SATURATION_BINS, SOIL_MOISTURE_BINS, Bins
from landda_hpc.bias.jump import merge_unless_jump
from landda_hpc.bias.quantile_match import NODES
from landda_hpc.bias.usability import MinimumCount, match_tables
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.errors import InputError
from landda_hpc.parallel import SerialCommunicator, run_in_process

N_CELLS = 7
RNG = np.random.default_rng(11)
N = 6000
CELL, MONTH = RNG.integers(0, N_CELLS - 1, N), RNG.integers(1, 13, N)  # the last cell stays empty
SATURATION = np.clip(RNG.normal(40.0, 35.0, N), 0.0, 100.0)  # atoms at both ends
MOISTURE = RNG.beta(3.0, 5.0, N) * 0.5


def streamed(values, bins, order=slice(None), n_batches=1):
    stream = ClimatologyStream(N_CELLS, bins)
    for part in np.array_split(np.arange(N)[order], n_batches):
        stream.add(values[part], MONTH[part], CELL[part])
    return stream


def merged(values, bins, n_parts, order=1):
    parts = []
    for rows in np.array_split(np.arange(N), n_parts)[::order]:
        part = ClimatologyStream(N_CELLS, bins)
        part.add(values[rows], MONTH[rows], CELL[rows])
        parts.append(part)
    for part in parts[1:]:
        parts[0].merge(part)
    return parts[0]


def test_worked_merge():
    n, mean, m2 = merged_moments((3, 2.0, 2.0), (2, 5.0, 2.0))
    assert n == 5 and mean == pytest.approx(3.2, abs=1e-15) and m2 == pytest.approx(14.8, abs=1e-14)


@pytest.mark.parametrize("values, bins, width", [(SATURATION, SATURATION_BINS, 0.5), (MOISTURE, SOIL_MOISTURE_BINS, 0.0025)])
@pytest.mark.parametrize("make", [lambda v, b: streamed(v, b, n_batches=9), lambda v, b: merged(v, b, 4)])
def test_streamed_and_merged_equal_direct(values, bins, width, make):
    found = make(values, bins).finish()
    for cell in range(N_CELLS - 1):
        for period in range(13):
            sample = values[(CELL == cell) & ((MONTH == period) | (period == 0))]
            at = (period, cell)
            assert found.n[at] == len(sample)
            assert (found.vmin[at], found.vmax[at]) == (sample.min(), sample.max())
            assert found.mean[at] == pytest.approx(sample.mean(), rel=1e-12)
            assert found.std[at] ** 2 == pytest.approx(sample.var(ddof=1), rel=1e-12)
            # A quantile between two values of the sample is any of them, as p n is rounded.
            low, high = (np.quantile(sample, NODES, method=method) for method in ("lower", "higher"))
            within = np.quantile(sample, NODES, method="inverted_cdf")
            assert (found.quantiles[(slice(None), *at)] >= np.minimum(low, within) - width).all()
            assert (found.quantiles[(slice(None), *at)] <= np.maximum(high, within) + width).all()


def test_pooled_quantiles_are_those_of_three_months():
    found = streamed(MOISTURE, SOIL_MOISTURE_BINS).finish()
    for month, three in ((1, (12, 1, 2)), (6, (5, 6, 7)), (12, (11, 12, 1))):
        alone = ClimatologyStream(1, SOIL_MOISTURE_BINS)
        rows = (CELL == 2) & np.isin(MONTH, three)
        alone.add(MOISTURE[rows], 4, 0)
        assert np.array_equal(found.pooled_quantiles[:, month - 1, 2], alone.finish().quantiles[:, 4, 0])


def test_a_cell_without_data_is_nan():
    found = streamed(MOISTURE, SOIL_MOISTURE_BINS).finish()
    assert (found.n[:, -1] == 0).all() and (found.m2[:, -1] == 0.0).all()
    for values in (found.mean, found.vmin, found.vmax, found.std, found.quantiles[4], found.pooled_quantiles[4]):
        assert np.isnan(values[..., -1]).all()


@pytest.mark.parametrize("bins, values", [(SATURATION_BINS, SATURATION), (SOIL_MOISTURE_BINS, MOISTURE)])
def test_what_the_order_changes(bins, values):
    """Counts, extremes and histograms: nothing. Moments: rounding. The same order: nothing."""
    one, other = streamed(values, bins), streamed(values, bins, order=RNG.permutation(N), n_batches=5)
    for again in (other, merged(values, bins, 6), merged(values, bins, 6, order=-1)):
        for name in ("n", "vmin", "vmax", "counts"):
            assert np.array_equal(getattr(one, name), getattr(again, name)), name
        np.testing.assert_allclose(again.mean, one.mean, rtol=1e-13)
        np.testing.assert_allclose(again.m2, one.m2, rtol=1e-12)
    assert not np.array_equal(one.m2, other.m2)
    assert np.array_equal(one.finish().quantiles, other.finish().quantiles, equal_nan=True)
    batches = streamed(values, bins, n_batches=13)
    assert all(np.array_equal(getattr(one, name), getattr(batches, name)) for name in ("mean", "m2", "counts"))


def test_atoms_are_steps():
    stream = ClimatologyStream(1, SATURATION_BINS)
    stream.add(np.r_[np.zeros(30), np.linspace(10.0, 90.0, 41), np.full(29, 100.0)], 1, 0)
    quantiles = stream.finish().quantiles[:, 1, 0]
    assert (quantiles[:5] == 0.0).all() and (quantiles[9:] == 100.0).all()  # p up to 0.3 and from 0.8
    assert (np.diff(quantiles[4:10]) > 0.0).all() and 10.0 <= quantiles[5] <= 30.0
    assert stream.counts[0, 0, -2:].tolist() == [30, 29]


@given(values=st.lists(st.floats(0.0, 0.6), min_size=1, max_size=40))
@settings(deadline=None)
def test_quantiles_ascend_within_the_range(values):
    stream = ClimatologyStream(1, SOIL_MOISTURE_BINS)
    stream.add(values, 5, 0)
    quantiles = stream.finish().quantiles[:, 5, 0]
    assert (np.diff(quantiles) >= 0.0).all() and quantiles[0] == min(values) and quantiles[-1] == max(values)


def test_missing_values_are_left_out_and_foreign_ones_refused():
    stream = ClimatologyStream(2, SOIL_MOISTURE_BINS)
    stream.add([0.2, np.nan, 0.3], 1, [0, 0, 1])
    assert stream.n[0].tolist() == [1, 1]
    with pytest.raises(InputError, match="1 of 2 values are outside.*\n.*20 in cell 1, month 3"):
        stream.add([0.2, 20.0], 3, [0, 1])
    assert stream.n.sum() == 2
    with pytest.raises(InputError):
        stream.add([np.inf], 3, 0)
    with pytest.raises(ValueError, match="cell of observation 0 is 2"):
        stream.add([0.2], 3, 2)


def test_a_full_counter_is_widened_and_never_wraps():
    stream, other = (ClimatologyStream(2, SOIL_MOISTURE_BINS) for _ in range(2))
    stream.add(np.full(65535, 0.2), 3, 1)
    assert stream.counts.dtype == np.uint16 and stream.counts.max() == 65535
    other.merge(stream)
    stream.add([0.2, 0.2, 0.3], 3, 1)
    assert stream.counts.dtype == np.uint32 and stream.counts.max() == 65537
    assert stream.n[2, 1] == 65538 == stream.counts[2, 1].sum()
    other.merge(other)
    assert other.counts.dtype == np.uint32 and other.counts.max() == 131070
    stream.counts[2, 1, 80] = 2**32 - 1
    with pytest.raises(InputError, match="is full"):
        stream.add([0.2], 3, 1)


def test_other_bins_or_cells_are_not_merged():
    for other in (ClimatologyStream(3, SOIL_MOISTURE_BINS), ClimatologyStream(2, Bins(0.0, 0.6, 120))):
        with pytest.raises(ValueError, match="cannot be merged"):
            ClimatologyStream(2, SOIL_MOISTURE_BINS).merge(other)


# ---- files

POINTS = PointSet(np.linspace(-5, 5, N_CELLS), np.linspace(0, 9, N_CELLS), np.arange(N_CELLS) * 2, (1, 20), None)
SERIAL, WHOLE = SerialCommunicator(), split_evenly(N_CELLS, 1)[0]
RECORD = Record("ascat metop-b", "%", {"esme_max": 16, "proc_reject_bits": [0, 1, 2, 3], "rain_flag": True},
                ("2015-01-01", "2021-12-31"), ("H119", "H120"))


def of_band(band, rows=slice(None), bins=SATURATION_BINS, stream=None, days=None):
    """Add what is in a band and return stream and days."""
    stream, days = stream or ClimatologyStream(band.n_points, bins), days or DayMeans(band.n_points)
    mine = np.flatnonzero((CELL >= band.start) & (CELL < band.stop))
    mine = mine[np.isin(mine, np.arange(N)[rows])]
    stream.add(SATURATION[mine], MONTH[mine], CELL[mine] - band.start)
    days.add(SATURATION[mine], MONTH[mine] * 30, CELL[mine] - band.start)
    return stream, days


def write_final(path, communicator=SERIAL, size=1):
    band = split_evenly(N_CELLS, size)[communicator.rank]
    stream, days = of_band(band)
    write_climatology(path, stream.finish(), RECORD, POINTS, band, communicator, {"version": "1"}, days)


def test_a_climatology_is_the_same_on_any_ranks(tmp_path):
    files = [tmp_path / "1.h5", tmp_path / "3.h5"]
    write_final(files[0])
    run_in_process(3, lambda communicator: write_final(files[1], communicator, 3))
    assert files[0].read_bytes() == files[1].read_bytes()
    expected = streamed(SATURATION, SATURATION_BINS).finish()

    def check(communicator):
        band = split_evenly(N_CELLS, 2)[communicator.rank]
        found, record, days = read_climatology(files[0], RECORD._replace(period=(), versions=()), POINTS, band, communicator)
        assert record == RECORD and days.n.sum() == (CELL < band.stop).sum() - (CELL < band.start).sum()
        return all(np.array_equal(a, b[..., band.slice], equal_nan=True) for a, b in zip(found, expected))

    assert all(run_in_process(2, check))
    with h5py.File(files[0]) as file:
        assert file["q"].shape == (13, 13, N_CELLS) and {"n", "mean", "m2", "vmin", "vmax"} <= set(file)


@pytest.mark.parametrize("record, points, message", [
    (RECORD._replace(quality_control={**RECORD.quality_control, "esme_max": 18}), POINTS,
     "another set-up(.|\n)*quality_control: found (.|\n)*quality_control.esme_max: found 16, expected 18"),
    (RECORD._replace(dataset="smap"), POINTS, "dataset: found ascat metop-b, expected smap"),
    (RECORD, POINTS._replace(cell=POINTS.cell + 1), "another grid or mask")])
def test_a_foreign_climatology_is_refused(tmp_path, record, points, message):
    write_final(tmp_path / "c.h5")
    with pytest.raises(InputError, match=message):
        read_climatology(tmp_path / "c.h5", record, points, WHOLE, SERIAL)


def test_some_periods_are_rows_of_the_whole(tmp_path):
    write_final(tmp_path / "c.h5")
    whole = streamed(SATURATION, SATURATION_BINS).finish()
    minimum = MinimumCount(80, 80)  # so that some months are pooled
    tables = match_tables(whole, whole, minimum)
    assert 0 < tables.pooled.sum() < tables.pooled.size

    def check(communicator):
        band = split_evenly(N_CELLS, 2)[communicator.rank]
        file = ClimatologyFile(tmp_path / "c.h5", RECORD, POINTS, band, communicator)
        for rows in ([0], [1], [12], [3, 4], [0, 7]):
            found = file.periods(rows, slice(1, band.n_points))
            cells = slice(band.start + 1, band.stop)
            np.testing.assert_array_equal(found.std, whole.std[rows, cells])
            for name, own in match_tables(found, found, minimum)._asdict().items():
                np.testing.assert_array_equal(own, getattr(tables, name)[..., rows, cells])
        return True

    assert all(run_in_process(2, check))


def test_damage_and_other_files_are_refused(tmp_path):
    path = tmp_path / "c.h5"
    write_final(path)
    with pytest.raises(InputError, match="is not a climatology record file"):
        read_stream(path, RECORD, SATURATION_BINS, POINTS, WHOLE, SERIAL)
    with h5py.File(path, "r+") as file:
        file["q"][3, 2, 1] += 1e-9
    with pytest.raises(InputError, match="variable q is damaged"):
        read_climatology(path, RECORD, POINTS, WHOLE, SERIAL)
    with pytest.raises(InputError, match="variable q is damaged"):
        ClimatologyFile(path, RECORD, POINTS, WHOLE, SERIAL)
    path.write_text("text")
    with pytest.raises(InputError, match="cannot be read as a climatology file"):
        read_climatology(path, RECORD, POINTS, WHOLE, SERIAL)


def test_days_are_checked_where_they_are_read(tmp_path):
    path = tmp_path / "c.h5"
    write_final(path)
    with h5py.File(path, "r+") as file:
        file["day_mean"][5, 1] += 1e-9
    ClimatologyFile(path, RECORD, POINTS, WHOLE, SERIAL)
    with pytest.raises(InputError, match="variable day_mean is damaged"):
        ClimatologyFile(path, RECORD, POINTS, WHOLE, SERIAL, with_days=True)


def test_a_job_cut_and_resumed_on_other_ranks_ends_with_the_same_bits(tmp_path):
    path, names = tmp_path / "record.h5", [f"file{k}" for k in range(4)]

    def first(communicator):
        band = split_evenly(N_CELLS, 3)[communicator.rank]
        stream, days = of_band(band, slice(0, 2500))
        if communicator.rank == 1:
            stream.promote()
        write_stream(path, stream, RECORD.after(names[:2]), POINTS, band, communicator, {}, days)

    run_in_process(3, first)

    def second(communicator):
        band = split_evenly(N_CELLS, 2)[communicator.rank]
        stream, record, days = read_stream(path, RECORD, SATURATION_BINS, POINTS, band, communicator)
        assert record.remaining(names) == names[2:] and stream.counts.dtype == np.uint32
        return of_band(band, slice(2500, None), stream=stream, days=days)

    expected, expected_days = of_band(WHOLE)
    parts = run_in_process(2, second)
    for name in ("n", "mean", "m2", "vmin", "vmax"):
        assert np.array_equal(np.concatenate([getattr(stream, name) for stream, _ in parts], axis=1), getattr(expected, name))
    assert np.array_equal(np.concatenate([stream.counts for stream, _ in parts], axis=1), expected.counts)
    assert np.array_equal(np.concatenate([days.mean for _, days in parts], axis=1), expected_days.mean)


def test_other_inputs_do_not_continue_a_record():
    record = RECORD.after(["a", "b"])
    assert record.remaining(["a", "b", "c"]) == ["c"] and RECORD.remaining(["x"]) == ["x"]
    for names in (["a", "c", "b"], ["a"]):
        with pytest.raises(InputError, match="begun with 2 inputs"):
            record.remaining(names)
    assert names_hash(["ab", "c"]) != names_hash(["a", "bc"])


def test_the_hash_of_settings_ignores_the_order_of_keys():
    assert settings_hash({"a": 1, "b": [2]}) == settings_hash({"b": [2], "a": 1}) != settings_hash({"a": 1, "b": [3]})


def test_a_jump_between_sub_periods_drops_the_earlier_one():
    """Cell 0 jumps in May only; cell 1 too, with too few data later; cell 2 differs by less than the limit."""
    later, earlier, alone = (ClimatologyStream(3, SOIL_MOISTURE_BINS) for _ in range(3))
    for cell, shift, n in ((0, 0.021, 150), (1, 0.021, 149), (2, 0.019, 150)):
        earlier.add(np.linspace(0.1, 0.3, 200), 5, cell)
        earlier.add(np.linspace(0.1, 0.3, 200), 6, cell)
        for stream in (later, alone):
            stream.add(np.linspace(0.1, 0.3, n) + shift, 5, cell)
            stream.add(np.linspace(0.1, 0.3, n), 6, cell)
    jumped = merge_unless_jump(later, earlier)
    assert np.argwhere(jumped).tolist() == [[4, 0]]
    assert later.n[4].tolist() == [150, 349, 350] and later.n[5].tolist() == [350, 349, 350]
    for name in ("n", "mean", "m2", "vmin", "vmax", "counts"):
        assert np.array_equal(getattr(later, name)[4, 0], getattr(alone, name)[4, 0]), name
    assert (later.counts.sum(axis=2) == later.n).all() and later.vmin[5, 0] == 0.1
