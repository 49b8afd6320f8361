"""The folder of compiled kernels: they are kept, and never outlive their sources."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from numba import config

import landda_hpc
from landda_hpc.jit import cache, kernel
from tests.jit.kernels import compiled_only

PACKAGE = Path(landda_hpc.__file__).parent


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

    @pytest.mark.parametrize("age, left", [(3600.0, 7), (30 * 86400.0, 4)])
    def test_old_digests_are_removed_but_those_of_the_last_week(self, tmp_path, age, left):
        """A start of another version leaves folders alone that running processes may use, and what is not its own."""
        then = time.time() - age
        for number in range(7):
            marker = tmp_path / f"digest{number}" / cache.MARKER
            marker.parent.mkdir()
            marker.touch()
            os.utime(marker, (then - number, then - number))
        (tmp_path / "somebody_elses").mkdir()
        cache._prepare(tmp_path / "new")
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            *(f"digest{number}" for number in range(left)), "new", "somebody_elses"]

    def test_other_users_of_numba_keep_their_folder(self):
        assert config.CACHE_DIR == os.environ.get("NUMBA_CACHE_DIR", "")

    def test_functions_without_a_file_are_compiled_all_the_same(self):
        names = {"kernel": kernel}
        exec("@kernel\ndef double(x):\n    return 2.0 * x\n", names)
        assert names["double"](4.0) == 8.0
