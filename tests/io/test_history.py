"""History files: conventions, statistics of the ensemble, and going on after a stop."""

import shutil
import subprocess

import numpy as np
import pytest
import xarray

from landda_hpc import variables
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.io import history
from landda_hpc.io.history import HistoryWriter
from landda_hpc.io.provenance import provenance
from landda_hpc.parallel import SerialCommunicator

POINTS = PointSet(np.array([50.0, 51.0]), np.array([5.0, 6.0]), np.arange(2), (1, 2), ("meadow", "forest"))
KNOWN = {"soil_moisture": variables.STATE["soil_moisture"],
         "latent_heat_flux": variables.FLUXES["latent_heat_flux"]}
START, HOUR = np.datetime64("2001-01-01T00:00:00", "s"), np.timedelta64(3600, "s")
RANDOM = np.random.default_rng(2)
RECORDS = [{"soil_moisture": RANDOM.random((4, 2, 5)), "latent_heat_flux": RANDOM.random((2, 5))} for _ in range(6)]


def open_history(path, members=False, resume_from=None, n_members=5):
    attributes = provenance("landda run x.yaml", "run: {}", 7, 1, [])
    return HistoryWriter(path, KNOWN, {"latent_heat_flux": "mean"}, (0.1, 0.3, 0.6, 1.0), n_members, POINTS,
                         split_evenly(2, 1)[0], SerialCommunicator(), attributes, members, None, resume_from)


def write(writer, numbers):
    for number in numbers:
        writer.write(START + number * HOUR, START + (number + 1) * HOUR, RECORDS[number].__getitem__)
    writer.flush()


@pytest.fixture(params=[(history.BLOCK_BYTES, history.CHUNK_VALUES), (1, history.CHUNK_VALUES), (1, 1)],
                ids=["records together", "variable by variable", "layer by layer"])
def path(tmp_path, request, monkeypatch):
    for name, value in zip(("BLOCK_BYTES", "CHUNK_VALUES"), request.param):
        monkeypatch.setattr(history, name, value)
    write(open_history(tmp_path / "history.nc", members=True), range(6))
    return tmp_path / "history.nc"


def test_mean_spread_and_members(path):
    with xarray.open_dataset(path) as dataset:
        for number, record in enumerate(RECORDS):
            for name, values in record.items():
                found = dataset.isel(time=number)
                np.testing.assert_allclose(found[name], values.mean(axis=-1), rtol=1e-14)
                np.testing.assert_allclose(found[f"{name}_spread"], values.std(axis=-1, ddof=1), rtol=1e-13)
                assert (found[f"{name}_members"].values == np.moveaxis(values, -1, -2)).all()


def test_one_value_for_all_members_has_no_spread(tmp_path):
    writer = open_history(tmp_path / "alike.nc", members=True)
    alike = {"soil_moisture": RECORDS[0]["soil_moisture"], "latent_heat_flux": np.array([[3.0], [np.nan]])}
    writer.write(START, START + HOUR, alike.__getitem__)
    writer.flush()
    with xarray.open_dataset(tmp_path / "alike.nc") as dataset:
        np.testing.assert_array_equal(dataset["latent_heat_flux"][0], [3.0, np.nan])
        np.testing.assert_array_equal(dataset["latent_heat_flux_spread"][0], [0.0, np.nan])
        np.testing.assert_array_equal(dataset["latent_heat_flux_members"][0], [[3.0, np.nan]] * 5)


def test_times_label_the_end_of_the_interval(path):
    with xarray.open_dataset(path) as dataset:
        assert dataset["time"].values.astype("datetime64[s]").tolist() == [
            (START + (number + 1) * HOUR).tolist() for number in range(6)]
        assert (dataset["time_bnds"].values.astype("datetime64[s]")[:, 0] == START + np.arange(6) * HOUR).all()


def test_conventions_and_provenance(path):
    with xarray.open_dataset(path, decode_cf=False) as dataset:
        assert dataset.attrs["Conventions"] == "CF-1.10" and dataset.attrs["featureType"] == "timeSeries"
        assert {"history", "command", "configuration", "version", "commit", "seed", "n_ranks",
                "inputs"} <= set(dataset.attrs)
        flux, moisture = dataset["latent_heat_flux"].attrs, dataset["soil_moisture"].attrs
        assert flux["cell_methods"] == "time: mean member: mean" and flux["units"] == "W m-2"
        assert moisture["cell_methods"] == "time: point member: mean"
        assert flux["standard_name"] == "surface_upward_latent_heat_flux"


def test_netcdf_tools_read_it(path):
    if shutil.which("ncdump") is None:
        import netCDF4

        with netCDF4.Dataset(path) as dataset:
            header = str(dataset)
    else:
        header = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True, check=True).stdout
    assert "soil_moisture" in header and "featureType" in header


def test_going_on_drops_later_records(path, tmp_path):
    write(open_history(path, members=True, resume_from=START + 4 * HOUR), range(4, 6))
    again = tmp_path / "again.nc"
    write(open_history(again, members=True), range(6))
    with xarray.open_dataset(path) as one, xarray.open_dataset(again) as other:
        assert one.equals(other)


def test_a_damaged_file_is_put_aside(path, caplog):
    path.write_bytes(path.read_bytes()[:2000])
    write(open_history(path, resume_from=START + 4 * HOUR), range(4, 6))
    assert path.with_suffix(".damaged.nc").exists() and "damaged" in caplog.text
    with xarray.open_dataset(path) as dataset:
        assert dataset.sizes["time"] == 2


def test_one_member_has_no_spread(tmp_path):
    writer = open_history(tmp_path / "one.nc", n_members=1)
    writer.write(START, START + HOUR, {name: values[..., :1] for name, values in RECORDS[0].items()}.__getitem__)
    writer.flush()
    with xarray.open_dataset(tmp_path / "one.nc") as dataset:
        assert "soil_moisture_spread" not in dataset
