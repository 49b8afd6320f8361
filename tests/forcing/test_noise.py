"""The random fields: standard normal everywhere, continuous, decorrelating as said, the same for any set of places."""

import numpy as np
import pytest

from landda_hpc.forcing.noise import NoiseField, farther_weight

LATITUDES = np.repeat([-90.0, -89.0, -45.0, 0.0, 30.0, 60.0, 83.0, 89.9, 90.0], 4)
LONGITUDES = np.tile([-180.0, -0.01, 77.7, 179.99], 9)


def draws(field, n_times, step):
    return np.array([field.at(step * number + 0.001) for number in range(n_times)])


def test_weights_of_two_neighbours_keep_the_variance():
    fraction = np.linspace(0.0, 1.0, 1001)
    weight = np.array([farther_weight(value) for value in fraction])
    np.testing.assert_allclose(weight, np.sin(0.5 * np.pi * fraction), atol=7e-7)
    np.testing.assert_allclose(weight**2 + weight[::-1] ** 2, 1.0, atol=2e-6)
    assert weight[0] == 0.0 and weight[-1] == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("spacing", [900.0, 2500.0])
def test_values_are_standard_normal_everywhere_and_always(spacing):
    n_times = 3000
    values = draws(NoiseField(spacing, 1.0, 5, 3, LATITUDES, LONGITUDES), n_times, 2.377)  # no lattice is used twice
    assert np.abs(values.mean(axis=0)).max() < 4.0 / np.sqrt(n_times)
    assert np.abs(values.var(axis=0) - 1.0).max() < 4.5 * np.sqrt(2.0 / n_times)
    assert np.abs((values**4).mean(axis=0) - 3.0).max() < 5.0 * np.sqrt(96.0 / n_times)


def test_between_two_lattices_the_variance_stays():
    for fraction in (0.0, 0.25, 0.5, 0.9):
        field = NoiseField(1500.0, 1.0, 5, 3, LATITUDES, LONGITUDES)
        values = np.array([field.at(2.0 * number + fraction) for number in range(2000)])
        assert values.var() == pytest.approx(1.0, abs=0.05)


def test_field_is_continuous_across_the_dateline_and_in_longitude_latitude_and_time():
    latitude = np.repeat(np.linspace(-88.0, 88.0, 40), 2)
    west = NoiseField(700.0, 1.0, 1, 0, latitude, np.tile([180.0, -180.0], 40)).at(3.3).reshape(-1, 2)
    np.testing.assert_allclose(west[:, 0], west[:, 1], atol=1e-9)
    line = np.linspace(-180.0, 180.0, 20001)
    for places in ((np.full(line.size, 50.0), line), (0.5 * line * 0.999, np.full(line.size, 10.0))):
        values = NoiseField(700.0, 1.0, 1, 0, *places).at(3.3)
        assert np.abs(np.diff(values)).max() < 0.03  # a step is at most 1.3 km at spacing 700 km, a neighbour up to 5 away
    field = NoiseField(700.0, 1.0, 1, 0, LATITUDES, LONGITUDES, np.full(36, 5.0))
    series = np.array([field.at(time, 1.0) for time in np.linspace(4.0 - 0.01, 6.0 + 0.01, 4001)])
    assert np.abs(np.diff(series, axis=0)).max() < 0.02


def test_values_near_each_other_agree_and_values_far_apart_do_not():
    kilometres = np.array([0.0, 100.0, 3000.0])
    field = NoiseField(1000.0, 1.0, 9, 2, np.zeros(3), kilometres / 111.195)
    correlation = np.corrcoef(draws(field, 3000, 2.377).T)
    assert correlation[0, 1] > 0.95
    assert abs(correlation[0, 2]) < 0.07
    later = np.array([[field.at(time)[0], field.at(time + 0.05)[0], field.at(time + 2.0)[0]]
                      for time in 5.377 * np.arange(3000)])
    correlation = np.corrcoef(later.T)
    assert correlation[0, 1] > 0.95
    assert abs(correlation[0, 2]) < 0.07


def test_field_travels_with_the_steering_flow():
    east, apart = 10.0, 1.0  # degrees of longitude in a day
    field = NoiseField(500.0, 3.0, 9, 2, np.full(3, 40.0), np.array([0.0, east * apart, -east * apart]), np.full(3, east))
    pairs = np.array([(field.at(time, 1.0)[0], *field.at(time + apart, 1.0)[1:]) for time in 7.31 * np.arange(1500)])
    correlation = np.corrcoef(pairs.T)
    assert correlation[0, 1] > 0.6
    assert abs(correlation[0, 2]) < 0.1


def test_any_set_of_places_gets_the_same_values():
    drift = LATITUDES / 10.0
    whole = NoiseField(400.0, 0.3, 2, 1, LATITUDES, LONGITUDES, drift)
    for chosen in (slice(8, 9), slice(4, 30), slice(None, None, -1), [0, 35]):
        part = NoiseField(400.0, 0.3, 2, 1, LATITUDES[chosen], LONGITUDES[chosen], drift[chosen])
        for time in (-7.77, 12345.6):
            np.testing.assert_array_equal(part.at(time, 1.0), whole.at(time, 1.0)[chosen])
            np.testing.assert_array_equal(whole.at(time, 1.0, chosen), whole.at(time, 1.0)[chosen])


def test_numbers_and_seeds_give_independent_fields():
    fields = [NoiseField(1500.0, 1.0, seed, number, LATITUDES[8:20], LONGITUDES[8:20])
              for seed, number in ((1, 0), (1, 1), (2, 0))]
    found = np.corrcoef([draws(field, 1000, 2.377)[:, 5] for field in fields])
    assert np.abs(found - np.eye(3)).max() < 0.13
