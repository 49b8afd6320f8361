"""The benchmarks of whole cycles, files and bands, on a handful of points."""

import json

import numpy as np
import pytest

from landda_hpc.domain.cost import cost_of_state
from landda_hpc.domain.points import Band
from landda_hpc.errors import ConfigError, LanddaError
from landda_hpc.noah import ice
from landda_hpc.noah.driver import state_planes
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.bench_cycle import COMPUTING, bench_cycle, cycle_text
from landda_hpc.workflow.bench_io import bench_io, io_text
from landda_hpc.workflow.bench_scaling import find_launcher, scaling_text, start_cycle
from landda_hpc.workflow.rebalance import imbalance
from tests.workflow.scaling_results import scaling_results


def test_a_cycle_is_measured_as_a_run_does_it(tmp_path):
    results = bench_cycle(SerialCommunicator(), tmp_path, "5deg", 60, 5, time_step=3600)
    assert results["points"] == 60 and results["steps"] == 6 and results["analysed_points"] > 0
    sections = results["sections_s"]
    assert set(COMPUTING) | {"history", "restart", "diagnostics", "of it filter", "time loop"} <= set(sections)
    assert sum(sections[name]["mean"] for name in COMPUTING) <= sections["time loop"]["mean"]
    assert results["computing_imbalance"] == 1.0 and results["noah_ns_per_column_step"] > 0.0
    assert all(target["value"] > 0.0 for target in results["targets"].values())
    assert "perturbation_share" in cycle_text(json.loads(json.dumps(results)))
    assert not list(tmp_path.iterdir())


def test_more_points_than_the_domain_has_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="603"):
        bench_cycle(SerialCommunicator(), tmp_path, "5deg", 604)
    assert not list(tmp_path.iterdir())


def test_files_are_measured_against_dd(tmp_path):
    results = bench_io(SerialCommunicator(), tmp_path, "5deg", 60, 5, repeats=2)
    assert results["restart_bytes"] > 60 * 5 * 200 and results["history_bytes_per_record"] > 60 * 4
    assert all(rate > 0.0 for rate in results["megabytes_per_s"].values())
    assert "of dd" in io_text(results) and not list(tmp_path.iterdir())


def test_launchers(monkeypatch):
    assert find_launcher("srun --cpu-bind=cores") == "srun --cpu-bind=cores -n {ranks}"
    assert find_launcher("mpiexec -np {ranks} --bind-to core") == "mpiexec -np {ranks} --bind-to core"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="--launcher"):
        find_launcher()


def test_a_job_of_slurm_starts_ranks_as_runs_do(monkeypatch, tmp_path):
    (tmp_path / "srun").write_text("#!/bin/sh\necho pmix\n")
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert find_launcher().startswith("srun --mpi=pmix ") and find_launcher().endswith(" -n {ranks}")


def test_a_launcher_that_does_not_join_the_ranks_is_refused(tmp_path):
    with pytest.raises(LanddaError, match="2 runs of 1 rank"):
        start_cycle("env RANKS={ranks}", 2, 60, {"domain": "5deg", "members": 3, "folder": str(tmp_path)})


def test_efficiency_of_known_times():
    """Twice the ranks in 0.6 of the time: an efficiency of 1 / (2 x 0.6)."""
    results = scaling_results("strong", {1: [1.0, 1.2, 1.1], 2: [0.6, 0.72, 0.66]})
    row = results["rows"][1]
    assert row["efficiency_computing_s"]["median"] == pytest.approx(1.0 / 1.2)
    assert row["computing_s"] == {"median": 0.66, "min": 0.6, "max": 0.72} and not row["met"]
    assert "missed" in scaling_text(results)
    weak = scaling_results("weak", {1: [1.0], 2: [1.0]})
    assert weak["rows"][1]["efficiency_computing_s"]["median"] == 1.0 and weak["rows"][1]["met"]


def test_the_state_tells_the_cost_of_a_point():
    planes, state = state_planes(4, 5, 2)
    parameters = LandParameters(4, 5)
    parameters["porosity"][:], parameters["two_pass_limit"][:] = 0.4, 0.8
    parameters["surface_kind"][:] = [ice.LAND] * 4 + [ice.GLACIER]
    planes[:] = 0.0
    state.soil_moisture[:] = state.liquid_soil_moisture[:] = 0.3
    state.snow_water_equivalent[1] = 1.0
    state.liquid_soil_moisture[0, 1:3] = 0.2
    state.liquid_soil_moisture[3, 3] = state.soil_moisture[3, 3] = 0.33  # above 0.8 of the pores
    thawed, snow, frozen, wet, glacier = cost_of_state(state, parameters)
    assert thawed == 1.0 < frozen < snow < glacier and thawed < wet < glacier
    assert cost_of_state(state, parameters, ("water_passes",)).tolist() == [thawed, snow, frozen, thawed, glacier]
    state.liquid_soil_moisture[3, 3, 0] = state.soil_moisture[3, 3, 0] = 0.31  # of one of two members
    assert cost_of_state(state, parameters)[3] == pytest.approx(0.5 * (thawed + wet))


def test_imbalance():
    assert imbalance(np.array([1.0, 1.0, 2.0, 4.0]), [Band(0, 3, 4), Band(3, 4, 4)]) == 1.0
    assert imbalance(np.array([1.0, 1.0, 2.0]), [Band(0, 1, 3), Band(1, 3, 3)]) == 1.5
