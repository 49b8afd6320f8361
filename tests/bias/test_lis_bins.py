"""The binned CDF of the parity mode: the worked example, rounding, limits, refusals."""

import numpy as np
import pytest

from landda_hpc.bias.codes import MISSING, NO_CLIMATOLOGY, OUTSIDE_LIMITS, STEP_CLIMATOLOGY, USABLE
from landda_hpc.bias.lis_bins import BinnedCdfBuilder, match_bins

OBSERVED = [0, 10, 10, 20, 20, 20, 30, 30, 40, 40]
MODEL = [0.10, 0.10, 0.15, 0.20, 0.20, 0.20, 0.25, 0.25, 0.30, 0.30]
STEEP = np.r_[0.0, np.linspace(46.5, 53.5, 98), 100.0]


def binned(values, n_bins=5, threshold=0, period=0, n_periods=1):
    builder = BinnedCdfBuilder(n_periods, 1, n_bins)
    builder.scan(values, period, 0)
    builder.count(values, period, 0)
    return builder.finish(threshold)


def test_worked_example():
    observed, model = binned(OBSERVED), binned(MODEL)
    np.testing.assert_allclose(observed.abscissa[:, 0, 0], [0, 10, 20, 30, 40])
    np.testing.assert_allclose(observed.fraction[:, 0, 0], [0.1, 0.3, 0.6, 0.8, 1.0])
    np.testing.assert_allclose(model.abscissa[:, 0, 0], [0.10, 0.15, 0.20, 0.25, 0.30])
    np.testing.assert_allclose(model.fraction[:, 0, 0], [0.2, 0.3, 0.6, 0.8, 1.0])
    found = match_bins([24.0, 26.0, 15.0, 100.0, -3.0], 0, 0, observed, model)
    np.testing.assert_allclose(found.value, [0.20, 0.25, 0.20, 0.30, 0.10], atol=1e-15)


def test_halves_are_rounded_away_from_zero():
    """5, 15 and 25 are halfway: to even they would be counted in bins 0, 2 and 2."""
    counts = np.diff(np.append(0.0, binned([0.0, 5.0, 15.0, 25.0, 40.0]).fraction[:, 0, 0]))
    np.testing.assert_allclose(counts * 5, [1, 1, 1, 1, 1])


def test_batches_count_like_the_whole():
    rng = np.random.default_rng(2)
    values, period = rng.uniform(0, 100, 500), rng.integers(0, 12, 500)
    builder = BinnedCdfBuilder(12, 1)
    for step in (builder.scan, builder.count):
        for part in np.array_split(np.arange(500), 7):
            step(values[part], period[part], 0)
    whole = binned(values, 100, period=period, n_periods=12)
    assert all(np.array_equal(a, b) for a, b in zip(builder.finish(), whole))


def test_results_beyond_the_limits_are_refused():
    wet = binned(np.array(MODEL) + 0.16)
    found = match_bins([0.0, 26.0, 40.0, np.nan], 0, 0, binned(OBSERVED), wet)
    assert found.code.tolist() == [USABLE, USABLE, OUTSIDE_LIMITS, MISSING]
    assert np.isnan(found.value[2:]).all()
    assert match_bins([40.0], 0, 0, binned(OBSERVED), wet, limits=(0.0001, np.inf)).value[0] == pytest.approx(0.46)


@pytest.mark.parametrize("observed, model, code", [
    (STEEP, MODEL, STEP_CLIMATOLOGY), (OBSERVED, STEEP / 400.0, STEP_CLIMATOLOGY),
    ([20.0] * 30, MODEL, STEP_CLIMATOLOGY), (OBSERVED, [np.nan] * 3, NO_CLIMATOLOGY)])
def test_climatologies_that_cannot_be_used(observed, model, code):
    found = match_bins([20.0], 0, 0, binned(observed, 100), binned(model, 100))
    assert found.code[0] == code and np.isnan(found.value[0])


def test_more_values_than_the_threshold_are_needed():
    assert not binned(OBSERVED, threshold=10).valid[0, 0] and binned(OBSERVED, threshold=9).valid[0, 0]


def test_the_second_pass_must_see_what_the_first_saw():
    builder = BinnedCdfBuilder(1, 1)
    builder.scan([1.0, 2.0], 0, 0)
    with pytest.raises(ValueError, match="both passes"):
        builder.count([3.0], 0, 0)
