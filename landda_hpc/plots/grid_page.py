"""What the pages of a run on a domain share: heading and footer."""

BOUND = "Spread of the root zone: mean of the spreads of its layers, the upper bound of the true one."


def heading(figure, history, text):
    """Write the name of the run, its ensemble and a text above a page."""
    figure.suptitle(f"{history.name}, {history.members_text()}: {text}", fontsize=12, fontweight="bold")


def footer(figure, history, quantities, note=""):
    """Write model, grid and version under a page, a note, and what its spread of the root zone is."""
    size = abs(history.longitudes[1] - history.longitudes[0]) if len(history.longitudes) > 1 else 0.0
    lines = [f"Noah 3.3, {size:g}$\\degree$ grid, landda_hpc {history.version}".rstrip()]
    if any(history.spread_is_bound(quantity) for quantity in quantities):
        lines.append(BOUND)
    figure.supxlabel("   ".join([*lines, note]), fontsize=7, x=0.01, ha="left", color="0.35")
