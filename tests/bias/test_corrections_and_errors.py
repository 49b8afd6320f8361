"""Anomaly correction, observation errors, and which climatologies may be used."""

import numpy as np
import pytest

from landda_hpc.bias.anomaly import anomaly_tables, correct_anomaly, smooth_anomaly_tables
from landda_hpc.bias.climatology import ClimatologyStream
from landda_hpc.bias.codes import MISSING, NO_CLIMATOLOGY, STEP_CLIMATOLOGY, USABLE
from landda_hpc.bias.day_means import DayMeans
from landda_hpc.bias.histogram import SATURATION_BINS, SOIL_MOISTURE_BINS
from landda_hpc.bias.observation_error import ErrorLimits, constant_error, mapped_error, matching_slope, scaled_error
from landda_hpc.bias.quantile_match import match_quantiles
from landda_hpc.bias.usability import MinimumCount, match_tables, pooled_count

RNG = np.random.default_rng(5)


def of_moments(n, mean, std):
    """Return values of a number, mean and sample standard deviation."""
    values = np.linspace(-1.0, 1.0, n)
    return mean + values * (std / values.std(ddof=1) if std else 0.0)


def climatology(bins, *batches, n_cells=1):
    """Return the climatology of ``(values, month)`` in cell 0."""
    stream = ClimatologyStream(n_cells, bins)
    for values, month in batches:
        stream.add(values, month, 0)
    return stream.finish()


def saturation(n, month=1, mean=50.0, std=18.0):
    return of_moments(n, mean, std), month


def moisture(n, month=1, mean=0.25, std=0.045):
    return of_moments(n, mean, std), month


# ---- anomalies


def test_worked_anomalies():
    observed = climatology(SOIL_MOISTURE_BINS, (of_moments(600, 0.24, 0.02), 1))
    model = climatology(SOIL_MOISTURE_BINS, (of_moments(600, 0.28, 0.02), 1))
    assert correct_anomaly([0.31], 0, 0, anomaly_tables(observed, model)).value[0] == pytest.approx(0.35, abs=1e-12)
    observed = climatology(SOIL_MOISTURE_BINS, (of_moments(600, 0.20, 0.02), 1))
    model = climatology(SOIL_MOISTURE_BINS, (of_moments(600, 0.12, 0.02), 1))
    found = correct_anomaly([0.05, 0.30, np.nan], 0, 0, anomaly_tables(observed, model))
    np.testing.assert_allclose(found.value, [0.01, 0.22, np.nan], atol=1e-12)
    assert found.at_floor.tolist() == [True, False, False] and found.code.tolist() == [USABLE, USABLE, MISSING]


def test_months_remove_the_difference_of_the_seasons():
    observed = climatology(SOIL_MOISTURE_BINS, *((of_moments(100, 0.2 + 0.01 * m, 0.02), m) for m in range(1, 13)))
    model = climatology(SOIL_MOISTURE_BINS, *((of_moments(100, 0.3, 0.02), m) for m in range(1, 13)))
    tables = anomaly_tables(observed, model)
    np.testing.assert_allclose(correct_anomaly([0.21, 0.32], [1, 12], 0, tables).value, [0.3, 0.3], atol=1e-12)
    np.testing.assert_allclose(correct_anomaly([0.21, 0.32], 0, 0, tables).value, [0.245, 0.355], atol=1e-12)


@pytest.mark.parametrize("n_observed, n_model, all_code, month_code", [
    (99, 500, NO_CLIMATOLOGY, USABLE), (100, 499, NO_CLIMATOLOGY, USABLE), (100, 500, USABLE, USABLE),
    (29, 60, NO_CLIMATOLOGY, NO_CLIMATOLOGY), (30, 59, NO_CLIMATOLOGY, NO_CLIMATOLOGY), (0, 0, NO_CLIMATOLOGY, NO_CLIMATOLOGY)])
def test_counts_that_anomalies_need(n_observed, n_model, all_code, month_code):
    empty = (np.zeros(0), 1)
    tables = anomaly_tables(climatology(SOIL_MOISTURE_BINS, moisture(n_observed, 3) if n_observed else empty),
                            climatology(SOIL_MOISTURE_BINS, moisture(n_model, 3) if n_model else empty))
    assert (tables.code[0, 0], tables.code[3, 0]) == (all_code, month_code)
    found = correct_anomaly([0.2, 0.2], [0, 4], 0, tables)
    assert found.code.tolist() == [all_code, NO_CLIMATOLOGY] and np.isnan(found.value[1])


def test_smooth_windows_against_direct_means():
    """Means of all values within 15 days of a day, over the turn of the year."""
    days, values = RNG.integers(1, 367, 3000), RNG.uniform(0.1, 0.4, 3000)
    means, part = DayMeans(2), DayMeans(2)
    means.add(values[:1000], days[:1000], 1)
    part.add(values[1000:], days[1000:], 1)
    means.merge(part)
    n, mean = means.window()
    for day in (1, 10, 60, 200, 366):
        distance = np.minimum((days - day) % 366, (day - days) % 366)
        assert n[day - 1, 1] == (distance <= 15).sum()
        assert mean[day - 1, 1] == pytest.approx(values[distance <= 15].mean(), rel=1e-13)
    assert (n[:, 0] == 0).all() and np.isnan(mean[:, 0]).all()
    tables = smooth_anomaly_tables(means, means)
    assert (tables.code[:, 1] == USABLE).all() and (tables.code[:, 0] == NO_CLIMATOLOGY).all()
    assert correct_anomaly([0.3], 9, 1, tables).value[0] == pytest.approx(0.3)


# ---- errors


@pytest.mark.parametrize("std_model, std_observed, expected, limited", [
    (0.045, 18.0, 0.025, 0), (0.010, 15.0, 0.01, -1), (0.06, 4.0, 0.10, 1)])
def test_scaled_errors(std_model, std_observed, expected, limited):
    observed = climatology(SATURATION_BINS, saturation(200, 1, 50.0, std_observed))
    model = climatology(SOIL_MOISTURE_BINS, moisture(200, 1, 0.25, std_model))
    table = scaled_error(10.0, observed, model)
    assert table.std[0, 0] == pytest.approx(expected, rel=1e-12) and table.limited[0, 0] == limited
    assert table.code[0, 0] == USABLE and table.code[2, 0] == NO_CLIMATOLOGY and np.isnan(table.std[2, 0])


@pytest.mark.parametrize("observed, model", [(saturation(99), moisture(150)), (saturation(100), moisture(149)),
                                             (saturation(100, std=0.0), moisture(150))])
def test_too_few_or_constant_observations_have_no_error(observed, model):
    table = scaled_error(10.0, climatology(SATURATION_BINS, observed), climatology(SOIL_MOISTURE_BINS, model))
    assert table.code[0, 0] == NO_CLIMATOLOGY and np.isnan(table.std[0, 0])


def test_whole_record_and_month_differ():
    observed = climatology(SATURATION_BINS, saturation(200, 1, 40.0, 10.0), saturation(200, 7, 60.0, 20.0))
    model = climatology(SOIL_MOISTURE_BINS, moisture(200, 1), moisture(200, 7))
    std = scaled_error(10.0, observed, model).std[:, 0]
    np.testing.assert_allclose(std[[1, 7]], [0.045, 0.0225], rtol=1e-12)
    assert std[7] < std[0] < std[1]


def test_maps_take_the_slope_the_limits_and_the_fallback():
    observed, model = climatology(SATURATION_BINS, saturation(200)), climatology(SOIL_MOISTURE_BINS, moisture(200))
    slope, _ = matching_slope(observed, model)
    fallback = scaled_error(10.0, observed, model)
    assert mapped_error(np.array([14.0]), fallback, slope).std[0, 0] == pytest.approx(0.035)
    assert mapped_error(np.array([100.0]), fallback, slope).limited[0, 0] == 1
    assert mapped_error(np.array([np.nan]), fallback, slope).std[0, 0] == fallback.std[0, 0]
    anomaly = mapped_error(np.array([0.033]), constant_error(0.02, 13, 1))
    assert (anomaly.std == 0.033).all() and (anomaly.code == USABLE).all()
    assert mapped_error(np.array([0.001]), constant_error(0.02, 13, 1), limits=ErrorLimits(0.005)).std[0, 0] == 0.005


# ---- usability of CDF matching


def test_a_month_with_too_few_observations_is_pooled_with_its_neighbours():
    """December takes November and January, of observations and model alike; March and May take April; July is alone."""
    observed = climatology(SATURATION_BINS, saturation(40, 12), saturation(40, 11, 30.0, 5.0), saturation(30, 1, 70.0, 5.0),
                           saturation(100, 4), saturation(99, 7))
    model = climatology(SOIL_MOISTURE_BINS, *(moisture(180, month) for month in range(1, 13)))
    tables = match_tables(observed, model)
    assert np.flatnonzero(tables.code[:, 0] == USABLE).tolist() == [0, 3, 4, 5, 12]
    assert set(tables.code[:, 0]) == {USABLE, NO_CLIMATOLOGY}
    assert tables.pooled[:, 0].tolist() == [False] + [month != 4 for month in range(1, 13)]
    together = np.concatenate([of_moments(40, 50.0, 18.0), of_moments(40, 30.0, 5.0), of_moments(30, 70.0, 5.0)])
    # From the lower to the higher neighbour in the sample, and half a per cent beside.
    low, high = (np.quantile(together, [0.3, 0.7], method=method) for method in ("lower", "higher"))
    assert (tables.observed[[4, 8], 12, 0] >= low - 0.5).all() and (tables.observed[[4, 8], 12, 0] <= high + 0.5).all()
    assert tables.observed[0, 12, 0] == together.min() and tables.observed[-1, 12, 0] == together.max()
    assert pooled_count(observed.n)[[0, 12, 1, 7], 0].tolist() == [309, 110, 70, 99]


@pytest.mark.parametrize("observed, model, code", [
    (saturation(100), moisture(150), USABLE), (saturation(99), moisture(150), NO_CLIMATOLOGY),
    (saturation(100), moisture(149), NO_CLIMATOLOGY), (saturation(100, std=0.0), moisture(150), STEP_CLIMATOLOGY),
    (saturation(100), moisture(150, std=0.0), STEP_CLIMATOLOGY),
    ((np.r_[0.0, np.full(148, 50.0), 100.0], 1), moisture(150), STEP_CLIMATOLOGY)])
def test_codes_of_a_month(observed, model, code):
    tables = match_tables(climatology(SATURATION_BINS, observed), climatology(SOIL_MOISTURE_BINS, model))
    assert tables.code[1, 0] == code
    found = match_quantiles([50.0, 50.0], [1, 6], 0, tables)
    assert found.code.tolist() == [code, NO_CLIMATOLOGY] and np.isnan(found.value[1])


def test_the_spread_test_can_be_switched_off_but_not_for_a_constant():
    steep = climatology(SATURATION_BINS, (np.r_[0.0, np.full(148, 50.0), 100.0], 1))
    model, few = climatology(SOIL_MOISTURE_BINS, moisture(150)), MinimumCount(100, 100)
    assert match_tables(steep, model, few).code[1, 0] == STEP_CLIMATOLOGY
    assert match_tables(steep, model, few, spread_test=False).code[1, 0] == USABLE
    constant = climatology(SATURATION_BINS, (np.full(150, 50.0), 1))
    assert match_tables(constant, model, few, spread_test=False).code[1, 0] == STEP_CLIMATOLOGY
