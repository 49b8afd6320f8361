"""Figures of runs on a domain: right numbers from the history, right files, errors that help."""

import numpy as np
import pytest
import xarray

from landda_hpc import variables
from landda_hpc.domain.grid import Grid
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.domain.regions import STANDARD, Region, parse_region
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.io.history import HistoryWriter
from landda_hpc.io.provenance import provenance
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.plots.grid_history import GridHistory
from landda_hpc.plots.reductions import area_mean, reduce_history
from landda_hpc.workflow.figures import draw

GRID = Grid.covering(15.0)
CELLS = np.sort(np.random.default_rng(1).choice(GRID.n_rows * GRID.n_columns, 100, replace=False))
POINTS = PointSet(*GRID.positions(CELLS), CELLS, GRID.shape, None, GRID)
START, STEP = np.datetime64("2001-06-01T00:00:00", "s"), np.timedelta64(6 * 3600, "s")
KNOWN = {"soil_moisture": variables.STATE["soil_moisture"], "skin_temperature": variables.STATE["skin_temperature"],
         "latent_heat_flux": variables.FLUXES["latent_heat_flux"]}
THICKNESS = (0.1, 0.3, 0.6, 1.0)


def records(n_records, n_members, seed=2):
    random = np.random.default_rng(seed)
    shape = (len(CELLS), n_members)
    return [{"soil_moisture": 0.1 + 0.3 * random.random((4, *shape)), "skin_temperature": 270.0 + 30.0 * random.random(shape),
             "latent_heat_flux": 100.0 * random.standard_normal(shape)} for _ in range(n_records)]


def write_run(folder, n_records=6, n_members=5, members=False, seed=2, thickness=THICKNESS, points=POINTS):
    attributes = provenance("landda run", f"run: {{name: {folder.name}}}\nensemble: {{size: {n_members}}}", 1, 1, [])
    writer = HistoryWriter(folder / "history.nc", KNOWN, {"latent_heat_flux": "mean"}, thickness, n_members, points,
                           split_evenly(points.n_total, 1)[0], SerialCommunicator(), attributes, members)
    for number, record in enumerate(records(n_records, n_members, seed)):
        writer.write(START + number * STEP, START + (number + 1) * STEP, record.__getitem__)
    writer.flush()
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run") / "globe")


@pytest.fixture
def history(run):
    with xarray.open_dataset(run / "history.nc", engine="h5netcdf") as dataset:
        yield GridHistory(dataset, run / "history.nc")


def drawn(run, **how):
    paths = []
    draw(run, paths.append, **how)
    return sorted(path.name for path in paths)


def on_grid(values):
    full = np.full(GRID.n_rows * GRID.n_columns, np.nan)
    full[CELLS] = values
    return full.reshape(GRID.shape)


def whole(history, field):
    """Put a field of the file, whose grid is the smallest around the points, on the full grid."""
    full = np.full(GRID.shape, np.nan)
    rows = np.searchsorted(GRID.latitudes, history.latitudes - 1e-6)
    columns = np.searchsorted(GRID.longitudes, history.longitudes - 1e-6)
    full[np.ix_(rows, columns)] = field
    return full


def test_surface_and_root_zone_of_a_record(history):
    moisture = records(6, 5)[3]["soil_moisture"]
    (surface,), (root,) = history.quantities("surface_soil_moisture"), history.quantities("root_zone_soil_moisture")
    mean, spread = history.field(surface, 3)
    np.testing.assert_allclose(whole(history, mean), on_grid(moisture[0].mean(axis=-1)), rtol=1e-12)
    np.testing.assert_allclose(whole(history, spread), on_grid(moisture[0].std(axis=-1, ddof=1)), rtol=1e-12)
    mean, spread = history.field(root, 3)
    weights = np.array([0.1, 0.3, 0.6])[:, None]
    np.testing.assert_allclose(whole(history, mean), on_grid((weights * moisture[:3].mean(axis=-1)).sum(axis=0)), rtol=1e-12)
    true = np.einsum("l,lpm->pm", weights[:, 0], moisture[:3]).std(axis=-1, ddof=1)
    assert (whole(history, spread).ravel()[CELLS] >= true).all() and history.spread_is_bound(root)
    assert "0-10 cm" in surface.title and "0-100 cm" in root.title


def test_spread_of_the_root_zone_is_exact_with_members(tmp_path):
    write_run(tmp_path / "members", members=True)
    with xarray.open_dataset(tmp_path / "members" / "history.nc", engine="h5netcdf") as dataset:
        history = GridHistory(dataset, tmp_path / "members" / "history.nc")
        (root,) = history.quantities("root_zone_soil_moisture")
        moisture = records(6, 5)[5]["soil_moisture"]
        true = np.einsum("l,lpm->pm", [0.1, 0.3, 0.6], moisture[:3]).std(axis=-1, ddof=1)
        np.testing.assert_allclose(whole(history, history.field(root, 5)[1]), on_grid(true), rtol=1e-12)
        assert not history.spread_is_bound(root)


def test_a_layer_across_one_metre_counts_in_part(tmp_path):
    write_run(tmp_path / "thick", thickness=(0.5, 1.0, 1.0, 1.0))
    with xarray.open_dataset(tmp_path / "thick" / "history.nc", engine="h5netcdf") as dataset:
        (root,) = GridHistory(dataset, tmp_path / "thick" / "history.nc").quantities("root_zone_soil_moisture")
        np.testing.assert_allclose(root.weights, [0.5, 0.5, 0.0, 0.0])


def test_mean_over_the_history(history):
    (flux,) = history.quantities("latent_heat_flux")
    all_records = np.stack([record["latent_heat_flux"] for record in records(6, 5)])
    mean, spread = history.field(flux, None)
    np.testing.assert_allclose(whole(history, mean), on_grid(all_records.mean(axis=(0, 2))), rtol=1e-11)
    expected = np.sqrt((all_records.std(axis=-1, ddof=1) ** 2).mean(axis=0))
    np.testing.assert_allclose(whole(history, spread), on_grid(expected), rtol=1e-12)


def test_zonal_and_regional_means(history, monkeypatch):
    monkeypatch.setattr("landda_hpc.plots.grid_history.BLOCK_VALUES", 2 * 4 * history.cell_area.size)  # several blocks
    assert len(history.blocks()) == 3
    (skin,) = history.quantities("skin_temperature")
    europe = Region("x", 10.0, 60.0, -30.0, 60.0)
    reduced = reduce_history(history, skin, [europe, STANDARD["GLOB"]])
    latitude, longitude = GRID.positions(CELLS)
    area = np.cos(np.deg2rad(latitude))  # proportional to that of equal cells, exactly so for centres and equal steps
    for number, record in enumerate(records(6, 5)):
        mean, spread = record["skin_temperature"].mean(axis=-1), record["skin_temperature"].std(axis=-1, ddof=1)
        inside = (latitude >= 10.0) & (latitude <= 60.0) & (longitude >= -30.0) & (longitude <= 60.0)
        assert reduced.regional[number, 0] == pytest.approx(np.average(mean[inside], weights=area[inside]), rel=1e-12)
        assert reduced.regional[number, 1] == pytest.approx(np.average(mean, weights=area), rel=1e-12)
        expected = np.sqrt(np.average(spread**2, weights=area))
        assert reduced.regional_spread[number, 1] == pytest.approx(expected, rel=1e-12)
        row = latitude == 37.5
        place = np.searchsorted(history.latitudes, 37.0)
        assert reduced.zonal[number, place] == pytest.approx(mean[row].mean(), rel=1e-12)
        assert reduced.zonal_spread[number, place] == pytest.approx(np.sqrt((spread[row] ** 2).mean()), rel=1e-12)


def test_area_mean_leaves_out_cells_without_a_value():
    assert area_mean([[1.0, np.nan], [4.0, 4.0]], [[2.0, 2.0], [1.0, 1.0]]) == pytest.approx((2.0 + 8.0) / 4.0)


def test_record_of_a_time(history):
    assert history.record_of() == 5
    assert history.record_of("2001-06-01T06:00") == 0 and history.record_of("2001-06-01T06:01:00Z") == 1
    with pytest.raises(ConfigError, match="6 records end at 2001-06-01T06"):
        history.record_of("2001-07-01")
    with pytest.raises(ConfigError, match="no record of 2001-06-01T00:00:00"):
        history.record_of("2001-06-01")  # a record holds the state at the end of its interval
    with pytest.raises(ConfigError, match="not understood"):
        history.record_of("yesterday")


def test_names_of_quantities(history):
    assert [quantity.key for quantity in history.quantities("soil_moisture")] == [f"soil_moisture_{n}" for n in (1, 2, 3, 4)]
    assert history.quantities("soil_moisture:3")[0].title.endswith("40-100 cm")
    assert history.quantities("latent_heat_flux")[0].title.endswith("6 h mean")
    for name, message in (("moisture", "It has surface_soil_moisture"), ("soil_moisture:5", "layers 1 to 4, not 5"),
                          ("skin_temperature:1", "has no layers")):
        with pytest.raises(ConfigError, match=message):
            history.quantities(name)


def test_a_region_is_cut_out_also_across_the_date_line(run):
    with xarray.open_dataset(run / "history.nc", engine="h5netcdf") as dataset:
        part = GridHistory(dataset, run / "history.nc", parse_region("-60,90,150,-150"))
        whole_run = GridHistory(dataset, run / "history.nc")
        np.testing.assert_allclose(part.longitudes, [157.5, 172.5, 187.5, 202.5])
        (skin,) = whole_run.quantities("skin_temperature")
        left, right = whole_run.field(skin, 0)[0][:, -2:], whole_run.field(skin, 0)[0][:, :2]
        np.testing.assert_array_equal(part.field(skin, 0)[0], np.concatenate([left, right], axis=1))
        with pytest.raises(ConfigError, match="no cells"):
            GridHistory(dataset, run / "history.nc", Region("x", -89.0, -80.0, 0.0, 10.0))


@pytest.mark.parametrize("text", ["1,2,3", "60,35,0,10", "-91,0,0,1", "a,b,c,d", "Europa"])
def test_impossible_regions_are_refused(text):
    with pytest.raises(ConfigError, match="region"):
        parse_region(text)


def test_regions_include_their_bounds_and_are_described():
    assert STANDARD["TROP"].covers(20.0, 100.0) and STANDARD["NH"].covers(20.0, -180.0)
    assert not STANDARD["EU"].covers(50.0, 30.0)
    assert parse_region("eu") == STANDARD["EU"]
    assert parse_region("-10,10,170,-170").describe() == "10S to 10N, 170E to 170W"


def test_the_bare_command_draws_the_default_pages(run, tmp_path):
    assert drawn(run, output=tmp_path) == ["maps_overview.png", "maps_soil_moisture.png", "regions_soil_moisture.png",
                                           "zonal_soil_moisture.png"]
    assert all((tmp_path / name).stat().st_size > 20000 for name in ("maps_soil_moisture.png", "zonal_soil_moisture.png"))


def test_choices_name_the_files(run, tmp_path):
    assert drawn(run, output=tmp_path, variables=("skin_temperature",), time="2001-06-01T10", pages=("maps",)) == [
        "maps_skin_temperature_20010601T1200.png"]
    assert drawn(run, output=tmp_path, variables=("soil_moisture:2",), mean=True, regions=("NH",), pages=("regions",)) == [
        "regions_soil_moisture_2_mean_nh.png"]


def test_one_member_and_one_record_can_be_drawn(tmp_path):
    run = write_run(tmp_path / "single", n_records=1, n_members=1)
    assert len(drawn(run)) == 4


def test_difference_of_two_runs(run, tmp_path):
    other = write_run(tmp_path / "other", seed=3)
    assert drawn(run, output=tmp_path, against=other) == ["difference_soil_moisture_other.png"]
    fewer = write_run(tmp_path / "fewer", n_records=4)
    with pytest.raises(ConfigError, match="no record of 2001-06-02T12"):
        drawn(run, output=tmp_path, against=fewer)
    assert drawn(run, output=tmp_path, against=fewer, time="2001-06-01T06") == [
        "difference_soil_moisture_fewer_20010601T0600.png"]
    with pytest.raises(ConfigError, match="different times"):
        drawn(run, output=tmp_path, against=fewer, mean=True)
    thick = write_run(tmp_path / "thick", thickness=(0.2, 0.3, 0.6, 1.0))
    with pytest.raises(ConfigError, match="different soil layers"):
        drawn(run, output=tmp_path, against=thick)
    north = CELLS >= 5 * GRID.n_columns
    points = PointSet(POINTS.latitude[north], POINTS.longitude[north], CELLS[north], GRID.shape, None, GRID)
    half = tmp_path / "half"
    writer = HistoryWriter(half / "history.nc", {}, {}, THICKNESS, 1, points, split_evenly(points.n_total, 1)[0],
                           SerialCommunicator(), provenance("x", "", 1, 1, []))
    writer.write(START, START + STEP, None)
    writer.flush()
    with pytest.raises(ConfigError, match=r"different grids: \d+ latitudes from"):
        drawn(run, output=tmp_path, against=half)
    moved = GRID._replace(west=GRID.west + GRID.resolution)
    moved = write_run(tmp_path / "moved", points=PointSet(*moved.positions(CELLS), CELLS, moved.shape, None, moved))
    with pytest.raises(ConfigError, match="different grids: 24 longitudes"):
        drawn(run, output=tmp_path, against=moved)


def test_a_domain_is_drawn(tmp_path):
    paths = []
    draw("5deg", paths.append, output=tmp_path / "domain.png")
    assert paths == [tmp_path / "domain.png"] and paths[0].stat().st_size > 100000


def test_options_that_mean_nothing_are_refused(run):
    for how, message in (({"point": 1}, "--point cannot be used"), ({"with_scores": True}, "--scores cannot be used"),
                         ({"against": run, "pages": ("maps",)}, "--page does not go")):
        with pytest.raises(ConfigError, match=message):
            drawn(run, **how)
    with pytest.raises(ConfigError, match="--mean cannot be used: 5deg is a domain"):
        drawn("5deg", mean=True)


def test_other_things_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        drawn(tmp_path / "nothing")
    xarray.Dataset({"x": ("y", [1.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="no history of a run: its dimensions are y"):
        drawn(tmp_path / "other.nc")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(InputError, match="cannot be read"):
        drawn(tmp_path / "text.nc")
