"""Kernels compiled ahead: a filled folder is copied whole and then needs nothing more."""

import os
import subprocess
import sys

import pytest

CONFIGURATION = """
run: {name: small, end: 2001-01-02T00:00, time_step: 1h}
sites: [{forcing: {format: sample}}]
ensemble: {size: 3}
log: {progress: false}
"""


@pytest.fixture
def landda(tmp_path):
    (tmp_path / "site.yaml").write_text(CONFIGURATION)

    def call(*arguments, **environment):
        return subprocess.run([sys.executable, "-m", "landda_hpc.cli", *arguments], cwd=tmp_path, text=True, check=False,
                              capture_output=True, env={**os.environ, **environment})

    return call


def test_a_copied_folder_starts_a_run_without_compiling(landda, tmp_path):
    first = landda("warmup", "site.yaml")
    assert first.returncode == 0, first.stderr
    source = first.stdout.split(":")[0].rpartition("/")[0]
    copied = landda("warmup", "--from", source, "--to", str(tmp_path / "node"))
    assert copied.returncode == 0 and " 0 copied" not in copied.stdout
    assert not [path for path in (tmp_path / "node").rglob("*") if path.is_file() and path.suffix not in (".nbi", ".nbc", "")]
    run = landda("run", "site.yaml", LANDDA_CACHE_DIR=str(tmp_path / "node"))
    assert run.returncode == 0 and "kernels ready" in run.stderr and "compiling" not in run.stderr
    assert " 0 copied" in landda("warmup", "--from", source, "--to", str(tmp_path / "node")).stdout


def test_without_configurations_the_shipped_ones_are_compiled(monkeypatch):
    from landda_hpc.config import load_config
    from landda_hpc.workflow import warmup

    seen = []
    monkeypatch.setattr(warmup, "compile_for", lambda config, changes: seen.append(load_config(config, changes)))
    warmup.compile_for_shipped()
    assert [(one.run.name, one.run.precision) for one in seen] == [
        ("sample", "float64"), ("sample", "float32"), ("globe", "float64"), ("globe", "float32")]
    assert seen[-1].sensors.enabled() == ("ascat", "smap")
