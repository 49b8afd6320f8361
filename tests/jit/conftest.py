"""What tests of compilation share."""

import pytest

from landda_hpc.jit import cache


@pytest.fixture
def fresh_cache(monkeypatch, tmp_path):
    """Cache into a new folder: code that comes from the cache cannot be inspected."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
