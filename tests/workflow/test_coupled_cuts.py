"""Coupled runs that are killed or asked to stop anywhere, and files of the exchange that were damaged or lost meanwhile."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import h5netcdf
import numpy as np
import pytest

from landda_hpc.coupling.weather_atmosphere import WeatherAtmosphere
from landda_hpc.errors import CheckpointStop, InputError, RestartError
from landda_hpc.workflow.land_run import LandRun
from tests.workflow.killed_runs import STAGES
from tests.workflow.test_coupled_cycle import PROGRAM, Case, assert_same


@pytest.fixture(scope="module")
def uncut(tmp_path_factory):
    """A case with a run that was never stopped."""
    folder = tmp_path_factory.mktemp("cuts")
    before = os.getcwd()
    os.chdir(folder)
    case = Case(folder)
    case.run("ref")
    yield case
    os.chdir(before)


#: Files that are half written when a run is killed.
HALVES = {"while soil moisture is written": "soil_moisture_20220701T09.nc.tmp", "while the forcing is written":
          "forcing_20220701T06.nc.tmp", "while the forecast is written": "forecast_20220701T00.nc.tmp",
          "while the atmosphere is saved": "atmosphere_20220701T00_+09h.h5.tmp"}
#: One of each kind; the others are slow tests.
KINDS = ("in the middle of a window", "after the hand-over", "while a checkpoint goes to the disk",
         "while the history is written", "during the second atmosphere", "while the atmosphere is saved",
         "while the forcing is written", "between forcing and forecast", "during the forecast", "while the forecast is written")


@pytest.mark.parametrize("stages", [
    pytest.param(KINDS, id="kinds"), pytest.param(tuple(set(STAGES) - set(KINDS)), marks=pytest.mark.slow, id="others")])
def test_a_run_killed_anywhere_goes_on_as_if_it_had_not_been(uncut, stages):
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    process = subprocess.run([sys.executable, "-m", "tests.workflow.killed_runs", uncut.folder / "run.yaml", *stages],
                             cwd=uncut.folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0 and process.stdout == "", process.stdout + process.stderr
    halves = set()
    for stage in stages:
        name = stage.replace(" ", "_")
        halves |= {path.name for path in (uncut.folder / "runs" / name).rglob("*.tmp")}
        assert_same(uncut.folder / "runs" / "ref", uncut.run(name, resume=True))
    assert halves >= {HALVES[stage] for stage in stages if stage in HALVES}


@pytest.mark.parametrize("owner, name, number, stopped_at", [
    (LandRun, "advance", 8, "12"), (WeatherAtmosphere, "_hour", 33, "06"), (WeatherAtmosphere, "_hour", 20, "00")])
def test_a_run_asked_to_stop_does_so_after_the_window_or_the_atmosphere(uncut, monkeypatch, owner, name, number, stopped_at):
    function, calls = getattr(owner, name), []

    def call(*given):
        calls.append(name)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGUSR1)
        return function(*given)

    run = f"asked_{name}_{number}"
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, call)
        patch.setattr("landda_hpc.workflow.interrupt._early", [])
        before = signal.signal(signal.SIGUSR1, lambda *_: pytest.fail("the signal was not caught"))
        try:
            with pytest.raises(CheckpointStop, match=f"Stopped at 2022-07-01T{stopped_at}:00:00 because of signal SIGUSR1"):
                uncut.run(run)
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert_same(uncut.folder / "runs" / "ref", uncut.run(run, resume=True))


# ---- damage


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-2000])


def largest(file):
    return max(file.variables, key=lambda name: np.prod(file[name].shape))


def flip_bits(path):
    """Change bytes of the largest variable, which HDF5 reads without a word."""
    with h5netcdf.File(path) as file:
        pattern = np.asarray(file[largest(file)][...]).ravel()[-3:].tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(pattern)] ^= 1
    path.write_bytes(content)


def edit(path):
    with h5netcdf.File(path, "a") as file:
        name = largest(file)
        file[name][...] = np.asarray(file[name][...]) * 1.01


def empty(path):
    path.write_bytes(b"")


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.fixture(scope="module")
def stopped(uncut):
    """Call ``stopped(name)`` for a run of that name that stopped at 12 UTC, its atmosphere of 12 UTC done."""
    config = "run.end=2022-07-01T12:00"
    uncut.run("stopped", config)

    def copy(name):
        folder = uncut.folder / "runs" / name
        shutil.copytree(uncut.folder / "runs" / "stopped", folder)
        return folder

    return copy


@pytest.mark.parametrize("file, damage", [
    *(("exchange/forcing_20220701T12.nc", damage) for damage in (cut_short, flip_bits, edit, empty, os.remove)),
    *(("exchange/atmosphere_20220701T12_+03h.h5", damage) for damage in (cut_short, flip_last_byte, os.remove)),
    ("forecasts/forecast_20220701T12.nc", flip_bits)])
def test_damaged_files_that_can_be_made_again_are(uncut, stopped, caplog, file, damage):
    name = f"{file.split('_')[0].replace('/', '-')}-{damage.__name__}"
    folder = stopped(name)
    damage(folder / file)
    with caplog.at_level(logging.WARNING):
        uncut.run(name, resume=True)
    assert (f"{Path(file).name} is damaged and is made again" in caplog.text) == (damage is not os.remove)
    assert_same(uncut.folder / "runs" / "ref", folder)


@pytest.mark.parametrize("damage", [cut_short, flip_bits, edit, empty, os.remove])
def test_damaged_soil_moisture_is_refused(uncut, stopped, damage):
    """The land alone makes it, so the checkpoint after it is given up, as the message says."""
    name = f"soil-{damage.__name__}"
    folder = stopped(name)
    damage(folder / "exchange" / "soil_moisture_20220701T09.nc")
    with pytest.raises(InputError, match="soil_moisture_20220701T09.nc, .* cannot be used: .*remove the newest restart"):
        uncut.run(name, resume=True)
    sorted(folder.glob("restart_*.h5"))[-1].unlink()
    assert_same(uncut.folder / "runs" / "ref", uncut.run(name, resume=True))


def test_soil_moisture_of_another_time_is_refused(uncut, stopped):
    folder = stopped("other-time") / "exchange"
    shutil.copy(folder / "soil_moisture_20220701T03.nc", folder / "soil_moisture_20220701T09.nc")
    with pytest.raises(InputError, match="it is that of 2022-07-01T03:00:00 UTC, expected 2022-07-01T09:00:00"):
        uncut.run("other-time", resume=True)


def test_a_damaged_restart_that_the_atmosphere_goes_on_from_is_refused(uncut, stopped):
    folder = stopped("old-restart")
    (folder / "exchange" / "forcing_20220701T12.nc").unlink()
    flip_last_byte(folder / "exchange" / "atmosphere_20220701T06_+03h.h5")
    with pytest.raises(RestartError, match=r"atmosphere_20220701T06_\+03h.h5.*Remove the newest restart"):
        uncut.run("old-restart", resume=True)
    sorted(folder.glob("restart_*.h5"))[-1].unlink()
    assert_same(uncut.folder / "runs" / "ref", uncut.run("old-restart", resume=True))


# ---- a program as the atmosphere


def test_a_run_killed_while_the_program_runs_goes_on(uncut):
    """The program of the second cycle kills the run and goes on by itself; what it then writes is not looked at."""
    columns = uncut.folder / "runs" / "ref" / "exchange" / "forcing_20220701T00.nc"
    command = [sys.executable, str(PROGRAM), str(columns), "{start}", "{end}", "{soil_moisture}", "{forcing}", "{restart_in}",
               "{restart_out}"]
    section = "atmosphere={{kind: command, columns: {}, command: {}, forecasts: []}}".format
    whole = uncut.run("program", section(columns, command))
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    process = subprocess.run([sys.executable, "-m", "landda_hpc.cli", "run", "run.yaml", "-s", "run.name=program-killed", "-s",
                              section(columns, [*command, "kill 2022-07-01T03:00:00"])], cwd=uncut.folder, env=environment,
                             capture_output=True, timeout=300, check=False)
    assert process.returncode == -signal.SIGKILL
    uncut.run("program-killed", section(columns, command), resume=True)
    for folder in (whole, uncut.folder / "runs" / "program-killed"):
        shutil.rmtree(folder / "exchange" / "command")
    assert_same(whole, uncut.folder / "runs" / "program-killed")


# ---- a class as the atmosphere


def test_a_class_as_the_atmosphere(uncut):
    """The example of the template, found beside the configuration, cut and resumed."""
    shutil.copy(Path(sys.modules["landda_hpc.config"].__file__).parent / "templates" / "my_atmosphere.py", uncut.folder)
    section = "atmosphere={kind: python, object: my_atmosphere:MyAtmosphere, arguments: {resolution: 5.0}, forecasts: [12]}"
    whole = uncut.run("class", section)
    with pytest.raises(CheckpointStop):
        uncut.run("class-cut", section, "run.stop_after_cycles=2")
    assert_same(whole, uncut.run("class-cut", section, resume=True))
    with h5netcdf.File(whole / "exchange" / "soil_moisture_20220701T09.nc") as file:
        theta = file["soil_moisture"][0, 0]
    with h5netcdf.File(whole / "exchange" / "forcing_20220701T12.nc") as file:
        np.testing.assert_allclose(file["tair"][:, 0] - 5.0 * np.sin(2.0 * np.pi * (np.arange(7) + 3.0) / 24.0),
                                   288.0 + 10.0 * (0.3 - np.nanmean(theta)), rtol=1e-12)
