"""MODIS land cover MCD12C1, majority class of the IGBP scheme at 0.05 degrees, as GeoTIFF of the globe from the north-west.

Class 0 is water here, unlike in MCD12Q1 and the tables of Noah, where it is 17.
"""

import warnings
import zlib

import numpy as np

from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.summary import Summary, shares

SIGNATURES = (b"II*\x00", b"MM\x00*")
SHAPE, SPACING = (3600, 7200), 0.05  # rows and columns, degrees
NO_DATA = 255
CLASSES = ("water", "evergreen needleleaf", "evergreen broadleaf", "deciduous needleleaf", "deciduous broadleaf",
           "mixed forest", "closed shrubland", "open shrubland", "woody savanna", "savanna", "grassland", "wetland", "cropland",
           "urban", "mosaic", "snow and ice", "barren")
LEAST_SHARE = 0.9  # of the pixels, that a class of the scheme must have


def read_igbp(path):
    """Return a :class:`~landda_hpc.observations.summary.Summary` with land_cover, uint8 (n_rows, n_columns) south first.

    Raises
    ------
    ProductRefusal
    """
    classes = _pixels(path)
    counts = np.bincount(classes.ravel(), minlength=256)
    unknown = counts[len(CLASSES):NO_DATA].sum()
    if counts[:len(CLASSES)].sum() < LEAST_SHARE * classes.size or unknown:
        raise ProductRefusal(path, "damaged", f"{unknown} pixels with classes that IGBP does not have, and {counts[NO_DATA]} "
                             f"without any, of {classes.size}.", "Fetch it again.")
    latitude = -90.0 + SPACING * (np.arange(SHAPE[0]) + 0.5)
    longitude = -180.0 + SPACING * (np.arange(SHAPE[1]) + 0.5)
    by_row = np.stack([(classes == number).sum(axis=1) for number in range(len(CLASSES))])
    return Summary((f"grid        {SHAPE[0]} x {SHAPE[1]}, {SPACING} x {SPACING} degrees", f"no data     {counts[NO_DATA]}",
                    "area        " + shares(CLASSES, by_row @ np.cos(np.deg2rad(latitude)))),
                   {"land_cover": classes}, latitude, longitude, source_files=(str(path),))


def _pixels(path):
    """Return the pixels, south first."""
    from PIL import Image

    # Pillow warns of what it takes for bombs; the size is checked before a pixel is decoded.
    largest, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("TIFF",)) as image:
            if image.size != SHAPE[::-1] or image.mode != "L":
                raise ProductRefusal(path, "unsupported", f"an image of {image.size} pixels of mode {image.mode}, expected "
                                     f"{SHAPE[::-1]} of one byte, as MCD12C1 has.")
            return np.array(image)[::-1]
    except ProductRefusal:
        raise
    # What Pillow raises on damaged directories is not documented as one kind.
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, ZeroDivisionError, MemoryError,
            RuntimeError, AttributeError, AssertionError, zlib.error) as error:
        raise ProductRefusal(path, "damaged", f"reading failed ({type(error).__name__}): {error}.",
                             "Fetch it again.") from error
    finally:
        Image.MAX_IMAGE_PIXELS = largest
