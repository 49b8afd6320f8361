"""What one set of processes changes against another in several climates: mean years and the share of each group."""

import textwrap

import numpy as np
from matplotlib.figure import Figure

CHARACTERS = 190  # of a line at the foot
WIDTH, HEIGHT = 15.0, 2.7  # inches, of the page and of a climate
MONTHS = "JFMAMJJASOND"
COLOURS = ("0.25", "#b2182b")  # of the two sets
FLUXES = (("latent_heat_flux", "-"), ("sensible_heat_flux", "--"))
SNOWY = 1.0  # kg m-2 in the mean of a month, above which snow is drawn and not soil water


def plot_variants(found, climates, quantities, sets, reasons):
    """Return the figure: for each climate fluxes, temperature, water by month, and what each group changes alone.

    Parameters
    ----------
    found : VariantYears
        Of :mod:`landda_hpc.workflow.variants`.
    climates : sequence of str
        Names of the climates in their order.
    quantities : dict of str to (str, str)
        Title and unit.
    sets : (str, str)
        Names of the two sets that are compared; the groups are changed from the first towards the second.
    reasons : dict of str to str
        What the groups do, for the foot of the page.
    """
    foot = ["\n".join(textwrap.wrap(f"{name}: {reason}", CHARACTERS, subsequent_indent="    "))
            for name, reason in reasons.items()]
    figure = Figure(figsize=(WIDTH, HEIGHT * len(climates) + 1.8), layout="constrained")
    figure.supxlabel("\n".join(foot), x=0.01, ha="left", fontsize=8.5, linespacing=1.3)
    axes = figure.subplots(len(climates), 4, width_ratios=(1.0, 1.0, 1.0, 1.9), squeeze=False)
    for row, (name, panels) in enumerate(zip(climates, axes)):
        _fluxes(panels[0], found, row, sets)
        _difference(panels[1], found, row, sets)
        _water(panels[2], found, row, sets, quantities)
        _groups(panels[3], found, row, quantities, sets)
        panels[0].set_title(name, loc="left", fontweight="bold", fontsize=10)
    figure.suptitle(f"{sets[1]} (red) and {sets[0]} (grey) under the same weather; right: change of the annual mean by each "
                    "group of processes alone", fontsize=11)
    return figure


def _style(axis, label):
    axis.set_xticks(range(12), MONTHS)
    axis.set_ylabel(label, fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(True, color="0.9", lw=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _fluxes(axis, found, climate, sets):
    for name, colour in zip(sets, COLOURS):
        for quantity, style in FLUXES:
            axis.plot(found.monthly[name][quantity][:, climate], style, color=colour, lw=1.3)
    _style(axis, "fluxes [W m$^{-2}$]")
    if climate == 0:
        axis.plot([], [], "-", color="0.25", label="latent")
        axis.plot([], [], "--", color="0.25", label="sensible")
        axis.legend(fontsize=7, frameon=False)


def _difference(axis, found, climate, sets):
    first, second = (found.monthly[name]["skin_temperature"][:, climate] for name in sets)
    axis.bar(range(12), second - first, color=np.where(second > first, "#d6604d", "#4393c3"))
    axis.axhline(0.0, color="0.4", lw=0.8)
    _style(axis, "skin temperature, difference [K]")


def _water(axis, found, climate, sets, quantities):
    snowy = max(found.monthly[name]["snow_water_equivalent"][:, climate].max() for name in sets) > SNOWY
    quantity = "snow_water_equivalent" if snowy else "soil_water"
    for name, colour in zip(sets, COLOURS):
        axis.plot(found.monthly[name][quantity][:, climate], color=colour, lw=1.3)
    title, unit = quantities[quantity]
    _style(axis, f"{title} [{unit.replace('m-2', 'm$^{-2}$')}]")


def _groups(axis, found, climate, quantities, sets):
    """Draw a table of changes, each column coloured by its largest."""
    names = [sets[1], *found.groups]
    changes = np.array([[found.change(name, quantity)[climate] for quantity in quantities] for name in names])
    largest = np.abs(changes).max(axis=0)
    shown = changes / np.where(largest > 0.0, largest, 1.0)
    axis.imshow(np.where(largest > 1e-9, shown, 0.0), cmap="RdBu_r", vmin=-1.6, vmax=1.6, aspect="auto")
    for row, values in enumerate(changes):
        for column, value in enumerate(values):
            axis.text(column, row, f"{value:+.2f}" if abs(value) >= 0.005 else "0", ha="center", va="center", fontsize=7.5,
                      fontweight="bold" if row == 0 else "normal")
    axis.set_xticks(range(len(quantities)), [f"{textwrap.fill(title, 12)}\n{unit}" for title, unit in quantities.values()],
                    fontsize=7)
    axis.set_yticks(range(len(names)), ["all", *found.groups], fontsize=7.5)
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)
    axis.axhline(0.5, color="white", lw=2.0)
