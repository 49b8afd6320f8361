"""Twelve states of the land through a year, from a run of one member, and what a step of each of their points costs.

They tell how snow and frost, and with them the cost of the points, wander over a domain. A finer domain takes the classes of
the nearest point of the coarse one.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.config import RunConfig
from landda_hpc.domain.cost import classes_of
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.land_run import LandRun

SPIN_UP_YEARS = 1
FIRST_YEAR = 2020
TIMES = ("01T12", "01T18", "02T12", "11T12")  # of each month


class YearStates(NamedTuple):
    """States at some times of each month.

    Attributes
    ----------
    cost : ndarray (12, 4, n_points)
        Of a step of each point by :func:`landda_hpc.domain.cost.cost_of_state` at :data:`TIMES` of each month.
    snow, frozen : ndarray of bool (12, 4, n_points)
        Snow; frozen ground without snow.
    jobs : list
        ``(planes, parameter planes, forcing)`` at the last of these times of each month.
    """

    cost: np.ndarray
    snow: np.ndarray
    frozen: np.ndarray
    jobs: list


def year_states(domain="2.5deg", time_step=3600):
    """Return the :class:`YearStates` of a domain after a spin-up of one year, in the weather that the package makes."""
    end = FIRST_YEAR + SPIN_UP_YEARS + 1
    config = RunConfig.model_validate({
        "run": {"name": "year", "start": f"{FIRST_YEAR}-01-01", "end": f"{end}-01-01", "time_step": time_step},
        "domain": {"file": str(domain)}, "ensemble": {"size": 1}, "output": {"variables": ["skin_temperature"]}})
    job = LandRun(config, ".", SerialCommunicator())
    job.begin()
    kept, jobs = [], []
    wanted = {np.datetime64(f"{end - 1}-{month:02d}-{time}:00:00", "s") for month in range(1, 13) for time in TIMES}
    while job.step < job.n_steps:
        time = job.advance()
        if time in wanted:
            snow, frozen = classes_of(job.model.state)
            kept.append((job.cost(), snow > 0.0, frozen > 0.0))
            if len(kept) % len(TIMES) == 0:
                jobs.append((job.model.planes[..., 0].copy(), job.parameters.planes.copy(), job.forcing.at(time)))
    return YearStates(*(np.stack(values).reshape(12, len(TIMES), -1) for values in zip(*kept)), jobs)


def nearest_point(domain, coarse):
    """Return the index of the nearest point of a coarse domain for each point of a domain, by great circles."""
    import scipy.spatial

    def unit_vectors(which):
        latitude, longitude = (np.deg2rad(values) for values in which.grid.positions(which.cell))
        return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1)

    return scipy.spatial.cKDTree(unit_vectors(coarse)).query(unit_vectors(domain))[1]
