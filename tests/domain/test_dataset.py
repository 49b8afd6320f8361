"""Domain files: what is written is read, and what cannot be used is refused with all its problems."""

import h5netcdf
import numpy as np
import pytest
import xarray

from landda_hpc.domain.dataset import FIELDS, check_domain, read_domain, write_domain
from landda_hpc.errors import ConfigError, InputError
from tests.domain.conftest import LAND, LATITUDES, LONGITUDES


@pytest.fixture
def path(tmp_path, small_domain):
    write_domain(tmp_path / "domain.nc", small_domain())
    return tmp_path / "domain.nc"


def refused(domain):
    with pytest.raises(InputError) as error:
        check_domain(domain)
    return str(error.value)


def without(domain, name):
    return domain._replace(fields={key: values for key, values in domain.fields.items() if key != name})


def test_a_domain_comes_back_from_its_file(path, small_domain):
    before, after = small_domain(), read_domain(path)
    assert after.n_total == LAND.sum() and after.attributes["title"] == "small" and after.path == str(path)
    for expected, found in zip(before.grid.positions(before.cell), after.grid.positions(after.cell)):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert set(after.fields) == set(FIELDS)
    for name, values in before.fields.items():
        np.testing.assert_allclose(after.fields[name], values, rtol=1e-6, err_msg=name)
        assert after.fields[name].dtype == (np.int64 if name.endswith(("cover", "class")) else np.float64)


def test_points_are_in_order_from_the_south_west(path):
    domain = read_domain(path)
    assert (np.diff(domain.cell) > 0).all()
    assert (np.diff(domain.grid.positions(domain.cell)[0]) >= 0).all()


def test_other_programs_can_read_the_file(path):
    with xarray.open_dataset(path) as dataset:
        assert dataset["green_vegetation_fraction"].dims == ("month", "latitude", "longitude")
        assert dataset["elevation"].attrs["standard_name"] == "surface_altitude"
        assert dataset["elevation"].notnull().sum() == LAND.sum() and dataset["land_mask"].sum() == LAND.sum()
        np.testing.assert_allclose(dataset["latitude"], LATITUDES)
        np.testing.assert_allclose(dataset["longitude"], LONGITUDES)
        assert (dataset["land_cover"].where(dataset["land_mask"] == 1) >= 1).sum() == LAND.sum()


def test_the_digest_tells_domains_apart(small_domain):
    domain = small_domain()
    assert domain.digest() == small_domain().digest()
    changed = domain.fields["elevation"].copy()
    changed[3] += 1e-9
    others = [small_domain(elevation=changed), domain._replace(land_cover_scheme="usgs"), domain.take(slice(1, None)),
              domain._replace(grid=domain.grid._replace(west=0.0))]
    assert len({domain.digest(), *(other.digest() for other in others)}) == 5


def test_a_region_keeps_the_points_inside(small_domain):
    domain = small_domain()
    part = domain.within(40.25, 40.75, -9.75, -9.0)
    latitude, longitude = part.grid.positions(part.cell)
    assert part.n_total == LAND[1:3, 2:].sum() and part.grid == domain.grid
    assert latitude.min() > 40.25 and latitude.max() < 40.75 and longitude.min() > -9.75
    assert domain.within(-90.0, 90.0, -180.0, 180.0).n_total == domain.n_total
    assert domain.within(40.25, 40.75, 350.25, 351.0).n_total == part.n_total
    with pytest.raises(ConfigError, match="no land points"):
        domain.within(0.0, 10.0, 0.0, 10.0)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.required])
def test_a_missing_field_is_named(small_domain, name):
    assert f"{name} is missing" in refused(without(small_domain(), name))


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if not field.required])
def test_optional_fields_may_be_left_out(small_domain, name):
    check_domain(without(small_domain(), name))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("side", ["least", "greatest", "missing"])
def test_values_out_of_bounds_are_told_with_their_place(small_domain, name, side):
    domain, field = small_domain(), FIELDS[name]
    bad = {"least": field.least - 1.0, "greatest": field.greatest + 1.0, "missing": np.nan}[side]
    values = domain.fields[name].astype(float)
    values[..., 4] = bad
    latitude, longitude = domain.grid.positions(domain.cell[4])
    text = refused(small_domain(**{name: values}))
    assert f"{name} is not within" in text and f"at 1 of {domain.n_total} land points" in text
    assert f"first {bad:g} at {latitude:g} N {longitude:g} E" in text


def test_all_problems_are_told_at_once(small_domain):
    domain = without(small_domain(soil_class=np.full(LAND.sum(), 40), albedo=np.zeros((11, LAND.sum()))), "elevation")
    text = refused(domain)
    assert "soil_class is not within 1 to 19" in text and "elevation is missing" in text and "albedo has the shape (11," in text


def test_a_domain_without_land_is_refused(small_domain):
    domain = small_domain()
    assert "no land point" in refused(domain.take(np.zeros(domain.n_total, bool)))


def test_other_files_are_refused(tmp_path, path):
    with pytest.raises(InputError, match="does not exist"):
        read_domain(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(InputError, match="cannot be read as a domain"):
        read_domain(tmp_path / "text.nc")
    with h5netcdf.File(tmp_path / "other.nc", "w") as file:
        file.dimensions = {"latitude": 2}
        file.create_variable("latitude", ("latitude",), float)
    with pytest.raises(InputError, match="no land_mask"):
        read_domain(tmp_path / "other.nc")
    (tmp_path / "cut.nc").write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="cannot be read as a domain"):
        read_domain(tmp_path / "cut.nc")


def test_a_refused_domain_leaves_no_file(small_domain, tmp_path):
    with pytest.raises(InputError):
        write_domain(tmp_path / "domain.nc", without(small_domain(), "elevation"))
    assert list(tmp_path.iterdir()) == []
