"""Exchange coefficients that come with the forcing (spec of Noah 3.3, 3.5 item 13)."""

import numpy as np
import pytest

from landda_hpc.noah.driver import Options
from landda_hpc.noah.types import Beside
from tests.noah.columns import advance, random_columns
from tests.noah.test_worked_columns import SNOW_FREE, SNOW_FREE_STATE, _snow_free

N = 70  # more than a tile
ROWS = ("friction_velocity", "bulk_richardson_number", "sensible_heat_flux", "momentum_stress")
HEAT, MOMENTUM = np.linspace(0.002, 0.04, N), np.linspace(0.05, 0.001, N)


def columns(older=False):
    return random_columns(N, 31, n_members=2, outputs=ROWS, options=Options(older_surface_layer=older))


def run(beside=Beside(), older=False, guess=None):
    """Return a model after one step; ``guess`` replaces the coefficients of the step before."""
    model, forcing = columns(older)
    if guess is not None:
        for name, values in zip(("heat_exchange_coefficient", "momentum_exchange_coefficient"), guess):
            if values is not None:
                getattr(model.state, name)[:] = values[:, None]
    assert advance(model, forcing, beside=beside)
    return model, forcing


@pytest.mark.parametrize("older", [False, True])
def test_both_coefficients_replace_those_of_the_surface_layer(older):
    """The fluxes follow from them by hand; friction velocity and Richardson number are those of the scheme begun with them."""
    model, forcing = run(Beside(1.0, HEAT, MOMENTUM), older)
    guessed, _ = run(older=older, guess=(HEAT, MOMENTUM))
    assert (model.state.heat_exchange_coefficient == HEAT[:, None]).all()
    assert (model.state.momentum_exchange_coefficient == MOMENTUM[:, None]).all()
    for name in ("friction_velocity", "bulk_richardson_number"):
        assert (model.outputs[name] == guessed.outputs[name]).all(), name
    density = forcing.surface_pressure / (287.04 * forcing.air_temperature * (1.0 + 0.61 * forcing.specific_humidity))
    lifted = forcing.air_temperature + 0.0098 * 2.0
    by_hand = (HEAT * 1004.5 * density)[:, None] * (model.state.skin_temperature - lifted[:, None])
    np.testing.assert_allclose(model.outputs["sensible_heat_flux"], by_hand, rtol=1e-11, atol=1e-9)
    stress = (density * MOMENTUM)[:, None] * model.outputs["friction_velocity"]
    np.testing.assert_allclose(model.outputs["momentum_stress"], stress, rtol=1e-12)


def test_of_several_records_the_sum_counts_and_the_scheme_starts_from_the_mean():
    model, _ = run(Beside(2.0, 2.0 * HEAT, 2.0 * MOMENTUM))
    once, _ = run(Beside(1.0, HEAT, MOMENTUM))
    assert (model.state.heat_exchange_coefficient == 2.0 * HEAT[:, None]).all()
    assert (model.state.momentum_exchange_coefficient == 2.0 * MOMENTUM[:, None]).all()
    assert (model.outputs["friction_velocity"] == once.outputs["friction_velocity"]).all()
    assert (model.outputs["sensible_heat_flux"] != once.outputs["sensible_heat_flux"]).any()


@pytest.mark.parametrize("n_records", [1.0, 3.0])
def test_that_of_heat_alone_is_a_first_guess(n_records):
    model, _ = run(Beside(n_records, HEAT))
    expected, _ = run(guess=(HEAT, None))
    assert (model.planes == expected.planes).all()
    assert (model.state.heat_exchange_coefficient != HEAT[:, None]).all()


def test_that_of_heat_is_at_least_1e_5_where_it_is_not_positive():
    model, _ = run(Beside(1.0, np.where(np.arange(N) % 2, 0.0, -0.01), MOMENTUM))
    assert (model.state.heat_exchange_coefficient == 1.0e-5).all()


def test_points_without_forced_coefficients_do_not_notice_those_with():
    given = np.arange(N) % 3 == 0
    model, _ = run(Beside(1.0, np.where(given, HEAT, np.nan), np.where(given, MOMENTUM, np.nan)))
    free, _ = run()
    assert (model.planes[:, ~given] == free.planes[:, ~given]).all()
    assert (model.planes[:, given] != free.planes[:, given]).any()


def test_the_worked_column_with_its_own_coefficients():
    """Forcing the coefficients that the description prints gives the fluxes that it prints."""
    model, forcing = _snow_free()
    model.state.heat_exchange_coefficient[:] = model.state.momentum_exchange_coefficient[:] = 0.5
    beside = Beside(1.0, SNOW_FREE_STATE["heat_exchange_coefficient"], SNOW_FREE_STATE["momentum_exchange_coefficient"])
    assert advance(model, forcing, beside=beside)
    for name in ("latent_heat_flux", "sensible_heat_flux", "ground_heat", "transfer", "canopy_resistance"):
        np.testing.assert_allclose(model.outputs[name][..., 0, 0], SNOW_FREE[name], rtol=2e-12, err_msg=name)
    assert model.state.skin_temperature[0, 0] == pytest.approx(SNOW_FREE_STATE["skin_temperature"], rel=1e-13)
