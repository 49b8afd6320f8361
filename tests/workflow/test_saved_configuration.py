"""The configuration in a run folder holds from any folder and stands for the same run."""

import shutil

import pytest
import yaml

from landda_hpc.config import load_config
from landda_hpc.domain.dataset import domain_path
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.saved_configuration import saved_configuration

ON_A_DOMAIN = """
run: {name: small, start: 2001-07-01, end: 2001-07-02, first_state: states/last.h5}
domain: {file: my.nc}
forcing: {kind: files, files: [met/*.nc, /data/met], format: era5, orography: terrain.nc}
sensors: {ascat: {}, smap: {obs_error: {kind: constant, map: error.nc}}}
observations: {folder: observations, climatology: ../climatology}
"""
AT_TOWERS = """
run: {name: towers}
sites:
  - forcing: {format: csv, file: tower.csv}
  - forcing: {format: sample}
"""


@pytest.fixture
def saved(tmp_path):
    """Call ``saved(text)`` to get the configuration as loaded from a folder and as saved in that of a run."""
    (tmp_path / "exp").mkdir()
    (tmp_path / "run").mkdir()

    def save(text):
        (tmp_path / "exp" / "exp.yaml").write_text(text)
        config = load_config(tmp_path / "exp" / "exp.yaml")
        path = tmp_path / "run" / "configuration.yaml"
        path.write_text(saved_configuration(config, tmp_path / "exp", tmp_path / "run"))
        return config, load_config(path), yaml.safe_load(path.read_text())

    return save


def test_files_of_a_run_on_a_domain(saved, tmp_path):
    config, loaded, document = saved(ON_A_DOMAIN)
    exp = str(tmp_path / "exp")
    assert document["run"]["folder"] == str(tmp_path / "run") and document["run"]["first_state"] == f"{exp}/states/last.h5"
    assert document["forcing"]["files"] == [f"{exp}/met/*.nc", "/data/met"]
    assert document["forcing"]["orography"] == f"{exp}/terrain.nc" and document["forcing"]["land_mask"] is None
    assert document["sensors"]["smap"]["obs_error"]["map"] == f"{exp}/error.nc"
    assert document["observations"] | {"folder": f"{exp}/observations", "climatology": f"{tmp_path}/climatology"} == (
        document["observations"])
    shutil.copy(domain_path("5deg"), tmp_path / "exp" / "my.nc")
    assert configured_domain(loaded.domain, "/nowhere").n_total == configured_domain(config.domain, exp).n_total


@pytest.mark.parametrize("text", [ON_A_DOMAIN, ON_A_DOMAIN.replace("my.nc", "5deg"), AT_TOWERS])
def test_the_same_run(saved, text):
    config, loaded, document = saved(text)
    assert loaded.digest() == config.digest()
    assert "my.nc" in text or document["domain"] is None or document["domain"]["file"] == "5deg"


def test_files_of_towers(saved, tmp_path):
    document = saved(AT_TOWERS)[2]
    assert [site["forcing"]["file"] for site in document["sites"]] == [str(tmp_path / "exp" / "tower.csv"), None]


ATMOSPHERES = {
    "{kind: files, source: {files: [met/*.nc], orography: terrain.nc}, cold_start: start.json}":
        {"source.files": ["exp/met/*.nc"], "source.orography": "exp/terrain.nc", "cold_start": "exp/start.json"},
    "{kind: weather, columns: ne8np4}": {"columns": "ne8np4"},
    "{kind: weather, columns: 2.5deg}": {"columns": "2.5deg"}, "{kind: weather, columns: fine.nc}": {"columns": "exp/fine.nc"},
    "{kind: command, command: [./model], columns: grid.nc}": {"folder": "exp", "columns": "exp/grid.nc",
                                                              "command": ["./model"]},
    "{kind: python, object: 'my_model:Mine', folder: lib}": {"folder": "exp/lib"}}


@pytest.mark.parametrize("section", ATMOSPHERES)
def test_files_of_atmospheres(saved, tmp_path, section):
    config, loaded, document = saved("run: {start: 2022-07-01, end: 2022-07-02, time_step: 1h}\ndomain: {file: 5deg}\n"
                                     f"atmosphere: {section}\n")
    assert loaded.digest() == config.digest()
    for key, expected in ATMOSPHERES[section].items():
        found = document["atmosphere"]
        for name in key.split("."):
            found = found[name]
        assert found == (str(tmp_path / expected) if str(expected).startswith("exp") else
                         [str(tmp_path / expected[0])] if str(expected[0]).startswith("exp") else expected)
