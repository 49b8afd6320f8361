"""Scores of the atmosphere from files: what comes out is what was put in, on any number of ranks, and pairs are pairs."""

import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.references.forecast_files import ForecastFiles
from landda_hpc.references.forecast_netcdf import PRESSURES
from landda_hpc.references.humidity import dewpoint_of_humidity, humidity_of_dewpoint, humidity_of_relative
from landda_hpc.references.slots import TWO_METRES, Slot
from landda_hpc.references.source_grid import SourceGrid
from landda_hpc.times import EPOCH, seconds_since
from landda_hpc.workflow.evaluate_forecasts import evaluate_forecasts, land_of_outline, score_experiments
from landda_hpc.workflow.regrid import remap_to

LATITUDE, LONGITUDE = np.arange(-75.0, 90.0, 30.0), np.arange(15.0, 360.0, 30.0)
FIRST = np.datetime64("2022-07-01T00", "ns")
ERRORS = {"CTL": 1.0, "MT_ATSP": 0.5}  # K and g kg-1 at lead 0, growing by as much a day
LEADS = np.arange(0, 73, 24).astype("timedelta64[h]")
PRESSURE = np.array([85000.0, 50000.0])


def truth(time):
    """Return temperature [K] and humidity [kg kg-1] of a time on the grid."""
    day = (time - FIRST) / np.timedelta64(1, "D")
    latitude, longitude = np.meshgrid(np.radians(LATITUDE), np.radians(LONGITUDE), indexing="ij")
    return 285.0 + 15.0 * np.cos(latitude) + np.sin(longitude + day), 0.008 + 0.004 * np.cos(latitude)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return a folder of analyses, gauges and two experiments whose errors are of known size."""
    folder = tmp_path_factory.mktemp("forecasts")
    times = FIRST + np.arange(0, 24 * 9, 12).astype("timedelta64[h]")
    axes = {"lat": LATITUDE[::-1], "lon": LONGITUDE}
    fields = [truth(time) for time in times]
    analyses = {"t2m": (("time", "lat", "lon"), np.stack([t[::-1] for t, _ in fields])),
                "q2m": (("time", "lat", "lon"), np.stack([q[::-1] for _, q in fields])),
                "t": (("time", "level", "lat", "lon"), np.stack([[t[::-1] - 30.0] * 2 for t, _ in fields]))}
    xarray.Dataset(analyses, {"time": times, "level": PRESSURE / 100.0, **axes}).to_netcdf(folder / "analyses.nc")
    signs = np.where(np.add.outer(np.arange(len(LATITUDE)), np.arange(len(LONGITUDE))) % 2, 1.0, -1.0)
    for name, size in ERRORS.items():
        (folder / name).mkdir()
        for start in times[:12]:
            valid = start + LEADS
            errors = size * (1.0 + LEADS / np.timedelta64(1, "D"))
            t, q = zip(*(truth(time) for time in valid))
            t = np.stack([one + error * signs for one, error in zip(t, errors)])
            q = np.stack([one + 1.0e-3 * error * signs for one, error in zip(q, errors)])
            rain = np.full(t.shape, 6.0 / 86400.0 if name == "CTL" else 4.0 / 86400.0)
            xarray.Dataset(
                {"t2m": (("time", "lat", "lon"), t), "q2m": (("time", "lat", "lon"), q),
                 "rainf": (("time", "lat", "lon"), rain),
                 "T": (("time", "lev", "lat", "lon"), np.stack([t - 30.0] * 2, axis=1)),
                 "forecast_reference_time": start},
                {"time": valid, "lev": ("lev", PRESSURE, {"units": "Pa"}), "lat": LATITUDE, "lon": LONGITUDE}
            ).to_netcdf(folder / name / f"{start.astype('datetime64[h]')}.nc")
    half = np.arange(-89.75, 90.0, 0.5), np.arange(0.25, 360.0, 0.5)
    days = times[::2]
    observed = np.full((len(days), 360, 720), 4.0, np.float32)
    observed[:, :, 360:] = np.nan
    xarray.Dataset({"precip": (("time", "lat", "lon"), observed)}, {"time": days, "lat": half[0], "lon": half[1]}
                   ).to_netcdf(folder / "gauges.nc")
    return folder


@pytest.fixture(scope="module")
def inputs(world):
    return {name: [world / name] for name in ERRORS}, [world / "analyses.nc"], [world / "gauges.nc"]


@pytest.fixture(scope="module")
def scored(inputs):
    return score_experiments(*inputs, SerialCommunicator(), 30.0, 30.0)


def table(scored, name):
    return next(table for table in scored[1] if table.name == name)


def test_rmsd_and_its_change_are_those_put_in(scored):
    for row in table(scored, "rmsd_2m_air_temperature").rows:
        expected = (1.0, 2.0, 3.0, 4.0) if row[3] == "CTL" else (-0.5, -1.0, -1.5, -2.0)
        if not np.isnan(row[4]):  # a region without cells of this coarse grid
            assert row[4:] == pytest.approx(expected, abs=1e-6), row
    rows = [row for row in table(scored, "rmsd_2m_specific_humidity").rows if row[:3] == ("GLOB", "all", "all")]
    assert rows[0][4:] == pytest.approx((1.0, 2.0, 3.0, 4.0), abs=1e-6)
    levels = {(row[0], row[1], row[2]): row[3:] for row in table(scored, "rmsd_profile_air_temperature").rows}
    assert levels["GLOB", 850.0, "analysis"] == pytest.approx((1.0, -0.5), abs=1e-6)


def test_a_steady_change_is_significant(scored):
    rows = [row for row in table(scored, "rmsd_2m_air_temperature_significance").rows if row[:4] == ("NH", "all", "all", "1 d")]
    assert rows[0][5] == 6 and rows[0][6] == pytest.approx(-1.0) and rows[0][9] == "yes"


def test_rain_by_hand(scored):
    scores = {row[:4]: row[4:] for row in table(scored, "precipitation").rows}
    hits, misses, false_alarms, negatives, bias, _ = scores["GLOB", 1, "CTL", 5.0]
    assert (hits, misses, negatives) == (0, 0, 0) and false_alarms == 6 * 360 * 360  # 6 mm forecast, 4 mm observed
    assert np.isinf(bias)
    assert scores["GLOB", 2, "MT_ATSP", 1.0][4] == 1.0 and scores["GLOB", 2, "MT_ATSP", 5.0][3] == 6 * 360 * 360


def test_a_single_experiment_is_scored(inputs):
    alone = score_experiments({"CTL": inputs[0]["CTL"]}, *inputs[1:], SerialCommunicator(), 30.0, 30.0)
    assert {table.name for table in alone[1]} == {"domains_air_temperature", "domains_specific_humidity",
                                                  "rmsd_2m_air_temperature", "rmsd_2m_specific_humidity",
                                                  "rmsd_profile_air_temperature", "precipitation"}


def test_the_number_of_ranks_changes_nothing(inputs, scored):
    of_three = run_in_process(3, lambda rank: score_experiments(*inputs, rank, 30.0, 30.0))
    assert of_three[1:] == [None, None]
    assert str(of_three[0][1]) == str(scored[1])


def test_neither_order_nor_division_of_files_changes_anything(inputs, scored, tmp_path):
    """Each time of each forecast in a file of its own, files in reverse, rain as sums since the start."""
    divided = {}
    for name, (folder,) in inputs[0].items():
        (tmp_path / name).mkdir()
        for path in sorted(folder.iterdir()):
            whole = xarray.open_dataset(path).load()
            for lead in range(whole.sizes["time"]):
                one = whole.isel(time=[lead])
                rate = one["rainf"]
                one = one.drop_vars("rainf").assign(tp=(86400.0 * lead * rate if lead else 0.0 * rate).assign_attrs(units="mm"))
                one.to_netcdf(tmp_path / name / f"{path.stem}_{lead}.nc")
        divided[name] = sorted((tmp_path / name).iterdir(), reverse=True)
    found = score_experiments(divided, *inputs[1:], SerialCommunicator(), 30.0, 30.0)
    assert str(found[1]) == str(scored[1])


@pytest.mark.slow
def test_figures_are_there(inputs, tmp_path):
    done = evaluate_forecasts(*inputs, tmp_path, SerialCommunicator(), spacing=30.0, profile_spacing=30.0)
    names = {path.name for path in done.paths}
    assert {"rmsd_2m_air_temperature_000h.png", "rmsd_2m_specific_humidity_leads.png", "profile_air_temperature.png",
            "precipitation.png"} <= names


def test_what_one_lacks_is_left_out_for_all(world, tmp_path):
    (tmp_path / "short").mkdir()
    for path in sorted((world / "MT_ATSP").iterdir())[:4]:
        (tmp_path / "short" / path.name).symlink_to(path)
    done = CliRunner().invoke(cli, ["forecasts", f"CTL={world / 'CTL'}", f"MT_ATSP={tmp_path / 'short'}", "--analysis",
                                    str(world / "analyses.nc"), "-o", str(tmp_path / "out"), "--spacing", "30",
                                    "--profile-spacing", "30"], catch_exceptions=False)
    assert done.exit_code == 0
    assert f"{8 * 4 * 4} fields left out: MT_ATSP lacks them" in done.output  # starts, leads, fields


def test_a_field_in_other_units_is_refused(world, tmp_path):
    wrong = xarray.open_dataset(world / "analyses.nc").load()
    wrong["t2m"] = wrong["t2m"] - 273.15  # and no attribute tells
    wrong.to_netcdf(tmp_path / "celsius.nc")
    with pytest.raises(InputError, match="CTL: air_temperature at 2 m, 2022-07-01.*units"):
        score_experiments({"CTL": [world / "CTL"]}, [tmp_path / "celsius.nc"], [], SerialCommunicator(), 30.0, 30.0)


def test_units_of_files_are_converted(tmp_path):
    """One set of fields as SI units and in others; a unit that is none of its quantity is an error that names the variable."""
    times = FIRST + np.array([6, 12]).astype("timedelta64[h]")
    hybrid = {"hyam": ("lev", [0.02, 0.01, 0.0]), "hybm": ("lev", [0.1, 0.5, 1.0]), "P0": ((), 1.0e5)}
    ramp = np.arange(72.0).reshape(6, 12)
    fields = {"T": (250.0 + ramp, "K"), "Q": (1.0e-3 + 1.0e-4 * ramp, "kg kg-1"), "PS": (9.0e4 + ramp, "Pa"),
              "t2m": (280.0 + ramp, "K"), "rainf": (1.0e-5 * ramp, "kg m-2 s-1")}
    others = {"T": (1.0, -273.15, "degC"), "Q": (1.0e3, 0.0, "g/kg"), "PS": (0.01, 0.0, "hPa"), "t2m": (1.0, -273.15, "C"),
              "rainf": (3600.0, 0.0, "mm/h")}

    def read(name, units, **more):
        data = {}
        for key, (values, own) in fields.items():
            factor, offset, unit = units.get(key, (1.0, 0.0, own))
            dims, shape = (("time", "lev"), (2, 3, 6, 12)) if key in "TQ" else (("time",), (2, 6, 12))
            data[key] = (*dims, "lat", "lon"), np.broadcast_to(values * factor + offset, shape), {"units": unit}
        xarray.Dataset({**data, **hybrid, "forecast_reference_time": FIRST, **more},
                       {"time": times, "lat": LATITUDE, "lon": LONGITUDE}).to_netcdf(tmp_path / name)
        files, grid = ForecastFiles([tmp_path / name], remap_to), Grid.covering(30.0, south=-90.0)
        found = {slot: files.read(slot, grid) for slot in sorted(files.slots())}
        start = float(seconds_since(EPOCH, FIRST))
        return {**found, "rain": files._rain.between(start, start, start + 43200.0)[0]}

    expected = read("si.nc", {})
    assert np.isfinite(expected[Slot("specific_humidity", "50000 Pa", float(seconds_since(EPOCH, FIRST)), 6.0)]).all()
    assert expected["rain"][-1] == pytest.approx(0.71e-3 * 43200.0)
    for slot, values in read("others.nc", others, P0=((), 1000.0, {"units": "hPa"})).items():
        np.testing.assert_allclose(values, expected[slot], rtol=1e-12, err_msg=str(slot))
    for number, (key, unit) in enumerate((("T", "m"), ("rainf", "mm"), ("rainf", "W m-2"))):
        with pytest.raises(InputError, match=f"wrong{number}.nc: {key}: unit '{unit}' is not one of"):
            read(f"wrong{number}.nc", {key: (1.0, 0.0, unit)})


def test_names_of_variables_can_be_given(world, scored, tmp_path):
    """Other names in one experiment; what has the usual ones is found by these."""
    for file in sorted((world / "CTL").iterdir()):
        xarray.open_dataset(file).rename({"t2m": "TREFHT", "T": "temp", "rainf": "rate"}).to_netcdf(tmp_path / file.name)
    (tmp_path / "README.txt").write_text("What lies in a folder beside its files is left alone.")
    names = {"t2m": "TREFHT", "T": "temp", "rainf": "rate"}
    renamed = score_experiments({"CTL": [tmp_path], "MT_ATSP": [world / "MT_ATSP"]}, [world / "analyses.nc"],
                                [world / "gauges.nc"], SerialCommunicator(), 30.0, 30.0, named=names)
    assert [table.text() for table in renamed[1]] == [table.text() for table in scored[1]]
    done = CliRunner().invoke(cli, ["forecasts", f"CTL={tmp_path}", "--analysis", str(world / "analyses.nc"), "--name", "t=x"])
    assert done.exit_code == 2 and "is not KEY=NAME with one of the keys t2m" in done.output


def test_analyses_are_brought_to_the_terrain_of_the_model(world, tmp_path):
    """The model's ground is 300 m above that of the analyses, so its air may be 1.95 K colder."""
    for name, path, height, units in (("CTL", "CTL", 400.0, "m"), ("analyses", "analyses.nc", 980.665, "m2 s-2")):
        (tmp_path / name).mkdir()
        source = world / path
        for file in [source] if source.is_file() else sorted(source.iterdir()):
            own = xarray.open_dataset(file).load()
            if name == "CTL":
                own["t2m"] = own["t2m"] - 1.95
            own.to_netcdf(tmp_path / name / file.name)
        xarray.Dataset({"z": (("lat", "lon"), np.full((6, 12), height), {"units": units})}, {"lat": LATITUDE, "lon": LONGITUDE}
                       ).to_netcdf(tmp_path / name / "terrain.nc")
    found = score_experiments({"CTL": [tmp_path / "CTL"]}, [tmp_path / "analyses"], [], SerialCommunicator(), 30.0, 30.0)
    rows = table(found, "rmsd_2m_air_temperature")
    assert rows.rows[2][4:] == pytest.approx((1.0, 2.0, 3.0, 4.0), abs=1e-6) and "6.5 K" in rows.note
    assert table(found, "rmsd_2m_specific_humidity").rows[2][4] == pytest.approx(1.0, abs=1e-6)


def test_model_levels_are_brought_to_pressure(tmp_path):
    a, b = np.linspace(0.02, 0.0, 40), np.linspace(0.0, 1.0, 40)
    surface = np.full((1, 6, 12), 98000.0)
    pressure = a[:, None, None] * 1.0e5 + b[:, None, None] * surface[0]
    xarray.Dataset({"T": (("time", "lev", "lat", "lon"), 200.0 + 10.0 * np.log(pressure)[None]),
                    "PS": (("time", "lat", "lon"), surface), "hyam": ("lev", a), "hybm": ("lev", b), "P0": 1.0e5},
                   {"time": [FIRST], "lev": np.arange(40.0), "lat": LATITUDE, "lon": LONGITUDE}
                   ).to_netcdf(tmp_path / "model.nc")
    files, grid = ForecastFiles([tmp_path / "model.nc"], remap_to), Grid.covering(30.0, south=-90.0)
    start = float(seconds_since(EPOCH, FIRST))
    for level in PRESSURES:
        found = files.read(Slot("air_temperature", f"{level:g} Pa", start, 0.0), grid)
        if level > 98000.0:
            assert np.isnan(found).all()
        else:
            assert found == pytest.approx(200.0 + 10.0 * np.log(level), abs=1e-9)


def test_rain_that_adds_up_from_the_start(tmp_path):
    steps = np.arange(0, 49, 6).astype("timedelta64[h]").astype("timedelta64[ns]")
    total = np.broadcast_to((np.arange(9) * 1.0e-3)[None, :, None, None], (1, 9, 6, 12))
    xarray.Dataset({"tp": (("time", "step", "lat", "lon"), total)},
                   {"time": [FIRST], "step": steps, "lat": LATITUDE, "lon": LONGITUDE}).to_netcdf(tmp_path / "ifs.nc")
    files, grid = ForecastFiles([tmp_path / "ifs.nc"], remap_to), Grid.covering(30.0, south=-90.0)
    start = float(seconds_since(EPOCH, FIRST))
    assert files.rain_starts() == [start]
    assert files.daily_rain(start, 1, grid) == pytest.approx(4.0) and files.daily_rain(start, 2, grid) == pytest.approx(4.0)
    assert files.daily_rain(start, 3, grid) is None


def test_a_sum_that_falls_is_no_sum_since_the_start(tmp_path):
    steps = np.array([0, 24, 48]).astype("timedelta64[h]").astype("timedelta64[ns]")
    total = np.broadcast_to(np.array([0.0, 0.004, 0.003])[None, :, None, None], (1, 3, 6, 12))
    xarray.Dataset({"tp": (("time", "step", "lat", "lon"), total)},
                   {"time": [FIRST], "step": steps, "lat": LATITUDE, "lon": LONGITUDE}).to_netcdf(tmp_path / "ifs.nc")
    files, grid = ForecastFiles([tmp_path / "ifs.nc"], remap_to), Grid.covering(30.0, south=-90.0)
    with pytest.raises(InputError, match="-1 mm from 2022-07-02T00.* to 2022-07-03.*cannot fall"):
        files.daily_rain(files.rain_starts()[0], 2, grid)


def write_message(file, name, value, edition=2, **more):
    """Write a field of a forecast from 00 UTC on, the same everywhere but at the first point."""
    eccodes = pytest.importorskip("eccodes")
    handle = eccodes.codes_grib_new_from_samples(f"regular_ll_sfc_grib{edition}")
    for key, one in {"Ni": 12, "Nj": 7, "latitudeOfFirstGridPointInDegrees": 90.0, "latitudeOfLastGridPointInDegrees": -90.0,
                     "longitudeOfFirstGridPointInDegrees": 0.0, "longitudeOfLastGridPointInDegrees": 330.0,
                     "iDirectionIncrementInDegrees": 30.0, "jDirectionIncrementInDegrees": 30.0, "dataDate": 20220701,
                     "dataTime": 0, "centre": "ecmf", "bitsPerValue": 24, **more, "shortName": name}.items():
        eccodes.codes_set(handle, key, one)
    values = np.full(84, value)
    values[0] *= 1.5
    eccodes.codes_set_values(handle, values)
    eccodes.codes_write(handle, file)
    eccodes.codes_release(handle)


@pytest.mark.parametrize("edition", [1, 2])
@pytest.mark.parametrize(("name", "pieces", "days"), [
    ("tp", {"0-24": 0.004, "0-48": 0.010, "0-30": 0.005}, (4.0, 6.0, None)),  # IFS: since the start
    ("tp", {f"{hour}-{hour + 6}": 0.001 for hour in range(0, 48, 6)}, (4.0, 4.0, None)),  # single intervals
    ("cp", {"0-24": 0.001, "0-48": 0.002}, (3.0, 3.0, None)),  # with twice as much large-scale rain
], ids=["total", "intervals", "parts"])
def test_rain_in_grib(tmp_path, edition, name, pieces, days):
    with open(tmp_path / "rain.grib", "wb") as file:
        for steps, value in reversed(pieces.items()):  # in any order
            write_message(file, name, value, edition, stepType="accum", stepRange=steps)
            if name == "cp":
                write_message(file, "lsp", 2.0 * value, edition, stepType="accum", stepRange=steps)
    files, grid = ForecastFiles([tmp_path / "rain.grib"], remap_to), Grid.covering(30.0, south=-90.0)
    assert files.rain_starts() == [float(seconds_since(EPOCH, FIRST))]
    for day, expected in enumerate(days, 1):
        found = files.daily_rain(files.rain_starts()[0], day, grid)
        assert (found is None) if expected is None else (found[:-12] == pytest.approx(expected, rel=1e-6)), day


@pytest.mark.parametrize("edition", [1, 2])
def test_terrain_in_grib(tmp_path, edition):
    with open(tmp_path / "analysis.grib", "wb") as file:
        write_message(file, "z", 2941.995, edition)  # m2 s-2
        write_message(file, "2t", 280.0, edition)
    files, grid = ForecastFiles([tmp_path / "analysis.grib"], remap_to), Grid.covering(30.0, south=-90.0)
    assert [slot.quantity for slot in files.slots()] == ["air_temperature"]
    assert files.terrain(grid)[:-12] == pytest.approx(300.0, rel=1e-6)


def test_regional_files_leave_the_rest_out(tmp_path):
    latitude, longitude = np.arange(70.0, 29.0, -5.0), np.arange(-25.0, 41.0, 5.0)
    field = latitude[:, None] + 0.1 * longitude
    xarray.Dataset({"t2m": (("time", "latitude", "longitude"), 250.0 + field[None])},
                   {"time": [FIRST], "latitude": latitude, "longitude": longitude}).to_netcdf(tmp_path / "europe.nc")
    files, grid = ForecastFiles([tmp_path / "europe.nc"], remap_to), Grid.covering(5.0, south=-90.0)
    found = files.read(files.slots()[0], grid)
    north, east = (axis.ravel() for axis in np.meshgrid(grid.latitudes, grid.longitudes, indexing="ij"))
    inside = (north >= 27.5) & (north <= 72.5) & (east >= -27.5) & (east <= 42.5)
    np.testing.assert_array_equal(np.isfinite(found), inside)
    deep = inside & (np.abs(north - 50.0) < 20.0) & (np.abs(east - 7.5) < 32.5)
    assert found[deep] == pytest.approx(250.0 + north[deep] + 0.1 * east[deep])


@pytest.mark.parametrize("sphere", [CubedSphere(6), CubedSphere.cells(18)], ids=lambda sphere: sphere.name)
def test_forecasts_on_a_cubed_sphere(tmp_path, sphere):
    """In the order of the package or any other; rain keeps its sum."""
    order = np.random.default_rng(1).permutation(sphere.n_columns)
    latitude, longitude = np.radians(sphere.latitude), np.radians(sphere.longitude)
    field = 280.0 + 10.0 * np.cos(latitude) ** 2 * np.cos(2.0 * longitude)
    rain = np.where(np.cos(latitude) * np.cos(longitude) > 0.5, 8.0, 0.0) / 86400.0
    grid, start = Grid.covering(10.0, south=-90.0), float(seconds_since(EPOCH, FIRST))
    north, east = (axis.ravel() for axis in np.meshgrid(*map(np.radians, (grid.latitudes, grid.longitudes)), indexing="ij"))
    times, found = FIRST + np.array([0, 24], "timedelta64[h]"), []
    for name, place in (("own", slice(None)), ("other", order)):
        fields = {key: (("time", "ncol"), np.stack([values[place]] * 2)) for key, values in (("t2m", field), ("rainf", rain))}
        xarray.Dataset({**fields, "lat": ("ncol", sphere.latitude[place]), "lon": ("ncol", sphere.longitude[place]),
                        "forecast_reference_time": FIRST}, {"time": times}).to_netcdf(tmp_path / f"{name}.nc")
        files = ForecastFiles([tmp_path / f"{name}.nc"], remap_to)
        found.append((files.read(Slot("air_temperature", TWO_METRES, start, 24.0), grid), files.daily_rain(start, 1, grid)))
    np.testing.assert_array_equal(found[0], found[1])
    temperature, daily = found[0]
    assert temperature == pytest.approx(280.0 + 10.0 * np.cos(north) ** 2 * np.cos(2.0 * east), abs=0.5)
    mean = np.average(daily, weights=np.repeat(grid.cell_area, grid.n_columns))
    assert mean == pytest.approx(86400.0 * np.average(rain, weights=sphere.area), rel=1e-12)


def test_columns_of_no_known_sphere_give_the_nearest():
    columns = SourceGrid(np.array([50.0, 40.0, -30.0]), np.array([-130.0, 60.0, 300.0]), True)
    found = remap_to(columns, Grid.covering(90.0, south=-90.0), "bilinear")(np.array([1.0, 2.0, 3.0]))
    assert found.reshape(2, 4)[1].tolist() == [1.0, 1.0, 2.0, 2.0] and found.reshape(2, 4)[0, 1] == 3.0


def test_land_cells_of_a_grid_leave_the_sea_out(tmp_path):
    """Columns of a coupled run are cells of a grid: a point takes the cell that it is in, and none where there is no land."""
    own = Grid(3, 4, 10.0, -10.0, 170.0)  # across the date line
    cell = np.array([1, 6, 11])
    latitude, longitude = own.positions(cell)
    values = np.array([1.0, 2.0, 3.0])
    both = ("time", "ncol")
    xarray.Dataset({"t2m": (both, 280.0 + np.stack([values] * 2)), "rainf": (both, [values / 86400.0] * 2),
                    "cell": ("ncol", cell), "lat": ("ncol", latitude), "lon": ("ncol", longitude),
                    "forecast_reference_time": FIRST}, {"time": FIRST + np.array([0, 24], "timedelta64[h]")},
                   {"grid_rows": 3, "grid_columns": 4, "grid_resolution": 10.0, "grid_south": -10.0, "grid_west": 170.0}
                   ).to_netcdf(tmp_path / "land.nc")
    files, grid = ForecastFiles([tmp_path / "land.nc"], remap_to), Grid.covering(5.0, south=-90.0)
    for found in (files.read(Slot("air_temperature", TWO_METRES, files.rain_starts()[0], 24.0), grid) - 280.0,
                  files.daily_rain(files.rain_starts()[0], 1, grid)):
        assert np.isfinite(found).sum() == 3 * 4
        places = np.flatnonzero(np.isfinite(found))
        for value, north, east in zip(values, latitude, longitude):
            row, column = np.divmod(places[np.isclose(found[places], value)], grid.n_columns)
            assert grid.latitudes[row] == pytest.approx(np.repeat([north - 2.5, north + 2.5], 2))
            assert np.abs((grid.longitudes[column] - east + 180.0) % 360.0 - 180.0) == pytest.approx(2.5)


def test_humidity_of_the_ifs():
    assert humidity_of_dewpoint(273.16, 1.0e5) == pytest.approx(0.62198 * 611.21 / (1.0e5 - 0.37802 * 611.21))
    assert humidity_of_relative(1.0, 280.0, 9.0e4) == pytest.approx(humidity_of_dewpoint(280.0, 9.0e4))
    assert dewpoint_of_humidity(humidity_of_dewpoint(288.0, 9.0e4), 9.0e4) == pytest.approx(288.0, rel=1e-13)
    assert humidity_of_relative(1.0, 240.0, 9.0e4) < humidity_of_dewpoint(240.0, 9.0e4)  # over ice


def test_real_forecast_levels(shared_data):
    files = ForecastFiles([shared_data / "data/products/ecmwf_grib/ifs_fc_pl_10deg_20240603.grib"], remap_to)
    grid = Grid.covering(10.0, south=-90.0)
    slots = [slot for slot in files.slots() if slot.quantity == "specific_humidity" and slot.vertical == "85000 Pa"]
    assert {slot.lead for slot in slots} == {0.0, 6.0} and len(slots) == 8
    found = files.read(slots[0], grid).reshape(grid.n_rows, grid.n_columns)
    assert 0.0 < found.min() and found.max() < 0.025 and found[8:10].mean() > 5.0 * found[:2].mean()


def test_land_of_the_outline():
    grid = Grid.covering(2.0, south=-90.0)
    land = land_of_outline(grid.latitudes, grid.longitudes)
    weights = np.cos(np.radians(grid.latitudes))[:, None] * np.ones_like(land)
    assert (weights * land).sum() / weights.sum() == pytest.approx(0.29, abs=0.01)
