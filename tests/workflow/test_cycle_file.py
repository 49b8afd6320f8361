"""The file of a cycle: what ranks did goes into it in order, and a failure of the root reaches all of them."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from landda_hpc.errors import OutputError
from landda_hpc.io import atomic
from landda_hpc.parallel import run_in_process
from landda_hpc.workflow import cycle_file
from landda_hpc.workflow.cycle_file import ANALYSED, INCREMENTS, OBSERVED, write_cycle

N_LAYERS = 4


def step(cells, time):
    """Return the columns of an analysis of some cells, one observation each."""
    values, cells = np.asarray(cells, float), np.asarray(cells)
    times = np.full(len(cells), time)
    observed = dict.fromkeys(OBSERVED, values) | {"cell": cells, "analysis_time": times, "code": np.zeros(len(cells), np.int16)}
    analysed = dict.fromkeys(ANALYSED, values) | {"point_cell": cells, "point_time": times}
    return observed, analysed | dict.fromkeys(INCREMENTS, np.tile(values, (N_LAYERS, 1)))


#: Of three ranks, the second without points.
STEPS = ([step([3, 1], 60.0), step([2], 30.0)], [], [step([7, 5], 30.0)])


def write(path, n_ranks=3):
    """Write the file on some ranks and return the message of each, None where there is no error."""
    def rank(communicator):
        try:
            write_cycle(path, STEPS[communicator.rank], N_LAYERS, {"title": "t"}, communicator)
        except OutputError as error:
            return str(error)
        return None

    return run_in_process(n_ranks, rank)


@pytest.mark.parametrize("small", [0, cycle_file.SMALL])
def test_all_ranks_are_sorted_by_time_and_cell(tmp_path, monkeypatch, small):
    """Gathered column by column and at once."""
    monkeypatch.setattr(cycle_file, "SMALL", small)
    assert write(tmp_path / "cycle.h5") == [None] * 3
    with h5py.File(tmp_path / "cycle.h5") as file:
        for name in ("cell", "point_cell", "observed", "water"):
            assert file[name][()].tolist() == [2, 5, 7, 1, 3]
        assert file["raw_increment"].shape == (N_LAYERS, 5) and file["code"].dtype == np.int16


@pytest.mark.parametrize("small", [0, cycle_file.SMALL])
@pytest.mark.parametrize("column", ["cell", "code", "applied_increment"])
def test_a_disk_that_fills_up_ends_all_ranks_with_one_message(tmp_path, monkeypatch, column, small):
    """HDF5 tells of it by whatever error it likes, at any column."""
    monkeypatch.setattr(cycle_file, "SMALL", small)
    create = h5py.File.create_dataset

    def failing(file, name, *values, **options):
        if name == column:
            raise RuntimeError("file write failed: No space left on device")
        return create(file, name, *values, **options)

    monkeypatch.setattr(h5py.File, "create_dataset", failing)
    first, *others = write(tmp_path / "cycle.h5")
    assert first.startswith("cycle.h5 cannot be written: the disk is full") and others == [first, first]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_ends_all_ranks(tmp_path):
    (tmp_path / "assimilation").touch()
    assert all("cannot be written in" in message for message in write(tmp_path / "assimilation" / "cycle.h5"))


def test_the_disk_must_have_room_for_all_columns(tmp_path, monkeypatch):
    """The bytes that are asked for are those of the columns of all ranks."""
    asked = []
    monkeypatch.setattr(atomic, "require_space", lambda path, communicator, needed: asked.append(needed))
    write(tmp_path / "cycle.h5")
    with h5py.File(tmp_path / "cycle.h5") as file:
        assert asked == [sum(dataset.nbytes for dataset in file.values())]


def test_a_failure_is_told_where_nothing_can_be_removed(tmp_path, monkeypatch):
    """As on a disk that became read-only."""
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(h5py, "File", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    assert all("cycle.h5 cannot be written in" in message for message in write(tmp_path / "cycle.h5"))
