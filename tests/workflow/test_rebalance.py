"""When points change hands, and that the run of the bands before goes then."""

import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from landda_hpc.config import RunConfig
from landda_hpc.domain.points import Band
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow import rebalance
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.rebalance import worthwhile
from landda_hpc.workflow.run import run


@pytest.mark.parametrize("gain, lost, cost, expected", [
    (0.10, 0.0, 0.0, True),  # at the start, when the cost is not known yet
    (0.01, 9.0, 0.0, False),  # hardly a gain
    (0.0, 0.0, 0.0, False),
    (0.20, 20.0, 19.0, True),
    (0.20, 20.0, 21.0, False),
])
def test_points_change_hands_once_more_was_lost_than_that_takes(gain, lost, cost, expected):
    assert worthwhile(gain, lost, cost) is expected


def test_a_small_loss_that_lasts_is_mended():
    """Of two ranks' bands one costs 1.25 of the mean: a fifth of 10 s is lost at each look, and points take 5 s to move."""
    class TwoRanks(SerialCommunicator):
        size = 2

        def gather_object(self, value):
            return [Band(0, 5, 8), Band(5, 8, 8)] if isinstance(value, Band) else [value] * 2

        def gather_points(self, local, band, axis=0):
            return np.ones(8)

    job = SimpleNamespace(communicator=TwoRanks(), band=Band(0, 5, 8), cost=lambda: np.ones(8), moved=0,
                          timers=SimpleNamespace(seconds={"noah": 0.0}))

    def on_bands(*bands):
        job.moved += 1
        return job

    job.on_bands = on_bands
    looks, moved = rebalance.Rebalancing(), []
    for _ in range(6):
        job.timers.seconds["noah"] += 10.0
        looks._cost = 5.0
        looks.rebalanced(job)
        moved.append(job.moved)
    assert moved == [0, 0, 1, 1, 1, 2]


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
