"""Diagnostics of the filter: against sums written out, merged, and on any number of ranks."""

from types import SimpleNamespace

import numpy as np
import pytest

from landda_hpc.assimilation import analysis as codes
from landda_hpc.assimilation.diagnostics import CODES, HISTOGRAM_EDGES, FilterDiagnostics
from landda_hpc.parallel import SerialCommunicator, run_in_process
from tests.assimilation.ensembles import SMAP, STEP, THICKNESS, TIME, analyse, filter_of, land_state, observed

N_POINTS, N_TIMES = 12, 60


def run(first=0, stop=N_POINTS, times=range(N_TIMES)):
    """Return the diagnostics, observations and results of a band: one state analysed with other observations each time."""
    whole = land_state(N_POINTS, mean=(0.2, 0.27, 0.28, 0.30))
    enkf = filter_of(stop - first, first_cell=1000 + first, gross_check=4.0)
    diagnostics = FilterDiagnostics(np.tile(THICKNESS[:, None], stop - first), enkf.products)
    kept = []
    for step in times:
        state = SimpleNamespace(soil_moisture=whole.soil_moisture[:, first:stop].copy(),
                                liquid_soil_moisture=whole.liquid_soil_moisture[:, first:stop].copy())
        seen = observed(N_POINTS, seed=step)
        own = (seen[0] >= first) & (seen[0] < stop)
        in_order, results = analyse(enkf, state, (seen[0][own] - first, *(values[own] for values in seen[1:])),
                                    TIME + np.timedelta64(step * STEP, "s"))
        diagnostics.add(in_order, results)
        kept.append((in_order, results))
    return diagnostics, kept


@pytest.fixture(scope="module")
def whole():
    return run()


def of_sensor(kept, sensor, name, point=None):
    """Return a field of all used observations of a sensor, in order of time."""
    found = []
    for in_order, results in kept:
        used = (results.code == codes.USED) & (in_order.sensor == sensor)
        if point is not None:
            used &= in_order.point == point
        found.append((getattr(in_order, name) if hasattr(in_order, name) else getattr(results, name))[used])
    return np.concatenate(found)


def totals(diagnostics, n_points=N_POINTS, communicator=None, **options):
    return diagnostics.totals(communicator or SerialCommunicator(), SimpleNamespace(n_points=n_points), 30.0, **options)


def test_numbers_of_a_sensor(whole):
    diagnostics, kept = whole
    found = totals(diagnostics)["sensors"][SMAP]
    d, s2, x, residual, error = (of_sensor(kept, SMAP, name) for name in ("innovation", "variance", "normalised", "residual",
                                                                         "error_std"))
    assert found["n"] == len(d) > 100 and found["product"] == "smap"
    assert found["normalised_mean"] == pytest.approx(x.mean()) and found["normalised_std"] == pytest.approx(x.std())
    assert found["spread_skill"] == pytest.approx(np.sqrt((s2 + error**2).mean() / (d**2).mean()))
    assert found["desroziers_observation"] == pytest.approx((residual * d).mean() / (error**2).mean())
    assert found["desroziers_background"] == pytest.approx(((d - residual) * d).mean() / s2.mean())
    assert found["desroziers_innovation"] == pytest.approx((d**2).mean() / (s2 + error**2).mean())
    assert found["freedom_per_observation"] == pytest.approx(of_sensor(kept, SMAP, "freedom").mean())
    edges = np.concatenate(([-np.inf], HISTOGRAM_EDGES, [np.inf]))
    assert found["histogram"] == np.histogram(x, edges)[0].tolist()


def test_counts_and_increments(whole):
    diagnostics, kept = whole
    found = totals(diagnostics)
    for index, name in enumerate(CODES):
        for sensor in range(3):
            expected = sum(((results.code == index) & (in_order.sensor == sensor)).sum() for in_order, results in kept)
            assert found["sensors"][sensor]["codes"][name] == expected
        assert found["analysis"]["codes"][name] == sum((results.cell_code == index).sum() for _, results in kept)
    assert found["sensors"][SMAP]["codes"]["gross_error"] > 0
    analyses = [(in_order, results, index) for in_order, results in kept for index in range(len(in_order.points))
                if results.cell_code[index] == codes.USED]
    assert found["analysis"]["n"] == len(analyses)
    raw, applied = (np.array([getattr(results, name)[:, index] for _, results, index in analyses])
                    for name in ("raw", "applied"))
    for name, values in (("raw", raw), ("applied", applied)):
        np.testing.assert_allclose(found["increments"][name]["mean"], values.mean(axis=0), atol=1e-15)
        np.testing.assert_allclose(found["increments"][name]["std"], values.std(axis=0), rtol=1e-9)
        np.testing.assert_allclose(found["increments"][name]["absolute"], np.abs(values).mean(axis=0), rtol=1e-12)
    assert found["increments"]["column_per_day"] == pytest.approx(1000.0 * (applied @ THICKNESS).sum() / 30.0 / N_POINTS)
    chi_square = sum(results.chi_square.sum() for _, results in kept)
    n_used = sum((results.code == codes.USED).sum() for _, results in kept)
    assert found["analysis"]["chi_square_per_observation"] == pytest.approx(chi_square / n_used)
    several = []
    for in_order, results, index in analyses:
        own = slice(in_order.offsets[index], in_order.offsets[index + 1])
        several.append(len(set((in_order.sensor[own] == SMAP)[results.code[own] == codes.USED])) > 1)
    assert found["analysis"]["several_products"] == pytest.approx(np.mean(several))
    outcomes = sum(results.outcomes.sum(axis=1) for _, results in kept)
    shares = [found["bounds"][name] for name in ("none", "part", "all")]
    np.testing.assert_allclose(shares, outcomes[:3] / outcomes.sum())
    assert sum(shares) == pytest.approx(1.0)


def test_maps_and_whiteness(whole):
    diagnostics, kept = whole
    found = diagnostics.maps(SMAP)
    for point in range(N_POINTS):
        x = of_sensor(kept, SMAP, "normalised", point)
        assert found["n"][point] == len(x)
        assert found["normalised_mean"][point] == pytest.approx(x.mean())
        assert found["normalised_std"][point] == pytest.approx(x.std())
        departure = x - x.mean()
        if len(x) >= 30:
            expected = (departure[1:] * departure[:-1]).sum() / (departure**2).sum()
            assert found["autocorrelation"][point] == pytest.approx(expected)
        else:
            assert np.isnan(found["autocorrelation"][point])
        assert np.isnan(found["spread_skill"][point]) == (len(x) < 50)
    assert np.isfinite(found["autocorrelation"]).any()


def test_periods_merge_into_the_whole(whole):
    merged, _ = run(times=range(25))
    for period in (range(25, 26), range(26, N_TIMES)):
        merged.merge(run(times=period)[0])
    for name, (values, dims) in merged.arrays().items():
        np.testing.assert_allclose(values, whole[0].arrays()[name][0], rtol=1e-12, atol=1e-12, err_msg=name)
        assert len(dims) == values.ndim
    np.testing.assert_array_equal(merged.histogram, whole[0].histogram)
    np.testing.assert_array_equal(merged.counts, whole[0].counts)


@pytest.mark.parametrize("n_ranks", [2, 5])
def test_ranks_do_not_matter(whole, n_ranks):
    edges = np.linspace(0, N_POINTS, n_ranks + 1).astype(int)

    def play(communicator):
        first, stop = edges[communicator.rank], edges[communicator.rank + 1]
        return totals(run(first, stop)[0], stop - first, communicator)

    expected = totals(whole[0])
    for found in run_in_process(n_ranks, play):
        assert str(found) == str(expected)


def test_selected_points_only(whole):
    diagnostics, kept = whole
    select = np.arange(N_POINTS) == 4
    found = totals(diagnostics, select=select)["sensors"][SMAP]
    x = of_sensor(kept, SMAP, "normalised", 4)
    assert found["n"] == len(x) and found["normalised_mean"] == pytest.approx(x.mean())


def test_nothing_observed_gives_no_numbers():
    diagnostics = FilterDiagnostics(np.tile(THICKNESS[:, None], 3), filter_of(3).products)
    found = totals(diagnostics, 3)
    assert found["analysis"]["n"] == 0 and np.isnan(found["sensors"][0]["normalised_std"])
    assert np.isnan(diagnostics.maps(0)["normalised_mean"]).all()
