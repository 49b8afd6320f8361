"""Assimilation within runs: what is used, what is rejected and why, what leaves the run untouched, what is written."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
import xarray

from landda_hpc.bias.climatology import ClimatologyStream
from landda_hpc.bias.climatology_file import write_climatology
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.config import load_config
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.observations.batch import PLATFORMS, seconds_of
from landda_hpc.observations.codes import NAMES
from landda_hpc.observations.gridded import GriddedObservations, product_index
from landda_hpc.observations.store import day_of, day_path, days_of, write_day
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.climatology import BINS, MODEL, OBSERVED, climatology_path, model_record, observed_record
from landda_hpc.workflow.cycle_file import cycle_file
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.ingest import store_settings
from landda_hpc.workflow.run import run

CONFIGURATION = """
run: {name: exp, start: 2022-07-10, end: 2022-07-11, time_step: 1h}
domain: {file: 5deg, region: [-30, -10, 115, 145]}
ensemble: {size: 5}
spin_up: {ensemble: 1d}
sensors: {ascat: {min_count: {obs: 20, model: 20}}, smap: {min_count: {obs: 20, model: 20}}}
model_qc: {rain: 1.0}
observations: {folder: observations, climatology: climatology}
output: {interval: 3h, variables: [soil_moisture]}
restart: {interval: 1d}
log: {progress: false}
"""
NOON = float(seconds_of(np.datetime64("2022-07-10T12:00:00")))
HOUR = 3600.0


class Setting:
    """A small domain with climatologies; observations are put in by the tests."""

    def __init__(self, folder, *changes):
        self.folder, self.changes = folder, changes
        (folder / "exp.yaml").write_text(CONFIGURATION)
        self.config = load_config(folder / "exp.yaml", changes)
        self.domain = configured_domain(self.config.domain, folder)
        self.n_points = self.domain.n_total
        random = np.random.default_rng(3)
        for sensor, scale in (("ascat", 100.0), ("smap", 0.35)):
            self.put_climatology(sensor, OBSERVED,
                                 lambda month, scale=scale: scale * random.beta(2.0, 3.0, (60, self.n_points)))
            self.put_climatology(sensor, MODEL, lambda month: 0.05 + 0.3 * random.beta(2.0, 3.0, (60, self.n_points)))

    def put_climatology(self, sensor, kind, sample):
        bins = BINS[sensor] if kind == OBSERVED else BINS["smap"]
        stream, cell = ClimatologyStream(self.n_points, bins), np.arange(self.n_points)
        for month in range(1, 13):
            for values in sample(month):
                stream.add(values, month, cell)
        record = (observed_record(self.config, sensor, self.domain.grid) if kind == OBSERVED
                  else model_record(self.config, sensor))
        write_climatology(climatology_path(self.folder / "climatology", sensor, kind), stream.finish(), record,
                          self.domain.points, split_evenly(self.n_points, 1)[0], SerialCommunicator(), {},
                          DayMeans(self.n_points))

    def observe(self, sensor, rows, units=None):
        """Write observations from rows of point, value and time."""
        point, value, time = (np.array(column) for column in zip(*rows))
        n = len(point)
        platform = PLATFORMS.index("metop-b" if sensor == "ascat" else "smap")
        product = product_index("ascat_l2_125" if sensor == "ascat" else "smap_l2")
        given = GriddedObservations(point, value.astype(float), np.full(n, np.nan), time, np.full(n, platform, np.int16),
                                    np.full(n, product, np.int16), np.ones(n, np.int32), np.zeros(n, bool),
                                    np.zeros(n, np.int16), units or {"ascat": "percent", "smap": "m3 m-3"}[sensor])
        given = given.select(np.argsort(time, kind="stable"))  # files are sorted by time
        time = given.time
        (self.folder / "observations").mkdir(exist_ok=True)
        settings = store_settings(self.config.sensors, sensor, self.domain.grid)
        for day in np.unique(days_of(time)):
            write_day(day_path(self.folder / "observations", sensor, day), day_of(given.select(days_of(time) == day)),
                      self.domain.cell, settings)

    def run(self, *changes, **options):
        run(load_config(self.folder / "exp.yaml", (*self.changes, *changes)), SerialCommunicator(), self.folder, **options)

    def history(self, name="exp"):
        return xarray.load_dataset(self.folder / "runs" / name / "history.nc")

    def cycle(self, end, name="exp"):
        with h5py.File(cycle_file(self.folder / "runs" / name, np.datetime64(end)), "r") as file:
            return {key: file[key][()] for key in file}

    def codes(self, end, name="exp"):
        return [NAMES[number] for number in self.cycle(end, name)["code"]]


@pytest.fixture
def setting(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Setting(tmp_path)


@pytest.fixture
def usable(setting):
    """Points at which an observation of SMAP is used at noon."""
    every = np.arange(setting.n_points)
    setting.observe("smap", [(point, 0.2, NOON) for point in every])
    setting.run("run.name=probe", "sensors.ascat=null")
    cycle = setting.cycle("2022-07-10T12", "probe")
    found = np.searchsorted(setting.domain.cell, cycle["cell"][cycle["code"] == 0])
    assert len(found) > 5
    return found


def test_no_observation_leaves_the_run_as_it_is(setting):
    """Neither a folder without files nor sensors alone change a bit of the open loop."""
    (setting.folder / "observations").mkdir()
    setting.run()
    setting.run("run.name=ctl", "sensors={}")
    assert setting.history().equals(setting.history("ctl"))
    assert setting.cycle("2022-07-10T06")["cell"].size == 0


def test_observations_change_their_points_alone(setting, usable):
    point = int(usable[0])
    setting.observe("smap", [(point, 0.2, NOON)])
    setting.run("sensors.ascat=null")
    setting.run("run.name=ctl", "sensors={}")
    changed = (setting.history()["soil_moisture"] != setting.history("ctl")["soil_moisture"]).where(
        setting.history()["soil_moisture"].notnull(), False)
    rows, columns = np.nonzero(changed.any(["time", "layer"]).values)
    latitude, longitude = setting.domain.grid.positions(setting.domain.cell[point])
    assert len(rows) == 1
    assert (float(changed["latitude"][rows[0]]), float(changed["longitude"][columns[0]])) == (latitude, longitude)
    assert not changed.sel(time="2022-07-10T09:00").any() and changed.sel(time="2022-07-10T12:00").any()


def test_the_analysis_draws_towards_the_observation_and_books_its_water(setting, usable):
    setting.observe("smap", [(point, 0.3, NOON) for point in usable])
    setting.run("sensors.ascat=null")
    cycle = setting.cycle("2022-07-10T12")
    used = cycle["code"] == 0
    assert used.sum() > 5 and cycle["sensor"].tolist() == [2] * len(usable)
    shrunk = np.abs(cycle["residual"]) < np.abs(cycle["innovation"])
    assert shrunk[used].mean() > 0.9
    expected = (1000.0 * np.array([0.1, 0.3, 0.6, 1.0])[:, None] * cycle["applied_increment"]).sum(axis=0)
    np.testing.assert_allclose(cycle["water"], expected, atol=1e-9)
    assert (setting.folder / "runs" / "exp" / "run.log").read_text().count("added by analyses") == 1


def test_all_rejected_leaves_the_run_as_it_is(setting, usable):
    """Values beyond the porosity: every observation is there with its code, nothing else happens."""
    setting.observe("smap", [(point, 0.9, NOON) for point in usable])
    setting.run("sensors.ascat=null")
    setting.run("run.name=ctl", "sensors={}")
    assert set(setting.codes("2022-07-10T12")) == {"M9"} and setting.history().equals(setting.history("ctl"))


def test_an_observation_on_the_boundary_of_a_cycle_is_used_once(setting, usable):
    """At 12 UTC it belongs to the cycle that ends then; half an hour later to the next."""
    point = int(usable[0])
    setting.observe("smap", [(point, 0.2, NOON), (point, 0.21, NOON + 0.5 * HOUR), (point, 0.22, NOON - 0.5 * HOUR)])
    setting.run("sensors.ascat=null")
    earlier, later = setting.cycle("2022-07-10T12"), setting.cycle("2022-07-10T18")
    assert earlier["observed"].tolist() == [0.22, 0.2] and later["observed"].tolist() == [0.21]
    assert earlier["analysis_time"].tolist() == [NOON, NOON] and later["analysis_time"].tolist() == [NOON + HOUR]


def test_an_observation_around_midnight_comes_from_the_file_of_the_next_day(setting, usable):
    point, midnight = int(usable[0]), NOON + 12 * HOUR
    setting.observe("smap", [(point, 0.2, midnight - 600.0), (point, 0.21, midnight + 600.0)])
    setting.run("sensors.ascat=null")
    assert setting.cycle("2022-07-11T00")["observed"].tolist() == [0.2, 0.21]


def test_both_sensors_in_one_analysis(setting, usable):
    setting.observe("smap", [(point, 0.2, NOON) for point in usable])
    setting.observe("ascat", [(point, 45.0, NOON + 60.0) for point in usable])
    setting.run()
    cycle = setting.cycle("2022-07-10T12")
    used = cycle["code"] == 0
    assert set(cycle["sensor"][used].tolist()) == {0, 2} and cycle["n_used"].max() == 2
    setting.run("run.name=serial", "enkf.multi_sensor=serial")
    assert not setting.history().equals(setting.history("serial"))


def test_a_month_without_climatology(setting, usable):
    setting.put_climatology("smap", OBSERVED, lambda month: np.full((3, setting.n_points), 0.2))
    setting.observe("smap", [(int(usable[0]), 0.2, NOON)])
    setting.run("sensors.ascat=null", "sensors.smap.min_count.obs=500")
    assert setting.codes("2022-07-10T12") == ["B1"]


def test_constant_observations_of_a_cell_cannot_be_matched(setting, usable):
    setting.put_climatology("ascat", OBSERVED, lambda month: np.full((60, setting.n_points), 40.0))
    setting.observe("ascat", [(int(usable[0]), 40.0, NOON)])
    setting.run("sensors.smap=null")
    assert setting.codes("2022-07-10T12")[0] in ("B1", "B2")


def test_frozen_soil_is_left_alone(tmp_path, monkeypatch):
    """All soil counts as frozen when the limit is that high."""
    monkeypatch.chdir(tmp_path)
    setting = Setting(tmp_path, "model_qc.freeze=320")
    setting.observe("smap", [(0, 0.2, NOON)])
    setting.run("sensors.ascat=null")
    assert setting.codes("2022-07-10T12") == ["M3"]


def test_an_ensemble_without_spread(setting, usable):
    """Unperturbed members are alike, so the filter has nothing to go by."""
    setting.observe("smap", [(int(usable[0]), 0.2, NOON)])
    setting.run("sensors.ascat=null", "perturb.enabled=false")
    setting.run("run.name=ctl", "sensors={}", "perturb.enabled=false")
    assert setting.codes("2022-07-10T12") == ["F1"] and setting.history().equals(setting.history("ctl"))


@pytest.mark.parametrize("size", [3, 64])
def test_other_ensemble_sizes(setting, usable, size):
    setting.observe("smap", [(point, 0.25, NOON) for point in usable])
    setting.run("sensors.ascat=null", f"ensemble.size={size}")
    assert (setting.cycle("2022-07-10T12")["code"] == 0).any()


def test_a_file_in_other_units_is_refused(setting):
    setting.observe("smap", [(0, 20.0, NOON)], units="percent")
    with pytest.raises(InputError, match="is in percent, expected m3 m-3"):
        setting.run("sensors.ascat=null")


def test_observations_after_the_hand_over_do_not_reach_it(setting, usable):
    """What is observed in the last three hours of a cycle changes its end, not its output three hours before."""
    setting.observe("smap", [(point, 0.3, NOON - 0.75 * HOUR) for point in usable])
    setting.run("sensors.ascat=null")
    setting.run("run.name=ctl", "sensors={}")
    own, other = setting.history()["soil_moisture"], setting.history("ctl")["soil_moisture"]
    assert own.sel(time="2022-07-10T09:00").equals(other.sel(time="2022-07-10T09:00"))
    assert not own.sel(time="2022-07-10T12:00").equals(other.sel(time="2022-07-10T12:00"))


@pytest.mark.parametrize("change, error, part", [
    ("observations.folder=null", ConfigError, "observations.folder is missing"),
    ("ensemble.size=1", ConfigError, "at least 3 members"),
    ("cycle.length=5h", ConfigError, "whole cycles"),
    ("sensors.smap.qc.vwc_max=3", InputError, "(?s)smap.*quality_control.qc"),
    ("model_qc.rain=0.5", InputError, "(?s)quality_control.rain"),
    ("observations.climatology=nowhere", InputError, "nowhere")])
def test_what_cannot_be_assimilated_is_told_before_the_first_step(setting, change, error, part):
    with pytest.raises(error, match=part):
        setting.run(change)
    assert not list(setting.folder.glob("runs/exp/history.nc"))


#: Runs an experiment and tells of kernels that are looked for after the warm-up, by each rank for itself.
LATE = """
import sys
from landda_hpc.jit import keep
from landda_hpc.workflow import run
warm_up, load = run.compile_on_root_first, keep.KernelFiles._load
def late(files, key):
    print("late:", files._kernel)
    return load(files, key)
def warm_up_and_watch(*arguments):
    warm_up(*arguments)
    keep.KernelFiles._load = late
run.compile_on_root_first = warm_up_and_watch
from landda_hpc.cli.main import main
main()
"""


def test_the_warm_up_calls_every_kernel_of_a_run(setting):
    setting.observe("smap", [(0, 0.2, NOON), (1, 0.21, NOON)])
    setting.observe("ascat", [(2, 40.0, NOON), (3, 45.0, NOON)])
    (setting.folder / "late.py").write_text(LATE)
    process = subprocess.run([sys.executable, "late.py", "run", "exp.yaml", "-s", "output.overpass=[ascat, smap]"],
                             capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert "late:" not in process.stdout
    assert len(setting.cycle("2022-07-10T12:00:00")["cell"]) == 4
