"""The land model against reference results of Noah 3.3, by the rules that came with them."""

import shutil

import h5py
import pytest

from landda_hpc.errors import InputError
from landda_hpc.verification.noah_reference import verify_noah

FILES = ("noah33_single_step.h5", "noah33_bondville_1998.h5", "noah33_columns_year.h5")


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", FILES)
def test_every_variable_of_every_case(shared_data, name, precision):
    report = verify_noah(shared_data / "data" / "golden" / name, precision)
    assert report.passed, report.text(failed_only=True)


@pytest.mark.parametrize("dataset, amount", [("state_after/stc", 1e-7), ("fluxes/runoff1", 1e-16),
                                             ("intermediate/ch_off", 1e-13), ("fluxes/rc", 10.0)])
def test_a_disturbed_reference_is_noticed(shared_data, tmp_path, dataset, amount):
    """One value moved by ten tolerances fails the file and is named."""
    path = tmp_path / "disturbed.h5"
    shutil.copyfile(shared_data / "data" / "golden" / FILES[0], path)
    with h5py.File(path, "r+") as file:
        values = file[dataset][()]
        values.flat[100] += amount
        file[dataset][...] = values
    report = verify_noah(path)
    assert [difference.variable for difference in report.differences if not difference.passed] == [dataset]


@pytest.mark.parametrize("dataset, amount", [("first_steps/state/t1", 1e-5), ("final_state/stc", 1e-6),
                                             ("rounding_envelope/flux_mean/rms/flx3", -1.0)])
def test_a_disturbed_year_is_noticed(shared_data, tmp_path, dataset, amount):
    """First steps, the last state and the envelope of every flux count, also where the soil freezes."""
    path = tmp_path / "disturbed.h5"
    shutil.copyfile(shared_data / "data" / "golden" / FILES[1], path)
    with h5py.File(path, "r+") as file:
        file[dataset][...] = file[dataset][()] + amount
    report = verify_noah(path)
    assert [difference.variable for difference in report.differences if not difference.passed] == [
        dataset.split("/")[-1]]


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1.0
    with pytest.raises(InputError, match="not a reference file"):
        verify_noah(path)
    path.write_text("text")
    with pytest.raises(InputError, match="cannot be read"):
        verify_noah(path)
