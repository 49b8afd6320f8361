"""Physical constants of Noah 3.3 with units.

Noah carries several values for the same quantity. Each formula uses exactly the one that it was calibrated
with, so the constants below are named after their place and are not to be merged.
"""

FREEZING_POINT = 273.15  # K, every freezing test of the column physics
STEFAN_BOLTZMANN = 5.67e-8  # W m-2 K-4
GAS_CONSTANT_DRY_AIR = 287.04  # J kg-1 K-1, Penman, canopy resistance, sensible heat
HEAT_CAPACITY_AIR_PENMAN = 1004.6  # J kg-1 K-1, only in the Penman coefficient
HEAT_CAPACITY_AIR = 7.0 * 287.0 / 2.0  # J kg-1 K-1, everywhere else
KAPPA = 287.0 / HEAT_CAPACITY_AIR  # 1, potential temperature in the MYJ surface layer
LATENT_HEAT_VAPORISATION = 2.501e6  # J kg-1
LATENT_HEAT_SUBLIMATION = 2.83e6  # J kg-1
LATENT_HEAT_FUSION = 3.335e5  # J kg-1
LATENT_HEAT_OVER_CP = 2.4888e3  # K, Lv/cp in the Penman equation
EMISSION_FACTOR_PENMAN = 6.48e-8  # stands for 4 sigma R/cp in the Penman equation and is not recomputed
HEAT_CAPACITY_RAIN = 4218.0  # J kg-1 K-1
HEAT_CAPACITY_SNOWFALL = 2106.0  # J kg-1 K-1
VOLUMETRIC_HEAT_CAPACITY_WATER = 4.2e6  # J m-3 K-1
VOLUMETRIC_HEAT_CAPACITY_ICE = 2.106e6  # J m-3 K-1
VOLUMETRIC_HEAT_CAPACITY_AIR = 1004.0  # J m-3 K-1, a specific heat used as a volumetric one by Noah
VOLUMETRIC_HEAT_CAPACITY_URBAN = 3.0e6  # J m-3 K-1, replaces the mineral heat capacity in urban columns
WATER_DENSITY = 1000.0  # kg m-3
SNOW_EMISSIVITY = 0.95  # 1
GRAVITY = 9.81  # m s-2, supercooled water and the MYJ surface layer
GRAVITY_OLDER_SURFACE_LAYER = 9.8  # m s-2
KARMAN = 0.4  # 1
VIRTUAL_FACTOR_MYJ = 461.6 / 287.0 - 1.0  # 1, MYJ surface layer
VIRTUAL_FACTOR = 0.61  # 1, everywhere else
ADIABATIC_LAPSE_RATE = 0.0098  # K m-1, lift of the forcing temperature
