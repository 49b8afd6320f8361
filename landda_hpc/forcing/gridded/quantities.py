"""The fields that gridded forcing is read as: units, what a number of them stands for in time, plausible limits."""

from typing import NamedTuple

INSTANT, MEAN, SUM, RUNNING = "instant", "mean", "accumulated", "running"
KINDS = (INSTANT, MEAN, SUM, RUNNING)


class Quantity(NamedTuple):
    """One field.

    Attributes
    ----------
    units : str
        Those in memory; a flux is a rate, whatever the file holds.
    flux : bool
        Mean over an interval; otherwise a value at an instant.
    least, greatest : float
        Plausible limits; a number outside stops the run.
    noise : float
        Negative numbers no larger than this are what accumulating and packing leave of zero, and become zero.
    long_name : str
    """

    units: str
    flux: bool
    least: float
    greatest: float
    noise: float
    long_name: str


QUANTITIES = {
    "tair": Quantity("K", False, 170.0, 340.0, 0.0, "air temperature"),
    "qair": Quantity("kg kg-1", False, 0.0, 0.05, 0.0, "specific humidity"),
    "tdew": Quantity("K", False, 100.0, 340.0, 0.0, "dew point"),
    "relhum": Quantity("1", False, 0.0, 1.5, 0.0, "relative humidity over water"),
    "uwind": Quantity("m s-1", False, -150.0, 150.0, 0.0, "eastward wind"),
    "vwind": Quantity("m s-1", False, -150.0, 150.0, 0.0, "northward wind"),
    "wind": Quantity("m s-1", False, 0.0, 150.0, 0.0, "wind speed"),
    "psurf": Quantity("Pa", False, 3.0e4, 1.1e5, 0.0, "surface pressure"),
    "swdown": Quantity("W m-2", True, 0.0, 1500.0, 0.1, "downward shortwave radiation"),
    "lwdown": Quantity("W m-2", True, 30.0, 700.0, 0.0, "downward longwave radiation"),
    "rainf": Quantity("kg m-2 s-1", True, 0.0, 0.1, 1.0e-6, "precipitation, rain and snow"),
    "snowf": Quantity("kg m-2 s-1", True, 0.0, 0.1, 1.0e-6, "snowfall that is not in rainf"),
}
FLUXES = tuple(name for name, quantity in QUANTITIES.items() if quantity.flux)
#: What a run needs: of each line one set of fields, the first that the files have.
NEEDED = ((("tair",),), (("qair",), ("tdew",), ("relhum",)), (("uwind", "vwind"), ("wind",)), (("psurf",),), (("swdown",),),
          (("lwdown",),), (("rainf", "snowf"), ("rainf",)))


def needed_fields(known):
    """Return the fields of :data:`NEEDED` that are taken from those known, and the lines that nothing is known for."""
    taken, lacking = [], []
    for line in NEEDED:
        choice = next((fields for fields in line if set(fields) <= set(known)), None)
        if choice is None:
            lacking.append(" or ".join(" with ".join(fields) for fields in line))
        else:
            taken += choice
    return tuple(taken), tuple(lacking)
