"""The scaling benchmark starts itself on one and two ranks."""

import json


def test_one_and_two_ranks(launch, compiled, tmp_path):
    arguments = ["bench", "scaling", "--weak", "--points", "40", "--ranks", "1,2", "--repeats", "1", "--domain", "5deg",
                 "--members", "4", "--time-step", "3600", "--output", "weak.json", "--plot", "weak.png"]
    process = launch(1, arguments, tmp_path)
    assert process.returncode == 0, process.stderr
    results = json.loads((tmp_path / "weak.json").read_text())
    assert [(row["ranks"], row["points"]) for row in results["rows"]] == [(1, 40), (2, 80)]
    assert results["rows"][0]["efficiency_computing_s"]["median"] == 1.0
    assert all(row["computing_s"]["median"] > 0.0 for row in results["rows"])
    assert (tmp_path / "weak.png").stat().st_size > 5000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weak.json", "weak.png"]
