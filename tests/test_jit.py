"""Compilation of kernels: arithmetic, single precision from one source, the cache folder, the first compilation."""

import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest
from numba import config, prange, types

import landda_hpc
from landda_hpc import constants
from landda_hpc.errors import LanddaError
from landda_hpc.jit import cache, compile_on_root_first, driver_kernel, keep, kernel, processor
from landda_hpc.jit.precision import is_single
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.vmath import exp

PACKAGE = Path(landda_hpc.__file__).parent
WIDTH = 64
compiled_only = pytest.mark.skipif(config.DISABLE_JIT, reason="asks what the compiler does, which is switched off")
THIRD = 1.0 / 3.0
WEIGHTS = (0.1, 0.7)


@kernel
def no_argument():
    return 1.0 / 270.0


@kernel
def mixed_bag(x, y, flag):
    """Use all that would become float64: literals, constants, integers, selects, calls and quotients of integers."""
    freezing = x * 0.1 + landda_hpc.constants.FREEZING_POINT / constants.FREEZING_POINT + THIRD * WEIGHTS[1]
    selected = freezing if flag else 0
    limited = max(0, min(selected, 3))
    total = 0
    for index in range(3):
        total += limited * index
    count = 3
    return total / 2 + exp(-limited) + (count / 7) * x**2 + abs(y) * no_argument() + 2 * y - 1


@driver_kernel
def fill(S, time_step):
    for w in range(WIDTH):
        S[2 * WIDTH + w] = mixed_bag(S[w], S[WIDTH + w], S[w] > 1) * time_step + w


@pytest.fixture
def fresh_cache(monkeypatch, tmp_path):
    """Cache into a new folder: code that comes from the cache cannot be inspected."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)


def scratch(precision):
    """Return a scratch buffer of three rows."""
    return np.linspace(0.1, 2.0, 3 * WIDTH).astype(precision)


def double_arithmetic(dispatcher):
    """Return the operations on float64 in the code of a kernel's only version, but for reading Python's arguments."""
    code = dispatcher.inspect_llvm(dispatcher.signatures[0])
    operations = re.findall(r"= (?:f\w+|call|sitofp|select)[^\n@(]*double[^\n]*", code)
    return [operation for operation in operations if "@PyFloat" not in operation]


@compiled_only
class TestArithmetic:
    """IEEE arithmetic, as in NumPy."""

    def test_division_by_zero_is_infinite(self):
        @driver_kernel
        def divide(x, y):
            return x / y
        assert divide(1.0, 0.0) == np.inf
        assert np.isnan(divide(0.0, 0.0))

    def test_nan_stays_visible_and_order_of_operations_counts(self):
        @driver_kernel
        def is_nan(x):
            return x != x

        @driver_kernel
        def rounding_error(x, y):
            return (x + y) - x
        assert is_nan(np.nan)
        assert rounding_error(1.0e16, 1.0) == 0.0

    def test_products_and_sums_are_not_fused(self, fresh_cache):
        @driver_kernel
        def product_and_sum(x, y, z):
            return x * y + z
        x = 1.0 + 2.0**-30
        assert product_and_sum(x, x, -(1.0 + 2.0**-29)) == 0.0

    def test_threads_give_the_same_numbers(self):
        @driver_kernel(parallel=True)
        def threaded(x, result):
            for i in prange(x.size):
                result[i] = mixed_bag(x[i], x[i], x[i] > 1.0)

        x = np.linspace(0.1, 2.0, 300)
        results = np.empty_like(x)
        threaded(x, results)
        serial = np.array([mixed_bag(number, number, number > 1.0) for number in x])
        assert results.tobytes() == serial.tobytes()


@compiled_only
class TestSinglePrecision:
    """A kernel with float32 arguments computes in float32."""

    def test_no_double_arithmetic_is_left(self, fresh_cache):
        local = driver_kernel(fill.py_func)
        local(scratch(np.float32), 900.0)
        assert "x float>" in local.inspect_llvm(local.signatures[0])
        assert double_arithmetic(local) == ["= fptrunc double %arg.time_step to float"]

    def test_numbers_agree_with_double_precision(self):
        single, double = scratch(np.float32), scratch(np.float64)
        fill(single, 900.0)
        fill(double, 900.0)
        assert not np.array_equal(single, double.astype(np.float32))
        np.testing.assert_allclose(single, double, rtol=1e-5)

    def test_numbers_are_those_of_numpy(self):
        @driver_kernel
        def scaled(x, factor):
            return (x * 0.1 + THIRD) * factor - 1
        x = np.float32(0.7)
        expected = (x * np.float32(0.1) + np.float32(THIRD)) * np.float32(1.0e-3) - np.float32(1.0)
        assert scaled(x, 1.0e-3) == float(expected)
        assert scaled(x, 1.0e-3) == float(scaled.py_func(x, 1.0e-3))

    def test_double_precision_is_left_alone(self):
        @driver_kernel
        def tenth(x):
            return x * 0.1 + THIRD
        assert tenth(0.7) == 0.7 * 0.1 + THIRD

    def test_arrays_of_both_precisions_follow_numba(self):
        @driver_kernel
        def accumulate(values, total):
            for value in values:
                total[0] += value * 0.1
        values, total = np.full(3, 0.3, np.float32), np.zeros(1)
        accumulate(values, total)
        assert total[0] == sum(float(value) * 0.1 for value in values)

    def test_mixed_precision_on_request(self):
        @driver_kernel(mixed_precision=True)
        def mean(values):
            total = 0.0
            for value in values:
                total += value
            return total / values.size
        values = np.full(10, 0.1, np.float32)
        assert mean(values) == sum(float(value) for value in values) / 10

    @pytest.mark.parametrize(("arguments", "expected"), [
        ([types.float32], True),
        ([types.float32[::1], types.float64], True),
        ([types.Tuple([types.int64, types.float32[::1]])], True),
        ([types.UniTuple(types.UniTuple(types.float32[::1], 2), 2)], True),
        ([types.float32[::1], types.float64[::1]], False),
        ([types.float32, types.Tuple([types.float64[::1]])], False),
        ([types.float64], False),
        ([types.int64, types.boolean], False),
        ([], False),
    ])
    def test_which_arguments_ask_for_it(self, arguments, expected):
        assert is_single(arguments) is expected


def mini_package(folder):
    """Copy what kernels need into a folder, with one kernel that calls another of a second module."""
    package = folder / "landda_hpc"
    package.mkdir()
    for name in ("__init__.py", "constants.py", "errors.py"):
        shutil.copy(PACKAGE / name, package)
    for name in ("jit", "vmath"):
        shutil.copytree(PACKAGE / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "soil.py").write_text("from landda_hpc.jit import kernel\nfrom landda_hpc.numbers import FACTOR\n\n\n"
                                     "@kernel\ndef conductivity(x):\n    return x * FACTOR\n")
    (package / "numbers.py").write_text("import landda_hpc.units\n\nFACTOR = 2.0 * landda_hpc.units.METRE\n")
    (package / "units.py").write_text("METRE = 1.0\n")
    (package / "driver.py").write_text("from landda_hpc.jit import driver_kernel\nfrom landda_hpc import (\n"
                                       "    soil,  # its only kernel\n)\n\n\n"
                                       "@driver_kernel\ndef drive(x):\n    return soil.conductivity(x)\n")
    (package / "report.py").write_text("TITLE = 'no kernel here'\n")
    return package


def start(package, kernels, stderr=None, **more):
    """Start a process that runs the driver of a mini package and prints its number and its compilations."""
    code = "from landda_hpc.driver import drive; print(drive(3.0), sum(drive.stats.cache_misses.values()))"
    environment = {**os.environ, "LANDDA_CACHE_DIR": str(kernels), "PYTHONPATH": str(package.parent), **more}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True,
                            cwd=package.parent)


def finish(process):
    """Return the number that a process printed and how many kernels it compiled."""
    printed = process.stdout.read()
    assert process.wait(timeout=120) == 0
    number, compiled = printed.split()
    return float(number), int(compiled)


@compiled_only
class TestCache:
    """Compiled kernels are kept, and never outlive their sources."""

    def test_editing_what_a_kernel_calls_or_reads_gives_the_new_number(self, tmp_path):
        package, kernels = mini_package(tmp_path), tmp_path / "kernels"
        assert finish(start(package, kernels)) == (6.0, 1)
        assert finish(start(package, kernels)) == (6.0, 0)
        callee = package / "soil.py"
        callee.write_text(callee.read_text().replace("x * FACTOR", "x * FACTOR + 1.0"))
        assert finish(start(package, kernels)) == (7.0, 1)
        (package / "units.py").write_text("METRE = 2.5\n")
        assert finish(start(package, kernels)) == (16.0, 1)
        (package / "report.py").write_text("TITLE = 'another'\n")
        assert finish(start(package, kernels)) == (16.0, 0)

    def test_processes_that_compile_at_the_same_time(self, tmp_path):
        package, kernels = mini_package(tmp_path), tmp_path / "kernels"
        processes = [start(package, kernels) for _ in range(3)]
        assert [finish(process)[0] for process in processes] == [6.0] * 3
        assert finish(start(package, kernels)) == (6.0, 0)

    def test_sources_of_the_digest(self, tmp_path):
        package = mini_package(tmp_path)
        names = {str(path.relative_to(package)) for path in cache.kernel_sources(package)}
        assert {"driver.py", "soil.py", "numbers.py", "units.py", "jit/precision.py", "vmath/double.py"} <= names
        assert "report.py" not in names

    def test_folder_covers_processor_and_versions(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LANDDA_CACHE_DIR", str(tmp_path))
        folders = {cache.folder.__wrapped__()}
        monkeypatch.setenv("LANDDA_CPU", "x86-64-v3")
        folders.add(cache.folder.__wrapped__())
        monkeypatch.setattr(cache, "versions", lambda: ("3.0",))
        folders.add(cache.folder.__wrapped__())
        assert len(folders) == 3

    def test_a_module_has_the_digest_of_what_it_imports(self, tmp_path):
        package = mini_package(tmp_path)
        soil, driver = package / "soil.py", package / "driver.py"
        needed = {path.name for path in cache.needed_sources([driver], package)}
        assert {"driver.py", "soil.py", "numbers.py", "units.py", "precision.py"} <= needed
        assert "driver.py" not in {path.name for path in cache.needed_sources([soil], package)}
        assert "double.py" not in needed

    def test_a_copy_finds_the_kernels_and_other_modules_keep_theirs(self, tmp_path):
        package, kernels = mini_package(tmp_path), tmp_path / "kernels"
        assert finish(start(package, kernels)) == (6.0, 1)
        (tmp_path / "copy").mkdir()
        copy = shutil.copytree(package, tmp_path / "copy" / "landda_hpc", copy_function=shutil.copyfile)
        assert finish(start(copy, kernels)) == (6.0, 0)
        (copy / "wind.py").write_text((copy / "soil.py").read_text() + "\n# another\n")
        assert finish(start(copy, kernels)) == (6.0, 0)

    def test_kernels_that_close_over_others_depend_on_all_sources(self):
        own, all_sources = (cache.module_folder(str(PACKAGE / "vmath" / "double.py"), closed) for closed in (False, True))
        assert own != all_sources and own.startswith("vmath.double-")

    def test_former_kernels_of_a_module_are_removed(self, tmp_path):
        for age in range(8):
            (tmp_path / f"soil-{age}").mkdir()
            os.utime(tmp_path / f"soil-{age}", (1e9 - age, 1e9 - age))
        (tmp_path / "soil.water-0").mkdir()
        cache.make_module_folder(tmp_path / "soil-8")
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "soil-0", "soil-1", "soil-2", "soil-3", "soil-8", "soil.water-0"]

    def test_place_follows_the_environment(self, monkeypatch):
        for name in ("LANDDA_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", "/home/somebody")
        assert cache.base_folder() == Path("/home/somebody/.cache/landda_hpc/kernels")
        monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/cache")
        assert cache.base_folder() == Path("/scratch/cache/landda_hpc/kernels")
        monkeypatch.setenv("NUMBA_CACHE_DIR", "/scratch/numba")
        assert cache.base_folder() == Path("/scratch/numba")
        monkeypatch.setenv("LANDDA_CACHE_DIR", "/scratch/landda")
        assert cache.base_folder() == Path("/scratch/landda")

    def test_a_place_that_cannot_be_written_is_replaced_with_a_warning(self, monkeypatch, tmp_path):
        in_the_way = tmp_path / "file"
        in_the_way.touch()
        monkeypatch.setenv("LANDDA_CACHE_DIR", str(in_the_way))
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setattr(cache, "spare_folder", cache.spare_folder.__wrapped__)
        monkeypatch.setattr(cache, "tell_of_spare", cache.tell_of_spare.__wrapped__)
        with pytest.warns(UserWarning, match="Set LANDDA_CACHE_DIR"):
            folder = cache.folder.__wrapped__()
        assert folder.is_dir()
        assert folder.is_relative_to(tmp_path)
        assert (tmp_path / f"landda_hpc-{os.getuid()}").stat().st_mode & 0o077 == 0

    def test_a_temporary_folder_that_others_can_write_is_not_trusted(self, monkeypatch, tmp_path):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        open_to_all = tmp_path / f"landda_hpc-{os.getuid()}"
        open_to_all.mkdir()
        open_to_all.chmod(0o777)
        assert not cache._temporary_base().is_relative_to(open_to_all)

    def test_what_a_read_only_folder_lacks_is_kept_on_the_node(self, tmp_path):
        """The folder is in the way of a file, which keeps root out as well."""
        package, node, shared = mini_package(tmp_path), tmp_path / "node", tmp_path / "shared"
        node.mkdir()
        assert finish(start(package, shared)) == (6.0, 1)
        (kept,) = shared.glob("*/driver-*")
        shutil.rmtree(kept)
        kept.touch()
        first = start(package, shared, TMPDIR=str(node), stderr=subprocess.PIPE)
        assert finish(first) == (6.0, 1) and first.stderr.read().count("cannot be kept") == 1
        again = start(package, shared, TMPDIR=str(node), stderr=subprocess.PIPE)
        assert finish(again) == (6.0, 0) and again.stderr.read() == ""
        assert list(node.rglob("*.nbc"))

    def test_a_file_that_was_cut_is_compiled_again(self, tmp_path):
        package, kernels = mini_package(tmp_path), tmp_path / "kernels"
        assert finish(start(package, kernels)) == (6.0, 1)
        for path in kernels.rglob("driver*.nbc"):
            os.truncate(path, path.stat().st_size // 2)
        assert finish(start(package, kernels)) == (6.0, 1)
        assert finish(start(package, kernels)) == (6.0, 0)

    def test_old_digests_are_removed_and_nothing_else(self, tmp_path):
        for age in range(8):
            old = tmp_path / f"digest{age}"
            old.mkdir()
            (old / cache.MARKER).touch()
            os.utime(old / cache.MARKER, (1e9 - age, 1e9 - age))
        (tmp_path / "somebody_elses").mkdir()
        cache._prepare(tmp_path / "new")
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "digest0", "digest1", "digest2", "digest3", "new", "somebody_elses"]

    def test_other_users_of_numba_keep_their_folder(self):
        assert config.CACHE_DIR == os.environ.get("NUMBA_CACHE_DIR", "")

    def test_functions_without_a_file_are_compiled_all_the_same(self):
        names = {"kernel": kernel}
        exec("@kernel\ndef double(x):\n    return 2.0 * x\n", names)
        assert names["double"](4.0) == 8.0


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
                                 check=True, cwd=PACKAGE.parent).stdout
        assert printed.split() == ["generic", "+sse2"]


class Ranks:
    """Threads that play ranks, with an MPI of their own."""

    def __init__(self, size, mpi=None):
        self.size, self.mpi = size, mpi

    def run(self, function):
        """Return what each rank's function returned or raised."""
        def play(rank):
            rank.mpi = self.mpi
            try:
                return function(rank)
            except (LanddaError, ArithmeticError) as error:
                return error

        return run_in_process(self.size, play)


class SlowMPI:
    """A non-blocking barrier that a rank asks for three times before it is complete."""

    def __init__(self):
        self.asked = 0

    def Ibarrier(self):  # noqa: N802, the name of MPI
        return self

    def Test(self):  # noqa: N802, the name of MPI
        self.asked += 1
        return self.asked > 3


class TestCompileOnRootFirst:
    """One rank compiles, the others wait and load."""

    def test_others_start_after_the_root_has_finished(self):
        events = []

        def warm_up(rank):
            events.append(("start", rank.is_root))
            time.sleep(0.1)
            events.append(("end", rank.is_root))

        Ranks(3).run(lambda rank: compile_on_root_first(rank, lambda: warm_up(rank)))
        assert events[:2] == [("start", True), ("end", True)]
        assert sorted(events[2:]) == [("end", False)] * 2 + [("start", False)] * 2

    def test_failure_of_the_root_stops_all(self):
        called = []

        def warm_up(rank):
            called.append(rank.rank)
            raise ZeroDivisionError("cannot compile")

        outcomes = Ranks(3).run(lambda rank: compile_on_root_first(rank, lambda: warm_up(rank)))
        assert isinstance(outcomes[0], ZeroDivisionError)
        assert all(isinstance(outcome, LanddaError) and "rank 0" in str(outcome) for outcome in outcomes[1:])
        assert called == [0]

    def test_waiting_polls_where_there_is_mpi(self):
        ranks = Ranks(1)
        ranks.mpi = SlowMPI()
        assert ranks.run(lambda rank: compile_on_root_first(rank, lambda: None)) == [None]
        assert ranks.mpi.asked == 4

    @compiled_only
    def test_it_says_what_takes_so_long(self, caplog, fresh_cache, tmp_path):
        caplog.set_level(logging.INFO, logger="landda_hpc.jit")
        Ranks(1).run(lambda rank: compile_on_root_first(rank, lambda: driver_kernel(fill.py_func)(scratch(float), 9.0)))
        assert caplog.text.count("compiling the kernels, once for this version") == 1
        assert str(tmp_path) in caplog.text
        caplog.clear()
        Ranks(1).run(lambda rank: compile_on_root_first(rank, lambda: driver_kernel(fill.py_func)(scratch(float), 9.0)))
        assert "kernels ready after" in caplog.text and "compiling" not in caplog.text

    @compiled_only
    def test_others_receive_the_kernels_and_open_no_file(self, fresh_cache, monkeypatch):
        monkeypatch.setattr(keep, "_received", {})
        loaded, load = [], keep.KernelFiles._load

        def noted_load(files, key):
            loaded.append(threading.current_thread().name)
            return load(files, key)

        monkeypatch.setattr(keep.KernelFiles, "_load", noted_load)
        compiled = {}

        def play(rank):
            own = driver_kernel(fill.py_func)  # as each process has its own
            compile_on_root_first(rank, lambda: own(scratch(float), 9.0))
            compiled[rank.rank] = sum(own.stats.cache_misses.values())
            return threading.current_thread().name

        names = Ranks(3).run(play)
        assert compiled == {0: 1, 1: 0, 2: 0} and set(loaded) == {names[0]}


@pytest.mark.parametrize("age, left", [(3600.0, 8), (30 * 86400.0, 5)])
def test_kernels_of_the_last_week_are_kept(tmp_path, age, left):
    """A start of another version leaves folders alone that running processes may use."""
    then = time.time() - age
    for number in range(7):
        marker = tmp_path / f"digest{number}" / cache.MARKER
        marker.parent.mkdir()
        marker.touch()
        os.utime(marker, (then - number, then - number))
    cache._prepare(tmp_path / "new")
    assert len(list(tmp_path.iterdir())) == left and (tmp_path / "new").is_dir()
