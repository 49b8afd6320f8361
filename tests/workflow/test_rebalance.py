"""When points change hands."""

import pytest

from landda_hpc.workflow.rebalance import worthwhile


@pytest.mark.parametrize("before, after, computed, cost, expected", [
    (1.10, 1.00, 0.0, 0.0, True),  # at the start, when the cost is not known yet
    (1.01, 1.00, 100.0, 0.0, False),  # hardly a gain
    (1.00, 1.10, 0.0, 0.0, False),
    (1.25, 1.00, 100.0, 19.0, True),  # saves a fifth of 100 s
    (1.25, 1.00, 100.0, 21.0, False),
])
def test_points_change_hands_where_that_takes_less_time_than_it_saves(before, after, computed, cost, expected):
    assert worthwhile(before, after, computed, cost) is expected
