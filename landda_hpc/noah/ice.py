"""Glacier, land ice and sea ice: the constants and formulas that differ from land (Yen 1981; spec chapter 7)."""

from landda_hpc.jit import kernel

LAND = 0
SEA_ICE = 1
GLACIER = -1  # the separate glacial routine
LAND_ICE = -2  # land ice inside the land routine

SEA_ICE_DEPTH = 3.0  # m
SEA_ICE_ALBEDO = 0.80
SEA_ICE_EMISSIVITY = 0.98
SEA_ICE_ALBEDO_271 = 0.65
SEA_ICE_DEEP_TEMPERATURE_271 = 271.16  # K
SEA_ICE_CONDUCTIVITY = 2.2  # W m-1 K-1
SEA_ICE_HEAT_CAPACITY = 1.72396e6  # J m-3 K-1
LAND_ICE_DEEP_DEPTH = 25.0  # m, where the deep temperature acts


@kernel
def least_pack(kind):
    """Return the least water equivalent [m] and depth [m] of the pack on a kind of ice."""
    return (0.01 if kind == SEA_ICE else 0.10), (0.05 if kind == SEA_ICE else 0.50)


@kernel
def reduced_deposition(potential, richardson, downward_radiation):
    """Return the deposition rate [kg m-2 s-1] on a glacier after its reduction under stable stratification.

    For Richardson numbers above 0.98 the small second term turns the sign, as the scheme has it.
    """
    damped = (min(potential * (1.0 - richardson), 0.0) / 0.980 + potential * (0.980 - 1.0)) / 0.980
    return damped if (richardson >= 0.1 and downward_radiation > 150.0) else potential


@kernel
def land_ice_heat_capacity(depth):
    """Return the heat capacity of land ice [J m-3 K-1] at a depth [m]."""
    return 1.0e6 * (0.8194 + 0.1309 * depth)


@kernel
def land_ice_conductivity(depth):
    """Return the conductivity of land ice [W m-1 K-1] at a depth [m]."""
    return 0.32333 + 0.10073 * depth
