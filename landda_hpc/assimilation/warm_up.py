"""Compile the kernels of the filter on one point, before the ranks of a run need them."""

from types import SimpleNamespace

import numpy as np

from landda_hpc.assimilation.diagnostics import FilterDiagnostics
from landda_hpc.assimilation.enkf import EnKF


def compile_filter(n_layers, n_members, precision):
    """Analyse one observation of one point, with a state of the precision of the run."""
    total = np.tile(np.linspace(0.2, 0.3, n_members), (n_layers, 1, 1)).astype(precision)
    thickness = np.full((n_layers, 1), 0.1)
    enkf = EnKF(0, np.zeros(1, np.int64), n_members, thickness, np.ones(1, bool))
    observations = enkf.sort([0], [0.25], [0.02], [0])
    state = SimpleNamespace(soil_moisture=total, liquid_soil_moisture=total.copy())
    results = enkf.analyse(np.datetime64("2000-01-01T00:00:00"), 1800, state, np.full(1, 0.45), observations)
    FilterDiagnostics(thickness, enkf.products).add(observations, results)
