"""The coupled cycle: what is handed over when, what may not be, chains of runs, and the kinds of atmosphere."""

import sys
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray

from landda_hpc.config import load_config
from landda_hpc.coupling.atmosphere import AtmosphereColumns, Series
from landda_hpc.coupling.column_places import read_columns
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.cubed_sphere_file import ColumnField, write_columns
from landda_hpc.coupling.exchange_files import write_forcing
from landda_hpc.coupling.maps import to_columns, to_points
from landda_hpc.coupling.sphere_domain import domain_on_sphere
from landda_hpc.domain.grid import EARTH_RADIUS
from landda_hpc.errors import CheckpointStop, ConfigError, InputError
from landda_hpc.observations.batch import seconds_of
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.references.forecast_files import ForecastFiles
from landda_hpc.times import seconds_since
from landda_hpc.workflow import coupled_cycle
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.export_weather import export_weather
from landda_hpc.workflow.inspect import describe_file
from landda_hpc.workflow.run import run
from tests.mpi.conftest import differing_datasets
from tests.workflow.test_assimilation import Setting

CONFIGURATION = """
run: {name: ref, start: 2022-07-01, end: 2022-07-01T18:00, time_step: 1h}
domain: {file: 5deg, region: [-30, -10, 115, 145]}
ensemble: {size: 3}
atmosphere: {kind: weather, forecasts: [0, 12], forecast_length: 1d}
output: {interval: 3h, variables: [soil_moisture, air_temperature, precipitation], precision: float64}
restart: {interval: 6h}
log: {progress: false}
"""
START, HOUR = np.datetime64("2022-07-01T00:00:00"), np.timedelta64(3600, "s")
PROGRAM = Path(__file__).parents[1] / "coupling" / "program.py"


class Case:
    """Runs of one configuration in a folder."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "run.yaml").write_text(CONFIGURATION)

    def run(self, name, *changes, **options):
        config = load_config(self.folder / "run.yaml", (f"run.name={name}", *changes))
        run(config, SerialCommunicator(), self.folder, **options)
        return self.folder / "runs" / name

    def history(self, name):
        return xarray.load_dataset(self.folder / "runs" / name / "history.nc")


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Case(tmp_path)


def files_of(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.suffix in (".nc", ".h5", ".restart"))


def assert_same(first, second):
    """Two run folders hold the same files with the same datasets."""
    assert files_of(first) and files_of(first) == files_of(second)
    for name in files_of(first):
        if name.suffix == ".restart":
            assert (first / name).read_bytes() == (second / name).read_bytes()
        else:
            assert differing_datasets(first / name, second / name) == [], name


def exchanged(folder, name):
    with h5netcdf.File(folder / "exchange" / name) as file:
        return {key: file[key][...] for key in file.variables}


# ---- the time line


class Witness:
    """An atmosphere that notes what it is asked."""

    def __init__(self, inner):
        self._inner, self.calls = inner, []

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=None):
        self.calls.append((restart.scalars["time"], t0, t1, soil_moisture, outputs))
        return self._inner.run(restart, t0, t1, soil_moisture, increments, outputs)


def test_every_cycle_uses_what_belongs_to_it(case, monkeypatch):
    """T21: soil moisture of T - 3 h, restart of T - 3 h, run to T + 9 h, forcing T to T + 6 h of the cycle at T."""
    witnesses, make = [], coupled_cycle.open_atmosphere
    monkeypatch.setattr(coupled_cycle, "open_atmosphere",
                        lambda *given: witnesses.append(Witness(make(*given))) or witnesses[0])
    folder = case.run("ref", "run.end=2022-07-02T00:00", "atmosphere.forecasts=[]")
    history = case.history("ref")
    cell = np.flatnonzero(history["soil_moisture"].isel(time=0, layer=0).notnull().values.ravel())
    for number, (restart, t0, t1, theta, outputs) in enumerate(witnesses[0].calls):
        cycle = START + 6 * number * HOUR
        assert (np.datetime64(restart), t0, t1) == (cycle - 3 * HOUR, cycle - 3 * HOUR, cycle + 9 * HOUR)
        assert outputs.forcing == (cycle, cycle + 6 * HOUR) and outputs.restarts == (cycle + 3 * HOUR,)
        if number == 0:
            assert theta is None
            continue
        mean = history["soil_moisture"].sel(time=cycle - 3 * HOUR).values.reshape(4, -1)[:, cell]
        np.testing.assert_array_equal(theta, mean)
    assert len(witnesses[0].calls) == 5
    for number in range(4):
        cycle = START + 6 * number * HOUR
        tair = exchanged(folder, f"forcing_20220701T{6 * number:02d}.nc")["tair"]
        middle = 0.5 * (tair[:-1] + tair[1:])
        for part in (0, 1):
            seen = history["air_temperature"].sel(time=cycle + (3 + 3 * part) * HOUR).values.ravel()[cell]
            np.testing.assert_allclose(seen, middle[3 * part:3 * part + 3].mean(axis=0), rtol=1e-14)


#: Experiments that assimilate, by what they leave out.
EXPERIMENTS = {"SG_AT": ("sensors.smap=null",), "SG_SP": ("sensors.ascat=null",), "MT_ATSP": ()}
WET = {"ascat": 75.0, "smap": 0.3}
#: Seconds from the hand-over of 09 UTC to an observation, and the hour of the analysis that uses it; none is lost.
LATE = {1.0: 10, 1799.0: 10, 3600.0: 10, 7200.0: 11, 10800.0: 12}
EARLY = {-3600.0: 8, -1.0: 9, 0.0: 9}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_late_observations_reach_the_atmosphere_one_cycle_later(tmp_path, monkeypatch, experiment):
    """T21: those of (T - 3 h, T] change the land at T and nothing of the atmosphere of T, those up to T - 3 h change it.

    One just after T - 3 h is nearest to the analysis of that time and must be left to the next.
    """
    monkeypatch.chdir(tmp_path)
    setting = Setting(tmp_path, *EXPERIMENTS[experiment], "atmosphere={kind: weather}", "restart.interval=6h",
                      "run.end=2022-07-10T18:00")
    (tmp_path / "observations").mkdir()
    setting.run("run.name=none")
    hand_over = float(seconds_of(np.datetime64("2022-07-10T09:00:00")))
    sensors = [sensor for sensor in WET if getattr(setting.config.sensors, sensor) is not None]
    late, early = [], []
    for name, hours, offsets in (("late", LATE, late), ("early", EARLY, early)):
        offsets += [list(hours)[point % len(hours)] for point in range(setting.n_points)]
        for sensor in sensors:
            setting.observe(sensor, [(point, WET[sensor], hand_over + offset) for point, offset in enumerate(offsets)])
        setting.run(f"run.name={name}")
        cycle = setting.cycle("2022-07-10T12", name)
        assert len(cycle["cell"]) == len(sensors) * setting.n_points
        analysed = np.array([hours[offset] for offset in np.round(cycle["time"] - hand_over)])
        np.testing.assert_array_equal(cycle["analysis_time"] - hand_over, 3600.0 * (analysed - 9))
        used = {offset for offset, code in zip(cycle["time"] - hand_over, cycle["code"]) if code == 0}
        assert used == set(hours)
    files = {name: {key: exchanged(tmp_path / "runs" / name, key) for key in
                    ("soil_moisture_20220710T09.nc", "forcing_20220710T12.nc", "forcing_20220710T18.nc")}
             for name in ("none", "late", "early")}
    for key in ("soil_moisture_20220710T09.nc", "forcing_20220710T12.nc"):
        for field, values in files["none"][key].items():
            np.testing.assert_array_equal(files["late"][key][field], values)
    restarts = (tmp_path / "runs" / name / "exchange" / "atmosphere_20220710T12_+03h.h5" for name in ("none", "late"))
    assert differing_datasets(*restarts) == []
    soil = {name: setting.history(name)["soil_moisture"].sel(time="2022-07-10T12:00").values for name in files}
    for name, key in (("late", "forcing_20220710T18.nc"), ("early", "forcing_20220710T12.nc")):
        assert np.nanmax(np.abs(soil[name] - soil["none"])) > 1e-3
        assert np.abs(files[name][key]["tair"] - files["none"][key]["tair"]).max() > 1e-6
    handed = np.abs(np.diff([files[name]["soil_moisture_20220710T09.nc"]["soil_moisture"][0, 0] for name in ("none", "early")],
                            axis=0)[0])
    assert {offset for offset, change in zip(early, handed) if change > 1e-4} == set(EARLY)


def test_the_hand_over_replaces_the_soil_moisture_of_the_atmosphere(case):
    folder = case.run("ref")
    theta = exchanged(folder, "soil_moisture_20220701T09.nc")["soil_moisture"][0]
    forcing = exchanged(folder, "forcing_20220701T12.nc")
    np.testing.assert_array_equal(forcing["soil_moisture_after"], theta)
    assert np.abs(forcing["soil_moisture_before"] - theta).max() > 1e-4
    assert "soil_moisture_before" not in exchanged(folder, "forcing_20220701T00.nc")
    assert np.isnan(forcing["rainf"][0]).all() and np.isfinite(forcing["rainf"][1:]).all()
    assert "T12:00:00 to 2022-07-01T18:00:00, 7 records" in describe_file(folder / "exchange" / "forcing_20220701T12.nc")
    assert "time             2022-07-01T15:00:00" in describe_file(folder / "exchange" / "atmosphere_20220701T12_+03h.h5")


# ---- chains


def test_a_chain_of_jobs(case):
    reference = case.run("ref")
    for resume in (False, True):
        with pytest.raises(CheckpointStop, match="stop_after_cycles: 1") as stop:
            case.run("chain", "run.stop_after_cycles=1", resume=resume)
        assert stop.value.exit_code == 75
    assert_same(reference, case.run("chain", "run.stop_after_cycles=1", resume=True))


def test_a_longer_run_goes_on_from_a_shorter_one(case):
    case.run("long", "run.end=2022-07-01T12:00")
    assert_same(case.run("ref"), case.run("long", resume=True))


def test_what_was_made_from_something_else_is_made_again(case):
    """The forcing of a cycle whose soil moisture is another one now is not taken as it is."""
    reference = case.run("ref")
    folder = case.run("other", "run.end=2022-07-01T06:00")
    with h5netcdf.File(folder / "exchange" / "forcing_20220701T06.nc", "a") as file:
        file["tair"][...] = 300.0
        file.attrs["made_from"] = "something else"
    assert_same(reference, case.run("other", resume=True))


# ---- other atmospheres


@pytest.mark.parametrize("columns", [None, "2.5deg"])
def test_the_files_of_a_coupled_run_force_the_land_again(case, columns):
    changes = [] if columns is None else [f"atmosphere.columns={columns}"]
    first = case.run("ref", *changes)
    source = "{kind: files, source: {files: runs/ref/exchange/forcing*.nc}}"
    second = case.run("files", f"atmosphere={source}")
    for name in [*(path.name for path in first.glob("*.h5")), "history.nc"]:
        assert differing_datasets(first / name, second / name) == [], name
    for path in (first / "exchange").glob("soil_moisture*.nc"):
        assert differing_datasets(path, second / "exchange" / path.name) == []


def test_a_program_as_the_atmosphere(case):
    columns = case.run("ref", "run.end=2022-07-01T06:00") / "exchange" / "forcing_20220701T00.nc"
    command = [sys.executable, str(PROGRAM), str(columns), "{start}", "{end}", "{soil_moisture}", "{forcing}", "{restart_in}",
               "{restart_out}"]
    atmosphere = f"atmosphere={{kind: command, columns: {columns}, command: {command}, forecasts: [12], forecast_length: 1d}}"
    folder = case.run("program", atmosphere)
    hours = [float(path.read_text().split()[0]) for path in sorted((folder / "exchange").glob("*.restart"))]
    assert hours[-2:] == [18.0, 24.0]  # since the cold start, 3 h before the run
    tair = exchanged(folder, "forcing_20220701T12.nc")["tair"]
    theta = exchanged(folder, "soil_moisture_20220701T09.nc")["soil_moisture"]
    np.testing.assert_allclose(tair[:, 0], 290.0 + 10.0 * (0.3 - theta[0, 0].mean()) + np.sin(15.0 + np.arange(7)), rtol=1e-12)
    assert exchanged(folder, "forcing_20220701T12.nc")["zref"][0, 0] == 30.0
    with pytest.raises(CheckpointStop):
        case.run("again", atmosphere, "run.stop_after_cycles=2")
    again = case.run("again", atmosphere, resume=True)
    names = [name for name in files_of(folder) if "command" not in str(name)]
    for name in names:
        if name.suffix != ".restart":
            assert differing_datasets(folder / name, again / name) == [], name
    failures = {"fail": "(?s)exit code 1.*no convergence in the dynamics", "forgetful": "did not write its restart_out",
                "slow": "longer than atmosphere.time_out, 1 s", "impossible": "psurf is not within .* first 950 .* column 3"}
    for mode, message in failures.items():
        with pytest.raises(InputError, match=message):
            case.run(mode, f"atmosphere={{kind: command, columns: {columns}, command: {[*command, mode]}, "
                     f"time_out: {1 if mode == 'slow' else 60}s}}")


def test_wetness_to_the_soils_of_a_program_on_a_cubed_sphere(case):
    """The place of the land's water between its limits is handed over, not the water itself."""
    sphere, found = CubedSphere(4), {}
    command = [sys.executable, str(PROGRAM), "nodes.nc", "{start}", "{end}", "{soil_moisture}", "{forcing}", "{restart_in}",
               "{restart_out}"]
    atmosphere = f"{{kind: command, columns: nodes.nc, command: {command}, sm_remap: conservative"
    for least, most in ((0.0, 1.0), (0.05, 0.6)):
        limits = {"porosity": most, "least_soil_moisture": least}
        write_columns(case.folder / "nodes.nc", sphere, {name: ColumnField(np.full(sphere.n_columns, value), "m3 m-3")
                                                         for name, value in limits.items()})
        folder = case.run(f"wet{most:g}", f"atmosphere={atmosphere}, transfer: wetness}}", "run.end=2022-07-01T06:00")
        found[most] = exchanged(folder, "soil_moisture_20220701T03.nc")["soil_moisture"]
    has_value = np.isfinite(found[1.0])
    assert 0 < has_value.sum() < has_value.size and (found[1.0][has_value] >= 0.0).all()
    np.testing.assert_allclose(found[0.6], 0.05 + 0.55 * found[1.0], rtol=1e-14)
    write_columns(case.folder / "nodes.nc", sphere, {})
    with pytest.raises(ConfigError, match="by porosity in atmosphere.columns; else use theta"):
        case.run("unknown", f"atmosphere={atmosphere}, transfer: wetness}}", "run.end=2022-07-01T06:00")
    theta = case.run("theta", f"atmosphere={atmosphere}}}", "run.end=2022-07-01T06:00")
    theta = exchanged(theta, "soil_moisture_20220701T03.nc")["soil_moisture"]
    assert (np.isfinite(theta) == has_value).all() and np.abs(theta - found[1.0])[has_value].max() > 0.05


def test_a_land_of_its_own_on_a_cubed_sphere(case):
    """Columns that hold land have their own Noah, take the mean of the land in them and cover the land with their weather."""
    folder = case.run("sphere", "atmosphere.columns=ne8np4", "atmosphere.forecasts=[]", "run.end=2022-07-01T12:00")
    columns = read_columns(folder / "exchange" / "forcing_20220701T06.nc")
    assert columns.grid == CubedSphere(8) and 10 < columns.n_columns < 100 and not columns.is_whole
    domain = configured_domain(load_config(case.folder / "run.yaml").domain, case.folder)
    theta = case.history("sphere")["soil_moisture"].sel(time="2022-07-01T03:00").values.reshape(4, -1)
    theta = theta[:, np.isfinite(theta[0])] if theta.shape[1] != domain.n_total else theta
    exchange = exchanged(folder, "forcing_20220701T06.nc")
    np.testing.assert_allclose(exchange["soil_moisture_after"], to_columns(domain, columns)(theta), atol=1e-7)
    assert np.abs(exchange["soil_moisture_after"] - exchange["soil_moisture_before"]).max() > 1e-3
    assert columns.area.sum() > domain.area.sum() / EARTH_RADIUS**2
    own = domain_on_sphere(domain, CubedSphere(8))
    assert (own.cell == columns.place).all() and (own.fields["soil_class"] == columns.soil_class).all()
    land = own.fields["land_fraction"] * own.grid.area[own.cell]
    cells = domain.area / EARTH_RADIUS**2
    assert land.sum() == pytest.approx(cells.sum(), rel=1e-12)
    for name in ("elevation", "climate_air_temperature"):
        assert (own.fields[name] * land).sum() == pytest.approx((domain.fields[name] * cells).sum(), rel=1e-3), name


def test_forecasts_are_what_verification_reads(case):
    """Records six hours apart, their precipitation the mean since the record before, also across the end of the first run."""
    folder = case.run("ref")
    files = ForecastFiles([folder / "forecasts"], None)
    starts = sorted({slot.start for slot in files.slots()})
    epoch = np.datetime64("2000-01-01T00:00:00")
    assert starts == [seconds_since(epoch, START), seconds_since(epoch, START + 12 * HOUR)]
    assert sorted({slot.lead for slot in files.slots()}) == [0, 6, 12, 18, 24]
    coarse = xarray.load_dataset(folder / "forecasts" / "forecast_20220701T00.nc")
    fine = case.run("fine", "atmosphere.forecast_interval=1h") / "forecasts" / "forecast_20220701T00.nc"
    fine = xarray.load_dataset(fine)
    means = fine["rainf"].values[1:].reshape(4, 6, -1).mean(axis=1)
    np.testing.assert_allclose(coarse["rainf"].values[1:], means, rtol=1e-12, atol=1e-20)
    np.testing.assert_array_equal(coarse["t2m"].values, fine["t2m"].values[::6])


# ---- gridded files


@pytest.mark.parametrize("layout, correction", [
    ("gldas", ""), ("gldas", ", lapse: true, orography: met/orography.nc"), pytest.param("era5", "", marks=pytest.mark.slow)])
def test_gridded_files_through_the_cycle_force_the_land_as_without_it(case, layout, correction):
    """Hourly hand-overs of files give the land what the files give it directly, to rounding, also corrected for height."""
    domain = configured_domain(load_config(case.folder / "run.yaml").domain, case.folder)
    export_weather(domain, 1, layout, "2022-06-30", "2022-07-03", case.folder / "met")
    if correction:
        with h5netcdf.File(case.folder / "met" / "orography.nc", "a") as file:
            file["orog"][...] = file["orog"][...] + 400.0
    source = f"{{kind: files, files: [met], format: {layout}{correction}}}"
    case.run("coupled", f"atmosphere={{kind: files, source: {source}}}", "run.time_step=30min")
    case.run("direct", "atmosphere=null", f"forcing={source}", "run.time_step=30min")
    coupled, direct = case.history("coupled"), case.history("direct")
    for name in ("air_temperature", "precipitation", "soil_moisture"):
        # A correction of the longwave that changes within an hour is handed over as the mean of the hour.
        rtol = 1e-5 if correction and name == "soil_moisture" else 1e-9
        np.testing.assert_allclose(coupled[name], direct[name], rtol=rtol, atol=1e-14)
    if correction:
        case.run("uncorrected", "atmosphere=null", f"forcing={source.replace(correction, '')}", "run.time_step=30min")
        warmer = direct["air_temperature"] - case.history("uncorrected")["air_temperature"]
        np.testing.assert_allclose(warmer.values[np.isfinite(warmer)], 0.0065 * 400.0, rtol=1e-6)
        with pytest.raises(ConfigError, match="on latitudes and longitudes.*Set atmosphere.source.lapse"):
            case.run("wrong", f"atmosphere={{kind: files, lapse: true, source: {source}}}")


# ---- columns with terrain


def sphere_files(folder, name, elevation):
    """Write a day of constant air on the nodes of a cubed sphere over terrain."""
    sphere = CubedSphere(8)
    columns = AtmosphereColumns(sphere.latitude, sphere.longitude, sphere.area, np.ones(sphere.n_columns, bool), sphere,
                                np.arange(sphere.n_columns), elevation=None if elevation is None else elevation(sphere))
    times = START + np.arange(25) * HOUR
    fields = {name: np.full((25, sphere.n_columns), value) for name, value in AIR.items()}
    write_forcing(folder / name, Series(times, fields), columns, {})


AIR = {"tair": 290.0, "qair": 0.006, "uwind": 3.0, "vwind": 1.0, "psurf": 95000.0, "swdown": 150.0, "lwdown": 320.0,
       "rainf": 2.0e-5}


def test_columns_of_a_cubed_sphere_are_corrected_for_height(case):
    """Terrain that is linear in space is interpolated well; the correction is that of the gridded files."""
    sphere_files(case.folder, "flat.nc", lambda sphere: np.full(sphere.n_columns, 300.0))
    sphere_files(case.folder, "slope.nc", lambda sphere: 1000.0 + 500.0 * np.sin(np.deg2rad(sphere.latitude)))
    sphere_files(case.folder, "none.nc", None)
    domain = configured_domain(load_config(case.folder / "run.yaml").domain, case.folder)
    height, latitude = domain.fields["elevation"], domain.points.latitude
    files = "atmosphere={{kind: files, lapse: {}, source: {{files: {}{}}}}}".format
    short = "run.end=2022-07-01T06:00"
    plain = case.run("plain", files("false", "flat.nc", ""), short)
    for name, source, terrain in (("flat", "flat.nc", 300.0),
                                  ("slope", "slope.nc", 1000.0 + 500.0 * np.sin(np.deg2rad(latitude))),
                                  ("other", "none.nc, orography: slope.nc", 1000.0 + 500.0 * np.sin(np.deg2rad(latitude)))):
        case.run(name, files("true", source, ""), short)
        found = case.history(name)
        temperature = found["air_temperature"].isel(time=1).values
        np.testing.assert_allclose(temperature[np.isfinite(temperature)], 290.0 - 0.0065 * (height - terrain), atol=0.02)
        np.testing.assert_allclose(found["precipitation"], case.history("plain")["precipitation"], rtol=1e-12)
    with h5netcdf.File(plain / "exchange" / "forcing_20220701T00.nc") as file:
        assert (file["orography"][...] == 300.0).all() and file["orography"].attrs["standard_name"] == "surface_altitude"
    with pytest.raises(ConfigError, match="atmosphere.lapse needs the terrain of the columns"):
        case.run("lacking", files("true", "none.nc", ""))
    with pytest.raises(ConfigError, match="lapse belong to files on latitudes and longitudes.*set atmosphere.lapse"):
        case.run("wrong", files("false", "none.nc", ", lapse: true, orography: slope.nc"))


def test_generated_weather_is_corrected_for_height(case):
    """That of coarse columns, whose terrain the exchange tells."""
    changes = "atmosphere.columns=2.5deg", "atmosphere.forecasts=[]", "run.end=2022-07-01T06:00"
    folder = case.run("ref", *changes)
    case.run("high", *changes, "atmosphere.lapse=true")
    domain = configured_domain(load_config(case.folder / "run.yaml").domain, case.folder)
    columns = read_columns(folder / "exchange" / "forcing_20220701T00.nc")
    terrain = to_points(columns, domain.points)("tair", columns.elevation[None])[0]
    difference = domain.fields["elevation"] - terrain
    assert np.abs(difference).max() > 20.0
    change = (case.history("high") - case.history("ref"))["air_temperature"].isel(time=0).values.ravel()
    np.testing.assert_allclose(change[np.isfinite(change)], -0.0065 * difference, atol=1e-9)


# ---- configuration


@pytest.mark.parametrize("changes, message", [
    (["run.start=2022-07-01T03:00"], "expected 00, 06, 12 or 18 UTC"),
    (["atmosphere.kind=files"], "source is missing"),
    (["atmosphere.command=[model]"], "command belongs to kind: command"),
    (["cycle.length=3h"], "expected 6h with an atmosphere"),
    (["restart.interval=3h"], "expected whole cycles of 6h"),
    (["atmosphere.forecast_interval=5h"], "divide 12h"),
    (["atmosphere.forecasts=[3]"], "multiple of 6")])
def test_configurations_that_cannot_be_coupled(case, changes, message):
    with pytest.raises(ConfigError, match=message):
        load_config(case.folder / "run.yaml", changes)
