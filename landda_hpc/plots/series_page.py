"""Pages of an evaluation of series: a place with its products, a station with the products beside it, triple collocation."""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.observations.batch import time_of
from landda_hpc.plots.scales import pretty_units

MONTHS = "JFMAMJJASOND"
VOLUME = pretty_units("m3 m-3")
WIDTH = 11.0  # inches
#: Colours that the colour-blind can tell apart (Okabe and Ito).
COLOURS = {"smap_l3": "#0072B2", "smos_ic": "#E69F00", "smos_l3": "#F0E442", "amsr2_l3": "#CC79A7", "ascat_cdr": "#D55E00",
           "gldas": "#009E73", "era5_land": "#56B4E9", "era5": "#999999", "ecmwf": "#999999", "lis": "#6A3D9A"}
NAMES = {"smap_l3": "SMAP", "smos_ic": "SMOS-IC", "smos_l3": "SMOS", "amsr2_l3": "AMSR2", "ascat_cdr": "ASCAT",
         "gldas": "GLDAS", "era5_land": "ERA5-Land", "era5": "ERA5", "ecmwf": "ECMWF", "lis": "LIS"}
STATION_COLOUR = "#222222"
FMSE_LIMITS = (-0.3, 1.3)


def plot_place(place, reference, pairs, triplets, climatology):
    """Return the figure of a place: corrected series, values against the reference, climatology, triple collocation.

    Parameters
    ----------
    place : landda_hpc.workflow.series_places.Place
    reference : str
    pairs : dict of Matched
    triplets : list of Triplet
    climatology : list of tuple
        Rows of the table.
    """
    figure = Figure(figsize=(WIDTH, 7.0), layout="constrained")
    grid = figure.add_gridspec(2, 3)
    model = place.series[reference]
    first, last = (bound(one.time[position] for one in pairs.values()) for bound, position in ((min, 0), (max, -1)))
    axis = figure.add_subplot(grid[0, :])
    shown = model.select((model.time >= first) & (model.time <= last))
    axis.plot(time_of(shown.time), shown.value, color=_colour(reference), lw=0.8, label=_name(reference))
    for product, one in pairs.items():
        axis.plot(time_of(one.time), one.corrected, ".", ms=3.0, color=_colour(product),
                  label=f"{_name(product)}, {one.method}")
    _finish(axis, f"soil moisture [{VOLUME}]")
    axis.legend(fontsize=8, frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    _scatter(figure.add_subplot(grid[1, 0]), {product: (one.corrected, one.reference) for product, one in pairs.items()},
             _name(reference))
    _climatology(figure.add_subplot(grid[1, 1]), place, climatology)
    _bars(figure.add_subplot(grid[1, 2]), triplets)
    figure.suptitle(f"Place {place.name}, {_degrees(place)}", fontweight="bold", fontsize=11,
                    x=0.99, ha="right")
    return figure


def plot_station(label, station, pairs):
    """Return the figure of a station: its series with the products, and each product against it."""
    figure = Figure(figsize=(WIDTH, 6.4), layout="constrained")
    grid = figure.add_gridspec(2, max(3, len(pairs)))
    axis = figure.add_subplot(grid[0, :])
    axis.plot(time_of(station.time), station.value, ".", ms=1.0, color=STATION_COLOUR, label="station", rasterized=True)
    for number, (product, (time, value, measured, found, anomaly)) in enumerate(pairs.items()):
        axis.plot(time_of(time), value, ".", ms=3.0, color=_colour(product), label=_name(product))
        below = figure.add_subplot(grid[1, number])
        _scatter(below, {product: (value, measured)}, "station")
        below.set_title(f"{_name(product)}, n {found.n}\nr {found.correlation:.2f}, of anomalies {anomaly:.2f}\n"
                        f"bias {found.bias:+.3f}, ubRMSD {found.ubrmse:.3f}", fontsize=8)
    _finish(axis, f"soil moisture [{VOLUME}]")
    axis.legend(fontsize=8, frameon=False, ncols=6, loc="lower left", bbox_to_anchor=(0.0, 1.0), markerscale=3.0)
    figure.suptitle(label, fontweight="bold", fontsize=11, x=0.99, ha="right")
    return figure


def plot_triplets(places):
    """Return the figure of the error share of every product, by triplet and place; invalid triplets are hollow."""
    kinds = list(dict.fromkeys(triplet.products for _, triplets in places for triplet in triplets))
    figure = Figure(figsize=(WIDTH, 1.2 + 2.1 * len(kinds)), layout="constrained")
    axes = figure.subplots(len(kinds), 1, squeeze=False, sharex=True)[:, 0]
    names = [name for name, _ in places]
    for axis, kind in zip(axes, kinds):
        for position, (_, triplets) in enumerate(places):
            for triplet in (one for one in triplets if one.products == kind):
                valid = bool(triplet.result.valid[0])
                for number, product in enumerate(kind):
                    axis.plot(position + 0.18 * (number - 1), triplet.result.fmse[number, 0], "o", ms=6.0,
                              color=_colour(product), mfc=_colour(product) if valid else "none")
                axis.annotate(f"n {int(triplet.result.n[0])}", (position, 0.02), xycoords=("data", "axes fraction"),
                              ha="center", fontsize=7, color="0.4")
        for product in kind:
            axis.plot([], [], "o", color=_colour(product), label=_name(product))
        axis.axhspan(0.0, 1.0, color="0.95", zorder=0)
        axis.set_ylim(-0.3, 1.5)
        axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        _finish(axis, "fMSE")
    axes[-1].set_xticks(range(len(names)), names, fontsize=8)
    axes[-1].set_xlabel("place", fontsize=8)
    figure.suptitle("Share of error in the variance, by triplet (hollow: assumptions fail or too few; some beyond the axis)",
                    fontsize=10)
    return figure


def _scatter(axis, pairs, name):
    """Draw values against those of a reference, with the diagonal."""
    for product, (value, other) in pairs.items():
        axis.plot(other, value, ".", ms=2.5, alpha=0.6, color=_colour(product), rasterized=True)
    values = np.concatenate([part[np.isfinite(part)] for pair in pairs.values() for part in pair])
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * max(high - low, 0.01)
    limits = (low - margin, high + margin)
    axis.plot(limits, limits, color="0.6", lw=0.8)
    axis.set(xlim=limits, ylim=limits, aspect="equal")
    axis.set_xlabel(f"{name} [{VOLUME}]", fontsize=8)
    _finish(axis, f"product [{VOLUME}]")


def _climatology(axis, place, rows):
    """Draw the monthly means; percent of saturation on an axis of its own."""
    other = None
    for product in place.series:
        mine = [row for row in rows if row[1] == product]
        percent = mine[0][2] == "percent"
        if percent and other is None:
            other = axis.twinx()
            other.set_ylabel("saturation [%], dashed", fontsize=8)
            other.tick_params(labelsize=8)
        (other if percent else axis).plot([row[3] for row in mine], [row[5] for row in mine], "--" if percent else "-",
                                          marker=".", color=_colour(product), label=_name(product))
    axis.set_xticks(range(1, 13), MONTHS)
    axis.set_title("means of the calendar months, as retrieved", fontsize=8)
    _finish(axis, f"[{VOLUME}]")
    lines = [line for one in (axis, other) if one is not None for line in one.get_lines()]
    axis.legend(lines, [line.get_label() for line in lines], fontsize=7, frameon=False, ncols=3, loc="upper center",
                bbox_to_anchor=(0.5, -0.08))


def _bars(axis, triplets):
    """Draw the share of error of each product in each triplet."""
    for position, triplet in enumerate(triplets):
        valid = bool(triplet.result.valid[0])
        for number, product in enumerate(triplet.products):
            axis.barh(position + 0.27 * (number - 1), triplet.result.fmse[number, 0], 0.25, color=_colour(product),
                      alpha=1.0 if valid else 0.3)
    axis.set_yticks(range(len(triplets)), ["\n".join([", ".join(map(_name, triplet.products)),
                                                      f"n {int(triplet.result.n[0])}"]) for triplet in triplets])
    axis.axvline(0.0, color="0.4", lw=0.8)
    axis.invert_yaxis()
    axis.set_xlim(*FMSE_LIMITS)
    axis.set_title("triple collocation (pale: not valid)", fontsize=8)
    axis.set_xlabel("fMSE", fontsize=8)
    _finish(axis, "")
    axis.tick_params(axis="y", labelsize=7)


def _degrees(place):
    return f"{abs(place.latitude):.2f} {'N' if place.latitude >= 0.0 else 'S'} {abs(place.longitude):.2f} " + (
        "E" if place.longitude >= 0.0 else "W")


def _finish(axis, label):
    axis.set_ylabel(label, fontsize=8)
    axis.set_axisbelow(True)
    axis.grid(True, color="0.9", lw=0.6)
    axis.tick_params(labelsize=8)


def _name(product):
    return NAMES.get(product, product)


def _colour(product):
    return COLOURS.get(product, "0.5")
