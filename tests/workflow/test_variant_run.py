"""Noah 2.7.1 through the run of a user: budget, restart, refusal, replay."""

import numpy as np
import pytest
import xarray

from landda_hpc.errors import ColumnError, RestartError
from landda_hpc.noah.processes import DESCRIPTIONS
from landda_hpc.workflow import land_run
from landda_hpc.workflow.replay import run_again

CONFIGURATION = """
run: {name: small, time_step: 1h, end: 2001-01-04T05:00}
sites:
  - forcing: {format: sample}
    variants: [{name: town, land_cover_class: 13}]
noah: {variant: noah271}
ensemble: {size: 3}
output: {interval: 6h}
restart: {interval: 1d}
"""


def test_a_resumed_run_equals_one_that_never_stopped(start):
    summary = start()
    assert abs(summary.budget.residual) < 1e-9
    start("run.name=part", "run.end=2001-01-02T05:00")
    start("run.name=part", resume=True)
    whole, part = (xarray.load_dataset(f"runs/{name}/history.nc") for name in ("small", "part"))
    for name in whole.data_vars:
        assert np.array_equal(whole[name], part[name], equal_nan=whole[name].dtype.kind == "f"), name


def test_another_variant_is_refused(start):
    start("run.end=2001-01-02T05:00")
    with pytest.raises(RestartError, match='noah.variant: found "noah271", expected the default'):
        start("noah.variant=noah33", resume=True)
    with pytest.raises(RestartError, match='noah.processes.urban: found the default, expected "noah33"'):
        start("noah.processes.urban=noah33", resume=True)


def test_a_failed_step_is_replayed_with_its_processes(start, tmp_path, monkeypatch):
    original = land_run.LandModel.begin_step

    def spoil(self, forcing, *arguments):
        self.state.skin_temperature[0, 0] = 500.0
        self.state.soil_temperature[:, 0, 0] = 500.0
        return original(self, forcing, *arguments)

    monkeypatch.setattr(land_run.LandModel, "begin_step", spoil)
    with pytest.raises(ColumnError, match="temperature outside"):
        start()
    monkeypatch.undo()
    attributes, values, _ = run_again(tmp_path / "runs" / "small" / "failed" / "point0_member0.nc")
    assert attributes["as_271"].split() == list(DESCRIPTIONS)
    assert values["status"] == attributes["status"]
