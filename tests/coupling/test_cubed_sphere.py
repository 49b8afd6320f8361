"""Geometry of the cubed sphere: areas, orientation, connectivity, files in any order."""

import numpy as np
import pytest
import xarray

from landda_hpc.coupling.cubed_sphere import CENTRE, X_AXIS, Y_AXIS, CubedSphere, gauss_lobatto, locate
from landda_hpc.coupling.cubed_sphere_file import ColumnField, ColumnFile, HybridLevels, write_columns
from landda_hpc.coupling.outlines import node_mesh, outlines, patch_mesh
from landda_hpc.coupling.recognise import match_columns, sphere_of
from landda_hpc.errors import ConfigError, InputError

SPHERES = [CubedSphere(1), CubedSphere(2), CubedSphere(5), CubedSphere(3, 3), CubedSphere.cells(1), CubedSphere.cells(3),
           CubedSphere.cells(4, 2)]
IDS = [sphere.name for sphere in SPHERES]


@pytest.mark.parametrize("sphere", SPHERES, ids=IDS)
def test_areas_sum_to_the_sphere(sphere):
    assert sphere.area.sum() == pytest.approx(4.0 * np.pi, rel=1e-14)
    assert sphere.n_columns == len(sphere.area) == len(sphere.latitude) == len(sphere.longitude)
    assert (sphere.area > 0.0).all()


@pytest.mark.parametrize("ne, columns, error", [(4, 866, 8.8e-8), (8, 3458, 1.5e-9), (16, 13826, 2.5e-11)])
def test_quadrature_sums_to_the_sphere(ne, columns, error):
    sphere = CubedSphere(ne)
    assert sphere.n_columns == columns
    assert abs(sphere.mass.sum() / (4.0 * np.pi) - 1.0) == pytest.approx(error, rel=0.1)


def test_quadrature_is_exact_for_a_smooth_field():
    """The mean of sin^2(latitude) is a third."""
    sphere = CubedSphere(8)
    assert (sphere.mass * np.sin(np.radians(sphere.latitude)) ** 2).sum() == pytest.approx(4.0 * np.pi / 3.0, rel=1e-8)


def test_gauss_lobatto_points():
    points, weights = gauss_lobatto(4)
    assert points == pytest.approx([-1.0, -(5.0**-0.5), 5.0**-0.5, 1.0], abs=1e-15)
    assert weights == pytest.approx([1 / 6, 5 / 6, 5 / 6, 1 / 6], abs=1e-15)


def test_faces_are_right_handed_and_elements_follow_their_axes():
    assert (np.cross(X_AXIS, Y_AXIS) == CENTRE).all()
    sphere = CubedSphere.cells(2)
    first = sphere.vectors.reshape(6, 2, 2, 3)
    assert (((first[:, 0, 1] - first[:, 0, 0]) * X_AXIS).sum(axis=1) > 0.5).all()
    assert (((first[:, 1, 0] - first[:, 0, 0]) * Y_AXIS).sum(axis=1) > 0.5).all()


def test_faces_lie_where_they_are_specified():
    first = CubedSphere.cells(2).longitude.reshape(6, 4)[:, 0]  # low alpha, low beta
    assert first == pytest.approx([337.5, 67.5, 157.5, 247.5, 315.0, 225.0])


def test_elements_meet_in_shared_nodes():
    sphere = CubedSphere(3)
    copies = np.bincount(sphere.elements.ravel())
    # Inside elements, on sides, at corners of the cube and of elements.
    assert np.bincount(copies).tolist() == [0, 6 * 9 * 4, 12 * 9 * 2, 8, 6 * 9 + 2 - 8]
    assert (np.diff(np.unique(sphere.elements.ravel(), return_index=True)[1]) > 0).all()  # numbered as elements meet them
    corner = sphere.vectors[np.bincount(sphere.elements.ravel()) == 3]
    assert np.abs(corner) == pytest.approx(3.0**-0.5)


def test_no_two_nodes_in_one_place():
    sphere = CubedSphere(6)
    assert len(np.unique(np.round(sphere.vectors, 7) + 0.0, axis=0)) == sphere.n_columns


def test_nodes_are_found_in_their_elements():
    sphere = CubedSphere(4)
    face, alpha, beta = locate(sphere.latitude, sphere.longitude)
    found = CENTRE[face] + np.tan(alpha)[:, None] * X_AXIS[face] + np.tan(beta)[:, None] * Y_AXIS[face]
    assert found / np.linalg.norm(found, axis=1)[:, None] == pytest.approx(sphere.vectors, abs=1e-14)


@pytest.mark.parametrize("arguments", [(0,), (3, 1), (2, 4, -1)])
def test_sizes_that_are_none(arguments):
    with pytest.raises(ConfigError, match="cannot be made"):
        CubedSphere(*arguments)


def enclosed(latitude, longitude):
    """Return the solid angles of outlines of great circles, by the angles at their corners."""
    north, east = np.radians(latitude), np.radians(longitude)
    vectors = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)
    first, total = vectors[:, 0], 0.0
    for k in range(1, vectors.shape[1] - 1):
        b, c = vectors[:, k], vectors[:, k + 1]
        below = 1.0 + (first * b).sum(-1) + (b * c).sum(-1) + (c * first).sum(-1)
        total = total + 2.0 * np.arctan2((first * np.cross(b, c)).sum(-1), below)
    return total


@pytest.mark.parametrize("sphere", SPHERES, ids=IDS)
def test_outlines_enclose_the_areas(sphere):
    assert enclosed(*outlines(sphere)) == pytest.approx(sphere.area, rel=1e-9)


@pytest.mark.parametrize("sphere, mesh", [(CubedSphere(3), node_mesh), (CubedSphere(3), patch_mesh),
                                          (CubedSphere.cells(5), patch_mesh)])
def test_meshes_cover_the_sphere_once(sphere, mesh):
    latitude, longitude, faces = mesh(sphere)
    area = enclosed(latitude[faces], longitude[faces])
    assert (area > 0.0).all() and area.sum() == pytest.approx(4.0 * np.pi, rel=1e-12)


# ---- files

TIMES = np.array(["2022-07-01T00", "2022-07-01T06"], "datetime64[s]")
LEVELS = HybridLevels(np.linspace(0.1, 0.0, 3), np.linspace(0.0, 1.0, 3), np.linspace(0.1, 0.0, 4), np.linspace(0.0, 1.0, 4))


@pytest.fixture
def written(tmp_path):
    sphere = CubedSphere(2)
    values = np.random.default_rng(1).random((2, 3, sphere.n_columns))
    fields = {"T": ColumnField(values, "K", "air_temperature"), "PS": ColumnField(values[:, 0], "Pa")}
    write_columns(tmp_path / "columns.nc", sphere, fields, TIMES, LEVELS, with_mesh=True)
    return tmp_path / "columns.nc", sphere, values


def test_what_is_written_is_read(written):
    path, sphere, values = written
    file = ColumnFile(path)
    assert file.sphere == sphere and (file.times == TIMES).all() and (file.area == sphere.area).all()
    assert (file.read("T") == values).all() and (file.read("PS") == values[:, 0]).all() and file.units("T") == "K"
    assert (file.levels.hyai == LEVELS.hyai).all() and file.levels.reference_pressure == 1.0e5


def test_other_orders_and_names_are_the_same(written, tmp_path):
    path, sphere, values = written
    order = np.random.default_rng(2).permutation(sphere.n_columns)
    with xarray.open_dataset(path) as data:
        other = data[["T", "lat", "lon"]].isel(ncol=order).rename({"T": "ta", "lat": "latitude", "lon": "longitude"})
        other["longitude"] = (other["longitude"] + 180.0) % 360.0 - 180.0 + 3.0e-5
        other.transpose("time", "ncol", "lev").to_netcdf(tmp_path / "other.nc")
    file = ColumnFile(tmp_path / "other.nc")
    assert file.sphere == sphere and (file.read("T") == values).all()
    assert (ColumnFile(tmp_path / "other.nc", aliases={"warmth": ("ta",)}).read("warmth") == values).all()
    with pytest.raises(InputError, match="has no Q; tried Q, qv, hus, q"):
        file.read("Q")


def test_columns_that_are_elsewhere_are_refused():
    sphere = CubedSphere(2)
    latitude = sphere.latitude.copy()
    latitude[17] += 3.0e-4
    assert sphere_of(latitude, sphere.longitude) == (None, None)
    with pytest.raises(InputError, match="1 of 218 columns .* first column 17"):
        match_columns(latitude, sphere.longitude, sphere.latitude, sphere.longitude, "file.nc")


def test_a_field_of_another_shape_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected {'ncol': 56}"):
        write_columns(tmp_path / "columns.nc", CubedSphere(1), {"T": ColumnField(np.zeros(55), "K")})
    assert not list(tmp_path.iterdir())
