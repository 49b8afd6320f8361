"""What snow, frost and wet ground add to the time of a step, by least squares over many small bands of the globe in all months.

Bands of 16 points of 20 members fill whole tiles; each is timed by itself. Its time is taken as a sum over the shares of its
classes: thawed dry ground, and what snow, frozen ground, wet ground, sun and rain add.
"""

import numpy as np

from landda_hpc.domain.cost import classes_of
from landda_hpc.noah.driver import LandModel, state_planes
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.workflow.bench import LAYERS, TIME_STEP
from landda_hpc.workflow.timing import processor_time

POINTS, MEMBERS, REPEATS = 16, 20, 5
NAMES = ("thawed", "snow", "frozen", "wet", "sun", "rain")


def class_costs(states, precision="float64", every=3):
    """Return a dict of ns per column and step: thawed dry ground, and what snow, frost, wet ground, sun and rain
    add.

    Parameters
    ----------
    states : YearStates
    precision : str
    every : int
        Take one band in so many.
    """
    features, times = [], []
    for planes, parameters, forcing in states.jobs:
        for first in range(0, planes.shape[1] - POINTS, every * POINTS):
            chosen = slice(first, first + POINTS)
            own = LandParameters(len(LAYERS), POINTS)
            own.planes[:] = parameters[:, chosen]
            model = LandModel(own, MEMBERS, precision=precision)
            start = np.repeat(planes[:, chosen, None], MEMBERS, axis=2).astype(model.dtype)
            fields = type(forcing)(*(values[chosen] for values in forcing))
            by_member = [np.repeat(values[:, None], MEMBERS, axis=1).astype(model.dtype) for values in fields[5:]]
            times.append(min(_time(model, start, fields, by_member) for _ in range(REPEATS)))
            copy, state = state_planes(len(LAYERS), POINTS, 1)
            copy[:] = planes[:, chosen, None]
            features.append([1.0, *(share.mean() for share in classes_of(state, own)), (fields.shortwave_down > 0.0).mean(),
                             (fields.precipitation > 0.0).mean()])
    features, times = np.array(features), 1e9 * np.array(times) / (POINTS * MEMBERS)
    costs = np.linalg.lstsq(features, times, rcond=None)[0]
    residual = times - features @ costs
    return {**dict(zip(NAMES, costs.tolist())), "residual_std": float(residual.std()), "std": float(times.std()),
            "bands": len(times)}


def _time(model, start, fields, by_member):
    model.planes[:] = start
    return processor_time(lambda: model.advance(fields, *by_member, TIME_STEP))
