"""Why an observation got no bias-corrected value or no error: its number among the codes of quality control."""

#: The value was corrected.
USABLE = 0
#: B1, no climatology: too few data in the cell and month, also with the neighbouring months.
NO_CLIMATOLOGY = 61
#: B2, a climatology that is (almost) a step.
STEP_CLIMATOLOGY = 62
#: B3, corrected value outside the limits of the parity mode ``lis_bins``.
OUTSIDE_LIMITS = 63
#: B4, the observation itself was missing (NaN).
MISSING = 64
