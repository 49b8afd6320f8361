"""Colours, limits and units of maps: fixed for soil moisture, of robust percentiles otherwise, centred for differences.

All colour maps can be told apart by the colour-blind and are printed in steps, so that a value can be read off the bar.
"""

from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.ticker import MaxNLocator

ROBUST = (2.0, 98.0)  # percentiles between which the colours run
N_STEPS = 10
MOISTURE_LIMITS = {"mean": (0.0, 0.5), "spread": (0.0, 0.08)}  # m3 m-3
#: Factor, offset and name of the units that are drawn instead of those of the file.
DISPLAY = {"K": (1.0, -273.15, "$\\degree$C"), "kg m-2 s-1": (86400.0, 0.0, "mm day$^{-1}$"),
           "kg kg-1": (1e3, 0.0, "g kg$^{-1}$"), "Pa": (0.01, 0.0, "hPa"), "s": (1.0 / 86400.0, 0.0, "days")}
WET = ("kg m-2 s-1", "kg m-2", "m")  # units of water, snow and rain: drawn blue, from zero
DEW = 0.05  # share of the range that may be below zero before a map of water starts below it
NOTHING = (0.0, 0.0, 0.0, 0.0)  # colour of cells without a value
LIGHTEST = 0.05  # of a sequential colour map, where it begins: to be told from blank land


class Scale(NamedTuple):
    """How values become colours.

    Attributes
    ----------
    colours : matplotlib colour map
    norm : matplotlib norm
    extend : str
        Ends of the colour bar that carry a triangle: ``neither``, ``min``, ``max`` or ``both``.
    label : str
        Of the colour bar, with the units.
    names : tuple of str or None
        Of the classes 1, 2, ..., where the values are classes.
    """

    colours: object
    norm: object
    extend: str
    label: str
    names: tuple | None = None


def pretty_units(units):
    """Return units with raised exponents: ``m3 m-3`` as they are printed."""
    def one(word):
        base = word.rstrip("-0123456789")
        return f"{base}$^{{{word[len(base):]}}}$" if base and len(base) < len(word) else word

    return " ".join(one(word) for word in units.split())


def displayed(values, units, kind="mean"):
    """Return values in the units they are drawn in, and these units; only a mean is shifted to degrees Celsius."""
    if units not in DISPLAY:
        return values, pretty_units(units)
    factor, offset, label = DISPLAY[units]
    if units == "K" and kind != "mean":
        return values, "K"
    return np.asarray(values) * factor + offset, label


def scale_of(values, units="1", kind="mean", label="", limits=None, colour_map=None):
    """Return the :class:`Scale` of a field in the units of :func:`displayed`.

    Parameters
    ----------
    values : array_like
        As drawn; NaN is left out.
    units : str
        Of the registry, which choose the colours.
    kind : str
        ``mean``, ``spread`` or ``difference``; differences are centred on zero.
    label : str
        Of the colour bar.
    limits : tuple of float, optional
        Instead of the usual ones.
    colour_map : str, optional
        Name of a matplotlib colour map instead of the usual one.
    """
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    low, high = limits or _limits(finite, units, kind)
    centred = kind == "difference" or (kind == "mean" and (units == "K" or (units == "W m-2" and low < 0.0)))
    levels = MaxNLocator(N_STEPS, steps=[1, 2, 2.5, 5, 10], min_n_ticks=4).tick_values(low, high)
    if kind == "difference":
        levels = levels[np.abs(levels) > 1e-9 * levels[-1]]  # a neutral step around zero
    beyond = bool((finite < levels[0] - 1e-12).any()), bool((finite > levels[-1] + 1e-12).any())
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[beyond]
    colours = _steps(colour_map or _colour_map(units, kind), levels, centred)
    return Scale(colours, BoundaryNorm(levels, colours.N), extend, label)


def class_scale(colours, names, label=""):
    """Return the :class:`Scale` of classes 1, 2, ... by their colours and names."""
    palette = ListedColormap(colours).with_extremes(bad=NOTHING)
    edges = np.arange(len(colours) + 1) + 0.5
    return Scale(palette, BoundaryNorm(edges, len(colours)), "neither", label, tuple(names))


def _limits(finite, units, kind):
    if units == "m3 m-3" and kind in MOISTURE_LIMITS:
        return MOISTURE_LIMITS[kind]
    if not finite.size:
        return (-1.0, 1.0) if kind == "difference" else (0.0, 1.0)
    if kind == "difference":
        reach = np.percentile(np.abs(finite), ROBUST[1]) or np.abs(finite).max()
        return (-reach, reach) if reach > 0.0 else (-1.0, 1.0)
    low, high = np.percentile(finite, ROBUST)
    if kind == "spread" or (units in WET and low >= -DEW * high):
        low, high = 0.0, high or finite.max()
    return (low, high) if high > low else (low, low + (abs(low) or 1.0))


def _steps(name, levels, centred):
    """Return one colour a step and one beyond each end; those of a centred map tell how far the step is from zero."""
    n_steps, middle = len(levels) - 1, 0.5 * (levels[1:] + levels[:-1])
    if centred:
        step = levels[1] - levels[0]
        places = np.concatenate([[middle[0] - step], middle, [middle[-1] + step]])
        places = 0.5 + 0.5 * places / np.abs(places).max()
    else:
        places = LIGHTEST + (1.0 - LIGHTEST) * np.concatenate([[0], np.arange(n_steps + 1)]) / n_steps
    colours = matplotlib.colormaps[name](places)
    return ListedColormap(colours[1:-1]).with_extremes(bad=NOTHING, under=colours[0], over=colours[-1])


def _colour_map(units, kind):
    moisture = units == "m3 m-3" or units in WET
    if kind == "difference":
        return "BrBG" if moisture else "RdBu_r"
    if kind == "spread":
        return "YlOrBr"
    return {"K": "RdYlBu_r", "W m-2": "RdBu_r"}.get(units, "YlGnBu" if moisture else "viridis_r")
