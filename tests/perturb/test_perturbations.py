"""Statistics, centring, memory and limits of the perturbations."""

import json

import numpy as np
import pytest

from landda_hpc.config.sections import ForcingPerturbation as ForcingSection
from landda_hpc.config.sections import StatePerturbation as StateSection
from landda_hpc.errors import ConfigError
from landda_hpc.noah.driver import state_planes
from landda_hpc.noah.types import Forcing
from landda_hpc.perturb import forcing as forcing_module
from landda_hpc.perturb import generator
from landda_hpc.perturb.forcing import ForcingPerturbation
from landda_hpc.perturb.generator import PerturbationGroup, correlation_root
from landda_hpc.perturb.state import StatePerturbation, interval_factor

START = np.datetime64("2022-03-01T00:00:00", "s")
HOUR = np.timedelta64(3600, "s")
Z = np.array([[1.0, -0.4, 0.3], [0.2, 0.8, -1.3], [-0.5, 0.1, 1.0]])
Y = np.array([[0.7, -0.7, 0.0], [-0.090192, 1.129423, -1.039230], [-0.937508, 0.605045, 0.332463]])
FACTORS = {False: [[1.176335, 0.779907, 0.957826], [-4.50962, 56.47114, -51.96152], [0.574398, 1.190341, 1.046527]],
           True: [[1.202648, 0.797352, 1.0], [-30.49038, 30.49038, 0.0], [0.650972, 1.349028, 1.0]]}
#: Means, standard deviations and correlations after centring (20 members) and truncation, by quadrature.
TARGETS = {"SW": (0.9970268875996329, 0.28684720411002834), "LW": (0.0, 48.275886479207884),
           "P": (0.9920837358030842, 0.46995653240606555)}
CORRELATIONS = {("SW", "LW"): -0.49054880315420485, ("SW", "P"): -0.7175998118134977, ("LW", "P"): 0.47740952256206215}
STATE_STD = (0.009655177295841578, 0.005793106377504947, 0.0028965531887524733, 0.0014482765943762367)


def forcing_perturbation(n_cells=1, n_members=3, bias_correction=False, first_cell=0, **section):
    return ForcingPerturbation(ForcingSection(**section), 20220301, np.arange(first_cell, first_cell + n_cells),
                               n_members, bias_correction)


def uniform_forcing(n_points, shortwave=500.0, longwave=300.0, precipitation=1e-4):
    values = (280.0, 0.005, 3.0, 0.0, 9e4, shortwave, longwave, precipitation)
    return Forcing(*(np.full(n_points, value) for value in values))


def correlated(z):
    """Return the fields that a draw makes of given numbers, without new ones."""
    memory, fields = z[:, None, :].copy(), np.empty((3, 1, 3))
    root = correlation_root(ForcingSection().corr, "test")
    generator._draw(memory, fields, np.zeros(1, np.int64), 0, 1, np.uint64(0), np.uint64(0), 1, 0, 1.0, root, 2.5, True)
    return fields


def test_worked_draw():
    np.testing.assert_allclose(correlated(Z)[:, 0], Y, atol=6e-7)


@pytest.mark.parametrize("bias_correction", [False, True])
def test_worked_factors(bias_correction):
    factors = correlated(Z)
    forcing_module._scale(factors, 1, np.array([True, False, True]), np.array([0.3, 50.0, 0.5]), bias_correction,
                          False)
    np.testing.assert_allclose(factors[:, 0], FACTORS[bias_correction], rtol=1e-5, atol=1e-5)


def test_autoregression():
    """12 h, every 6 h: z = 1 and noise 0.5 give 1.004061."""
    persistence = np.exp(-0.5)
    assert persistence + np.sqrt(1 - persistence**2) * 0.5 == pytest.approx(1.004061, abs=5e-7)
    group = PerturbationGroup("test", [[1.0]], 21600, 43200, 2, 1, np.arange(1), 1)
    list(group.draw(START))
    first = group.memory.copy()
    list(group.draw(START + 6 * HOUR))
    fresh = PerturbationGroup("test", [[1.0]], 21600, 43200, 2, 1, np.arange(1), 1)
    list(fresh.draw(START + 6 * HOUR))
    assert group.memory == pytest.approx(0.6065306597 * first + 0.7950600976 * fresh.memory, abs=1e-9)


def test_a_start_between_two_draws_counts_the_time_that_passed():
    """Half an hour after the first draw, not the interval of an hour."""
    group, fresh = (PerturbationGroup("test", [[1.0]], 3600, 86400, 1, 1, np.arange(1), 1) for _ in range(2))
    list(group.draw(START + HOUR // 2))
    first = group.memory.copy()
    list(group.draw(START + HOUR))
    list(fresh.draw(START + HOUR))
    persistence = np.exp(-0.5 / 24)
    assert group.memory == pytest.approx(persistence * first + np.sqrt(1 - persistence**2) * fresh.memory, rel=1e-12)


def test_targets_are_those_of_the_reference(shared_data):
    stored = json.loads((shared_data / "data" / "golden" / "perturbation_targets.json").read_text())
    assert stored["cross_correlation"]["applied_centred_N20_truncated"] == {
        "SWfactor_LW": CORRELATIONS["SW", "LW"], "SWfactor_Pfactor": CORRELATIONS["SW", "P"],
        "LW_Pfactor": CORRELATIONS["LW", "P"]}
    assert stored["additive"]["LW"]["std_centred_N20_truncated"] == TARGETS["LW"][1]
    assert tuple(stored["additive"][f"SM{layer}"]["std_centred_N20_truncated"] for layer in (1, 2, 3, 4)) == STATE_STD


@pytest.fixture(scope="module")
def draws():
    """Factors of 4000 cells, 20 members and 120 hours, ``(draw, variable, cell, member)``."""
    perturbation = forcing_perturbation(4000, 20)
    kept = np.empty((120, 3, 4000, 20), np.float32)
    for step in range(120):
        perturbation.update(START + step * HOUR)
        kept[step] = perturbation.factors
    return kept


def test_means_and_spreads(draws):
    for variable, (mean, std) in enumerate(TARGETS.values()):
        values = draws[:, variable].astype(np.float64)
        scale = 50.0 if variable == 1 else 1.0
        assert values.mean() / scale == pytest.approx(mean / scale, abs=0.002)
        assert values.std() == pytest.approx(std, rel=0.005)


def test_correlations(draws):
    for (first, second), expected in CORRELATIONS.items():
        names = list(TARGETS)
        pair = [draws[::4, names.index(name)].astype(np.float64).ravel() for name in (first, second)]
        assert np.corrcoef(*pair)[0, 1] == pytest.approx(expected, abs=0.005)


def test_lag_correlation(draws):
    """Of the additive variable, that of the Gaussian numbers at one hour."""
    values = draws[:, 1].astype(np.float64)
    assert np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1] == pytest.approx(0.9591894571, abs=0.003)


def test_factors_stay_within_the_truncation(draws):
    assert draws[:, 0].min() >= 0.4597 and draws[:, 0].max() <= 1.9954
    assert draws[:, 2].min() >= 0.2745 and draws[:, 2].max() <= 2.9136


def test_bias_correction_is_exact():
    perturbation = forcing_perturbation(50, 20, True)
    for step in range(5):
        perturbation.update(START + step * HOUR)
        means = perturbation.factors[:, :, :-1].mean(axis=2)
        np.testing.assert_allclose(means, np.array([1.0, 0.0, 1.0])[:, None] * np.ones(50), atol=1e-12)
        assert (perturbation.factors[:, :, -1] == np.array([1.0, 0.0, 1.0])[:, None]).all()


def test_additive_shift_of_factors():
    perturbation = forcing_perturbation(50, 20, True, multiplicative_bias="additive_shift")
    plain = forcing_perturbation(50, 20, True)
    perturbation.update(START)
    plain.update(START)
    shifted = perturbation.factors[2, :, :-1]
    np.testing.assert_allclose(shifted.mean(axis=1), 1.0, atol=1e-12)
    assert np.abs(shifted - plain.factors[2, :, :-1]).max() > 1e-3


def test_numbers_do_not_depend_on_the_bands():
    whole = forcing_perturbation(10, 5)
    parts = [forcing_perturbation(4, 5), forcing_perturbation(6, 5, first_cell=4)]
    for step in range(3):
        for perturbation in (whole, *parts):
            perturbation.update(START + step * HOUR)
    assert (np.concatenate([part.factors for part in parts], axis=1) == whole.factors).all()


def test_restored_memory_continues():
    whole, cut = forcing_perturbation(3, 5), forcing_perturbation(3, 5)
    for step in range(4):
        whole.update(START + step * HOUR)
        if step < 2:
            cut.update(START + step * HOUR)
    again = forcing_perturbation(3, 5)
    again.group.memory[:], again.group.last = cut.group.memory, cut.group.last
    for step in (2, 3):
        again.update(START + step * HOUR)
    assert (again.factors == whole.factors).all()


def test_a_draw_holds_until_the_next():
    held, unheld = forcing_perturbation(3, 5), forcing_perturbation(3, 5, hold=False)
    for perturbation in (held, unheld):
        perturbation.update(START)
    factors = held.factors.copy()
    for perturbation in (held, unheld):
        perturbation.update(START + HOUR // 2)
    assert (held.factors == factors).all()
    assert (unheld.factors == np.array([1.0, 0.0, 1.0])[:, None, None]).all()


def test_limits_are_kept_and_counted():
    perturbation = forcing_perturbation(2, 40)
    perturbation.update(START)
    targets = [np.empty((2, 40)) for _ in range(3)]
    perturbation.apply(slice(0, 2), uniform_forcing(2, shortwave=np.array([1300.0, 1500.0])), *targets)
    assert targets[0].max() == 1500.0 and targets[0][0].max() == 1400.0
    assert (targets[0][1] == 1500.0).all() and perturbation.left_alone[0].tolist() == [0, 1]
    assert perturbation.limited[0, 0] == (targets[0][0] == 1400.0).sum() > 0


def test_night_stays_night():
    perturbation = forcing_perturbation(2, 5)
    perturbation.update(START)
    targets = [np.empty((2, 5)) for _ in range(3)]
    perturbation.apply(slice(0, 2), uniform_forcing(2, shortwave=0.0, precipitation=0.0), *targets)
    assert (targets[0] == 0.0).all() and (targets[2] == 0.0).all() and targets[1].std() > 1.0


@pytest.mark.parametrize("matrix, message", [
    ([[1.0, 0.8], [-0.8, 1.0]], "symmetric"), ([[1.0, 0.5], [0.5, 0.9]], "diagonal"),
    ([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]], "semidefinite")])
def test_impossible_correlations_are_refused(matrix, message):
    with pytest.raises(ConfigError, match=message):
        correlation_root(matrix, "perturb.forcing")


def test_semidefinite_correlations_are_drawn():
    root = correlation_root([[1.0, 1.0], [1.0, 1.0]], "test")
    np.testing.assert_allclose(root @ root.T, np.ones((2, 2)), atol=1e-12)


@pytest.mark.parametrize("interval, expected", [(1800, 0.08418726601794688), (3600, 0.1683380148773389),
                                                (10800, 0.5038510863959724), (21600, 1.0)])
def test_interval_factor(interval, expected):
    assert interval_factor(interval, 21600, 43200) == pytest.approx(expected, rel=1e-13)


# ---- soil moisture

POROSITY, THICKNESS = 0.45, np.array([0.1, 0.3, 0.6, 1.0])


def soil(n_points, n_members, moisture=0.25, dtype=np.float64):
    _, state = state_planes(4, n_points, n_members, dtype)
    state.soil_moisture[:] = state.liquid_soil_moisture[:] = moisture
    return state


def state_perturbation(n_points, n_members=20, perturbable=None, **section):
    perturbable = np.ones(n_points, bool) if perturbable is None else perturbable
    return StatePerturbation(StateSection(**section), 1, np.arange(n_points), n_members,
                             np.repeat(THICKNESS[:, None], n_points, axis=1), perturbable)


def perturbed(state, perturbation, time=START):
    perturbation.apply(time, state, np.full(state.soil_moisture.shape[1], POROSITY))
    return state


def test_members_are_centred_on_the_unperturbed_one():
    state = perturbed(soil(30, 20), perturbation := state_perturbation(30))
    assert (state.soil_moisture[:, :, -1] == 0.25).all()
    np.testing.assert_allclose(state.soil_moisture[:, :, :-1].mean(axis=2), 0.25, atol=1e-12)
    assert perturbation.outcomes[3].sum() == 0 and perturbation.outcomes[2].sum() == 30


def test_spread_of_one_application():
    """The centring on one member adds a little to the truncated and centred standard deviation."""
    state = perturbed(soil(4000, 20), state_perturbation(4000))
    spread = (state.soil_moisture[:, :, :-1] - 0.25).std(axis=(1, 2))
    np.testing.assert_allclose(spread, STATE_STD, rtol=0.02)


def test_water_is_booked():
    state, perturbation = soil(40, 20), state_perturbation(40)
    state.soil_moisture[0] = state.liquid_soil_moisture[0] = 0.03
    before = state.soil_moisture.copy()
    for step in range(4):
        perturbed(state, perturbation, START + step * 6 * HOUR)
    change = 1000.0 * ((state.soil_moisture - before) * THICKNESS[:, None, None]).sum(axis=(0, 2))
    np.testing.assert_allclose(perturbation.water_added, change, atol=1e-9)


def test_points_are_drawn_in_pieces_without_a_trace(monkeypatch):
    whole = perturbed(soil(20, 5), state_perturbation(20, 5))
    monkeypatch.setattr(generator, "CHUNK", 7)
    pieces = perturbed(soil(20, 5), state_perturbation(20, 5))
    assert np.array_equal(whole.soil_moisture, pieces.soil_moisture)
    assert not np.array_equal(whole.soil_moisture, soil(20, 5).soil_moisture)


@pytest.mark.parametrize("total, liquid", [(0.30, 0.25), (0.015, 0.015), (0.44, 0.44)])
def test_inactive_layers_stay_to_the_last_bit(total, liquid):
    """With ice, too dry, too wet; the other layers are perturbed."""
    state, perturbation = soil(5, 20), state_perturbation(5)
    state.soil_moisture[1], state.liquid_soil_moisture[1] = total, liquid
    perturbed(state, perturbation)
    assert (state.soil_moisture[1] == total).all() and (state.liquid_soil_moisture[1] == liquid).all()
    assert (state.soil_moisture[[0, 2, 3]].std(axis=2) > 0.0).all()
    assert (perturbation.inactive == 1).all()


def test_perturbations_taper_off_towards_the_bounds():
    """A member that starts at the unperturbed one cannot cross a bound, centring apart."""
    state, perturbation = soil(200, 20, 0.022), state_perturbation(200)
    perturbed(state, perturbation)
    assert (perturbation.tapered > 0).all()
    assert perturbation.outcomes[2].sum() > 150 and state.soil_moisture[0].std() < 0.002


def test_unperturbable_points_stay():
    keep = np.array([True, False, True])
    state = perturbed(soil(3, 20), perturbation := state_perturbation(3, perturbable=keep))
    assert (state.soil_moisture[:, 1] == 0.25).all() and perturbation.outcomes[3].tolist() == [0, 1, 0]


def test_only_at_the_hours_of_the_interval():
    state, perturbation = soil(2, 20), state_perturbation(2)
    perturbed(state, perturbation, START + HOUR)
    assert (state.soil_moisture == 0.25).all()
    perturbed(state, perturbation, START + 6 * HOUR)
    assert (state.soil_moisture[:, :, 0] != 0.25).all()


def test_single_precision_state():
    single, double = soil(20, 20, dtype=np.float32), soil(20, 20)
    perturbed(single, state_perturbation(20))
    perturbed(double, state_perturbation(20))
    np.testing.assert_allclose(single.soil_moisture, double.soil_moisture, atol=1e-7)


def test_spread_of_a_linear_reservoir():
    """Restored with one day, perturbed every 6 h: 0.0266 for the first layer without truncation (spec 2.8)."""
    group = PerturbationGroup("test", [[1.0]], 21600, 43200, 2, 7, np.arange(2000), 20, truncation=10.0, zero_mean=False)
    reservoir = np.zeros((2000, 20))
    for step in range(60):
        drawn = [fields[0, :n_drawn].copy() for _, n_drawn, fields in group.draw(START + step * 6 * HOUR)]
        reservoir = np.exp(-0.25) * reservoir + 0.01 * np.concatenate(drawn)
    assert reservoir.std() == pytest.approx(0.02663093189399365, rel=0.02)


def test_shape_of_the_settings_is_checked():
    with pytest.raises(ConfigError, match="layers"):
        state_perturbation(1, std=(0.01, 0.01))
