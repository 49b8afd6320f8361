"""A truth on the shipped 5-degree globe, in memory."""

import numpy as np
import pytest

from landda_hpc.domain.dataset import read_domain
from landda_hpc.simulation.orbits import seconds_since_epoch
from landda_hpc.simulation.truth import ArrayTruth
from landda_hpc.times import SECONDS_PER_DAY

START = "2022-06-10"


def make_truth(domain, days=4, soil_moisture=None, frozen=None):
    """Return a truth of 3-hourly states, of waving soil moisture unless given; ``frozen`` points are at -5 C, others warm."""
    seconds = seconds_since_epoch(START) + np.arange(-8, days * 8 + 9) * SECONDS_PER_DAY / 8.0
    shape = (len(seconds), domain.n_total)
    if soil_moisture is None:
        waves = np.sin(seconds[:, None] / SECONDS_PER_DAY * 1.3 + np.arange(domain.n_total))
        soil_moisture = 0.2 + 0.1 * waves
    cold = np.zeros(domain.n_total, bool) if frozen is None else frozen
    temperature = np.broadcast_to(np.where(cold, 268.15, 290.0), shape)
    fields = {"soil_moisture": np.broadcast_to(soil_moisture, shape), "soil_temperature": temperature,
              "skin_temperature": temperature + 1.0, "snow_water_equivalent": np.zeros(shape)}
    return ArrayTruth(domain, seconds, fields)


@pytest.fixture(scope="session")
def domain():
    """The shipped 5-degree globe."""
    return read_domain("5deg")


@pytest.fixture(scope="session")
def truth(domain):
    """Four days of it."""
    return make_truth(domain)
