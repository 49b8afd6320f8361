"""Restart files: round trip on any ranks, and every kind of file that must not be read."""

import logging
import os
import threading

import h5py
import numpy as np
import pytest

from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.errors import OutputError, RestartError
from landda_hpc.io import atomic
from landda_hpc.io.atomic import Finisher
from landda_hpc.io.restart import Field, RestartCatalog, read_restart, write_restart
from landda_hpc.parallel import SerialCommunicator, run_in_process

N_POINTS, N_MEMBERS = 7, 4
POINTS = PointSet(np.linspace(-5, 5, N_POINTS), np.linspace(0, 9, N_POINTS), np.arange(N_POINTS) * 2, (1, 20), None)
IDENTITY = {"configuration": "abc", "n_layers": "3"}
RANDOM = np.random.default_rng(0)
FULL = {"layered": (RANDOM.normal(size=(3, N_POINTS, N_MEMBERS)), ("layer", "point", "member")),
        "column": (RANDOM.normal(size=(N_POINTS, N_MEMBERS)).astype(np.float32), ("point", "member")),
        "count": (np.arange(N_POINTS), ("point",)),
        "memory": (RANDOM.normal(size=(2, N_POINTS, N_MEMBERS)), ("variable", "point", "member"))}
SERIAL, WHOLE = SerialCommunicator(), split_evenly(N_POINTS, 1)[0]


def local_fields(band):
    return {name: Field(np.take(values, np.arange(band.start, band.stop), dims.index("point")), dims)
            for name, (values, dims) in FULL.items()}


def write(path, communicator=SERIAL, band=WHOLE, identity=IDENTITY, spare=None):
    write_restart(path, local_fields(band), {"step": 3, "time": "2001-01-01T00:00:00"}, identity, POINTS, band,
                  communicator, {"version": "1"}, spare=spare)


def read(path, identity=IDENTITY, points=POINTS, n_members=None):
    return read_restart(path, identity, points, WHOLE, SERIAL, n_members)


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "restart.h5")
    return tmp_path / "restart.h5"


@pytest.mark.parametrize("writers, readers", [(1, 3), (3, 1), (5, 2), (2, 9)])
def test_any_ranks_read_what_any_ranks_wrote(tmp_path, writers, readers):
    path = tmp_path / "restart.h5"
    run_in_process(writers, lambda c: write(path, c, split_evenly(N_POINTS, writers)[c.rank]))

    def check(communicator):
        band = split_evenly(N_POINTS, readers)[communicator.rank]
        checkpoint = read_restart(path, IDENTITY, POINTS, band, communicator)
        expected = local_fields(band)
        return checkpoint.scalars["step"] == 3 and all(
            field.values.dtype == expected[name].values.dtype and (field.values == expected[name].values).all()
            for name, field in checkpoint.fields.items())

    assert all(run_in_process(readers, check))


def test_a_file_cut_short_is_refused(path):
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    with pytest.raises(RestartError, match="truncated"):
        read(path)


def test_one_flipped_bit_is_found_and_the_variable_named(path):
    with h5py.File(path, "r+") as file:
        bits = file["column"][()].view(np.uint32)
        bits[2, 1] ^= 1
        file["column"][...] = bits.view(np.float32)
    with pytest.raises(RestartError, match="the variable column is damaged"):
        read(path)


def test_exchanged_values_are_found(path):
    with h5py.File(path, "r+") as file:
        file["count"][...] = FULL["count"][0][::-1]
    with pytest.raises(RestartError, match="the variable count is damaged"):
        read(path)


def test_another_set_up_is_refused_with_what_differs(path):
    with pytest.raises(RestartError, match="(?s)configuration: found abc, expected xyz"):
        read(path, IDENTITY | {"configuration": "xyz"})


def test_another_grid_is_refused(path):
    with pytest.raises(RestartError, match="another grid or mask"):
        read(path, points=POINTS._replace(cell=POINTS.cell + 1))


def test_another_format_is_refused(path, tmp_path):
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(RestartError, match="format version 99"):
        read(path)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["x"] = 1
    with pytest.raises(RestartError, match="not a restart file"):
        read(other)
    with pytest.raises(RestartError, match="does not exist"):
        read(tmp_path / "missing.h5")


@pytest.mark.parametrize("wanted, chosen", [(2, [0, 3]), (6, [0, 1, 2, 0, 1, 3]), (1, [3])])
def test_members_are_resampled_and_the_last_stays_the_last(path, wanted, chosen):
    checkpoint = read(path, n_members=wanted)
    assert (checkpoint.fields["layered"].values == FULL["layered"][0][:, :, chosen]).all()
    assert (checkpoint.fields["count"].values == FULL["count"][0]).all()


def test_a_full_disk_leaves_the_old_file(path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(atomic, "free_bytes", lambda path: 100)
    with pytest.raises(OutputError, match="(?s)disk is full.*needed.*free +100"):
        write(path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("n_ranks", [1, 3])
@pytest.mark.parametrize("looks_first", [True, False])
def test_a_disk_that_is_really_full(small_disk, monkeypatch, n_ranks, looks_first):
    """Whether it is seen before or while writing, all ranks raise, nothing is left and the old file can be read."""
    path = small_disk / "restart.h5"
    monkeypatch.setattr(atomic, "MARGIN", 0 if looks_first else -10**9)
    write(path)
    big = PointSet(*(np.zeros(40000),) * 2, np.arange(40000), (1, 40000), None)

    def fill(communicator):
        band = split_evenly(40000, n_ranks)[communicator.rank]
        field = Field(np.zeros((4, band.n_points, 1)), ("layer", "point", "member"))
        with pytest.raises(OutputError, match="cannot be written"):
            write_restart(path, {"field": field}, {}, IDENTITY, big, band, communicator, {})
        return True

    assert run_in_process(n_ranks, fill) == [True] * n_ranks
    assert read(path).scalars["step"] == 3 and list(small_disk.iterdir()) == [path]


def test_a_finisher_names_the_file_when_it_is_on_the_disk(tmp_path, monkeypatch):
    """Until then the file before is all there is; only then are older ones removed."""
    on_disk, sync = threading.Event(), atomic.sync
    monkeypatch.setattr(atomic, "sync", lambda path: (on_disk.wait(60.0), sync(path)))
    paths = [tmp_path / "restart_1.h5", tmp_path / "restart_2.h5"]

    def check(communicator):
        finisher, band = Finisher(), split_evenly(N_POINTS, 2)[communicator.rank]
        arguments = {"step": 3}, IDENTITY, POINTS, band, communicator, {}
        on_disk.set()
        write_restart(paths[0], local_fields(band), *arguments, finisher=finisher)
        finisher.wait(communicator)
        communicator.barrier()
        on_disk.clear()
        write_restart(paths[1], local_fields(band), *arguments, finisher=finisher, then=paths[0].unlink)
        communicator.barrier()
        before = paths[0].exists(), paths[1].exists()
        communicator.barrier()
        on_disk.set()
        finisher.wait(communicator)
        return before == (True, False) and not paths[0].exists() and paths[1].exists()

    assert all(run_in_process(2, check))
    assert read(paths[1]).scalars["step"] == 3 and list(tmp_path.iterdir()) == [paths[1]]


def test_a_finisher_tells_all_ranks_of_a_disk_that_fails(path, monkeypatch):
    def failing(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(atomic, "sync", failing)

    def check(communicator):
        finisher, band = Finisher(), split_evenly(N_POINTS, 2)[communicator.rank]
        write_restart(path, local_fields(band), {"step": 4}, IDENTITY, POINTS, band, communicator, {}, finisher=finisher)
        with pytest.raises(OutputError, match="Input/output error"):
            finisher.wait(communicator)
        finisher.wait(communicator)  # it was told
        return True

    assert all(run_in_process(2, check))
    assert read(path).scalars["step"] == 3 and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("n_ranks", [1, 3])
def test_a_file_of_the_same_variables_is_written_over(tmp_path, n_ranks):
    path, spare = tmp_path / "restart.h5", tmp_path / "spare.h5"
    other = {name: Field(np.full_like(field.values, 77), field.dims) for name, field in local_fields(WHOLE).items()}
    write_restart(spare, other, {"step": 1}, {"configuration": "longer"}, POINTS, WHOLE, SERIAL, {"only": "here"})
    inode = spare.stat().st_ino
    run_in_process(n_ranks, lambda c: write(path, c, split_evenly(N_POINTS, n_ranks)[c.rank], spare=spare))
    assert path.stat().st_ino == inode and not spare.exists()
    checkpoint = read(path)
    assert checkpoint.scalars["step"] == 3
    assert all((checkpoint.fields[name].values == values).all() for name, (values, _) in FULL.items())
    with h5py.File(path, "r") as file:
        assert "only" not in file.attrs and tuple(file.attrs["grid_shape"]) == POINTS.shape


def test_a_spare_that_does_not_fit_is_left(tmp_path, path):
    spare = tmp_path / "spare.h5"
    fields = local_fields(WHOLE)
    for other in ({"layered": fields["layered"]}, fields | {"count": Field(np.arange(N_POINTS, dtype=np.int32), ("point",))}):
        write_restart(spare, other, {}, {}, POINTS, WHOLE, SERIAL, {})
        write(path, spare=spare)
        assert spare.exists() and read(path).scalars["step"] == 3
    spare.write_bytes(path.read_bytes()[:5000])  # as a killed run leaves it
    write(path, spare=spare)
    assert spare.exists() and read(path).scalars["step"] == 3
    with open(path, "ab") as file:  # written over so often that much of it is lost room
        file.truncate(path.stat().st_size + 2**21)
    os.replace(path, spare)
    write(path, spare=spare)
    assert spare.exists() and path.stat().st_size < 2**20


def test_the_newest_good_file_is_taken(tmp_path, caplog):
    catalog = RestartCatalog(tmp_path, keep=2)
    paths = [catalog.path(np.datetime64(f"2001-01-0{day}T06:00")) for day in (1, 2, 3)]
    for path in paths:
        write(path)
        catalog.prune()
    assert catalog.files() == paths[1:] and catalog.spare.exists()
    catalog.discard_spare()
    assert sorted(tmp_path.iterdir()) == paths[1:]
    paths[2].write_bytes(paths[2].read_bytes()[:100])
    with caplog.at_level(logging.WARNING, logger="landda_hpc"):
        found, _ = catalog.newest(IDENTITY, POINTS, WHOLE, SERIAL)
    assert found == paths[1] and "before it" in caplog.text
    with pytest.raises(RestartError, match="another set-up"):
        catalog.newest(IDENTITY | {"n_layers": "9"}, POINTS, WHOLE, SERIAL)
    with pytest.raises(RestartError, match="no restart file"):
        RestartCatalog(tmp_path / "empty").newest(IDENTITY, POINTS, WHOLE, SERIAL)
