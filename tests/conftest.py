"""Fixtures that all tests share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data():
    """Folder of reference data and real files that stands beside the project on development machines."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the project are not here; the package itself does not need them")
    return SHARED
