"""Twelve states of the land through a year, from a run of one member, and what a step of each of their points costs.

They tell how snow, frost and wet ground, and with them the cost of the points, wander over a domain. A finer domain takes
the classes of the nearest point of the coarse one.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from landda_hpc.config import RunConfig
from landda_hpc.domain.cost import classes_of
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.land_run import LandRun

#: The run begins in the summer of most land that has snow; ice in permafrost takes until October to form.
START, FIRST, END = "2020-08-01", "2020-10", "2021-09-12"
TIME_STEP = 3600  # s
CYCLE_STEPS = 6
#: After noon UTC of the first day of each month, at which bands are cut [h].
LATER = (0, 6, 24, 240)


class YearStates(NamedTuple):
    """States at some times of each month from January on.

    Attributes
    ----------
    cost : ndarray (12, 4, n_points)
        Of a step of each point by :func:`landda_hpc.domain.cost.cost_of_state`, :data:`LATER`.
    cycle_cost : ndarray (12, 4, n_points)
        Mean over the six hours before: ranks wait for each other at the end of a cycle only.
    snow, frozen, wet : ndarray (12, 4, n_points)
        1 where :func:`landda_hpc.domain.cost.classes_of` finds snow, frozen and wet ground.
    jobs : list
        ``(planes, parameter planes, forcing)`` of each month at the second of these times.
    """

    cost: np.ndarray
    cycle_cost: np.ndarray
    snow: np.ndarray
    frozen: np.ndarray
    wet: np.ndarray
    jobs: list


def year_states(domain="2.5deg"):
    """Return the :class:`YearStates` of a domain, a shipped one or a file, in the weather that the package makes."""
    config = RunConfig.model_validate({
        "run": {"name": "year", "start": START, "end": END, "time_step": TIME_STEP},
        "domain": {"file": str(domain)}, "ensemble": {"size": 1}, "output": {"variables": ["skin_temperature"]}})
    job = LandRun(config, ".", SerialCommunicator())
    job.begin()
    wanted = [_times(month) for month in range(1, 13)]
    of_jobs, last = [times[1] for times in wanted], max(times[-1] for times in wanted)
    recent, kept, jobs, time = deque(maxlen=CYCLE_STEPS), {}, {}, job.time
    while time < last:
        time = job.advance()
        recent.append(job.cost())
        if any(time in times for times in wanted):
            kept[time] = recent[-1], np.mean(recent, axis=0), *classes_of(job.model.state, job.parameters)
        if time in of_jobs:
            jobs[time] = job.model.planes[..., 0].copy(), job.parameters.planes.copy(), job.forcing.at(time)
    return YearStates(*(np.stack([[kept[time][part] for time in times] for times in wanted]) for part in range(5)),
                      [jobs[time] for time in of_jobs])


def _times(month):
    """Return the times of a calendar month (1-12) :data:`LATER`, of the year from :data:`FIRST` on."""
    year = int(FIRST[:4]) + (month < int(FIRST[5:]))
    noon = np.datetime64(f"{year}-{month:02d}-01T12:00:00", "s")
    return [noon + np.timedelta64(hours, "h") for hours in LATER]


def nearest_point(domain, coarse):
    """Return the index of the nearest point of a coarse domain for each point of a domain, by great circles."""
    import scipy.spatial

    def unit_vectors(which):
        latitude, longitude = (np.deg2rad(values) for values in which.grid.positions(which.cell))
        return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1)

    return scipy.spatial.cKDTree(unit_vectors(coarse)).query(unit_vectors(domain))[1]
