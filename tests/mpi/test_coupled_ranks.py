"""Coupled runs give the same files on any number of ranks and wherever they are cut."""

import pytest
import yaml

from tests.mpi.conftest import differing_datasets

COUPLED = """
run: {name: one, start: 2022-07-01, end: 2022-07-01T18:00, time_step: 1h}
domain: {file: 5deg, region: [-30, -10, 115, 145]}
ensemble: {size: 3}
spin_up: {ensemble: 6h}
atmosphere: {kind: weather, columns: 2.5deg, forecasts: [12], forecast_length: 1d}
output: {interval: 3h, variables: [soil_moisture]}
restart: {interval: 6h}
log: {progress: false}
"""
TWIN = """
twin:
  name: coupled
  record_start: 2021-01-01
  start: 2021-05-01
  evaluate_from: 2021-05-02
  end: 2021-05-11
  spin_up_years: 0
  ensemble: 1d
  products: {record_every: 3}
common:
  run: {time_step: 1h}
  domain: {file: 5deg, region: [-35, 50, -20, 60]}
  ensemble: {size: 5}
  log: {progress: false}
sensors:
  ascat: {min_count: {obs: 8, model: 8}}
  smap: {min_count: {obs: 8, model: 8}}
"""
WEATHER = "atmosphere={kind: weather, columns: 2.5deg, forecasts: [0, 12]}"


def assert_same(first, second):
    """Two run folders hold the same files with the same datasets."""
    names = [{path.relative_to(folder) for path in folder.rglob("*") if path.suffix in (".h5", ".nc")}
             for folder in (first, second)]
    assert names[0] and names[0] == names[1]
    for name in sorted(names[0]):
        assert differing_datasets(first / name, second / name) == [], name


def test_coupled_cycles_do_not_depend_on_the_ranks(launch, tmp_path):
    (tmp_path / "run.yaml").write_text(COUPLED)
    assert launch(1, ["run", "run.yaml"], tmp_path, timeout=600).returncode == 0
    link = ["run", "run.yaml", "-s", "run.name=cut", "--cycles", "1"]
    assert launch(3, link, tmp_path).returncode == 75
    process = launch(2, ["run", "run.yaml", "-s", "run.name=cut", "--resume"], tmp_path)
    assert process.returncode == 0, process.stderr
    assert_same(tmp_path / "runs" / "one", tmp_path / "runs" / "cut")


def test_a_cubed_sphere_does_not_depend_on_the_ranks(launch, tmp_path):
    """The land of the sphere's columns is shared by the ranks, and so are weights that are not there yet."""
    (tmp_path / "run.yaml").write_text(COUPLED.replace("2.5deg, forecasts: [12], forecast_length: 1d", "ne12np4")
                                       .replace("T18:00", "T06:00"))
    for number, name in ((1, "one"), (3, "three")):
        process = launch(number, ["run", "run.yaml", "-s", f"run.name={name}"], tmp_path, timeout=600)
        assert process.returncode == 0, process.stderr
    assert_same(tmp_path / "runs" / "one", tmp_path / "runs" / "three")


@pytest.mark.slow
def test_ten_days_of_all_experiments(launch, tmp_path):
    """Four experiments with generated weather and with its files: serial, cut and resumed on 2, 3 and 5 ranks, all the same."""
    (tmp_path / "twin.yaml").write_text(TWIN)
    process = launch(1, ["twin", "twin.yaml"], tmp_path, timeout=1800)
    assert process.returncode == 0, process.stderr
    for name in ("CTL", "SG_AT", "SG_SP", "MT_ATSP"):
        document = yaml.safe_load((tmp_path / "twin" / "coupled" / name / "configuration.yaml").read_text())
        document["restart"]["interval"] = "6h"
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document))
        files = f"atmosphere={{kind: files, source: {{files: {name}-weather/exchange/forcing*.nc}}}}"
        for kind, atmosphere in (("weather", WEATHER), ("files", files)):
            common = ["run", f"{name}.yaml", "-s", atmosphere, "-s"]
            whole, cut = f"run.folder={name}-{kind}", f"run.folder={name}-{kind}-cut"
            assert launch(1, [*common, whole], tmp_path, timeout=900).returncode == 0
            assert launch(2, [*common, cut, "--cycles", "7"], tmp_path, timeout=900).returncode == 75
            assert launch(3, [*common, cut, "--cycles", "12", "--resume"], tmp_path, timeout=900).returncode == 75
            assert launch(5, [*common, cut, "--resume"], tmp_path, timeout=900).returncode == 0
            assert_same(tmp_path / f"{name}-{kind}", tmp_path / f"{name}-{kind}-cut")
        assert differing_datasets(tmp_path / f"{name}-weather" / "history.nc", tmp_path / f"{name}-files" / "history.nc") == []
