"""Numbers of layouts of which no real file can be had, and of files that are only told of."""

import numpy as np
import pytest

from landda_hpc.config.observations import Smap
from landda_hpc.observations.ascat_cdr import read_ascat_cdr
from landda_hpc.observations.codes import NUMBERS
from landda_hpc.observations.ease2 import M36
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.smap import decode
from landda_hpc.observations.smap_l3 import read_smap_l3
from landda_hpc.observations.warp5 import read_layers
from landda_hpc.references.readers import read_reference
from tests.references.samples import REAL, RETRIEVALS, sample
from tests.references.written import CELLS, WRITERS


@pytest.mark.parametrize("layout", ["contiguous", "indexed", "points"])
def test_layouts_of_version_8(layout, tmp_path):
    series = read_reference(WRITERS[f"cdr v8 {layout}"](tmp_path))
    assert series.size == 120 and np.unique(series.location).tolist() == [70000, 70001, 70002]
    one = series.at(70001)
    assert (one.latitude[0], one.longitude[0]) == (46.0, 11.0) and one.size == 40
    expected = 0.5 * (np.arange(40, 80) if layout == "contiguous" else 1 + 3 * np.arange(40))
    np.testing.assert_allclose(one.value, expected)
    assert (series.code == NUMBERS["A8"]).sum() == 12 and (series.code == 0).sum() == 108


def test_both_overpasses_of_smap_level_3(tmp_path):
    path = WRITERS["smap l3"](tmp_path)
    batch = read_smap_l3(path)
    assert batch.size == 2 * len(CELLS) and batch.ascending.sum() == len(CELLS)
    np.testing.assert_allclose(batch.value[batch.ascending], 0.3, rtol=1e-6)
    np.testing.assert_allclose(batch.value[~batch.ascending], 0.2, rtol=1e-6)
    np.testing.assert_array_equal(M36.cell(batch.latitude, batch.longitude)[1], batch.cell_column)
    assert (batch.code == NUMBERS["S2"]).sum() == len(CELLS)  # every second cell, morning and afternoon
    single = read_smap_l3(path, Smap(algorithm="sca_v"))
    np.testing.assert_allclose(single.value[single.ascending], 0.4, rtol=1e-6)
    assert (single.code == 0).all()
    with pytest.raises(ProductRefusal, match="sensors.smap.algorithm"):
        read_smap_l3(path, Smap(algorithm="sca_h"))


def test_algorithms_of_smap_level_2(shared_data, tmp_path):
    path = sample("smap", shared_data, tmp_path)
    dual, vertical, horizontal = (decode(path, name) for name in ("dca", "sca_v", "sca_h"))
    assert np.isfinite(dual.soil_moisture).sum() == 1333
    assert not np.array_equal(dual.soil_moisture, vertical.soil_moisture, equal_nan=True)
    assert not np.array_equal(horizontal.soil_moisture, vertical.soil_moisture, equal_nan=True)


def test_recommended_smap_retrievals_lie_in_their_cells(shared_data, tmp_path):
    granule = decode(sample("smap", shared_data, tmp_path))
    good = np.isfinite(granule.soil_moisture) & (granule.quality & 1 == 0)
    assert good.sum() == 592
    row, column = M36.cell(granule.latitude[good], granule.longitude[good])
    assert np.array_equal(row, granule.row[good]) and np.array_equal(column, granule.column[good])
    north, east = M36.centre(row, column)
    assert np.abs(north - granule.latitude[good]).max() < 1e-5 and np.abs(east - granule.longitude[good]).max() < 1e-5


def test_restart_and_domain_of_lis(tmp_path):
    restart = read_reference(WRITERS["lis restart"](tmp_path)).values
    assert restart["soil_moisture"].shape == (12, 4) and restart["snow_water_equivalent"][0] == pytest.approx(10.0)
    np.testing.assert_allclose(restart["soil_moisture"][0], [0.3, 0.31, 0.32, 0.33], rtol=1e-6)
    domain = read_reference(WRITERS["lis_input"](tmp_path))
    assert domain.latitude[[0, -1]].tolist() == [10.125, 10.875] and (domain.values["land_cover"] == 10).all()


def test_smos_level_2_and_land_cover(shared_data, tmp_path):
    udp = read_reference(sample("smos udp", shared_data, tmp_path))
    assert np.isfinite(udp.values["soil_moisture"]).sum() == 98 and udp.flags["confidence flags"]["FL_CHI2_P"] == 89
    cover = read_reference(sample("igbp", shared_data, tmp_path)).values["land_cover"]
    assert cover.shape == (3600, 7200) and cover[1800 + 20 * 25, (180 + 10) * 20] == 16  # the Sahara, 25 N 10 E
    assert cover[1800 - 20 * 3, (180 - 60) * 20] == 2  # the Amazon, 3 S 60 W


def test_static_layers_reject_places_of_climate_records(shared_data, tmp_path):
    layers = read_layers(sample("warp5 layers", shared_data, tmp_path))
    path = sample("cdr H119", shared_data, tmp_path)
    plain, screened = read_ascat_cdr(path), read_ascat_cdr(path, layers=layers)
    rough = ~(layers.values["topography"][plain.location] < 20.0)
    assert rough.any() and (screened.code[rough & (plain.code == 0)] == NUMBERS["A4"]).all()
    assert (screened.code == 0).sum() < (plain.code == 0).sum()


def test_names_of_samples_are_apart():
    assert not set(REAL) & set(RETRIEVALS) and not set(REAL) & set(WRITERS)
