"""Extract the structure of a real product file, without its data, as the JSON that the simulators' writers read.

    python tools/product_layout.py ascat FILE.nc > landda_hpc/simulation/layouts/ascat_netcdf.json
    python tools/product_layout.py smap FILE.h5 > landda_hpc/simulation/layouts/smap_l2.json

Long descriptive texts are replaced; names, types, shapes, filters and numbers are kept.
"""

import json
import sys

import h5py
import netCDF4
import numpy as np

LONGEST = 80  # characters of a text that is kept


def attribute(value):
    """Return ``[type, value]``; the type of a text is ``str``."""
    if isinstance(value, bytes | str):
        text = value.decode() if isinstance(value, bytes) else value
        return ["str", text]
    value = np.asarray(value)
    return [value.dtype.name, value.tolist()]


def of_netcdf(path):
    """Return dimensions, variables and global attributes of a NetCDF file."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        variables = {}
        for name, item in file.variables.items():
            filters = item.filters()
            variables[name] = {"type": item.dtype.str, "dimensions": list(item.dimensions),
                               "chunk_rows": None if item.chunking() == "contiguous" else item.chunking()[0],
                               "level": filters["complevel"] if filters["zlib"] else 0, "shuffle": filters["shuffle"],
                               "attributes": {key: attribute(item.getncattr(key)) for key in item.ncattrs()}}
        return {"variables": variables, "attributes": {key: attribute(file.getncattr(key)) for key in file.ncattrs()}}


def short(name, value):
    """Return an attribute whose long texts are replaced, with how HDF5 stores it: text of fixed length or not."""
    kind, content = attribute(value)
    if kind == "str" and (name == "long_name" or len(content) > LONGEST and name not in ("flag_masks", "flag_meanings")):
        content = "simulated"
    return [("bytes" if isinstance(value, bytes) else kind), content]


def of_smap(path):
    """Return the attributes of all metadata groups and the data sets of a SPL2SMP file."""
    groups, sets, links = {}, {}, {}
    with h5py.File(path) as file:
        file["Metadata"].visititems(lambda name, item: groups.update(
            {name: {key: short(key, value) for key, value in item.attrs.items()}}))
        groups[""] = {key: short(key, value) for key, value in file["Metadata"].attrs.items()}
        data = file["Soil_Moisture_Retrieval_Data"]
        for name in data:
            same = [other for other in sets if data[other].id == data[name].id]
            if same:
                links[name] = same[0]
                continue
            attributes = {key: short(key, value) for key, value in data[name].attrs.items()}
            attributes["long_name"] = ["bytes", name.replace("_", " ")]
            sets[name] = {"type": data[name].dtype.str, "columns": data[name].shape[1:], "attributes": attributes,
                          "level": data[name].compression_opts}
    return {"metadata": groups, "data": sets, "links": links}


if __name__ == "__main__":
    json.dump({"ascat": of_netcdf, "smap": of_smap}[sys.argv[1]](sys.argv[2]), sys.stdout, indent=1)
    print()
