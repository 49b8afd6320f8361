"""Attributes of HDF5 and NetCDF files."""

import numpy as np


def text_attribute(holder, name, default=""):
    """Return an attribute as text; where there is none, ``default``."""
    value = holder.attrs.get(name, default)
    value = value.flat[0] if isinstance(value, np.ndarray) and value.size else value
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip("\0 ")
