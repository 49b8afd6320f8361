"""Scores: definitions, identities, NaN, and against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from landda_hpc.verification.metrics import Scores, bias, correlation, rmse, score_table, scores, unbiased_rmse

VALUES = st.floats(-1e3, 1e3, allow_nan=False)


def test_by_hand():
    found = scores([2.0, 4.0, 9.0], [1.0, 5.0, 6.0])
    assert found.bias == 1.0
    assert found.rmse == pytest.approx(np.sqrt(11.0 / 3.0))
    assert found.ubrmse == pytest.approx(np.sqrt(8.0 / 3.0))
    assert found.correlation == pytest.approx(np.corrcoef([2, 4, 9], [1, 5, 6])[0, 1])
    assert found.n == 3


def test_pairs_with_a_missing_value_are_left_out():
    found = scores([1.0, np.nan, 3.0, 5.0], [1.0, 2.0, np.nan, 4.0])
    assert (found.bias, found.n) == (0.5, 2)


def test_without_pairs_all_is_nan():
    found = scores([np.nan], [1.0])
    assert found.n == 0 and np.isnan(found[:4]).all()


def test_constant_series_has_no_correlation():
    assert np.isnan(correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert np.isnan(correlation([1.0], [2.0]))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        scores([1.0, 2.0], [1.0, 2.0, 3.0])


@given(arrays.arrays(float, (2, 12), elements=VALUES))
def test_rmse_splits_into_bias_and_unbiased_part(pair):
    found = scores(*pair)
    assert found.rmse ** 2 == pytest.approx(found.bias ** 2 + found.ubrmse ** 2, rel=1e-9, abs=1e-9)
    assert np.isnan(found.correlation) or abs(found.correlation) <= 1.0 + 1e-9


def test_shift_changes_only_the_bias():
    rng = np.random.default_rng(1)
    model, observed = rng.normal(size=(2, 50))
    before, after = scores(model, observed), scores(model + 3.0, observed)
    assert after.bias == pytest.approx(before.bias + 3.0)
    assert after.ubrmse == pytest.approx(before.ubrmse)
    assert after.correlation == pytest.approx(before.correlation)


def test_single_scores_are_those_of_the_tuple():
    model, observed = [1.0, 4.0, 2.0], [2.0, 2.0, 5.0]
    found = scores(model, observed)
    assert (bias(model, observed), rmse(model, observed), unbiased_rmse(model, observed),
            correlation(model, observed)) == found[:4]


def test_tables():
    rows = {"soil_moisture 0.05 m": (Scores(0.0123, 0.05, 0.048, 0.876, 100), "m3 m-3"),
            "flux": Scores(-10.0, 30.0, 28.0, np.nan, 7)}
    text = score_table(rows).splitlines()
    assert text[0].split() == ["bias", "RMSE", "ubRMSE", "correlation", "n", "unit"]
    assert text[1].split()[-7:] == ["+0.0123", "0.05", "0.048", "0.876", "100", "m3", "m-3"]
    markdown = score_table(rows, "markdown").splitlines()
    assert markdown[1].startswith("| ---") and ":" in markdown[1]
    assert all(line.count("|") == 8 for line in markdown)
    with pytest.raises(ValueError, match="html"):
        score_table(rows, "html")
