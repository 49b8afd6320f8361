"""The command line: quick help, one message for an error, exit codes, templates."""

import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from landda_hpc.cli.main import COMMANDS

NO_MODULES = ("mpi4py", "numba", "numpy", "h5py", "pydantic", "matplotlib")


def landda(*arguments, folder=None):
    return subprocess.run([sys.executable, "-m", "landda_hpc.cli", *map(str, arguments)], cwd=folder,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def test_help_imports_nothing_heavy():
    code = ("import sys; from landda_hpc.cli import main\n"
            "try: main.cli(['--help'])\nexcept SystemExit: pass\n"
            f"print(sorted(set({NO_MODULES!r}) & set(sys.modules)))")
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == "[]"


def test_help_is_quick():
    """Processor time, so that other work on the machine does not count."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert landda("--help").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command):
    process = landda(command, "--help")
    assert process.returncode == 0 and "Example" in process.stdout and f"landda {command}" in process.stdout


def test_an_error_is_one_message_without_traceback(tmp_path):
    process = landda("run", tmp_path / "none.yaml")
    assert process.returncode == 2
    assert process.stderr.startswith("ConfigError: ") and "Traceback" not in process.stderr
    assert "Traceback" in landda("--debug", "run", tmp_path / "none.yaml").stderr


@pytest.mark.parametrize("arguments", [("fly",), ("run",), ("run", "x.yaml", "--fast"), ("verify", "noah"), ("config",)])
def test_wrong_usage_ends_with_2(arguments):
    assert landda(*arguments).returncode == 2


def test_verify_refuses_other_files(tmp_path):
    path = tmp_path / "text.h5"
    path.write_text("text")
    process = landda("verify", "noah", path)
    assert process.returncode == 1 and "InputError" in process.stderr


@pytest.mark.parametrize("template", ["ensemble", "tower", "own-tower"])
def test_templates_are_written_and_never_overwritten(tmp_path, template):
    first = landda("init", tmp_path / "a", "--template", template)
    assert first.returncode == 0 and len(first.stdout.split()) >= 2
    before = (tmp_path / "a" / "site.yaml").read_text()
    again = landda("init", tmp_path / "a", "--template", template)
    assert again.returncode == 2 and "already exists" in again.stderr
    assert (tmp_path / "a" / "site.yaml").read_text() == before


def test_the_job_script_is_that_of_one_node_for_the_own_configuration(tmp_path):
    landda("init", tmp_path, "--template", "globe")
    own, general = ((folder / name).read_text().splitlines() for folder, name in (
        (tmp_path, "job.sbatch"), (Path(__file__).parents[2] / "jobs", "single_node.sbatch")))
    different = [line for line, other in zip(own, general, strict=True) if line != other]
    assert len(different) == 2 and "sbatch --ntasks-per-node=64 job.sbatch" in different[0]
    assert different[1].startswith('exec landda job globe.yaml "$@" ')


@pytest.mark.parametrize("template", ["ensemble", "tower", "own-tower"])
def test_templates_can_run(tmp_path, template):
    landda("init", tmp_path, "--template", template)
    process = landda("run", "site.yaml", "--dry-run", folder=tmp_path)
    assert process.returncode == 0, process.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []


def test_the_coupled_template_can_run(tmp_path):
    landda("init", tmp_path, "--template", "coupled")
    process = landda("run", "coupled.yaml", "--dry-run", "-s", "domain.region=[-30, -10, 115, 145]", folder=tmp_path)
    assert process.returncode == 0 and "of the atmosphere" in process.stderr + process.stdout, process.stderr


def test_files_of_forcing_are_written_told_and_run(tmp_path):
    landda("init", tmp_path, "--template", "files")
    period = ("--from", "2001-03-01", "--to", "2001-03-02")
    written = landda("weather", "5deg", "--write-files", "gldas", *period, "-o", "met", folder=tmp_path)
    assert written.returncode == 0 and "9 files" in written.stdout, written.stderr
    told = landda("forcing", "info", "met", folder=tmp_path)
    assert told.returncode == 0 and "9 times" in told.stdout and "orography.nc: lat, lon, orog" in told.stdout
    changes = ("-s", "run.end=2001-03-02", "-s", "forcing.format=auto", "-s", "forcing.lapse=true", "-s",
               "forcing.orography=met/orography.nc")
    process = landda("run", "files.yaml", "--dry-run", *changes, folder=tmp_path)
    assert process.returncode == 0 and "SWdown_f_tavg" in process.stderr + process.stdout, process.stderr
    (tmp_path / "met" / "GLDAS_NOAH_3H.A20010301.0900.nc4").unlink()
    process = landda("run", "files.yaml", "--dry-run", *changes, folder=tmp_path)
    assert process.returncode == 1 and "no file has tair for 2001-03-01T09:00 UTC; 1 of 9" in process.stderr
    assert landda("forcing", "info", "met", folder=tmp_path).stdout.count("missing 2001-03-01T") == 7
    assert landda("forcing", "info", tmp_path / "none.nc").returncode == 1
    assert landda("forcing", "info").returncode == 2


def test_config_explains_lists_and_resolves(tmp_path):
    assert "e-folding time" in landda("config", "--explain", "perturb.forcing.tau").stdout
    assert landda("config", "--list").stdout.count("\n") > 80
    landda("init", tmp_path)
    resolved = landda("config", tmp_path / "site.yaml", "-s", "ensemble.size=7")
    assert resolved.returncode == 0 and "size: 7" in resolved.stdout


def test_info_tells_of_a_tower_file(tmp_path):
    landda("init", tmp_path, "--template", "own-tower")
    process = landda("info", tmp_path / "tower.csv")
    assert process.returncode == 0 and "tower record" in process.stdout


def test_doctor_finds_its_way():
    process = landda("doctor")
    assert process.returncode == 0
    for word in ("numba", "hdf5", "kernel cache", "cores", "slurm", "mpi"):
        assert word in process.stdout


def test_verify_fails_above_tolerance(shared_data, tmp_path):
    reference, disturbed = shared_data / "data" / "golden" / "setsoilm_cases.h5", tmp_path / "disturbed.h5"
    assert landda("verify", "increments", reference).returncode == 0
    shutil.copyfile(reference, disturbed)
    with h5py.File(disturbed, "r+") as file:
        file["0003/smc_out"][0, 0] += 1e-9
    process = landda("verify", "increments", disturbed)
    assert process.returncode == 1 and "case 0003  FAILED" in process.stdout
