"""The processor that kernels are compiled for can be chosen, for clusters of mixed nodes."""

import os
import subprocess
import sys
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from landda_hpc.jit import processor

ROOT = Path(__file__).parents[2]


class TestProcessor:
    """The processor can be chosen, for clusters of mixed nodes."""

    @pytest.fixture(autouse=True)
    def _nothing_chosen(self, monkeypatch):
        for name in ("LANDDA_CPU", "LANDDA_CPU_FEATURES", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"):
            monkeypatch.delenv(name, raising=False)

    def test_default_is_the_machine_with_whole_vectors(self):
        name, features = processor.wanted()
        assert name == llvm.get_host_cpu_name()
        assert ("-prefer-256-bit" in features) == bool(llvm.get_host_cpu_features().get("avx512f"))

    @pytest.mark.parametrize(("environment", "expected"), [
        ({"LANDDA_CPU": "x86-64-v3"}, ("x86-64-v3", "")),
        ({"LANDDA_CPU": "x86-64-v3", "NUMBA_CPU_FEATURES": "+avx512f"}, ("x86-64-v3", "")),
        ({"LANDDA_CPU": "skylake", "LANDDA_CPU_FEATURES": "-avx2"}, ("skylake", "-avx2")),
        ({"NUMBA_CPU_NAME": "generic"}, ("generic", "")),
        ({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "+sse4.2"}, ("generic", "+sse4.2")),
        ({"NUMBA_CPU_NAME": "generic", "LANDDA_CPU_FEATURES": "+avx"}, ("generic", "+avx")),
    ])
    def test_environment(self, monkeypatch, environment, expected):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert processor.wanted() == expected

    def test_numba_compiles_for_the_choice(self):
        environment = {**os.environ, "LANDDA_CPU": "generic", "LANDDA_CPU_FEATURES": "+sse2"}
        code = ("import numba, landda_hpc.jit; from numba.core.registry import cpu_target; "
                "print(*cpu_target.target_context.codegen().magic_tuple()[1:])")
        printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True,
                                 check=True, cwd=ROOT).stdout
        assert printed.split() == ["generic", "+sse2"]
