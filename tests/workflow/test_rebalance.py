"""When points change hands, and that the run of the bands before goes then."""

import weakref

import pytest

from landda_hpc.config import RunConfig
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow import rebalance
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.rebalance import worthwhile
from landda_hpc.workflow.run import run


@pytest.mark.parametrize("before, after, computed, cost, expected", [
    (1.10, 1.00, 0.0, 0.0, True),  # at the start, when the cost is not known yet
    (1.01, 1.00, 100.0, 0.0, False),  # hardly a gain
    (1.00, 1.10, 0.0, 0.0, False),
    (1.25, 1.00, 100.0, 19.0, True),  # saves a fifth of 100 s
    (1.25, 1.00, 100.0, 21.0, False),
])
def test_points_change_hands_where_that_takes_less_time_than_it_saves(before, after, computed, cost, expected):
    assert worthwhile(before, after, computed, cost) is expected


def test_the_run_of_the_bands_before_goes(tmp_path, monkeypatch):
    """Its arrays are as large as those of the run that follows."""
    runs, alive, on_bands = [], [], LandRun.on_bands

    def watched(job, *bands):
        runs.append(weakref.ref(job))
        alive.append(sum(known() is not None for known in runs))
        return on_bands(job, *bands)

    monkeypatch.setattr(LandRun, "on_bands", watched)
    monkeypatch.setattr(rebalance, "worthwhile", lambda *_: True)
    config = RunConfig.model_validate({
        "run": {"name": "x", "folder": str(tmp_path / "x"), "start": "2001-03-01", "end": "2001-03-01T06", "time_step": 3600},
        "domain": {"file": "5deg", "region": [-30, -10, 115, 145]}, "ensemble": {"size": 3},
        "output": {"variables": ["soil_moisture"]}, "parallel": {"rebalance": "1h"}, "log": {"progress": False}})
    run(config, SerialCommunicator())
    assert alive == [1] * 5
