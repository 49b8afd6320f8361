"""Small ensembles, observations and a filter for tests."""

from types import SimpleNamespace

import numpy as np

from landda_hpc.assimilation.enkf import EnKF

TIME, STEP = np.datetime64("2022-03-01T06:00:00"), 1800
THICKNESS = np.array([0.1, 0.3, 0.6, 1.0])
POROSITY = 0.45
METOP_B, METOP_C, SMAP = 0, 1, 2


def land_state(n_points, n_members=20, seed=1, ice=0.0, dtype=np.float64, mean=(0.25, 0.27, 0.28, 0.30)):
    """Return a state of correlated layers; ``ice`` is in every layer of every member."""
    random = np.random.default_rng(seed)
    common = random.standard_normal((1, n_points, n_members))
    own = random.standard_normal((len(mean), n_points, n_members))
    total = (np.array(mean)[:, None, None] + 0.012 * common + 0.008 * own).astype(dtype)
    return SimpleNamespace(soil_moisture=total, liquid_soil_moisture=total - dtype(ice))


def copy_of(state):
    return SimpleNamespace(soil_moisture=state.soil_moisture.copy(), liquid_soil_moisture=state.liquid_soil_moisture.copy())


def filter_of(n_points, n_members=20, first_cell=1000, analysable=None, **options):
    return EnKF(20220301, np.arange(first_cell, first_cell + n_points), n_members, np.tile(THICKNESS[:, None], n_points),
                np.ones(n_points, bool) if analysable is None else analysable, **options)


def observed(n_points, seed=2, most=3):
    """Return point, value, error and sensor of up to ``most`` observations of any sensor at each point, in no order."""
    random = np.random.default_rng(seed)
    point = np.repeat(np.arange(n_points), random.integers(0, most + 1, n_points))
    random.shuffle(point)
    return (point, 0.25 + 0.03 * random.standard_normal(len(point)), random.uniform(0.015, 0.05, len(point)),
            random.integers(0, 3, len(point)))


def analyse(enkf, state, observations, time=TIME, porosity=POROSITY):
    """Analyse a state in place and return the sorted observations and the results."""
    in_order = enkf.sort(*observations)
    n_points = state.soil_moisture.shape[1]
    return in_order, enkf.analyse(time, STEP, state, np.full(n_points, porosity), in_order)
