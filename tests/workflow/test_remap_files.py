"""``landda remap`` and ``landda bench remap``: weights by name, files in any order, figures."""

import json

import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.cubed_sphere_file import ColumnField, ColumnFile, write_columns
from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError


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


@pytest.mark.parametrize("name, grid", [("0.25deg", Grid(720, 1440, 0.25, -90.0, -180.0)), ("ne30np4", CubedSphere(30)),
                                        ("ne30pg", CubedSphere.cells(30)), ("ne4pg2", CubedSphere.cells(4, 2))])
def test_names_of_grids(name, grid):
    assert grid_of(name) == grid


def test_what_is_no_grid_or_no_land_of_it(tmp_path):
    with pytest.raises(ConfigError, match="ne30 is no grid: expected a name such as 0.25deg, ne30np4"):
        grid_of("ne30")
    for words, message in ((("2.5deg", "ne1np4", "--source-land", "5deg"), "expected points of 72 x 144 cells"),
                           (("ne1np4", "5deg", "--source-land", "5deg"), "needs a latitude-longitude grid"),
                           (("5deg", "ne1np4", "--method", "same_class"), "give --source-land")):
        with pytest.raises(ConfigError, match=message):
            CliRunner().invoke(cli, ["remap", "weights", *words, "-o", str(tmp_path / "w.nc")], catch_exceptions=False)


def test_bench(tmp_path):
    landda("bench", "remap", "--grid", "10deg", "--sphere", "ne2np4", "--repeats", "1", "-o", tmp_path / "bench.json")
    cases = json.loads((tmp_path / "bench.json").read_text())["cases"]
    assert len(cases) == 6 and all(case["weights"] > 0 and case["apply_ms"] > 0.0 for case in cases)
