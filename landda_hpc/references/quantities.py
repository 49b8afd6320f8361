"""What reference products hold: SI units and the range in which a number can be a value."""

from typing import NamedTuple

import numpy as np

#: Units, least and largest value that can occur on Earth.
QUANTITIES = {
    "air_temperature": ("K", 150.0, 350.0),
    "dewpoint_temperature": ("K", 130.0, 330.0),
    "surface_pressure": ("Pa", 3.0e4, 1.15e5),
    "mean_sea_level_pressure": ("Pa", 8.0e4, 1.15e5),
    "specific_humidity": ("kg kg-1", -0.01, 0.1),
    "relative_humidity": ("1", -0.2, 2.5),
    "geopotential": ("m2 s-2", -2.0e4, 1.0e6),
    "eastward_wind": ("m s-1", -250.0, 250.0),
    "northward_wind": ("m s-1", -250.0, 250.0),
    "wind_speed": ("m s-1", 0.0, 150.0),
    "downward_shortwave_flux": ("W m-2", -10.0, 1600.0),
    "downward_longwave_flux": ("W m-2", 0.0, 800.0),
    "precipitation": ("kg m-2 s-1", 0.0, 0.2),
    "gauges": ("1", 0.0, 1.0e4),
    "soil_moisture": ("m3 m-3", -0.01, 1.0),
    "soil_temperature": ("K", 180.0, 360.0),
    "soil_wetness_index": ("1", -0.5, 1.5),
    "snow_water_equivalent": ("kg m-2", 0.0, 1.0e6),
}


class Source(NamedTuple):
    """How a product names a quantity: value in SI = stored number * scale; ``vertical`` is level or layer in words."""

    quantity: str
    vertical: str = ""
    scale: float = 1.0


def possible(values, quantity):
    """Return values with NaN where they cannot be that quantity, and how many were set so."""
    _, low, high = QUANTITIES[quantity]
    with np.errstate(invalid="ignore"):
        wrong = ~((values >= low) & (values <= high)) & ~np.isnan(values)
    n_wrong = int(wrong.sum())
    return (np.where(wrong, np.nan, values) if n_wrong else values), n_wrong
