"""The report of runs without a truth: what can be drawn is, what cannot is told with what is missing."""

import csv
import re
import shutil

import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.report import command
from landda_hpc.domain.dataset import read_domain
from landda_hpc.errors import InputError
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.plots import maps
from landda_hpc.references.forecast_files import ForecastFiles
from landda_hpc.workflow.evaluation import evaluate_twin
from landda_hpc.workflow.regrid import remap_to
from landda_hpc.workflow.report import write_report
from landda_hpc.workflow.run_folders import experiments_of
from tests.workflow.synthetic_twin import START, make_twin

DAYS = 5
GROWTH = {"CTL": 1.0, "SG_AT": 0.9, "SG_SP": 0.7, "MT_ATSP": 0.5}  # K and g kg-1
LEVELS = np.array([50000.0])


@pytest.fixture(autouse=True)
def small_figures(monkeypatch):
    monkeypatch.setattr("landda_hpc.workflow.evaluation_figures.DOTS_PER_INCH", 30)
    monkeypatch.setattr("landda_hpc.workflow.evaluate_forecasts.DOTS_PER_INCH", 30)
    monkeypatch.setattr("landda_hpc.workflow.evaluate_forecasts.MAPPED_LEADS", (24.0,))
    monkeypatch.setattr("landda_hpc.plots.maps.PIXELS", 100)
    maps.frame_of.cache_clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return a folder with a folder ``runs``, analyses and gauges."""
    folder = tmp_path_factory.mktemp("world")
    make_twin(folder / "runs", n_days=40)
    twin = evaluate_twin(folder / "runs")
    twin.twin.close()
    (folder / "changes.txt").write_text(str([scores.comparison.change for scores in twin.triplets.values()]))
    shutil.rmtree(folder / "runs" / "truth")
    grid = read_domain(folder / "runs" / "domain.nc").grid
    axes = {"lat": np.arange(-87.5, 90.0, 5.0), "lon": np.arange(-177.5, 180.0, 5.0)}
    shape = len(axes["lat"]), len(axes["lon"])
    random = np.random.default_rng(5)
    assert grid.resolution == 5.0
    times = START.astype("datetime64[ns]") + np.arange(0, 24 * (DAYS + 4), 12).astype("timedelta64[h]")
    truth = 285.0 + random.normal(0.0, 3.0, (len(times), *shape))
    names = ("time", "lat", "lon")
    xarray.Dataset({"t2m": (names, truth), "q2m": (names, 1.0e-3 * (truth - 278.0)),
                    "T": (("time", "lev", *names[1:]), truth[:, None] - 20.0)},
                   {"time": times, "lev": ("lev", LEVELS, {"units": "Pa"}), **axes}).to_netcdf(folder / "analyses.nc")
    leads = np.arange(0, 49, 24).astype("timedelta64[h]")
    for name, size in GROWTH.items():
        (folder / "runs" / name / "forecasts").mkdir()
        for number, start in enumerate(times[:2 * DAYS]):
            error = size * random.normal(1.0, 0.3, (len(leads), *shape)) * np.arange(1, 4)[:, None, None]
            found = truth[number + 2 * np.arange(len(leads))] + error
            rain = np.broadcast_to(4.0 * size / 86400.0, found.shape)
            xarray.Dataset({"t2m": (names, found), "q2m": (names, 1.0e-3 * (found - 278.0)), "rainf": (names, rain),
                            "T": (("time", "lev", *names[1:]), found[:, None] - 20.0),
                            "forecast_reference_time": start},
                           {"time": start + leads, "lev": ("lev", LEVELS, {"units": "Pa"}), **axes}
                           ).to_netcdf(folder / "runs" / name / "forecasts" / f"forecast_{number:02d}.nc")
    half = np.arange(-89.75, 90.0, 0.5), np.arange(0.25, 360.0, 0.5)
    gauges = random.gamma(0.5, 4.0, (DAYS + 3, 360, 720)).astype(np.float32)
    xarray.Dataset({"precip": (names, gauges)}, {"time": times[:2 * len(gauges):2], "lat": half[0], "lon": half[1]}
                   ).to_netcdf(folder / "gauges.nc")
    return folder


def test_all_figures_of_a_folder_of_runs(world, tmp_path):
    result = CliRunner().invoke(command, [
        str(world / "runs"), "--analysis", str(world / "analyses.nc"), "--gauges", str(world / "gauges.nc"), "-o",
        str(tmp_path), "--profile-spacing", "5"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report.html").read_text()
    missing = re.findall(r'<li class="missing">(.*?)</li>', page)
    assert missing == ["Time-height sections of the change of the RMSD of specific humidity by domain: not drawn, there are no "
                       "pressure levels in forecasts and analyses"]
    assert page.count('<li><a href="#') == 9 and "Against the truth" not in page
    assert "after 1 d changes against CTL by -0.2" in page and "MT_ATSP (significant)" in page
    drawn = {path.stem for path in (tmp_path / "evaluation").glob("*.png")}
    assert {"triple_collocation", "triple_collocation_land_cover", "profile_air_temperature", "rmsd_2m_air_temperature_024h",
            "rmsd_2m_specific_humidity_leads", "precipitation", "observation_error"} <= drawn
    with open(tmp_path / "evaluation" / "triple_collocation.csv") as file:
        changes = [float(row["fMSE change, estimated [%]"]) for row in csv.DictReader(file)]
    assert str(changes) == (world / "changes.txt").read_text()  # what a twin tells beside its truth
    assert "The share of noise (fMSE) of the surface soil moisture changes against CTL by -" in result.output
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_what_is_missing_is_told(world, tmp_path):
    runs = world / "runs"
    (tmp_path / "lone").mkdir()
    shutil.copyfile(runs / "CTL" / "history.nc", tmp_path / "lone" / "history.nc")
    shutil.copyfile(runs / "domain.nc", tmp_path / "domain.nc")
    shutil.copyfile(runs / "CTL" / "configuration.yaml", tmp_path / "lone" / "configuration.yaml")
    report = write_report([f"CTL={tmp_path / 'lone'}", runs / "SG_AT"], output=tmp_path)
    told = [missing for _, _, missing in report.index]
    assert told[0] == told[1] == "there is no folder of gridded observations (--observations)"
    assert told[2] == "no analyses to compare with (--analysis)" and told[6] == "no gauges to compare with (--gauges)"
    assert told[7] == "" and report.evaluation.filters.keys() == {"SG_AT"}
    assert "CTL, SG_AT; " in report.path.read_text()
    (tmp_path / "empty").mkdir()
    report = write_report(tmp_path / "lone", observations=tmp_path / "empty", output=tmp_path)
    assert [missing for _, _, missing in report.index][:3] == [
        "there is no experiment CTL (name a run with CTL=PATH)"] * 2 + [
        "the runs have no forecasts (atmosphere.forecasts in their configuration)"]
    report = write_report([f"{name}={tmp_path / 'lone'}" for name in ("CTL", "SG_AT")], observations=tmp_path / "empty",
                          output=tmp_path)
    assert report.index[0][2] == "empty has no amsr2 and smos (`landda obs ingest`, --observations)"


def test_folders_of_forecasts_alone(world, tmp_path):
    given = [f"{name}={world / 'runs' / name / 'forecasts'}" for name in ("SG_AT", "CTL")]
    arguments = {"analyses": [world / "analyses.nc"], "spacing": 10.0, "profile_spacing": 10.0}
    report = write_report(given, output=tmp_path / "one", **arguments)
    assert report.evaluation is None and report.forecasts.scores.experiments == ("CTL", "SG_AT")
    assert [missing for _, _, missing in report.index if "history" in missing] == ["no run has a history"] * 3
    run_in_process(2, lambda rank: write_report(given, output=tmp_path / "two", communicator=rank, **arguments))
    for path in (tmp_path / "one" / "evaluation").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "two" / "evaluation" / path.name).read_bytes()


def test_forecasts_of_a_period(world):
    paths = [world / "runs" / "CTL" / "forecasts"]
    starts = sorted({slot.start for slot in ForecastFiles(paths, remap_to).slots()})
    within = ForecastFiles(paths, remap_to, (starts[1], starts[4]))
    assert sorted({slot.start for slot in within.slots()}) == starts[2:5] and within.rain_starts() == starts[2:5:2]


def test_experiments_are_found(world, tmp_path):
    runs = world / "runs"
    assert list(experiments_of([runs])) == ["CTL", "SG_AT", "SG_SP", "MT_ATSP"]
    assert list(experiments_of([runs / "SG_SP", f"CTL={runs / 'MT_ATSP'}"])) == ["CTL", "SG_SP"]
    for given, text in (([tmp_path], "nor does it hold runs"), ([f"CTL={tmp_path / 'no'}"], "folder of CTL, does not exist"),
                        ([runs, runs / "CTL"], "called CTL"), ([tmp_path / "no"], "does not exist")):
        with pytest.raises(InputError, match=text):
            experiments_of(given)
