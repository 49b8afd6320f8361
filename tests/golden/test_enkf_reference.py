"""The filter and the bounds procedure against reference cases of the LIS routines."""

import shutil

import h5py
import pytest

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.verification.enkf_reference import verify_enkf, verify_increments

FILES = {"enkf_cases.h5": (verify_enkf, 500), "setsoilm_cases.h5": (verify_increments, 260)}


@pytest.fixture
def golden(shared_data):
    return shared_data / "data" / "golden"


@pytest.mark.parametrize("name", FILES)
def test_every_case(golden, name):
    verify, n_cases = FILES[name]
    report = verify(golden / name)
    assert report.n_cases == n_cases
    assert report.passed, report.text(failed_only=True)


def test_the_short_form_is_compared_where_it_applies(golden):
    rules = {difference.rule for difference in verify_enkf(golden / "enkf_cases.h5").differences}
    assert {"noah_joint", "noah_joint (one quantity)", "general"} <= rules


@pytest.mark.parametrize("name, dataset, amount", [("enkf_cases.h5", "0001/increments", 1e-9),
                                                   ("enkf_cases.h5", "0001/norm_innov", 1e-8),
                                                   ("setsoilm_cases.h5", "0001/sh2o_out", 1e-11)])
def test_a_disturbed_reference_is_noticed(golden, tmp_path, name, dataset, amount):
    path = tmp_path / name
    shutil.copyfile(golden / name, path)
    with h5py.File(path, "r+") as file:
        values = file[dataset][()]
        values.flat[-1] += amount
        file[dataset][...] = values
    report = FILES[name][0](path)
    failed = [difference for difference in report.differences if not difference.passed]
    assert failed and {difference.variable for difference in failed} == {dataset.split("/")[1]}
    assert {difference.where for difference in failed} == {"case 0001"}


def test_another_file_or_precision_is_refused(golden):
    with pytest.raises(InputError, match="no dataset increments"):
        verify_enkf(golden / "setsoilm_cases.h5")
    with pytest.raises(InputError, match="cannot be read"):
        verify_increments(golden / "README.md")
    with pytest.raises(ConfigError, match="float64"):
        verify_enkf(golden / "enkf_cases.h5", "float32")
