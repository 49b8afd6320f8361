"""Points of towers: what the configuration gives replaces the record's and the class's."""

import numpy as np
import pytest

from landda_hpc.config import load_config
from landda_hpc.errors import ConfigError
from landda_hpc.workflow.tower_places import build_points, land_parameters

OWN_SOIL = {"porosity": 0.434, "saturated_potential": 0.2, "saturated_conductivity": 3e-6, "b_exponent": 4.5, "quartz": 0.3,
            "drainage_slope": 0.25}
OWN_MONTHS = {"albedo": ("background_albedo", 0.3), "emissivity": ("background_emissivity", 0.9),
              "leaf_area_index": ("leaf_area_index", 2.5), "roughness_length": ("background_roughness_length", 0.07)}


@pytest.fixture
def parameters_of(tmp_path):
    """Call with the keys of a variant; gives the parameters of the site itself and of the variant on 30 January."""
    def call(**keys):
        variant = ", ".join(f"{key}: {list(value) if isinstance(value, tuple) else value}" for key, value in keys.items())
        path = tmp_path / "site.yaml"
        path.write_text(f"sites: [{{forcing: {{format: sample}}, variants: [{{name: own, {variant}}}]}}]\n")
        config = load_config(path)
        parameters, seasons = land_parameters(build_points(config, tmp_path), config.noah)
        seasons.update(parameters, np.datetime64("2001-01-30T12:00"))
        return parameters

    return call


def test_soil_of_a_place_replaces_that_of_its_class(parameters_of):
    parameters = parameters_of(**OWN_SOIL)
    for name, value in OWN_SOIL.items():
        assert parameters[name][1] == value != parameters[name][0]
    assert parameters["two_pass_limit"][1] == 0.85, "it follows the porosity"


@pytest.mark.parametrize("key", OWN_MONTHS)
def test_months_of_a_place_replace_what_follows_the_greenness(parameters_of, key):
    name, value = OWN_MONTHS[key]
    months = (value,) + (value / 2,) * 11
    parameters, plain = parameters_of(**{key: months}), parameters_of(soil_class=3)
    assert parameters[name][1] == pytest.approx(value * (1 - 15 / 31) + value / 2 * 15 / 31)
    assert parameters[name][0] == plain[name][0]
    others = [other for other, _ in OWN_MONTHS.values() if other != name]
    assert all(parameters[other][1] == plain[other][1] for other in others)


def test_the_range_of_the_greenness_weighs_the_class(parameters_of):
    """With extremes of 0 and 1 the weight is the greenness itself."""
    months = (0.4,) * 12
    wide = parameters_of(greenness=months, greenness_range=(0.0, 1.0), land_cover_class=10)
    assert wide["leaf_area_index"][1] == pytest.approx(0.6 * 0.52 + 0.4 * 2.9)
    flat = parameters_of(greenness=months, land_cover_class=10)
    assert flat["leaf_area_index"][1] > wide["leaf_area_index"][1], "constant greenness counts as the greatest"


def test_a_range_in_the_wrong_order_is_refused(parameters_of):
    with pytest.raises(ConfigError, match="does not begin with the least"):
        parameters_of(greenness_range=(0.9, 0.1))
