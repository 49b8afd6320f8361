"""Constants of ``vmath.single``, made by ``tools/make_vmath_coefficients.py single``."""

import numpy as np

# ``(e^r - 1 - r) / r^2``, degree 4, error 6.5e-8 on [-0.34657, 0.34657]
EXP = (
    np.float32(0.5),
    np.float32(0.16666577756404877),
    np.float32(0.041666556149721146),
    np.float32(0.008363173343241215),
    np.float32(0.0013926175888627768),
)

# ``(2 atanh(s) / s - 2) / z`` with ``z = s^2``, degree 2, error 1.9e-7 on [0.0, 0.029437]
LOG = (
    np.float32(0.6666668653488159),
    np.float32(0.3998878002166748),
    np.float32(0.29579949378967285),
)

# ``(atan(t) / t - 1) / z`` with ``z = t^2``, degree 6, error 2.1e-10 on [0.0, 0.25]
ARCTAN = (
    np.float32(-0.3333333432674408),
    np.float32(0.19999991357326508),
    np.float32(-0.14285172522068024),
    np.float32(0.11097799986600876),
    np.float32(-0.08932458609342575),
    np.float32(0.06691303849220276),
    np.float32(-0.03274047002196312),
)

LN2_HIGH = np.float32(0.693145751953125)
LN2_LOW = np.float32(1.428606765330187e-06)
LOG10_2_HIGH = np.float32(0.30103302001953125)
LOG10_2_LOW = np.float32(-3.024355464731343e-06)
LOG10_E_HIGH = np.float32(0.434326171875)
LOG10_E_LOW = np.float32(-3.168997136526741e-05)
HALF_PI_HIGH = np.float32(1.5707963705062866)
HALF_PI_LOW = np.float32(-4.371138828673793e-08)
QUARTER_PI_HIGH = np.float32(0.7853981852531433)
QUARTER_PI_LOW = np.float32(-2.1855694143368964e-08)
INVERSE_LN2 = np.float32(1.4426950216293335)
LOG2_10 = np.float32(3.321928024291992)
LN10 = np.float32(2.3025851249694824)

# ``(e^r - 1 - r) / r^2``, degree 4, error 6.5e-8 on [-0.34657, 0.34657]
EXP_OF_POWER = (
    0.5,
    0.16666577025255677,
    0.04166655466162291,
    0.00836317313152351,
    0.0013926176191150312,
)

# ``(2 atanh(s) / s - 2) / z`` with ``z = s^2``, degree 3, error 1.2e-9 on [0.0, 0.029437]
LOG_OF_POWER = (
    0.6666666655449666,
    0.4000012184016053,
    0.28550820775753505,
    0.233304683103737,
)

LN2_OF_POWER = 0.6931471805599453
INVERSE_LN2_OF_POWER = 1.4426950408889634
