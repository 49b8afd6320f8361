"""Maps of fields ``[latitude, longitude]`` on equal-area projections.

The field is sampled at the pixels of a picture through the inverse projection: every pixel shows the cell it lies in, the
date line and the poles need no care, and a map of 600 x 1440 cells takes a fraction of a second.
"""

import functools
from typing import NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from landda_hpc.plots import coast
from landda_hpc.plots.projections import projection_of
from landda_hpc.plots.scales import scale_of

SEA, LAND, COAST, LINE, FRAME = "#e9f0f5", "#ffffff", "#3c3c3c", "#cfd9e1", "#808080"
BEYOND = 2.0  # degrees that coast lines reach beyond the window, where they are clipped
PIXELS = 1600  # of the longer side of a picture
FINE, NARROW = 1.0, 60.0  # degrees: below both, the grid's own coast is better than that of 1:110m


class Frame(NamedTuple):
    """What maps of one grid share: the window in degrees and on the map, the cell of every pixel, the coast."""

    window: tuple
    projection: object
    rim: np.ndarray
    extent: tuple
    row: np.ndarray
    column: np.ndarray
    latitude_edges: np.ndarray
    longitude_edges: np.ndarray
    coast: list
    land: Path | None


def draw_map(axis, latitudes, longitudes, values, scale=None, title="", land=None, note="", colour_bar=True):
    """Draw a field as a map into an axis.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        An ordinary one; it becomes the map.
    latitudes, longitudes : array_like (n_rows,), (n_columns,)
        Centres of the cells [degrees]; latitudes ascending or descending, longitudes eastward.
    values : array_like (n_rows, n_columns)
        NaN where nothing is drawn: land then is white, the sea has a tint.
    scale : Scale, optional
        Colours and limits, see :mod:`landda_hpc.plots.scales`; a sequential one by default.
    title, note : str
        Above the map, left and right.
    land : array_like of bool (n_rows, n_columns), optional
        Land cells, whose outline is the coast of a map of a small region.
    colour_bar : bool
        Draw one below the map.
    """
    values = np.ma.masked_invalid(np.asarray(values, np.float64))
    frame = frame_of(tuple(np.asarray(latitudes, float).tolist()), tuple(np.asarray(longitudes, float).tolist()))
    scale = scale or scale_of(values.filled(np.nan))
    rim = PathPatch(Path(frame.rim), transform=axis.transData, facecolor=SEA, edgecolor="none", zorder=0)
    axis.add_patch(rim)
    _graticule(axis, frame, rim)
    colours = scale.colours(scale.norm(values), bytes=True)
    if land is not None and _small(frame):
        land = np.asarray(land, bool)
        colours[land & np.ma.getmaskarray(values)] = 255
        _coast_of_cells(axis, frame, land, rim)
    else:
        _land_of_outline(axis, frame, rim)
    _picture(axis, frame, colours)
    axis.add_patch(PathPatch(Path(frame.rim), facecolor="none", edgecolor=FRAME, lw=0.6, zorder=4, clip_on=False))
    left, right, bottom, top = frame.extent
    margin = 0.004 * (right - left)
    axis.set(xlim=(left - margin, right + margin), ylim=(bottom - margin, top + margin), aspect="equal")
    axis.set_axis_off()
    axis.set_title(title, loc="left", fontsize=9, fontweight="bold")
    axis.set_title(note, loc="right", fontsize=7.5, color="0.3")
    if colour_bar and scale.names:
        _legend(axis, scale, values)
    elif colour_bar:
        draw_colour_bar(axis, scale)


def draw_colour_bar(axis, scale):
    """Draw the bar of a map below it and return it."""
    bar = axis.figure.colorbar(ScalarMappable(scale.norm, scale.colours), ax=axis, orientation="horizontal", fraction=0.05,
                               pad=0.035, aspect=45, shrink=0.86, extend=scale.extend)
    bar.set_label(scale.label, fontsize=8, labelpad=2)
    bar.formatter.set_powerlimits((-3, 5))
    bar.formatter.set_useMathText(True)
    bar.ax.xaxis.get_offset_text().set_size(7.5)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7.5, width=0.5, length=2.5)
    return bar


def _legend(axis, scale, values):
    """Name the classes that a map shows, below it."""
    present = [number for number in range(1, len(scale.names) + 1) if (values == number).any()]
    handles = [Patch(facecolor=scale.colours(number - 1), edgecolor="0.4", linewidth=0.3, label=scale.names[number - 1])
               for number in present]
    axis.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, fontsize=6.5, frameon=False,
                handlelength=1.2, handleheight=0.9, columnspacing=1.2, labelspacing=0.3, borderaxespad=0.8)


def axis_shape(latitudes, longitudes):
    """Return height over width of the map of a grid, to shape a page by."""
    left, right, bottom, top = frame_of(tuple(np.asarray(latitudes, float).tolist()),
                                        tuple(np.asarray(longitudes, float).tolist())).extent
    return (top - bottom) / (right - left)


@functools.lru_cache(maxsize=8)
def frame_of(latitudes, longitudes):
    """Return the :class:`Frame` of a grid given by tuples of its centres [degrees]."""
    rows, columns = _edges(latitudes, longitudes), _edges(longitudes, latitudes)
    south, north = max(min(rows[0], rows[-1]), -90.0), min(max(rows[0], rows[-1]), 90.0)
    west, east = columns[0], columns[-1]
    if east - west > 359.0:
        west, east = -180.0, 180.0
    projection = projection_of(south, north, west, east)
    upward, eastward = np.linspace(south, north, 181), np.linspace(west, east, 361)
    rim = np.concatenate([np.stack(np.broadcast_arrays(*side), axis=1) for side in (
        (eastward, south), (east, upward), (eastward[::-1], north), (west, upward[::-1]))])
    rim = np.stack(projection.forward(*rim.T), axis=1)
    (left, bottom), (right, top) = rim.min(axis=0), rim.max(axis=0)
    pixel = max(right - left, top - bottom) / PIXELS
    x = np.arange(left + 0.5 * pixel, right, pixel)
    y = np.arange(bottom + 0.5 * pixel, top, pixel)
    longitude, latitude = projection.inverse(x[None, :], y[:, None])
    inside = ((latitude >= south) & (latitude <= north)
              & (np.mod(longitude - west, 360.0) <= east - west))
    eastward = np.mod(longitude - columns[0], 360.0) + columns[0]
    row = _place(rows, latitude, inside)
    column = _place(columns, eastward, inside)
    extent = (left, left + len(x) * pixel, bottom, bottom + len(y) * pixel)
    return Frame((south, north, west, east), projection, rim, extent, row, column, rows, columns,
                 *_outline((south, north, west, east), projection))


def _edges(centres, others):
    """Return the edges between centres; a single row or column is as wide as those of the other direction."""
    centres = np.asarray(centres)
    if len(centres) == 1:
        half = 0.5 * abs(others[1] - others[0]) if len(others) > 1 else 0.5
        return np.array([centres[0] - half, centres[0] + half])
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2.0 * centres[0] - middle[0]], middle, [2.0 * centres[-1] - middle[-1]]])


def _place(edges, values, inside):
    """Return the index of the cell of each value, -1 outside."""
    ascending = edges if edges[-1] > edges[0] else edges[::-1]
    index = np.clip(np.searchsorted(ascending, values, side="right") - 1, 0, len(edges) - 2)
    index = index if edges[-1] > edges[0] else len(edges) - 2 - index
    return np.where(inside, index, -1).astype(np.int32)


def _picture(axis, frame, colours):
    """Draw cells of given colours ``(n_rows, n_columns, 4)``, 8 bits each; colours first, then pixels, which is quick."""
    pixels = colours[np.maximum(frame.row, 0), np.maximum(frame.column, 0)]
    pixels[frame.row < 0] = 0
    axis.imshow(pixels, extent=frame.extent, origin="lower", interpolation="nearest", zorder=2, rasterized=True)


def _small(frame):
    south, north, west, east = frame.window
    cell = abs(frame.longitude_edges[1] - frame.longitude_edges[0])
    return cell < FINE and east - west < NARROW


def _graticule(axis, frame, rim):
    """Draw parallels and meridians and label them along the left and lower rim."""
    south, north, west, east = frame.window
    step = next(step for step in (1.0, 2.0, 5.0, 10.0, 15.0, 30.0) if (east - west) / step <= 12.5)
    upward, eastward = np.linspace(south, north, 91), np.linspace(west, east, 181)
    globe = east - west > 359.0
    lines = []
    for parallel in np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step:
        lines.append(np.stack(frame.projection.forward(eastward, np.full_like(eastward, parallel)), axis=1))
        if south + 0.02 * (north - south) < parallel < north - 0.02 * (north - south) or abs(parallel) == south:
            _label(axis, lines[-1][0], degrees(parallel, "N", "S"), ha="right", va="center", xytext=(-3, 0))
    for meridian in np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step:
        lines.append(np.stack(frame.projection.forward(np.full_like(upward, meridian), upward), axis=1))
        if not globe and west + 0.02 * (east - west) < meridian < east - 0.02 * (east - west):
            shown = (meridian + 180.0) % 360.0 - 180.0
            _label(axis, lines[-1][0], degrees(shown, "E", "W"), ha="center", va="top", xytext=(0, -3))
    axis.add_collection(LineCollection(lines, colors=LINE, linewidths=0.4, zorder=0.5, clip_path=rim), autolim=False)


def _label(axis, place, text, **how):
    axis.annotate(text, place, textcoords="offset points", fontsize=6, color="0.4", annotation_clip=False, **how)


def degrees(value, positive, negative):
    """Return a latitude or longitude as it is written on an axis, such as 30 with N or S."""
    return f"{abs(value):g}$\\degree${positive if value > 0 else negative if value < 0 else ''}"


def _outline(window, projection):
    """Return the coast of Natural Earth as lines on the map and its land as one path, None without land."""
    south, north, west, east = window
    more = 0.0 if east - west > 359.0 else BEYOND
    pieces = coast.coast_lines(south - more, north + more, west - more, east + more)
    lines = [np.stack(projection.forward(*piece.T), axis=1) for piece in pieces]
    rings = [np.stack(projection.forward(*ring.T), axis=1) for ring in coast.land_within(*window)]
    if not rings:
        return lines, None
    codes = [code for ring in rings for code in (Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY)]
    return lines, Path(np.concatenate(rings), codes)


def _land_of_outline(axis, frame, rim):
    """Draw the land of Natural Earth: white below the field, its coast above."""
    width = 0.45 if frame.window[3] - frame.window[2] > 120.0 else 0.6
    axis.add_collection(LineCollection(frame.coast, colors=COAST, linewidths=width, zorder=3, clip_path=rim), autolim=False)
    if frame.land is not None:
        axis.add_patch(PathPatch(frame.land, facecolor=LAND, edgecolor="none", zorder=1, clip_path=rim))


def _coast_of_cells(axis, frame, land, rim):
    """Draw the outline of the land cells."""
    sides = coast.mask_edges(frame.latitude_edges, frame.longitude_edges, land)
    x, y = frame.projection.forward(sides[..., 0], sides[..., 1])
    axis.add_collection(LineCollection(np.stack([x, y], axis=-1), colors=COAST, linewidths=0.5, zorder=3, clip_path=rim,
                                       capstyle="round"), autolim=False)
