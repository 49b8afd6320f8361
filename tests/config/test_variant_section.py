"""The version of Noah in a configuration: single processes over the variant, what is refused, what a restart compares."""

import pytest
from pydantic import ValidationError

from landda_hpc.config.explain import explain
from landda_hpc.config.run_config import RunConfig
from landda_hpc.config.sections import Noah
from landda_hpc.noah.processes import DESCRIPTIONS

TOWER = {"sites": [{"forcing": {"format": "sample"}}]}


def test_processes_follow_the_variant_where_they_are_not_chosen():
    assert Noah().as_271 == ()
    assert Noah(variant="noah271").as_271 == tuple(DESCRIPTIONS)
    assert Noah(processes={"snow_albedo": "noah271"}).as_271 == ("snow_albedo",)
    assert set(DESCRIPTIONS) - set(Noah(variant="noah271", processes={"urban": "noah33"}).as_271) == {"urban"}


def test_a_resolved_configuration_is_read_again():
    first = RunConfig(**TOWER, noah={"variant": "noah271"})
    assert RunConfig(**first.model_dump(mode="json")).noah == first.noah


def test_what_is_refused():
    with pytest.raises(ValidationError, match="roughness_dependent_czil needs a surface layer of Noah 3.3"):
        Noah(variant="noah271", roughness_dependent_czil=True)
    Noah(variant="noah271", processes={"surface_layer": "noah33"}, roughness_dependent_czil=True)
    with pytest.raises(ValidationError, match="snow_colour"):
        Noah(processes={"snow_colour": "noah271"})


def test_a_restart_compares_variant_and_processes():
    plain = RunConfig(**TOWER)
    whole, single = (RunConfig(**TOWER, noah=noah) for noah in ({"variant": "noah271"}, {"processes": {"urban": "noah271"}}))
    assert len({plain.digest(), whole.digest(), single.digest()}) == 3
    assert whole.choices()["noah.variant"] == "noah271" and single.choices()["noah.processes.urban"] == "noah271"


def test_every_process_is_explained():
    text = explain("noah.processes")
    assert all(f"noah.processes.{name}: in Noah 2.7.1" in text for name in DESCRIPTIONS)
