"""The land mask that tests of remapping share."""

import numpy as np
import pytest

from landda_hpc.coupling.columns import columns_of
from tests.coupling.fields import GLOBE


@pytest.fixture(scope="module")
def land():
    """Return a land fraction on the globe: a continent with a ragged coast and one island."""
    columns = columns_of(GLOBE)
    fraction = np.where((np.abs(columns.latitude) < 42.0) & (np.abs(columns.longitude) < 60.0), 1.0, 0.0)
    fraction[(fraction > 0.0) & (columns.latitude > 30.0)] = 0.4
    return fraction
