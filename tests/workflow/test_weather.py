"""``landda weather`` and ``landda bench weather`` on a small domain."""

import csv

import pytest
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.domain.dataset import read_domain, write_domain
from landda_hpc.forcing.formats import read_sample
from landda_hpc.forcing.write_csv import write_tower_csv


@pytest.fixture(scope="module")
def small_domain(tmp_path_factory):
    path = tmp_path_factory.mktemp("domain") / "europe.nc"
    write_domain(path, read_domain("5deg").within(40.0, 60.0, -10.0, 25.0))
    return path


def test_weather_writes_tables_and_a_figure(small_domain, tmp_path, monkeypatch):
    monkeypatch.setattr("landda_hpc.workflow.weather.TOWER_YEARS", 1)
    tower = tmp_path / "tower.csv"
    write_tower_csv(tower, read_sample())
    result = CliRunner().invoke(cli, ["weather", str(small_domain), "--years", "2", "-o", str(tmp_path / "out"),
                                      "--tower", str(tower)])
    assert result.exit_code in (0, 1), result.output
    assert ("FAIL" in result.output) == (result.exit_code == 1)
    text = (tmp_path / "out" / "weather.txt").read_text()
    for part in ("precipitation, mean of each month over 2 years", "wet-day frequency", "e-folding distance",
                 "towers: observed"):
        assert part in text
    with open(tmp_path / "out" / "weather_points.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == read_domain(small_domain).n_total
    assert all(0.0 < float(row["wet-day frequency [%]"]) < 80.0 for row in rows)
    with open(tmp_path / "out" / "weather_months.csv") as file:
        months = list(csv.DictReader(file))
    assert [float(row["month"]) for row in months] == list(range(1, 13))
    assert (tmp_path / "out" / "weather.png").stat().st_size > 50_000


def test_one_year_is_refused(small_domain, tmp_path):
    result = CliRunner().invoke(cli, ["weather", str(small_domain), "--years", "1", "-o", str(tmp_path / "out")])
    assert result.exit_code != 0 and "--years is 1" in str(result.exception)


@pytest.mark.slow
def test_cost_beside_the_land_model():
    from landda_hpc.workflow.bench_weather import bench_weather, weather_text

    results = bench_weather()
    whole = results["cases"][0]
    shares = {(entry["members"], entry["time_step_s"]): entry["share"] for entry in whole["shares"]}
    assert shares[20, 1800] < 0.05 and shares[20, 3600] < 0.10
    assert "share of the Noah time" in weather_text(results)
