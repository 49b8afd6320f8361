"""`tools/kernel_report` on a few points: every process of a step is there, counted and timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = Path(__file__).resolve().parents[2] / "tools" / "kernel_report"


@pytest.mark.slow
def test_the_report_on_few_points(tmp_path):
    file = tmp_path / "report.json"
    process = subprocess.run([sys.executable, REPORT, "--mix", "cold", "--points", "100", "--triad-values", "100000",
                              "--json", file], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    report = json.loads(file.read_text())
    table = {row["process"]: row for row in report["processes"]}
    assert {"surface layer", "snow surface", "soil water", "soil heat", "load state", "checks", "sums of points"} <= set(table)
    assert all(name in process.stdout for name in table)
    assert all(row["ns_per_column"] >= 0.0 and row["instructions"] > 5 for row in table.values())
    for name in ("surface layer", "soil water", "soil heat"):
        row = table[name]
        assert row["zmm"] + row["ymm"] + row["xmm packed"] > 10 * row["xmm scalar"], f"{name} is not vectorised"
        assert not row["of the mathematical library"], name
        assert row["ns_per_column"] > 1.0
    # A step also calls, checks and waits: its processes by themselves cannot take much longer than all of it.
    assert 0.0 < sum(row["ns_per_column"] for row in table.values()) < 2.0 * report["step_ns_per_column"]
    assert report["step_fastest"] <= report["step_ns_per_column"]
    state = report["bytes_per_column"]["state"]
    assert state % 16 == 0 and 0.5 < state / sum(report["bytes_per_column"].values()) < 1.0
    assert report["memory_ns_per_column"] > 0.0 and report["triad_gigabytes_per_s"] > 0.0
