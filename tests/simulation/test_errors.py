"""Statistics of the simulated errors, frost and snow."""

import numpy as np
import pytest

from landda_hpc.simulation.amsr2_lprm import Amsr2Writer
from landda_hpc.simulation.ascat import NOISE, UNDERSTATED, AscatSimulator
from landda_hpc.simulation.draws import STREAM_ASCAT, STREAM_SMAP, errors
from landda_hpc.simulation.orbits import half_orbits, seconds_since_epoch
from landda_hpc.simulation.scene import Scene
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.smap import SmapSimulator
from landda_hpc.simulation.smos_ic import FROZEN, SmosWriter
from landda_hpc.times import SECONDS_PER_DAY

from .conftest import START, make_truth

SETTINGS = SimulationSettings(seed=4)
BEGIN = seconds_since_epoch(START)


@pytest.fixture(scope="module")
def scene(domain):
    return Scene(domain, SETTINGS.seed)


@pytest.fixture(scope="module")
def window(domain):
    return make_truth(domain, soil_moisture=0.22).window(BEGIN - SECONDS_PER_DAY, BEGIN + 4.0 * SECONDS_PER_DAY)


def ascat(scene, window, platform="metop-b", n_orbits=40):
    """Return points and errors [%] of unlimited values, taken from the backscatter, their stated errors, and orbits."""
    simulator = AscatSimulator(scene, SETTINGS, platform)
    first, found = int(BEGIN / simulator.orbit.period) + 1, []
    for index in range(first, first + n_orbits):
        nodes, got = simulator.retrieve(index, window)
        lookup = np.full((simulator.swath.n_rows, 82), -1)
        lookup[nodes.row, nodes.node] = nodes.point
        point = lookup[got.row, got.node]
        value = 100.0 * (got.sigma40 - got.dry_backscatter) / got.soil_moisture_sensitivity
        error = value - simulator.traits.saturation(point, 0.22)
        found.append((point, error, got.soil_moisture_error, np.full(len(point), index)))
    return simulator, [np.concatenate(parts) for parts in zip(*found)]


def test_ascat_errors_have_the_size_asked_for_and_the_filter_cannot_know_them(scene, window):
    simulator, (point, error, stated, orbit) = ascat(scene, window)
    expected = 100.0 * NOISE / simulator.sensitivity(BEGIN)[point] * simulator.traits.error_level[point]
    assert np.std(error / expected) == pytest.approx(1.0, abs=0.04) and abs(np.mean(error / expected)) < 0.05
    open_land = ~scene.forest[point] & ~scene.barren[point]
    assert 5.0 < np.median(expected[open_land]) < 13.0
    assert np.median(stated[scene.forest[point]]) > 1.3 * np.median(stated[open_land])
    # Stated and true errors differ by tens of percent from cell to cell, and the stated are too small on average.
    ratio = np.log(stated / expected)[~scene.barren[point]]
    assert 0.2 < ratio.std() < 0.4 and ratio.mean() == pytest.approx(-np.log(UNDERSTATED), abs=0.1)
    # Nodes in a cell share most of their error in a pass and nothing between orbits.
    key = point.astype(np.int64) * 100000 + orbit
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    unit = (error / expected)[order]
    assert np.corrcoef(unit[1:][same], unit[:-1][same])[0, 1] == pytest.approx(0.8, abs=0.05)


def test_errors_of_platforms_products_and_days_are_independent(scene):
    cells, seconds = np.arange(20000), np.full(20000, BEGIN)
    draws = [errors(SETTINGS, stream, cells, cells, seconds, 0, draw, member)
             for stream, draw, member in ((STREAM_ASCAT, 7, 0), (STREAM_ASCAT, 7, 1), (STREAM_ASCAT, 8, 0),
                                          (STREAM_SMAP, 7, 0))]
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 0.03
    np.testing.assert_allclose(np.std(draws, axis=1), 1.0, atol=0.02)


def test_a_part_of_the_error_persists_on_request(scene):
    cells, lasting = np.arange(20000), SETTINGS._replace(persistent_error_fraction=0.5, persistent_error_days=10.0)
    first, next_day, later = (errors(lasting, STREAM_SMAP, cells, cells, np.full(20000, BEGIN + days * SECONDS_PER_DAY), 0,
                                            draw)
                              for days, draw in ((0.0, 1), (1.0, 2), (40.0, 3)))
    assert np.std(first) == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(first, next_day)[0, 1] == pytest.approx(0.4, abs=0.05)  # 0.8 shared, half of it slow
    assert abs(np.corrcoef(first, later)[0, 1]) < 0.03


def test_retrieval_is_biased_differently_in_every_cell_and_bent(scene):
    traits = AscatSimulator(scene, SETTINGS, "metop-b").traits
    point = np.arange(scene.domain.n_total)
    dry, middle, wet = (traits.saturation(point, traits.dry + part * (traits.wet - traits.dry)) for part in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(dry, traits.offset)
    np.testing.assert_allclose(wet - dry, 100.0 * traits.gain)
    bend = (middle - dry) / (wet - dry)
    assert bend.std() > 0.05 and 0.3 < bend.min() and bend.max() < 0.75
    # Both platforms see the same soil.
    np.testing.assert_array_equal(traits.power, AscatSimulator(scene, SETTINGS, "metop-c").traits.power)


def smap(scene, window, days=3.0):
    simulator = SmapSimulator(scene, SETTINGS)
    granules = [simulator.retrieve(half, window)
                for half in half_orbits(simulator.orbit, BEGIN, BEGIN + days * SECONDS_PER_DAY)]
    return simulator, type(granules[0])(*(np.concatenate(parts) for parts in zip(*granules)))


def test_smap_errors(scene, window):
    simulator, found = smap(scene, window)
    good = (found.retrieval_flag == 0) & (found.soil_moisture > 0.021)
    point = found.point[good]
    mean = 0.22 + simulator.offset[point] + (simulator.gain[point] - 1.0) * (0.22 - simulator.middle[point])
    std = simulator.error_std[point] + 0.02 * scene.greenness(BEGIN)[point]
    assert np.std((found.soil_moisture[good] - mean) / std) == pytest.approx(1.0, abs=0.05)
    assert (std > 0.012).all() and 0.02 < np.percentile(std, 5) and np.percentile(std, 95) < 0.05
    # Bias against the truth, so that a filter without bias correction is misled.
    assert 0.015 < np.std(mean) < 0.05
    share = good.sum() / (found.point >= 0).sum()
    assert 0.3 < share < 0.75
    assert 0.002 < (found.brightness_flag[found.point >= 0] & 1 == 1).mean() < 0.1


def test_nothing_is_retrieved_from_frost_but_by_ascat(domain, scene):
    frozen = scene.domain.points.latitude > 45.0
    truth = make_truth(domain, soil_moisture=0.3, frozen=frozen)
    window = truth.window(BEGIN - SECONDS_PER_DAY, BEGIN + 4.0 * SECONDS_PER_DAY)
    _, found = smap(scene, window, days=1.0)
    cold = (found.point >= 0) & frozen[np.maximum(found.point, 0)]
    assert cold.sum() > 500 and np.isnan(found.soil_moisture[cold]).all()
    assert (found.retrieval_flag[cold] == 7).all() and ((found.surface_flag[cold] & 384) == 384).all()
    assert (found.surface_flag[(found.point >= 0) & ~cold] & 384 == 0).all()
    amsr2, _ = Amsr2Writer(scene, SETTINGS).retrieve(BEGIN, False, window)
    assert not frozen[amsr2.point].any() and len(amsr2.point) > 500
    smos, values = SmosWriter(scene, SETTINGS).retrieve(BEGIN, True, window)
    assert ((values["Scene_Flags"] & FROZEN > 0) == frozen[smos.point]).all() and frozen[smos.point].any()
    _, (point, error, _, _) = ascat(scene, window, n_orbits=10)
    assert frozen[point].any() and error[frozen[point]].mean() < -10.0  # dry in appearance


def test_snow_hides_the_soil_from_smap(domain, scene):
    truth = make_truth(domain)
    truth._fields["snow_water_equivalent"] = np.full_like(truth._fields["snow_water_equivalent"], 5.0)
    _, found = smap(scene, truth.window(BEGIN - SECONDS_PER_DAY, BEGIN + 2.0 * SECONDS_PER_DAY), days=0.5)
    assert np.isnan(found.soil_moisture).all() and ((found.surface_flag & 32) > 0)[found.point >= 0].all()


def test_frost_and_snow_probabilities_are_those_of_the_season(scene):
    january, july = (scene.frost_probabilities(seconds_since_epoch(day)) for day in ("2022-01-15", "2022-07-15"))
    latitude, longitude = scene.domain.points.latitude, scene.domain.points.longitude
    siberia = (latitude > 60.0) & (longitude > 80.0) & (longitude < 140.0)
    amazon = (np.abs(latitude) < 8.0) & (longitude < -50.0) & (longitude > -70.0)
    for snow_or_frost in (0, 1):
        assert (january[snow_or_frost][siberia] > 99.0).all() and (january[snow_or_frost][amazon] < 0.1).all()
        assert (july[snow_or_frost][siberia] < 60.0).all()
    between = (january[1] > 5.0) & (january[1] < 95.0)
    assert between.sum() > 20


def test_amsr2_errs_more_under_vegetation(scene, window):
    writer = Amsr2Writer(scene, SETTINGS)
    sample, values = writer.retrieve(BEGIN, False, window)
    error = values["soil_moisture"] - writer.offset[sample.point] - writer.gain[sample.point] * 0.22
    green = sample.green > 0.5
    assert error[green].std() > 1.4 * error[sample.green < 0.1].std()
    assert 0.03 < error[sample.green < 0.1].std() < 0.06
