"""The cost model of a cycle: what it predicts from numbers that are given."""

import pytest

from landda_hpc.workflow.bench_model import IMBALANCE, predict

MEASURED = {"members": 20, "steps": 12, "step_s": 1e-4, "column_s": 500e-9,
            "collective_calls_per_cycle": {"gather": 10, "any": 5},
            "collective_fits": {"gather": {"verb": "gather", "start_us": 20.0, "slope_us": 2.0},
                                "any": {"verb": "any", "start_us": 5.0, "slope_us": 1.0}},
            "restart_bytes_per_column": 270.0, "restart_megabytes_per_s": 1000.0, "history_bytes_per_point": 100.0,
            "history_megabytes_per_s": 500.0}
POINTS = 64 * 3200  # whole tiles on 64 ranks


def test_one_rank_computes_steps_and_columns_and_waits_for_nobody():
    found = predict(MEASURED, POINTS, 1)
    assert found["computing_s"] == pytest.approx(12 * (1e-4 + POINTS * 20 * 500e-9))
    assert found["collective_s"] == 0.0 and found["efficiency"] == 1.0
    assert found["files_s"] == pytest.approx(POINTS * (20 * 270.0 / 1e9 + 2 * 100.0 / 5e8))


def test_ranks_pay_for_the_dearest_band_and_for_collective_calls():
    found = predict(MEASURED, POINTS, 64)
    assert found["computing_s"] == pytest.approx(12 * (1e-4 + 3200 * 20 * 500e-9 * IMBALANCE[64]))
    assert found["collective_s"] == pytest.approx(1e-6 * (10 * (20.0 + 2.0 * 64) + 5 * (5.0 + 6.0)))
    assert found["efficiency_without_files"] == pytest.approx(
        predict(MEASURED, POINTS, 1)["computing_s"] / (64 * (found["computing_s"] + found["collective_s"])))


def test_imbalance_grows_with_the_logarithm_of_the_ranks_unless_it_is_known():
    computing = [predict(MEASURED, POINTS, ranks)["computing_s"] / predict(MEASURED, POINTS, ranks, 1.0)["computing_s"]
                 for ranks in (64, 181, 512)]
    assert computing == sorted(computing) and computing[2] == pytest.approx(IMBALANCE[512], rel=2e-3)
