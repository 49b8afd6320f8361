"""The panels of a tower page; each function draws one into its axes."""

import numpy as np

from landda_hpc.plots.history import has, values_of
from landda_hpc.plots.pairs import ENOUGH, daily_means, layer_of_depth, pair_series
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.verification.metrics import scores

LAYER_COLOURS = ("#d95f02", "#1b9e77", "#386cb0", "#7b3294", "#666666", "#a6761d")
FLUXES = {"latent_heat_flux": ("Latent heat flux", "#2166ac"), "sensible_heat_flux": ("Sensible heat flux", "#b2182b"),
          "ground_heat_flux": ("Ground heat flux", "#8c510a")}
SNOW = {"snow_water_equivalent": ("Snow water equivalent", "kg m$^{-2}$"), "snow_depth": ("Snow depth", "m")}
WATER = {"precipitation": ("precipitation", "#4393c3"), "evaporation": ("evaporation", "#1a9850"),
         "surface_runoff": ("surface runoff", "#d6604d"), "subsurface_runoff": ("subsurface runoff", "#762a83")}
KELVIN = 273.15


def weather(page, axis):
    """Draw the air temperature, and the precipitation as daily sums hanging from the top."""
    curve = page.curve("air_temperature", daily=True)
    axis.plot(curve.times, curve.centre - KELVIN, color="#b2182b", lw=1.0, label="air temperature")
    axis.axhline(0.0, color="0.6", lw=0.6)
    axis.set_ylabel("$\\degree$C")
    _title(axis, "Weather")
    if not has(page.dataset, "precipitation"):
        return
    days, rate = daily_means(page.bounds, values_of(page.dataset, "precipitation", page.point))
    rain = axis.twinx()
    rain.bar(days, rate * SECONDS_PER_DAY, width=1.0, color="#4393c3", alpha=0.8, label="precipitation")
    rain.set_ylim(max(1.0, 2.2 * float(np.max(rate * SECONDS_PER_DAY, initial=0.0))), 0.0)
    rain.set_ylabel("mm day$^{-1}$", color="#2166ac", fontsize=8)
    rain.tick_params(labelsize=8, colors="#2166ac")
    rain.spines["top"].set_visible(False)
    axis.set_zorder(rain.get_zorder() + 1)
    axis.patch.set_visible(False)
    axis.plot([], [], color="#4393c3", alpha=0.8, lw=4.0, label="precipitation")


def radiation(page, axis):
    """Draw the radiation that comes down."""
    for name, label, colour in (("shortwave_down", "shortwave down", "#e08214"),
                                ("longwave_down", "longwave down", "#542788")):
        if has(page.dataset, name):
            curve = page.curve(name, daily=True)
            axis.plot(curve.times, curve.centre, color=colour, lw=1.0, label=label)
    axis.set_ylabel("W m$^{-2}$")
    axis.set_ylim(bottom=0.0)
    _title(axis, "Radiation")


def soil_moisture(page, axis):
    """Draw the soil moisture of all layers."""
    _layers(page, axis, "soil_moisture", 0.0, False)
    axis.set_ylabel("m$^3$ m$^{-3}$")


def temperatures(page, axis):
    """Draw the temperatures of the skin and of all soil layers."""
    texts = []
    if has(page.dataset, "skin_temperature"):
        curve = page.curve("skin_temperature", daily=True)
        _draw(axis, curve, "0.25", "skin", offset=-KELVIN, width=0.8)
        for series in page.observed("skin_temperature"):
            texts.append(_compare(page, axis, "skin_temperature", None, series, "0.25", "skin", -KELVIN))
    _layers(page, axis, "soil_temperature", -KELVIN, True, texts)
    axis.axhline(0.0, color="0.6", lw=0.6)
    axis.set_ylabel("$\\degree$C")


def _layers(page, axis, name, offset, daily, texts=()):
    """Draw a soil variable of all layers with the observations in their layers."""
    texts = list(texts)
    titles = {"soil_moisture": "Soil moisture", "soil_temperature": "Temperature of soil and skin"}
    if has(page.dataset, name):
        edges = np.concatenate([[0.0], np.cumsum(page.layers())]) * 100.0
        for layer in range(len(edges) - 1):
            _draw(axis, page.curve(name, layer, daily=daily), LAYER_COLOURS[layer % len(LAYER_COLOURS)],
                  f"{edges[layer]:.0f}-{edges[layer + 1]:.0f} cm", offset)
        for series in page.observed(name):
            layer = None if series.depth is None else layer_of_depth(page.layers(), series.depth)
            if layer is not None:
                texts.append(_compare(page, axis, name, layer, series, LAYER_COLOURS[layer % len(LAYER_COLOURS)],
                                      f"{series.depth * 100.0:g} cm", offset))
    _title(axis, titles[name], texts)


def flux_groups(page):
    """Return the fluxes of each panel: those with observations alone, the others together."""
    present = [name for name in FLUXES if has(page.dataset, name)]
    alone = [name for name in present if page.observed(name)]
    together = [name for name in present if name not in alone]
    return [[name] for name in alone] + ([together] if together else [])


def flux_panel(names):
    """Return the drawing function of one or several heat fluxes."""
    def draw(page, axis):
        texts = []
        for name in names:
            label, colour = FLUXES[name]
            _draw(axis, page.curve(name, daily=True), colour, label.split()[0].lower() if len(names) > 1 else "model")
            for series in page.observed(name):
                texts.append(_compare(page, axis, name, None, series, colour, "observed", 0.0))
        axis.axhline(0.0, color="0.6", lw=0.6)
        axis.set_ylabel("W m$^{-2}$")
        direction = "positive into the soil" if names == ["ground_heat_flux"] else "positive upward"
        if len(names) > 1 and "ground_heat_flux" in names:
            direction = "positive upward, ground heat into the soil"
        title = FLUXES[names[0]][0] if len(names) == 1 else "Heat fluxes"
        _title(axis, f"{title}, {direction}", texts)
    return draw


def snow_panel(name):
    """Return the drawing function of a snow variable."""
    def draw(page, axis):
        label, unit = SNOW[name]
        _draw(axis, page.curve(name), "#2166ac", "model")
        texts = [_compare(page, axis, name, None, series, "#2166ac", "observed", 0.0)
                 for series in page.observed(name)]
        axis.set_ylabel(unit)
        axis.set_ylim(bottom=-0.03 * axis.get_ylim()[1])  # keeps markers at zero whole
        _title(axis, label, texts)
    return draw


def water(page, axis):
    """Draw the water fluxes accumulated since the start."""
    seconds = (page.bounds[:, 1] - page.bounds[:, 0]).astype(np.int64)
    for name, (label, colour) in WATER.items():
        if has(page.dataset, name):
            amount = np.cumsum(np.nan_to_num(values_of(page.dataset, name, page.point)) * seconds)
            axis.plot(page.bounds[:, 1], amount, color=colour, lw=1.2, label=f"{label} {amount[-1]:.0f} mm")
    axis.set_ylabel("mm")
    _title(axis, "Accumulated water")


def _draw(axis, curve, colour, label, offset=0.0, width=1.1):
    """Draw a line and its band."""
    if curve.lower is not None:
        axis.fill_between(curve.times, curve.lower + offset, curve.upper + offset, color=colour, alpha=0.22, lw=0.0)
    axis.plot(curve.times, curve.centre + offset, color=colour, lw=width, label=label)


def _compare(page, axis, name, layer, series, colour, label, offset):
    """Draw an observed series, as daily means in a long run, and return the line of its scores."""
    times, values = series.times + np.timedelta64(int(series.interval) // 2, "s"), series.values
    if page.daily and 0 < series.interval < SECONDS_PER_DAY:
        ends = series.times + np.timedelta64(int(series.interval), "s")
        times, values = daily_means(np.stack([series.times, ends], axis=1), series.values, ENOUGH)
    shown = np.isfinite(values) & (times >= page.bounds[0, 0]) & (times <= page.bounds[-1, 1])
    text = label if "observed" in label else f"{label} observed"
    axis.plot(times[shown], values[shown] + offset, ls="none", marker="o", ms=2.0 if shown.sum() > 400 else 2.8,
              mfc="white" if label == "observed" else colour, mec="black", mew=0.45, label=text, zorder=3)
    pairs = pair_series(page.bounds, values_of(page.dataset, name, page.point, layer), series)
    score = scores(pairs.model, pairs.observed)
    prefix = "" if label == "observed" else f"{label}:  "
    return (f"{prefix}bias {score.bias:+.3g}   RMSE {score.rmse:.3g}   ubRMSE {score.ubrmse:.3g}   "
            f"r {score.correlation:.2f}   n {score.n}")


def _title(axis, title, texts=()):
    """Write the name of the panel on the left and the scores on the right, above the axes."""
    axis.set_title(title, loc="left", fontsize=9, fontweight="bold")
    axis.set_title("\n".join(texts), loc="right", fontsize=7, color="0.2", linespacing=1.15)
