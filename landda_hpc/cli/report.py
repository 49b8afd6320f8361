"""``landda report``."""

import sys

import click

from landda_hpc.cli.evaluate import period_options
from landda_hpc.cli.forecasts import verification_options


@click.command(epilog="Examples: landda report runs/twin --start 2022-04-01; landda report runs --analysis era5 --gauges cpc; "
                      "landda report runs/CTL MT_ATSP=runs/both --observations obs -o report")
@click.argument("experiments", nargs=-1, required=True, metavar="FOLDER | NAME=RUN ...")
@verification_options
@click.option("--observations", type=click.Path(exists=True, file_okay=False),
              help="Gridded observations for triple collocation; by default those of the configuration of a run.")
@click.option("-o", "--output", type=click.Path(file_okay=False),
              help="Folder of the page; by default FOLDER, and report for several.")
@click.option("--spacing", type=click.FloatRange(min=0.05), help="Of the verification grid of fields at 2 m [degrees]; by "
                                                                 "default that of the land.")
@period_options
def command(experiments, analyses, gauges, observations, output, spacing, profile_spacing, names, start, end, minimum_triplets):
    """Evaluate experiments and write report.html: scores, figures, what they say, and what could not be drawn for want of what.

    FOLDER is that of a twin experiment, of a run, or holds run folders, whose names are those of the experiments. CTL is the
    baseline, or else the first. Forecasts of coupled runs are verified with what --analysis and --gauges give.
    """
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.report import write_report

    communicator = world_communicator()
    report = write_report(experiments, start, end, minimum_triplets, " ".join(["landda", *sys.argv[1:]]), click.echo, analyses,
                          gauges, observations, output, spacing, profile_spacing, names, communicator)
    if not communicator.is_root:
        return
    for heading, text in report.answers:
        click.echo(f"\n{heading}\n  {text}")
    for what, _, missing in report.index:
        if missing:
            click.echo(f"\nnot drawn: {what}: {missing}")
    click.echo(f"\n{report.path}")
