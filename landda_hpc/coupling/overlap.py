"""Exact areas of overlap between patches of a cubed sphere and the cells of a latitude-longitude grid.

The sides of a patch are great circles, those of a cell meridians and parallels. The area of a patch in a cell is the integral
of ``sin(latitude) d longitude`` along the patch's outline, cut at the meridians and the parallels of the grid, with the sine
bounded by those of the cell's edges. Each cut piece of a great circle from ``(l1, p1)`` to ``(l2, p2)`` has the closed form
``2 atan(tan((l2 - l1) / 2) (t1 + t2) / (1 + t1 t2))``, ``t = tan(p / 2)``, which keeps its digits for small pieces. Sides along
a meridian contribute nothing, so poles need no care but for the row where the integral begins: rows are counted from the north
pole, on the southern face from the south pole.

References
----------
Jones (1999), doi:10.1175/1520-0493(1999)127<2204:FASOCR>2.0.CO;2, for remapping by line integrals.
"""

import math

import numba
import numpy as np

from landda_hpc.coupling.cubed_sphere import CENTRE, N_FACES, X_AXIS, Y_AXIS, patch_areas
from landda_hpc.jit import driver_kernel, kernel

MERIDIAN = 1.0e-13  # of a plane's normal: sides closer to a meridian contribute nothing
AT_POLE = 1.0e-12
BEND = 1.0e-14  # radian, from the highest point of a great circle, within which a side counts as past it
SMALLEST = 1.0e-11  # of the smaller area: overlaps below are rounding


def overlaps(tangents, latitude_edges, longitude_edges, first=0, last=None):
    """Return patch, row, column and area of the overlaps between patches and all cells.

    Parameters
    ----------
    tangents : ndarray (n + 1,)
        Of the angles that bound the patches of a face.
    latitude_edges, longitude_edges : ndarray
        Ascending [degrees], of a part of the globe or all of it.
    first, last : int
        The patches ``first`` to ``last - 1`` of the ``6 n^2``; by default all.

    Returns
    -------
    patch, row, column : ndarray of int64
    area : ndarray
        [steradian], in the order of patches, rows and columns.
    """
    rows, kept_rows = _whole(np.radians(latitude_edges), -0.5 * np.pi, 0.5 * np.pi)
    columns, kept_columns = _whole(np.radians(longitude_edges), None, np.radians(longitude_edges[0]) + 2.0 * np.pi)
    last = N_FACES * (len(tangents) - 1) ** 2 if last is None else last
    bounds = _bounds(tangents, rows, columns, first, last)
    size = bounds[:, 1] * bounds[:, 3]
    offset = np.concatenate([[0], np.cumsum(size)])
    area = _areas(tangents, rows, columns, bounds, offset, first)
    place = np.flatnonzero(area > 0.0)
    patch = np.searchsorted(offset, place, side="right") - 1
    row, column = np.divmod(place - offset[patch], bounds[patch, 3])
    row, column = row + bounds[patch, 0], (column + bounds[patch, 2]) % (len(columns) - 1)
    patch += first
    smaller = np.minimum(patch_areas(tangents).ravel()[patch % (len(tangents) - 1) ** 2],
                         np.diff(np.sin(rows))[row] * np.diff(columns)[column])
    row, column = kept_rows[row], kept_columns[column]
    inside = (row >= 0) & (column >= 0) & (area[place] > SMALLEST * smaller)
    return patch[inside], row[inside], column[inside], area[place[inside]]


def _whole(edges, first, last):
    """Return edges completed to the whole globe and, for each interval, its number in the grid, -1 outside."""
    kept = np.arange(len(edges) - 1)
    if first is not None and edges[0] > first + AT_POLE:
        edges, kept = np.append(first, edges), np.append(-1, kept)
    elif first is not None:
        edges[0] = first
    if edges[-1] < last - AT_POLE:
        return np.append(edges, last), np.append(kept, -1)
    edges[-1] = last
    return edges, kept


@kernel
def _wrap(angle):
    """Return an angle in [-pi, pi)."""
    return angle - 2.0 * math.pi * math.floor((angle + math.pi) / (2.0 * math.pi))


@kernel
def _longitude(face, x, y):
    return math.atan2(CENTRE[face, 1] + x * X_AXIS[face, 1] + y * Y_AXIS[face, 1],
                      CENTRE[face, 0] + x * X_AXIS[face, 0] + y * Y_AXIS[face, 0])


@kernel
def _latitude(face, x, y):
    east = CENTRE[face, 0] + x * X_AXIS[face, 0] + y * Y_AXIS[face, 0]
    north = CENTRE[face, 1] + x * X_AXIS[face, 1] + y * Y_AXIS[face, 1]
    return math.atan2(CENTRE[face, 2] + x * X_AXIS[face, 2] + y * Y_AXIS[face, 2], math.hypot(east, north))


@kernel
def _interval(edges, value):
    """Return the interval that holds a value, the last one at the end."""
    low, high = 0, len(edges) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] <= value:
            low = middle
        else:
            high = middle
    return low


@kernel
def _column(edges, longitude):
    """Return the column of a longitude, counted on round the globe."""
    turns = math.floor((longitude - edges[0]) / (2.0 * math.pi))
    return _interval(edges, longitude - turns * 2.0 * math.pi) + int(turns) * (len(edges) - 1)


@kernel
def _meridian(edges, column):
    """Return the western edge of a column, counted on round the globe."""
    n = len(edges) - 1
    turns = column // n
    return edges[column - turns * n] + turns * 2.0 * math.pi


@kernel
def _side(face, x1, y1, x2, y2):
    """Return the plane of a side: tangent of its highest latitude and the longitude of that; -1 for a meridian."""
    if x1 == x2:
        a, b, c = x1, -1.0, 0.0
    else:
        a, b, c = y1, 0.0, -1.0
    east = a * CENTRE[face, 0] + b * X_AXIS[face, 0] + c * Y_AXIS[face, 0]
    north = a * CENTRE[face, 1] + b * X_AXIS[face, 1] + c * Y_AXIS[face, 1]
    up = a * CENTRE[face, 2] + b * X_AXIS[face, 2] + c * Y_AXIS[face, 2]
    if abs(up) < MERIDIAN:
        return -1.0, 0.0
    sign = 1.0 if up > 0.0 else -1.0
    return math.hypot(east, north) / abs(up), math.atan2(-sign * north, -sign * east)


@kernel
def _pole_in(tangents, face, j, i):
    """Return 2 where a pole lies inside a patch, 1 where it is a corner, else 0."""
    if face < 4:
        return 0
    near = tangents[i] < AT_POLE and tangents[i + 1] > -AT_POLE and tangents[j] < AT_POLE and tangents[j + 1] > -AT_POLE
    inside = tangents[i] < -AT_POLE and tangents[i + 1] > AT_POLE and tangents[j] < -AT_POLE and tangents[j + 1] > AT_POLE
    return 2 if inside else (1 if near else 0)


@kernel
def _base(tangents, face, j, i):
    """Return the longitude of a corner that is no pole."""
    if abs(tangents[i]) < AT_POLE and abs(tangents[j]) < AT_POLE:
        return _longitude(face, tangents[i + 1], tangents[j])
    return _longitude(face, tangents[i], tangents[j])


@driver_kernel(parallel=True)
def _bounds(tangents, rows, columns, first_patch, last_patch):
    """Return first row, number of rows, first column and number of columns around each patch of a run of them."""
    n = len(tangents) - 1
    bounds = np.empty((last_patch - first_patch, 4), np.int64)
    for k_patch in numba.prange(last_patch - first_patch):
        patch = first_patch + k_patch
        face, j, i = patch // (n * n), patch // n % n, patch % n
        base = _base(tangents, face, j, i)
        west, east, south, north = base, base, 0.5 * math.pi, -0.5 * math.pi
        for k in range(4):
            x1, y1 = tangents[i + (k == 1 or k == 2)], tangents[j + (k == 2 or k == 3)]
            x2, y2 = tangents[i + (k == 0 or k == 1)], tangents[j + (k == 1 or k == 2)]
            latitude = _latitude(face, x1, y1)
            south, north = min(south, latitude), max(north, latitude)
            highest, at = _side(face, x1, y1, x2, y2)
            if highest >= 0.0:
                first = _longitude(face, x1, y1)
                step = _wrap(_longitude(face, x2, y2) - first)
                first = base + _wrap(first - base)
                west, east = min(west, first, first + step), max(east, first, first + step)
                # The highest or lowest point of the great circle may lie within the side.
                for turn in range(2):
                    ahead = _wrap(at + turn * math.pi - first)
                    if (step > 0.0 and 0.0 < ahead < step) or (step < 0.0 and step < ahead < 0.0):
                        bend = math.atan(highest) * (1 - 2 * turn)
                        south, north = min(south, bend), max(north, bend)
        pole = _pole_in(tangents, face, j, i)
        if pole > 0:
            north = 0.5 * math.pi if face == 4 else north
            south = -0.5 * math.pi if face == 5 else south
        bounds[k_patch, 0] = _interval(rows, south)
        bounds[k_patch, 1] = _interval(rows, north) - bounds[k_patch, 0] + 1
        bounds[k_patch, 2] = _column(columns, west)
        # A patch may leave a region in the east and reach it again, or the rest of the globe, in the west: both times count.
        bounds[k_patch, 3] = _column(columns, east) - bounds[k_patch, 2] + 1
        if pole == 2:
            bounds[k_patch, 3] = len(columns) - 1
    return bounds


@kernel
def _add(area, offset, n_rows, n_columns, row, column, sines, first_row, from_south, width, along):
    """Add a piece of an outline: ``width`` in longitude and the integral ``along`` it, in a row and a column of the box."""
    if from_south:
        for above in range(row):
            area[offset + above * n_columns + column] -= (sines[first_row + above + 1] - sines[first_row + above]) * width
        area[offset + row * n_columns + column] -= along - sines[first_row + row] * width
    else:
        area[offset + row * n_columns + column] += sines[first_row + row + 1] * width - along
        for above in range(row + 1, n_rows):
            area[offset + above * n_columns + column] += (sines[first_row + above + 1] - sines[first_row + above]) * width


@kernel
def _follow(area, offset, box, rows, sines, column, from_south, start, latitude, end, end_latitude, highest, at):
    """Follow a side within one column while it rises or falls, from row to row."""
    first_row, n_rows, n_columns = box
    last = first_row + n_rows - 1
    row = min(max(_interval(rows, latitude), first_row), last)
    middle = _wrap(0.5 * (start + end) - at)
    branch = 1.0 if middle > 0.0 else -1.0
    rising = end_latitude > latitude
    half = math.tan(0.5 * latitude)
    done = False
    while not done:
        cut = rows[row + 1] if rising else rows[row]
        done = (cut >= end_latitude or row == last) if rising else (cut <= end_latitude or row == first_row)
        if done:
            stop, stop_half = end, math.tan(0.5 * end_latitude)
        else:
            ratio = min(max(math.tan(cut) / highest, -1.0), 1.0)
            stop = 0.5 * (start + end) + (branch * math.acos(ratio) - middle)
            stop = min(max(stop, min(start, end)), max(start, end))
            stop_half = math.tan(0.5 * cut)
        width = stop - start
        along = 2.0 * math.atan(math.tan(0.5 * width) * (half + stop_half) / (1.0 + half * stop_half))
        _add(area, offset, n_rows, n_columns, row - first_row, column, sines, first_row, from_south, width, along)
        middle = _wrap(0.5 * (stop + end) - at)
        start, half = stop, stop_half
        row += 1 if rising else -1


@driver_kernel(parallel=True)
def _areas(tangents, rows, columns, bounds, offset, first_patch):
    """Return the areas in the boxes of rows and columns around the patches, one box after another."""
    n = len(tangents) - 1
    n_around = len(columns) - 1
    sines = np.sin(rows)
    area = np.zeros(offset[-1])
    for k_patch in numba.prange(len(bounds)):
        patch = first_patch + k_patch
        face, j, i = patch // (n * n), patch // n % n, patch % n
        base = _base(tangents, face, j, i)
        first_column, n_columns = bounds[k_patch, 2], bounds[k_patch, 3]
        box = (bounds[k_patch, 0], bounds[k_patch, 1], n_columns)
        inside = _pole_in(tangents, face, j, i) == 2
        for k in range(4):
            x1, y1 = tangents[i + (k == 1 or k == 2)], tangents[j + (k == 2 or k == 3)]
            x2, y2 = tangents[i + (k == 0 or k == 1)], tangents[j + (k == 1 or k == 2)]
            highest, at = _side(face, x1, y1, x2, y2)
            if highest < 0.0:
                continue
            here = _longitude(face, x1, y1)
            step = _wrap(_longitude(face, x2, y2) - here)
            here = base + _wrap(here - base)
            end, latitude, end_latitude = here + step, _latitude(face, x1, y1), _latitude(face, x2, y2)
            column = _column(columns, here)
            east = step > 0.0
            done = False
            while not done:
                edge = _meridian(columns, column + 1) if east else _meridian(columns, column)
                done = edge >= end if east else edge <= end
                stop = end if done else edge
                bent = False
                for turn in range(2):
                    ahead = _wrap(at + turn * math.pi - here)
                    if not bent and ((east and BEND < ahead < stop - here) or (not east and stop - here < ahead < -BEND)):
                        stop, bent = here + ahead, True
                if bent:
                    done = False
                    stop_latitude = math.atan(highest) * (1.0 if math.cos(stop - at) > 0.0 else -1.0)
                elif done:
                    stop_latitude = end_latitude
                else:
                    stop_latitude = math.atan(highest * math.cos(stop - at))
                place = column - first_column
                if inside:
                    place = place % n_around
                else:
                    place = min(max(place, 0), n_columns - 1)
                _follow(area, offset[k_patch], box, rows, sines, place, face == 5, here, latitude, stop, stop_latitude,
                        highest, at)
                here, latitude = stop, stop_latitude
                if not bent:
                    column += 1 if east else -1
    return area
