"""Atmospheres alone: files on columns and what is refused of them, generated weather over a land that reacts, observations."""

import h5netcdf
import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.config import load_config
from landda_hpc.coupling.atmosphere import FORCING, AtmosphereColumns, Outputs, Series
from landda_hpc.coupling.column_files import NamedField, read_series
from landda_hpc.coupling.column_places import read_columns, read_limits
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.cubed_sphere_file import ColumnField, write_columns
from landda_hpc.coupling.describe_columns import describe_columns
from landda_hpc.coupling.exchange_files import write_forcing
from landda_hpc.coupling.file_atmosphere import ColumnSource
from landda_hpc.coupling.maps import to_columns, to_points
from landda_hpc.coupling.observe import SurfaceObservations
from landda_hpc.coupling.remap import Remap
from landda_hpc.domain.dataset import read_domain
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.open_atmosphere import open_atmosphere

START, HOUR = np.datetime64("2022-07-01T00:00:00", "s"), np.timedelta64(3600, "s")
GOOD = {"tair": 290.0, "qair": 0.006, "uwind": 3.0, "vwind": 1.0, "psurf": 95000.0, "swdown": 150.0, "lwdown": 320.0,
        "rainf": 2.0e-5}
N_TIMES, N_COLUMNS, N_LEVELS = 13, 5, 3


def series(n_times=N_TIMES, n_columns=N_COLUMNS):
    """A series whose numbers all differ."""
    ramp = 1.0 + 0.001 * np.arange(n_times * n_columns).reshape(n_times, n_columns) / (n_times * n_columns)
    return Series(START + np.arange(n_times) * HOUR, {name: value * ramp for name, value in GOOD.items()})


def write(path, data, dims=("time", "ncol"), names=None, times=None, **attributes):
    """Write a file of columns as another model would."""
    names = names or {}
    with h5netcdf.File(path, "w") as file:
        times = data.time if times is None else times
        file.dimensions = {"time": len(times), "ncol": data.fields["tair"].shape[1], "lev": N_LEVELS}
        clock = file.create_variable("time", ("time",), np.float64, data=(times - START) / HOUR)
        clock.attrs["units"] = f"hours since {str(START).replace('T', ' ')}"
        for name, values in (("lat", np.linspace(-20.0, 20.0, data.fields["tair"].shape[1])),
                             ("lon", np.linspace(0.0, 40.0, data.fields["tair"].shape[1]))):
            file.create_variable(name, ("ncol",), np.float64, data=values)
        for name, values in data.fields.items():
            own = dims if name in ("tair", "qair") else ("time", "ncol")
            if "lev" in own:  # the lowest level is the last one
                values = np.stack([values - 50.0 * values / 290.0, values, values], axis=1)
                values[:, 0] *= 0.5
                values = values if own == ("time", "lev", "ncol") else values.transpose(0, 2, 1)
            file.create_variable(names.get(name, name), own, np.float64, data=values).attrs["units"] = FORCING[name].units
    return path


@pytest.mark.parametrize("dims", [("time", "ncol"), ("time", "lev", "ncol"), ("time", "ncol", "lev")])
def test_columns_are_read_in_any_order_and_by_other_names(tmp_path, dims):
    data = series()
    path = write(tmp_path / "a.nc", data, dims, {"tair": "T", "qair": "hus", "psurf": "my_pressure"})
    found = read_series(path, START + 2 * HOUR, START + 8 * HOUR, {"psurf": NamedField("my_pressure")})
    for name, values in data.fields.items():
        np.testing.assert_array_equal(found.fields[name], values[2:9])


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4"])
def test_columns_are_read_from_every_form_of_netcdf(tmp_path, form):
    data = series()
    with xarray.open_dataset(write(tmp_path / "a.nc", data, ("time", "lev", "ncol"))) as own:
        packed = {"dtype": "i2", "scale_factor": 1.0e-3, "add_offset": 290.0, "_FillValue": -32768}
        own.load().to_netcdf(tmp_path / "b.nc", format=form, engine="netcdf4", encoding={"tair": packed})
    read = read_series(tmp_path / "b.nc", START + 2 * HOUR, START + 6 * HOUR)
    np.testing.assert_allclose(read.fields["tair"], data.fields["tair"][2:7], atol=0.5e-3)
    np.testing.assert_array_equal(read.fields["psurf"], data.fields["psurf"][2:7])
    np.testing.assert_array_equal(read_columns(tmp_path / "b.nc").latitude, np.linspace(-20.0, 20.0, N_COLUMNS))


@pytest.mark.parametrize(("beside", "upward"), [
    ({}, False), ({"hybm": [0.1, 0.6, 0.99]}, False), ({"hybm": [0.99, 0.6, 0.1]}, True),
    ({"lev": [150.0, 600.0, 990.0]}, False), ({"lev": [990.0, 600.0, 150.0]}, True), ({"lev": [20.0, 500.0, 9000.0]}, True)])
def test_the_lowest_level_is_found_whichever_way_levels_count(tmp_path, beside, upward):
    data = series()
    path = write(tmp_path / "a.nc", data, ("time", "lev", "ncol"))
    with h5netcdf.File(path, "a") as file:
        for name, values in beside.items():
            level = file.create_variable(name, ("lev",), np.float64, data=np.array(values))
            level.attrs["positive"] = "up" if values[-1] == 9000.0 else "down"
        for name in ("tair", "qair"):
            values = file[name][...]
            file[name][...] = values[:, ::-1] if upward else values
    read = read_series(path, START + 2 * HOUR, START + 6 * HOUR)
    for name in ("tair", "qair"):
        np.testing.assert_array_equal(read.fields[name], data.fields[name][2:7])


def test_units_are_converted(tmp_path):
    data = series()
    path = write(tmp_path / "a.nc", data)
    with h5netcdf.File(path, "a") as file:
        file["psurf"].attrs["units"], file["psurf"][...] = "hPa", data.fields["psurf"] / 100.0
        file["rainf"].attrs["units"], file["rainf"][...] = "mm day-1", data.fields["rainf"] * 86400.0
    found = read_series(path, START, START + 6 * HOUR)
    for name in ("psurf", "rainf"):
        np.testing.assert_allclose(found.fields[name], data.fields[name][:7], rtol=1e-14)


def spoil(path, name, row, column, value):
    with h5netcdf.File(path, "a") as file:
        file[name][row, column] = value


REFUSED = {"tair": (400.0, "tair is not within 170 to 340 K in 1 of .* first 400 at 2022-07-01T03:00:00 UTC in column 2"),
           "psurf": (np.nan, "psurf is missing or no number"), "swdown": (-5.0, "swdown is not within"),
           "rainf": (-1.0e-5, "rainf is not within")}


@pytest.mark.parametrize("name", REFUSED)
def test_impossible_values_are_refused(tmp_path, name):
    path = write(tmp_path / "a.nc", series())
    value, message = REFUSED[name]
    spoil(path, name, 3, 2, value)
    with pytest.raises(InputError, match=message):
        read_series(path, START, START + 6 * HOUR)
    read_series(path, START + 4 * HOUR, START + 10 * HOUR)


def test_what_packing_leaves_of_no_rain_is_none(tmp_path):
    path = write(tmp_path / "a.nc", series())
    spoil(path, "rainf", 3, 2, -5.0e-7)
    assert read_series(path, START, START + 6 * HOUR).fields["rainf"][3, 2] == 0.0


def test_means_of_the_interval_before_the_window_are_not_needed(tmp_path):
    path = write(tmp_path / "a.nc", series())
    spoil(path, "rainf", 6, 0, np.nan)
    read_series(path, START + 6 * HOUR, START + 12 * HOUR)
    with pytest.raises(InputError, match="rainf is missing"):
        read_series(path, START, START + 6 * HOUR)


def test_gaps_overlaps_and_lacking_fields_are_refused(tmp_path):
    data = series()
    times = data.time.copy()
    times[4:] += HOUR
    gap = write(tmp_path / "gap.nc", data, times=times)
    with pytest.raises(InputError, match="time has a gap between 2022-07-01T03:00:00 and 2022-07-01T05:00:00"):
        read_series(gap, START, START + 6 * HOUR)
    with pytest.raises(InputError, match="time does not cover"):
        read_series(gap, START, START + 24 * HOUR)
    first = write(tmp_path / "a.nc", data)
    with pytest.raises(InputError, match="time has an overlap"):
        read_series([first, gap], START, START + 3 * HOUR)
    lacking = write(tmp_path / "b.nc", data, names={"lwdown": "unknown"})
    with pytest.raises(InputError, match="b.nc: lwdown is missing; none of lwdown, rlds, FLDS is among"):
        read_series(lacking, START, START + 6 * HOUR)


def test_windows_are_taken_from_the_file_that_begins_with_them_or_put_together(tmp_path):
    data = series()
    early = write(tmp_path / "a.nc", Series(data.time[:9], {name: values[:9] for name, values in data.fields.items()}))
    late = write(tmp_path / "b.nc", Series(data.time[9:], {name: values[9:] for name, values in data.fields.items()}))
    source = ColumnSource([early, late], {}, SerialCommunicator())
    found = source.series(START + 6 * HOUR, START + 12 * HOUR)
    np.testing.assert_array_equal(found.fields["tair"], data.fields["tair"][6:])
    newer = write(tmp_path / "c.nc", Series(data.time[6:], {name: 1.0001 * values[6:] for name, values in data.fields.items()}))
    found = ColumnSource([early, late, newer], {}, SerialCommunicator()).series(START + 6 * HOUR, START + 12 * HOUR)
    np.testing.assert_array_equal(found.fields["tair"], 1.0001 * data.fields["tair"][6:])


def test_files_of_other_columns_are_refused(tmp_path):
    data = series()
    early = write(tmp_path / "a.nc", Series(data.time[:7], {name: values[:7] for name, values in data.fields.items()}))
    late = write(tmp_path / "b.nc", Series(data.time[7:], {name: values[7:] for name, values in data.fields.items()}))
    with h5netcdf.File(late, "a") as file:
        file["lat"][...] = file["lat"][...][::-1]
    source = ColumnSource([early, late], {}, SerialCommunicator())
    source.series(START, START + 6 * HOUR)
    with pytest.raises(InputError, match="b.nc: its 5 columns are not the 5 of .*a.nc"):
        source.series(START + 6 * HOUR, START + 12 * HOUR)


# ---- exchange with a cubed sphere


@pytest.fixture
def domain(tmp_path):
    (tmp_path / "run.yaml").write_text("run: {start: 2022-07-01, end: 2022-07-02, time_step: 1h}\n"
                                       "domain: {file: 5deg, region: [-30, -10, 115, 145]}\n"
                                       "atmosphere: {kind: weather}\n")
    return configured_domain(load_config(tmp_path / "run.yaml").domain, tmp_path)


def test_nodes_in_another_order_exchange_the_same(tmp_path, domain):
    """The file of a cubed sphere says where its nodes are; their order does not matter."""
    sphere = CubedSphere(4)
    shuffled = np.random.default_rng(1).permutation(sphere.n_columns)
    data, fields = series(7, sphere.n_columns), {}
    for name, order in (("own", np.arange(sphere.n_columns)), ("shuffled", shuffled)):
        columns = AtmosphereColumns(sphere.latitude[order], sphere.longitude[order], sphere.area[order],
                                    np.ones(sphere.n_columns, bool))
        path = tmp_path / f"{name}.nc"
        write_forcing(path, Series(data.time, {key: values[:, order] for key, values in data.fields.items()}), columns, {})
        read = read_columns(path)
        assert read.grid == sphere
        remap = to_points(read, domain.points)
        found = read_series(path, START, START + 6 * HOUR)
        fields[name] = [remap(key, found.fields[key]) for key in FORCING]
        theta = np.linspace(0.1, 0.4, 4 * domain.n_total).reshape(4, -1)
        fields[name].append(to_columns(domain, read)(theta)[:, np.argsort(order)])
    for one, other in zip(fields["own"], fields["shuffled"]):
        np.testing.assert_array_equal(one, other)
    assert fields["own"][0].shape == (7, domain.n_total) and 289.0 < fields["own"][0].min() < fields["own"][0].max() < 291.0


def test_choices_of_how_soil_moisture_is_remapped(domain):
    """Each choice is the remapping of that name among the land of the domain, at the columns that there are."""
    sphere = CubedSphere(12)
    place = np.flatnonzero((np.abs(sphere.latitude + 20.0) < 8.0) & (np.abs(sphere.longitude - 130.0) < 12.0))[::-1]
    soil = np.where(place % 2, 3, 99)  # no cell has the class 99
    columns = AtmosphereColumns(sphere.latitude[place], sphere.longitude[place], sphere.area[place], place % 5 > 0, sphere,
                                place, soil)
    land, own = domain.on_grid(np.ones(domain.n_total), 0.0).ravel(), domain.on_grid(domain.fields["soil_class"], -1).ravel()
    wanted = np.full(sphere.n_columns, -2)
    wanted[place] = soil
    theta = np.random.default_rng(1).random((4, domain.n_total))
    cells = np.array([domain.on_grid(layer, np.nan).ravel() for layer in theta])
    for choice in ("conservative", "bilinear", "nearest", "same_class", "nearest_class"):
        classes = (own, wanted) if "class" in choice else ()
        expected = getattr(Remap, choice)(domain.grid, sphere, land, *classes).apply(cells)[:, place]
        found = to_columns(domain, columns, choice)(theta)
        assert np.isfinite(found).any()
        np.testing.assert_array_equal(found, np.where(columns.land, expected, np.nan))
        if choice == "same_class":  # the nodes are not twice as large as the cells
            np.testing.assert_array_equal(to_columns(domain, columns)(theta), found)
    coarse = AtmosphereColumns(*map(np.array, ([-20.0, -20.0], [121.0, 139.0], [0.05, 0.05], [True, True])))  # on no grid
    west, weights = domain.points.longitude < 130.0, np.cos(np.deg2rad(domain.points.latitude))
    mean = [np.average(theta[:, half], weights=weights[half], axis=1) for half in (west, ~west)]
    np.testing.assert_allclose(to_columns(domain, coarse)(theta), np.transpose(mean), rtol=1e-12)
    for columns, choice, message in ((coarse, "conservative", "needs the outlines"), (coarse, "same_class", "soil classes")):
        with pytest.raises(ConfigError, match=f"atmosphere.sm_remap: {choice}.*{message}"):
            to_columns(domain, columns, choice)


def test_limits_of_the_soils_of_columns(tmp_path):
    sphere = CubedSphere(1)
    porosity, land = np.full(56, 0.45), np.ones(56)
    porosity[3], land[3] = 0.0, 0.0
    fields = {"porosity": ColumnField(porosity, "m3 m-3"), "land": ColumnField(land, "1")}
    write_columns(tmp_path / "columns.nc", sphere, fields)
    least, most = read_limits(tmp_path / "columns.nc")
    assert np.isnan([least[3], most[3]]).all() and (least[:3] == 0.02).all() and (most[:3] == 0.45).all()
    porosity[7] = 0.01
    write_columns(tmp_path / "columns.nc", sphere, fields)
    with pytest.raises(InputError, match="1 land columns have no limits .* first column 7 from 0.02 to porosity 0.01"):
        read_limits(tmp_path / "columns.nc")
    write_columns(tmp_path / "columns.nc", sphere, {})
    assert read_limits(tmp_path / "columns.nc") is None


# ---- generated weather


def test_wet_soil_makes_the_air_cooler_and_moister(tmp_path, domain):
    atmosphere = open_atmosphere(load_config(tmp_path / "run.yaml"), tmp_path, SerialCommunicator())
    columns = atmosphere.describe().columns
    restart = atmosphere.cold_start(START - 3 * HOUR)
    outputs = Outputs((START, START + 6 * HOUR))
    found = {}
    for name, theta in (("dry", 0.08), ("wet", 0.38)):
        handed = np.full((4, columns.n_columns), theta)
        found[name] = atmosphere.run(restart, START - 3 * HOUR, START + 9 * HOUR, handed, outputs=outputs)
    dry, wet = found["dry"].forcing.fields, found["wet"].forcing.fields
    assert (wet["t2m"][-1] < dry["t2m"][-1]).mean() > 0.9 and (wet["q2m"][-1] > dry["q2m"][-1]).mean() > 0.9
    assert 0.05 < (dry["t2m"][-1] - wet["t2m"][-1]).mean() < 5.0
    np.testing.assert_array_equal(wet["swdown"][1:], dry["swdown"][1:])


def test_a_restart_continues_to_the_same_bits(tmp_path, domain):
    config = load_config(tmp_path / "run.yaml")
    atmosphere = open_atmosphere(config, tmp_path, SerialCommunicator())
    outputs = Outputs((START, START + 6 * HOUR), (START + 3 * HOUR,))
    whole = atmosphere.run(atmosphere.cold_start(START - 3 * HOUR), START - 3 * HOUR, START + 9 * HOUR, outputs=outputs)
    atmosphere.save(whole.restarts[START + 3 * HOUR], tmp_path / "restart.h5")
    other = open_atmosphere(config, tmp_path, SerialCommunicator())
    later = other.run(other.load(tmp_path / "restart.h5"), START + 3 * HOUR, START + 9 * HOUR,
                      outputs=Outputs((START + 3 * HOUR, START + 6 * HOUR)))
    for name, field in whole.restart.fields.items():
        np.testing.assert_array_equal(later.restart.fields[name].values, field.values)
    np.testing.assert_array_equal(later.forcing.fields["tair"], whole.forcing.fields["tair"][3:])
    np.testing.assert_array_equal(later.forcing.fields["rainf"][1:], whole.forcing.fields["rainf"][4:])


def test_observations_have_equivalents(tmp_path, domain):
    atmosphere = open_atmosphere(load_config(tmp_path / "run.yaml"), tmp_path, SerialCommunicator())
    columns = atmosphere.describe().columns
    outputs = Outputs(trajectory=(START, START + 3 * HOUR))
    run = atmosphere.run(atmosphere.cold_start(START), START, START + 3 * HOUR, outputs=outputs)
    time = START + np.array([0, 5400, 10800]) * np.timedelta64(1, "s")
    observed = SurfaceObservations("t2m", columns.latitude[:3] + 0.1, columns.longitude[:3], time)
    t2m = run.trajectory.fields["t2m"]
    expected = [t2m[0, 0], 0.5 * (t2m[1, 1] + t2m[2, 1]), t2m[3, 2]]
    np.testing.assert_allclose(atmosphere.observe(run.trajectory, observed), expected, rtol=1e-14)
    with pytest.raises(InputError, match="outside of the trajectory"):
        atmosphere.observe(run.trajectory, observed._replace(time=time + HOUR))


def test_a_wind_over_the_pole_stays_one():
    """Rotation about an axis in the plane of the equator: its components turn round the pole, where scalars would cancel."""
    sphere, domain = CubedSphere(8), read_domain("5deg")
    columns = AtmosphereColumns(sphere.latitude, sphere.longitude, sphere.area, np.ones(sphere.n_columns, bool), sphere,
                                np.arange(sphere.n_columns))

    def rotation(latitude, longitude):
        north, east = np.deg2rad(latitude), np.deg2rad(longitude)
        return -10.0 * np.sin(north) * np.cos(east), 10.0 * np.sin(east)

    remap = to_points(columns, domain.points)
    found = remap.wind(*rotation(sphere.latitude, sphere.longitude))
    for component, wanted in zip(found, rotation(domain.points.latitude, domain.points.longitude)):
        np.testing.assert_allclose(component, wanted, atol=0.06)


def test_files_on_columns_are_described(tmp_path):
    """What `landda forcing info` tells of them: the grid, fields by their names in the file, and what a run would lack."""
    sphere = CubedSphere(2)
    place = np.random.default_rng(2).permutation(sphere.n_columns)
    columns = AtmosphereColumns(sphere.latitude[place], sphere.longitude[place], sphere.area[place], place % 3 > 0)
    data = series(7, sphere.n_columns)
    write_forcing(tmp_path / "met.nc", data, columns, {})
    text, fine = describe_columns([tmp_path / "met.nc"])
    assert fine and f"218 columns of {sphere.describe()}, 145 of them land" in text and "7, 2022-07-01T00:00:00 to" in text
    text, fine = describe_columns([tmp_path / "met.nc"], {"tair": NamedField("T_low"), "rainf": NamedField("rainf", "mm")})
    assert not fine and "it lacks tair, rainf: name them" in text and "an amount over an interval" in text
    done = CliRunner().invoke(cli, ["forcing", "info", str(tmp_path)])
    assert done.exit_code == 0 and "a run takes  tair, qair, uwind, vwind, psurf, swdown, lwdown, rainf" in done.output
