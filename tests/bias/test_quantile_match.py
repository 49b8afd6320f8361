"""CDF matching by quantile nodes: the worked example, atoms, order, blending of months."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landda_hpc.bias.codes import MISSING, NO_CLIMATOLOGY, USABLE
from landda_hpc.bias.months import blend_of, day_of_year, month_of
from landda_hpc.bias.quantile_match import empirical_nodes, match_quantiles
from landda_hpc.bias.usability import MatchTables

FIVE = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
MODEL = [0.10, 0.16, 0.22, 0.28, 0.36]


def tables(observed, model=MODEL, code=USABLE):
    """Return tables of one period and one cell."""
    return MatchTables(np.reshape(observed, (-1, 1, 1)).astype(float), np.reshape(model, (-1, 1, 1)).astype(float),
                       np.full((1, 1), code, np.int8), np.zeros((1, 1), bool))


def match(values, observed, model=MODEL):
    return match_quantiles(values, 0, 0, tables(observed, model), FIVE).value


def test_worked_example():
    found = match([50.0, 12.5, 98.0, 2.0], [5.0, 20.0, 40.0, 60.0, 95.0])
    np.testing.assert_allclose(found, [0.25, 0.13, 0.36, 0.10], rtol=0, atol=1e-15)


def test_an_atom_takes_the_middle_of_its_probabilities():
    np.testing.assert_allclose(match([0.0, -1.0, 20.0], [0.0, 0.0, 40.0, 60.0, 95.0]), [0.13, 0.10, 0.19], atol=1e-15)
    assert match([95.0], [5.0, 20.0, 40.0, 95.0, 95.0])[0] == pytest.approx(0.32)  # p = 0.875
    assert match([40.0], [5.0, 40.0, 40.0, 40.0, 95.0])[0] == pytest.approx(0.22)


def test_a_single_node_keeps_its_own_probability():
    np.testing.assert_allclose(match([5.0, 20.0, 60.0, 95.0], [5.0, 20.0, 40.0, 60.0, 95.0]), [0.10, 0.16, 0.28, 0.36])


def test_missing_values_and_unusable_tables_give_a_reason():
    found = match_quantiles([50.0, np.nan], 0, 0, tables(np.arange(5)), FIVE)
    assert found.code.tolist() == [USABLE, MISSING] and np.isnan(found.value[1])
    found = match_quantiles([50.0, np.nan], 0, 0, tables(np.arange(5), code=NO_CLIMATOLOGY), FIVE)
    assert found.code.tolist() == [NO_CLIMATOLOGY, MISSING] and np.isnan(found.value).all()


@pytest.mark.parametrize("period, cell, message", [(1, 0, "period of observation 0 is 1; expected 0 to 0"),
                                                   (0, -1, "cell of observation 0 is -1")])
def test_an_index_outside_the_tables_is_refused(period, cell, message):
    with pytest.raises(ValueError, match=message):
        match_quantiles([1.0], period, cell, tables(np.arange(5)), FIVE)


ASCENDING = st.lists(st.integers(0, 40), min_size=5, max_size=5).map(sorted)


@given(observed=ASCENDING, model=ASCENDING, values=st.lists(st.floats(-5, 45), min_size=2, max_size=30))
@settings(deadline=None)  # the first example compiles
def test_matching_keeps_the_order_and_the_range(observed, model, values):
    found = match(np.sort(values), np.array(observed, float), np.array(model, float))
    assert (np.diff(found) >= -1e-12).all()
    assert (found >= model[0]).all() and (found <= model[-1]).all()


@given(nodes=st.lists(st.floats(0, 1), min_size=5, max_size=5, unique=True).map(sorted))
@settings(deadline=None)
def test_matching_a_climatology_with_itself_changes_nothing(nodes):
    values = np.linspace(nodes[0], nodes[-1], 50)
    np.testing.assert_allclose(match(values, nodes, nodes), values, rtol=0, atol=1e-12)


def test_each_observation_uses_its_own_period_and_cell():
    rng = np.random.default_rng(1)
    observed, model = np.sort(rng.uniform(0, 100, (5, 3, 4)), axis=0), np.sort(rng.uniform(0, 0.5, (5, 3, 4)), axis=0)
    all_tables = MatchTables(observed, model, np.zeros((3, 4), np.int8), np.zeros((3, 4), bool))
    period, cell, values = rng.integers(0, 3, 200), rng.integers(0, 4, 200), rng.uniform(-10, 110, 200)
    found = match_quantiles(values, period, cell, all_tables, FIVE).value
    expected = [np.interp(np.interp(v, observed[:, p, c], FIVE), FIVE, model[:, p, c])
                for v, p, c in zip(values, period, cell)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_empirical_nodes_share_the_rank_of_ties():
    values, probabilities = empirical_nodes([3.0, 1.0, 3.0, 3.0, 2.0])
    assert values.tolist() == [1.0, 2.0, 3.0]
    np.testing.assert_allclose(probabilities, [0.1, 0.3, 0.7])


# ---- months


def test_months_and_days_of_times():
    times = np.array(["2020-02-29T23:59:59", "2021-03-01T00:00:00", "2021-12-31T12:00:00", "1969-01-01"], "datetime64[s]")
    assert month_of(times).tolist() == [2, 3, 12, 1]
    assert day_of_year(times).tolist() == [60, 61, 366, 1]


def test_the_middle_of_a_month_stands_alone_and_its_end_is_shared():
    other, weight = blend_of(np.array(["2021-04-16T00:00:00", "2021-05-01T00:00:00", "2021-01-01T00:00:00",
                                       "2021-12-31T23:59:59"], "datetime64[s]"))
    assert weight[0] == 0.0 and other[1:].tolist() == [4, 12, 1]
    np.testing.assert_allclose(weight[1:], [15.5 / 30.5, 15.5 / 31.0, 0.5], atol=1e-6)


def test_blending_is_continuous_over_the_end_of_a_month_and_the_month_alone_is_not():
    observed = np.tile(np.linspace(0, 100, 5)[:, None, None], (1, 13, 1))
    model = np.linspace(0.1, 0.3, 5)[:, None, None] + np.arange(13)[None, :, None] * 0.01
    months = MatchTables(observed, model, np.zeros((13, 1), np.int8), np.zeros((13, 1), bool))
    times = np.array(["2021-04-30T23:59:59", "2021-05-01T00:00:01"], "datetime64[s]")
    blended = match_quantiles([50.0, 50.0], month_of(times), 0, months, FIVE, blend=blend_of(times)).value
    alone = match_quantiles([50.0, 50.0], month_of(times), 0, months, FIVE).value
    assert abs(blended[1] - blended[0]) < 1e-6 and alone[1] - alone[0] == pytest.approx(0.01)


def test_a_neighbour_that_cannot_be_used_does_not_count():
    code = np.zeros((13, 1), np.int8)
    code[4] = NO_CLIMATOLOGY
    observed = np.tile(np.linspace(0, 100, 5)[:, None, None], (1, 13, 1))
    model = np.linspace(0.1, 0.3, 5)[:, None, None] + np.arange(13)[None, :, None] * 0.01
    found = match_quantiles([50.0, 50.0], [5, 4], 0, MatchTables(observed, model, code, code > 0), FIVE,
                            blend=([4, 5], [0.4, 0.4]))
    assert found.value[0] == pytest.approx(0.25) and found.code.tolist() == [USABLE, NO_CLIMATOLOGY]
