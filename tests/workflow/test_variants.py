"""Noah 3.3 and 2.7.1 side by side: the page, the lines, and that water closes and what must differ differs."""

import numpy as np
import pytest

from landda_hpc.noah.processes import DESCRIPTIONS
from landda_hpc.plots.variants import plot_variants
from landda_hpc.workflow import variants
from landda_hpc.workflow.budget import WaterBudget


def made_up():
    random = np.random.default_rng(2)
    shape = 12, len(variants.CLIMATES)
    monthly = {name: {quantity: random.random(shape) for quantity in variants.QUANTITIES}
               for name in (variants.BASE, variants.WHOLE, "snow")}
    monthly["snow"]["runoff"] = monthly[variants.BASE]["runoff"] + 0.25
    budget = WaterBudget(*([1.0] * len(WaterBudget._fields)))
    energy = {"residual": np.linspace(-0.5, 0.25, 6), "leak": np.zeros(6)}
    return variants.VariantYears(monthly, dict.fromkeys(monthly, budget), dict.fromkeys(monthly, energy))


def test_page_and_lines():
    found = made_up()
    assert found.groups == ["snow"] and found.change("snow", "runoff") == pytest.approx(np.full(6, 0.25))
    figure = plot_variants(found, variants.CLIMATES, variants.QUANTITIES, (variants.BASE, variants.WHOLE), {"snow": "bright"})
    assert [axis.get_title(loc="left") for axis in figure.axes[::4]] == list(variants.CLIMATES)
    cells = {text.get_text() for text in figure.axes[3].texts}
    assert "+0.25" in cells
    figure.canvas.draw()
    lines = variants.texts(found)
    assert sum(line.startswith("  runoff") and line.endswith("snow +0.25") for line in lines) == 6
    assert sum("every step closes; emission" in line and "-0.500 to +0.250 W m-2" in line for line in lines) == 3


def test_groups_hold_every_process_that_acts_on_these_columns():
    grouped = [name for group in variants.GROUPS.values() for name in group.processes]
    assert len(set(grouped)) == len(grouped)
    assert set(DESCRIPTIONS) - set(grouped) == {"availability", "urban", "sea_ice"}


@pytest.mark.slow
def test_six_climates():
    """Signs that the schemes explain: slope 1 drains, stable air is warmer, black desert emits, warm snow is lost."""
    found = variants.run_variants(groups=("soil and vegetation parameters",))
    soil = found.change("soil and vegetation parameters", "soil_water")
    assert (soil[[0, 1, 2, 3, 5]] < -10.0).all()
    whole = {name: found.change(variants.WHOLE, name) for name in variants.QUANTITIES}
    assert whole["skin_temperature"][0] > 0.5 and whole["skin_temperature"][4] > 0.5
    assert whole["sensible_heat_flux"][1] < -3.0 and whole["snow_water_equivalent"][0] < -2.0
    assert found.budgets[variants.WHOLE].snow_leak < 0.0 == found.budgets[variants.BASE].soil_leak
    assert all(np.abs(energy["residual"]).max() < 2.0 for energy in found.energy.values())
