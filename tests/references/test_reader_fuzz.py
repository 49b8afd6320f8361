"""Damaged versions of every format end in a refusal or in data whose damage is rejected or counted, never in anything else.

Files are read as ``landda obs info`` and ``ingest`` do, by guarded workers. Formats without checksums of their data cannot
show a flipped bit that leaves a possible value; what the tests ask is that no impossible value is accepted.
"""

import warnings
from typing import NamedTuple

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.io.guarded import GuardedPool, WorkerFailure
from landda_hpc.observations.batch import ObservationBatch
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.refusal import REASONS, ProductRefusal
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.observations.summary import Summary
from landda_hpc.references.quantities import QUANTITIES
from landda_hpc.references.readers import reference_reader
from tests.references.samples import RETRIEVALS, SYNTHETIC, sample

FORMATS = (*RETRIEVALS, "cdr H110", "smap orthogonal", "smos series", "era5 series", "catds", "ismn ceop", "ismn ceop_sep",
           "ismn header", "gldas", "ifs analysis", "era5 grib", "era5 packed", "lis", *SYNTHETIC, "smos udp",
           "igbp", "cell grid", "warp5 layers", "station csv", "gldas grib", "reduced grib", "cdr H119", "smap indexed")
LARGE = 500_000  # bytes of a sample that is slow to read
QUICK, MANY = 12, 1000  # mutations
SLOWEST, MEMORY = 20.0, 3 * 2**30  # s and bytes for one file
EARLIEST, LATEST = -1.0e9, 2.0e9  # s since 2000


class Mutation(NamedTuple):
    """A damaged version of a file, by its number."""

    original: str
    folder: str
    seed: int


def mutated(content, generator):
    """Return content that is cut, emptied, overwritten or has bits flipped."""
    kind, content = generator.integers(8), bytearray(content)
    place = int(generator.integers(len(content)))
    if kind == 0:
        return bytes(content[:place])
    if kind in (1, 7):  # the head tells the layout: hit it often
        place = int(generator.integers(min(len(content), 4096)))
    if kind in (1, 2):
        for _ in range(int(generator.integers(1, 20))):
            content[(place + int(generator.integers(200))) % len(content)] ^= 1 << int(generator.integers(8))
    elif kind in (3, 7):
        content[place:place + 64] = b"\xff" * 64
    elif kind == 4:
        content[place:place + 512] = generator.bytes(512)
    elif kind == 5:
        content[place:place + 64] = b"\x00" * 64
    else:
        del content[place:place + int(generator.integers(1, 100))]
    return bytes(content)


def trouble(mutation):
    """Return what is wrong with the reading of a damaged file, an empty text if nothing is."""
    from pathlib import Path

    original = Path(mutation.original)
    path = Path(mutation.folder) / f"{mutation.seed}_{original.name}"
    path.write_bytes(mutated(original.read_bytes(), np.random.default_rng(mutation.seed)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reader = reference_reader(path)
            content = read_product(path).batch if reader is None else reader.read(path)
    except ProductRefusal as refusal:
        return "" if refusal.reason in REASONS else f"reason {refusal.reason}"
    except Exception as error:  # the point of the test: nothing else may come
        return f"{type(error).__name__}: {error}"
    finally:
        path.unlink()
    return next(filter(None, map(impossible, content if type(content) is tuple else (content,))), "")


def impossible(part):
    """Return what was accepted and cannot be, an empty text if nothing was."""
    if hasattr(part, "n_impossible"):
        _, low, high = QUANTITIES[part.quantity]
        known = part.values[np.isfinite(part.values)]
        good = ((known >= np.float32(low) - 1.0e-3) & (known <= np.float32(high) * 1.0001)).all()
        return "" if good else f"accepted {known.min()} to {known.max()}"
    if isinstance(part, Summary):
        known = part.latitude[np.isfinite(part.latitude)], part.time[np.isfinite(part.time)]
        possible = (np.abs(known[0]) <= 90.0).all() and ((known[1] > EARLIEST) & (known[1] < LATEST)).all()
        return "" if possible else "places or times that cannot be"
    accepted = part.code == 0
    known = part.value[accepted]
    low, high = QUANTITIES[part.quantity][1:] if isinstance(part, ObservationSeries) else (0.0, 1.0)
    if not ((known >= low) & (known <= (100.0 if part.units == "percent" else high))).all():
        return f"accepted {known.min()} to {known.max()}"
    if isinstance(part, ObservationBatch):
        time, latitude, longitude = (values[accepted] for values in (part.time, part.latitude, part.longitude))
        if not ((np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0) & (time > EARLIEST) & (time < LATEST)).all():
            return "accepted places or times that cannot be"
    return ""


def fuzz(name, shared_data, tmp_path, number):
    """Read mutations of a sample; a worker that a library takes down is replaced, which is what users see as a refusal."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    original = sample(name, shared_data, tmp_path)
    wrong, taken_down = [], 0
    with GuardedPool(1, SLOWEST, MEMORY) as pool:
        for mutation, outcome in pool.map_unordered(trouble, (Mutation(str(original), str(folder), seed)
                                                              for seed in range(number))):
            if isinstance(outcome, WorkerFailure):
                taken_down += 1
            elif outcome:
                wrong.append((mutation.seed, outcome))
    assert wrong == []
    assert taken_down < 0.05 * number + 2, f"{taken_down} of {number} files took a worker down"


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_refused_or_flagged(name, shared_data, tmp_path):
    large = sample(name, shared_data, tmp_path).stat().st_size > LARGE
    fuzz(name, shared_data, tmp_path, QUICK // 3 if large else QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_files_are_refused_or_flagged(name, shared_data, tmp_path):
    fuzz(name, shared_data, tmp_path, MANY)


@pytest.mark.parametrize("content", [b"", b"\x00", b"GRIB", b"CDF\x01", b"CDF\x02" + b"\xff" * 40, b"\x89HDF\r\n\x1a\n",
                                     b"\x1f\x8b" + b"\x00" * 40, b"some text\n", b"BUFR" + b"\xff" * 100])
def test_stubs_are_refused(content, tmp_path):
    path = tmp_path / "stub"
    path.write_bytes(content)
    with pytest.raises(InputError):
        reader = reference_reader(path)
        read_product(path) if reader is None else reader.read(path)
