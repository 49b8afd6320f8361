"""A finished run against global reference products: tables by latitude band, figures, annual means of the water balance."""

import csv
from pathlib import Path

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.times import SECONDS_PER_DAY, SECONDS_PER_YEAR
from landda_hpc.verification.global_maps import band_table, compare, largest_misfits, read_reference
from landda_hpc.workflow.figures import DOTS_PER_INCH, open_run

RATES = ("precipitation", "evaporation", "surface_runoff", "subsurface_runoff")  # kg m-2 s-1
FLUXES = ("latent_heat_flux", "sensible_heat_flux", "net_shortwave", "net_longwave", "shortwave_down", "longwave_down")


def evaluate_run(run, references, output=None):
    """Compare a run with reference files, write tables and figures, and return the report as text.

    Parameters
    ----------
    run : path
        Folder of a run on a domain, or its history file.
    references : sequence of path
        Files of one product and variable are taken together.
    output : path, optional
        Folder of tables and figures; that of the run by default.
    """
    from landda_hpc.plots.comparison import plot_comparison

    dataset, folder = open_run(run)
    if "latitude" not in dataset.dims:
        raise InputError(f"{run} is not a run on a domain; `landda plot {run} --scores` compares towers with their "
                         "observations.")
    output = Path(output or folder)
    output.mkdir(parents=True, exist_ok=True)
    parts = [global_means(dataset)]
    for reference in _joined([read_reference(path) for path in references]):
        comparison = compare(dataset, reference)
        stem = output / f"evaluation_{comparison.name}"
        rows = band_table(comparison)
        with open(stem.with_suffix(".csv"), "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*rows[0]._fields, comparison.known.units))
            writer.writerows(rows)
        plot_comparison(comparison, rows).savefig(stem.with_suffix(".png"), dpi=DOTS_PER_INCH)
        parts.append(f"{_table(comparison, rows)}\n  {stem}.csv, .png")
    return "\n\n".join(parts)


def _joined(references):
    """Return references with the files of one variable joined in time."""
    joined = {}
    for reference in references:
        before = joined.get(reference.known)
        if before is not None:
            reference = reference._replace(months=np.concatenate([before.months, reference.months]),
                                           values=np.concatenate([before.values, reference.values]),
                                           path=f"{before.path}, {reference.path}")
        joined[reference.known] = reference
    return list(joined.values())


def _table(comparison, rows):
    known = comparison.known
    lines = [f"{known.variable} [{known.units}] against {known.product}, {len(comparison.months)} month(s)",
             f"  {'band':8s} {'cells':>6s} {'run':>9s} {'reference':>9s} {'bias':>9s} {'rmse':>9s} {'monthly':>9s} "
             f"{'corr':>6s}"]
    lines += [f"  {row.band:8s} {row.n_cells:6d} " + " ".join(f"{value:9.4g}" for value in row[2:7])
              + f" {row.correlation:6.3f}" for row in rows]
    lines.append("  largest misfits: " + "; ".join(f"{latitude:g} N {longitude:g} E {own:.3g} instead of {other:.3g}"
                                                   for latitude, longitude, own, other in largest_misfits(comparison)))
    return "\n".join(lines)


def global_means(dataset):
    """Return the area-weighted means of water balance and radiation over a history, as text."""
    seconds = (dataset["time_bnds"][:, 1] - dataset["time_bnds"][:, 0]).values.astype("timedelta64[s]").astype(np.float64)
    area = np.cos(np.deg2rad(dataset["latitude"].values))[:, None]
    lines = [f"means over the land of the run, {seconds.sum() / SECONDS_PER_DAY:.0f} days"]
    for names, factor, units in ((RATES, SECONDS_PER_YEAR, "mm a year"), (FLUXES, 1.0, "W m-2")):
        for name in names:
            if name in dataset:
                field = np.average(dataset[name].values, axis=0, weights=seconds)
                known = np.isfinite(field)
                mean = np.average(field[known], weights=np.broadcast_to(area, field.shape)[known])
                lines.append(f"  {name:20s} {factor * mean:9.1f} {units}")
    return "\n".join(lines)
