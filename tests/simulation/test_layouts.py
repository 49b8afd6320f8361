"""The structure of simulated files against that of real ones."""

import h5py
import netCDF4
import numpy as np
import pytest

from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.simulate import simulate_products

from .conftest import START

TEXTS = ("long_name", "comment", "definition", "history", "license")


@pytest.fixture(scope="module")
def folder(truth, tmp_path_factory):
    """Files of one day."""
    folder = tmp_path_factory.mktemp("products")
    simulate_products(truth, START, "2022-06-11", ("ascat_b", "smap", "amsr2", "smos"), folder, SimulationSettings(3))
    return folder


def first(folder, product):
    return sorted((folder / product).iterdir())[0]


def real(shared_data, name):
    path, = (shared_data / "data" / "products" / name).iterdir()
    return path


def netcdf_structure(path):
    """Return dimensions and, per variable, type, byte order, dimensions, filters, attributes."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        structure = {"dimensions": list(file.dimensions), "numCells": len(file.dimensions["numCells"]),
                     "global": {name: type(file.getncattr(name)) for name in file.ncattrs()}}
        for name, variable in file.variables.items():
            filters = variable.filters()
            structure[name] = (variable.dtype.str, variable.dimensions, filters["zlib"], filters["shuffle"],
                               filters["complevel"], variable.chunking() == "contiguous",
                               {key: (type(variable.getncattr(key)), None if key in TEXTS else variable.getncattr(key))
                                for key in variable.ncattrs()})
    return structure


def test_ascat_has_the_structure_of_a_real_orbit(folder, shared_data):
    ours, theirs = (netcdf_structure(path) for path in (first(folder, "ascat_l2"), real(shared_data, "ascat_l2_125_nc")))
    assert list(ours) == list(theirs)
    for name, expected in theirs.items():
        assert ours[name] == expected, name


def test_ascat_attributes_agree_with_content(folder):
    path = first(folder, "ascat_l2")
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        lines, passes, azimuth = file["utc_line_nodes"][:], file["as_des_pass"][:], file["sat_track_azi"][:] * 0.01
        assert file.wmo_filename == path.name and file.platform_long_name == "M01"
        assert f"_{file.start_orbit_number:05d}_" in path.name
        start = np.datetime64("2000-01-01T00:00:00") + np.timedelta64(int(lines[0]), "s")
        assert abs(start - np.datetime64(file.start_sensing_data_time[:-1])) < np.timedelta64(30, "s")
        rows = len(lines)
        assert file.native_product_size == 5024 + rows * 11683
        # Ascending is 1 whatever the text says; the track then bears north-west.
        assert (np.sort(np.unique(passes)) == [0, 1]).all() and (azimuth[passes == 1] > 270.0).mean() > 0.8
        assert (file["swath_indicator"][:, :41] == 0).all() and (file["swath_indicator"][:, 41:] == 1).all()
        sm = file["soil_moisture"][:]
        assert (file["rainfall_flag"][:] == 255).all() and (file["corr_flags"][:][sm == 65535] == 0).all()
        for name in ("soil_moisture_error", "topography_flag", "wetland_flag", "sigma40"):
            missing = {"u": np.iinfo(file[name].dtype).max, "i": -2147483648}[file[name].dtype.kind]
            assert ((file[name][:] == missing) == (sm == 65535)).all(), name
        scrambled = (file["proc_flag1"][:], file["proc_flag2"][:])
        assert (scrambled[0] == scrambled[1]).all()


def smap_structure(path):
    """Return groups, data sets and attributes with their types, shapes relative to the number of cells, and filters."""
    structure = {}

    def note(name, item):
        attributes = [(key, item.attrs.get_id(key).dtype.kind, item.attrs.get_id(key).shape,
                       item.attrs.get_id(key).dtype.itemsize if item.attrs.get_id(key).dtype.kind in "iuf" else None)
                      for key in item.attrs]
        if isinstance(item, h5py.Dataset):
            n_cells = item.parent["EASE_row_index"].shape[0]
            assert item.shape[0] == n_cells and item.chunks == item.shape and item.maxshape == item.shape
            attributes += [(key, item.attrs[key]) for key in item.attrs if key != "long_name"]
            structure[name] = (item.dtype.str, item.shape[1:], item.compression, item.compression_opts, item.shuffle,
                               item.fillvalue, attributes)
        else:
            structure[name] = attributes

    with h5py.File(path) as file:
        file.visititems(note)
        note("Metadata", file["Metadata"])
        group = file["Soil_Moisture_Retrieval_Data"]
        assert not file.attrs
        structure["names"] = list(group)
        structure["links"] = [(a, b) for a in group for b in group if a < b and group[a] == group[b]]
    return structure


def test_smap_has_the_structure_of_a_real_half_orbit(folder, shared_data):
    ours, theirs = (smap_structure(path) for path in (first(folder, "smap_l2"), real(shared_data, "smap_l2_spl2smp")))
    assert set(ours) == set(theirs)
    assert len(theirs["links"]) == 3
    for name, expected in theirs.items():
        assert ours[name] == expected, name


def test_smap_cells_lie_column_by_column_and_flags_are_consistent(folder):
    count = 0
    for path in sorted((folder / "smap_l2").iterdir()):
        with h5py.File(path) as file:
            data = {name: item[...] for name, item in file["Soil_Moisture_Retrieval_Data"].items()}
            assert file["Metadata/DatasetIdentification"].attrs["ECSVersionID"] == "009" and "_R19240_" in path.name
            direction = file["Metadata/OrbitMeasuredLocation"].attrs["orbitDirection"]
        assert f"_{direction[0]}_" in path.name
        order = data["EASE_column_index"].astype(int) * 1000 + data["EASE_row_index"]
        assert (np.diff(order) > 0).all()
        value, flag, surface = data["soil_moisture"], data["retrieval_qual_flag"], data["surface_flag"]
        land = data["grid_surface_status"] == 0
        assert (flag[~land] == 15).all()
        recommended = flag == 0
        assert (value[recommended] >= np.float32(0.02)).all() and (value[recommended] <= 0.5).all()
        assert ((surface & 2047)[recommended] == 0).all() and ((surface & 2047)[land & (flag == 1)] != 0).all()
        assert (((surface >> 10) & 1 == 1)[land] == (data["vegetation_water_content"] > 5.0)[land]).all()
        assert ((value == -9999.0) == np.isin(flag, (7, 15))).all()
        texts = np.array([np.datetime64(text[:-1].decode()) for text in data["tb_time_utc"]])
        seconds = (texts - np.datetime64("2000-01-01T12:00:00", "ms")) / np.timedelta64(1, "s")
        assert np.abs(seconds - data["tb_time_seconds"]).max() < 1.0e-3
        count += recommended.sum()
    assert count > 500


def test_amsr2_lies_longitude_first_from_the_north(folder):
    with netCDF4.Dataset(first(folder, "amsr2_lprm")) as file:
        file.set_auto_maskandscale(False)
        assert file.Conventions == "CF-1.0" and {name: len(item) for name, item in file.dimensions.items()} == {
            "Longitude": 1440, "Latitude": 720}
        assert file["Latitude"][0] == 89.875 and file["Longitude"][0] == -179.875
        moisture = file["soil_moisture_x"]
        assert moisture.dimensions == ("Longitude", "Latitude") and moisture.dtype == "i2" and moisture.units == "percent"
        assert moisture._FillValue == -32767 and file["soil_moisture_x_error"].scale_factor == 0.01
        there = moisture[:] != -32767
        assert there.sum() > 2000 and (file["mask"][:][~there] == 512).all() and (file["scantime"][:][~there] == 0.0).all()
        assert "_FillValue" not in file["mask"].ncattrs() and (file["soil_moisture_c1"][:] == -32767).all()
        day = (file["scantime"][:][there] - (np.datetime64(START, "s") - np.datetime64("1993-01-01", "s")).astype(int))
        assert day.min() >= 0.0 and day.max() < 86400.0


def test_smos_lies_on_the_ease_grid_from_the_south(folder):
    with netCDF4.Dataset(first(folder, "smos_ic")) as file:
        assert file["Soil_Moisture"].shape == (584, 1388)
        assert file["lon"][0] == pytest.approx(-179.8703, abs=1e-4) and file["lat"][0] == pytest.approx(-83.51714, abs=1e-4)
        # The example of the layout's description.
        row, column = np.abs(file["lat"][:] + 12.55398).argmin(), np.abs(file["lon"][:] + 61.08069).argmin()
        assert file["lat"][row] == pytest.approx(-12.55398, abs=1e-4)
        assert file["lon"][column] == pytest.approx(-61.08069, abs=1e-4)
