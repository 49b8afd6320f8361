"""What is in a file of the package, or in a tower record."""

import json
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.io.attributes import text_attribute
from landda_hpc.times import UNIX_EPOCH

_LONG = ("configuration", "identity", "scalars", "checksums", "inputs", "history", "_NCProperties")

#: What HDF5 names dimensions that have no variable.
DIMENSION = "This is a netCDF dimension but not a netCDF variable"
SECONDS = f"seconds since {UNIX_EPOCH}".replace("T", " ")


def describe_file(path):
    """Return the description of a file as text."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    if not h5py.is_hdf5(path):
        return _describe_tower(path)
    with h5py.File(path, "r") as file:
        kind = file.attrs.get("format", "history" if "time_bnds" in file else "HDF5")
        lines = [f"{path}: {kind}"]
        lines += [f"  {name:16s} {file.attrs[name]}" for name in sorted(file.attrs) if name not in _LONG]
        if "identity" in file.attrs:
            scalars = json.loads(file.attrs["scalars"])
            after = f" (after {scalars['step']} steps)" if "step" in scalars else ""
            lines.append(f"  {'time':16s} {scalars['time']}{after}")
        if "time" in file and text_attribute(file["time"], "units") == SECONDS and len(file["time"]):
            times = UNIX_EPOCH + file["time"][()].astype("timedelta64[s]")
            lines.append(f"  {'time':16s} {times[0]} to {times[-1]}, {len(times)} record{'s' if len(times) > 1 else ''}")
        lines += ["", "variables"]
        file.visititems(lambda name, item: lines.append(_variable(name, item)) if _is_variable(item) else None)
        for name in ("history", "inputs"):
            if name in file.attrs:
                lines += ["", name, *(f"  {line}" for line in str(file.attrs[name]).splitlines())]
    return "\n".join(lines)


def _is_variable(item):
    """Return whether a part of a file has values; the dimensions of NetCDF without a variable have none."""
    return isinstance(item, h5py.Dataset) and not text_attribute(item, "NAME").startswith(DIMENSION)


def _variable(name, dataset):
    units = text_attribute(dataset, "units")
    values = dataset[()] if dataset.size and dataset.dtype.kind in "fiu" else np.array([])
    spread = ""
    if values.size and np.isfinite(values).any():
        spread = f"  {np.nanmin(values):.6g} to {np.nanmax(values):.6g}"
    return f"  {name:40s} {str(dataset.shape):20s} {dataset.dtype} [{units}]{spread}"


def _describe_tower(path):
    record = read_tower("auto", path)
    lines = [f"{path}: tower record of {record.site.name}", f"  {'period':22s} {record.start} to {record.stop} UTC, "
             f"every {record.interval} s", f"  {'place':22s} {record.site.latitude} N {record.site.longitude} E, "
             f"{record.site.elevation} m", f"  {'classes':22s} land cover {record.site.land_cover}, soil "
             f"{record.site.soil_type}"]
    lines += [f"  {'note':22s} {note}" for note in record.notes]
    lines += [f"  {'observed':22s} {name} [{series.units}], {int(np.isfinite(series.values).sum())} values"
              for name, series in record.observations.items()]
    return "\n".join(lines)
