"""Why an observation is not used: one small integer each, 0 while it is accepted.

A rejected observation has exactly one code, that of the first test that failed in the order of the tables of the
assimilation spec, chapter 4. Counts by code add up to what was received.
"""

import numpy as np

ACCEPTED = 0

#: Name and meaning of every code, by number.
CODES = {
    ACCEPTED: ("OK", "accepted"),
    1: ("A1", "soil moisture missing or outside 0-100 %"),
    2: ("A2", "satellite not in the list"),
    3: ("A3", "estimated error missing or too large"),
    4: ("A4", "topographic complexity missing or too large"),
    5: ("A5", "wetland fraction missing or too large"),
    6: ("A6", "snow probable"),
    7: ("A7", "frozen soil probable"),
    8: ("A8", "processing flag"),
    9: ("A9", "rain flag"),
    10: ("A10", "sensitivity too small"),
    11: ("A11", "subsurface scattering"),
    21: ("S1", "soil moisture missing or outside its valid range"),
    22: ("S2", "not of recommended quality"),
    23: ("S3", "retrieval skipped or failed"),
    24: ("S4", "too much water in the vegetation"),
    25: ("S5", "open water or coast"),
    26: ("S6", "urban"),
    27: ("S7", "precipitation"),
    28: ("S8", "snow or ice"),
    29: ("S9", "frozen ground"),
    30: ("S10", "mountains"),
    31: ("S11", "dense vegetation"),
    32: ("S12", "brightness temperature not acceptable"),
    33: ("S13", "overpass not in the list"),
    41: ("M1", "precipitation in the model"),
    42: ("M2", "ice in the model soil"),
    43: ("M3", "frozen model soil"),
    44: ("M4", "frozen model surface"),
    45: ("M5", "snow in the model"),
    46: ("M6", "snow cover in the model"),
    47: ("M7", "forest"),
    48: ("M8", "dense model vegetation"),
    49: ("M9", "close to the porosity"),
    50: ("M10", "close to the wilting point"),
    51: ("M11", "far from the model (gross check)"),
    61: ("B1", "no climatology for the bias correction"),
    62: ("B2", "climatology almost a step"),
    63: ("B3", "outside the limits of the bias correction"),
    64: ("B4", "missing value"),
    71: ("T1", "late: its analysis is over"),
    81: ("D1", "duplicate: the same observation again, the later is kept"),
    82: ("G1", "no land point of the domain takes it"),
    91: ("E1", "evaluation product: soil moisture missing or outside its range"),
    92: ("E2", "evaluation product: vegetation too dense"),
    93: ("E3", "evaluation product: surface too cold"),
    94: ("E4", "evaluation product: stated error too large"),
    95: ("E5", "evaluation product: misfit of the brightness temperatures too large"),
    96: ("E6", "evaluation product: scene flag"),
    97: ("E7", "station: the network does not call the value good"),
    101: ("F1", "no spread of the ensemble"),
    102: ("F2", "model values that are not finite"),
    103: ("F3", "first soil layer frozen or close to its bounds"),
    104: ("F4", "glacier, ice or urban ground"),
    105: ("F5", "error covariance that cannot be inverted"),
}

NAMES = {number: name for number, (name, _) in CODES.items()}
NUMBERS = {name: number for number, name in NAMES.items()}
N_CODES = max(CODES) + 1  # length of an array of counts by code


def count_codes(code):
    """Return the number of observations of every code ``(N_CODES,)``."""
    return np.bincount(np.asarray(code, np.int64), minlength=N_CODES)


def named_counts(counts):
    """Return ``{name: count}`` of the codes that occur, accepted first, in the order of the tables."""
    return {NAMES[number]: int(counts[number]) for number in CODES if counts[number]}


def reject(code, failed, name):
    """Give the code of that name to the observations that failed and have none yet; changes ``code``."""
    code[(code == ACCEPTED) & failed] = NUMBERS[name]
