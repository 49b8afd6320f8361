"""What is in a file of forecasts or analyses: functions that read its fields, by what the fields are of."""

from typing import NamedTuple

#: Precipitation by what is added: rates and sums of both kinds, or the convective and the large-scale part apart.
RATE, SUM, PARTS = "rate", "tp", ("cp", "lsp")
GRAVITY = 9.80665  # m s-2, of geopotentials
METRES, GEOPOTENTIAL = ("m", "metre", "metres", "meter", "meters", "gpm"), ("m2s-2", "m2/s2")


class FileIndex(NamedTuple):
    """Functions that return values, flat and in SI units, and their :class:`~landda_hpc.references.source_grid.SourceGrid`.

    Attributes
    ----------
    fields : dict of Slot
    rain : dict of (str, float) to dict of (float, float)
        Precipitation [mm] by kind and start, then by begin and end of the interval [s since 2000-01-01].
    terrain : callable or None
        Height of the surface [m].
    """

    fields: dict
    rain: dict
    terrain: object = None


def metres_of(units):
    """Return the factor from units of terrain to metres, None for units of something else."""
    units = (units or "m").replace("*", "").replace("^", "").replace(" ", "")
    return 1.0 if units in METRES else 1.0 / GRAVITY if units in GEOPOTENTIAL else None
