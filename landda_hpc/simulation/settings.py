"""Settings of the simulators."""

from typing import NamedTuple

from landda_hpc.simulation.scene import KILOMETRES_PER_DEGREE


class SimulationSettings(NamedTuple):
    """What can be chosen.

    Attributes
    ----------
    seed : int
        Of all errors and traits.
    spacing : float or None
        Distance of footprints [km]; each product keeps at least its own. None chooses a quarter of the truth's grid spacing,
        which is the products' own on fine grids.
    persistent_error_fraction : float
        Part of the error variance that persists from day to day, 0 to 1.
    persistent_error_days : float
        How long it does.
    scrambled_processing_flags : bool
        Write the processing flags of ASCAT NetCDF files out of place, as the real files have them.
    """

    seed: int = 1
    spacing: float | None = None
    persistent_error_fraction: float = 0.0
    persistent_error_days: float = 10.0
    scrambled_processing_flags: bool = True

    def every(self, native_spacing, grid):
        """Return how many native footprints apart the kept ones are, along a row and along a column.

        Parameters
        ----------
        native_spacing : float
            Kilometres.
        grid : Grid
            Of the truth.
        """
        spacing = 0.25 * grid.resolution * KILOMETRES_PER_DEGREE if self.spacing is None else self.spacing
        return max(1, round(spacing / native_spacing))
