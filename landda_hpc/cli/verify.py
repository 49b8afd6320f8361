"""``landda verify``."""

import click


@click.command(epilog="Example: landda verify noah noah33_single_step.h5 --precision float32")
@click.argument("what", type=click.Choice(["noah"]))
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--precision", type=click.Choice(["float64", "float32"]), default="float64", show_default=True)
@click.option("--summary", is_flag=True, help="Only the failed comparisons and the count.")
def command(what, files, precision, summary):
    """Run the land model on reference FILES and print the worst difference of every variable; exit 1 above tolerance."""
    from landda_hpc.verification.noah_reference import verify_noah

    passed = True
    for path in files:
        report = verify_noah(path, precision)
        click.echo(report.text(failed_only=summary))
        passed = passed and report.passed
    raise click.exceptions.Exit(0 if passed else 1)
