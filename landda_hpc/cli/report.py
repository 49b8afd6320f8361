"""``landda report``."""

import sys

import click

from landda_hpc.cli.evaluate import period_options


@click.command(epilog="Example: landda report runs/twin --start 2022-04-01")
@click.argument("twin", type=click.Path(exists=True, file_okay=False))
@period_options
def command(twin, start, end, minimum_triplets):
    """Evaluate TWIN, the folder of a twin experiment, and write TWIN/report.html: scores, figures, what they say."""
    from landda_hpc.workflow.report import write_report
    from landda_hpc.workflow.verdict import sentences

    path, evaluation = write_report(twin, start, end, minimum_triplets, " ".join(["landda", *sys.argv[1:]]), click.echo)
    for heading, text in sentences(evaluation):
        click.echo(f"\n{heading}\n  {text}")
    click.echo(f"\n{path}")
