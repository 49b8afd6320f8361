"""The driver: the same files whatever the split, bad arguments, the window of the truth."""

import hashlib

import numpy as np
import pytest

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.simulation.orbits import seconds_since_epoch
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.simulate import FOLDERS, simulate_products
from landda_hpc.simulation.truth import SURFACE_FIELDS, ArrayTruth
from landda_hpc.times import SECONDS_PER_DAY

from .conftest import START

SETTINGS = SimulationSettings(seed=9, spacing=400.0)


def digests(folder):
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}


def test_files_do_not_depend_on_ranks_or_on_where_the_simulation_began(truth, tmp_path):
    def simulate(name, start, end, communicator=None):
        return simulate_products(truth, start, end, tuple(FOLDERS), tmp_path / name, SETTINGS, communicator)

    counts = simulate("one", START, "2022-06-12")
    one = digests(tmp_path / "one")
    assert sum(counts.values()) == len(one) and counts["amsr2"] == counts["smos"] == 4
    assert 25 < counts["ascat_b"] <= 29 and 50 < counts["smap"] <= 60
    three = run_in_process(3, lambda communicator: simulate("three", START, "2022-06-12", communicator))
    assert three == [counts] * 3 and digests(tmp_path / "three") == one
    simulate("later", "2022-06-11", "2022-06-12")
    later = digests(tmp_path / "later")
    assert len(later) > 0.4 * len(one) and later.items() <= one.items()


def test_seed_changes_values(truth, tmp_path):
    for seed in (1, 2):
        simulate_products(truth, START, "2022-06-11", ("smos",), tmp_path / str(seed), SETTINGS._replace(seed=seed))
    first, second = (digests(tmp_path / str(seed)) for seed in (1, 2))
    assert first.keys() == second.keys() and all(first[name] != second[name] for name in first)


def test_nothing_is_observed_where_the_truth_has_ended(truth, tmp_path):
    counts = simulate_products(truth, "2022-06-20", "2022-06-21", ("ascat_b", "smos", "amsr2"), tmp_path, SETTINGS)
    assert counts == {"ascat_b": 0, "smos": 0, "amsr2": 0} and not digests(tmp_path)


def test_unknown_products_and_empty_spans_are_refused(truth, tmp_path):
    with pytest.raises(ConfigError, match="ascat_x.*Known: ascat_b"):
        simulate_products(truth, START, "2022-06-12", ("ascat_x",), tmp_path)
    with pytest.raises(ConfigError, match="No time"):
        simulate_products(truth, START, START, ("smap",), tmp_path)


def test_window_holds_the_states_around_a_span_and_is_linear_between_them(domain):
    seconds = seconds_since_epoch(START) + np.arange(9) * SECONDS_PER_DAY / 8.0
    fields = {name: np.arange(9.0)[:, None] + np.zeros(domain.n_total) for name in SURFACE_FIELDS}
    truth = ArrayTruth(domain, seconds, fields)
    window = truth.window(seconds[2] + 1.0, seconds[4] + 1.0)
    np.testing.assert_array_equal(window.seconds, seconds[2:6])
    surface = window.at(np.array([0, 1, 2]), np.array([seconds[3], seconds[3] + 0.25 * SECONDS_PER_DAY / 8.0, seconds[1]]))
    np.testing.assert_allclose(surface.soil_moisture[:2], [3.0, 3.25])
    np.testing.assert_array_equal(surface.known, [True, True, False])
    with pytest.raises(InputError, match="snow_water_equivalent"):
        ArrayTruth(domain, seconds, {name: values for name, values in fields.items() if "snow" not in name})


def test_a_domain_without_climate_is_refused(domain, truth, tmp_path):
    fields = {name: values for name, values in domain.fields.items() if not name.startswith("climate")}
    bare = ArrayTruth(domain._replace(fields=fields), truth._seconds, truth._fields)
    with pytest.raises(InputError, match="monthly climate"):
        simulate_products(bare, START, "2022-06-11", ("smap",), tmp_path)
