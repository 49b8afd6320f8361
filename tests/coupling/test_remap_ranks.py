"""Remapping by several ranks, parts of weights, missing values, weight files."""

import netCDF4
import numpy as np
import pytest

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import digest_of, kept_remap, read_weights, write_weights
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.parallel.in_process import run_in_process
from tests.coupling.fields import GLOBE


def test_the_number_of_ranks_changes_nothing(tmp_path, land):
    sphere = CubedSphere(5)
    values = np.random.default_rng(11).random((2, 3, 648))
    whole = Remap.conservative(GLOBE, sphere, source_mask=land).apply(values)

    def part(communicator):
        remap = kept_remap("conservative", GLOBE, sphere, communicator, tmp_path, source_mask=land)
        first, last = (k * remap.n_target // communicator.size for k in (communicator.rank, communicator.rank + 1))
        return remap.rows(first, last).apply(values)

    for n_ranks in (1, 2, 3):
        np.testing.assert_array_equal(np.concatenate(run_in_process(n_ranks, part), axis=-1), whole)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("source, target", [(GLOBE, CubedSphere(5)), (CubedSphere(3), GLOBE), (CubedSphere(2), CubedSphere(5)),
                                            (CubedSphere.cells(4, 3), Grid(61, 120, 3.0, -91.5, -181.5))])
def test_ranks_make_the_same_weights(source, target):
    """More ranks than faces among them, and every method that the source allows."""
    random, sizes = np.random.default_rng(18), [columns_of(grid).n_columns for grid in (source, target)]
    mask, classes = random.random(sizes[0]).round(), [random.integers(1, 4, size) for size in sizes]
    cases = {method: (mask,) for method in ("conservative", "bilinear", "nearest", "gathered")}
    cases |= {method: (mask, *classes) for method in ("same_class", "nearest_class", "soil_moisture")}
    if getattr(source, "is_nodes", False):
        cases |= {"basis": ()} | ({"cell_mean": ()} if isinstance(target, Grid) else {})
    for method, arguments in cases.items():
        make = getattr(Remap, method)
        alone = make(source, target, *arguments)
        for n_ranks in (2, 3, 7):
            for found in run_in_process(n_ranks, lambda ranks, make=make, given=arguments: make(
                    source, target, *given, communicator=ranks)):
                for name in ("start", "index", "weight", "source_fraction", "target_fraction"):
                    np.testing.assert_array_equal(getattr(found, name), getattr(alone, name), method)


def test_a_mistake_of_all_ranks_ends_them_all():
    def work(communicator):
        with pytest.raises(ConfigError, match="source_mask has 3 values"):
            Remap.conservative(GLOBE, CubedSphere(1), np.ones(3), communicator=communicator)
        return True

    assert all(run_in_process(3, work))


def test_missing_values_are_left_out_on_demand():
    """What is there is the mean of what is not missing, as if a mask had left it out, and otherwise nothing changes."""
    remap, values = Remap.conservative(GLOBE, CubedSphere(6)), np.random.default_rng(19).random((2, 648))
    np.testing.assert_array_equal(remap.apply(values, skip_missing=True), remap.apply(values))
    values[1, np.random.default_rng(20).random(648) < 0.5] = np.nan
    found = remap.apply(values, skip_missing=True)
    masked = Remap.conservative(GLOBE, CubedSphere(6), np.isfinite(values[1]))
    expected = np.where(masked.target_fraction > 0.0, masked.apply(values[1]), np.nan)
    assert found[1] == pytest.approx(expected, rel=1e-13, nan_ok=True) and np.isfinite(found[0]).all()
    assert np.isnan(remap.apply(values)[1]).sum() > np.isnan(found[1]).sum() > 0


def test_chosen_targets_and_sources(land):
    remap = Remap.bilinear(GLOBE, CubedSphere(4), source_mask=land)
    cells, columns = np.flatnonzero(land), np.flatnonzero(remap.has_value)[::-1]
    values = np.random.default_rng(12).random(648)
    np.testing.assert_array_equal(remap.targets(columns).sources(cells).apply(values[cells]), remap.apply(values)[columns])
    with pytest.raises(ConfigError, match="sources that are left out"):
        remap.sources(cells[:5])


def test_values_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(..., 648\)"):
        Remap.nearest(GLOBE, CubedSphere(1)).apply(np.zeros(3))


@pytest.mark.parametrize("source, target", [(GLOBE, CubedSphere(3)), (CubedSphere.cells(4), GLOBE)])
def test_weight_files(source, target, tmp_path):
    remap = Remap.conservative(source, target)
    write_weights(tmp_path / "weights.nc", remap, source, target)
    read = read_weights(tmp_path / "weights.nc")
    for name in ("start", "index", "weight", "source_fraction", "target_fraction"):
        np.testing.assert_array_equal(getattr(read, name), getattr(remap, name))
    assert read.method == "conservative" and read.target.shape == remap.target.shape
    np.testing.assert_array_equal(read.source.area, remap.source.area)
    with netCDF4.Dataset(tmp_path / "weights.nc") as file:  # as any tool would use it
        dense = np.zeros((len(file.dimensions["n_b"]), len(file.dimensions["n_a"])))
        np.add.at(dense, (file["row"][:] - 1, file["col"][:] - 1), file["S"][:])
        assert dense == pytest.approx(remap.matrix.toarray())
        areas = dense * (file["frac_b"][:].data * file["area_b"][:].data)[:, None]
        assert areas.sum(axis=0) == pytest.approx(file["area_a"][:].data * file["frac_a"][:].data)


def test_broken_weight_files_are_refused(tmp_path):
    remap = Remap.nearest(GLOBE, CubedSphere(1))
    write_weights(tmp_path / "weights.nc", remap)
    with netCDF4.Dataset(tmp_path / "weights.nc", "a") as file:
        file["col"][3] = 649
    with pytest.raises(InputError, match="col has 56 numbers from .* to 649, entry 4 is 649; expected 56 from 1 to 648"):
        read_weights(tmp_path / "weights.nc")
    (tmp_path / "none.nc").write_bytes(b"none")
    with pytest.raises(InputError, match="cannot be read as a file of weights"):
        read_weights(tmp_path / "none.nc")


def test_kept_weights_are_made_again_where_they_are_damaged(tmp_path):
    first = kept_remap("nearest", GLOBE, CubedSphere(1), folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:500])
    with pytest.warns(UserWarning, match="made again"):
        again = kept_remap("nearest", GLOBE, CubedSphere(1), folder=tmp_path)
    np.testing.assert_array_equal(first.index, again.index)
    np.testing.assert_array_equal(read_weights(path).index, first.index)


def test_digests_tell_what_matters_apart(land):
    other = land.copy()
    other[5] = 0.1
    digests = {digest_of("bilinear", GLOBE, CubedSphere(2)), digest_of("nearest", GLOBE, CubedSphere(2)),
               digest_of("bilinear", CubedSphere(2), GLOBE), digest_of("bilinear", GLOBE, CubedSphere(3)),
               digest_of("bilinear", GLOBE, CubedSphere(2), source_mask=land),
               digest_of("bilinear", GLOBE, CubedSphere(2), source_mask=other),
               digest_of("bilinear", GLOBE, CubedSphere(2), target_mask=land)}
    assert len(digests) == 7
