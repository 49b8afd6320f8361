"""``landda verify``."""

import importlib

import click

#: What can be verified: module and function that takes a path and a precision and returns a report.
CHECKS = {"noah": ("noah_reference", "verify_noah"), "enkf": ("enkf_reference", "verify_enkf"),
          "increments": ("enkf_reference", "verify_increments"),
          "cdf": ("cdf_reference", "verify_cdf"), "tca": ("tca_reference", "verify_tca"),
          "scores": ("scores_reference", "verify_scores")}


@click.command(epilog="Examples: landda verify noah noah33_single_step.h5 --precision float32 | "
                      "landda verify enkf enkf_cases.h5 | landda verify increments setsoilm_cases.h5")
@click.argument("what", type=click.Choice(list(CHECKS)))
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--precision", type=click.Choice(["float64", "float32"]), default="float64", show_default=True)
@click.option("--summary", is_flag=True, help="Only the failed comparisons and the count.")
def command(what, files, precision, summary):
    """Run a part of the package on reference FILES and print the worst difference of every variable; exit 1 above tolerance."""
    module, function = CHECKS[what]
    verify = getattr(importlib.import_module(f"landda_hpc.verification.{module}"), function)
    passed = True
    for path in files:
        report = verify(path, precision)
        click.echo(report.text(failed_only=summary))
        passed = passed and report.passed
    raise click.exceptions.Exit(0 if passed else 1)
