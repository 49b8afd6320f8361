"""How equal the work of bands is through a year: known states, and a year of the coarsest domain."""

import json

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain
from landda_hpc.workflow import bench_balance
from landda_hpc.workflow.year_states import CYCLE_STEPS, LATER, YearStates, nearest_point, year_states


@pytest.fixture()
def snowfall(monkeypatch):
    """A year in whose first month snow falls on the first half of the points after six hours, which then cost twice as much."""
    n_points = read_domain("5deg").n_total
    cost = np.ones((12, len(LATER), n_points))
    cost[0, 2:, :n_points // 2] = 2.0
    snow = cost - 1.0
    monkeypatch.setattr(bench_balance, "year_states",
                        lambda states: YearStates(cost, cost, snow, np.zeros_like(cost), np.zeros_like(cost), []))
    return n_points


def test_bands_are_judged_by_the_cycle_that_ends_later(snowfall):
    results = bench_balance.bench_balance("5deg", (2, 10000), states="5deg")
    rows = {row["method"]: row["by_month"] for row in results["rows"]}
    half = snowfall // 2
    whole = half * 2 + snowfall - half
    assert set(rows) == set(bench_balance.METHODS) and {row["bands"] for row in results["rows"]} == {2}
    assert rows["6 hours"] == pytest.approx([1.0] * 12, abs=2.0 / snowfall)  # before the snow
    assert rows["1 day"][0] == rows["10 days"][0] == pytest.approx(2 * 2 * half / whole, rel=2.0 / snowfall)
    assert rows["points"][1:] == pytest.approx([1.0] * 11, abs=2.0 / snowfall)
    assert results["shares"]["snow"][0] == 0.0
    assert "missed" in bench_balance.balance_text(json.loads(json.dumps(results)))


def test_a_finer_domain_takes_the_states_of_the_nearest_points(snowfall):
    fine, coarse = read_domain("2.5deg"), read_domain("5deg")
    nearest = nearest_point(fine, coarse)
    row, = (row for row in bench_balance.bench_balance("2.5deg", (1, 2), states="5deg")["rows"]
            if (row["bands"], row["method"]) == (2, "1 day"))
    first = np.arange(fine.n_total) < fine.n_total / 2
    costs = np.where(nearest < snowfall // 2, 2.0, 1.0)
    dearest = max(costs[first].sum(), costs[~first].sum())
    assert 1.2 < row["by_month"][0] == pytest.approx(2.0 * dearest / costs.sum(), rel=2e-3)


@pytest.mark.slow
def test_a_year_of_the_coarsest_domain():
    year = year_states("5deg")
    assert year.cost.shape == year.cycle_cost.shape == (12, len(LATER), 603) and len(year.jobs) == 12
    snow, frozen, wet = (values[:, 0].mean(axis=1) for values in (year.snow, year.frozen, year.wet))
    assert snow[0] > 2.0 * snow[7] > 0.0 and frozen[1] > frozen[8] and (wet > 0.0).all()
    assert (year.cycle_cost >= 1.0).all() and (year.cycle_cost <= year.cost.max()).all()
    # A point of one class through a cycle costs what its last state does.
    assert ((year.cycle_cost == year.cost).mean() > 0.8) and CYCLE_STEPS == 6
    measured = bench_balance._measured(year, 5, 4)
    assert len(measured["by_month"]) == 12
    assert all(1.0 <= part["measured"] < 2.0 and part["ns_per_column_step"] > 50.0 for part in measured["by_month"])
