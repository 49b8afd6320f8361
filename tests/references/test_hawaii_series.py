"""Series of Hawaii from the readers against the reference triplets: the same values, the same error variances."""

import h5py
import numpy as np
import pytest

from landda_hpc.observations.ascat_cdr import read_ascat_cdr
from landda_hpc.observations.smap_series import read_smap_series
from landda_hpc.observations.smos_series import read_smos_series
from landda_hpc.references.cell_reference import read_cell_reference
from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.collocation import collocate
from landda_hpc.verification.triple_collocation import triple_collocation

HALF_DAY, HALF_STEP = 43200.0, 5400.0  # s
ANY = (-1.0, 2.0)  # m3 m-3, the reference tests no range


@pytest.fixture(scope="module")
def series(shared_data):
    """Accepted series of the five products of cell 0165."""
    products = shared_data / "data/products"
    smos = read_smos_series(products / "smos_ic_cells/0165.nc")
    return {"ASCAT": read_ascat_cdr(products / "ascat_cdr_cells/H119_0165.nc").accepted(),
            "SMAP": read_smap_series(products / "smap_l3_cells/V9_AM_PM/0165.nc", recommended_only=False,
                                     valid_range=ANY).accepted(),
            "SMOSIC": smos.select(smos.value >= 0.0),
            "GLDAS": read_cell_reference(products / "gldas_cells/0165.nc"),
            "ERA5L": read_cell_reference(products / "era5_land_cells/0165.nc")}


#: Group of the reference: the data sets in its order, that whose times count first in ``ORDER``.
KINDS = {"ascat_smap_gldas": ("ASCAT", "SMAP", "GLDAS"), "ascat_smap_era5land": ("ASCAT", "SMAP", "ERA5L"),
         "smosic_ascat_gldas": ("SMOSIC", "ASCAT", "GLDAS")}
WINDOWS = {"ASCAT": HALF_DAY, "ERA5L": HALF_DAY, "GLDAS": HALF_STEP}


def collocated(series, kind, case):
    """Return time and values (3, n) of a triplet in the order of the reference."""
    names = KINDS[kind]
    first = next(name for name in names if name in ("SMAP", "SMOSIC"))
    others = [name for name in names if name != first]
    at = {name: series[name].at(case.attrs[f"{name}_location_id"]) for name in names}
    time, values = collocate(at[first], [(at[name], WINDOWS[name]) for name in others])
    order = [[first, *others].index(name) for name in names]
    return time, values[order], at


@pytest.mark.parametrize("kind", KINDS)
def test_decoded_series_equal_the_reference_triplets(series, shared_data, kind):
    with h5py.File(shared_data / "data/golden/tca_hawaii.h5") as file:
        for case in file[kind].values():
            time, values, at = collocated(series, kind, case)
            assert len(time) == case.attrs["n"]
            np.testing.assert_allclose(time, case["time"][()], rtol=0.0, atol=1.0e-3)
            for found, name in zip(values, "xyz"):
                np.testing.assert_allclose(found, case[name][()], rtol=1.0e-12, atol=0.0)
            for name, one in at.items():
                assert one.latitude[0] == case.attrs[f"{name}_lat"] and one.longitude[0] == case.attrs[f"{name}_lon"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_triple_collocation_of_the_files_equals_the_reference(series, shared_data, kind):
    with h5py.File(shared_data / "data/golden/tca_hawaii.h5") as file:
        for case in file[kind].values():
            moments = CoMoments.of_series(*collocated(series, kind, case)[1])
            result = triple_collocation(moments.n, moments.covariance())
            np.testing.assert_allclose(moments.covariance()[..., 0], case["covariance"][()], rtol=1.0e-10)
            scale = np.diag(case["covariance"][()])
            assert (np.abs(result.error_variance[:, 0] - case["error_variance"][()]) <= 1.0e-10 * scale).all()
            np.testing.assert_allclose(result.fmse[:, 0], case["fmse"][()], rtol=0.0, atol=1.0e-10)
