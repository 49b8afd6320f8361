"""Compare triple collocation with reference triplets of real series."""

import numpy as np

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.report import Report, Tally, open_reference
from landda_hpc.verification.triple_collocation import triple_collocation

WHAT = "reference cases of triple collocation (tca_hawaii.h5)"
RELATIVE = 1.0e-10


def verify_tca(path, precision="float64"):
    """Collocate the triplets of a file and return a :class:`Report` by variable and kind of triplet.

    The series are also split in time and merged, which must give the same.

    Raises
    ------
    InputError
        If the file is missing or not one of triplets.
    ConfigError
        For another precision than float64.
    """
    if precision != "float64":
        raise ConfigError(f"Triple collocation computes in float64 only; found --precision {precision}.")
    tally, n_cases = Tally(), 0
    with open_reference(path, WHAT) as file:
        for kind, places in file.items():
            for name, case in getattr(places, "items", dict)():
                if "covariance" not in case:
                    raise InputError(f"{path}: group {kind}/{name} has no dataset covariance. Expected {WHAT}.")
                _compare(tally, kind, name, case)
                n_cases += 1
    if not n_cases:
        raise InputError(f"{path} has no groups of triplets. Expected {WHAT}.")
    return Report(str(path), precision, n_cases, tally.differences())


def _compare(tally, kind, name, case):
    series = [case[key][()] for key in "xyz"]
    moments, half = CoMoments.of_series(*series), len(series[0]) // 2
    merged = CoMoments.of_series(*(one[:half] for one in series))
    merged.merge(CoMoments.of_series(*(one[half:] for one in series)))
    for label, found in (("", moments), (", merged", merged)):
        result = triple_collocation(found.n, found.covariance())
        for variable, values in (("covariance", found.covariance()[..., 0]), ("error_variance", result.error_variance[:, 0]),
                                 ("fmse", result.fmse[:, 0])):
            expected = case[variable][()]
            tally.add(variable + label, kind, name, values, expected, RELATIVE * np.abs(expected))
        _compare_extended(tally, kind + label, name, case, result)


def _compare_extended(tally, rule, name, case, result):
    """Compare ratios and scales with those of pytesmo, which uses absolute values: only where they are admissible."""
    admissible = np.isfinite(result.snr_db[:, 0])
    if admissible.any():
        expected = case["pytesmo_snr_db_ref0"][()][admissible]
        tally.add("snr_db", rule, name, result.snr_db[admissible, 0], expected, 1.0e-8 * np.maximum(np.abs(expected), 1.0))
    if (result.correlation[:, 0] > 0.0).all():
        # pytesmo's beta turns a data set into the units of the reference, ours the reference into those of the data set.
        expected = 1.0 / case["pytesmo_beta_ref0"][()]
        tally.add("beta", rule, name, result.beta[:, 0], expected, RELATIVE * np.abs(expected))
