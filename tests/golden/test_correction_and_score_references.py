"""Bias correction, triple collocation and event scores against reference files, by the tolerances that came with them."""

import shutil

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from landda_hpc.cli.verify import command
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.verification.cdf_reference import verify_cdf
from landda_hpc.verification.scores_reference import verify_scores
from landda_hpc.verification.tca_reference import verify_tca

FILES = {"cdf_cases.h5": (verify_cdf, 90), "cdf_match.h5": (verify_cdf, 13), "tca_hawaii.h5": (verify_tca, 14),
         "contingency.h5": (verify_scores, 6)}


@pytest.mark.parametrize("name", FILES)
def test_every_variable_of_every_case(shared_data, name):
    verify, n_cases = FILES[name]
    report = verify(shared_data / "data" / "golden" / name)
    assert report.passed, report.text(failed_only=True)
    assert report.n_cases == n_cases


@pytest.mark.parametrize("name, dataset, index, amount, noticed", [
    ("cdf_cases.h5", "0003/obs_cdf", 40, 1e-11, {"obs_cdf"}),
    ("cdf_cases.h5", "0003/value_out", 5, 1e-11, {"value_out", "value_out (stored)"}),
    ("cdf_cases.h5", "0003/value_out", 5, -9999.2, {"value_out, gaps", "value_out (stored), gaps"}),
    ("cdf_match.h5", "gpi_1084164/scaled/ecdf_lumped", 9, 1e-11, {"ecdf_lumped"}),
    ("cdf_match.h5", "gpi_1084164/scaled/lisf_binned_monthly_nbins100", 9, 1e-11, {"lisf_monthly"}),
    ("cdf_match.h5", "gpi_1084164/monthly_stats", (3, 6), 1e-11, {"scaled error"}),
    ("cdf_match.h5", "smap_anomaly_correction/loc_260345/corrected_monthly", 7, 1e-11, {"corrected_monthly"}),
    ("tca_hawaii.h5", "ascat_smap_gldas/loc_260345/fmse", 1, 1e-9, {"fmse", "fmse, merged"}),
    ("contingency.h5", "correlated/scores_daily", (2, 3, 6), 1e-11, {"ets"}),
    ("contingency.h5", "correlated/scores_all", (2, 0), 1, {"hits"})])
def test_a_disturbed_reference_is_noticed(shared_data, tmp_path, name, dataset, index, amount, noticed):
    path = tmp_path / name
    shutil.copyfile(shared_data / "data" / "golden" / name, path)
    with h5py.File(path, "r+") as file:
        values = file[dataset][()]
        values[index] = amount if amount < -9000 else values[index] + amount
        values[values < -9000] = -9999.0
        file[dataset][...] = values
    report = FILES[name][0](path)
    assert {difference.variable for difference in report.differences if not difference.passed} == noticed


@pytest.mark.parametrize("verify", [verify_cdf, verify_tca, verify_scores])
def test_another_file_is_refused(tmp_path, verify):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["x/y/z"] = 1.0
    with pytest.raises(InputError, match=r"Expected reference cases"):
        verify(path)
    path.write_text("text")
    with pytest.raises(InputError, match="cannot be read"):
        verify(path)
    with pytest.raises(ConfigError, match="float64 only"):
        verify(path, "float32")


@pytest.mark.parametrize("what, name", [("cdf", "cdf_cases.h5"), ("tca", "tca_hawaii.h5"), ("scores", "contingency.h5")])
def test_the_command_finds_them(shared_data, what, name):
    result = CliRunner().invoke(command, [what, str(shared_data / "data" / "golden" / name), "--summary"])
    assert result.exit_code == 0 and "0 failed" in result.output


def test_the_command_fails_for_one_wrong_field(shared_data, tmp_path):
    shutil.copyfile(shared_data / "data" / "golden" / "contingency.h5", tmp_path / "changed.h5")
    with h5py.File(tmp_path / "changed.h5", "r+") as file:
        case = file[sorted(file)[0]]
        forecast = case["fcst"][()]
        place = tuple(np.argwhere((case["obs"][()] == 0.0) & (forecast == 0.0))[0])
        forecast[place] = 100.0
        case["fcst"][...] = forecast
    result = CliRunner().invoke(command, ["scores", str(tmp_path / "changed.h5"), "--summary"])
    assert result.exit_code == 1 and "false_alarms" in result.output and "FAILED" in result.output
