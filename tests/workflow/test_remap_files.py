"""``landda remap`` and ``landda bench remap``: weights by name, files in any order, figures."""

import json

import netCDF4
import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.cubed_sphere_file import ColumnField, ColumnFile, write_columns
from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import read_weights
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.workflow import remap_fields


def landda(*words):
    done = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def lat_lon_file(tmp_path):
    """Return a file whose rows go south and whose longitudes begin at Greenwich, and its values in the order of the grid."""
    grid = Grid.covering(5.0, -90.0, 90.0)
    values = np.random.default_rng(1).random((3, *grid.shape))
    rain = ("time", "latitude", "longitude"), values, {"units": "mm"}
    data = xarray.Dataset({"rain": rain, "other": ("time", np.zeros(3))},
                          {"latitude": grid.latitudes, "longitude": grid.longitudes, "time": [0.0, 1.0, 2.0]})
    data = data.isel(latitude=slice(None, None, -1)).roll(longitude=36, roll_coords=True)
    data = data.assign_coords(longitude=data.longitude % 360.0).transpose("longitude", "time", "latitude")
    data.to_netcdf(tmp_path / "rain.nc")
    return tmp_path / "rain.nc", values.reshape(3, -1)


def test_there_and_back_by_the_command_line(lat_lon_file, tmp_path):
    path, values = lat_lon_file
    landda("remap", "weights", "5deg", "ne4np4", "-o", tmp_path / "down.nc")
    assert "rain: 2592 to 866 columns" in landda("remap", "apply", tmp_path / "down.nc", path, "-o", tmp_path / "columns.nc")
    down = Remap.conservative(Grid.covering(5.0, -90.0, 90.0), CubedSphere(4)).apply(values)
    file = ColumnFile(tmp_path / "columns.nc")
    np.testing.assert_array_equal(file.read("rain"), down)
    assert file.sphere == CubedSphere(4) and file.units("rain") == "mm"
    landda("remap", "weights", tmp_path / "columns.nc", path, "--method", "bilinear", "-o", tmp_path / "up.nc")
    landda("remap", "apply", tmp_path / "up.nc", tmp_path / "columns.nc", "--plot", tmp_path / "map.png")
    with xarray.open_dataset(tmp_path / "columns_remapped.nc") as found:
        up = Remap.bilinear(CubedSphere(4), Grid.covering(5.0, -90.0, 90.0)).apply(down)
        np.testing.assert_array_equal(found["rain"].values.reshape(3, -1), up)
    assert (tmp_path / "map.png").stat().st_size > 10000


def test_rows_centred_on_the_poles(tmp_path):
    latitude, longitude = np.arange(90.0, -91.0, -5.0), np.arange(0.0, 360.0, 5.0)
    field = np.sin(np.radians(latitude))[:, None] * np.ones(72)
    xarray.Dataset({"t2m": (("latitude", "longitude"), field)}, {"latitude": latitude, "longitude": longitude}
                   ).to_netcdf(tmp_path / "era5.nc")
    landda("remap", "weights", tmp_path / "era5.nc", "ne3np4", "--method", "bilinear", "-o", tmp_path / "w.nc")
    landda("remap", "apply", tmp_path / "w.nc", tmp_path / "era5.nc", "-o", tmp_path / "out.nc")
    file = ColumnFile(tmp_path / "out.nc")
    assert file.read("t2m") == pytest.approx(np.sin(np.radians(file.latitude)), abs=1e-3)
    wrong = xarray.open_dataset(tmp_path / "era5.nc").assign_coords(latitude=latitude * 0.99)
    wrong.to_netcdf(tmp_path / "wrong.nc")
    with pytest.raises(InputError, match="expected those from -90 to 90, 37 of them"):
        landda("remap", "apply", tmp_path / "w.nc", tmp_path / "wrong.nc")


def reanalysis(path):
    """Write a file as reanalyses come: from the north pole, packed, with levels, an unlimited time, its bounds, missing sea."""
    latitude, longitude = np.arange(90.0, -91.0, -5.0), np.arange(0.0, 360.0, 5.0)
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
        for name, size in (("time", None), ("level", 3), ("latitude", 37), ("longitude", 72), ("bnds", 2)):
            file.createDimension(name, size)
        for name, kind, dims, values, attributes in (
                ("latitude", "f4", ("latitude",), latitude, {"units": "degrees_north"}),
                ("longitude", "f4", ("longitude",), longitude, {"units": "degrees_east"}),
                ("level", "i4", ("level",), [250, 500, 850], {"units": "millibars"}),
                ("time", "i4", ("time",), [1069608, 1069614], {"units": "hours since 1900-01-01 00:00:00.0",
                                                               "calendar": "gregorian", "bounds": "time_bnds"}),
                ("time_bnds", "f8", ("time", "bnds"), [[1069605, 1069608], [1069608, 1069614]], {}),
                ("crs", "i4", (), 0, {"grid_mapping_name": "latitude_longitude"})):
            variable = file.createVariable(name, kind, dims)
            variable[...] = values
            variable.setncatts(attributes)
        warmth = file.createVariable("t", "i2", ("time", "level", "latitude", "longitude"), fill_value=-32767)
        warmth.setncatts({"scale_factor": 0.002, "add_offset": 250.0, "missing_value": np.int16(-32767), "units": "K",
                          "standard_name": "air_temperature", "cell_methods": "time: mean", "grid_mapping": "crs",
                          "valid_range": np.array([-32766, 32767], np.int16)})
        column = 240.0 + 40.0 * np.cos(np.radians(latitude))[:, None] + 2.0 * np.cos(np.radians(longitude))
        warmth[:] = np.array([[column - 20.0, column - 10.0, column]] * 2)
        moist = file.createVariable("swvl1", "f4", ("time", "latitude", "longitude"), fill_value=-9999.0)
        moist.units = "m3 m-3"
        moist[:] = np.ma.masked_where(np.broadcast_to(longitude > 180.0, (2, 37, 72)), np.full((2, 37, 72), 0.3))
    return path


def test_a_file_of_a_reanalysis(tmp_path, monkeypatch):
    """Whatever is on no grid stays as it is, and fields come in parts of one time."""
    monkeypatch.setattr(remap_fields, "AT_ONCE", 1.0)
    path = reanalysis(tmp_path / "era5.nc")
    landda("remap", "weights", path, "ne7np4", "-o", tmp_path / "w.nc")
    landda("remap", "apply", tmp_path / "w.nc", path, "-o", tmp_path / "out.nc")
    landda("remap", "apply", tmp_path / "w.nc", path, "-o", tmp_path / "kept.nc", "--skip-missing", "--variable", "swvl1")
    with netCDF4.Dataset(path) as given, netCDF4.Dataset(tmp_path / "out.nc") as found:
        for name in ("time", "level", "time_bnds"):
            assert (found[name][:] == given[name][:]).all() and found[name].dtype == given[name].dtype
            assert found[name].__dict__ == given[name].__dict__
        warmth, grid = found["t"], Grid(37, 72, 5.0, -92.5, -2.5)
        assert warmth.dimensions == ("time", "level", "ncol") and warmth.dtype == np.float32
        assert set(warmth.ncattrs()) == {"_FillValue", "units", "standard_name", "cell_methods", "coordinates"}
        values = given["t"][:].data[..., ::-1, :].reshape(2, 3, -1)
        expected = Remap.conservative(grid, CubedSphere(7)).apply(values)
        assert warmth[:].data == pytest.approx(expected, rel=1e-7)
        assert found["lat"].units == "degrees_north" and found["area"][:].sum() == pytest.approx(4.0 * np.pi)
        moist, east = found["swvl1"][:], CubedSphere(7).longitude
        assert moist.mask[:, east > 185.0].all() and not moist.mask[:, (east > 5.0) & (east < 175.0)].any()
    with netCDF4.Dataset(tmp_path / "kept.nc") as kept:
        more = kept["swvl1"][:]
        assert "t" not in kept.variables and more.count() > moist.count()
        assert np.abs(more.compressed() - 0.3).max() < 1e-7


def test_longitudes_of_a_region_go_on_over_the_date_line(tmp_path):
    """Two ways to write the same region, and one over Greenwich."""
    latitude = np.arange(44.5, 35.0, -1.0)
    for name, longitude, west in (("signed", np.append(np.arange(170.5, 180.0), np.arange(-179.5, -170.0)), 170.0),
                                  ("whole", np.arange(170.5, 190.0), 170.0),
                                  ("greenwich", np.append(np.arange(350.5, 360.0), np.arange(0.5, 10.0)), -10.0)):
        path = tmp_path / f"{name}.nc"
        field = np.cos(np.radians(latitude))[:, None] + np.sin(np.radians(longitude))
        xarray.Dataset({"f": (("lat", "lon"), field)}, {"lat": latitude, "lon": longitude}).to_netcdf(path)
        assert grid_of(path) == Grid(10, 20, 1.0, 35.0, west)
        landda("remap", "weights", path, "ne20np4", "--method", "bilinear", "-o", tmp_path / "w.nc")
        landda("remap", "apply", tmp_path / "w.nc", path, "-o", tmp_path / "out.nc")
        file = ColumnFile(tmp_path / "out.nc")
        found = file.read("f")
        expected = np.cos(np.radians(file.latitude)) + np.sin(np.radians(file.longitude))
        inside = np.isfinite(found)
        assert 80 < inside.sum() < 110 and found[inside] == pytest.approx(expected[inside], abs=0.012)
    xarray.Dataset({"f": (("y", "x"), np.zeros((2, 3)))}, {"lat": (("y", "x"), np.zeros((2, 3))),
                                                           "lon": (("y", "x"), np.zeros((2, 3)))}).to_netcdf(path)
    with pytest.raises(InputError, match="expected an axis each"):
        grid_of(path)


def test_land_and_soil_classes_of_a_domain(tmp_path):
    sphere, domain = CubedSphere(3), read_domain("5deg")
    wanted = sphere.latitude > 0.0
    write_columns(tmp_path / "land.nc", sphere, {"land_mask": ColumnField(wanted.astype(float), "1")})
    text = landda("remap", "weights", "5deg", "ne3np4", "--method", "same_class", "--source-land", "5deg", "--target-land",
                  tmp_path / "land.nc", "-o", tmp_path / "soil.nc")
    with xarray.open_dataset(tmp_path / "soil.nc") as weights:
        has_value = weights["mask_b"].values == 1
        assert set(weights["col"].values - 1) <= set(domain.cell) and not has_value[~wanted].any() and has_value.any()
    assert f"{(~has_value).sum()} targets without a value" in text


def test_land_fractions_of_either_side(tmp_path):
    sphere, grid = CubedSphere(3), Grid.covering(5.0, -90.0, 90.0)
    fraction = np.random.default_rng(3).random(sphere.n_columns).round(1)
    write_columns(tmp_path / "nodes.nc", sphere, {"land": ColumnField(np.where(fraction > 0.2, fraction, np.nan), "1")})
    landda("remap", "weights", "ne3np4", "5deg", "--source-land", f"{tmp_path / 'nodes.nc'}:land", "-o", tmp_path / "w.nc")
    own = Remap.conservative(sphere, grid, np.where(fraction > 0.2, fraction, 0.0))
    np.testing.assert_array_equal(read_weights(tmp_path / "w.nc").weight, own.weight)
    domain = read_domain("5deg")
    land = domain.on_grid(domain.fields["land_fraction"], 0.0)
    xarray.Dataset({"f": (("lat", "lon"), land)}, {"lat": grid.latitudes, "lon": grid.longitudes}).to_netcdf(tmp_path / "f.nc")
    landda("remap", "weights", "5deg", "ne3np4", "--source-land", f"{tmp_path / 'f.nc'}:f", "-o", tmp_path / "w.nc")
    own = Remap.conservative(grid, sphere, land.ravel())
    np.testing.assert_array_equal(read_weights(tmp_path / "w.nc").weight, own.weight)


@pytest.mark.parametrize("name, grid", [("0.25deg", Grid(720, 1440, 0.25, -90.0, -180.0)), ("ne30np4", CubedSphere(30)),
                                        ("ne30pg", CubedSphere.cells(30)), ("ne4pg2", CubedSphere.cells(4, 2))])
def test_names_of_grids(name, grid):
    assert grid_of(name) == grid


def test_files_of_grids(tmp_path):
    text = landda("remap", "grid", "ne3np4", "-o", tmp_path / "grid.nc")
    assert "488 nodes" in text and grid_of(tmp_path / "grid.nc") == CubedSphere(3)
    with xarray.open_dataset(tmp_path / "grid.nc") as found:
        assert found["area"].values.sum() == pytest.approx(4.0 * np.pi, rel=1e-14)
        assert found["mesh"].attrs["cf_role"] == "mesh_topology" and found["lat"].attrs["bounds"] == "lat_bounds"
        assert found["lon_bounds"].shape == (488, 8) and found["mesh_faces"].shape == (6 * 81, 4)
    with pytest.raises(ConfigError, match="5deg is 36 x 72 cells .* expected a cubed sphere"):
        CliRunner().invoke(cli, ["remap", "grid", "5deg", "-o", str(tmp_path / "none.nc")], catch_exceptions=False)


def test_what_is_no_grid_or_no_land_of_it(tmp_path):
    with pytest.raises(ConfigError, match="ne30 is no grid: expected a name such as 0.25deg, ne30np4"):
        grid_of("ne30")
    for words, message in ((("2.5deg", "ne1np4", "--source-land", "5deg"), "expected points of 72 x 144 cells"),
                           (("5deg", "ne1np4", "--method", "same_class", "--source-land", "a.nc:f"), "give --source-land"),
                           (("5deg", "ne1np4", "--method", "basis", "--source-land", "5deg"), "takes no land mask"),
                           (("5deg", "ne1np4", "--method", "same_class"), "give --source-land")):
        with pytest.raises(ConfigError, match=message):
            CliRunner().invoke(cli, ["remap", "weights", *words, "-o", str(tmp_path / "w.nc")], catch_exceptions=False)


def test_bench(tmp_path):
    landda("bench", "remap", "--grid", "10deg", "--sphere", "ne2np4", "--repeats", "1", "-o", tmp_path / "bench.json")
    cases = json.loads((tmp_path / "bench.json").read_text())["cases"]
    assert len(cases) == 6 and all(case["weights"] > 0 and case["apply_ms"] > 0.0 for case in cases)
