"""The bounds procedure against the reference cases of the LIS routine."""

import h5py
import numpy as np

from landda_hpc.assimilation.increments import NONE_ACCEPTED, PART_ACCEPTED, Bounds, apply_candidate


def test_every_case(shared_data):
    with h5py.File(shared_data / "data" / "golden" / "setsoilm_cases.h5", "r") as file:
        assert len(file) == 260
        for name, case in file.items():
            total, liquid = case["smc"][()][:, None, :].copy(), case["sh2o"][()][:, None, :].copy()
            bounds = Bounds(bias_correction=bool(case.attrs["bias_correction"]))
            code = apply_candidate(total, liquid, case["xnew"][()], 0, np.ones(4, bool), float(case.attrs["smcmax"]),
                                   bounds)
            assert (code != NONE_ACCEPTED) == bool(case.attrs["accepted"]), name
            assert (code == PART_ACCEPTED) == bool(case.attrs["accepted"] and not case["member_ok"][()].all()), name
            np.testing.assert_allclose(total[:, 0], case["smc_out"][()], rtol=0.0, atol=1e-12, err_msg=name)
            np.testing.assert_allclose(liquid[:, 0], case["sh2o_out"][()], rtol=0.0, atol=1e-12, err_msg=name)
