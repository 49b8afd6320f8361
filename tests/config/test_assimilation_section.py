"""The section of the filter, and the filter that it makes."""

import numpy as np
import pytest
from pydantic import ValidationError

from landda_hpc.assimilation import analysis
from landda_hpc.assimilation.enkf import EnKF
from landda_hpc.assimilation.warm_up import compile_filter
from landda_hpc.config.assimilation import EnKF as Section
from landda_hpc.config.sections import Ensemble, Perturb
from tests.assimilation.ensembles import POROSITY, STEP, THICKNESS, TIME, filter_of, land_state, observed


def made(section, **perturb):
    return EnKF.from_sections(section, Ensemble(), Perturb(**perturb), np.arange(1000, 1030), np.tile(THICKNESS[:, None], 30),
                              np.ones(30, bool))


def analysed(enkf):
    state = land_state(30)
    enkf.analyse(TIME, STEP, state, np.full(30, POROSITY), enkf.sort(*observed(30)))
    return state.soil_moisture


def test_defaults_are_those_of_the_filter():
    assert (analysed(made(Section())) == analysed(filter_of(30))).all()


@pytest.mark.parametrize("options", [{"multi_sensor": "serial"}, {"multi_sensor": "serial", "sensor_order": ["smap", "ascat"]},
                                     {"same_sensor_error_corr": 0.5}, {"gross_check": 1.0}, {"min_spread_var": 1.0},
                                     {"layer1_limits": [0.01, 0.2]}, {"margin": 0.15}])
def test_every_option_arrives(options):
    assert (analysed(made(Section(**options))) != analysed(made(Section()))).any()


def test_options_of_the_perturbations_arrive():
    assert (analysed(made(Section(), truncate=0.5)) != analysed(made(Section()))).any()
    assert (analysed(made(Section(), zero_mean=False)) != analysed(made(Section()))).any()


@pytest.mark.parametrize("options, words", [({"obs_tau": "12h"}, "obs_tau"),
                                            ({"sensor_order": ["ascat", "ascat"]}, "once each"),
                                            ({"layer1_limits": [0.5, 0.1]}, "lower one first"), ({"rho": 0.5}, "rho"),
                                            ({"same_sensor_error_corr": 1.0}, "same_sensor_error_corr")])
def test_wrong_values_are_refused(options, words):
    with pytest.raises(ValidationError, match=words):
        Section(**options)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_warm_up_compiles_what_a_run_calls(precision):
    compile_filter(4, 20, precision)
    versions = len(getattr(analysis.analyse_cells, "signatures", ()))
    state = land_state(30, dtype=np.dtype(precision).type)
    enkf = filter_of(30)
    enkf.analyse(TIME, STEP, state, np.full(30, POROSITY), enkf.sort(*observed(30)))
    enkf.analyse(TIME, STEP, state, np.full(30, POROSITY), enkf.sort([], [], [], []))
    assert len(getattr(analysis.analyse_cells, "signatures", ())) == versions
