"""Compare the filter and the bounds procedure with reference cases of the LIS routines.

The update equations are called as a run calls them: the general solver on every case, and the short form beside it on the
cases in which all observations see one quantity with independent errors.
"""

import numpy as np

from landda_hpc.assimilation.increments import NONE_ACCEPTED, Bounds, apply_candidate, judge_members
from landda_hpc.assimilation.update import empty_update, general_update, one_quantity_update
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.verification.report import Report, Tally, open_reference

RELATIVE = 1.0e-10  # of innovations and their variance
#: Sizes below which this is absolute; the reference's variances of equal members are not zero but rounding, up to 1e-16.
SMALLEST = {"hph_diag": 1.0e-5, "innov": 1.0e-4, "norm_innov": 1.0e-4}
BOUNDS_TOLERANCE = 1.0e-12  # m3 m-3


def verify_enkf(path, precision="float64"):
    """Analyse the cases of a file and return a :class:`Report` by variable and category.

    Raises
    ------
    InputError
        If the file is missing or not one of analysis cases.
    ConfigError
        For another precision than float64.
    """
    return _verify(path, precision, "increments", "reference cases of the analysis (enkf_cases.h5)", _compare_update)


def verify_increments(path, precision="float64"):
    """Apply the increments of the cases of a file and return a :class:`Report` by variable and category.

    Raises
    ------
    InputError
        If the file is missing or not one of cases of the bounds procedure.
    ConfigError
        For another precision than float64.
    """
    return _verify(path, precision, "smc_out", "reference cases of the bounds procedure (setsoilm_cases.h5)", _compare_bounds)


def _verify(path, precision, needed, what, compare):
    """Run ``compare(tally, name, case)`` on every group of a file, each of which has the dataset ``needed``."""
    if precision != "float64":
        raise ConfigError(f"The filter computes in float64 whatever the precision of the state; found --precision {precision}.")
    tally = Tally()
    with open_reference(path, what) as file:
        for name, case in file.items():
            if needed not in case:
                raise InputError(f"{path}: group {name} has no dataset {needed}. Expected {what}.")
            compare(tally, name, case)
        n_cases = len(file)
    return Report(str(path), precision, n_cases, tally.differences())


def _compare_update(tally, name, case):
    """Compare both forms of the update with one case."""
    state, predicted, observed, covariance, noise = (case[key][()] for key in ("state", "obs_pred", "obs", "obs_cov",
                                                                              "obs_pert"))
    update = empty_update(len(state), len(observed), state.shape[1])
    general_update(state, predicted, observed, covariance, noise, len(observed), update)
    _compare_case(tally, name, case, "", covariance, update)
    if (predicted == predicted[0]).all() and not np.count_nonzero(covariance - np.diag(np.diag(covariance))):
        one_quantity_update(state, predicted, observed, np.diag(covariance).copy(), noise, len(observed), update)
        _compare_case(tally, name, case, " (one quantity)", covariance, update)


def _compare_case(tally, name, case, form, covariance, update):
    """Compare what an update left with the results of a case."""
    category = f"{case.attrs['category']}{form}"
    tally.add("increments", category, name, update.increments, case["increments"][()], case.attrs["atol"])
    normalised = update.innovation / np.sqrt(update.variance + np.diag(covariance))
    for variable, found in (("hph_diag", update.variance), ("innov", update.innovation), ("norm_innov", normalised)):
        expected = case[variable][()]
        tally.add(variable, category, name, found, expected, RELATIVE * np.maximum(np.abs(expected), SMALLEST[variable]))


def _compare_bounds(tally, name, case):
    """Compare the bounds procedure with one case."""
    total, liquid = (np.ascontiguousarray(case[key][()][:, None, :]) for key in ("smc", "sh2o"))
    candidate, porosity = case["xnew"][()], float(case.attrs["smcmax"])
    active, good = np.ones(len(candidate), bool), np.zeros(candidate.shape[1], bool)
    bounds = Bounds(bias_correction=bool(case.attrs["bias_correction"]))
    n_good = judge_members(total, liquid, candidate, 0, active, good, bounds.margin, porosity - bounds.margin)
    category = case.attrs["category"]
    tally.add("member_ok", category, name, good, case["member_ok"][()], 0.0)
    tally.add("n_ok", category, name, n_good, case.attrs["n_ok"], 0.0)
    outcome = apply_candidate(total, liquid, candidate, 0, active, good, porosity, bounds)
    tally.add("accepted", category, name, outcome != NONE_ACCEPTED, case.attrs["accepted"], 0.0)
    tally.add("smc_out", category, name, total[:, 0], case["smc_out"][()], BOUNDS_TOLERANCE)
    tally.add("sh2o_out", category, name, liquid[:, 0], case["sh2o_out"][()], BOUNDS_TOLERANCE)
