"""Outlines of the land: Natural Earth 1:110m, which the package carries, or the edges of the land cells of a grid.

All in degrees; nothing is ever fetched.
"""

import functools
from pathlib import Path

import numpy as np

OUTLINE = Path(__file__).parents[1] / "data" / "land_outline" / "land_110m.npz"
LONGEST = 1.0  # degrees, of a straight piece before it is divided so that it bends with the map
DATE_LINE, POLE = 179.99, 89.99


@functools.cache
def land_rings():
    """Return the closed rings of all land, a list of ``(n_corners, 2)`` longitude and latitude."""
    with np.load(OUTLINE) as file:
        corners, starts = file["corners"].astype(np.float64), file["starts"]
    return [_divide(corners[first:last]) for first, last in zip(starts[:-1], starts[1:])]


def land_within(south, north, west, east):
    """Return the rings of the land, cut to a window [degrees]; longitudes may lie beyond +-180."""
    found = []
    for turn in (-360.0, 0.0, 360.0):
        for ring in land_rings():
            if ring[:, 0].max() + turn < west or ring[:, 0].min() + turn > east:
                continue
            ring = ring + [turn, 0.0]
            for axis, bound, side in ((0, west, 1.0), (0, east, -1.0), (1, south, 1.0), (1, north, -1.0)):
                ring = _cut(ring, axis, bound, side)
            if len(ring) > 3:
                found.append(_divide(ring))
    return found


def coast_lines(south, north, west, east):
    """Return the pieces of coast within a window, without the seams that the map has at the date line and the pole."""
    lines = []
    for turn in (-360.0, 0.0, 360.0):
        for ring in land_rings():
            longitude, latitude = ring[:, 0] + turn, ring[:, 1]
            seam = (np.abs(ring[:, 0]) > DATE_LINE) | (np.abs(latitude) > POLE)
            inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
            drawn = inside[:-1] & inside[1:] & ~(seam[:-1] & seam[1:])
            for piece in _runs(drawn):
                lines.append(np.stack([longitude, latitude], axis=1)[piece.start:piece.stop + 1])
    return lines


def mask_edges(latitude_edges, longitude_edges, land):
    """Return the sides ``(n_sides, 2, 2)`` between land and no land of a grid ``[latitude, longitude]``; its rim is none."""
    longitude, latitude = np.asarray(longitude_edges), np.asarray(latitude_edges)
    across = land[:, 1:] != land[:, :-1]
    rows, columns = np.nonzero(across)
    upright = np.stack([np.stack([longitude[columns + 1]] * 2, axis=1),
                        np.stack([latitude[rows], latitude[rows + 1]], axis=1)], axis=2)
    rows, columns = np.nonzero(land[1:] != land[:-1])
    level = np.stack([np.stack([longitude[columns], longitude[columns + 1]], axis=1),
                      np.stack([latitude[rows + 1]] * 2, axis=1)], axis=2)
    return np.concatenate([upright, level])


def _divide(ring):
    """Return a ring with long pieces divided."""
    steps = np.maximum(1, np.ceil(np.abs(np.diff(ring, axis=0)).max(axis=1) / LONGEST)).astype(int)
    places = np.concatenate([np.arange(n) / n + first for first, n in enumerate(steps)] + [[len(ring) - 1.0]])
    return np.stack([np.interp(places, np.arange(len(ring)), ring[:, axis]) for axis in (0, 1)], axis=1)


def _cut(ring, axis, bound, side):
    """Return the part of a closed ring on one side of a meridian or parallel (Sutherland and Hodgman 1974)."""
    if not len(ring):
        return ring
    distance = side * (ring[:, axis] - bound)
    if (distance >= 0.0).all():
        return ring
    kept = []
    for (here, there, before, after) in zip(ring[:-1], ring[1:], distance[:-1], distance[1:]):
        if before >= 0.0:
            kept.append(here)
        if (before >= 0.0) != (after >= 0.0):
            kept.append(here + (there - here) * (before / (before - after)))
    return np.array([*kept, kept[0]]) if kept else np.empty((0, 2))


def _runs(flags):
    """Return a slice for each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [slice(first, last) for first, last in zip(edges[::2], edges[1::2])]
