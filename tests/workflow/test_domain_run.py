"""Runs on a domain: what a user gives and gets, refusals, spin-up, going on after a stop."""

import csv

import h5py
import numpy as np
import pytest
import xarray

from landda_hpc.domain.dataset import domain_path
from landda_hpc.errors import CheckpointStop, ConfigError, InputError, RestartError
from landda_hpc.forcing.calendar import shift_years
from landda_hpc.io.restart import RestartCatalog
from landda_hpc.parallel import run_in_process
from landda_hpc.workflow.equilibrium import Equilibrium
from landda_hpc.workflow.land_run import LandRun

CONFIGURATION = """
run: {name: globe, start: 2001-06-29T12:00, end: 2001-07-02T05:00, time_step: 1h}
domain: {file: 5deg, region: [30, 50, -10, 40]}
ensemble: {size: 3}
output: {interval: 6h}
restart: {interval: 1d}
log: {progress: false}
"""


def history(name="globe"):
    return xarray.load_dataset(f"runs/{name}/history.nc")


def newest(name="globe"):
    return RestartCatalog(f"runs/{name}").files()[-1]


def test_history_on_the_smallest_grid_around_the_points(start):
    summary = start()
    dataset = history()
    assert dataset["soil_moisture"].dims == ("time", "layer", "latitude", "longitude")
    assert 30.0 <= dataset["latitude"].min() and dataset["longitude"].max() <= 40.0
    land = np.isfinite(dataset["soil_moisture"][0, 0])
    assert 10 < int(land.sum()) < land.size and (land == np.isfinite(dataset["evaporation"][-1])).all()
    assert (dataset["soil_moisture_spread"].values[-1, 0][land] > 0.0).mean() > 0.5
    assert abs(summary.budget.residual) < 1e-9 * summary.budget.storage


def test_points_of_a_region_behave_as_on_the_globe(start):
    """Cells count on the globe, so random numbers and weather do not ask what else runs."""
    start()
    start("run.name=wide", "domain.region=[20, 60, -20, 60]")
    small, wide = history(), history("wide")
    inside = wide.sel(latitude=small["latitude"], longitude=small["longitude"])
    land = np.isfinite(small["soil_moisture"].values)
    for name in ("soil_moisture", "soil_moisture_spread", "precipitation"):
        values = small[name].values
        assert np.array_equal(values[np.isfinite(values)], inside[name].values[np.isfinite(values)]), name
    assert land.any()


@pytest.mark.parametrize("change, error, part", [
    ("domain.file=none.nc", InputError, "none.nc: the domain does not exist"),
    ("domain.region=[0, 1, -30, -29]", ConfigError, "no land points"),
    ("run.start=null", ConfigError, "run.start is missing"),
    ("run.time_step=7min", ConfigError, "divisor of 3600"),
    ("noah.land_cover_scheme=usgs", ConfigError, "noah.land_cover_scheme is usgs"),
    ("forcing.cycle=[2001, 1999]", ConfigError, "before the first"),
    ("spin_up.ensemble=90min", ConfigError, "multiple of run.time_step"),
    ("domain.albedo=green", ConfigError, "albedo")])
def test_what_cannot_run_is_told_before_the_first_step(start, tmp_path, change, error, part):
    with pytest.raises(error, match=f"(?s){part}"):
        start(change)
    assert not list(tmp_path.glob("runs/globe/*.nc"))


@pytest.fixture
def altered(tmp_path):
    """Copy the shipped domain with a change: ``altered(function)`` gets the open file."""
    def call(change):
        path = tmp_path / "domain.nc"
        path.write_bytes(domain_path("5deg").read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        return "domain.file=domain.nc"

    return call


def _without(name):
    def change(file):
        del file[name]

    return change


def _class_beyond(file):
    values = file["soil_class"][...]
    values[values > 0] = 33
    file["soil_class"][...] = values


@pytest.mark.parametrize("change, part", [
    (_without("soil_class"), "soil_class is missing"), (_class_beyond, "soil_class is not within 1 to 19"),
    (_without("climate_precipitation"), "climate_precipitation")])
def test_a_domain_that_cannot_be_used(start, altered, change, part):
    with pytest.raises(InputError, match=part):
        start(altered(change))


def test_a_restart_of_another_grid_is_refused(start):
    start()
    with pytest.raises(RestartError, match="another grid or mask"):
        start("run.name=other", f"run.first_state={newest()}", "domain.region=[30, 50, -10, 30]")
    with pytest.raises(RestartError, match="another grid or mask"):
        start("run.name=finer", f"run.first_state={newest()}", "domain.file=2.5deg")


def test_a_restart_of_another_domain_on_the_same_grid_is_refused(start, altered):
    start()

    def other_soil(file):
        values = file["soil_class"][...]
        values[values > 0] = 3
        file["soil_class"][...] = values

    with pytest.raises(RestartError, match="(?s)another set-up.*domain"):
        start(altered(other_soil), resume=True)


def test_a_cut_run_goes_on_as_if_it_had_not_been_cut(start):
    start()
    start("run.name=cut", "run.end=2001-07-01T02:00")
    start("run.name=cut", resume=True)
    assert history("cut").equals(history())


# ---- spin-up

SPIN_UP = ("spin_up={years: 2, cycle: [1999, 1999], ensemble: 6h}", "run.end=2001-06-30T12:00")


def test_spin_up_gives_the_first_state(start, tmp_path):
    """One member for two years, then the ensemble without history until the start."""
    start(*SPIN_UP, "run.time_step=1h")
    folder = tmp_path / "runs" / "globe"
    with open(folder / "spin_up" / "equilibrium.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16 and {row["years"] for row in rows} == {"1"}
    first, second = ([abs(float(row["rms_change"])) for row in rows[start:start + 8]] for start in (0, 8))
    assert second[7] < first[7], "the deep soil comes to rest"
    with xarray.open_dataset(folder / "spin_up" / "history.nc") as dataset:
        assert dataset.sizes["time"] == 1 and str(dataset["time"].values[0]).startswith("2001-06-29T06:00")
    dataset = history()
    assert str(dataset["time_bnds"].values[0, 0]).startswith("2001-06-29T12:00"), "history begins with the run"
    assert (dataset["soil_moisture_spread"].values[0, 0] > 0.0).any()


def test_a_spin_up_that_was_stopped_goes_on(start, monkeypatch):
    start(*SPIN_UP)
    advance = LandRun.advance

    def stopped(self):
        if self.step == 9000:
            raise CheckpointStop("stopped")
        return advance(self)

    monkeypatch.setattr(LandRun, "advance", stopped)
    with pytest.raises(CheckpointStop):
        start(*SPIN_UP, "run.name=cut")
    monkeypatch.setattr(LandRun, "advance", advance)
    start(*SPIN_UP, "run.name=cut", resume=True)
    assert history("cut").equals(history())


def test_a_spin_up_of_another_configuration_is_refused(start, tmp_path):
    start(*SPIN_UP)
    (tmp_path / "runs" / "globe" / "configuration.yaml").unlink()
    with pytest.raises(RestartError, match="spin-up of another configuration"):
        start(*SPIN_UP, "forcing.seed=7")


@pytest.mark.parametrize("time, years, expected", [
    ("2000-02-29T06:00", 1, "2001-02-28T06:00"), ("2000-02-29T06:00", -4, "1996-02-29T06:00"),
    ("2001-12-31T23:00", -30, "1971-12-31T23:00"), ("1970-01-01", 0, "1970-01-01")])
def test_shift_years(time, years, expected):
    assert shift_years(np.datetime64(time), years) == np.datetime64(expected)


def test_equilibrium_counts_a_cycle_once_and_forgets_what_a_resumed_run_repeats(tmp_path):
    class State:
        soil_moisture, soil_temperature = np.full((2, 3, 1), 0.3), np.full((2, 3, 1), 280.0)

    def watch(communicator):
        from landda_hpc.domain.points import split_evenly

        band = split_evenly(3, 1)[0]
        watcher = Equilibrium(np.datetime64("2000-02-29", "s"), 2, band, 2, communicator, tmp_path / "e.csv")
        for year, temperature in ((0, 280.0), (1, 999.0), (2, 282.0), (4, 281.0)):
            State.soil_temperature[:] = temperature
            watcher.look(shift_years(np.datetime64("2000-02-29", "s"), year), State)
        watcher.look(shift_years(np.datetime64("2000-02-29", "s"), 4), State)

    run_in_process(1, watch)
    with open(tmp_path / "e.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["variable"] == "soil_temperature" and row["layer"] == "1"]
    assert [(row["time"][:10], float(row["mean_change_per_decade"])) for row in rows] == [("2002-02-28", 10.0),
                                                                                          ("2004-02-29", 0.0)]
    assert float(rows[0]["quiet_share"]) == 0.0


def test_derived_outputs_of_a_domain(start):
    """Layers as on land, and the root zone holds a part of the column."""
    start("run.end=2001-06-30T12:00", "output.variables=[soil_water, column_water, root_zone_water, soil_water_change, "
          "relative_humidity_at_lowest_temperature]")
    found = history()
    land = np.isfinite(found["column_water"].values)
    assert land.any() and (np.isfinite(found["soil_water"].values[:, 0]) == land).all()
    assert (found["root_zone_water"].values[land] <= found["column_water"].values[land] * (1 + 1e-6)).all()
    np.testing.assert_allclose(found["soil_water"].sum("layer").values[land], found["column_water"].values[land], rtol=1e-5)
    relative = found["relative_humidity_at_lowest_temperature"].values[land]
    assert ((relative > 0.0) & (relative < 1.5)).all()
