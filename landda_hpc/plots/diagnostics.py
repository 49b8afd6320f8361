"""Figures of what the filter did: innovations and their distribution, observations that came in, increments."""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots.experiments import COLOURS, MOISTURE, OTHER, dates, field_map, map_axes, mean_over, plain
from landda_hpc.plots.scales import scale_of

SENSOR_COLOURS = {"metop-b": "#0072b2", "metop-c": "#56b4e9", "smap": "#d55e00"}


def innovation_page(edges, histograms, probabilities):
    """Return histograms of normalised innovations beside the normal density, and of the probability in the forecast.

    Parameters
    ----------
    edges : ndarray (n_edges,)
        Of the bins; the first and last bin of a histogram are beyond them.
    histograms : dict of str to dict of str to ndarray (n_edges + 1,)
        Counts by experiment and sensor.
    probabilities : dict of str to dict of str to ndarray (n_bins,)
        Likewise, of the probability that the forecast gave to a smaller observation.
    """
    figure = Figure(figsize=(10.0, 2.7 * len(histograms) + 0.6), layout="constrained")
    axes = figure.subplots(len(histograms), 2, squeeze=False)
    x = np.linspace(edges[0], edges[-1], 201)
    for row, (name, sensors) in zip(axes, histograms.items()):
        row[0].fill_between(x, np.exp(-0.5 * x ** 2) / np.sqrt(2.0 * np.pi), color="0.88", label="expected")
        for sensor, counts in sensors.items():
            colour = SENSOR_COLOURS.get(sensor, OTHER)
            density = counts[1:-1] / max(counts.sum(), 1) / np.diff(edges)
            row[0].stairs(density, edges, color=colour, lw=1.4, label=sensor)
            share = probabilities[name][sensor]
            share = share * len(share) / max(share.sum(), 1)
            row[1].stairs(share, np.linspace(0.0, 1.0, len(share) + 1), color=colour, lw=1.4)
        row[1].axhline(1.0, color="0.7", lw=0.8, zorder=0)
        row[0].set_title(name, loc="left", fontsize=10, fontweight="bold")
        row[0].legend(fontsize=7.5, frameon=False)
        row[0].set_ylabel("density", fontsize=8)
        row[1].set_ylabel("relative frequency", fontsize=8)
        row[1].set_ylim(bottom=0.0)
        for axis in row:
            plain(axis)
    axes[-1, 0].set_xlabel("normalised innovation", fontsize=8)
    axes[-1, 1].set_xlabel("probability of a smaller observation in the forecast", fontsize=8)
    figure.suptitle("Innovations of the assimilated observations", fontsize=12, fontweight="bold")
    return figure


def _drawn(dataset):
    """Return the experiments and sensors that have observations."""
    counts = dataset["filter_n"]
    return [(name, sensor) for name in dataset["filter_experiment"].values for sensor in dataset["sensor"].values
            if np.nansum(counts.sel(filter_experiment=name, sensor=sensor).values) > 0]


def count_page(dataset, days):
    """Return maps of the observations assimilated per day, by experiment and sensor, None without any."""
    pairs = _drawn(dataset)
    if not pairs:
        return None
    figure, axes = map_axes(dataset, len(pairs), columns=3)
    fields = {pair: dataset["filter_n"].sel(filter_experiment=pair[0], sensor=pair[1]).values / days for pair in pairs}
    scale = scale_of(np.stack(list(fields.values())), "1", "spread", "observations per day", colour_map="viridis_r")
    for axis, (pair, field) in zip(axes, fields.items()):
        field_map(axis, dataset, np.where(field > 0.0, field, np.nan), scale, f"{pair[0]}, {pair[1]}",
                  f"{np.nansum(field) * days:,.0f} in {100.0 * (field > 0).sum() / np.isfinite(field).sum():.0f} % of cells")
    figure.suptitle("Observations assimilated", fontsize=12, fontweight="bold")
    return figure


def error_page(dataset, products):
    """Return a map of the error of the observations of each product, None without observations.

    ``products`` are those of the sensors; the sensors and experiments of one product are one map, for they share its errors.
    """
    fields = {}
    for name, sensor in _drawn(dataset):
        field = dataset["observation_error"].sel(filter_experiment=name, sensor=sensor).values
        fields.setdefault(products[str(sensor)], []).append(field)
    if not fields:
        return None
    fields = {product: np.ma.masked_invalid(found).mean(axis=0).filled(np.nan) for product, found in fields.items()}
    figure, axes = map_axes(dataset, len(fields))
    scale = scale_of(np.stack(list(fields.values())), "m3 m-3", "spread", f"standard deviation [{MOISTURE}]")
    for axis, (product, field) in zip(axes, fields.items()):
        field_map(axis, dataset, field, scale, product.upper(), f"mean {mean_over(dataset, field):.4f}")
    figure.suptitle("Observation error", fontsize=12, fontweight="bold")
    return figure


def consistency_page(dataset):
    """Return maps of mean and standard deviation of the normalised innovations, None without observations."""
    pairs = _drawn(dataset)
    if not pairs:
        return None
    figure, axes = map_axes(dataset, 2 * len(pairs), columns=4 if len(pairs) > 2 else 2)
    mean_scale = scale_of(np.array([-1.0, 1.0]), "1", "difference", "mean (expected 0)", (-1.0, 1.0))
    std_scale = scale_of(np.array([-1.0, 1.0]), "1", "difference", "standard deviation minus 1 (expected 0)", (-1.0, 1.0))
    for row, (name, sensor) in zip(axes.reshape(-1, 2), pairs):
        one = dataset.sel(filter_experiment=name, sensor=sensor)
        mean, std = one["filter_normalised_mean"].values, one["filter_normalised_std"].values - 1.0
        field_map(row[0], dataset, mean, mean_scale, f"{name}, {sensor}: mean", f"area mean {mean_over(dataset, mean):+.2f}")
        field_map(row[1], dataset, std, std_scale, f"{name}, {sensor}: s.d. minus 1",
                  f"area mean {mean_over(dataset, std):+.2f}")
    figure.suptitle("Normalised innovations", fontsize=12, fontweight="bold")
    return figure


def increment_page(dataset, layers=(0, 1)):
    """Return maps of the mean applied increment of some layers by experiment, None without analyses."""
    names = [name for name in dataset["filter_experiment"].values
             if np.isfinite(dataset["mean_increment"].sel(filter_experiment=name).values).any()]
    layers = [layer for layer in layers if layer < dataset.sizes["layer"]]
    if not names:
        return None
    figure, axes = map_axes(dataset, len(names) * len(layers), columns=len(layers))
    for column, layer in enumerate(layers):
        fields = dataset["mean_increment"].isel(layer=layer)
        scale = scale_of(fields.values, "m3 m-3", "difference", f"mean increment [{MOISTURE}]")
        for axis, name in zip(axes.reshape(-1, len(layers))[:, column], names):
            size = mean_over(dataset, dataset["mean_increment_size"].isel(layer=layer).sel(filter_experiment=name).values)
            field_map(axis, dataset, fields.sel(filter_experiment=name).values, scale, f"{name}, layer {layer + 1}",
                      f"mean size {size:.2g} {MOISTURE}")
    figure.suptitle("Mean applied increment of an analysis: brown dries, green wets", fontsize=12, fontweight="bold")
    return figure


def daily_page(series, sensors):
    """Return daily series of observations assimilated and of the water that the analyses added.

    ``series`` holds, by experiment, days, counts ``(n_days, n_sensors)`` and water [kg m-2].
    """
    figure = Figure(figsize=(11.0, 5.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    styles = ("-", "--", ":")
    for name, (days, counts, water) in series.items():
        for sensor, column, style in zip(sensors, counts.T, styles):
            if column.any():
                above.plot(days, column, style, color=COLOURS.get(name, OTHER), lw=1.1, label=f"{name}, {sensor}")
        below.plot(days, np.cumsum(water), color=COLOURS.get(name, OTHER), lw=1.4, label=name)
    below.axhline(0.0, color="0.6", lw=0.8, zorder=0)
    above.set_ylabel("observations per day", fontsize=8)
    above.set_ylim(bottom=0.0)
    below.set_ylabel("water added so far [kg m$^{-2}$]", fontsize=8)
    for axis in (above, below):
        plain(axis)
        axis.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        dates(axis)
    figure.suptitle("Observations assimilated and water added, mean over all land cells", fontsize=12, fontweight="bold")
    return figure
