"""One failing rank stops all, none hangs, and what was written stays."""

import sys
import time
from pathlib import Path

import pytest

#: Runs the command line with one step of one rank going wrong in a given way.
WRAPPER = """
import os, signal, sys
from landda_hpc.workflow.land_run import LandRun
advance = LandRun.advance
def failing(self):
    if self.communicator.rank == 1 and self.step == 80:
        {failure}
    return advance(self)
LandRun.advance = failing
from landda_hpc.cli.main import main
main()
"""
SECONDS = 60.0  # a run of these tests takes a few seconds; one that hangs would take for ever


@pytest.fixture
def failing_launch(launch, compiled, configuration, tmp_path):
    def call(failure, *arguments):
        wrapper = tmp_path / "wrapper.py"
        wrapper.write_text(WRAPPER.format(failure=failure))
        begin = time.monotonic()
        process = launch(3, ["run", configuration.name, *arguments], configuration.parent, timeout=SECONDS,
                         command=[sys.executable, str(wrapper)])
        return process, time.monotonic() - begin

    return call


@pytest.fixture
def folder(configuration):
    return configuration.parent / "runs" / "small"


def test_a_killed_rank_stops_all_and_the_checkpoint_goes_on(launch, failing_launch, configuration, folder,
                                                            assert_same_files):
    process, _ = failing_launch("os.kill(os.getpid(), signal.SIGKILL)")
    assert process.returncode != 0
    assert [path.name for path in folder.glob("*.h5*")] == ["restart_20010104T050000.h5"]
    again = launch(2, ["run", configuration.name, "--resume"], configuration.parent)
    assert again.returncode == 0, again.stderr
    whole = launch(1, ["run", configuration.name, "-s", "run.name=whole"], configuration.parent)
    assert whole.returncode == 0, whole.stderr
    assert_same_files(folder.parent / "whole", folder)


def test_an_exception_on_one_rank_is_told_once_and_stops_all(failing_launch):
    process, _ = failing_launch("raise ArithmeticError('told once')")
    assert process.returncode != 0
    assert process.stderr.count("ArithmeticError: told once") == 1 and "[rank 1 of 3]" in process.stderr


def test_an_expected_error_keeps_its_exit_code(launch, configuration):
    process = launch(3, ["run", configuration.name, "-s", "sites.0.land_cover_class=99"], configuration.parent)
    assert process.returncode == 2 and "Unknown land-cover class" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_signal_to_one_rank_checkpoints_all(launch, failing_launch, configuration, folder, assert_same_files):
    process, _ = failing_launch("os.kill(os.getpid(), signal.SIGUSR1)")
    assert process.returncode == 75, process.stderr
    assert process.stderr.count("CheckpointStop") == 1
    again = launch(1, ["run", configuration.name, "--resume"], configuration.parent)
    assert again.returncode == 0, again.stderr
    whole = launch(1, ["run", configuration.name, "-s", "run.name=whole"], configuration.parent)
    assert whole.returncode == 0
    last = sorted(path.name for path in folder.glob("*.h5"))[-1]
    for other in folder.glob("*.h5"):
        if other.name != last:
            other.unlink()
    for other in (folder.parent / "whole").glob("*.h5"):
        if other.name != last:
            other.unlink()
    assert_same_files(folder.parent / "whole", folder)


def test_a_full_disk_stops_all_ranks_and_leaves_the_checkpoint(launch, compiled, configuration, small_disk):
    """The first checkpoint fits, the history fills the disk before the second."""
    target = Path(small_disk) / "run"
    begin = time.monotonic()
    process = launch(3, ["run", configuration.name, "-s", f"run.folder={target}", "-s", "ensemble.size=40"],
                     configuration.parent, timeout=SECONDS)
    assert process.returncode == 1 and "disk is full" in process.stderr, process.stderr
    assert time.monotonic() - begin < SECONDS
    assert not list(target.glob("*.tmp"))
