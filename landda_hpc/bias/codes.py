"""Why an observation got no bias-corrected value or no error: small integers and the names they are reported by."""

#: The value was corrected.
USABLE = 0
#: No climatology: too few data in the cell and month, also with the neighbouring months.
NO_CLIMATOLOGY = 1
#: A climatology that is (almost) a step.
STEP_CLIMATOLOGY = 2
#: Corrected value outside the limits of the parity mode ``lis_bins``.
OUTSIDE_LIMITS = 3
#: The observation itself was missing (NaN).
MISSING = 4

NAMES = {USABLE: "usable", NO_CLIMATOLOGY: "B1", STEP_CLIMATOLOGY: "B2", OUTSIDE_LIMITS: "B-limits", MISSING: "missing"}
