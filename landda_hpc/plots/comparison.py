"""A page that compares a run with a reference product: maps of both, their difference, the seasons by latitude."""

import numpy as np
from matplotlib.figure import Figure

from landda_hpc.plots.maps import axis_shape, draw_map
from landda_hpc.plots.scales import pretty_units, scale_of

WIDTH = 11.0  # inches
MONTHS = "JFMAMJJASOND"


def plot_comparison(comparison, rows):
    """Return the figure of a :class:`~landda_hpc.verification.global_maps.Comparison` and its band table."""
    known, grid = comparison.known, comparison.grid
    model, reference = comparison.means()
    label = f"{known.variable.replace('_', ' ')} [{pretty_units(known.units)}]"
    shape = axis_shape(grid.latitudes, grid.longitudes)
    figure = Figure(figsize=(WIDTH, WIDTH * shape + 1.9), layout="constrained")
    axes = figure.subplots(2, 2)
    scale = scale_of(np.concatenate([model, reference]), known.units, "mean", label)
    for axis, values, title in ((axes[0, 0], model, "run"), (axes[0, 1], reference, known.product)):
        draw_map(axis, grid.latitudes, grid.longitudes, values, scale, title)
    overall = rows[-1]
    note = f"bias {overall.bias:+.3g}, rmse {overall.rmse:.3g}, r {overall.correlation:.2f}"
    draw_map(axes[1, 0], grid.latitudes, grid.longitudes, model - reference,
             scale_of(model - reference, known.units, "difference", label), "run minus reference", note=note)
    if len(comparison.months) > 1:
        _seasons(axes[1, 1], comparison, label)
    else:
        _zonal(axes[1, 1], comparison, label)
    figure.suptitle(f"{known.variable.replace('_', ' ').capitalize()} against {known.product}", fontweight="bold", fontsize=12)
    return figure


def _band_means(comparison, south, north):
    """Return the monthly area means of run and reference over a band, None without cells."""
    latitude = comparison.grid.latitudes
    here = np.isfinite(comparison.model[0]) & ((latitude >= south) & (latitude < north))[:, None]
    if not here.any():
        return None
    area = np.broadcast_to(comparison.grid.cell_area[:, None], here.shape)[here]
    return [np.average(values[:, here], axis=1, weights=area) for values in (comparison.model, comparison.reference)]


def _seasons(axis, comparison, label):
    """Draw the seasonal course of the latitude bands, the run full and the reference dashed."""
    from landda_hpc.verification.global_maps import BANDS

    for number, (name, south, north) in enumerate(BANDS[:-1]):
        means = _band_means(comparison, south, north)
        if means is not None:
            axis.plot(comparison.months, means[0], color=f"C{number}", label=name)
            axis.plot(comparison.months, means[1], color=f"C{number}", ls="--")
    axis.set_xticks(range(12), MONTHS)
    axis.set_ylabel(label, fontsize=8)
    axis.grid(True, color="0.9", lw=0.6)
    axis.legend(fontsize=7, frameon=False, title="run full, reference dashed", title_fontsize=7)
    axis.tick_params(labelsize=8)


def _zonal(axis, comparison, label):
    """Draw the means by latitude."""
    for values, name, style in zip(comparison.means(), ("run", comparison.known.product), ("-", "--")):
        known = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            axis.plot(np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1), comparison.grid.latitudes, style,
                      color="C0", label=name)
    axis.set_xlabel(label, fontsize=8)
    axis.set_ylabel("degrees north", fontsize=8)
    axis.grid(True, color="0.9", lw=0.6)
    axis.legend(fontsize=7, frameon=False)
    axis.tick_params(labelsize=8)
