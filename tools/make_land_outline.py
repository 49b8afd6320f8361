"""Join the countries of Natural Earth 1:110m into the outline of all land and write it into the package.

    pip download --no-deps geopandas==0.14.4
    python tools/make_land_outline.py geopandas-0.14.4-py3-none-any.whl

The wheel is the last of geopandas that carries the map. Edges that two countries share cancel; what is left closes into
the rings of the coasts, land on the right hand.
"""

import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

from landda_hpc.plots import coast

MEMBER = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres.shp"
HEADER, POLYGON = 100, 5
ROUNDING = 1.0e-4  # degrees, to which corners are rounded so that those of neighbours agree


def read_rings(data):
    """Return the rings of all polygons of a shapefile, each ``(n_corners, 2)`` longitude and latitude, closed."""
    rings, place = [], HEADER
    while place < len(data):
        length = 2 * struct.unpack(">i", data[place + 4:place + 8])[0]
        record = data[place + 8:place + 8 + length]
        place += 8 + length
        if struct.unpack("<i", record[:4])[0] != POLYGON:
            continue
        n_parts, n_points = struct.unpack("<2i", record[36:44])
        starts = [*struct.unpack(f"<{n_parts}i", record[44:44 + 4 * n_parts]), n_points]
        corners = np.frombuffer(record, "<f8", 2 * n_points, 44 + 4 * n_parts).reshape(-1, 2)
        rings += [corners[first:last] for first, last in zip(starts[:-1], starts[1:])]
    return rings


def join(rings):
    """Return the rings around the union of polygons that touch along common edges."""
    edges = {}
    for ring in rings:
        corners = [tuple(corner) for corner in np.round(ring / ROUNDING).astype(int)]
        for edge in zip(corners[:-1], corners[1:]):
            if edge[::-1] in edges:
                del edges[edge[::-1]]
            elif edge[0] != edge[1]:
                edges[edge] = True
    following = {}
    for begin, end in edges:
        following.setdefault(begin, []).append(end)
    joined = []
    while following:
        first = corner = next(iter(following))
        ring = [first]
        while True:
            ends = following[corner]
            corner_after = ends.pop()
            if not ends:
                del following[corner]
            corner = corner_after
            ring.append(corner)
            if corner == first:
                break
        joined.append(np.array(ring) * ROUNDING)
    return joined


def main(wheel):
    """Write the outlines that a wheel carries."""
    rings = join(read_rings(zipfile.ZipFile(wheel).read(MEMBER)))
    rings.sort(key=len, reverse=True)
    corners = np.concatenate(rings).astype(np.float32)
    starts = np.cumsum([0, *(len(ring) for ring in rings)]).astype(np.int32)
    np.savez_compressed(Path(coast.OUTLINE), corners=corners, starts=starts)
    print(f"{len(rings)} rings, {len(corners)} corners, {Path(coast.OUTLINE).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
