"""Wind of a tower: components from speed and direction."""

import numpy as np


def wind_components(speed, direction):
    """Return the eastward and northward wind [m s-1].

    Parameters
    ----------
    speed : ndarray
        [m s-1].
    direction : ndarray
        Where the wind blows FROM, degrees clockwise from north. Ignored where the speed is zero: a calm has none.
    """
    radians = np.deg2rad(np.where(speed == 0.0, 0.0, direction))
    return -speed * np.sin(radians), -speed * np.cos(radians)
