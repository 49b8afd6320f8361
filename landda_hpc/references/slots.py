"""What a field of a forecast or analysis is of."""

from typing import NamedTuple

from landda_hpc.times import SECONDS_PER_DAY

HOUR = 3600.0
TWO_METRES = "2 m"


class Slot(NamedTuple):
    """Quantity, level (``2 m`` or ``85000 Pa``), start [s since 2000-01-01 UTC] and lead [h]; lead 0 is an analysis."""

    quantity: str
    vertical: str
    start: float
    lead: float

    @property
    def valid(self):
        """Valid time [s since 2000-01-01 UTC]."""
        return self.start + HOUR * self.lead

    @property
    def hour(self):
        """Hour of the day of the start."""
        return int(self.start % SECONDS_PER_DAY // HOUR)
