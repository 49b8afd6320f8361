"""What tests of runs share."""

import pytest

from landda_hpc.config import load_config
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.run import run


@pytest.fixture
def start(request, tmp_path, monkeypatch):
    """Call ``start(*changes, **options)`` to run the ``CONFIGURATION`` of the test's module in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(request.module.CONFIGURATION)

    def call(*changes, **options):
        return run(load_config("site.yaml", changes), SerialCommunicator(), tmp_path, **options)

    return call
