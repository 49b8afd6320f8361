"""Fixtures that all tests share."""

import shutil
import subprocess
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data():
    """Folder of reference data and real files that stands beside the project on development machines."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the project are not here; the package itself does not need them")
    return SHARED


@pytest.fixture
def small_disk(tmp_path, request):
    """A file system of 300 kB, or of what the test is parametrised with, where the test may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = getattr(request, "param", 300)  # kB
    if shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", folder],
                                                       capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
