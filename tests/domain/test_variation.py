"""Parameters that differ at random by cell: sizes, independence of the run's cells, bounds."""

import numpy as np
import pytest

from landda_hpc.domain.variation import FACTORS, MOST_POROUS, factor, varied, vary_parameters
from landda_hpc.noah import soil_water
from landda_hpc.noah.parameters import LandParameters

CELLS = np.arange(3, 40003, 2)
STDS = {"porosity": 0.3, "conductivity": 0.5, "b_exponent": 0.1, "stomatal_resistance": 0.2, "greenness": 0.1}
TABLE = {"porosity": 0.439, "stress_threshold": 0.38, "wilting_point": 0.09, "air_dry_moisture": 0.09, "b_exponent": 6.0,
         "saturated_conductivity": 4.0e-6, "saturated_diffusivity": 6.0e-6, "minimum_stomatal_resistance": 70.0}


def parameters_of(cells, stds=STDS, seed=5):
    parameters = LandParameters(4, len(cells))
    for name, value in TABLE.items():
        parameters[name][:] = value
    vary_parameters(parameters, cells, seed, stds)
    return parameters


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("std", [0.05, 0.5])
def test_factors_have_mean_one_and_the_spread_asked_for(name, std):
    """Deviates are cut at 2.5, which takes about 3 % of the spread of a wide distribution and less of a narrow one."""
    found = factor(CELLS, 5, name, std)
    assert found.mean() == pytest.approx(1.0, abs=0.02 * std + 4.0 * std / np.sqrt(len(CELLS)))
    assert found.std() == pytest.approx(std, rel=0.08) and (found > 0.0).all()


def test_a_spread_of_zero_changes_nothing():
    parameters = parameters_of(CELLS, dict.fromkeys(STDS, 0.0))
    assert all((parameters[name] == value).all() for name, value in TABLE.items())
    greenness = np.linspace(0.0, 1.0, 5)[:, None] * np.ones(len(CELLS))
    np.testing.assert_array_equal(varied((greenness,), CELLS, 5, 0.0)[0], greenness)


@pytest.mark.parametrize("chosen", [slice(100, 101), slice(None, None, -1), [70, 3, 33]])
def test_a_cell_has_its_parameters_alone_and_in_another_order(chosen):
    whole, part = parameters_of(CELLS[:200]), parameters_of(CELLS[:200][chosen])
    np.testing.assert_array_equal(part.planes, whole.planes[:, chosen])


def test_factors_differ_by_name_and_seed_without_correlation():
    draws = [np.log(factor(CELLS, 5, name, 0.2)) for name in FACTORS] + [np.log(factor(CELLS, 6, "porosity", 0.2))]
    assert np.abs(np.corrcoef(draws) - np.eye(len(draws))).max() < 0.03


def test_porosity_is_bounded_and_the_order_of_the_moistures_stays():
    parameters = parameters_of(CELLS)
    porosity = parameters["porosity"]
    assert porosity.max() == pytest.approx(MOST_POROUS) and (porosity == porosity.max()).sum() > 100
    assert (parameters["air_dry_moisture"] <= parameters["wilting_point"]).all()
    assert (parameters["wilting_point"] < parameters["stress_threshold"]).all()
    assert (parameters["stress_threshold"] < porosity).all()
    np.testing.assert_allclose(parameters["wilting_point"] / porosity, TABLE["wilting_point"] / TABLE["porosity"], rtol=1e-13)


def test_the_diffusivity_follows_conductivity_exponent_and_porosity():
    """``D_s = K_s b psi_s / theta_s`` with the matric potential of the table."""
    parameters = parameters_of(CELLS)
    expected = TABLE["saturated_diffusivity"] / (TABLE["saturated_conductivity"] * TABLE["b_exponent"] / TABLE["porosity"])
    np.testing.assert_allclose(
        parameters["saturated_diffusivity"] * parameters["porosity"]
        / (parameters["saturated_conductivity"] * parameters["b_exponent"]), expected, rtol=1e-12)


def test_the_two_pass_limit_is_that_of_the_varied_porosity():
    """The scheme knows porosities of its tables by their exact number; others have the general limit."""
    table, other = (parameters_of(CELLS[:50], {**STDS, "porosity": std})["two_pass_limit"] for std in (0.0, 0.3))
    np.testing.assert_array_equal(other, soil_water.OTHER_TWO_PASS_LIMIT)
    np.testing.assert_array_equal(table, soil_water.two_pass_limit(np.full(50, TABLE["porosity"])))


def test_greenness_stays_a_fraction_and_its_months_keep_their_ratio():
    months = np.array([0.2, 0.4, 0.95])[:, None] * np.ones(len(CELLS))
    least, most = varied((0.5 * months, months), CELLS, 5, 0.3)
    assert most.max() == 1.0 and least.min() > 0.0
    np.testing.assert_allclose(most[1] / most[0], np.where(most[1] < 1.0, 2.0, most[1] / most[0]), rtol=1e-13)
    assert most[0].mean() == pytest.approx(0.2, rel=0.02)
