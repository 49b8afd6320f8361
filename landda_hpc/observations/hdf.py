"""HDF5 product files: opening them, and raw numbers with the missing values and scales that the formats define.

Attributes of the products are incomplete or wrong about both, so that generic libraries misread them.
"""

import struct
from contextlib import contextmanager

import h5py
import numpy as np

from landda_hpc.observations.refusal import ProductRefusal

SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: What the libraries, and array code on what they give, raise on damaged content: promised arrays of any size and type,
#: names and axes that are not there.
DAMAGE = (OSError, RuntimeError, MemoryError, TypeError, ValueError, IndexError, AttributeError, AssertionError, OverflowError,
          ZeroDivisionError, EOFError, struct.error)


@contextmanager
def open_product(path):
    """Open an HDF5 file; whatever HDF5 cannot read is a refusal.

    Raises
    ------
    ProductRefusal
    """
    try:
        with h5py.File(path, "r") as file:
            yield file
    except KeyError as error:
        raise ProductRefusal(path, "damaged", f"a variable is missing: {error}") from error
    except DAMAGE as error:
        reason = "truncated" if "truncated" in str(error) else "damaged"
        raise ProductRefusal(path, reason, f"reading failed ({type(error).__name__}): {error}.", "Fetch it again.") from error


def quiet():
    """Return a context without warnings of signalling NaN and huge numbers, which damage can make."""
    return np.errstate(invalid="ignore", over="ignore")


def scaled(raw, missing, scale=1.0):
    """Return raw integers as float64, NaN where they equal ``missing``.

    ``scale`` is a decimal such as 1e-6; dividing by its whole inverse gives the float64 nearest to the decimal number, so
    that 15.9999 and 16 are told apart.
    """
    raw = np.asarray(raw)
    with quiet():
        numbers = raw.astype(np.float64) / round(1.0 / scale)
    numbers[raw == missing] = np.nan
    return numbers


def flag_words(raw, missing):
    """Return flag words as int32, -1 where they equal ``missing``."""
    raw = np.asarray(raw)
    with quiet():
        words = raw.astype(np.int32)
    words[raw == missing] = -1
    return words
