"""A region of the 5-degree domain, and its forcing from the files of a test."""

import numpy as np
import pytest

from landda_hpc.config.sections import Weather
from landda_hpc.domain.dataset import read_domain
from landda_hpc.forcing.gridded.set_up import open_file_forcing
from landda_hpc.parallel import SerialCommunicator


@pytest.fixture(scope="session")
def region():
    """The land points of Europe."""
    return read_domain("5deg").within(35.0, 56.0, -10.0, 35.0)


@pytest.fixture
def opened(tmp_path, region):
    """Call ``opened(start, end, time_step, **forcing)`` to get the forcing of the files in ``tmp_path`` and its notes."""
    def call(start="2001-03-01T00", end="2001-03-02T00", time_step=3600, domain=region, **forcing):
        section = Weather(kind="files", **{"files": "*.nc", **forcing})
        window = np.datetime64(start, "s"), np.datetime64(end, "s")
        return open_file_forcing(section, tmp_path, domain, SerialCommunicator(), window, time_step)

    return call
