"""The layouts of ERA5, ERA5-Land and GLDAS, NetCDF and GRIB, written from the generated weather and read back."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.gridded.describe import describe_forcing
from landda_hpc.forcing.gridded.files import Choice, scan_file
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.workflow.export_weather import export_weather
from tests.forcing.gridded.writing import LATITUDES, LONGITUDES, field

FIRST, LAST = np.datetime64("2001-03-01T00", "s"), np.datetime64("2001-03-02T12", "s")
HOUR = np.timedelta64(3600, "s")
FLUXES = ("shortwave_down", "longwave_down", "precipitation")


@pytest.fixture
def weather(region):
    """The weather that the files are made of."""
    return WeatherForcing(*region.grid.positions(region.cell), region.fields["elevation"],
                          region.fields["climate_air_temperature"], region.fields["climate_precipitation"], 1, 3600)


@pytest.mark.parametrize("layout", ["era5", "era5_land"])
def test_hourly_layouts_give_the_weather_back(tmp_path, opened, region, weather, layout):
    export_weather(region, 1, layout, FIRST, LAST, tmp_path)
    forcing, _ = opened(FIRST, LAST, files=f"{layout}*.nc", format=layout)
    scale = {"shortwave_down": 200.0, "longwave_down": 300.0, "precipitation": 1.0e-4}
    for hour in (0, 1, 11, 22, 23, 24, 25, 35):  # both sides of the day at which ERA5-Land begins anew
        found, made = forcing.at(FIRST + hour * HOUR), weather.at(FIRST + hour * HOUR)
        for name in FLUXES:
            np.testing.assert_allclose(getattr(found, name), getattr(made, name), rtol=1e-5, atol=2e-5 * scale[name])
    around = [weather.at(FIRST + hour * HOUR) for hour in (9, 10, 11)]
    found = forcing.at(FIRST + 10 * HOUR)
    for name in ("air_temperature", "eastward_wind", "surface_pressure", "specific_humidity"):
        one, now, other = (getattr(each, name) for each in around)
        np.testing.assert_allclose(getattr(found, name), 0.25 * one + 0.5 * now + 0.25 * other, rtol=2e-3)


def test_gldas_has_the_means_of_three_hours(tmp_path, opened, region, weather):
    export_weather(region, 1, "gldas", FIRST, LAST, tmp_path)
    forcing, _ = opened(FIRST, LAST, files="GLDAS*.nc4")
    for start in (0, 9, 33):
        made = [weather.at(FIRST + (start + hour) * HOUR) for hour in range(3)]
        found = [forcing.at(FIRST + (start + hour) * HOUR) for hour in range(3)]
        for name in FLUXES:
            mean = np.mean([getattr(each, name) for each in made], axis=0)
            np.testing.assert_allclose(np.mean([getattr(each, name) for each in found], axis=0), mean, rtol=1e-6)
        speed = np.hypot(found[1].eastward_wind, found[1].northward_wind)
        assert (found[1].northward_wind == 0.0).all() and (speed > 0.0).all()


def test_a_missing_hour_of_a_running_sum_is_missing_with_the_next(tmp_path, opened, region):
    import h5py

    export_weather(region, 1, "era5_land", FIRST, LAST, tmp_path)
    with h5py.File(tmp_path / "era5_land_20010301.nc", "a") as file:
        file["ssrd"][10] = -9999.0
    forcing, _ = opened(FIRST, LAST, files="era5_land*.nc", format="era5_land")
    forcing.at(FIRST + 8 * HOUR)
    for hour in (9, 10):
        with pytest.raises(InputError, match=r"ssrd \(swdown\) is missing for 2001-03-01T"):
            forcing.at(FIRST + hour * HOUR)
    forcing.at(FIRST + 11 * HOUR)


def write_grib(path, hours, forecast=False):
    """Write GRIB 1 as ERA5 has it, or accumulations since the beginning of a forecast."""
    eccodes = pytest.importorskip("eccodes")
    content = {"2t": ("tas", 1.0, 0.0), "2d": ("tas", 1.0, -5.0), "sp": ("ps", 1.0, 0.0), "10u": ("uas", 1.0, 0.0),
               "10v": ("vas", 1.0, 0.0), "ssrd": ("rsds", 3600.0, 0.0), "strd": ("rlds", 3600.0, 0.0), "tp": ("pr", 3.6, 0.0)}
    with open(path, "wb") as file:
        running = dict.fromkeys(("ssrd", "strd", "tp"), 0.0)
        for hour in hours:
            for name, (origin, scale, offset) in content.items():
                values = field(origin, [hour])[0] * scale + offset
                handle = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib1")
                sums = name in running
                if sums and forecast and hour > 0:
                    running[name] = values = running[name] + values
                keys = {"Ni": len(LONGITUDES), "Nj": len(LATITUDES), "latitudeOfFirstGridPointInDegrees": LATITUDES[0],
                        "latitudeOfLastGridPointInDegrees": LATITUDES[-1], "longitudeOfFirstGridPointInDegrees": LONGITUDES[0],
                        "longitudeOfLastGridPointInDegrees": LONGITUDES[-1], "iDirectionIncrementInDegrees": 5.0,
                        "jDirectionIncrementInDegrees": 5.0, "shortName": name, "bitsPerValue": 24}
                for key, value in keys.items():
                    eccodes.codes_set(handle, key, value)
                if sums and hour > 0:
                    eccodes.codes_set(handle, "stepType", "accum")
                    start = hours[0] if forecast else hour - 1
                    date = np.datetime64("2001-03-01T00") + np.timedelta64(int(start), "h")
                    eccodes.codes_set(handle, "dataDate", int(str(date)[:10].replace("-", "")))
                    eccodes.codes_set(handle, "dataTime", 100 * int(str(date)[11:13]))
                    eccodes.codes_set(handle, "stepRange", f"0-{int(hour - start)}")
                else:
                    date = np.datetime64("2001-03-01T00") + np.timedelta64(int(hour), "h")
                    eccodes.codes_set(handle, "dataDate", int(str(date)[:10].replace("-", "")))
                    eccodes.codes_set(handle, "dataTime", 100 * int(str(date)[11:13]))
                eccodes.codes_set_values(handle, values.ravel())
                if not (sums and hour == 0):
                    eccodes.codes_write(handle, file)
                eccodes.codes_release(handle)


@pytest.mark.parametrize("forecast, format_name", [(False, "era5"), (False, "cf"), (True, "cf")])
def test_grib(tmp_path, opened, region, forecast, format_name):
    write_grib(tmp_path / "met.grib", np.arange(13), forecast)
    forcing, _ = opened("2001-03-01T00", "2001-03-01T12", files="met.grib", format=format_name)
    latitude, longitude = region.grid.positions(region.cell)
    plane = 0.01 * latitude + 0.002 * longitude
    for hour in (0, 1, 5, 11):
        found = forcing.at(FIRST + hour * HOUR)
        np.testing.assert_allclose(found.air_temperature, 280.0 + 0.5 * (hour + 0.5) + plane, rtol=1e-6)
        np.testing.assert_allclose(found.longwave_down, 300.0 + 0.5 * (hour + 1) + plane, rtol=1e-5)
        np.testing.assert_allclose(found.precipitation, 1.0e-5 + 1.0e-7 * (hour + 1) + 1.0e-6 * plane, rtol=1e-3)


def test_grib_that_is_cut_is_refused(tmp_path, opened):
    write_grib(tmp_path / "met.grib", np.arange(3))
    (tmp_path / "met.grib").write_bytes((tmp_path / "met.grib").read_bytes()[:-100])
    with pytest.raises(InputError, match="met.grib: (truncated|damaged)"):
        opened("2001-03-01T00", "2001-03-01T02", files="met.grib")


def test_description_tells_fields_units_kinds_times_holes_and_grid(tmp_path, region):
    files = export_weather(region, 1, "gldas", FIRST, LAST, tmp_path)
    text, fine = describe_forcing([str(path) for path in files])
    assert fine and "format       gldas, 13 files" in text and "5 x 5 degrees, south first" in text
    assert "SWdown_f_tavg [W m-2] -> downward shortwave radiation [W m-2], mean, every 3 h, 13 times" in text
    text, fine = describe_forcing([str(path) for number, path in enumerate(files) if number != 4] + [str(tmp_path / "none.nc")])
    assert not fine and "missing 2001-03-01T12:00" in text and "none.nc cannot be read" in text


def test_real_files_are_recognised(shared_data):
    products = shared_data / "data" / "products"
    era5 = scan_file(products / "ecmwf_grib" / "era5-single-level-scalar-time.grib")
    assert era5.format == "era5" and era5.axes.shape == (121, 201) and list(era5.fields) == ["tair"]
    packed = scan_file(products / "ecmwf_grib" / "era5_2t_1.nc").fields["tair"]
    assert packed.name == "t2m" and packed.noise > 0.0
    interim = scan_file(shared_data / "data" / "forcing" / "gridded_met" / "ERA_Interim_2017a.nc")
    assert set(interim.fields) == {"tair", "psurf", "uwind", "vwind", "rainf"}
    assert not scan_file(products / "gldas_native" / "GLDAS_NOAH025_3H.A20160101.0300.021.nc4").fields
    assert not scan_file(products / "era5_land_cells" / "0165.nc", Choice("cf")).fields


def test_a_real_packed_map_at_points(shared_data, region):
    """Read whole by another library and interpolated by hand."""
    import xarray

    from landda_hpc.forcing.gridded.files import Reader
    from landda_hpc.forcing.gridded.weights import Targets, make_weights

    path = shared_data / "data" / "forcing" / "gridded_met" / "ERA_Interim_2017a.nc"
    scan = scan_file(path)
    latitude, longitude = region.grid.positions(region.cell)
    weights = make_weights(scan.axes, Targets(latitude, longitude, 5.0))
    found = weights.matrix @ Reader().read(str(path), scan.fields["tair"], 0, weights.rows, weights.shape, weights.cells)
    with xarray.open_dataset(path) as dataset:
        expected = dataset.t2m[0].interp(latitude=("point", latitude), longitude=("point", np.mod(longitude, 360.0)))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
