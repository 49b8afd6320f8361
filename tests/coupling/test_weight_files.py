"""Files of weights that other programs write: ESMF, xESMF and SCRIP, with rows in any order, and damaged ones."""

import netCDF4
import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import read_weights, write_weights
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError

GRID, SPHERE = Grid.covering(15.0, -90.0, 90.0), CubedSphere(1)


@pytest.fixture(scope="module")
def remap():
    return Remap.conservative(GRID, SPHERE)


def triples(remap, seed=1):
    """Return row, column and weight from 1, shuffled, every third weight divided into two entries."""
    row = np.repeat(np.arange(remap.n_target), np.diff(remap.start)) + 1
    column, weight = remap.index + 1, remap.weight.copy()
    twice = np.arange(0, len(row), 3)
    weight[twice] *= 0.25
    row, column, weight = (np.append(values, values[twice]) for values in (row, column, weight))
    weight[-len(twice):] *= 3.0
    order = np.random.default_rng(seed).permutation(len(row))
    return row[order], column[order], weight[order]


def put(path, variables, attributes=None, **options):
    """Write variables, given as their dimensions and values."""
    with netCDF4.Dataset(path, "w", **options) as file:
        file.setncatts(attributes or {})
        for name, (dims, values) in variables.items():
            for dim, size in zip(dims, np.shape(values)):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            file.createVariable(name, np.asarray(values).dtype, dims)[...] = values
    return path


def esmf(remap):
    """Return the variables of a file of ESMF_RegridWeightGen."""
    row, column, weight = triples(remap)
    found = {"S": (("n_s",), weight), "row": (("n_s",), row.astype(np.int32)), "col": (("n_s",), column.astype(np.int32)),
             "src_grid_dims": (("src_grid_rank",), np.array([24, 12], np.int32)),
             "dst_grid_dims": (("dst_grid_rank",), np.array([56], np.int32))}
    for side, columns, fraction in (("a", remap.source, remap.source_fraction), ("b", remap.target, remap.target_fraction)):
        found |= {f"{name}_{side}": ((f"n_{side}",), values) for name, values in
                  (("yc", columns.latitude), ("xc", columns.longitude), ("area", columns.area), ("frac", fraction),
                   ("mask", np.ones(columns.n_columns, np.int32)))}
    return found


def scrip(remap, areas=False):
    """Return the variables of a file of SCRIP: radians, a dimension of one weight a link."""
    row, column, weight = triples(remap, 2)
    weight = weight * remap.target.area[row - 1] if areas else weight
    found = {"remap_matrix": (("num_links", "num_wgts"), weight[:, None]),
             "dst_address": (("num_links",), row.astype(np.int32)),
             "src_address": (("num_links",), column.astype(np.int32)),
             "src_grid_dims": (("src_grid_rank",), np.array([24, 12], np.int32)),
             "dst_grid_dims": (("dst_grid_rank",), np.array([56], np.int32))}
    for side, columns in (("src", remap.source), ("dst", remap.target)):
        found |= {f"{side}_grid_{name}": ((f"{side}_grid_size",), values) for name, values in
                  (("center_lat", np.radians(columns.latitude)), ("center_lon", np.radians(columns.longitude)),
                   ("area", columns.area), ("frac", np.ones(columns.n_columns)))}
    return found


def with_radians(path):
    with netCDF4.Dataset(path, "a") as file:
        for name in file.variables:
            if "center" in name:
                file[name].units = "radians"
    return path


def test_files_of_other_programs(remap, tmp_path):
    values = np.random.default_rng(3).random((2, GRID.n_rows * GRID.n_columns))
    wanted = remap.apply(values)
    method = {"map_method": "Conservative remapping"}
    paths = [put(tmp_path / "esmf.nc", esmf(remap), method | {"normalization": "destarea"}, format="NETCDF3_64BIT_OFFSET"),
             with_radians(put(tmp_path / "scrip.nc", scrip(remap), method | {"normalization": "fracarea"},
                              format="NETCDF3_CLASSIC")),
             with_radians(put(tmp_path / "areas.nc", scrip(remap, True), method | {"normalization": "none"}))]
    for path in paths:
        read = read_weights(path)
        assert read.apply(values) == pytest.approx(wanted, rel=1e-13), path.name
        assert read.source.shape == GRID.shape and read.target.shape == (56,)
        assert read.target.latitude == pytest.approx(SPHERE.latitude, abs=1e-12)
        assert (np.abs(read.matrix - remap.matrix)).max() < 1e-15


def test_weights_without_positions(remap, tmp_path):
    """xESMF writes the triples alone, in the order of the file that the grid came from: here from the north, 0 to 360."""
    row, column, weight = triples(remap)
    put(tmp_path / "xesmf.nc", {"S": (("n_s",), weight), "row": (("n_s",), row), "col": (("n_s",), column)})
    with pytest.raises(InputError, match="has no yc_a, the positions of its columns. Name the grid with --source"):
        read_weights(tmp_path / "xesmf.nc")
    i, j = np.divmod(column - 1, GRID.n_columns)
    other = (GRID.n_rows - 1 - i) * GRID.n_columns + (j + GRID.n_columns // 2) % GRID.n_columns + 1
    put(tmp_path / "other.nc", {"S": (("n_s",), weight), "row": (("n_s",), row), "col": (("n_s",), other)})
    values = np.random.default_rng(4).random(GRID.shape)
    data = xarray.Dataset({"field": (("lat", "lon"), values)}, {"lat": GRID.latitudes, "lon": GRID.longitudes})
    data = data.isel(lat=slice(None, None, -1)).roll(lon=GRID.n_columns // 2, roll_coords=True)
    data.assign_coords(lon=data.lon % 360.0).to_netcdf(tmp_path / "field.nc")
    for weights, source in (("xesmf.nc", "15deg"), ("other.nc", tmp_path / "field.nc")):
        words = ["remap", "apply", tmp_path / weights, tmp_path / "field.nc", "--source", source, "--target", "ne1np4",
                 "-o", tmp_path / "out.nc"]
        done = CliRunner().invoke(cli, list(map(str, words)), catch_exceptions=False)
        assert done.exit_code == 0
        with xarray.open_dataset(tmp_path / "out.nc") as found:
            assert found["field"].values == pytest.approx(remap.apply(values.ravel()), rel=1e-13)
    with pytest.raises(InputError, match="col has .* to 288, entry .*; expected .* from 1 to 162"):
        read_weights(tmp_path / "xesmf.nc", columns_of(Grid.covering(20.0, -90.0, 90.0)), columns_of(SPHERE))


@pytest.mark.parametrize("name, values, message", [
    ("row", 0, "row has .* from 0 to 56, entry 8 is 0; expected .* from 1 to 56"),
    ("col", 289, "col has .* to 289, entry 8 is 289; expected .* from 1 to 288"),
    ("S", np.nan, "weight 8 is not a number"), ("yc_b", 91.0, "are no latitudes and longitudes"),
    ("xc_a", np.inf, "are no latitudes and longitudes")])
def test_numbers_that_cannot_be(remap, tmp_path, name, values, message):
    path = put(tmp_path / "weights.nc", esmf(remap))
    with netCDF4.Dataset(path, "a") as file:
        file[name][7] = values
    with pytest.raises(InputError, match=message):
        read_weights(path)


@pytest.mark.parametrize("name, message", [
    ("area_a", "area_a has 287 values, expected 288"), ("frac_b", "frac_b has 55 values"),
    ("xc_b", "xc_b has 55 values, expected 56"), ("row", "row has .*; expected")])
def test_sizes_that_do_not_agree(remap, tmp_path, name, message):
    variables = esmf(remap)
    variables[name] = (("short",), variables[name][1][:-1])
    with pytest.raises(InputError, match=message):
        read_weights(put(tmp_path / "weights.nc", variables))


def test_second_order_and_damage(remap, tmp_path):
    variables = scrip(remap)
    weight = variables["remap_matrix"][1]
    variables["remap_matrix"] = (("num_links", "num_wgts"), np.hstack([weight] * 4))
    with pytest.raises(InputError, match="4 weights a link need gradients"):
        read_weights(put(tmp_path / "bicubic.nc", variables, {"map_method": "Bicubic remapping"}))
    write_weights(tmp_path / "whole.nc", remap)
    content = (tmp_path / "whole.nc").read_bytes()
    for size in (0, 10, 3000, len(content) // 2, len(content) - 1):
        (tmp_path / "part.nc").write_bytes(content[:size])
        with pytest.raises(InputError, match="cannot be read as a file of weights"):
            read_weights(tmp_path / "part.nc")
    put(tmp_path / "field.nc", {"rain": (("x",), np.zeros(3))})
    with pytest.raises(InputError, match="has no weights: expected the variables S, row and col"):
        read_weights(tmp_path / "field.nc")
