"""A run as a user meets it: outputs, refusals, checkpoints, columns that go wrong."""

import logging
import os
import signal
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray

from landda_hpc.config import load_config
from landda_hpc.errors import BudgetError, CheckpointStop, ColumnError, ConfigError, InputError, OutputError, RestartError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.write_csv import write_tower_csv
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.perturb import generator
from landda_hpc.variables import FORCING
from landda_hpc.workflow import land_run, tower_places
from landda_hpc.workflow.figures import draw_run, run_scores, score_text
from landda_hpc.workflow.inspect import describe_file
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.outputs import KNOWN
from landda_hpc.workflow.replay import replay_text, run_again
from landda_hpc.workflow.run import run

CONFIGURATION = """
run: {name: small, time_step: 1h, end: 2001-01-04T05:00}
sites:
  - forcing: {format: sample}
    variants: [{name: sand, soil_class: 1}]
ensemble: {size: 3}
output: {interval: 6h}
restart: {interval: 1d}
"""


def history(folder="runs/small"):
    return xarray.load_dataset(f"{folder}/history.nc")


def test_a_run_leaves_history_checkpoints_log_and_configuration(start, tmp_path):
    summary = start()
    names = {path.name for path in (tmp_path / "runs" / "small").iterdir()}
    assert {"history.nc", "run.log", "configuration.yaml", "restart_20010104T050000.h5"} <= names
    assert sum(name.startswith("restart") for name in names) == 2
    dataset = history()
    assert dataset.sizes == {"time": 12, "bnds": 2, "point": 2, "layer": 4}
    assert np.isfinite(dataset["soil_moisture"]).all() and (dataset["soil_moisture_spread"] > 0).any()
    log = (tmp_path / "runs" / "small" / "run.log").read_text()
    assert "[rank 0] 2001-01-04T04:00:00 INFO" in log and "water budget" in log and "longwave estimated" in log
    assert "heat of melting without snow" in log and "residual of the full balance" in log
    assert abs(summary.budget.residual) < 1e-9


def test_the_mean_forcing_of_the_history_is_that_of_the_record(start):
    start("ensemble.size=1")
    record = read_tower("sample")
    expected = record.air_temperature[:72].reshape(12, 6).mean(axis=1)
    np.testing.assert_allclose(history()["air_temperature"][:, 0], expected, rtol=1e-13)
    total = record.precipitation[:72].sum() * 3600.0
    assert float(history()["precipitation"][:, 0].sum()) * 6 * 3600.0 == pytest.approx(total)


def test_every_known_variable_can_be_written(start):
    start("output.variables=[" + ", ".join(KNOWN) + "]", "run.end=2001-01-02T05:00")
    dataset = history()
    assert all(np.isfinite(dataset[name]).all() for name in KNOWN)
    assert (dataset["potential_evaporation"] >= dataset["transpiration"] - 1e-9).all()
    assert (dataset["momentum_stress"] > 0).all()


def test_a_folder_that_holds_a_run_is_refused(start):
    start()
    with pytest.raises(ConfigError, match="already holds a run"):
        start()


def test_a_folder_that_cannot_be_made_is_told(start):
    with pytest.raises(OutputError, match="site.yaml cannot be made"):
        start("run.folder=site.yaml")


def test_a_first_state_that_cannot_be_read_leaves_the_folder_free(start):
    with pytest.raises(RestartError, match="none.h5: the restart file does not exist"):
        start("run.first_state=none.h5")
    start()


def test_a_history_that_is_gone_is_told_on_resuming(start, tmp_path, caplog):
    start("run.end=2001-01-03T05:00")
    (tmp_path / "runs" / "small" / "history.nc").unlink()
    start(resume=True)
    assert "history.nc is missing" in caplog.text and history().sizes["time"] == 4


def test_a_dry_run_writes_nothing(start, tmp_path):
    start(dry_run=True)
    assert [path.name for path in tmp_path.iterdir()] == ["site.yaml"]


@pytest.mark.parametrize("change, error, part", [
    ("sites.0.land_cover_class=77", ConfigError, "Unknown land-cover class"),
    ("sites.0.land_cover_class=17", ConfigError, "is water"),
    ("sites.0.soil_class=42", ConfigError, "Unknown soil class"),
    ("run.start=1999-01-01", InputError, "all towers together have"),
    ("run.time_step=7min", (ConfigError, InputError), "7min|420"),
    ("output.variables=[soil_moisture, moose]", ConfigError, "moose cannot be written"),
    ("sites.0.forcing={format: csv, file: none.csv}", InputError, "none.csv"),
    ("sites.0.initial={soil_moisture: [0.9, 0.3, 0.3, 0.3]}", ConfigError, "soil_moisture.*porosity"),
    ("sites.0.initial={soil_moisture: [0.3, 0.3]}", ConfigError, "has 2 layers"),
    ("sites.0.variants=[{name: sand}, {name: sand}]", ConfigError, "more than one point"),
    ("perturb.forcing.corr=[[1, 2, 0], [2, 1, 0], [0, 0, 1]]", ConfigError, "semidefinite")])
def test_what_cannot_run_is_told_before_the_first_step(start, tmp_path, change, error, part):
    more = ["output.interval=7h", "restart.interval=7d", "perturb.forcing.interval=7h", "perturb.state.interval=7h",
            "output.interval=7h"] if "7min" in change else []
    with pytest.raises(error, match=f"(?s){part}"):
        start(change, *more)
    assert not list(tmp_path.glob("runs/small/*.nc"))


@pytest.mark.parametrize("first, last, max_gap, repaired", [(30, 31, "0s", False), (30, 31, "3h", True),
                                                            (30, 38, "3h", False)])
def test_a_hole_in_the_forcing(start, tmp_path, first, last, max_gap, repaired):
    """A hole stops the run with file, variable, time and count, unless it is asked to be filled; then it is counted."""
    path = tmp_path / "tower.csv"
    write_tower_csv(path, read_tower("sample"))
    lines = path.read_text().splitlines()
    top = next(number for number, line in enumerate(lines) if line.startswith("time,"))
    names = lines[top].split(",")
    column = next(number for number, name in enumerate(names) if name.startswith("air_temperature"))
    for row in range(top + 1 + first, top + 1 + last):
        cells = lines[row].split(",")
        cells[column] = "nan"
        lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    change = "sites.0.forcing={format: csv, file: tower.csv}"
    if max_gap != "0s":
        change = change.replace("}", f", max_gap: {max_gap}}}")
    if repaired:
        start(change)
        assert "air_temperature: 1 missing" in (tmp_path / "runs" / "small" / "run.log").read_text()
    else:
        with pytest.raises(InputError, match=f"(?s)tower.csv.*air_temperature.*{last - first} of.*2001-01-02T"):
            start(change)


def test_a_cut_run_goes_on_as_if_it_had_not_been_cut(start):
    start()
    whole = history()
    start("run.name=cut", "run.end=2001-01-02T14:00")
    start("run.name=cut", resume=True)
    assert history("runs/cut").equals(whole)


def test_a_signal_ends_with_a_checkpoint(start, monkeypatch):
    """The run stops with exit code 75 and goes on to the same numbers."""
    start()
    advance, steps = LandRun.advance, []

    def interrupted(self):
        steps.append(self.step)
        if len(steps) == 20:
            os.kill(os.getpid(), signal.SIGTERM)
        return advance(self)

    monkeypatch.setattr(LandRun, "advance", interrupted)
    with pytest.raises(CheckpointStop, match="SIGTERM") as stop:
        start("run.name=cut")
    assert stop.value.exit_code == 75 and len(steps) == 20
    start("run.name=cut", resume=True)
    assert history("runs/cut").equals(history())


def test_the_wall_time_ends_with_a_checkpoint(start, tmp_path):
    with pytest.raises(CheckpointStop, match="wall time"):
        start("run.wall_time=1s")
    assert len(list((tmp_path / "runs" / "small").glob("restart_*.h5"))) == 1


def test_a_truncated_restart_is_passed_over(start, tmp_path, caplog):
    start()
    whole = history()
    newest = sorted((tmp_path / "runs" / "small").glob("restart_*.h5"))[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    with caplog.at_level(logging.WARNING, logger="landda_hpc"):
        start(resume=True)
    assert "truncated" in caplog.text and history().equals(whole)


def test_a_restart_of_another_set_up_is_refused(start):
    start()
    with pytest.raises(RestartError, match="(?s)another set-up.*configuration.*ensemble.seed: found the default, expected 5"):
        start("ensemble.seed=5", resume=True)
    with pytest.raises(RestartError, match="(?s)noah.surface_layer.*sites.0.variants.0.soil_class: found 1, expected 2"):
        start("noah.surface_layer=older", "sites.0.variants.0.soil_class=2", resume=True)
    with pytest.raises(RestartError, match="another grid"):
        start("sites.0.variants=[]", resume=True)
    with pytest.raises(RestartError, match="no restart file"):
        start("run.name=other", resume=True)


@pytest.fixture
def absurd_forcing(monkeypatch):
    """From the tenth step on the second point gets air that no column survives."""
    at = tower_places.TowerForcing.at

    def changed(self, time):
        forcing = at(self, time)
        if time < self.start + np.timedelta64(10 * 3600, "s"):
            return forcing
        temperature = forcing.air_temperature.copy()
        temperature[1] = 900.0
        return forcing._replace(air_temperature=temperature)

    monkeypatch.setattr(tower_places.TowerForcing, "at", changed)


@pytest.mark.parametrize("chunk", [generator.CHUNK, 1], ids=["one part", "a part for each point"])
def test_a_column_that_goes_wrong_stops_the_run_and_can_be_replayed(start, tmp_path, absurd_forcing, monkeypatch, chunk):
    monkeypatch.setattr(generator, "CHUNK", chunk)
    with pytest.raises(ColumnError) as error:
        start()
    text = str(error.value)
    for part in ("where", "36.10 N", "sand", "point 1", "member 0", "when", "step 10", "value", "saved", "landda replay"):
        assert part in text
    replay = replay_text(tmp_path / "runs" / "small" / "failed" / "point1_member0.nc")
    assert "air_temperature" in replay and "900" in replay and "status" in replay
    with h5py.File(sorted((tmp_path / "runs" / "small").glob("*.nc"))[0], "r") as file:
        assert "time" in file, "the history stays readable"


@pytest.mark.parametrize("chunk", [generator.CHUNK, 1], ids=["one part", "a part for each point"])
def test_masked_columns_are_counted_and_missing(start, absurd_forcing, caplog, monkeypatch, chunk):
    monkeypatch.setattr(generator, "CHUNK", chunk)
    summary = start("run.on_column_error=mask")
    assert summary.n_masked == 1
    moisture = history()["soil_moisture"]
    assert np.isnan(moisture[2:, :, 1]).all() and np.isfinite(moisture[:, :, 0]).all()
    assert "masked" in caplog.text


@pytest.mark.parametrize("settings", [[], ["run.precision=float32"], ["parallel.threads_per_rank=2"]])
def test_parts_of_points_give_the_bits_of_the_whole(tmp_path, monkeypatch, settings):
    """Members that fill no whole tile, parts that end within one."""
    changes = ["domain.region=[-35, 35, -20, 60]", "ensemble.size=7", "run.end=2001-01-01T12:00", "spin_up.ensemble=6h",
               *settings]
    monkeypatch.chdir(tmp_path)
    run_section = "{name: x, start: 2001-01-01, end: 2001-01-02, time_step: 1h}"
    (tmp_path / "x.yaml").write_text(f"run: {run_section}\ndomain: {{file: 5deg}}\nlog: {{progress: false}}\n")
    for name, chunk in (("whole", generator.CHUNK), ("parts", 10)):
        monkeypatch.setattr(generator, "CHUNK", chunk)
        run(load_config("x.yaml", [*changes, f"run.folder={name}"]), SerialCommunicator(), tmp_path)
    restart = "restart_20010101T120000.h5"
    with h5py.File(tmp_path / "whole" / restart) as whole, h5py.File(tmp_path / "parts" / restart) as parts:
        assert len(whole["cell"]) > 20
        for name in whole:
            assert np.array_equal(whole[name], parts[name]), name


def test_water_from_nowhere_stops_the_run(start, monkeypatch):
    """Any leak but the scheme's own fails the budget at the end."""
    perturb = land_run.EnsemblePerturbation.perturb_state

    def leaking(self, time, state):
        perturb(self, time, state)
        state.canopy_water[:] += 1e-3

    monkeypatch.setattr(land_run.EnsemblePerturbation, "perturb_state", leaking)
    with pytest.raises(BudgetError, match="residual"):
        start()


def test_info_tells_of_history_and_restart(start, tmp_path):
    start()
    folder = tmp_path / "runs" / "small"
    assert "12 records" in describe_file(folder / "history.nc")
    text = describe_file(folder / "restart_20010104T050000.h5")
    assert "landda_hpc restart" in text and "after 72 steps" in text and "soil_moisture" in text


def test_figures_of_a_run(start, tmp_path):
    pytest.importorskip("matplotlib")
    start()
    paths = draw_run(tmp_path / "runs" / "small")
    assert len(paths) == 2 and all(path.stat().st_size > 20000 for path in paths)
    assert score_text(tmp_path / "runs" / "small") == "nothing was observed at the points of this run"
    with pytest.raises(InputError, match="points 0 to 1"):
        draw_run(tmp_path / "runs" / "small", 7)


def test_scores_at_a_real_tower(shared_data, tmp_path, monkeypatch):
    """Walnut Gulch through the monsoon: the fluxes follow the tower."""
    monkeypatch.chdir(tmp_path)
    file = shared_data / "data" / "forcing" / "walnut_gulch_wkg" / "AMF_USWkg_2004_L2_WG_V006.csv"
    (tmp_path / "site.yaml").write_text(
        f"run: {{name: wkg, end: 2004-09-01}}\nensemble: {{size: 1}}\noutput: {{interval: 30min}}\n"
        f"sites: [{{forcing: {{format: ameriflux_l2, file: {file}, max_gap: 7h}}}}]\n")
    run(load_config("site.yaml"), SerialCommunicator(), tmp_path)
    scores = next(iter(run_scores(tmp_path / "runs" / "wkg").values()))
    assert scores["sensible_heat_flux"][0].correlation > 0.9
    assert scores["latent_heat_flux"][0].correlation > 0.6
    assert scores["soil_temperature_0.05m"][0].correlation > 0.9


def test_first_albedo_and_roughness(start, tmp_path):
    """One number or twelve by month, used for the first step alone; what is not given is that of the class."""
    months = [0.5] + [0.3] * 11
    (tmp_path / "site.yaml").write_text(CONFIGURATION.replace(
        "variants:", f"initial: {{albedo: {months}, roughness_length: 0.5}}\n    variants:").replace(
        "soil_class: 1}", "initial: {albedo: 0.4}}") + "noah: {surface_layer: older}\n")
    job = LandRun(load_config("site.yaml"), tmp_path, SerialCommunicator())
    job.begin()
    assert job.start == np.datetime64("2001-01-01T05:00") and (job.model.state.roughness_length == 0.5).all()
    weight = (31 - 15 + 1) / 31  # of January on its first day, between mid-December and mid-January
    np.testing.assert_allclose(job.model.state.albedo[0], 0.3 * (1 - weight) + 0.5 * weight, rtol=1e-14)
    assert (job.model.state.albedo[1] == 0.4).all()
    job.advance()
    assert (job.parameters["previous_background_roughness_length"] == 0.5).all()
    assert (job.parameters["background_roughness_length"] < 0.3).all() and (job.model.state.roughness_length < 0.3).all()
    job.advance()
    assert (job.parameters["previous_background_roughness_length"] < 0.3).all()
    with pytest.raises(ConfigError, match="initial"):
        load_config("site.yaml", ["sites.0.initial.albedo=[0.1, 0.2]"])


@pytest.fixture
def half_hourly(tmp_path):
    """Write a tower of half-hourly records that end after a day; ``exchange`` are its forced coefficients."""
    def write(**exchange):
        sample = read_tower("sample")
        cut = {name: getattr(sample, name)[:48] for name in FORCING}
        times = sample.start + np.arange(48) * np.timedelta64(1800, "s")
        write_tower_csv(tmp_path / "tower.csv", replace(sample, times=times, interval=1800, **cut, **exchange))
        return ("ensemble.size=1", "run.end=null", "output.interval=1h", "sites=[{forcing: {format: csv, file: tower.csv}}]",
                "output.variables=[net_longwave, longwave_down, emissivity, skin_temperature, heat_exchange_coefficient, "
                "momentum_exchange_coefficient]")

    return write


@pytest.mark.parametrize("step, n_records", [("30min", 1), ("1h", 2)])
def test_net_longwave_counts_the_sum_of_the_records_of_a_step(start, half_hourly, tmp_path, step, n_records):
    """As LIS writes it; with one record in a step it is the flux itself, and a run with more tells."""
    start(*half_hourly(), f"run.time_step={step}", f"output.interval={step}")
    found = history()
    emitted = found["emissivity"] * 5.67e-8 * found["skin_temperature"]**4
    expected = n_records * found["emissivity"] * found["longwave_down"] - emitted
    np.testing.assert_allclose(found["net_longwave"], expected, rtol=1e-10, atol=1e-9)
    log = (tmp_path / "runs" / "small" / "run.log").read_text()
    assert ("net_longwave counts the sum" in log) == (n_records == 2)


def test_exchange_coefficients_of_a_tower_reach_the_land_model(start, half_hourly):
    heat = 0.01 + 0.001 * np.arange(48)
    start(*half_hourly(heat_exchange_coefficient=heat, momentum_exchange_coefficient=2.0 * heat), "run.time_step=30min",
          "output.interval=30min")
    np.testing.assert_allclose(history()["heat_exchange_coefficient"][:, 0], heat, rtol=1e-14)
    np.testing.assert_allclose(history()["momentum_exchange_coefficient"][:, 0], 2.0 * heat, rtol=1e-14)


def test_a_failed_step_with_forced_coefficients_is_replayed_with_them(start, half_hourly, tmp_path, monkeypatch):
    changes = half_hourly(heat_exchange_coefficient=np.full(48, 0.0123), momentum_exchange_coefficient=np.full(48, 0.02))
    at = tower_places.TowerForcing.at
    monkeypatch.setattr(tower_places.TowerForcing, "at", lambda self, time: at(self, time)._replace(
        air_temperature=np.array([900.0])))
    with pytest.raises(ColumnError):
        start(*changes, "run.time_step=30min")
    path = tmp_path / "runs" / "small" / "failed" / "point0_member0.nc"
    _, values, before = run_again(path)
    assert before["beside"] == (1.0, 0.0123, 0.02) and "forced_heat_exchange" in replay_text(path)
    density = before["surface_pressure"] / (287.04 * values["virtual_air_temperature"])
    assert values["transfer"] == pytest.approx(1004.6 * density * 0.0123, rel=1e-9)
