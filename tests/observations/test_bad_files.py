"""Files that are empty, cut, damaged or of another kind are refused with a reason; a run of files goes on."""

import gzip
import sys

import h5py
import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.observations.describe import describe_files
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.refusal import REASONS, ProductRefusal
from tests.observations.granules import write_ascat, write_smap


def refused(path):
    with pytest.raises(ProductRefusal) as refusal:
        read_product(path)
    assert refusal.value.reason in REASONS and refusal.value.path == str(path) and isinstance(refusal.value, InputError)
    assert str(path) in str(refusal.value)
    return refusal.value.reason


def written(path, content):
    path.write_bytes(content)
    return path


def test_files_that_are_no_products(tmp_path):
    assert refused(written(tmp_path / "empty.nc", b"")) == "empty"
    assert refused(written(tmp_path / "random.bin", np.random.default_rng(1).bytes(5000))) == "foreign"
    assert refused(written(tmp_path / "short.bin", b"\x01")) == "foreign"
    assert refused(written(tmp_path / "word.bin", b"nothing but the word BUFR in a text")) == "foreign"
    assert refused(tmp_path) == "unreadable"
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["temperature"] = np.zeros(3)
    assert refused(tmp_path / "other.h5") == "foreign"


def test_cut_hdf5_files(tmp_path):
    for path in (write_ascat(tmp_path / "a.nc", [{}] * 100), write_smap(tmp_path / "s.h5", [{}] * 100)):
        content = path.read_bytes()
        for share in (0.1, 0.5, 0.95):
            assert refused(written(tmp_path / "cut.h5", content[:int(share * len(content))])) in ("truncated", "damaged")


def test_variables_that_are_missing_or_of_another_shape(tmp_path):
    path = write_ascat(tmp_path / "a.nc", [{}])
    with h5py.File(path, "a") as file:
        del file["topography_flag"]
    assert refused(path) == "damaged"
    assert refused(write_ascat(tmp_path / "b.nc", [{}], n_cells=30)) == "unsupported"
    path = write_smap(tmp_path / "s.h5", [{}] * 3)
    with h5py.File(path, "a") as file:
        del file["Soil_Moisture_Retrieval_Data/surface_flag"]
        file["Soil_Moisture_Retrieval_Data/surface_flag"] = np.zeros(2, "u2")
    assert refused(path) == "damaged"


def test_cut_and_foreign_bufr(shared_data, tmp_path):
    content = next((shared_data / "data/products/ascat_l2_250_bufr_pdu").iterdir()).read_bytes()
    for size in (200, 30000, len(content) - 100):
        assert refused(written(tmp_path / "cut.bin", content[:size])) == "truncated"
    garbled = bytearray(content)
    garbled[2000:6000] = bytes(4000)
    with pytest.raises(ProductRefusal):
        _refuse_or_differ(written(tmp_path / "garbled.bin", bytes(garbled)))


def _refuse_or_differ(path):
    """A message whose packed numbers changed may still decode; then its numbers show it."""
    product = read_product(path)
    bad = (product.batch.value < 0) | (product.batch.value > 100)
    raise ProductRefusal(path, "damaged", f"{bad.sum()} values out of range")


def test_cut_and_foreign_native(shared_data, tmp_path):
    path = next((shared_data / "data/golden/eps_native_synthetic").iterdir())
    content = path.read_bytes()
    assert refused(written(tmp_path / "cut.nat", content[:-100])) == "truncated"
    assert refused(written(tmp_path / "rows.nat", content[:-11683])) == "truncated"
    assert refused(written(tmp_path / "head.nat", content[:3000])) == "truncated"
    old = content.replace(b"FORMAT_MAJOR_VERSION          =    12", b"FORMAT_MAJOR_VERSION          =    11")
    assert old != content and refused(written(tmp_path / "old.nat", old)) == "unsupported"
    level1 = content.replace(b"PRODUCT_TYPE                  = SMR", b"PRODUCT_TYPE                  = SZR")
    assert level1 != content and refused(written(tmp_path / "l1.nat", level1)) == "foreign"
    packed = written(tmp_path / "packed.nat.gz", gzip.compress(content))
    assert np.array_equal(read_product(packed).batch.value, read_product(path).batch.value)
    assert refused(written(tmp_path / "cut.nat.gz", packed.read_bytes()[:-5000])) == "truncated"


def test_real_files_of_other_products_are_foreign(shared_data):
    products = shared_data / "data/products"
    for folder in ("smos_l3_catds", "smap_l3_cells/V9_AM_PM", "ascat_cdr_cells", "gldas_native", "lis_history", "ecmwf_grib",
                   "smos_l2_udp", "modis_igbp"):
        for path in sorted((products / folder).iterdir()):
            assert refused(path) == "foreign", path


def test_a_run_of_files_goes_on(tmp_path):
    good = write_smap(tmp_path / "s.h5", [{}])
    bad = written(tmp_path / "bad.h5", b"")
    text, n_bad = describe_files([tmp_path / "none.h5", bad, good])
    assert n_bad == 2 and f"{tmp_path / 'none.h5'}\n  missing" in text and "refused     empty" in text
    assert f"{good}\n  SMAP level-2" in text


def test_without_eccodes_bufr_asks_for_it_and_other_files_are_read(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "eccodes", None)
    with pytest.raises(InputError, match="pip install .*observations") as error:
        read_product(written(tmp_path / "a.bin", b"BUFR\x00\x00\x6c\x04" + bytes(100)))
    assert not isinstance(error.value, ProductRefusal)  # the file is not to blame
    assert read_product(write_smap(tmp_path / "s.h5", [{}])).batch.size == 1


def test_places_and_times_that_cannot_be(tmp_path):
    assert refused(write_ascat(tmp_path / "a.nc", [{}, {}], places=[(10.0, 10.0), (90.5, 10.0)])) == "inconsistent"
    assert refused(write_smap(tmp_path / "s.h5", [{}, {"time": 0.0}])) == "inconsistent"
