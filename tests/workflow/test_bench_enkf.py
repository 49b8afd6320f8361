"""The benchmark of the filter."""

from landda_hpc.workflow.bench_enkf import bench_enkf, bench_enkf_text


def test_every_case_is_measured():
    results = bench_enkf(("float64",), columns=400, members=20, repeats=2)
    assert [(case["sensors"], case["mode"]) for case in results["cases"]] == [(1, "joint"), (2, "joint"), (2, "serial")]
    assert results["points"] == 20
    for case in results["cases"]:
        assert 0.0 < case["fastest"] <= case["us_per_cell"] <= case["slowest"]
    assert len(bench_enkf_text(results).splitlines()) == 5
