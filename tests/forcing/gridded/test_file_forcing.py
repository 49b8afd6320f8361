"""Forcing from files against the formula that the files were written from."""

import numpy as np
import pytest
from pydantic import ValidationError

from landda_hpc.config.sections import Weather
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.solar import solar_position
from tests.forcing.gridded.writing import CF_NAMES, LATITUDES, LONGITUDES, field, write_cf

HOURS = np.arange(0.0, 25.0)
START = np.datetime64("2001-03-01T00", "s")
NAMES = {"air_temperature": "tas", "specific_humidity": "huss", "eastward_wind": "uas", "northward_wind": "vas",
         "surface_pressure": "ps", "longwave_down": "rlds", "precipitation": "pr"}


def at_points(name, hour, domain):
    """Return the formula at the points; it is linear, so that bilinear weights are exact."""
    latitude, longitude = domain.grid.positions(domain.cell)
    corner, north, east = (field(name, [hour], [lat], [lon])[0, 0, 0] for lat, lon in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    return corner + (north - corner) * latitude + (east - corner) * longitude


def check(forcing, domain, hours, length=1.0, rtol=1e-9, names=tuple(NAMES)):
    """Compare steps of ``length`` hours that begin at ``hours`` with the formula; fluxes are labelled at the end of an hour."""
    for hour in hours:
        found = forcing.at(START + np.timedelta64(round(hour * 3600), "s"))
        for name in names:
            of_flux = name in ("longwave_down", "precipitation")
            when = np.floor(hour) + 1.0 if of_flux else hour + 0.5 * length
            np.testing.assert_allclose(getattr(found, name), at_points(NAMES[name], when, domain), rtol=rtol, err_msg=name)


@pytest.mark.parametrize("time_step", [3600, 900])
def test_steps_are_those_of_the_formula(tmp_path, opened, region, time_step):
    write_cf(tmp_path / "met.nc", HOURS)
    forcing, notes = opened(time_step=time_step)
    check(forcing, region, np.arange(0.0, 24.0, time_step / 3600.0), time_step / 3600.0)
    assert any("rsds" in note and "mean" in note for note in notes)


@pytest.mark.parametrize("options", [
    {"file_format": "NETCDF3_CLASSIC", "packed": True}, {"packed": True, "zlib": True},
    {"longitudes": np.mod(np.arange(-180.0, 180.0, 5.0), 360.0)}, {"longitudes": np.arange(0.0, 360.0, 5.0)},
    {"latitudes": LATITUDES[::-1], "coordinates": ("latitude", "longitude")}, {"chunksizes": (7, 3, 4), "zlib": True}])
def test_layouts_give_the_same(tmp_path, opened, region, options):
    write_cf(tmp_path / "met.nc", HOURS, **options)
    if "longitudes" in options:  # the plane has a seam at Greenwich: only points east of it are compared
        region = region.within(35.0, 56.0, 0.0, 35.0)
    forcing, _ = opened(domain=region)
    check(forcing, region, (0.0, 5.0, 23.0), rtol=3e-4 if options.get("packed") else 1e-9)


def test_files_split_by_variable_and_time_and_a_folder(tmp_path, opened, region):
    for part, hours in enumerate((HOURS[:13], HOURS[13:])):
        for name, entry in CF_NAMES.items():
            write_cf(tmp_path / f"{name}_{part}.nc", hours, {name: entry})
    (tmp_path / "README.txt").write_text("no forcing")
    forcing, _ = opened(files=".")
    check(forcing, region, (0.0, 11.0, 12.0, 13.0, 23.0))


def test_names_units_and_kinds_of_the_user(tmp_path, opened, region):
    names = {"T": ("", "degC"), "RH": ("", "%"), "W": ("", "m s-1"), "P": ("", "hPa"), "S": ("", "J m-2"), "L": ("", "W m-2"),
             "rain": ("", "mm"), "snow": ("", "mm")}
    origin = {"T": "tas", "RH": "huss", "W": "uas", "P": "ps", "S": "rsds", "L": "rlds", "rain": "pr", "snow": "pr"}

    import netCDF4

    write_cf(tmp_path / "met.nc", HOURS, {})
    with netCDF4.Dataset(tmp_path / "met.nc", "a") as file:
        for name, (_, unit) in names.items():
            values = field(origin[name], HOURS)
            values = {"T": values - 273.15, "RH": 100.0 * np.ones_like(values) * 0.5, "P": values / 100.0,
                      "S": values * 3600.0, "rain": values * 1800.0, "snow": values * 1800.0}.get(name, values)
            variable = file.createVariable(name, "f8", ("time", "lat", "lon"))
            variable[:] = values
            variable.units = "furlong" if name == "T" else unit
    mapping = {"tair": {"name": "T", "units": "degC"}, "relhum": "RH", "wind": "W", "psurf": "P", "swdown": "S", "lwdown": "L",
               "rainf": "rain", "snowf": {"name": "snow", "kind": "accumulated"}}
    forcing, _ = opened(format="cf", variables=mapping)
    check(forcing, region, (0.0, 7.0), names=("air_temperature", "eastward_wind", "surface_pressure", "longwave_down",
                                              "precipitation"))
    step = forcing.at(START)
    assert (step.northward_wind == 0.0).all()
    saturated = 611.2 * np.exp(17.67 * (step.air_temperature - 273.15) / (step.air_temperature - 29.65))
    humidity = 0.311 * saturated / (step.surface_pressure - 0.189 * saturated)
    np.testing.assert_allclose(step.specific_humidity, humidity, rtol=5e-4)
    with pytest.raises(InputError, match="furlong.*forcing.variables"):
        opened(format="cf", variables=mapping | {"tair": "T"})


def test_the_shortwave_of_an_interval_follows_the_sun_and_keeps_its_mean(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", np.arange(0.0, 25.0, 3.0))
    forcing, _ = opened(time_step=900)
    latitude, longitude = region.grid.positions(region.cell)
    for interval in range(8):
        times = START + np.timedelta64(3 * interval, "h") + np.arange(12) * np.timedelta64(900, "s")
        shortwave = np.stack([forcing.at(time).shortwave_down for time in times])
        mean = at_points("rsds", 3.0 * interval + 3.0, region)
        np.testing.assert_allclose(shortwave.mean(axis=0), mean, rtol=1e-13)
        cosine = np.maximum([solar_position(time + np.timedelta64(450, "s"), latitude, longitude).cos_zenith for time in times],
                            0.0)
        dark = cosine.mean(axis=0) < 1.0e-3
        np.testing.assert_allclose(shortwave[:, dark], np.broadcast_to(mean[dark], (12, int(dark.sum()))))
        expected = mean * cosine / np.where(dark, 1.0, cosine.mean(axis=0))
        np.testing.assert_allclose(shortwave[:, ~dark], expected[:, ~dark], rtol=1e-9, atol=1e-9)


def test_labels_and_bounds_place_the_intervals(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", HOURS, change=lambda name, values: values)
    start, _ = opened(label="start")
    np.testing.assert_allclose(start.at(START).longwave_down, at_points("rlds", 0.0, region), rtol=1e-9)
    (tmp_path / "met.nc").unlink()
    write_cf(tmp_path / "met.nc", HOURS, bounds=np.stack([HOURS, HOURS + 1.0], axis=1))
    found = opened()[0].at(START + np.timedelta64(2, "h"))
    np.testing.assert_allclose(found.longwave_down, at_points("rlds", 2.0, region), rtol=1e-9)


def test_a_calendar_without_leap_day(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", np.arange(0.0, 73.0), since="2004-02-27", calendar="noleap")
    forcing, _ = opened("2004-02-28T00", "2004-03-01T12")
    for name in ("air_temperature", "longwave_down"):
        of_28, of_29 = (getattr(forcing.at(np.datetime64(day, "s")), name) for day in ("2004-02-28T10", "2004-02-29T10"))
        assert (of_28 == of_29).all()


# ---- what is refused

def test_missing_cells_are_named_before_their_step(tmp_path, opened):
    def hole(name, values):
        if name == "rlds":
            values[10, 2, 4] = np.nan
        return values

    write_cf(tmp_path / "met.nc", HOURS, change=hole)
    forcing, _ = opened()
    forcing.at(START + np.timedelta64(8, "h"))
    with pytest.raises(InputError, match=r"met.nc: rlds \(lwdown\) is missing for 2001-03-01T09:00 to 2001-03-01T10:00 UTC "
                                         r"in 1 of \d+ cells, first 50 N 0 E"):
        forcing.at(START + np.timedelta64(9, "h"))
    filled, _ = opened(max_gap="1h")
    before, now, after = (filled.at(START + np.timedelta64(hour, "h")).longwave_down for hour in (8, 9, 10))
    np.testing.assert_allclose(now, 0.5 * (before + after), rtol=1e-12)


@pytest.mark.parametrize("name, value, message", [
    ("tas", 20.0, r"tas \(tair\) of 2001-03-01T05:00 UTC is not within 170 to 340 K in 1 of \d+ cells, first 20 at 45 N 5 E"),
    ("rsds", -3.0, "rsds .*not within 0 to 1500"), ("pr", 0.2, "pr .*not within 0 to 0.1"),
    ("uas", 400.0, "uas .*not within -150 to 150")])
def test_implausible_numbers_are_named(tmp_path, opened, name, value, message):
    def change(changed, values):
        if changed == name:
            values[5, 3, 5] = value
        return values

    write_cf(tmp_path / "met.nc", HOURS, change=change)
    with pytest.raises(InputError, match=message):
        forcing, _ = opened()
        for hour in range(6):
            forcing.at(START + np.timedelta64(hour, "h"))


def test_small_negative_numbers_become_zero(tmp_path, opened):
    write_cf(tmp_path / "met.nc", HOURS, change=lambda name, values: np.full_like(values, -5.0e-7) if name == "pr" else values)
    forcing, _ = opened()
    assert (forcing.at(START).precipitation == 0.0).all()


def test_gaps_are_refused_before_the_run_and_filled_if_short(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", np.delete(HOURS, [10, 11]))
    with pytest.raises(InputError, match="no file has tair for 2001-03-01T10:00 UTC until 2001-03-01T11:00 UTC; 2 of 25"):
        opened()
    with pytest.raises(InputError, match="forcing.max_gap"):
        opened(max_gap="1h")
    forcing, _ = opened(max_gap="2h")
    check(forcing, region, (9.0, 10.0, 11.0), names=[name for name in NAMES if name != "precipitation"])
    assert (forcing.at(START + np.timedelta64(9, "h")).precipitation == 0.0).all()
    assert (forcing.at(START + np.timedelta64(8, "h")).precipitation > 0.0).all()


def test_the_last_instant_may_be_held(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", HOURS[:-1])
    with pytest.raises(InputError, match="2001-03-02T00:00"):
        opened()
    forcing, _ = opened(max_gap="1h")
    np.testing.assert_allclose(forcing.at(START + np.timedelta64(23, "h")).air_temperature, at_points("tas", 23.0, region))


def test_double_times_are_refused_or_chosen(tmp_path, opened, region):
    write_cf(tmp_path / "a.nc", HOURS[:15])
    write_cf(tmp_path / "b.nc", HOURS[10:], change=lambda name, values: values + (1.0 if name == "tas" else 0.0))
    with pytest.raises(InputError, match=r"2001-03-01T10:00 UTC is in two records, of .*a.nc and .*b.nc; 5 such"):
        opened()
    first, last = (opened(duplicates=rule)[0].at(START + np.timedelta64(11, "h")).air_temperature for rule in ("first", "last"))
    np.testing.assert_allclose(last - first, 1.0, rtol=1e-9)
    np.testing.assert_allclose(first, at_points("tas", 11.5, region))


def test_uneven_times_and_steps_that_do_not_divide_are_refused(tmp_path, opened):
    write_cf(tmp_path / "met.nc", np.append(HOURS, 25.5))
    with pytest.raises(InputError, match="even steps"):
        opened()
    (tmp_path / "met.nc").unlink()
    write_cf(tmp_path / "met.nc", np.arange(0.0, 25.0, 0.5))
    with pytest.raises(ConfigError, match="run.time_step is 3600 s.*1800 s"):
        opened()


def test_what_is_lacking_is_named(tmp_path, opened):
    write_cf(tmp_path / "met.nc", HOURS, {name: entry for name, entry in CF_NAMES.items() if name not in ("ps", "huss")})
    with pytest.raises(InputError, match="no qair or tdew or relhum; no psurf"):
        opened()
    with pytest.raises(InputError, match="matches no file"):
        opened(files="none*.nc")
    (tmp_path / "met.nc").write_bytes((tmp_path / "met.nc").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"met.nc: (truncated|damaged)"):
        opened()


def test_times_outside_the_files_are_told(tmp_path, opened):
    write_cf(tmp_path / "met.nc", HOURS)
    with pytest.raises(InputError, match="2001-03-01T00:00"):
        opened("2011-03-01", "2011-03-02")


def test_a_variable_of_many_gigabytes_is_read_in_parts(tmp_path, opened, region, monkeypatch):
    from landda_hpc.observations import netcdf

    write_cf(tmp_path / "met.nc", HOURS)
    monkeypatch.setattr(netcdf, "LARGEST", 1000)
    check(opened()[0], region, (0.0, 20.0))


# ---- height, experiments, reading ahead

def test_height_correction_takes_the_terrain_of_the_source(tmp_path, opened, region):
    import netCDF4

    write_cf(tmp_path / "met.nc", HOURS)
    with netCDF4.Dataset(tmp_path / "z.nc", "w") as file:
        for name, values in (("lat", LATITUDES), ("lon", LONGITUDES)):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
        geopotential = file.createVariable("z", "f8", ("lat", "lon"))
        geopotential[:], geopotential.units = 9.80665 * 100.0, "m**2 s**-2"
    plain, _ = opened(files="met.nc")
    moved, _ = opened(files="met.nc", lapse=True, orography="z.nc")
    before, after = plain.at(START), moved.at(START)
    difference = region.fields["elevation"] - 100.0
    np.testing.assert_allclose(after.air_temperature, before.air_temperature - 0.0065 * difference, rtol=1e-12)
    assert ((after.longwave_down < before.longwave_down) == (difference > 0.0)).all()
    assert (after.shortwave_down == before.shortwave_down).all() and (after.precipitation == before.precipitation).all()
    with netCDF4.Dataset(tmp_path / "z.nc", "a") as file:
        file["lat"][:], file["lon"][:] = 0.5 * LATITUDES, 0.5 * LONGITUDES
    with pytest.raises(InputError, match="cells of 2.5 degrees, the temperature of forcing.files of 5"):
        opened(files="met.nc", lapse=True, orography="z.nc")


def test_a_land_mask_keeps_the_sea_out(tmp_path, opened, region):
    import netCDF4

    region = region.within(35.0, 56.0, -5.0, 35.0)
    land = np.zeros((len(LATITUDES), len(LONGITUDES)))
    land[:, 4:] = 0.9  # east of 0 E
    write_cf(tmp_path / "met.nc", HOURS, change=lambda name, values: np.where(land > 0.5, values, values + 30.0)
             if name == "tas" else values)
    with netCDF4.Dataset(tmp_path / "lsm.nc", "w") as file:
        for name, values in (("lat", LATITUDES), ("lon", LONGITUDES)):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
        file.createVariable("lsm", "f8", ("lat", "lon"))[:] = land
    plain, _ = opened(files="met.nc", domain=region)
    masked, notes = opened(files="met.nc", land_mask="lsm.nc", domain=region)
    assert plain.at(START).air_temperature.max() > 290.0 > 285.0 > masked.at(START).air_temperature.max()
    assert any("69% of its cells with values" in note for note in notes)
    with pytest.raises(InputError, match="forcing.land_mask_variable"):
        opened(files="met.nc", land_mask="met.nc")


def test_preliminary_data_fill_the_other_experiment(tmp_path, opened, region):
    import netCDF4

    write_cf(tmp_path / "met.nc", HOURS, {name: entry for name, entry in CF_NAMES.items() if name != "tas"})
    with netCDF4.Dataset(tmp_path / "met.nc", "a") as file:
        file.createDimension("expver", 2)
        variable = file.createVariable("tas", "f8", ("time", "expver", "lat", "lon"), fill_value=-9999.0)
        values = np.ma.masked_all((25, 2, len(LATITUDES), len(LONGITUDES)))
        values[:12, 0], values[12:, 1] = field("tas", HOURS[:12]), field("tas", HOURS[12:])
        variable[:], variable.units, variable.standard_name = values, "K", "air_temperature"
    forcing, _ = opened()
    check(forcing, region, (3.0, 11.0, 20.0), names=("air_temperature",))


def test_a_year_comes_again(tmp_path, opened, region):
    from landda_hpc.forcing.cyclic import CyclicForcing

    write_cf(tmp_path / "met.nc", HOURS)
    forcing, again = opened()[0], CyclicForcing(opened()[0], 2001, 2001)
    for year in (2001, 2002, 2005):
        for hour in (3, 4):
            found = again.at(np.datetime64(f"{year}-03-01T{hour:02d}", "s"))
            assert all((a == b).all() for a, b in zip(found, forcing.at(START + np.timedelta64(hour, "h"))))


def test_reading_ahead_changes_no_bit(tmp_path, opened):
    write_cf(tmp_path / "met.nc", HOURS)
    one, other = opened(read_ahead=True)[0], opened(read_ahead=False)[0]
    for hour in (0, 1, 2, 3, 17, 5, 6):  # also backwards, as a repeated year does
        for a, b in zip(one.at(START + np.timedelta64(hour, "h")), other.at(START + np.timedelta64(hour, "h"))):
            assert a.tobytes() == b.tobytes()


def test_a_rank_without_points_reads_nothing(tmp_path, opened, region):
    write_cf(tmp_path / "met.nc", HOURS)
    forcing, _ = opened(domain=region.take(slice(0, 0)))
    assert all(values.shape == (0,) for values in forcing.at(START))


def test_keys_that_do_not_fit_are_refused():
    with pytest.raises(ValidationError, match="files is missing"):
        Weather(kind="files")
    with pytest.raises(ValidationError, match="belong to kind: files"):
        Weather(files="*.nc")
    with pytest.raises(ValidationError, match="lapse needs orography"):
        Weather(kind="files", files="*.nc", lapse=True)
