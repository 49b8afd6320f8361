"""The analysis of points: against a textbook twin, what leaves the state alone, and what must not matter."""

import numpy as np
import pytest

from landda_hpc.assimilation import analysis as codes
from landda_hpc.assimilation.increments import ALL_ACCEPTED, NONE_ACCEPTED, PART_ACCEPTED, Bounds
from landda_hpc.errors import ColumnError, ConfigError, InputError
from landda_hpc.parallel import run_in_process
from landda_hpc.perturb.philox import split_seed, standard_normal
from landda_hpc.times import EPOCH
from tests.assimilation.ensembles import (
    METOP_B,
    METOP_C,
    POROSITY,
    SMAP,
    STEP,
    THICKNESS,
    TIME,
    analyse,
    copy_of,
    filter_of,
    land_state,
    observed,
)

WIDE = Bounds(margin=-10.0, layer1_lower=-10.0, layer1_upper=10.0)  # nothing is ever out of bounds


def noise_of(cell, sensors, errors, ordinals, n_members, correlation, bias_correction):
    """Return the noise of the observations of a cell and their error covariance, written from the definition."""
    draw = int((TIME - EPOCH).astype(np.int64)) // STEP
    z = np.array([[standard_normal(*split_seed(20220301), 100 + sensor, cell, member, draw, ordinal)
                   for member in range(n_members)] for sensor, ordinal in zip(sensors, ordinals)])
    z = np.clip(z - z.mean(axis=1, keepdims=True), -2.5, 2.5)
    same = np.equal.outer(sensors, sensors)
    covariance = np.outer(errors, errors) * np.where(np.eye(len(sensors), dtype=bool), 1.0, correlation * same)
    noise = np.linalg.cholesky(covariance) @ z
    if bias_correction:
        noise[:, -1] = 0.0
        noise[:, :-1] -= noise[:, :-1].mean(axis=1, keepdims=True)
    return noise, covariance


def textbook(state, cell, value, error, sensor, correlation, bias_correction):
    """Return the increments of a cell by matrix inversion, all observations together."""
    order = np.lexsort((error, value, sensor))
    value, error, sensor = value[order], error[order], sensor[order]
    ordinals = [int((sensor[:place] == sensor[place]).sum()) for place in range(len(sensor))]
    n_members = state.shape[1]
    noise, covariance = noise_of(cell, sensor, error, ordinals, n_members, correlation, bias_correction)
    operator = np.zeros((len(value), len(state)))
    operator[:, 0] = 1.0
    anomalies = state - state.mean(axis=1, keepdims=True)
    background = anomalies @ anomalies.T / (n_members - 1)
    gain = background @ operator.T @ np.linalg.inv(operator @ background @ operator.T + covariance)
    return gain @ (value[:, None] + noise - operator @ state)


@pytest.mark.parametrize("n_members", [3, 20, 64])
@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("bias_correction", [True, False])
def test_every_point_equals_the_textbook(n_members, correlation, bias_correction):
    n_points = 40
    state = land_state(n_points, n_members)
    before, seen = state.soil_moisture.copy(), observed(n_points, most=5)
    enkf = filter_of(n_points, n_members, bounds=WIDE._replace(bias_correction=bias_correction),
                     same_sensor_error_correlation=correlation)
    in_order, results = analyse(enkf, state, seen)
    assert results.outcomes[ALL_ACCEPTED].all()
    point, value, error, sensor = seen
    for index, where in enumerate(in_order.points):
        own = point == where
        expected = textbook(before[:, where], 1000 + where, value[own], error[own], sensor[own], correlation, bias_correction)
        change = state.soil_moisture[:, where] - before[:, where]
        np.testing.assert_allclose(change, expected, rtol=0.0, atol=1e-13)
        np.testing.assert_allclose(results.raw[:, index], expected.mean(axis=1), atol=1e-13)
        np.testing.assert_allclose(results.applied[:, index], change.mean(axis=1), atol=1e-13)
    untouched = np.setdiff1d(np.arange(n_points), point)
    assert len(untouched) and (state.soil_moisture[:, untouched] == before[:, untouched]).all()
    assert (state.liquid_soil_moisture == state.soil_moisture).all()


def test_what_is_stored_of_every_observation():
    state = land_state(30)
    before = state.soil_moisture.copy()
    in_order, results = analyse(filter_of(30), state, observed(30))
    mean, variance = before[0].mean(axis=1)[in_order.point], before[0].var(axis=1, ddof=1)[in_order.point]
    np.testing.assert_allclose(results.innovation, in_order.value - mean, atol=1e-15)
    np.testing.assert_allclose(results.variance, variance, rtol=1e-12)
    np.testing.assert_allclose(results.normalised, results.innovation / np.sqrt(variance + in_order.error_std**2), rtol=1e-12)
    np.testing.assert_allclose(results.residual, in_order.value - state.soil_moisture[0].mean(axis=1)[in_order.point],
                               atol=1e-15)
    assert (results.code == codes.USED).all()
    for index in range(len(in_order.points)):
        own = slice(in_order.offsets[index], in_order.offsets[index + 1])
        weight = 1.0 / in_order.error_std[own] ** 2
        covariance = variance[own][0] + np.diag(1.0 / weight)
        departure = results.innovation[own]
        assert results.chi_square[index] == pytest.approx(departure @ np.linalg.inv(covariance) @ departure)
        share = variance[own][0] / (variance[own][0] + 1.0 / weight.sum()) * weight / weight.sum()
        np.testing.assert_allclose(results.freedom[own], share, rtol=1e-12)


def test_series_is_one_product_after_the_other():
    """Serial equals a call with the first product followed by one with the second, in the given order."""
    n_points = 20
    point = np.repeat(np.arange(n_points), 3)
    value = 0.25 + 0.02 * np.random.default_rng(4).standard_normal(60)
    error, sensor = np.full(60, 0.03), np.tile([SMAP, METOP_C, METOP_B], n_points)
    for order, first in ((("ascat", "smap"), sensor != SMAP), (("smap", "ascat"), sensor == SMAP)):
        once, twice = land_state(n_points), land_state(n_points)
        in_order, results = analyse(filter_of(n_points, multi_sensor="serial", sensor_order=order), once,
                                    (point, value, error, sensor))
        enkf = filter_of(n_points)
        for part in (first, ~first):
            parts, partial = analyse(enkf, twice, tuple(values[part] for values in (point, value, error, sensor)))
            mine = np.isin(in_order.sensor, np.unique(sensor[part]))
            np.testing.assert_array_equal(results.innovation[mine], partial.innovation)
            np.testing.assert_array_equal(results.residual[mine], partial.residual)
        assert (once.soil_moisture == twice.soil_moisture).all()
        assert (results.outcomes.sum(axis=0) == 2).all()


def test_joint_and_serial_differ_by_sampling_only():
    n_points, n_members = 4, 5000
    changes = []
    for mode in ("joint", "serial"):
        state = land_state(n_points, n_members)
        before = state.soil_moisture.copy()
        analyse(filter_of(n_points, n_members, multi_sensor=mode), state,
                (np.repeat(np.arange(n_points), 2), np.tile([0.28, 0.27], n_points), np.full(2 * n_points, 0.02),
                 np.tile([METOP_B, SMAP], n_points)))
        changes.append((state.soil_moisture - before)[0].mean(axis=1))
    np.testing.assert_allclose(changes[0], changes[1], rtol=0.05)


# ---- what leaves the state alone


def unchanged(state, observations, code, **options):
    """Analyse and assert that nothing changed, to the last bit, and that every point has the code."""
    before, n_points = copy_of(state), state.soil_moisture.shape[1]
    enkf = filter_of(n_points, state.soil_moisture.shape[2], **options)
    _, results = analyse(enkf, state, observations)
    assert state.soil_moisture.tobytes() == before.soil_moisture.tobytes()
    assert state.liquid_soil_moisture.tobytes() == before.liquid_soil_moisture.tobytes()
    assert (results.cell_code == code).all() and (results.code == code).all()
    assert not enkf.water_added.any() and not results.raw.any() and not results.applied.any() and not results.outcomes.any()
    return results


def one_each(n_points, value=0.27):
    return np.arange(n_points), np.full(n_points, value), np.full(n_points, 0.02), np.full(n_points, SMAP)


def test_no_observations():
    unchanged(land_state(5), ([], [], [], []), codes.USED)


def test_a_rank_without_points():
    unchanged(land_state(0), ([], [], [], []), codes.USED)


def test_all_observations_rejected():
    results = unchanged(land_state(5), one_each(5, 0.40), codes.GROSS_ERROR, gross_check=3.0)
    assert (results.normalised > 3.0).all() and np.isnan(results.residual).all()


def test_no_spread():
    state = land_state(5)
    state.soil_moisture[0] = state.liquid_soil_moisture[0] = 0.2513
    results = unchanged(state, one_each(5), codes.NO_SPREAD)
    np.testing.assert_allclose(results.innovation, 0.27 - 0.2513)


@pytest.mark.parametrize("field", ["soil_moisture", "liquid_soil_moisture"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_members_that_are_not_finite(field, value):
    state = land_state(5)
    getattr(state, field)[2, :, 7] = value
    unchanged(state, one_each(5), codes.NOT_FINITE)


def test_ice_in_the_first_layer():
    state = land_state(5)
    state.liquid_soil_moisture[0, :, 3] -= 2e-4
    unchanged(state, one_each(5), codes.FIRST_LAYER_INACTIVE)


@pytest.mark.parametrize("mean", [0.005, POROSITY - 0.005])
def test_first_layer_beyond_the_bounds(mean):
    """Very dry or very wet in the unperturbed member."""
    state = land_state(5)
    state.soil_moisture[0, :, -1] = state.liquid_soil_moisture[0, :, -1] = mean
    unchanged(state, one_each(5), codes.FIRST_LAYER_INACTIVE)


def test_points_without_soil():
    unchanged(land_state(5), one_each(5), codes.NOT_SOIL, analysable=np.zeros(5, bool))


def test_frozen_and_dry_layers_stay_while_others_move():
    state = land_state(5)
    state.liquid_soil_moisture[1] -= 0.01
    state.soil_moisture[3] = state.liquid_soil_moisture[3] = 0.015 + 0.001 * np.arange(20) / 20
    before = copy_of(state)
    _, results = analyse(filter_of(5), state, one_each(5))
    for layer in (1, 3):
        assert state.soil_moisture[layer].tobytes() == before.soil_moisture[layer].tobytes()
        assert state.liquid_soil_moisture[layer].tobytes() == before.liquid_soil_moisture[layer].tobytes()
    for layer in (0, 2):
        assert (state.soil_moisture[layer] != before.soil_moisture[layer]).all()
    assert (results.n_inactive == 2).all() and results.raw[[1, 3]].any() and not results.applied[[1, 3]].any()


def test_without_the_rule_frozen_layers_move():
    state = land_state(5, ice=0.001)
    before = copy_of(state)
    _, results = analyse(filter_of(5, active_layer_rule=False), state, one_each(5))
    assert (results.n_inactive == 0).all() and (state.soil_moisture != before.soil_moisture).all()
    np.testing.assert_allclose(state.soil_moisture - state.liquid_soil_moisture, 0.001, atol=1e-15)


def test_a_gross_error_leaves_the_rest_of_the_point():
    """The others are analysed as if it were not there, with the same noise."""
    some, clean = land_state(6), land_state(6)
    point, value, error, sensor = one_each(6)
    _, results = analyse(filter_of(6, gross_check=4.0), some,
                         (np.append(point, 2), np.append(value, 0.44), np.append(error, 0.02), np.append(sensor, METOP_B)))
    analyse(filter_of(6), clean, (point, value, error, sensor))
    assert (some.soil_moisture == clean.soil_moisture).all()
    assert (results.code == codes.GROSS_ERROR).sum() == 1 and (results.cell_code == codes.USED).all()


# ---- bounds


def test_increments_that_fit_too_few_members_are_refused():
    state = land_state(5, mean=(0.10, 0.27, 0.28, 0.30))
    before = copy_of(state)
    _, results = analyse(filter_of(5, bounds=Bounds(bias_correction=False)), state, one_each(5, -0.5))
    assert (results.outcomes[NONE_ACCEPTED] == 1).all() and (results.raw[0] < -0.01).all()
    assert state.soil_moisture.tobytes() == before.soil_moisture.tobytes() and not results.applied.any()
    np.testing.assert_allclose(results.residual, results.innovation)


def test_refused_increments_centre_the_members_on_the_unperturbed_one():
    state = land_state(5, mean=(0.10, 0.27, 0.28, 0.30))
    last = state.soil_moisture[:, :, -1].copy()
    _, results = analyse(filter_of(5), state, one_each(5, -0.5))
    refused = results.outcomes[NONE_ACCEPTED] == 1
    assert refused.all() and (state.soil_moisture[:, refused, -1] == last[:, refused]).all()
    np.testing.assert_allclose(state.soil_moisture[:, refused, :-1].mean(axis=2), last[:, refused], atol=1e-14)


def test_clipping_is_an_option():
    state = land_state(5, mean=(0.06, 0.27, 0.28, 0.30))
    _, results = analyse(filter_of(5, bounds=Bounds(clip=True)), state, one_each(5, -0.05))
    assert (results.outcomes[PART_ACCEPTED] == 1).all()
    assert state.soil_moisture[0].min() == pytest.approx(0.02)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("mean", [(0.25, 0.27, 0.28, 0.30), (0.045, 0.27, 0.28, 0.41)])
def test_booked_water_is_the_change_in_storage(dtype, mean):
    """Also where members are replaced or increments refused, and over several analyses."""
    state = land_state(40, dtype=dtype, mean=mean)
    start, enkf = copy_of(state), filter_of(40)
    seen = {outcome: 0 for outcome in range(4)}
    for step in range(6):
        _, results = analyse(enkf, state, observed(40, seed=step), TIME + np.timedelta64(step * STEP, "s"))
        for outcome in seen:
            seen[outcome] += results.outcomes[outcome].sum()
    change = state.soil_moisture.astype(np.float64) - start.soil_moisture
    np.testing.assert_allclose(enkf.water_added, 1000.0 * (THICKNESS[:, None] * change.sum(axis=2)).sum(axis=0), rtol=0.0,
                               atol=1e-9)
    assert np.abs(enkf.water_added).max() > 1.0 and seen[ALL_ACCEPTED]
    assert mean[0] > 0.2 or (seen[PART_ACCEPTED] and seen[NONE_ACCEPTED])


# ---- what must not matter


def test_order_of_observations_does_not_matter():
    seen = observed(30, most=6)
    order = np.random.default_rng(3).permutation(len(seen[0]))
    results = []
    for chosen in (slice(None), order):
        state = land_state(30)
        in_order, found = analyse(filter_of(30, same_sensor_error_correlation=0.3), state, [values[chosen] for values in seen])
        back = np.empty(len(order))
        back[in_order.order] = found.residual
        results.append((state.soil_moisture.tobytes(), back))
    assert results[0][0] == results[1][0]
    np.testing.assert_array_equal(results[0][1][order], results[1][1])


@pytest.mark.parametrize("n_bands", [2, 3, 7])
def test_bands_do_not_matter(n_bands):
    n_points = 23
    whole, seen = land_state(n_points), observed(n_points)
    start = copy_of(whole)
    enkf = filter_of(n_points)
    analyse(enkf, whole, seen)
    edges = np.linspace(0, n_points, n_bands + 1).astype(int)
    for first, stop in zip(edges[:-1], edges[1:]):
        part = copy_of(start)
        part.soil_moisture, part.liquid_soil_moisture = (np.ascontiguousarray(values[:, first:stop]) for values in
                                                         (start.soil_moisture, start.liquid_soil_moisture))
        own = (seen[0] >= first) & (seen[0] < stop)
        band = filter_of(stop - first, first_cell=1000 + first)
        analyse(band, part, (seen[0][own] - first, *(values[own] for values in seen[1:])))
        assert (part.soil_moisture == whole.soil_moisture[:, first:stop]).all()
        assert (band.water_added == enkf.water_added[first:stop]).all()


def test_work_space_of_other_points_leaves_no_trace():
    """A point after one with many observations, and in a later call, gives the same."""
    alone, after = land_state(2), land_state(2)
    few = (np.array([1]), np.array([0.28]), np.array([0.02]), np.array([SMAP]))
    analyse(filter_of(2), alone, few)
    many = (np.append(np.zeros(9, int), 1), np.append(np.linspace(0.2, 0.3, 9), 0.28), np.full(10, 0.02),
            np.append(np.arange(9) % 2, SMAP))
    enkf = filter_of(2, same_sensor_error_correlation=0.5)
    analyse(enkf, land_state(2), many)
    analyse(enkf, after, many)
    assert (alone.soil_moisture[:, 1] == after.soil_moisture[:, 1]).all()


def test_single_precision_states_are_analysed_in_double():
    single, double = land_state(30, dtype=np.float32), land_state(30, dtype=np.float32)
    double.soil_moisture = double.soil_moisture.astype(np.float64)
    double.liquid_soil_moisture = double.liquid_soil_moisture.astype(np.float64)
    for correlation in (0.0, 0.5):
        results = [analyse(filter_of(30, same_sensor_error_correlation=correlation), state, observed(30))[1]
                   for state in (copy_of(single), copy_of(double))]
        np.testing.assert_array_equal(results[0].raw, results[1].raw)
        np.testing.assert_array_equal(results[0].innovation, results[1].innovation)
        np.testing.assert_allclose(results[0].applied, results[1].applied, atol=3e-8)


def test_noise_differs_by_step_sensor_and_cell_and_repeats():
    def increments(step=0, sensor=SMAP, first_cell=1000):
        state = land_state(3)
        start = state.soil_moisture.copy()
        point, value, error, _ = one_each(3)
        analyse(filter_of(3, first_cell=first_cell), state, (point, value, error, np.full(3, sensor)),
                TIME + np.timedelta64(step * STEP, "s"))
        return state.soil_moisture - start

    assert (increments() == increments()).all()
    for other in (increments(step=1), increments(sensor=METOP_B), increments(first_cell=5000)):
        assert np.abs(increments() - other).max() > 1e-4


# ---- what is refused


@pytest.mark.parametrize("column, value, words", [(0, 3, "point"), (0, -1, "point"), (1, np.nan, "value"),
                                                  (2, 0.0, "error_std"), (2, np.inf, "error_std"), (3, 9, "sensor")])
def test_observations_that_cannot_be_used(column, value, words):
    seen = [np.array([0, 1]), np.array([0.2, 0.3]), np.array([0.02, 0.02]), np.array([0, 2])]
    seen[column][1] = value
    with pytest.raises(InputError, match=f"{words} of observation 1"):
        filter_of(3).sort(*seen)
    with pytest.raises(InputError, match="expected the same"):
        filter_of(3).sort([0], [0.2, 0.3], [0.1], [0])


@pytest.mark.parametrize("options, words", [({"n_members": 2}, "at least 3"), ({"multi_sensor": "both"}, "joint or serial"),
                                            ({"multi_sensor": "serial", "sensor_order": ("smap",)}, "sensor_order"),
                                            ({"same_sensor_error_correlation": 1.0}, "same_sensor_error_corr")])
def test_options_that_cannot_work(options, words):
    with pytest.raises(ConfigError, match=words):
        filter_of(3, **options)


@pytest.mark.parametrize("n_points, n_members", [(3, 64), (4, 20)])
def test_a_state_of_another_size_is_refused(n_points, n_members):
    with pytest.raises(ValueError, match="made for"):
        analyse(filter_of(3), land_state(n_points, n_members), ([], [], [], []))


@pytest.mark.parametrize("n_ranks", [1, 3])
def test_many_members_that_are_not_finite_stop_all_ranks(n_ranks):
    def play(communicator):
        state = land_state(1500)
        state.soil_moisture[0, :n_wrong, 0] = np.nan
        enkf = filter_of(1500)
        analyse(enkf, state, one_each(1500))
        enkf.check_finite(TIME, communicator)

    for n_wrong in (1, 2):
        if n_wrong == 2:
            with pytest.raises(ColumnError, match=f"{2 * n_ranks} of {1500 * n_ranks}"):
                run_in_process(n_ranks, play)
        else:
            run_in_process(n_ranks, play)
