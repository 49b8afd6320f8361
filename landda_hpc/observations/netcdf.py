"""NetCDF of both generations as raw numbers: NetCDF-4 by h5py, the classic format by scipy, its CDF-5 by the NetCDF library.

A variable gives its raw array, its attributes as Python values and the names of its dimensions; :func:`numbers` applies what
it declares about missing values and packing, in float64 and with the decimal scale that a float32 attribute stands for.
"""

from contextlib import contextmanager

import h5py
import numpy as np

from landda_hpc.observations.hdf import DAMAGE, SIGNATURE, open_product, quiet
from landda_hpc.observations.refusal import ProductRefusal

CLASSIC = (b"CDF\x01", b"CDF\x02")
CDF_5 = b"CDF\x05"  # classic with 64-bit sizes, as PnetCDF writes it
HEAD = 8
LARGEST = 4_000_000_000  # bytes of one variable


class Variable:
    """One variable of an open file."""

    def __init__(self, name, stored):
        self.name, self.stored = name, stored

    @property
    def shape(self):
        """Sizes of the dimensions."""
        return tuple(self.stored.shape)

    @property
    def attributes(self):
        """Attributes: numbers, texts or arrays."""
        if isinstance(self.stored, h5py.Dataset):
            return {name: _plain(value) for name, value in self.stored.attrs.items()
                    if name not in ("DIMENSION_LIST", "REFERENCE_LIST")}
        return {name: _plain(value) for name, value in self.stored._attributes.items()}

    def word(self, name):
        """Return one attribute as text, empty if there is none; quicker than all of them."""
        attributes = self.stored.attrs if isinstance(self.stored, h5py.Dataset) else self.stored._attributes
        return text({name: _plain(attributes[name])}, name) if name in attributes else ""

    @property
    def dimensions(self):
        """Names of the dimensions, empty texts where there are none."""
        if isinstance(self.stored, h5py.Dataset):
            if self.stored.attrs.get("CLASS") == b"DIMENSION_SCALE":
                return (self.name,)
            return tuple(axis[0].name.rpartition("/")[2] if len(axis) else "" for axis in self.stored.dims)
        return tuple(self.stored.dimensions)

    def raw(self, which=...):
        """Return numbers as they are stored, in the byte order of the machine.

        Raises
        ------
        ValueError
            For more than ``LARGEST`` bytes; indices of each dimension may choose a part of a larger variable.
        """
        part = isinstance(which, tuple)
        if not part and isinstance(self.stored, h5py.Dataset) and self.stored.size * self.stored.dtype.itemsize > LARGEST:
            raise ValueError(f"{self.name} would take more than {LARGEST} bytes")
        values = np.asarray(self.stored[which])
        return values.astype(values.dtype.newbyteorder("="), copy=False)


class _OfLibrary:
    """A variable of the NetCDF library in the manner of scipy's."""

    def __init__(self, variable):
        self._variable, self._attributes = variable, variable.__dict__
        self.shape, self.dimensions = variable.shape, variable.dimensions

    def __getitem__(self, which):
        return self._variable[which]


class Fields(dict):
    """``{name: Variable}`` of an open file, and its global attributes."""

    attributes = {}


@contextmanager
def open_netcdf(path):
    """Open a NetCDF file as :class:`Fields`; what cannot be read is a refusal.

    Raises
    ------
    ProductRefusal
    """
    with open(path, "rb") as stream:
        head = stream.read(HEAD)
    if head.startswith(SIGNATURE):
        with open_product(path) as file:
            yield _fields({name: item for name, item in file.items() if isinstance(item, h5py.Dataset)}, file.attrs)
    elif head.startswith(CLASSIC):
        try:
            from scipy.io import netcdf_file  # here, for it is slow to load and most runs do without

            with netcdf_file(path, "r", mmap=False) as file:
                yield _fields(file.variables, file._attributes)
        except KeyError as error:
            raise ProductRefusal(path, "damaged", f"a variable is missing: {error}") from error
        except ProductRefusal:
            raise
        except DAMAGE as error:
            raise ProductRefusal(path, "damaged", f"reading failed ({type(error).__name__}): {error}.",
                                 "Fetch it again.") from error
    elif head.startswith(CDF_5):
        import netCDF4  # here, for it is slow to load and most runs do without

        try:
            with netCDF4.Dataset(path) as file:
                file.set_auto_maskandscale(False)
                yield _fields({name: _OfLibrary(item) for name, item in file.variables.items()}, file.__dict__)
        except ProductRefusal:
            raise
        except (OSError, RuntimeError, IndexError) as error:
            raise ProductRefusal(path, "damaged", f"reading failed ({type(error).__name__}): {error}.",
                                 "Fetch it again.") from error
    else:
        raise ProductRefusal(path, "foreign", f"it begins with {head!r}, expected NetCDF.")


def numbers(variable, which=...):
    """Return a variable as float64, NaN where it declares a value as missing, unpacked as it declares."""
    raw, attributes = variable.raw(which), variable.attributes
    if raw.dtype.kind not in "iuf":
        raise ValueError(f"{variable.name} holds {raw.dtype}, expected numbers")
    with quiet():
        values = raw.astype(np.float64)
    for name in ("_FillValue", "missing_value"):
        if name in attributes:
            values[raw == np.ravel(attributes[name])[0]] = np.nan
    values[~(np.abs(values) < 1.0e30)] = np.nan  # default fill values of the format, and infinity
    with quiet():
        return values * _decimal(attributes.get("scale_factor", 1.0)) + _decimal(attributes.get("add_offset", 0.0))


def words(variable, which=...):
    """Return flag words as int32, -1 where they are missing or no flag word."""
    values = numbers(variable, which)
    fine = (values >= 0.0) & (values < 2.0 ** 31)
    return np.where(fine, values, -1.0).astype(np.int32)


def text(attributes, name):
    """Return an attribute as text, empty if there is none."""
    return str(attributes.get(name, "")).strip("\0 ")


def _fields(stored, attributes):
    fields = Fields({name: Variable(name, item) for name, item in stored.items()})
    fields.attributes = {name: _plain(value) for name, value in attributes.items() if not name.startswith("_NC")}
    return fields


def _decimal(value):
    """Return a scale as float64; of a float32 the shortest decimal number that it stands for."""
    value = np.ravel(value)[0]
    return float(str(value)) if isinstance(value, np.float32) else float(value)


def _plain(value):
    """Return an attribute as a number, text or array."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.flat[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
