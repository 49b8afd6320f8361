"""Damaged versions of every format end in a refusal or in data whose damage is rejected or counted, never in anything else.

The files are read by a process of their own, so that a crash of a library is seen; a file that takes long fails too.
"""

import multiprocessing
import warnings

import numpy as np
import pytest

from landda_hpc.observations.refusal import REASONS, ProductRefusal
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.references.quantities import QUANTITIES
from landda_hpc.references.readers import read_reference
from tests.references.samples import REAL, sample

FORMATS = ("cdr H110", "smap orthogonal", "smos series", "era5 series", "catds", "ismn ceop", "ismn ceop_sep", "ismn header",
           "gldas", "ifs analysis", "era5 grib", "era5 packed", "lis", "cpc netcdf", "cpc binary", "era5 new")
LARGE = 500_000  # bytes of a sample that is slow to read
QUICK, MANY, SLOWEST = 100, 1000, 120.0  # mutations, and seconds for a hundred of them


def mutated(content, generator):
    """Return content that is cut, emptied, overwritten or has bits flipped."""
    kind, content = generator.integers(6), bytearray(content)
    place = int(generator.integers(len(content)))
    if kind == 0:
        return bytes(content[:place])
    if kind == 1:  # the head tells the layout: hit it often
        place = int(generator.integers(min(len(content), 4096)))
    if kind in (1, 2):
        for _ in range(int(generator.integers(1, 20))):
            content[(place + int(generator.integers(200))) % len(content)] ^= 1 << int(generator.integers(8))
    elif kind == 3:
        content[place:place + 64] = b"\xff" * 64
    elif kind == 4:
        content[place:place + 512] = generator.bytes(512)
    else:
        del content[place:place + int(generator.integers(1, 100))]
    return bytes(content)


def trouble(path):
    """Return what is wrong with the reading of a damaged file, an empty text if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            content = read_reference(path)
    except ProductRefusal as refusal:
        return "" if refusal.reason in REASONS else f"reason {refusal.reason}"
    except Exception as error:  # the point of the test: nothing else may come
        return f"{type(error).__name__}: {error}"
    for part in content if type(content) is tuple else (content,):
        if hasattr(part, "n_impossible"):
            _, low, high = QUANTITIES[part.quantity]
            known = part.values[np.isfinite(part.values)]
            good = ((known >= np.float32(low) - 1.0e-3) & (known <= np.float32(high) * 1.0001)).all()
        else:
            known = part.value[part.code == 0]
            low, high = QUANTITIES[part.quantity][1:] if isinstance(part, ObservationSeries) else (0.0, 1.0)
            good = ((known >= low) & (known <= (100.0 if part.units == "percent" else high))).all()
        if not good:
            return f"accepted {known.min()} to {known.max()}"
    return ""


def read_mutations(original, folder, first, last, found):
    """Put what is wrong with mutations first to last into ``found``."""
    content = original.read_bytes()
    path = folder / original.name
    wrong = []
    for seed in range(first, last):
        path.write_bytes(mutated(content, np.random.default_rng(seed)))
        text = trouble(path)
        if text:
            wrong.append((seed, text))
    found.put(wrong)


def fuzz(name, shared_data, tmp_path, number):
    folder = tmp_path / "damaged"
    folder.mkdir()
    context = multiprocessing.get_context("fork")
    found, original = context.Queue(), sample(name, shared_data, tmp_path)
    process = context.Process(target=read_mutations, args=(original, folder, 0, number, found))
    process.start()
    process.join(SLOWEST * max(1.0, number / 100.0))
    hanging = process.is_alive()
    process.kill()
    assert not hanging and process.exitcode == 0, f"hangs or crashed with {process.exitcode}"
    assert not found.empty() and found.get() == []


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_refused_or_flagged(name, shared_data, tmp_path):
    large = name in REAL and sample(name, shared_data, tmp_path).stat().st_size > LARGE
    fuzz(name, shared_data, tmp_path, QUICK // 5 if large else QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_files_are_refused_or_flagged(name, shared_data, tmp_path):
    fuzz(name, shared_data, tmp_path, MANY)


@pytest.mark.parametrize("content", [b"", b"\x00", b"GRIB", b"CDF\x01", b"CDF\x02" + b"\xff" * 40, b"\x89HDF\r\n\x1a\n",
                                     b"\x1f\x8b" + b"\x00" * 40, b"some text\n"])
def test_stubs_are_refused(content, tmp_path):
    path = tmp_path / "stub"
    path.write_bytes(content)
    with pytest.raises(ProductRefusal):
        read_reference(path)
