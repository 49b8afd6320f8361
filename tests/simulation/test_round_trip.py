"""Values decoded by the readers are those simulated, within the quantisation of the files."""

import numpy as np
import pytest

from landda_hpc.observations import ascat_netcdf, smap
from landda_hpc.observations.amsr2_lprm import read_amsr2
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.smos_ic import read_smos_ic
from landda_hpc.simulation.amsr2_lprm import Amsr2Writer
from landda_hpc.simulation.ascat import N_NODES, AscatSimulator
from landda_hpc.simulation.ascat_netcdf import AscatWriter
from landda_hpc.simulation.orbits import half_orbits, seconds_since_epoch
from landda_hpc.simulation.scene import Scene
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.smap import SmapSimulator
from landda_hpc.simulation.smap_l2 import SmapWriter
from landda_hpc.simulation.smos_ic import SmosWriter
from landda_hpc.times import SECONDS_PER_DAY

from .conftest import START

SETTINGS = SimulationSettings(seed=11)


@pytest.fixture(scope="module")
def scene(domain):
    return Scene(domain, SETTINGS.seed)


@pytest.fixture(scope="module")
def window(truth):
    start = seconds_since_epoch(START)
    return truth.window(start - SECONDS_PER_DAY, start + 2.0 * SECONDS_PER_DAY)


@pytest.mark.parametrize("spacing", [None, 1.0], ids=["thinned", "whole"])
@pytest.mark.parametrize("scrambled", [True, False])
def test_ascat(scene, window, tmp_path, spacing, scrambled):
    simulator = AscatSimulator(scene, SETTINGS._replace(spacing=spacing), "metop-c")
    index = int(seconds_since_epoch(START) / simulator.orbit.period) + 2
    path = AscatWriter(simulator, scrambled).write(tmp_path, index, window)
    nodes, simulated = simulator.retrieve(index, window)
    decoded = ascat_netcdf.decode(path)
    fields = {name: np.asarray(values).reshape(simulator.swath.n_rows, N_NODES)
              for name, values in decoded.fields.items()}
    place = (simulated.row, simulated.node)
    there = np.isfinite(fields["soil_moisture"])
    assert there.sum() == len(simulated.row) > 100 and there[place].all()
    for name, other, step in (("soil_moisture", "soil_moisture", 0.01), ("soil_moisture_error", "soil_moisture_error", 0.01),
                              ("soil_moisture_sensitivity", "sensitivity", 1.0e-6), ("topography_flag", "topography", 1.0),
                              ("wetland_flag", "wetland", 1.0), ("snow_cover_probability", "snow", 1.0),
                              ("frozen_soil_probability", "frozen", 1.0)):
        np.testing.assert_allclose(fields[other][place], getattr(simulated, name), rtol=0, atol=0.5001 * step, err_msg=name)
    np.testing.assert_array_equal(fields["correction_flag"][place], simulated.corr_flags)
    for name in ("latitude", "longitude"):
        np.testing.assert_allclose(fields[name][nodes.row, nodes.node], getattr(nodes, name), atol=1.0e-6)
    np.testing.assert_allclose(fields["time"][place], simulator.swath.row_times(index)[simulated.row], atol=1.0)
    # Out of place, the flags of the first half of the rows come back; in place, all of them.
    known = simulated.node < N_NODES // 2 if scrambled else np.ones(len(simulated.row), bool)
    flags = fields["processing_flag"][place]
    np.testing.assert_array_equal(flags[known], simulated.processing_flags[known])
    assert (flags[~known] == -1).all()
    product = read_product(path)
    assert product.report.satellites == ("metop-c",) and (product.batch.code == 0).mean() > 0.3


def test_smap(scene, window, tmp_path):
    simulator = SmapSimulator(scene, SETTINGS)
    start, total = seconds_since_epoch(START), 0
    for half in half_orbits(simulator.orbit, start, start + 0.25 * SECONDS_PER_DAY):
        path, granule = SmapWriter(simulator).write(tmp_path, half, window), simulator.retrieve(half, window)
        if path is None:
            continue
        decoded = smap.decode(path)
        for name, other, tolerance in (
                ("soil_moisture", "soil_moisture", 1e-7), ("vegetation_water", "vegetation_water_content", 1e-6),
                ("latitude", "latitude", 1e-5), ("longitude", "longitude", 2e-5), ("seconds", "time", 1e-6),
                ("row", "row", 0), ("column", "column", 0), ("retrieval_flag", "quality", 0), ("surface_flag", "surface", 0)):
            np.testing.assert_allclose(getattr(decoded, other), getattr(granule, name), atol=tolerance, rtol=1e-6, err_msg=name)
        assert decoded.ascending == (half % 2 == 0)
        total += (read_product(path).batch.code == 0).sum()
    assert total > 100


@pytest.mark.parametrize("ascending", [True, False])
def test_amsr2(scene, window, tmp_path, ascending):
    writer, start = Amsr2Writer(scene, SETTINGS), seconds_since_epoch(START)
    path = writer.write(tmp_path, start, ascending, window)
    sample, values = writer.retrieve(start, ascending, window)
    batch = read_amsr2(path)
    lattice = writer._sampler.lattice
    place = {}  # later passes over a cell replace earlier ones
    for number, index in enumerate(sample.index):
        place[lattice.column[index], lattice.row[index]] = number
    order = [place[key] for key in sorted(place)]
    assert batch.size == len(order) > 2000 and (batch.ascending == ascending).all()
    index = sample.index[order]
    np.testing.assert_allclose(batch.value, values["soil_moisture"][order], atol=0.005001)
    np.testing.assert_allclose(batch.error, values["error"][order], atol=0.0000501)
    np.testing.assert_allclose(batch.time, sample.seconds[order], atol=1e-6)
    np.testing.assert_allclose(batch.latitude, lattice.latitude[index], atol=1e-5)
    np.testing.assert_allclose(batch.longitude, lattice.longitude[index], atol=1e-5)
    local = (batch.time / 3600.0 + batch.longitude / 15.0)[np.abs(batch.latitude) < 30.0] % 24.0
    assert np.abs(local - (13.5 if ascending else 1.5)).max() < 1.2
    # Quality control is what the arguments say.
    sparse = np.round(values["depth"][order] * 100.0) < 80.0
    assert ((batch.code == 0) == ((batch.value > 0.0) & (batch.value <= 0.6) & sparse)).all()
    assert (read_amsr2(path, largest=0.2).code == 0).sum() < (batch.code == 0).sum()


def test_smos(scene, window, tmp_path):
    writer, start = SmosWriter(scene, SETTINGS), seconds_since_epoch(START)
    path = writer.write(tmp_path, start, True, window)
    sample, values = writer.retrieve(start, True, window)
    batch = read_smos_ic(path)
    lattice = writer._sampler.lattice
    place = {(lattice.row[index], lattice.column[index]): number for number, index in enumerate(sample.index)}
    order = [place[key] for key in sorted(place)]
    assert batch.size == len(order) > 1000 and batch.ascending.all()
    np.testing.assert_allclose(batch.value, values["Soil_Moisture"][order], atol=1e-7)
    np.testing.assert_allclose(batch.time, sample.seconds[order], atol=2e-6)
    np.testing.assert_allclose(batch.latitude, lattice.latitude[sample.index[order]], atol=1e-6)
    misfit, scene_flags = values["RMSE"][order], values["Scene_Flags"][order]
    good = (misfit <= 8.0) & (scene_flags <= 1) & (batch.value >= 0.0)
    assert ((batch.code == 0) == good).all() and 0.5 < good.mean() < 0.95
    assert (read_smos_ic(path, largest_misfit=4.0).code == 0).sum() < good.sum()
