"""What a point of the domain will cost, predicted from its climate, so that all ranks get the same amount of work."""

import numpy as np

SNOW_COST = 0.35  # more than snow-free ground, measured with `landda bench noah`: cold against warm
FROST_COST = 0.15  # of frozen ground without snow
SNOW_AT, FROST_AT = 271.15, 276.15  # K of the month: snow or frost most of the time; three degrees up: never
WIDTH = 6.0  # K


def predicted_cost(domain, months):
    """Return the cost of each point ``(n_total,)`` relative to warm ground, mean over the months (0-11) of a run.

    Without a climate all points count the same.
    """
    climate = domain.fields.get("climate_air_temperature")
    if climate is None:
        return np.ones(domain.n_total)
    temperature = climate[list(months)]
    snow, frost = (np.clip((middle + 0.5 * WIDTH - temperature) / WIDTH, 0.0, 1.0) for middle in (SNOW_AT, FROST_AT))
    return 1.0 + (SNOW_COST * snow + FROST_COST * frost * (1.0 - snow)).mean(axis=0)
