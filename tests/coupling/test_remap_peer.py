"""Weights against those of CDO, where it is installed."""

import shutil
import subprocess

import netCDF4
import numpy as np
import pytest

from landda_hpc.coupling.cubed_sphere import CubedSphere, vectors_of
from landda_hpc.coupling.cubed_sphere_file import ColumnField, write_columns
from landda_hpc.coupling.outlines import outlines
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import read_weights
from landda_hpc.domain.grid import Grid

pytestmark = pytest.mark.skipif(shutil.which("cdo") is None, reason="cdo is not installed")

GRID, SPHERE = Grid.covering(10.0, -90.0, 90.0), CubedSphere.cells(6, 2)


def described(path, sphere):
    """Write CDO's description of a cubed sphere."""
    latitude, longitude = outlines(sphere)
    lines = [f"gridtype = unstructured\ngridsize = {sphere.n_columns}\nnvertex = {latitude.shape[1]}"]
    for name, values in (("xvals", sphere.longitude), ("yvals", sphere.latitude), ("xbounds", longitude),
                         ("ybounds", latitude)):
        lines.append(f"{name} = " + "\n".join(" ".join(f"{value:.15g}" for value in row) for row in np.atleast_2d(values)))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def files(tmp_path):
    with netCDF4.Dataset(tmp_path / "cells.nc", "w") as file:
        for name, values, units in (("lat", GRID.latitudes, "degrees_north"), ("lon", GRID.longitudes, "degrees_east")):
            file.createDimension(name, len(values))
            axis = file.createVariable(name, "f8", (name,))
            axis.units, axis[:] = units, values
        random = np.random.default_rng(3).random(GRID.shape)
        file.createVariable("field", "f8", ("lat", "lon"))[:] = random
    return tmp_path, described(tmp_path / "sphere.txt", SPHERE)


def run_cdo(*words):
    subprocess.run(["cdo", "-s", *map(str, words)], check=True, capture_output=True, text=True)


def test_conservative_weights_are_those_of_cdo(files):
    """CDO takes the sides of latitude-longitude cells for parallels too."""
    folder, sphere = files
    run_cdo(f"gencon,{sphere}", folder / "cells.nc", folder / "weights.nc")
    peer, own = read_weights(folder / "weights.nc"), Remap.conservative(GRID, SPHERE)
    assert peer.target.shape[0] == SPHERE.n_columns
    assert np.abs(peer.matrix - own.matrix).max() < 1.0e-12
    np.testing.assert_allclose(peer.target.area, SPHERE.area, rtol=1e-12)


def test_conservative_from_the_sphere_is_that_of_cdo(files):
    folder, sphere = files
    values = np.random.default_rng(4).random(SPHERE.n_columns)
    run_cdo(f"remapcon,{sphere}", folder / "cells.nc", folder / "columns.nc")
    with netCDF4.Dataset(folder / "columns.nc", "a") as file:
        file["field"][:] = values
    run_cdo(f"remapcon,{folder / 'cells.nc'}", folder / "columns.nc", folder / "back.nc")
    with netCDF4.Dataset(folder / "back.nc") as file:
        back = file["field"][:].data
    np.testing.assert_allclose(back.ravel(), Remap.conservative(SPHERE, GRID).apply(values), atol=1.0e-12)


def test_bilinear_to_the_sphere_is_that_of_cdo(files):
    """Between the last rows and the poles CDO has another rule."""
    folder, sphere = files
    run_cdo(f"remapbil,{sphere}", folder / "cells.nc", folder / "columns.nc")
    with netCDF4.Dataset(folder / "cells.nc") as file:
        field = file["field"][:].data.ravel()
    with netCDF4.Dataset(folder / "columns.nc") as file:
        peer = file["field"][:].data
    inside = np.abs(SPHERE.latitude) < GRID.latitudes[-1]
    np.testing.assert_allclose(Remap.bilinear(GRID, SPHERE).apply(field)[inside], peer[inside], atol=1.0e-12)


# ---- nodes of spectral elements, whose outlines have up to eight corners


@pytest.fixture(scope="module", params=[CubedSphere(1), CubedSphere(5)], ids=lambda sphere: sphere.name)
def nodes(request, tmp_path_factory):
    """Return a folder with a field on cells, one on nodes, CDO's description of the nodes, and the sphere."""
    folder, sphere = tmp_path_factory.mktemp("nodes"), request.param
    write_columns(folder / "columns.nc", sphere, {"field": ColumnField(np.random.default_rng(5).random(sphere.n_columns), "1")})
    with netCDF4.Dataset(folder / "cells.nc", "w") as file:
        for name, values, units in (("lat", GRID.latitudes[::-1], "degrees_north"),
                                    ("lon", np.sort(np.mod(GRID.longitudes, 360.0)), "degrees_east")):
            file.createDimension(name, len(values))
            axis = file.createVariable(name, "f8", (name,))
            axis.units, axis[:] = units, values
        file.createVariable("field", "f8", ("lat", "lon"))[:] = np.random.default_rng(6).random(GRID.shape)
    return folder, described(folder / "nodes.txt", sphere), sphere


def fields(folder, *names):
    found = []
    for name in names:
        with netCDF4.Dataset(folder / name) as file:
            found.append(file["field"][:].data)
    return found


def in_order(cells):
    """Return values of cells from the north and Greenwich in the order of the grid."""
    return np.roll(cells[::-1], GRID.n_columns // 2, axis=1).ravel()


def test_nodes_are_remapped_as_by_cdo(nodes):
    folder, description, sphere = nodes
    run_cdo(f"remapcon,{description}", folder / "cells.nc", folder / "con.nc")
    run_cdo(f"remapbil,{description}", folder / "cells.nc", folder / "bil.nc")
    run_cdo(f"remapcon,{folder / 'cells.nc'}", f"-setgrid,{description}", folder / "columns.nc", folder / "back.nc")
    cells, columns, conservative, bilinear, back = fields(folder, "cells.nc", "columns.nc", "con.nc", "bil.nc", "back.nc")
    np.testing.assert_allclose(Remap.conservative(GRID, sphere).apply(in_order(cells)), conservative, atol=1.0e-12)
    # The areas that CDO itself gives to outlines of eight corners are off by 1e-8 of what they enclose.
    np.testing.assert_allclose(Remap.conservative(sphere, GRID).apply(columns), in_order(back), atol=1.0e-8)
    inside = np.abs(sphere.latitude) < GRID.latitudes[-1]
    np.testing.assert_allclose(Remap.bilinear(GRID, sphere).apply(in_order(cells))[inside], bilinear[inside], atol=1.0e-12)


def test_the_nearest_of_nodes_is_that_of_cdo(nodes):
    """Where two columns are equally near either may be taken."""
    folder, description, sphere = nodes
    run_cdo(f"remapnn,{description}", folder / "cells.nc", folder / "nn.nc")
    run_cdo(f"remapnn,{folder / 'cells.nc'}", f"-setgrid,{description}", folder / "columns.nc", folder / "nnback.nc")
    cells, columns, there, back = fields(folder, "cells.nc", "columns.nc", "nn.nc", "nnback.nc")
    for source, target, values, peer in ((GRID, sphere, in_order(cells), there), (sphere, GRID, columns, in_order(back))):
        own = Remap.nearest(source, target)
        places = [vectors_of(side.latitude, side.longitude) for side in (own.source, own.target)]
        near, next_near = np.sort(np.linalg.norm(places[1][:, None] - places[0], axis=2), axis=1)[:, :2].T
        clear = next_near - near > 1.0e-9
        assert clear.mean() > 0.4
        np.testing.assert_array_equal(own.apply(values)[clear], peer[clear])


def test_between_cubed_spheres_as_by_cdo(tmp_path):
    """CDO takes the outlines from the files; those of nodes have eight corners, see above."""
    source, target, values = CubedSphere(4), CubedSphere.cells(3, 2), np.random.default_rng(7).random(866)
    write_columns(tmp_path / "source.nc", source, {"field": ColumnField(values, "1")}, with_mesh=True)
    write_columns(tmp_path / "target.nc", target, {}, with_mesh=True)
    run_cdo(f"remapcon,{tmp_path / 'target.nc'}", "-selname,field", tmp_path / "source.nc", tmp_path / "out.nc")
    (peer,) = fields(tmp_path, "out.nc")
    np.testing.assert_allclose(Remap.conservative(source, target).apply(values), peer, atol=1.0e-8)
