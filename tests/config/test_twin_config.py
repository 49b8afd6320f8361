"""The configuration of a twin experiment: order of times, sensors of experiments, the configurations of its runs."""

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from landda_hpc.config import load_config
from landda_hpc.config.twin import TwinConfig
from landda_hpc.errors import ConfigError

TIMES = {"record_start": "2021-03-01", "start": "2022-03-01", "evaluate_from": "2022-04-01", "end": "2022-08-01"}


def twin(common=None, **changes):
    return TwinConfig.model_validate({"twin": {**TIMES, **changes}, "common": common or {"domain": {"file": "5deg"}}})


def test_times_are_read_and_the_four_experiments_are_there():
    config = twin()
    assert config.twin.end == np.datetime64("2022-08-01", "s")
    assert config.experiments == {"CTL": (), "SG_AT": ("ascat",), "SG_SP": ("smap",), "MT_ATSP": ("ascat", "smap")}


@pytest.mark.parametrize("name, time, told", [
    ("start", "2021-02-01", "start 2021-02-01T00:00:00 is before record_start"),
    ("evaluate_from", "2022-02-01", "evaluate_from 2022-02-01T00:00:00 is before start"),
    ("end", "2022-03-15", "end 2022-03-15T00:00:00 is before evaluate_from"),
    ("end", "2022-04-01", "end 2022-04-01T00:00:00 is before evaluate_from")])
def test_times_out_of_order_are_refused(name, time, told):
    with pytest.raises(ValidationError, match=told):
        twin(**{name: time})


def test_an_evaluation_may_begin_with_the_assimilation():
    assert twin(evaluate_from=TIMES["start"]).twin.evaluate_from == twin().twin.start


def test_an_experiment_of_a_sensor_that_is_left_out_is_refused():
    with pytest.raises(ValidationError, match="experiments use smap, which sensors leaves out"):
        TwinConfig.model_validate({"twin": TIMES, "sensors": {"ascat": {}}})


def test_a_run_has_the_common_sections_with_its_own_on_top_but_for_those_left_out():
    common = {"run": {"time_step": "1h", "name": "common"}, "domain": {"file": "5deg"}, "ensemble": {"size": 20, "seed": 3},
              "enkf": {"multi_sensor": "serial"}}
    config = twin(common)
    run = config.run("own", "somewhere", config.twin.start, config.twin.end, {"ensemble": {"size": 4}}, ("enkf",))
    assert (run.run.name, run.run.folder, run.run.time_step) == ("own", "somewhere", 3600)
    assert (run.ensemble.size, run.ensemble.seed, run.domain.file) == (4, 3, "5deg")
    assert run.enkf.multi_sensor != "serial"
    assert config.run("own", "somewhere", config.twin.start, config.twin.end, {}).enkf.multi_sensor == "serial"
    assert common["run"]["name"] == "common" and common["ensemble"]["size"] == 20  # the sections themselves stay


def test_a_key_that_no_run_knows_names_the_run():
    config = twin({"domain": {"file": "5deg"}, "ensemble": {"membres": 5}})
    with pytest.raises(ConfigError, match="run truth of the twin(.|\n)*ensemble.membres"):
        config.run("truth", "folder", config.twin.start, config.twin.end, {})


def test_a_file_with_changed_keys(tmp_path):
    (tmp_path / "twin.yaml").write_text(yaml.safe_dump({"twin": TIMES, "common": {"domain": {"file": "5deg"}}}))
    config = load_config(tmp_path / "twin.yaml", ["twin.products.keep=false", "twin.ensemble=14d"], TwinConfig)
    assert not config.twin.products.keep and config.twin.ensemble == 14 * 86400
