"""Series of Hawaii through the command line: the triple collocation of the reference, tables and figures."""

import csv

import h5py
import numpy as np
import pytest

from landda_hpc.cli.evaluate import command
from landda_hpc.verification.collocation import collocate, distance, nearest_in_time, nearest_location
from tests.references.made_series import series_of

NAMES = {"ascat_smap_gldas": ("ascat_cdr", "smap_l3", "gldas"), "ascat_smap_era5land": ("ascat_cdr", "smap_l3", "era5_land"),
         "smosic_ascat_gldas": ("smos_ic", "ascat_cdr", "gldas")}
LOCATIONS = {"ascat_cdr": "ASCAT", "smap_l3": "SMAP", "gldas": "GLDAS", "era5_land": "ERA5L", "smos_ic": "SMOSIC"}


@pytest.fixture(scope="module")
def output(shared_data, tmp_path_factory):
    folder, products = tmp_path_factory.mktemp("hawaii"), shared_data / "data/products"
    files = [products / name for name in ("ascat_cdr_cells/H119_0165.nc", "smap_l3_cells/V9_AM_PM/0165.nc",
                                          "smos_ic_cells/0165.nc", "gldas_cells/0165.nc", "era5_land_cells/0165.nc")]
    command.main([*map(str, ["series", *files, *products.glob("ismn/*/*/*.stm")]), "--quality", "retrieved", "-o",
                  str(folder)], standalone_mode=False)
    return folder


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_triple_collocation_of_the_command_equals_the_reference(output, shared_data):
    found = {(row["place"], frozenset(row[axis] for axis in "xyz")): row for row in rows(output / "triple_collocation.csv")}
    places = {(row["place"], row["product"]): int(row["location"]) for row in rows(output / "places.csv")}
    n_compared = 0
    with h5py.File(shared_data / "data/golden/tca_hawaii.h5") as file:
        for kind, products in NAMES.items():
            for name, case in file[kind].items():
                place = name.removeprefix("loc_")
                row = found[place, frozenset(products)]
                assert int(row["n"]) == case.attrs["n"]
                for product, share in zip(products, case["fmse"][()]):
                    axis = next(axis for axis in "xyz" if row[axis] == product)
                    assert float(row[f"fMSE {axis}"]) == pytest.approx(share, rel=1e-9, abs=1e-9)
                    assert places[place, product] == case.attrs[f"{LOCATIONS[product]}_location_id"]
                n_compared += 1
    assert n_compared == 14


def test_corrections_remove_the_bias_and_stations_are_compared(output):
    corrected = rows(output / "correction.csv")
    best = [row for row in corrected if row["place"] in ("260345", "261309")]
    assert len(best) == 6 and all(abs(float(row["bias corrected"])) < 1e-3 for row in best)
    assert all(float(row["r corrected"]) > 0.6 for row in best)
    station = {row["product"]: row for row in rows(output / "stations.csv") if row["station"].startswith("COSMOS")}
    assert set(station) == {"ascat_cdr", "smap_l3", "smos_ic", "gldas", "era5_land"}
    assert float(station["gldas"]["r"]) > 0.7 and abs(float(station["ascat_cdr"]["bias"])) < 0.05
    for name in ("place_260345", "triple_collocation", "station_SCAN_Pua_Akala_0_05_to_0_05_m_deep"):
        assert (output / f"{name}.png").stat().st_size > 20_000


def test_nearest_in_time_and_place():
    one = series_of([0.0, 10.0, 20.0], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(nearest_in_time(one, [-4.0, 5.0, 14.9, 26.0], 5.0), [1.0, 1.0, 2.0, np.nan])
    assert np.isnan(nearest_in_time(one.select(slice(0, 0)), [0.0], 5.0)).all()
    time, values = collocate(series_of([1.0, 50.0], [7.0, 8.0]), [(one, 5.0)])
    assert time.tolist() == [1.0] and values.tolist() == [[7.0], [1.0]]
    assert distance(0.0, 179.5, 0.0, -179.5) == pytest.approx(111.19, abs=0.01)
    assert nearest_location(one, 10.0, 20.0) == (5, pytest.approx(0.0))


def test_without_series_it_says_so(tmp_path):
    path = tmp_path / "nothing.nc"
    path.write_bytes(b"nothing")
    with pytest.raises(Exception, match="None of 1 files"):
        command.main(["series", str(path), "-o", str(tmp_path / "out")], standalone_mode=False)
